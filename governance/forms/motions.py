"""A motion: title, reason, one to three actions, a condition."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.forms.motion_parameters import (
    Group,
    groups_of,
    name_of,
    parameter_fields,
    parameters_of,
)
from governance.models import Decision, DecisionCondition
from incidents.models import Action, Containment
from outbox.languages import spoken
from registry.models import SystemVersion, User

MOST_ACTIONS = 3
KINDS = [
    ("", _("Choose")),
    ("rollback", _("Roll back")),
    ("retrain", _("Retrain")),
    ("pin", _("Pin or switch the version")),
    ("adjust", _("Adjust rules or thresholds of the system")),
    ("suspend", _("Suspend")),
    ("restrict", _("Restrict use")),
    ("retire", _("Retire")),
    ("resume", _("Resume")),
    ("compensate", _("Compensate")),
    ("inform", _("Inform those affected")),
    ("supplier_fix", _("Require the supplier's fix")),
    ("continue", _("Continue with conditions")),
    ("no_action", _("No action")),
    ("exception", _("Policy exception")),
    ("accept_risk", _("Accept the risk until a date")),
    ("request_information", _("Request information")),
    ("lift", _("Lift an emergency measure")),
    ("revoke", _("Revoke the decision")),
]
PROOFS = [("", _("the usual one for this kind")), *Action.Proof.choices]


class MotionForm(forms.Form):
    """What is put before the committee."""

    title = forms.CharField(
        label=_("Motion"),
        max_length=200,
        help_text=_("As a sentence that can be carried: Roll back Claims approval to 2.2."),
    )
    reason = forms.CharField(
        label=_("Why"), widget=forms.Textarea(attrs={"rows": 4}), max_length=10000
    )
    condition = forms.CharField(
        label=_("Condition"),
        required=False,
        help_text=_("What must be so while it is in force, and until when."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )
    condition_owner = forms.CharField(
        label=_("Who answers for the condition"), required=False, max_length=120
    )
    condition_due = forms.CharField(
        label=_("Condition due"),
        required=False,
        max_length=40,
        help_text=_("30d or 10bd from the adoption, or 2026-12-31. Overdue, it is not in force."),
    )
    condition_overdue = forms.ChoiceField(
        label=_("If the condition is overdue"),
        required=False,
        choices=DecisionCondition.Overdue.choices,
    )
    supersedes = forms.ChoiceField(
        label=_("In place of"),
        required=False,
        help_text=_("A decision that is being carried out. What has not gone out is cancelled."),
    )
    procedure = forms.ChoiceField(
        label=_("Procedure"),
        choices=[
            ("written", _("In writing")),
            ("meeting", _("In a meeting, after the notice")),
        ],
        widget=forms.RadioSelect,
        initial="written",
    )

    def __init__(self, *args: Any, replaceable: Sequence[Decision] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["supersedes"]
        assert isinstance(field, forms.ChoiceField)
        named = [(str(one.pk), f"{one.number}: {one.title}") for one in replaceable]
        field.choices = [("", _("none")), *named]
        if not replaceable:
            del self.fields["supersedes"]

    def conditions(self) -> list[dict[str, str]]:
        """The conditions as the service takes them."""
        text = self.cleaned_data["condition"].strip()
        owner = self.cleaned_data["condition_owner"].strip()
        due = self.cleaned_data["condition_due"].strip()
        overdue = self.cleaned_data["condition_overdue"] if due else ""
        more = {"due": due, "on_overdue": overdue}
        found = {"text": text, "owner": owner}
        return [found | {name: one for name, one in more.items() if one}] if text else []


class ActionForm(forms.Form):
    """One action that the motion orders."""

    type = forms.ChoiceField(label=_("What is done"), choices=KINDS)
    words = forms.CharField(
        label=_("In words"),
        help_text=_("What is decided, as a sentence."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )
    target_version = forms.ChoiceField(
        label=_("To which version"), required=False, help_text=_("For a roll-back or a retraining.")
    )
    executor_id = forms.ChoiceField(label=_("Carried out by"), required=False)
    due = forms.CharField(
        label=_("Within"),
        required=False,
        max_length=12,
        help_text=_("Empty: as the policy says. Write 8h, 2bd or 60d."),
    )
    proof = forms.ChoiceField(label=_("Proved by"), choices=PROOFS, required=False)

    def __init__(
        self,
        *args: Any,
        versions: Sequence[SystemVersion] = (),
        people: Sequence[User] = (),
        containments: Sequence[Containment] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= parameter_fields(people=people, containments=containments)
        self._choose(
            "target_version", [(str(one.pk), _version(one)) for one in versions], _("none")
        )
        named = [(str(one.pk), _person(one)) for one in people]
        self._choose("executor_id", named, _("the owner's deputy"))

    def _choose(self, name: str, choices: list[tuple[str, str]], nothing: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", nothing), *choices]

    def row(self) -> dict[str, Any]:
        """The action as the service takes it."""
        typed = self.cleaned_data
        kept = ("type", "words", "target_version", "executor_id", "due", "proof")
        parameters = parameters_of(typed["type"], typed)
        return {name: typed[name] for name in kept} | {"parameters": parameters}

    @property
    def groups(self) -> list[Group]:
        """The parameters by kind; those of the kind that is chosen stand open."""
        chosen = self["type"].value() or ""
        return groups_of(self, str(chosen))


def action_forms(data: Mapping[str, Any] | None, count: int, **choices: Any) -> list[ActionForm]:
    """Return the fieldsets of some actions, bound where something was typed."""
    return [
        ActionForm(data, prefix=f"actions.{number}", auto_id="%s", **choices)
        for number in range(count)
    ]


def put_faults(form: MotionForm, actions: Sequence[ActionForm], fields: Mapping[str, str]) -> None:
    """Tell each fault at its field: 'actions.0.words' at the first action's words."""
    for name, words in fields.items():
        target, field = _place(name, form, actions)
        target.add_error(field if field in target.fields else None, spoken(words))


def _place(name: str, form: MotionForm, actions: Sequence[ActionForm]) -> tuple[forms.Form, str]:
    parts = name.split(".")
    if parts[0] == "conditions":
        return form, "condition"
    if parts[0] != "actions" or len(parts) < 3 or int(parts[1]) >= len(actions):
        return form, name
    target = actions[int(parts[1])]
    if len(parts) == 4 and parts[2] == "parameters":
        return target, name_of(str(target["type"].value() or ""), parts[3])
    return target, parts[2]


def _version(version: SystemVersion) -> str:
    return version.label if version.state == "approved" else f"{version.label} ({version.state})"


def _person(person: User) -> str:
    return f"{person.name}, {person.title}" if person.title else person.name
