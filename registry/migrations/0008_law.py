"""The law as data: frameworks, provisions, milestones, questionnaires."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_record_kind_and_net")]

    operations: list[migrations.operations.base.Operation] = []
