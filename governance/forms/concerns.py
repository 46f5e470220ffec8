"""The forms of officers who look into a concern."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.fields import InstantInput, in_a_row
from governance.rules.reports import HARM, OTHERS
from governance.services.concerns import Account
from incidents.rules.command_fields import QUESTION_WORDS
from registry.models import System
from registry.services.concerns import LONGEST_MESSAGE

ANSWERS = (("yes", _("Yes")), ("no", _("No")), ("unknown", _("Not known yet")))


class AnswerForm(forms.Form):
    """A line to who raised it."""

    text = forms.CharField(
        label=_("Your answer or question"),
        max_length=LONGEST_MESSAGE,
        help_text=_("They read it with their receipt; your name is not shown to them."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class WhyForm(forms.Form):
    """Why a concern is closed without a case."""

    reason = forms.CharField(
        label=_("Why no case"),
        max_length=4000,
        help_text=_("Who raised it reads this. Say what you looked at."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput())


class SecondForm(forms.Form):
    """Whether a second person agrees that it is closed."""

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=(("agree", _("I agree: no case")), ("decline", _("Look into it again"))),
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(widget=forms.HiddenInput())


class CaseForm(forms.Form):
    """What the owner of the system has to know, and the four questions."""

    system = forms.ChoiceField(label=_("System"))
    title = forms.CharField(label=_("In one line"), max_length=200)
    seen = forms.CharField(
        label=_("What the owner has to know"),
        max_length=8000,
        help_text=_("In your words. Leave out whatever could tell who raised it."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    seen_at = forms.DateTimeField(
        label=_("Since when"),
        required=False,
        help_text=_("Empty: not known. In your own time zone."),
        widget=InstantInput(),
    )
    version = forms.IntegerField(widget=forms.HiddenInput())

    def __init__(self, *args: Any, systems: Iterable[System], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["system"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", _("Choose")),
            *((str(one.pk), one.name) for one in systems),
        ]
        for question in (*HARM, *OTHERS):
            self.fields[question] = in_a_row(
                forms.ChoiceField(
                    label=QUESTION_WORDS[question],
                    choices=ANSWERS,
                    initial="unknown",
                    widget=forms.RadioSelect,
                )
            )

    def account(self) -> Account:
        """Return what the officer writes."""
        given = self.cleaned_data
        return Account(
            title=given["title"],
            seen=given["seen"],
            seen_at=given["seen_at"],
            answers={question: given[question] for question in (*HARM, *OTHERS)},
        )
