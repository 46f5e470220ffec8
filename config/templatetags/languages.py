"""A filter of every template: what the floors below the pages say, in the reader's language."""

from collections.abc import Iterable
from typing import Any

from django import template

from ledger.rules.worded import Worded
from outbox.languages import spoken

register = template.Library()


@register.filter
def worded(text: Any) -> Any:
    """`{{ incident.get_state_display|worded }}`: a label or sentence of the rules, translated."""
    return spoken(text) if text is not None and isinstance(text, str) else text


@register.filter
def told(text: Any) -> Any:
    """`{{ fact.value|told }}`: said anew where it was worded by us; what people wrote stays."""
    return spoken(text) if isinstance(text, Worded) else text


@register.filter
def each_worded(texts: Iterable[Any]) -> list[Any]:
    """`{{ role.may|each_worded|join:", " }}`: words of the rules, each translated."""
    return [worded(text) for text in texts]
