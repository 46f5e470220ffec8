"""Forms of statements of applicability, of uploads to controls and of gaps."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from outbox.languages import spoken
from registry.forms.documents import ACCEPT, DayInput
from registry.models import Framework, Provision, System, User
from registry.rules.shipped import shipped
from registry.selectors.law import begins_at
from reports.rules.statements import LONGEST, Line
from reports.selectors.statements import Row
from reports.services.control_uploads import GivenUpload

INT = 2**31 - 1


class LinesForm(forms.Form):
    """Every line of a draft, three fields a control: `bound` pairs them with the rows."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=INT)

    def __init__(self, *args: Any, rows: Sequence[Row], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            key, named = row.provision.pk, {"reference": row.provision.reference}
            self.fields[f"applies-{key}"] = forms.ChoiceField(
                label=_("%(reference)s applies") % named,
                choices=[("yes", _("applies")), ("no", _("does not apply"))],
                initial="yes" if row.line.applicable else "no",
            )
            self.fields[f"reason-{key}"] = _text(
                _("%(reference)s, why or why not") % named, row.line.reason
            )
            self.fields[f"how-{key}"] = _text(
                _("%(reference)s, how it is implemented") % named, row.line.how
            )

    @property
    def bound(self) -> list[dict[str, Any]]:
        """The rows with their three bound fields."""
        return [
            {
                "provision": row.provision,
                "applies": self[f"applies-{row.provision.pk}"],
                "reason": self[f"reason-{row.provision.pk}"],
                "how": self[f"how-{row.provision.pk}"],
            }
            for row in self.rows
        ]

    def lines(self) -> dict[str, Line]:
        """Return what was written, by provision."""
        given = self.cleaned_data
        return {
            row.provision.pk: Line(
                applicable=given[f"applies-{row.provision.pk}"] == "yes",
                reason=_plain(given[f"reason-{row.provision.pk}"]),
                how=_plain(given[f"how-{row.provision.pk}"]),
            )
            for row in self.rows
        }


class BeginForm(forms.Form):
    """The framework that a statement is begun of."""

    framework = forms.ChoiceField(label=_("Framework"))

    def __init__(self, *args: Any, frameworks: Iterable[Framework], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(one.pk, one.name) for one in frameworks]
        self.fields["framework"].choices = known  # type: ignore[attr-defined]


class SignForm(forms.Form):
    """A signature under a statement as it was shown."""

    sha256 = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
    reason = forms.CharField(
        label=_("What you sign"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example: read; the controls left out have good reasons."),
    )


class UploadForm(forms.Form):
    """A file or a link that shows a control."""

    provision = forms.ChoiceField(label=_("Control"))
    title = forms.CharField(label=_("What it is"), max_length=200)
    file = forms.FileField(
        label=_("File"),
        max_length=1000,
        required=False,
        help_text=_("Kept unchanged under its hash. Or give a link instead."),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )
    link = forms.CharField(
        label=_("Link"),
        max_length=2000,
        required=False,
        help_text=_("To where it is kept. What lies there may change: a file is stronger."),
    )
    owner = forms.ChoiceField(label=_("Owner"), help_text=_("Keeps it up to date."))
    valid_until = forms.DateField(
        label=_("Valid until, last day"),
        required=False,
        widget=DayInput(),
        help_text=_("Empty: it does not run out."),
    )

    def __init__(
        self, *args: Any, controls: Iterable[Provision], people: Iterable[User], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        _choose(self.fields["provision"], control_groups(controls))
        _choose(self.fields["owner"], [(str(one.pk), one.name) for one in people])

    def given(self) -> GivenUpload:
        """Return what the service takes."""
        said = self.cleaned_data
        return GivenUpload(
            title=said["title"],
            owner_id=UUID(said["owner"]),
            link=said["link"],
            valid_until=said["valid_until"],
        )


class ReviewForm(forms.Form):
    """Whether an upload shows the control."""

    accepted = forms.ChoiceField(
        label=_("Does it show the control?"),
        choices=[("yes", _("Yes, it counts")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )
    said = forms.CharField(
        label=_("What you looked at, and why"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class GapForm(forms.Form):
    """Who closes a gap until when; `AssignForm` says which one."""

    owner = forms.ChoiceField(label=_("Who closes it"))
    due_on = forms.DateField(
        label=_("Until, last day"), widget=DayInput(), help_text=_("At the organisation's seat.")
    )
    note = forms.CharField(
        label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=0, max_value=INT
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self.fields["owner"], [(str(one.pk), one.name) for one in people])

    def clean_due_on(self) -> datetime:
        """Return the end of the day at the seat."""
        day = self.cleaned_data["due_on"]
        if not 2000 <= day.year <= 2200:
            raise forms.ValidationError(_("Choose a day of this century."))
        return begins_at(day + timedelta(days=1))

    def given(self) -> dict[str, Any]:
        """Return what the services take."""
        said = self.cleaned_data
        return {
            "owner_id": UUID(said["owner"]),
            "due_at": said["due_on"],
            "note": said["note"],
        }


class AssignForm(GapForm):
    """A gap to assign: of which control, of which system."""

    provision = forms.ChoiceField(label=_("Control"))
    system = forms.ChoiceField(label=_("System"), required=False)
    field_order = ("provision", "system", "owner", "due_on", "note")

    def __init__(
        self, *args: Any, controls: Iterable[Provision], systems: Iterable[System], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        _choose(self.fields["provision"], control_groups(controls))
        every: list[Any] = [("", _("All systems, or the organisation"))]
        _choose(self.fields["system"], every + [(str(one.pk), one.name) for one in systems])

    def given(self) -> dict[str, Any]:
        """Return what the service takes."""
        said = self.cleaned_data
        system = UUID(said["system"]) if said["system"] else None
        return super().given() | {"provision": said["provision"], "system_id": system}


def control_groups(controls: Iterable[Provision]) -> list[Any]:
    """Return controls as choices, by framework."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in controls:
        words = f"{one.reference}: {spoken(shipped(one.title, one.file))}"
        name = spoken(shipped(one.framework.name, one.framework.file))
        found.setdefault(name, []).append((one.pk, words[:120]))
    return list(found.items())


def _choose(field: forms.Field, choices: list[Any]) -> None:
    field.choices = choices  # type: ignore[attr-defined]


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _text(label: Any, said: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST,
        required=False,
        initial=said,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
