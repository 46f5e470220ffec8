"""Forms of the reports' pages."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from registry.models import ErasureRequest, System, User
from reports.rules.periods import period_of


class KeepForm(forms.Form):
    """How long a kind of record is kept, and why."""

    keep_days = forms.IntegerField(label=_("Days"), min_value=1)
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, floor: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if floor:
            self.fields["keep_days"].help_text = _("At least %(days)s days, by law.") % {
                "days": floor
            }


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, asks: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = asks or self.fields["reason"].label


class HoldForm(forms.Form):
    """What a legal hold covers, why, until when, and who owns it."""

    what = forms.ChoiceField(label=_("What is held"))
    incident = forms.CharField(
        label=_("Or one incident: its number"), required=False, max_length=20
    )
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}))
    owner = forms.ChoiceField(
        label=_("Owner"), help_text=_("Is told when retention meets the hold.")
    )
    until = forms.DateField(
        label=_("Until, last day"),
        required=False,
        help_text=_("Empty: until somebody ends it."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self, *args: Any, systems: Iterable[System], people: Iterable[User], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        known = list(people)
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            ("everything", _("Everything")),
            ("incident", _("One incident")),
            (_("Systems"), [(f"system:{row.pk}", row.name) for row in systems]),
            (_("People"), [(f"person:{row.pk}", row.name) for row in known]),
        ]
        self.fields["owner"].choices = [  # type: ignore[attr-defined]
            (str(row.pk), row.name) for row in known if row.is_active
        ]

    def clean(self) -> dict[str, Any]:
        """Want the number of an incident where one is held."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("what") == "incident" and not given.get("incident"):
            self.add_error("incident", _("Name the incident."))
        return given

    def until_at(self) -> datetime | None:
        """Return the first instant after the last day at the organisation's seat."""
        day: date | None = self.cleaned_data["until"]
        return period_of(day, day, settings.SEAT_ZONE)[1] if day else None


class ErasureForm(forms.Form):
    """Whose data shall be erased, on which basis, and why."""

    person = forms.ChoiceField(label=_("Person"))
    basis = forms.ChoiceField(label=_("Basis"), choices=ErasureRequest.Basis.choices)
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            (str(row.pk), row.name) for row in people
        ]
