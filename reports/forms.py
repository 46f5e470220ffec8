"""Forms of the reports' pages."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ledger.rules.refusals import Invalid
from registry.access import instant_of
from registry.models import System, User
from reports.rules.periods import period_of

USUAL = timedelta(days=90)


class PackForm(forms.Form):
    """What a pack is asked for with: a system and whole days at the organisation's seat."""

    system = forms.ChoiceField(label=_("System"))
    first = forms.DateField(
        label=_("From, first day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=_("To, last day"),
        help_text=_("A day to come is cut to now."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    as_of = forms.CharField(
        label=_("As it was at"),
        required=False,
        max_length=60,
        help_text=_("In your zone. Empty: as it is now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def __init__(
        self, *args: Any, systems: Iterable[System], user: User, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.at = user, at
        self.fields["system"].choices = [(row.slug, row.name) for row in systems]  # type: ignore[attr-defined]
        today = at.astimezone(ZoneInfo(settings.SEAT_ZONE)).date()
        self.fields["first"].initial = today - USUAL
        self.fields["last"].initial = today

    def clean(self) -> dict[str, Any]:
        """Refuse a period that runs backwards."""
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if isinstance(first, date) and isinstance(last, date) and last < first:
            self.add_error("last", _("The last day lies before the first."))
        return given

    def clean_as_of(self) -> datetime | None:
        """Return the past instant, None for now."""
        try:
            return instant_of(self.cleaned_data["as_of"], user=self.user, now=self.at)
        except Invalid as refusal:
            raise forms.ValidationError(refusal.reason) from refusal

    def period(self) -> tuple[datetime, datetime]:
        """Return the period as instants, the end not included."""
        return period_of(self.cleaned_data["first"], self.cleaned_data["last"], settings.SEAT_ZONE)
