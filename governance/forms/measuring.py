"""Forms of silences, voids and canary sets."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.fields import InstantInput
from governance.services.mutes import Cover
from registry.models import System
from telemetry.models import Kpi

AREA = forms.Textarea(attrs={"rows": 3})
SEPARATOR = "|"


class MuteForm(forms.Form):
    """What is silenced, why, and until when."""

    system = forms.ChoiceField(label=_("System"))
    kpi = forms.ChoiceField(label=_("KPI"), required=False)
    environment = forms.CharField(
        label=_("Environment"), required=False, max_length=30, help_text=_("Empty: all.")
    )
    segment = forms.CharField(
        label=_("Segment"),
        required=False,
        max_length=120,
        help_text=_("Such as region=north. Empty: all."),
    )
    reason = forms.CharField(label=_("Why"), max_length=2000, widget=AREA)
    from_at = forms.DateTimeField(
        label=_("From"), required=False, widget=InstantInput(), help_text=_("Empty: now.")
    )
    until_at = forms.DateTimeField(
        label=_("Until"),
        widget=InstantInput(),
        help_text=_("In your zone. At most 7 days at low tier, 72 hours at medium, 24 at high."),
    )

    def __init__(
        self, *args: Any, systems: Iterable[System], kpis: Iterable[Kpi], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["system"].choices = [(one.slug, one.name) for one in systems]  # type: ignore[attr-defined]
        every = [("", _("Every KPI"))]
        self.fields["kpi"].choices = [*every, *((one.pk, one.called) for one in kpis)]  # type: ignore[attr-defined]

    def cover(self) -> Cover:
        """Return what it covers."""
        given = self.cleaned_data
        return Cover(given["kpi"], given["environment"], given["segment"])

    def begins(self, at: datetime) -> datetime:
        """Return from when it holds."""
        found: datetime = self.cleaned_data["from_at"] or at
        return found


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Why"), max_length=2000, widget=AREA)


class VoidForm(forms.Form):
    """Which windows of a series count nowhere, and why."""

    since = forms.DateTimeField(
        label=_("First window that ends at or after"), widget=InstantInput()
    )
    until = forms.DateTimeField(
        label=_("Last window that ends at or before"),
        widget=InstantInput(),
        help_text=_("In your zone. Both ends belong to it."),
    )
    reason = forms.CharField(
        label=_("What was wrong with them"),
        max_length=2000,
        widget=AREA,
        help_text=_("It is shown beside the readings, which stay where they are."),
    )

    def clean_until(self) -> datetime:
        """Take in the whole minute: a form knows no seconds."""
        found: datetime = self.cleaned_data["until"]
        return found + timedelta(seconds=59, microseconds=999999)


class DecisionForm(forms.Form):
    """Confirm or refuse, with a reason."""

    reason = forms.CharField(
        label=_("What you looked at"), required=False, max_length=2000, widget=AREA
    )


class CanaryForm(forms.Form):
    """A set, a question a line."""

    environment = forms.CharField(label=_("Environment"), max_length=30, initial="production")
    lines = forms.CharField(
        label=_("Questions"),
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "One a line: id | question | expected answer. More answers that are right follow "
            "behind further bars."
        ),
    )
    reason = forms.CharField(label=_("Why this set"), required=False, max_length=2000, widget=AREA)

    def items(self) -> list[dict[str, Any]]:
        """Return the questions as the service takes them."""
        found = []
        for line in self.cleaned_data["lines"].splitlines():
            if line.strip():
                name, question, *expected = [*map(str.strip, line.split(SEPARATOR)), "", ""][:22]
                right = [one for one in expected if one]
                found.append({"id": name, "question": question, "expected": right})
        return found
