"""Forms of working calendars: the country whose holidays are taken in, one day by hand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.selectors.holidays import places

WHAT = (
    ("off", _("A day off")),
    ("hours", _("Worked at other hours")),
    ("usual", _("As its weekday again")),
)


class PlaceForm(forms.Form):
    """A country, perhaps a part of it."""

    country = forms.ChoiceField(
        label=_("Country"),
        choices=(),
        help_text=_(
            "By its ISO code. EU stands for the closing days of the payment system TARGET."
        ),
    )
    subdivision = forms.CharField(
        label=_("Part of it"),
        required=False,
        max_length=10,
        help_text=_("By the country's own code, such as BY for Bavaria. Empty: the whole country."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["country"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose")), *((code, code) for code in sorted(places()))]


class DayForm(forms.Form):
    """One day, and what it is."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    what = forms.ChoiceField(
        label=_("What it is"), choices=WHAT, widget=forms.RadioSelect, initial="off"
    )
    begins = forms.TimeField(
        label=_("Begins"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    ends = forms.TimeField(
        label=_("Ends"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("Both only where it is worked at other hours."),
    )
    reason = forms.CharField(label=_("Why"), max_length=1000)

    def clean(self) -> dict[str, Any]:
        """Ask for the hours where it is worked at other ones."""
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("what") == "hours" and not (typed.get("begins") and typed.get("ends")):
            self.add_error("begins", _("Say from when until when."))
        return typed

    def intervals(self) -> list[list[str]] | None:
        """The hours of the day, as a calendar keeps them."""
        typed = self.cleaned_data
        if typed["what"] == "hours":
            return [[f"{typed['begins']:%H:%M}", f"{typed['ends']:%H:%M}"]]
        return [] if typed["what"] == "off" else None
