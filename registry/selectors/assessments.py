"""Impact assessments: which are in force, which the Act asks for, what floor they set."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Q, QuerySet

from ledger.rules.refusals import Missing
from registry.models import ImpactAssessment, Provision, System
from registry.rules.classification import floor_of
from registry.rules.conditions import all_of, any_of, holds
from registry.rules.legal import LegalFacts
from registry.rules.tiers import highest
from registry.selectors.classification import legal_facts

FRIA = "AIA-27"


@dataclass(frozen=True, slots=True)
class Required:
    """An assessment that the Act asks for: kind, basis, and whether that is decided."""

    kind: str
    basis: str
    said: Literal["yes", "open"]


def assessments_of(*, system_id: UUID) -> QuerySet[ImpactAssessment]:
    """Return the assessments of a system, by kind, newest first."""
    rows: QuerySet[ImpactAssessment] = ImpactAssessment.objects.filter(system_id=system_id)
    people = ("submitted_by", "reviewed_by", "authorship", "approval")
    return rows.select_related("system", *people).order_by("kind", "-number")


def current_assessments(system_id: UUID, at: datetime) -> list[ImpactAssessment]:
    """Return the assessments in force at the instant; one that has expired is not."""
    rows = assessments_of(system_id=system_id).filter(_in_force(at))
    return list(rows)


def _in_force(at: datetime) -> Q:
    return Q(state=ImpactAssessment.State.IN_FORCE, expires_at__gt=at)


def assessment_by_number(*, system_id: UUID, kind: str, number: int) -> ImpactAssessment:
    """Return one. Raises Missing."""
    found = assessments_of(system_id=system_id).filter(kind=kind, number=number).first()
    if found is None:
        raise Missing("unknown_assessment", "There is no such assessment.")
    return found


def standing_of(row: ImpactAssessment, at: datetime) -> str:
    """Return the state as it is read at the instant: 'expired' where its time has passed."""
    expired = row.expires_at is not None and row.expires_at <= at
    in_force = row.state == ImpactAssessment.State.IN_FORCE
    return "expired" if in_force and expired else str(row.state)


def required_assessments(system: System) -> list[Required]:
    """Return the assessments that the Act asks of the organisation for this system.

    The FRIA: deployers that are public bodies or provide public services, for uses of Annex III but
    those of area 2, and deployers of uses III.5.b and III.5.c (Art. 27(1), from the law's data).
    """
    said = fria_is_due(legal_facts(system))
    return [Required(ImpactAssessment.Kind.FRIA, "Art. 27", said)] if said != "no" else []


def fria_is_due(facts: LegalFacts) -> Literal["yes", "no", "open"]:
    """Whether a fundamental rights impact assessment is asked for; open without the law's data."""
    row = Provision.objects.filter(pk=FRIA, superseded_in="").first()
    if row is None:
        high = holds({"tier": "high_risk_annex_iii", "role": "deployer"}, facts)
        return "no" if high == "no" else "open"
    owed = any_of(holds({"role": role}, facts) for role in row.who)
    return all_of((owed, holds(row.condition, facts)))


def missing_assessments(system: System, at: datetime) -> list[Required]:
    """Return what is asked for and not in force at the instant."""
    there = {row.kind for row in current_assessments(system.pk, at)}
    return [one for one in required_assessments(system) if one.kind not in there]


def tier_floor(system: System, at: datetime) -> str:
    """Return the lowest risk tier a system may have: by its class, and by assessments in force."""
    rows = ImpactAssessment.objects.filter(_in_force(at), system_id=system.pk)
    floors = rows.values_list("risk_floor", flat=True)
    return highest([floor_of(system.legal_class), *floors])
