"""Trend rules, error budgets, guardrail pairs."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0013_notice_cases")]

    operations = []
