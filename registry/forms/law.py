"""Forms of the law's pages: which reporting regimes apply."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from outbox.languages import spoken
from registry.rules.shipped import shipped

ANSWERS = (("yes", _("Yes")), ("no", _("No")), ("undecided", _("To be decided")))
OF_SYSTEM = (
    ("yes", _("Yes, this system does")),
    ("no", _("No, this system does not")),
    ("undecided", _("As the organisation")),
)
LONGEST = 2000


class RegimesForm(forms.Form):
    """An answer and what it rests on for each regime, and why it is saved."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(
        self,
        *args: Any,
        questions: Sequence[Mapping[str, Any]],
        of_system: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questions = list(questions)
        for question in self.questions:
            self._add(question, OF_SYSTEM if of_system else ANSWERS)
        self.fields["reason"] = forms.CharField(
            label=_("Why"),
            max_length=LONGEST,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("Who decided, and what has changed. It stands in the record."),
        )

    def _add(self, question: Mapping[str, Any], choices: Any) -> None:
        self.fields[question["id"]] = forms.ChoiceField(
            label=f"{_said(question['regime'])}: {_said(question['ask'])}",
            choices=choices,
            widget=forms.RadioSelect,
            help_text=_said(question.get("help", "")),
        )
        self.fields[f"{question['id']}_source"] = forms.CharField(
            label=_("What the answer rests on"),
            required=False,
            max_length=LONGEST,
            help_text=_("A notice, an opinion of counsel, a register: with its date."),
        )

    def clean(self) -> dict[str, Any]:
        """Want a basis for each yes and no."""
        given: dict[str, Any] = super().clean() or {}
        for question in self.questions:
            source = f"{question['id']}_source"
            if given.get(question["id"]) in ("yes", "no") and not given.get(source):
                self.add_error(source, _("Say what the answer rests on."))
        return given

    def answers(self) -> dict[str, dict[str, str]]:
        """Return what was answered, {fact: {answer, source}}."""
        given = self.cleaned_data
        return {
            question["id"]: {
                "answer": given[question["id"]],
                "source": given[f"{question['id']}_source"],
            }
            for question in self.questions
        }

    def pairs(self) -> Iterable[tuple[BoundField, BoundField]]:
        """Give each answer's field with that of its basis."""
        for question in self.questions:
            yield self[question["id"]], self[f"{question['id']}_source"]


def _said(text: str) -> str:
    return spoken(shipped(text))


def regimes_initial(
    questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Any], version: int
) -> dict[str, Any]:
    """Return what a form begins with: what is decided, undecided for the rest."""
    initial: dict[str, Any] = {"version": version}
    for question in questions:
        known = answers.get(question["id"]) or {}
        initial[question["id"]] = known.get("answer", "undecided")
        initial[f"{question['id']}_source"] = known.get("source", "")
    return initial
