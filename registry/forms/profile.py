"""Forms of what a system is, who answers for it, and what it rests on."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from ledger.rules.refusals import Refused
from registry.models import DataSource, Dependency, System, Unit, User
from registry.services.changes import SystemChange
from registry.services.surroundings import Source

LONG = 5000
TEXT: dict[str, Any] = {"max_length": LONG, "widget": forms.Textarea(attrs={"rows": 3})}
KINDS = [(value, label) for value, label in System.Kind.choices if value != System.Kind.RECORD]
CHANGED = (
    "name", "kind", "purpose", "users_affected", "data_sources", "supplier", "simulated",
)  # fmt: skip


def tell(form: forms.Form, refusal: Refused) -> None:
    """Tell a refusal at the fields that it names, else above the form."""
    for name, words in refusal.fields.items():
        form.add_error(name if name in form.fields else None, words)
    if not refusal.fields:
        form.add_error(None, refusal.reason)


def choose(form: forms.Form, name: str, rows: Iterable[Any], *, empty: str = "") -> None:
    """Give a choice its rows, perhaps with an empty one first."""
    choices = [(str(row.pk), str(row)) for row in rows]
    form.fields[name].choices = ([("", empty)] if empty else []) + choices  # type: ignore[attr-defined]


def uuid_or_none(text: str) -> UUID | None:
    """Return the id that a choice holds, None for an empty one."""
    return UUID(text) if text else None


class WhatFor(forms.Form):
    """What a system is and what it is for, as both forms ask it."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=KINDS,
        help_text=_("An agent acts with tools; an assistant answers people."),
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        help_text=_("What it decides or does, for whom, and what happens with the result."),
        **TEXT,
    )
    users_affected = forms.CharField(
        label=_("Who is affected"),
        required=False,
        help_text=_("Who uses it, and about whom it says something, such as 9,000 claimants."),
        **TEXT,
    )
    supplier = forms.CharField(
        label=_("Supplier"), required=False, max_length=120, help_text=_("Empty: built here.")
    )
    data_sources = forms.CharField(
        label=_("Where its data come from"),
        required=False,
        help_text=_("In a sentence; each source with its legal ground has a row of its own."),
        **TEXT,
    )
    unit = forms.ChoiceField(
        label=_("Unit"), help_text=_("Roles for this unit and those above hold for the system.")
    )
    owner = forms.ChoiceField(
        label=_("Owner"), help_text=_("Answers for it: investigates first when something breaks.")
    )
    deputy = forms.ChoiceField(
        label=_("Deputy"), help_text=_("Acts for the owner; somebody else than the owner.")
    )

    def __init__(
        self, *args: Any, units: Iterable[Unit], people: Iterable[User], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        known = list(people)
        choose(self, "unit", units)
        for name in ("owner", "deputy"):
            choose(self, name, known)


class RegisterForm(WhatFor):
    """A system to register."""

    slug = forms.SlugField(
        label=_("Short name"),
        max_length=80,
        help_text=_("In addresses and in what machines send: claims-approval. It never changes."),
    )
    risk_tier = forms.ChoiceField(
        label=_("Risk tier, ours"),
        choices=[(value, label.capitalize()) for value, label in System.Tier.choices],
        initial=System.Tier.MEDIUM,
        help_text=_("A first view. Its class under the AI Act is asked for afterwards."),
    )
    field_order = ["name", "slug", "kind", "purpose", "users_affected", "unit", "owner", "deputy"]

    def values(self) -> dict[str, Any]:
        """Return the arguments of register_system."""
        given = dict(self.cleaned_data)
        ids = {f"{name}_id": UUID(given.pop(name)) for name in ("unit", "owner", "deputy")}
        return given | ids


class ChangeForm(WhatFor):
    """What a registered system says of itself, and who answers for it."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    simulated = forms.CharField(label=_("What is simulated"), required=False, **TEXT)
    reviewers = forms.MultipleChoiceField(
        label=_("Reviewers"),
        required=False,
        help_text=_("Who looks at it with other eyes: neither owner nor deputy. Several may be."),
    )
    acceptance = forms.CharField(
        label=_("How the new person has accepted"),
        required=False,
        help_text=_("Needed with another owner or deputy: asked when, and accepted in which words"),
        **TEXT,
    )
    reason = forms.CharField(label=_("Why it changes"), **TEXT)
    field_order = [
        "version", "name", "kind", "purpose", "users_affected", "supplier", "data_sources",
        "simulated", "unit", "owner", "deputy", "acceptance", "reviewers", "reason",
    ]  # fmt: skip

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        known = list(people)
        super().__init__(*args, people=known, **kwargs)
        choose(self, "reviewers", known)

    def change(self) -> SystemChange:
        """Return the change that change_system takes."""
        given = self.cleaned_data
        ids: dict[str, Any] = {
            f"{name}_id": UUID(given[name]) for name in ("unit", "owner", "deputy")
        }
        reviewers = [UUID(one) for one in given["reviewers"]]
        return SystemChange(**{name: given[name] for name in CHANGED}, **ids, reviewers=reviewers)


class DependencyForm(forms.Form):
    """That a system needs another one."""

    on_system = forms.ChoiceField(label=_("It needs"))
    kind = forms.ChoiceField(label=_("In which way"), choices=Dependency.Kind.choices)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        help_text=_("What passes between them, and what happens when it stops."),
        **TEXT,
    )

    def __init__(self, *args: Any, systems: Iterable[System], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "on_system", systems)


class SourceForm(forms.Form):
    """A data source of a system."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Used for"), choices=DataSource.Kind.choices)
    owner = forms.ChoiceField(
        label=_("Owner"), required=False, help_text=_("Who answers for these data with us.")
    )
    holder = forms.CharField(
        label=_("Or held by"),
        required=False,
        max_length=120,
        help_text=_("A team, another company, a public register."),
    )
    personal_data = forms.ChoiceField(
        label=_("Personal data"),
        choices=DataSource.Personal.choices,
        initial=DataSource.Personal.UNKNOWN,
    )
    legal_basis = forms.CharField(
        label=_("Legal basis"),
        required=False,
        max_length=200,
        help_text=_("For personal data, such as contract, GDPR Art. 6(1)(b)."),
    )
    licence = forms.CharField(label=_("Licence"), required=False, max_length=120)
    refresh = forms.CharField(
        label=_("Refreshed"), required=False, max_length=120, help_text=_("Such as every night.")
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "owner", people, empty=str(_("nobody of ours")))

    def source(self) -> Source:
        """Return the source that the services take."""
        given = {name: self.cleaned_data[name] for name in self.fields if name in SOURCE}
        return Source(**given, owner_id=uuid_or_none(self.cleaned_data["owner"]))


SOURCE = ("name", "kind", "holder", "personal_data", "legal_basis", "licence", "refresh")


class SourceChangeForm(SourceForm):
    """What is said of a data source, with the reason of the change."""

    reason = forms.CharField(label=_("Why it changes"), **TEXT)


class KnowledgeForm(forms.Form):
    """Who answers for a domain of an assistant's knowledge."""

    domain = forms.CharField(
        label=_("Domain"), max_length=120, help_text=_("Such as tariffs of household insurance.")
    )
    person = forms.ChoiceField(label=_("Who answers for it"))
    review_on = forms.DateField(
        label=_("Next review"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "person", people)


class WhyForm(forms.Form):
    """Why something ends, is approved or withdrawn."""

    reason = forms.CharField(label=_("Why"), **TEXT)
