"""Forms made from questionnaires: each question a field, its reason beside it; saved as a draft."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ledger.rules.refusals import Invalid
from registry.rules.questionnaires import LONGEST, NO, SEVERAL, UNKNOWN, YES, Answer

YES_NO = ((YES, _("Yes")), (NO, _("No")), (UNKNOWN, _("Not known yet")))


class AnswersForm(forms.Form):
    """The questions of a section. Nothing is required: a draft may have gaps.

    `a_<question>` is the answer, `w_<question>` the reason; `version` the row that was seen.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(
        self,
        *args: Any,
        questions: Iterable[Mapping[str, Any]],
        answers: Mapping[str, Answer],
        version: int,
        reasons: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questions, self.reasons = list(questions), reasons
        self.fields["version"].initial = version
        for question in self.questions:
            key, answer = question["id"], answers.get(question["id"], Answer())
            self.fields[f"a_{key}"] = _field(question)
            self.initial[f"a_{key}"] = _initial(question, answer)
            if reasons and question["kind"] != "date":
                self.fields[f"w_{key}"] = forms.CharField(
                    label=_("Reason"),
                    required=False,
                    max_length=LONGEST,
                    widget=forms.Textarea(attrs={"rows": 2}),
                )
                self.initial[f"w_{key}"] = answer.reason

    def given(self) -> dict[str, Answer]:
        """Return the answers of the form."""
        return {question["id"]: self._answer(question) for question in self.questions}

    def _answer(self, question: Mapping[str, Any]) -> Answer:
        said = self.cleaned_data.get(f"a_{question['id']}")
        reason = str(self.cleaned_data.get(f"w_{question['id']}") or "").strip()
        if question["kind"] in SEVERAL:
            return Answer(values=tuple(said or ()), reason=reason)
        text = said.isoformat() if isinstance(said, date) else str(said or "").strip()
        return Answer(value=text, reason=reason)

    def tell(self, refusal: Invalid) -> None:
        """Put what a refusal says at the questions that it names, else above the form."""
        for key, words in refusal.fields.items():
            self.add_error(f"a_{key}" if f"a_{key}" in self.fields else None, words)
        if not refusal.fields:
            self.add_error(None, refusal.reason)

    def rows(self) -> list[dict[str, Any]]:
        """Return what the template shows: question, answer field, reason field or none."""
        return [
            {
                "question": question,
                "answer": self[f"a_{question['id']}"],
                "why": self[f"w_{question['id']}"]
                if f"w_{question['id']}" in self.fields
                else None,
            }
            for question in self.questions
        ]


def _field(question: Mapping[str, Any]) -> forms.Field:
    told = {
        "label": question["ask"],
        "help_text": " ".join(
            text
            for text in (
                question.get("help"),
                f"({question['article']})" if question.get("article") else "",
            )
            if text
        ),
        "required": False,
    }
    kind = question["kind"]
    if kind == "text":
        return forms.CharField(**told, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}))
    if kind == "date":
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return forms.DateField(**told, widget=widget)
    if kind in SEVERAL:
        return forms.MultipleChoiceField(
            **told, choices=_choices(question), widget=forms.CheckboxSelectMultiple
        )
    return forms.ChoiceField(**told, choices=_choices(question), widget=forms.RadioSelect)


def _choices(question: Mapping[str, Any]) -> list[tuple[str, Any]]:
    if question["kind"] == "yes_no":
        return list(YES_NO)
    return [(option["value"], option["title"]) for option in question["options"]]


def _initial(question: Mapping[str, Any], answer: Answer) -> Any:
    return list(answer.said) if question["kind"] in SEVERAL else answer.value
