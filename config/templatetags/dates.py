"""A filter of every template: Django's `date`, with the day as the reader's language writes it."""

from datetime import date as Day
from typing import Any

from django import template
from django.template import defaultfilters
from django.utils.translation import get_language

from outbox.languages import date_form

register = template.Library()


@register.filter(name="date", expects_localtime=True, is_safe=False)
def date(value: Day | str | None, form: str | None = None) -> Any:
    """`{{ day|date:"j F Y" }}`: '1 December 2026', in German '1. Dezember 2026'."""
    return defaultfilters.date(value, form and date_form(form, get_language()))
