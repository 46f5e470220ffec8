"""The fields of a command as fields of a form, and what was typed as the command's payload."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from incidents.rules.fields import Field

SHORT_TEXT = 200
RADIOS_UP_TO = 4
SHORT_CHOICE = 14
ROWS = 3
LONG = {"narrative": 6}
YES_NO = (("yes", "Yes"), ("no", "No"))
INSTANT = "%Y-%m-%dT%H:%M"
NOT_ASKED = ("uuid", "list", "map")


class InstantInput(forms.DateTimeInput):
    """A day and an hour in the reader's zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format=INSTANT)


def form_fields(fields: Iterable[Field]) -> dict[str, forms.Field]:
    """Return the form's fields in the command's order; ids and lists are asked for elsewhere."""
    return {field.name: form_field(field) for field in fields if field.kind not in NOT_ASKED}


def form_field(field: Field) -> forms.Field:
    """Return one field of a form."""
    common: dict[str, Any] = {
        "label": field.label,
        "required": field.required,
        "help_text": _hint(field),
    }
    if field.kind == "choice":
        return _choice(field, common)
    if field.kind == "boolean":
        return in_a_row(forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect, **common))
    if field.kind == "integer":
        return forms.IntegerField(min_value=0, **common)
    if field.kind == "instant":
        return forms.DateTimeField(widget=InstantInput(), **common)
    if field.longest <= SHORT_TEXT:
        return forms.CharField(max_length=field.longest, **common)
    area = forms.Textarea(attrs={"rows": LONG.get(field.name, ROWS)})
    return forms.CharField(max_length=field.longest, widget=area, **common)


def in_a_row(field: forms.Field) -> forms.Field:
    """Mark radios whose short answers stand side by side."""
    vars(field)["in_a_row"] = True
    return field


def payload_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed as the command takes it: nothing typed is left out."""
    return {name: value for name, value in values.items() if value not in (None, "")}


def _choice(field: Field, common: dict[str, Any]) -> forms.Field:
    choices = list(field.choices)
    if len(choices) <= RADIOS_UP_TO:
        radios = forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
        is_short = all(len(label) <= SHORT_CHOICE for _, label in choices)
        return in_a_row(radios) if is_short and len(choices) < RADIOS_UP_TO else radios
    return forms.ChoiceField(choices=[("", "Choose"), *choices], **common)


def _hint(field: Field) -> str:
    if field.kind == "instant":
        return f"{field.hint} In your own time zone.".strip()
    return field.hint
