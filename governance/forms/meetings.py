"""Forms of meetings: convening, agenda, attendance, consent, recorded votes, minutes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.models import AgendaItem, Attendance, Committee, Decision, ElectorSeat
from governance.rules.meetings import MOST_ITEMS
from governance.services.agendas import Item
from governance.services.meeting_calls import Call
from governance.services.recorded_decisions import Taken
from registry.models import User

VOTES = [("for", _("For")), ("against", _("Against")), ("abstain", _("Abstain"))]


class Moment(forms.DateTimeInput):
    """An instant, in the reader's zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def _moment(label: Any, hint: Any = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text=hint,
        widget=Moment(),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )


def _text(
    label: Any, hint: Any = "", *, rows: int = 3, longest: int = 4000, needed: bool = True
) -> Any:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=needed,
        max_length=longest,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class MeetingForm(forms.Form):
    """A meeting to convene: of which body, when, where, and what stands on it."""

    committee = forms.ChoiceField(label=_("Body"))
    title = forms.CharField(label=_("Title"), max_length=200)
    starts_at = _moment(_("Begins"), _("After the notice of the charter, counted from now."))
    place = forms.CharField(label=_("Place"), max_length=300, required=False)
    link = forms.CharField(label=_("Link"), max_length=500, required=False)
    urgent = forms.BooleanField(
        label=_("Urgent"), required=False, help_text=_("The short notice of the charter.")
    )
    urgent_reason = _text(_("Why it is urgent"), rows=2, needed=False)
    motions = forms.MultipleChoiceField(
        label=_("Motions"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each is voted on by itself. The vote opens when the meeting begins."),
    )
    consent = forms.MultipleChoiceField(
        label=_("Consent agenda"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Small items, adopted by one signed list. Any member may lift one out."),
    )
    others = _text(
        _("Without a motion"), _("One item on each line."), rows=3, longest=6000, needed=False
    )

    def __init__(
        self,
        *args: Any,
        committees: Sequence[Committee] = (),
        motions: Sequence[Decision] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        body, single, consent = (self.fields[name] for name in ("committee", "motions", "consent"))
        assert isinstance(body, forms.ChoiceField)
        assert isinstance(single, forms.MultipleChoiceField)
        assert isinstance(consent, forms.MultipleChoiceField)
        body.choices = [(str(one.pk), one.name) for one in committees]
        named = [(str(one.pk), f"{one.number} {one.title}") for one in motions]
        single.choices = named
        consent.choices = named

    def call(self) -> Call:
        """Return what the meeting is convened to."""
        given = self.cleaned_data
        names = ("title", "starts_at", "place", "link", "urgent", "urgent_reason")
        return Call(**{name: given[name] for name in names})

    def items(self) -> list[Item]:
        """Return the agenda: motions, then the consent agenda, then the rest."""
        given, kinds = self.cleaned_data, AgendaItem.Kind
        found = [Item(kinds.MOTION, decision_id=UUID(one)) for one in given["motions"]]
        found += [Item(kinds.CONSENT, decision_id=UUID(one)) for one in given["consent"]]
        lines = [line.strip() for line in given["others"].splitlines() if line.strip()]
        return found + [Item(kinds.FREE, title=line) for line in lines[:MOST_ITEMS]]


class ItemForm(forms.Form):
    """Another item of an agenda: a motion of the body, or a title."""

    kind = forms.ChoiceField(label=_("Kind"), choices=AgendaItem.Kind.choices)
    motion = forms.ChoiceField(label=_("Motion"), required=False)
    title = forms.CharField(label=_("Title, without a motion"), max_length=200, required=False)

    def __init__(self, *args: Any, motions: Sequence[Decision] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        motion = self.fields["motion"]
        assert isinstance(motion, forms.ChoiceField)
        named = [(str(one.pk), f"{one.number} {one.title}") for one in motions]
        motion.choices = [("", _("none")), *named]

    def item(self) -> Item:
        """Return the item."""
        given = self.cleaned_data
        motion = UUID(given["motion"]) if given["motion"] else None
        return Item(given["kind"], decision_id=motion, title=given["title"])


class AttendanceForm(forms.Form):
    """Who was there, and how."""

    person = forms.ChoiceField(label=_("Person"))
    standing = forms.ChoiceField(label=_("Was"), choices=Attendance.Standing.choices)
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        help_text=_("For whom a substitute sat; from when to when."),
    )

    def __init__(self, *args: Any, people: Sequence[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, forms.ChoiceField)
        person.choices = [(str(one.pk), one.name) for one in people]


class NoteForm(forms.Form):
    """What came of an item."""

    item = forms.ChoiceField(label=_("Item"))
    note = _text(_("What came of it"))

    def __init__(self, *args: Any, items: Sequence[AgendaItem] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        item = self.fields["item"]
        assert isinstance(item, forms.ChoiceField)
        item.choices = [(str(one.pk), f"{one.position}. {one.title}") for one in items]


class LiftForm(forms.Form):
    """An item to lift out of the consent agenda, and why."""

    item = forms.ChoiceField(label=_("Item"))
    reason = forms.CharField(label=_("Why you lift it out"), max_length=2000)

    def __init__(self, *args: Any, items: Sequence[AgendaItem] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        item = self.fields["item"]
        assert isinstance(item, forms.ChoiceField)
        item.choices = [(str(one.pk), f"{one.position}. {one.title}") for one in items]


class ConsentForm(forms.Form):
    """One vote for each item of the consent agenda, bound to the motions as they were read."""

    def __init__(self, *args: Any, items: Sequence[AgendaItem] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in items:
            decision = one.decision
            if decision is None:
                continue
            self.fields[f"vote_{decision.pk}"] = forms.ChoiceField(
                label=f"{one.position}. {decision.number} {one.title}",
                choices=VOTES,
                widget=forms.RadioSelect,
            )
            self.fields[f"motion_{decision.pk}"] = forms.CharField(
                max_length=64, widget=forms.HiddenInput, initial=decision.motion_sha256
            )


class ReasonForm(forms.Form):
    """A reason."""

    reason = _text(_("Reason"), rows=2, longest=2000)


class EmptyForm(forms.Form):
    """A step without fields."""


class RecordVoteForm(forms.Form):
    """A vote that a member called in the meeting."""

    seat = forms.TypedChoiceField(label=_("Seat"), coerce=int)
    vote = forms.ChoiceField(label=_("Vote"), choices=VOTES)
    reason = forms.CharField(label=_("Reason given"), max_length=4000, required=False)

    def __init__(self, *args: Any, electors: Sequence[ElectorSeat] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seat = self.fields["seat"]
        assert isinstance(seat, forms.TypedChoiceField)
        seat.choices = [
            (one.number, f"{one.function}: {one.seated.name}")
            for one in electors
            if one.seated is not None
        ]


class CountersignForm(forms.Form):
    """The recorded vote that is countersigned, on the motion as it was read."""

    recorded = forms.IntegerField(widget=forms.HiddenInput)
    motion = forms.CharField(max_length=64, widget=forms.HiddenInput)


class DissentForm(forms.Form):
    """Why somebody voted against."""

    text = _text(
        _("Your dissent"), _("Printed in the minutes with your name."), rows=5, longest=8000
    )


class OutsideForm(forms.Form):
    """A decision taken outside, with the document that says so."""

    file = forms.FileField(label=_("Document"), max_length=1000)
    outcome = forms.ChoiceField(
        label=_("The body"), choices=[("adopted", _("adopted it")), ("rejected", _("did not"))]
    )
    words = _text(_("Wording of the decision"), rows=3, longest=10_000)
    decided_at = _moment(_("Decided"))
    eligible = forms.IntegerField(label=_("Members of the body"), min_value=1, max_value=1000)
    votes_for = forms.IntegerField(label=_("For"), min_value=0, max_value=1000)
    votes_against = forms.IntegerField(label=_("Against"), min_value=0, max_value=1000, initial=0)
    abstentions = forms.IntegerField(label=_("Abstained"), min_value=0, max_value=1000, initial=0)
    motion = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def taken(self) -> Taken:
        """Return what was decided."""
        names = ("outcome", "decided_at", "words", "eligible", "votes_for", "votes_against",
                 "abstentions")  # fmt: skip
        return Taken(**{name: self.cleaned_data[name] for name in names})


class RecordForm(forms.Form):
    """The record of a decision taken outside, as it was read."""

    recorded = forms.UUIDField(widget=forms.HiddenInput)
    record = forms.CharField(max_length=64, widget=forms.HiddenInput)


class RefuseForm(forms.Form):
    """Why the second person does not certify."""

    recorded = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why not"), max_length=1000)


class MinutesForm(forms.Form):
    """The minutes as they were read."""

    sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)


class AddendumForm(forms.Form):
    """What is added to approved minutes."""

    text = _text(_("Addendum"), rows=5, longest=20_000)


class NarrativeForm(forms.Form):
    """An edited document that comes back."""

    file = forms.FileField(label=_("Edited document"), max_length=1000)
    note = forms.CharField(label=_("What it is"), max_length=500, required=False)


class SmallCasesForm(forms.Form):
    """The lesson of a list of small cases."""

    lessons = _text(_("Lesson, for all of them"), rows=2, longest=4000, needed=False)
