"""Forms of the first steps: people, a profile, a committee, a system, its KPIs."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from governance.selectors.pages.first_steps_pages import Proposal
from governance.services.committees import SeatPlan
from governance.services.first_steps import ChosenKpi, Invited
from registry.forms.profile import choose, uuid_or_none
from registry.models import System, User

ROWS: tuple[tuple[str, str, Any], ...] = (
    ("owner", "", _("Answers for the first system")),
    ("deputy", "", _("Stands in for them")),
    ("compliance", "compliance", _("Compliance officer")),
    ("risk", "risk", _("Risk officer")),
    ("secretary", "secretary", _("Secretary of the committee")),
    ("executive", "executive", _("Executive")),
    ("member", "", _("Member of the committee")),
    ("engineer", "engineer", _("Engineer")),
)
SEATS: tuple[tuple[str, str, Any], ...] = (
    ("chair", "chair", _("Chair")),
    ("second", "data science", _("Data science")),
    ("third", "external", _("From outside")),
)


class PeopleForm(forms.Form):
    """Name and mail address by what they are needed for; a row that is left empty is left out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, _role, _label in ROWS:
            self.fields[f"{key}_name"] = forms.CharField(
                label=_("Name"), required=False, max_length=120
            )
            self.fields[f"{key}_email"] = forms.EmailField(
                label=_("Mail address"), required=False, max_length=254
            )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as the page shows them."""
        return [
            {"label": label, "name": self[f"{key}_name"], "email": self[f"{key}_email"]}
            for key, _role, label in ROWS
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for both halves of a row, and for at least one row."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for key, _role, _label in ROWS:
            name, email = given.get(f"{key}_name"), given.get(f"{key}_email")
            if bool(name) != bool(email) and f"{key}_email" not in self.errors:
                missing = "email" if name else "name"
                self.add_error(f"{key}_{missing}", _("Both are needed, or neither."))
        if not self.errors and not self.people():
            self.add_error(None, _("Name at least one person."))
        return given

    def people(self) -> list[Invited]:
        """Return who is named."""
        given = self.cleaned_data
        return [
            Invited(given[f"{key}_name"], given[f"{key}_email"], role)
            for key, role, _label in ROWS
            if given.get(f"{key}_name") and given.get(f"{key}_email")
        ]


class ProfileForm(forms.Form):
    """Which of the shipped profiles, and where the last notice goes."""

    profile = forms.ChoiceField(
        label=_("Profile"),
        widget=forms.RadioSelect,
        choices=[
            ("small", _("Small: about 50 people, quick paths, few roles")),
            ("bank", _("Bank: two lines of validation, more seats, stricter limits")),
        ],
        initial="small",
    )
    mailbox = forms.EmailField(
        label=_("Mailbox of last resort"),
        max_length=254,
        help_text=_("Where a notice goes when nobody can be found, such as governance@…"),
    )


class CommitteeForm(forms.Form):
    """Three seats, each with who sits there and who stands in."""

    name = forms.CharField(label=_("Name"), max_length=120, initial=_("AI committee"))

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(people)
        for key, _function, label in SEATS:
            self.fields[key] = forms.ChoiceField(label=label)
            self.fields[f"{key}_substitute"] = forms.ChoiceField(
                label=_("Stands in"), required=False
            )
            choose(self, key, known, empty=gettext("Choose a person"))
            choose(self, f"{key}_substitute", known, empty=gettext("nobody"))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the seats as the page shows them."""
        return [
            {"label": label, "person": self[key], "substitute": self[f"{key}_substitute"]}
            for key, _function, label in SEATS
        ]

    def seats(self) -> list[SeatPlan]:
        """Return the seats; the first is the chair's, the second the vice chair's."""
        given = self.cleaned_data
        return [
            SeatPlan(
                function=function,
                person_id=UUID(given[key]),
                substitute_id=uuid_or_none(given[f"{key}_substitute"]),
                chair=place == 0,
                vice_chair=place == 1,
            )
            for place, (key, function, _label) in enumerate(SEATS)
        ]


class KpisForm(forms.Form):
    """Which of the proposed KPIs, with which limits."""

    def __init__(self, *args: Any, proposals: Sequence[Proposal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposals = proposals
        for one in proposals:
            key = one.kpi.pk
            self.fields[f"{key}.use"] = forms.BooleanField(
                label=one.kpi.called, required=False, initial=True
            )
            for limit, label in (("warning", _("Warning at")), ("critical", _("Critical at"))):
                self.fields[f"{key}.{limit}"] = forms.FloatField(
                    label=label, required=False, initial=one.bands.get(limit)
                )
            if one.is_relative:
                self.fields[f"{key}.usual"] = forms.FloatField(
                    label=_("What is usual, or aimed at"), required=False
                )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the proposals as the page shows them."""
        return [
            {
                "one": one,
                "use": self[f"{one.kpi.pk}.use"],
                "warning": self[f"{one.kpi.pk}.warning"],
                "critical": self[f"{one.kpi.pk}.critical"],
                "usual": self[f"{one.kpi.pk}.usual"] if one.is_relative else None,
            }
            for one in self.proposals
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for what is usual where limits are relative to it."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for one in self.proposals:
            name = f"{one.kpi.pk}.usual"
            if given.get(f"{one.kpi.pk}.use") and one.is_relative and given.get(name) is None:
                self.add_error(
                    name, _("Say what is usual, or leave this KPI out: its limits are around it.")
                )
        return given

    def chosen(self) -> list[ChosenKpi]:
        """Return what was chosen."""
        given = self.cleaned_data
        return [
            ChosenKpi(
                kpi_id=one.kpi.pk,
                proposed=one.bands,
                warning=given[f"{one.kpi.pk}.warning"],
                critical=given[f"{one.kpi.pk}.critical"],
                baseline=given.get(f"{one.kpi.pk}.usual"),
            )
            for one in self.proposals
            if given[f"{one.kpi.pk}.use"]
        ]


class SampleForm(forms.Form):
    """Who stands in for the sample's owner."""

    deputy = forms.ChoiceField(
        label=_("Stands in for you"),
        help_text=_("A system has an owner and a deputy, a sample too. Nobody is told."),
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "deputy", people)


TEMPLATES = {
    System.Kind.PREDICTIVE: _("Decides or scores: approvals, forecasts, reading of documents"),
    System.Kind.ASSISTANT: _("Answers people: chat, search, drafting"),
    System.Kind.AGENT: _("Acts with tools: books, pays, changes records"),
    System.Kind.MULTI_AGENT: _("Several agents that work together"),
}
