"""The form of a report by hand: what was seen of a system, since when, and the four questions."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.concerns import ANSWERS
from governance.forms.fields import InstantField, InstantInput, in_a_row
from incidents.rules.command_fields import QUESTION_WORDS
from registry.models import System


class ReportForm(forms.Form):
    """What was seen of a system, when, and who knew of it first."""

    system = forms.ChoiceField(
        label=_("System"), help_text=_("Its owner answers for the case, as for any breach.")
    )
    title = forms.CharField(label=_("In one line"), max_length=200)
    seen = forms.CharField(
        label=_("What was seen"),
        max_length=8000,
        help_text=_("Who or what it concerned, and how often. What you do not know stays open."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    seen_at = InstantField(
        label=_("Since when"),
        required=False,
        help_text=_("Empty: not known. In your own time zone."),
        widget=InstantInput(),
    )
    known_by = forms.CharField(
        label=_("Who knew of it first"),
        required=False,
        max_length=120,
        help_text=_("Empty: you."),
    )
    environment = forms.CharField(
        label=_("Where"), max_length=30, initial="production", required=False
    )

    def __init__(self, *args: Any, systems: Iterable[System], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["system"].choices = [  # type: ignore[attr-defined]  # a ChoiceField, above
            ("", _("Choose")),
            *((one.slug, one.name) for one in systems),
        ]
        for question, words in QUESTION_WORDS.items():
            self.fields[question] = in_a_row(
                forms.ChoiceField(
                    label=words, choices=ANSWERS, initial="unknown", widget=forms.RadioSelect
                )
            )

    def report(self) -> dict[str, Any]:
        """Return what `report_incident` takes beside the system."""
        given = dict(self.cleaned_data)
        given.pop("system")
        return given | {"environment": given["environment"] or "production"}
