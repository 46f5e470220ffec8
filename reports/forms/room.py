"""Forms of the auditor's room: a question, an answer, evidence, a sample."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.fields import InstantField, InstantInput
from registry.models import System, Unit
from reports.models import AuditEvidence, AuditQuestion
from reports.selectors.populations import DRAWN_AT_MOST, POPULATIONS
from reports.services.asking import LONGEST, Asking


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AskForm(forms.Form):
    """A question to the auditee."""

    scope = forms.ChoiceField(
        label=_("About"), help_text=_("The people of the system or of the unit answer.")
    )
    about = forms.ChoiceField(
        label=_("More exactly"), choices=AuditQuestion.About.choices, required=False
    )
    about_key = forms.CharField(
        label=_("Which one"), max_length=120, required=False,
        help_text=_("Its number as it is printed: INC-2026-00041, or the number of an entry."),
    )  # fmt: skip
    text = forms.CharField(
        label=_("Question"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5})
    )
    due_at = InstantField(
        label=_("Answer due"), widget=InstantInput(),
        help_text=_("In your own time zone; before your audit ends."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, systems: Iterable[System], units: Iterable[Unit], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        named = [(f"system:{one.pk}", one.name) for one in systems]
        within = [(f"unit:{one.pk}", one.name) for one in units]
        groups = [(_("Systems"), named), (_("Units"), within)]
        self.fields["scope"].choices = [one for one in groups if one[1]]  # type: ignore[attr-defined]

    def asking(self) -> Asking:
        """Return the question as a service takes it."""
        given = self.cleaned_data
        kind, _colon, key = given["scope"].partition(":")
        return Asking(
            text=given["text"],
            due_at=given["due_at"],
            system_id=UUID(key) if kind == "system" else None,
            unit_id=UUID(key) if kind == "unit" else None,
            about=given["about"],
            about_key=given["about_key"],
        )


class SayForm(forms.Form):
    """An answer."""

    text = forms.CharField(
        label=_("Answer"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 6})
    )


class BackForm(forms.Form):
    """What an answer lacks."""

    text = forms.CharField(
        label=_("What it lacks"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class ProofForm(forms.Form):
    """What an answer rests on."""

    kind = forms.ChoiceField(label=_("Kind"), choices=AuditEvidence.Kind.choices)
    title = forms.CharField(label=_("What it is"), max_length=200)
    reference = forms.CharField(
        label=_("Where it stands"), max_length=2000,
        help_text=_("An address, a number of the ledger, of a pack or of an incident."),
    )  # fmt: skip
    sha256 = forms.RegexField(
        r"^[0-9a-fA-F]{64}$", label=_("SHA-256 of the file"), max_length=64, required=False,
        help_text=_("Without one, the hash of the place is taken."),
    )  # fmt: skip


class AcceptForm(forms.Form):
    """The version that the reader saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class WithdrawForm(AcceptForm):
    """Why a question is withdrawn."""

    reason = forms.CharField(
        label=_("Why"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )


class SampleForm(forms.Form):
    """Which list, of which days, by which seed, how many."""

    list = forms.ChoiceField(label=_("List"))
    system = forms.ChoiceField(label=_("System"), required=False)
    since = forms.DateField(label=_("From"), widget=_day())
    until = forms.DateField(label=_("To"), widget=_day(), help_text=_("Both days count."))
    seed = forms.CharField(
        label=_("Seed"), max_length=200,
        help_text=_("The root of the newest checkpoint, or any line that you choose."),
    )  # fmt: skip
    n = forms.IntegerField(label=_("How many"), min_value=1, max_value=DRAWN_AT_MOST)

    def __init__(self, *args: Any, systems: Iterable[System], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = [(one.name, one.label) for one in POPULATIONS.values()]
        named = [(one.slug, one.name) for one in systems]
        self.fields["list"].choices = lists  # type: ignore[attr-defined]
        self.fields["system"].choices = [("", _("all in scope")), *named]  # type: ignore[attr-defined]
