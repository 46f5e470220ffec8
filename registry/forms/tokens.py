"""Forms of service tokens."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from outbox.languages import spoken
from registry.models import System, Unit, User
from registry.rules.scopes import SCOPES

USUAL = timedelta(days=180)
USUAL_OVERLAP = timedelta(days=7)


def _scopes() -> list[tuple[str, str]]:
    """Say each scope in the reader's language, its name behind it."""
    return [(scope, f"{spoken(words)} ({scope})") for scope, words in SCOPES.items()]


class TokenForm(forms.Form):
    """A new token: for which account, what it may do, on which systems, until when."""

    account = forms.ChoiceField(
        label=_("Service account"),
        required=False,
        help_text=_("What the token writes stands in the record under this name."),
    )
    new_account = forms.CharField(
        label=_("Or a new service account"),
        required=False,
        max_length=120,
        help_text=_("One for each program: 'scoring gateway', 'training pipeline'."),
    )
    unit = forms.ChoiceField(label=_("Unit of the new account"), required=False)
    name = forms.CharField(
        label=_("Name of the token"),
        max_length=80,
        help_text=_("Where it lies: 'gateway, production'."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=_scopes,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As little as it needs."),
    )
    systems = forms.MultipleChoiceField(
        label=_("Systems"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("It reaches these and no others. Hold Ctrl to take several."),
    )
    expires_on = forms.DateField(
        label=_("Last day"),
        help_text=_("At most 366 days from now. You are told 14 days before."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self,
        *args: Any,
        accounts: Iterable[User],
        systems: Iterable[System],
        units: Iterable[Unit],
        reader: User,
        at: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(reader.zone)
        self.fields["account"].choices = [  # type: ignore[attr-defined]
            ("", _("a new one, named below")),
            *((str(one.pk), one.name) for one in accounts),
        ]
        self.fields["unit"].choices = [(str(one.pk), one.name) for one in units]  # type: ignore[attr-defined]
        self.fields["systems"].choices = [(one.slug, one.name) for one in systems]  # type: ignore[attr-defined]
        self.fields["expires_on"].initial = (at + USUAL).date()

    def clean(self) -> dict[str, Any]:
        """Ask for one account: one that is there, or a new one with its unit."""
        given: dict[str, Any] = super().clean() or {}
        account, new = given.get("account"), (given.get("new_account") or "").strip()
        if bool(account) == bool(new):
            self.add_error("account", _("Take an account, or name a new one: one of both."))
        if new and not given.get("unit"):
            self.add_error("unit", _("Say to which unit the new account belongs."))
        return given

    def expires_at(self) -> datetime:
        """Return the end of the last day, in the reader's zone."""
        return end_of(self.cleaned_data["expires_on"], self.zone)


class RotateForm(forms.Form):
    """A token takes another's place."""

    overlap_days = forms.IntegerField(
        label=_("Days in which both work"),
        min_value=0,
        max_value=14,
        initial=USUAL_OVERLAP.days,
        help_text=_("Time to put the new one where the old one lies. 0 ends the old one now."),
    )
    expires_on = forms.DateField(
        label=_("Last day of the new one"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, reader: User, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.at = ZoneInfo(reader.zone), at
        self.fields["expires_on"].initial = (at + USUAL).date()

    def given(self) -> dict[str, Any]:
        """Return what the service takes."""
        days = timedelta(days=self.cleaned_data["overlap_days"])
        return {
            "overlap_until": self.at + days,
            "expires_at": end_of(self.cleaned_data["expires_on"], self.zone),
            "reason": self.cleaned_data["reason"],
        }


class RevokeForm(forms.Form):
    """A token ends now."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        help_text=_("It stands in the record; 'leaked' is a good one to give at once."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the last instant of a day in a zone, as UTC."""
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
