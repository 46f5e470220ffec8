"""A filter of every template: what the floors below the pages say, in the reader's language."""

from collections.abc import Iterable
from typing import Any

from django import template

from governance import languages as figures
from governance.rules import armed_words, field_words, recipient_words
from incidents.rules import resolution_words
from ledger.rules.worded import Worded, of_machine
from outbox.languages import of_record, spoken, spoken_title
from registry.rules import recorded_roles
from registry.rules import shipped as reference

register = template.Library()


@register.filter
def worded(text: Any) -> Any:
    """`{{ incident.get_state_display|worded }}`: a label or sentence of the rules, translated."""
    return spoken(text) if text is not None and isinstance(text, str) else text


@register.filter
def in_sentence(text: Any) -> Any:
    """`{{ row.get_state_display|worded|in_sentence }}`: English small; German nouns stay large."""
    return str(text).lower() if of_record() else text


@register.filter
def told(text: Any) -> Any:
    """`{{ fact.value|told }}`: said anew where it was worded by us; what people wrote stays."""
    return spoken(text) if isinstance(text, Worded) else text


@register.filter
def recorded(text: Any) -> Any:
    """`{{ window.forecast|recorded }}`: said anew where it is a sentence of ours, as it stands."""
    return spoken(of_machine(text)) if isinstance(text, str) else text


@register.filter
def titled(text: Any) -> Any:
    """`{{ incident.title|titled }}`: said anew where a machine gave it; a person's own stays."""
    return spoken_title(text) if isinstance(text, str) else text


@register.filter
def measured(text: Any, kpi: Any = None) -> Any:
    """`{{ now.value|measured:series.kpi }}`: a value with its unit; one of an own KPI stays."""
    return figures.measured(text, own=_own(kpi)) if isinstance(text, str) else text


@register.filter
def measure(unit: Any, kpi: Any = None) -> Any:
    """`{{ row.unit|measure:row.own }}`: the unit of a value that stands before it."""
    return figures.measure(unit, own=_own(kpi)) if isinstance(unit, str) else unit


def _own(kpi: Any) -> bool:
    return bool(getattr(kpi, "own", kpi) or False)


@register.filter
def role_told(role: Any) -> Any:
    """`{{ signature.role|role_told }}`: the role in which somebody acted; titles stay."""
    return told(recorded_roles.role_told(role)) if isinstance(role, str) else role


@register.filter
def field_told(name: Any) -> Any:
    """`{{ change.name|field_told }}`: the name of a field of the record; others stay."""
    return told(field_words.field_told(name)) if isinstance(name, str) else name


@register.filter
def found_by(how: Any) -> Any:
    """`{{ recipient.how|found_by }}`: how a recipient of a step is found, by the words of rules."""
    return told(recipient_words.found_by(how)) if isinstance(how, str) else how


@register.filter
def armed(reason: Any) -> Any:
    """`{{ clock.armed_by|armed }}`: what started a clock; what people wrote of it stays."""
    return told(armed_words.armed_by(reason)) if isinstance(reason, str) else reason


@register.filter
def ended_as(resolution: Any) -> Any:
    """`{{ incident.resolution|ended_as }}`: how a case ended; the record's name in English."""
    return told(resolution_words.ended_as(resolution)) if resolution else resolution


@register.filter
def shipped(text: Any, row: Any = None) -> Any:
    """`{{ framework.about|shipped:framework }}`: a text of the reference data; own ones stay."""
    if of_record() or not text or not isinstance(text, str):
        return text
    return spoken(reference.shipped(text, getattr(row, "file", "")))


@register.filter
def cited(text: Any, row: Any = None) -> Any:
    """`{{ control.reference|cited:control }}`: a citation of the reference data; own ones stay."""
    if of_record() or not text or not isinstance(text, str):
        return text
    return spoken(reference.cited(text, getattr(row, "file", "")))


@register.filter
def each_worded(texts: Iterable[Any]) -> list[Any]:
    """`{{ role.may|each_worded|join:", " }}`: words of the rules, each translated."""
    return [worded(text) for text in texts]
