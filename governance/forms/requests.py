"""Forms of an authority's request: registered, answered, withheld, sent, receipted."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.fields import InstantField, InstantInput
from governance.models import RequestEvidence, RequestQuestion
from governance.services.requests import Asked
from registry.models import System

AREA = {"rows": 4}


class RequestForm(forms.Form):
    """What an authority asks, and what it is about."""

    authority = forms.CharField(label=_("Authority"), max_length=160)
    basis = forms.CharField(
        label=_("Basis"), max_length=200, help_text=_("The article that it names, or its words.")
    )
    reference = forms.CharField(label=_("Its reference"), max_length=120, required=False)
    language = forms.CharField(label=_("Language of the answer"), max_length=40)
    received_at = InstantField(
        label=_("Received"), widget=InstantInput(), help_text=_("In your own time zone.")
    )
    due_at = InstantField(label=_("Answer due"), widget=InstantInput())
    questions = forms.CharField(
        label=_("Questions"),
        max_length=40_000,
        help_text=_("One a paragraph: an empty line begins the next one."),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    systems = forms.MultipleChoiceField(
        label=_("Systems"), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    incidents = forms.CharField(
        label=_("Incidents"),
        required=False,
        max_length=2000,
        help_text=_("Their numbers, with spaces between."),
    )
    period_from = forms.DateField(
        label=_("About the time from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    period_until = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    hold = forms.BooleanField(
        label=_("Hold the records"), required=False,
        help_text=_("Nothing of these systems and incidents is dropped until the hold ends."),
    )  # fmt: skip

    def __init__(self, *args: Any, systems: Iterable[System], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["systems"].choices = [(str(one.pk), one.name) for one in systems]  # type: ignore[attr-defined]

    def asked(self) -> Asked:
        """Return what is asked."""
        given = self.cleaned_data
        paragraphs = given["questions"].replace("\r\n", "\n").split("\n\n")
        return Asked(
            authority=given["authority"],
            basis=given["basis"],
            reference=given["reference"],
            language=given["language"],
            received_at=given["received_at"],
            due_at=given["due_at"],
            questions=[text.strip() for text in paragraphs if text.strip()],
            period_from=given["period_from"],
            period_until=given["period_until"],
        )

    def system_ids(self) -> list[UUID]:
        """Return the systems that it is about."""
        return [UUID(one) for one in self.cleaned_data["systems"]]

    def incident_numbers(self) -> list[str]:
        """Return the incidents that it is about."""
        return str(self.cleaned_data["incidents"]).replace(",", " ").split()


class QuestionForm(forms.Form):
    """What is said about one of the questions."""

    place = forms.TypedChoiceField(label=_("Question"), coerce=int)

    def __init__(self, *args: Any, questions: Iterable[RequestQuestion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [(one.place, f"{one.place}. {one.text[:80]}") for one in questions]
        self.fields["place"].choices = found  # type: ignore[attr-defined]


class AnswerForm(QuestionForm):
    """An answer."""

    text = forms.CharField(
        label=_("Answer"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 6})
    )


class EvidenceForm(QuestionForm):
    """What an answer rests on."""

    kind = forms.ChoiceField(label=_("What it is"), choices=RequestEvidence.Kind.choices)
    title = forms.CharField(label=_("Title"), max_length=200)
    reference = forms.CharField(
        label=_("Where it stands"), max_length=2000,
        help_text=_("An address, the number of a ledger entry, a pack or an incident."),
    )  # fmt: skip
    sha256 = forms.CharField(
        label=_("SHA-256"), max_length=64, required=False,
        help_text=_("Without one, the hash of the place is taken."),
    )  # fmt: skip


class WithholdForm(forms.Form):
    """What is not handed over."""

    place = forms.TypedChoiceField(
        label=_("Of which question"), coerce=int, empty_value=None, required=False
    )
    what = forms.CharField(
        label=_("What is not handed over"), max_length=2000, widget=forms.Textarea(attrs=AREA)
    )
    reason = forms.CharField(
        label=_("Why, and on which ground"), max_length=4000, widget=forms.Textarea(attrs=AREA)
    )

    def __init__(self, *args: Any, questions: Iterable[RequestQuestion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [(one.place, f"{one.place}. {one.text[:80]}") for one in questions]
        self.fields["place"].choices = [("", _("of all")), *found]  # type: ignore[attr-defined]


class VersionForm(forms.Form):
    """The version that the reader saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class BackForm(VersionForm):
    """Why an answer is opened again."""

    reason = forms.CharField(
        label=_("What is missing"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )


class SendForm(VersionForm):
    """How and when an answer was sent."""

    how = forms.CharField(label=_("How it was sent"), max_length=200)
    sent_at = InstantField(
        label=_("Sent"), widget=InstantInput(), help_text=_("In your own time zone.")
    )
    late_reason = forms.CharField(
        label=_("Why it is late, if it is"), required=False, max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class ReceiptForm(forms.Form):
    """The authority's receipt."""

    receipt = forms.CharField(
        label=_("What the receipt says"), max_length=20_000, widget=forms.Textarea(attrs=AREA)
    )
    receipt_at = InstantField(
        label=_("Received"), widget=InstantInput(), help_text=_("In your own time zone.")
    )
    sha256 = forms.CharField(label=_("SHA-256 of the file"), max_length=64, required=False)
