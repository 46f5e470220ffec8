"""Forms of the pages of answers."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.models import User
from telemetry.models import AnswerReview
from telemetry.selectors.answers import PERIODS
from telemetry.services.answers import LONGEST


def _why(label: Any, help_text: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=LONGEST, help_text=help_text, widget=widget)


class LookForm(forms.Form):
    """Why somebody looks at an answer unmasked."""

    reason = _why(
        _("Why you look"),
        _("Goes on record with your name: a complaint, a review, a case. One look, one entry."),
    )


class SendForm(forms.Form):
    """Who shall say whether an answer was right, and why it is asked."""

    reviewer = forms.ChoiceField(label=_("Reviewer"))
    reason = _why(_("What to look at"), _("What seems wrong. Do not copy what is masked."))

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(person.pk), person.name) for person in people]
        self.fields["reviewer"].choices = [("", _("Choose a person")), *choices]  # type: ignore[attr-defined]


class VerdictForm(forms.Form):
    """What the reviewer found."""

    verdict = forms.ChoiceField(
        label=_("Verdict"), choices=AnswerReview.Verdict.choices, widget=forms.RadioSelect
    )
    truth = forms.CharField(
        label=_("What would have been right"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Of a wrong answer, if you know it: the KPIs of its time are counted anew."),
    )
    words = _why(_("Because"), _("In your own words, without personal data."))


class ExportForm(forms.Form):
    """Which labelled answers are taken along, and why."""

    days = forms.TypedChoiceField(
        label=_("Last days"), choices=[(one, one) for one in PERIODS], coerce=int, initial=30
    )
    content = forms.BooleanField(
        label=_("With question, answer, sources and truth"),
        required=False,
        help_text=_("Without it the file holds ids, topics and verdicts alone."),
    )
    reason = _why(_("What for"), _("Goes on record with your name and the file's fingerprint."))
