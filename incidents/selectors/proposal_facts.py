"""What the register says of risks that are proposed to be accepted: of several, in one query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from incidents.models import Evidence, Incident, Participation, Questions, RiskAcceptance
from incidents.selectors.kin import of_families
from ledger.selectors.at_once import Question, Rows, at_once
from registry.models import Deployment, SystemVersion, User

VOTING = frozenset({"voted", "chaired"})
ASKED = "facts_"
Proposed = tuple[Incident, Mapping[str, Any]]
"""An incident, and the terms that are proposed for it as they came."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read, each kind as its question names the columns; ids are texts."""

    cases: Mapping[str, tuple[str, dict[str, Any] | None]]
    owners: Mapping[str, str]
    votes: Rows
    labels: frozenset[tuple[str, str]]
    live: Mapping[tuple[str, str], str]

    def rights(self, incident: Incident) -> str:
        """Return what was answered about rights; no answer is unknown."""
        return self.cases[str(incident.pk)][0] or "unknown"

    def before(self, incident: Incident) -> dict[str, Any] | None:
        """Return the acceptance that another one would renew: its number, whether `fresh`."""
        row = self.cases[str(incident.pk)][1]
        ended = row is not None and row["state"] == RiskAcceptance.State.FULFILLED
        return None if row is None or (ended and row["cycle"] != incident.cycle) else row

    def voted(self, incident: Incident, owner_id: UUID) -> bool:
        """Whether somebody voted on the incident or its family, themselves or by a delegate."""
        heads = {str(incident.pk), str(incident.parent_id or incident.pk)}
        return any(
            owner_id in (UUID(person), UUID(principal) if principal else None)
            for case, parent, person, principal in self.votes
            if case in heads or parent in heads
        )


def facts_of(proposed: Sequence[Proposed]) -> Facts:
    """Return what the register says of some proposals now: one query."""
    return facts_told(at_once(facts_asked(proposed)))


def facts_asked(proposed: Sequence[Proposed]) -> dict[str, Question]:
    """Return what is to be read for `facts_told`, to be asked together with other things."""
    if not proposed:
        return {}
    incidents = [incident for incident, _ in proposed]
    owners = {one for _, terms in proposed if (one := owner_in(terms)) is not None}
    systems = {one.system_id for one in incidents}
    labels = {label for _, terms in proposed for label in labels_in(terms) if "\x00" not in label}
    live = Deployment.objects.filter(system_id__in=systems, until_at__isnull=True)
    people = User.objects.filter(pk__in=owners, is_active=True)
    versions = SystemVersion.objects.filter(system_id__in=systems, label__in=labels)
    return {
        f"{ASKED}cases": _cases(incidents),
        f"{ASKED}owners": people.values_list("pk", "name"),
        f"{ASKED}votes": _votes(incidents, owners),
        f"{ASKED}labels": versions.values_list("system_id", "label"),
        f"{ASKED}live": live.values_list("system_id", "environment", "version__label"),
    }


def facts_told(answers: Mapping[str, Rows]) -> Facts:
    """Return the facts by what was read."""
    read = {name: answers.get(ASKED + name, []) for name in Facts.__slots__}
    return Facts(
        cases={key: (rights, before) for key, rights, before in read["cases"]},
        owners=dict(read["owners"]),
        votes=read["votes"],
        labels=frozenset((system, label) for system, label in read["labels"]),
        live={(system, place): label for system, place, label in read["live"]},
    )


def labels_in(terms: Mapping[str, Any]) -> list[str]:
    """Return the labels of versions that terms name; none where they are no list."""
    named = terms.get("versions")
    return [str(one).strip() for one in named] if isinstance(named, list | tuple) else []


def owner_in(terms: Mapping[str, Any]) -> UUID | None:
    """Return the owner that terms name, None where that is nobody's id."""
    try:
        return UUID(str(terms.get("owner_id") or "").strip())
    except ValueError:
        return None


def _cases(incidents: Sequence[Incident]) -> Question:
    asked = Questions.objects.filter(incident_id=OuterRef("pk")).order_by("-cycle", "-answered_at")
    newer = Evidence.objects.filter(
        incident_id=OuterRef("incident_id"), added_at__gt=OuterRef("from_at")
    )
    told = JSONObject(number="number", state="state", cycle="cycle", fresh=Exists(newer))
    accepted = RiskAcceptance.objects.filter(incident_id=OuterRef("pk")).order_by("-from_at")
    rows: QuerySet[Incident] = Incident.objects.filter(pk__in={one.pk for one in incidents})
    return rows.annotate(
        rights=Subquery(asked.values("rights_affected")[:1]),
        before=Subquery(accepted.annotate(told=told).values("told")[:1]),
    ).values_list("pk", "rights", "before")


def _votes(incidents: Sequence[Incident], owners: set[UUID]) -> Question:
    heads = {one.parent_id or one.pk for one in incidents} | {one.pk for one in incidents}
    rows = Participation.objects.filter(
        Q(person_id__in=owners) | Q(as_delegate_of_id__in=owners),
        of_families(heads),
        act__in=VOTING,
    )
    return rows.values_list("incident_id", "incident__parent_id", "person_id", "as_delegate_of_id")
