"""A ballot, and what who leads a round fills in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.models import Ballot, ElectorSeat
from ledger.rules.worded import worded
from registry.rules.recorded_roles import role_told


class BallotForm(forms.Form):
    """A vote with its reason, bound to the motion as it was read."""

    vote = forms.ChoiceField(
        label=_("Vote"),
        choices=[("for", _("For")), ("against", _("Against")), ("abstain", _("Abstain"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason or dissent"),
        required=False,
        help_text=_("Printed in the minutes with your name"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
    )
    final = forms.BooleanField(
        label=_("This is final"),
        required=False,
        help_text=_("A final vote cannot be changed, not even until the close."),
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
        label=_("Why you recuse yourself"),
        help_text=_("Printed in the minutes. Your substitute takes the seat if one may."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )


class ConveningForm(forms.Form):
    """How long the round is open."""

    closes_in = forms.CharField(
        label=_("Open for"),
        required=False,
        max_length=12,
        help_text=_("Empty: as the charter says. Write 2bd, 24h or 30min."),
    )
    urgent = forms.BooleanField(
        label=_("Urgent"), required=False, help_text=_("Shorter notice and shortest time.")
    )


class SubstituteForm(forms.Form):
    """Which seat passes to its named substitute, and why."""

    seat = forms.TypedChoiceField(label=_("Seat"), coerce=int)
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, *args: Any, electors: Sequence[ElectorSeat] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seat = self.fields["seat"]
        assert isinstance(seat, forms.TypedChoiceField)
        seat.choices = [(one.number, _words(one)) for one in electors]


class CastingForm(forms.Form):
    """The casting vote of who chairs, with its reason."""

    vote = forms.ChoiceField(
        label=_("Casting vote"),
        choices=[("for", _("For")), ("against", _("Against"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("The casting vote is a ballot of its own; its reason stands in the minutes."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
    )
    motion = forms.CharField(max_length=64, widget=forms.HiddenInput)


class MoveForm(forms.Form):
    """By how much later the round closes."""

    later_by = forms.CharField(
        label=_("Later by"), max_length=12, help_text=_("Write 24h, 2bd or 30min. Never earlier.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=2000)


class EditForm(forms.Form):
    """Another wording of the motion: what is left as it is stays."""

    title = forms.CharField(label=_("Motion"), max_length=200)
    reason = forms.CharField(
        label=_("Why it is put"), widget=forms.Textarea(attrs={"rows": 4}), max_length=10000
    )
    why = forms.CharField(
        label=_("Why you edit it"),
        max_length=2000,
        help_text=_("The present text and its ballots stay on record; the round begins anew."),
    )


class SeatForm(forms.Form):
    """A seat, chosen of those that it is about."""

    seat = forms.TypedChoiceField(label=_("Seat"), coerce=int)

    def __init__(self, *args: Any, electors: Sequence[ElectorSeat] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seat = self.fields["seat"]
        assert isinstance(seat, forms.TypedChoiceField)
        seat.choices = [(one.number, f"{one.function}: {one.holder.name}") for one in electors]


class VoidForm(SeatForm):
    """A ballot that is void for cause."""

    reason = forms.CharField(label=_("For which cause"), max_length=2000)


class AnswerForm(forms.Form):
    """What who chairs answers to a recusal after voting."""

    accept = forms.TypedChoiceField(
        label=_("The reason is"),
        choices=[
            ("yes", _("accepted: the ballot is void")),
            ("no", _("not accepted: it counts")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Because"), max_length=2000)


class ShownForm(forms.Form):
    """Where the evidence for a condition stands."""

    reference = forms.CharField(label=_("Where the evidence stands"), max_length=4000)


class SettledForm(forms.Form):
    """How a condition is settled."""

    outcome = forms.ChoiceField(
        label=_("It is"),
        choices=[
            ("met", _("met")),
            ("moved", _("moved to an obligation that is followed elsewhere")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("What you saw"), max_length=2000)


class InterestForm(forms.Form):
    """An interest, and the system that it is in."""

    system = forms.ChoiceField(label=_("In which system"), required=False)
    words = forms.CharField(
        label=_("What it is"),
        max_length=500,
        help_text=_("For example: my spouse works for the supplier. Members of the body read it."),
    )

    def __init__(self, *args: Any, systems: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        system = self.fields["system"]
        assert isinstance(system, forms.ChoiceField)
        named = [(str(one.pk), one.name) for one in systems]
        system.choices = [("", _("every system")), *named]


class ReasonForm(forms.Form):
    """Why a round is sent up, or withdrawn."""

    reason = forms.CharField(label=_("Reason"), max_length=2000)


def _words(elector: ElectorSeat) -> str:
    substitute = elector.substitute.name if elector.substitute else ""
    return worded(
        "{function}: {substitute} for {holder}",
        function=role_told(elector.function),
        substitute=substitute,
        holder=elector.holder.name,
    )
