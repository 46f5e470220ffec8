"""A ballot, and what who leads a round fills in."""

from collections.abc import Sequence
from typing import Any

from django import forms

from governance.models import Ballot, ElectorSeat


class BallotForm(forms.Form):
    """A vote with its reason, bound to the motion as it was read."""

    vote = forms.ChoiceField(
        label="Vote",
        choices=[("for", "For"), ("against", "Against"), ("abstain", "Abstain")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Reason or dissent",
        required=False,
        help_text="Printed in the minutes with your name",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
    )
    final = forms.BooleanField(
        label="This is final",
        required=False,
        help_text="A final vote cannot be changed, not even until the close.",
    )
    motion = forms.CharField(max_length=64, widget=forms.HiddenInput)
    key = forms.CharField(max_length=120, widget=forms.HiddenInput)

    @classmethod
    def values_of(cls, ballot: Ballot | None) -> dict[str, object]:
        """What a form holds for who has voted already."""
        return {"vote": ballot.vote, "reason": ballot.reason} if ballot else {}


class RecusalForm(forms.Form):
    """Why somebody does not vote."""

    reason = forms.CharField(
        label="Why you recuse yourself",
        help_text="Printed in the minutes. Your substitute takes the seat if one may.",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )


class ConveningForm(forms.Form):
    """How long the round is open."""

    closes_in = forms.CharField(
        label="Open for",
        required=False,
        max_length=12,
        help_text="Empty: as the charter says. Write 2bd, 24h or 30min.",
    )
    urgent = forms.BooleanField(
        label="Urgent", required=False, help_text="Shorter notice and shortest time."
    )


class SubstituteForm(forms.Form):
    """Which seat passes to its named substitute, and why."""

    seat = forms.TypedChoiceField(label="Seat", coerce=int)
    reason = forms.CharField(label="Reason", max_length=500)

    def __init__(self, *args: Any, electors: Sequence[ElectorSeat] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seat = self.fields["seat"]
        assert isinstance(seat, forms.TypedChoiceField)
        seat.choices = [(one.number, _words(one)) for one in electors]


class ReasonForm(forms.Form):
    """Why a round is sent up, or withdrawn."""

    reason = forms.CharField(label="Reason", max_length=2000)


def _words(elector: ElectorSeat) -> str:
    substitute = elector.substitute.name if elector.substitute else ""
    return f"{elector.function}: {substitute} for {elector.holder.name}"
