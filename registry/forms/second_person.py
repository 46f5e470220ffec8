"""Forms of two-person steps: the reason, and the version that was seen."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.models import System

LONGEST = 5000


class StepForm(forms.Form):
    """A step with its reason."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    reason = forms.CharField(
        label=_("Why"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, asks: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "reason" in self.fields and asks:
            self.fields["reason"].label = asks


class SubmitForm(forms.Form):
    """Submitting what one has written; the proof of the signature stands beside it."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class SubmitAssessmentForm(SubmitForm):
    """Submitting an assessment with the last day on which it holds."""

    expires_on = forms.DateField(
        label=_("Holds until, last day"),
        help_text=_("At most three years ahead. A change of the system makes it due earlier."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class NotifyForm(forms.Form):
    """That the authority was told the result."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    notified_on = forms.DateField(
        label=_("On which day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    notified_to = forms.CharField(label=_("To which authority"), max_length=200)
    reference = forms.CharField(label=_("Its reference"), max_length=200, required=False)


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(
        label=_("Why"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3})
    )


class TierForm(forms.Form):
    """Another risk tier, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    to_tier = forms.ChoiceField(label=_("Risk tier"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, present: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_tier"].choices = [  # type: ignore[attr-defined]
            (value, label) for value, label in System.Tier.choices if value != present
        ]
