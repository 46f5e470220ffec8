"""What a pack is asked for with: about what, along what, for whom, of which days."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ledger.rules.refusals import Invalid
from registry.access import instant_of
from registry.models import System, Unit, User
from reports.rules.periods import period_of

USUAL = timedelta(days=90)
OF_A_MATTER = ("incident", "authority_request")
LABELS = {
    "eu_ai_act": _("EU AI Act, along Annex IV and the articles"),
    "iso_42001": _("ISO/IEC 42001, along clauses and Annex A"),
    "nist_ai_rmf": _("NIST AI RMF, along its functions"),
    "everything": _("Everything, along no framework"),
}
FOR = {
    "auditor": _("An auditor: nothing is withheld"),
    "authority": _("An authority: without leaves and delegations"),
    "customer": _("A customer: no names, no typed texts"),
    "internal": _("Ourselves: nothing is withheld"),
}


@dataclass(frozen=True)
class Offer:
    """What a person may have packs of."""

    systems: Sequence[System] = field(default_factory=list)
    units: Sequence[Unit] = field(default_factory=list)
    whole: bool = False

    @property
    def something(self) -> bool:
        """Whether there is anything."""
        return bool(self.systems or self.units or self.whole)


class PackForm(forms.Form):
    """A system, a unit, the organisation or one matter, and whole days at the seat."""

    about = forms.ChoiceField(label=_("About"), required=False)
    number = forms.CharField(
        label=_("Or one matter: the number of an incident, or of an authority's request"),
        required=False,
        max_length=20,
        help_text=_("Then it holds that matter alone, and knows its own period."),
    )
    kind = forms.ChoiceField(
        label=_("Along"),
        choices=list(LABELS.items()),
        initial="everything",
        help_text=_("The folders of a framework come with its gaps; the records are all there."),
    )
    recipient = forms.ChoiceField(label=_("For"), choices=list(FOR.items()), initial="auditor")
    first = forms.DateField(
        label=_("From, first day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=_("To, last day"),
        required=False,
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

    def __init__(self, *args: Any, offer: Offer, user: User, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.at = user, at
        self.fields["about"].choices = _choices(offer)  # type: ignore[attr-defined]
        today = at.astimezone(ZoneInfo(settings.SEAT_ZONE)).date()
        self.fields["first"].initial = today - USUAL
        self.fields["last"].initial = today

    def clean(self) -> dict[str, Any]:
        """Refuse a period that runs backwards, and half of one."""
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if isinstance(first, date) and isinstance(last, date) and last < first:
            self.add_error("last", _("The last day lies before the first."))
        if not given.get("number"):
            if not given.get("about") and "about" not in self.errors:
                self.add_error("about", _("Choose what it is about, or name a matter."))
            for name in ("first", "last"):
                if given.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Name the day."))
        return given

    def clean_as_of(self) -> datetime | None:
        """Return the past instant, None for now."""
        try:
            return instant_of(self.cleaned_data["as_of"], user=self.user, now=self.at)
        except Invalid as refusal:
            raise forms.ValidationError(refusal.reason) from refusal

    def named(self) -> dict[str, str]:
        """Return the one thing that is asked for: {system|unit|organisation|number: which}."""
        if self.cleaned_data["number"]:
            return {"number": self.cleaned_data["number"]}
        name, _gap, which = self.cleaned_data["about"].partition(":")
        return {name: which or name}

    def period(self) -> tuple[datetime | None, datetime | None]:
        """Return the period as instants, the end not included; None where a matter knows it."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        if first is None or last is None or self.cleaned_data["number"]:
            return None, None
        return period_of(first, last, settings.SEAT_ZONE)


def _choices(offer: Offer) -> list[Any]:
    found: list[Any] = []
    if offer.systems:
        found.append((_("Systems"), [(f"system:{row.slug}", row.name) for row in offer.systems]))
    if offer.units:
        found.append(
            (_("A unit and all below it"), [(f"unit:{row.pk}", row.name) for row in offer.units])
        )
    if offer.whole:
        found.append(("organisation", _("The whole organisation")))
    return found
