"""What an action of each kind says beside its words, as groups of fields of one form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms

from governance.forms.fields import form_field
from governance.rules.motion_kinds import KINDS, fields_of_kind
from incidents.models import Containment
from incidents.rules.acceptances import FIELDS as ACCEPTANCE
from incidents.rules.fields import Field
from ledger.rules.worded import term, worded
from registry.models import User

AS_BEFORE = {"population", "estimate"}
"""What compensating and informing share, under one name in the form."""
SHARED = frozenset({"compensate", "inform"})
NOT_PUT_BY_HAND = frozenset({"ratify"})


@dataclass(frozen=True, slots=True)
class Group:
    """The fields that one kind of action asks for, and whether it is the one chosen."""

    words: str
    fields: tuple[forms.BoundField, ...]
    is_open: bool


def asked_of(kind: str) -> tuple[Field, ...]:
    """Return what an action of a kind may say."""
    return ACCEPTANCE if kind == "accept_risk" else fields_of_kind(kind)


def name_of(kind: str, field: str) -> str:
    """Return what a parameter is called in the form."""
    return field if kind in SHARED and field in AS_BEFORE else f"{kind}__{field}"


def parameter_fields(
    *, people: Sequence[User], containments: Sequence[Containment]
) -> dict[str, forms.Field]:
    """Return the fields of the parameters of every kind, none of them required by the form."""
    found: dict[str, forms.Field] = {}
    for kind in KINDS:
        if kind in NOT_PUT_BY_HAND:
            continue
        for field in asked_of(kind):
            found.setdefault(name_of(kind, field.name), _field(field, people, containments))
    return found


def groups_of(form: forms.Form, kind: str) -> list[Group]:
    """Return the fields of the parameters by kind; that of `kind` stands open."""
    groups = []
    for one in KINDS.values():
        names = [name_of(one.name, field.name) for field in asked_of(one.name)]
        bound = tuple(form[name] for name in names if name in form.fields)
        if bound and not (one.name == "inform" and kind != "inform"):
            is_open = one.name == kind or any(field.errors for field in bound)
            groups.append(Group(one.words, bound, is_open))
    return groups


def parameters_of(kind: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of an action of a kind as the service takes them."""
    found = {}
    for field in asked_of(kind) if kind in KINDS else ():
        value = _plain(field, typed.get(name_of(kind, field.name)))
        if value not in (None, "", [], {}):
            found[field.name] = value
    return found


def _field(
    field: Field, people: Sequence[User], containments: Sequence[Containment]
) -> forms.Field:
    common: dict[str, Any] = {"label": field.label, "required": False, "help_text": field.hint}
    if field.name == "containment_id":
        named = [(str(one.pk), _called(one)) for one in containments]
        return forms.ChoiceField(choices=[("", "none"), *named], **common)
    if field.kind == "uuid":
        named = [(str(one.pk), one.name) for one in people]
        return forms.ChoiceField(choices=[("", "Choose"), *named], **common)
    if field.kind == "list":
        return forms.CharField(
            widget=forms.Textarea(attrs={"rows": 3}),
            max_length=20000,
            **common | {"help_text": "One a line."},
        )
    if field.kind == "map":
        return forms.CharField(
            widget=forms.Textarea(attrs={"rows": 3}),
            max_length=20000,
            **common | {"help_text": "One a line, as name: value."},
        )
    made = form_field(field)
    made.required = False
    if isinstance(made, forms.ChoiceField) and field.kind == "choice":
        made.choices = [("", "Choose"), *field.choices]
        made.widget = forms.Select(choices=made.choices)
    return made


def _called(one: Containment) -> str:
    return worded("{kind}: {scope}", kind=term(one.get_kind_display()), scope=one.scope)


def _plain(field: Field, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, str):
        return value
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    if field.kind == "list":
        return lines
    if field.kind == "map":
        parts = (line.partition(":") for line in lines)
        return {name.strip(): text.strip() for name, _, text in parts}
    return value
