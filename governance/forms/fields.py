"""The fields of a command as fields of a form, and what was typed as the command's payload."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from incidents.rules.clock_times import instants_of
from incidents.rules.fields import Field
from ledger.rules.worded import joined

SHORT_TEXT = 200
RADIOS_UP_TO = 4
SHORT_CHOICE = 14
ROWS = 3
LONG = {"narrative": 6}
YES_NO = (("yes", "Yes"), ("no", "No"))
INSTANT = "%Y-%m-%dT%H:%M"
WHICH = "_which"
NOT_ASKED = ("uuid", "list", "map")


class InstantInput(forms.DateTimeInput):
    """A day and an hour in the reader's zone."""

    input_type = "datetime-local"
    offers = False

    def __init__(self) -> None:
        super().__init__(format=INSTANT)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return what was typed, with the choice between two instants of one hour (CLK-10)."""
        typed = super().value_from_datadict(data, files, name)
        chosen = data.get(f"{name}{WHICH}", "") if self.offers else ""
        return f"{typed}|{chosen}" if typed and chosen else typed

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw the input; an hour that comes twice offers both, the earlier one preset."""
        typed, chosen = _parted(value)
        drawn = super().render(name, typed, attrs, renderer)
        found = _instants(typed) if isinstance(typed, str) else ()
        if found is None or len(found) < 2 or not self.offers:
            return drawn
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (place, SafeString(" selected" if str(place) == (chosen or "0") else ""), words)
                for place, words in enumerate(_words(found))
            ),
        )
        label = _("Which of the two")
        return format_html(
            '{}<select name="{}" aria-label="{}">{}</select>', drawn, name + WHICH, label, options
        )


class InstantField(forms.DateTimeField):
    """A local day and hour as the instant that it names; none, or two, are told (CLK-10)."""

    widget = InstantInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.offers = True

    def to_python(self, value: Any) -> Any:
        """Return the instant. Raises ValidationError for an hour that does not exist, or twice."""
        typed, chosen = _parted(value)
        found = _instants(typed) if isinstance(typed, str) else None
        if found is None:
            return super().to_python(typed)
        if not found:
            raise ValidationError(
                _("This hour did not exist: the clocks went forward over it. Choose another.")
            )
        if len(found) == 2 and chosen not in ("0", "1"):
            raise ValidationError(
                _("This hour came twice: %(first)s or %(second)s. The first is set; look, and send "
                  "it again.") % dict(zip(("first", "second"), _words(found), strict=True))
            )  # fmt: skip
        return found[int(chosen or 0) if len(found) == 2 else 0]


def _parted(value: Any) -> tuple[Any, str]:
    """Return what was typed and which of two instants was chosen, '' for none."""
    if not isinstance(value, str):
        return value, ""
    typed, _sign, chosen = value.partition("|")
    return typed, chosen


def _instants(typed: str) -> tuple[datetime, ...] | None:
    """Return the instants that a typed local time names, None where it is no local time."""
    try:
        wall = parse_datetime(typed.strip())
    except ValueError:
        return None
    zone = get_current_timezone()
    if wall is None or wall.tzinfo is not None or not isinstance(zone, ZoneInfo):
        return None
    try:
        return instants_of(wall, zone)
    except OverflowError:
        return None


def _words(found: Iterable[datetime]) -> list[str]:
    return [f"{one.astimezone(get_current_timezone()):%H:%M (UTC%z)}" for one in found]


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
        return InstantField(widget=InstantInput(), **common)
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
        own = "In your own time zone."
        return joined(" ", (field.hint, own)) if field.hint else own
    return field.hint
