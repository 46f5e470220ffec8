"""Accepted risks: whether each is valid at an instant, what stands against one, who may see which.

Validity is computed here from instants, never read from what a job recorded (F27).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from incidents.models import (
    AcceptanceProposal,
    Incident,
    RiskAcceptance,
    Transition,
)
from incidents.rules.acceptances import (
    BOUNDARY,
    EXPIRED,
    PROHIBITED,
    RIGHTS,
    Event,
    Validity,
    acceptance_faults,
    scope_words,
    validity,
)
from incidents.rules.plan import from_text
from incidents.rules.transitions import ENDED, VERIFICATION
from incidents.selectors.acceptance_grounds import events_of
from incidents.selectors.cast import Cast
from incidents.selectors.proposal_facts import VOTING, Facts, facts_of, labels_in, owner_in
from incidents.selectors.reviews import answers_of
from ledger.rules.refusals import Missing
from ledger.rules.worded import word, worded
from registry.models import System

State = RiskAcceptance.State
NUL = "\x00"
WORDS = {
    "renewed": word("Superseded"),
    "fulfilled": word("Fulfilled"),
    "not_begun": word("Not begun"),
}
"""What an acceptance is called that is not valid, by the ground; others are void."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An acceptance with whether it is valid now, and how many days are left."""

    acceptance: RiskAcceptance
    validity: Validity
    at: datetime

    @property
    def days_left(self) -> int:
        """Whole days until the expiry, 0 where it is not valid."""
        return max((self.acceptance.until_at - self.at).days, 0) if self.validity.valid else 0

    @property
    def share(self) -> int:
        """The percent of the term that is used."""
        row = self.acceptance
        used = (min(self.at, row.until_at) - row.from_at) / (row.until_at - row.from_at)
        return round(100 * max(used, 0.0))

    @property
    def word(self) -> str:
        """Its state in a word, as computed, whatever was recorded."""
        if self.validity.valid:
            return word("Valid")
        if self.validity.ground == EXPIRED:
            return word("Expired")
        return WORDS.get(self.validity.ground, word("Void"))

    @property
    def is_recorded(self) -> bool:
        """Whether an end that is reached is on record too."""
        return self.acceptance.state != State.ACTIVE

    @property
    def scope(self) -> str:
        """What it covers, in words."""
        return scope_words(scope_of(self.acceptance))


def scope_of(row: RiskAcceptance) -> dict[str, Any]:
    """Return the scope of an acceptance as plain data."""
    return {
        "versions": list(row.versions),
        "kpi": row.kpi,
        "segment": row.segment,
        "environment": row.environment,
    }


def acceptances_visible(incidents: QuerySet[Incident]) -> QuerySet[RiskAcceptance]:
    """Return the acceptances of incidents that the caller may see, with what a list shows."""
    rows: QuerySet[RiskAcceptance] = RiskAcceptance.objects.filter(
        incident__in=incidents.values("pk")
    )
    return rows.select_related("incident__system", "owner", "reviewed_by", "renewal_of")


def proposals_visible(incidents: QuerySet[Incident]) -> QuerySet[AcceptanceProposal]:
    """Return the proposals on incidents that the caller may see."""
    rows: QuerySet[AcceptanceProposal] = AcceptanceProposal.objects.filter(
        incident__in=incidents.values("pk")
    )
    return rows.select_related(
        "incident__system", "incident__owner", "proposed_by", "decided_by", "acceptance"
    )


def acceptance_by_number(*, number: str, visible: QuerySet[RiskAcceptance]) -> RiskAcceptance:
    """Return one acceptance of those that the caller may see. Raises Missing."""
    row = None if NUL in number else visible.filter(number=number).first()
    if row is None:
        raise Missing("unknown_acceptance", "There is no such acceptance that you may see.")
    return row


def proposal_by_number(*, number: str, visible: QuerySet[AcceptanceProposal]) -> AcceptanceProposal:
    """Return one proposal of those that the caller may see. Raises Missing."""
    row = None if NUL in number else visible.filter(number=number).first()
    if row is None:
        raise Missing("unknown_proposal", "There is no such proposal that you may see.")
    return row


def chain_of(row: RiskAcceptance) -> list[RiskAcceptance]:
    """Return an acceptance with those that it renews and that renew it, the first one first."""
    rows = RiskAcceptance.objects.filter(
        incident_id=row.incident_id, original_from=row.original_from
    )
    return list(rows.select_related("incident__system", "owner").order_by("from_at"))


def shown(rows: Iterable[RiskAcceptance], at: datetime) -> list[Shown]:
    """Return acceptances with their validity at `at`, in a constant number of queries."""
    found = list(rows)
    return shown_by(found, events_of(found, at), at)


def shown_by(
    rows: Iterable[RiskAcceptance], events: Mapping[UUID, Sequence[Event]], at: datetime
) -> list[Shown]:
    """Return acceptances with their validity at `at`, by what ends each (acceptance_grounds)."""
    return [
        Shown(
            row,
            validity(
                from_at=row.from_at, until_at=row.until_at, events=events.get(row.pk, ()), at=at
            ),
            at,
        )
        for row in rows
    ]


def standing_of(incident: Incident, at: datetime) -> Shown | None:
    """Return the newest acceptance of an incident that no other decision has replaced."""
    rows = RiskAcceptance.objects.filter(incident=incident).select_related("incident")
    row = rows.order_by("-from_at").first()
    return shown([row], at)[0] if row is not None else None


def of_system(system: System, environment: str, at: datetime) -> list[Shown]:
    """Return the newest acceptance of each open incident of a system in an environment.

    Once another decision was carried out, what was accepted before it speaks no more.
    """
    carried_out = Transition.objects.filter(
        incident=OuterRef("incident"), to_state=VERIFICATION, at__gt=OuterRef("from_at")
    )
    rows = (
        RiskAcceptance.objects.filter(
            incident__system=system, incident__drill=False, environment=environment
        )
        .exclude(incident__state__in=ENDED)
        .exclude(state__in=(State.SUPERSEDED, State.FULFILLED))
        .exclude(ground="decided_otherwise")
        .exclude(Exists(carried_out))
        .select_related("incident__system", "owner")
        .order_by("incident_id", "-from_at")
        .distinct("incident_id")
    )
    return shown(rows, at)


def kind_of(incident: Incident) -> str:
    """Return which kind of risk an incident is for acceptance_faults.

    An open question on rights counts as yes: unknown is never good.
    """
    return _never(incident) or _kind_by(incident, _rights_of(incident))


def _never(incident: Incident) -> str:
    """The kind of what is never accepted, '' for all else."""
    if incident.system.legal_class == System.LegalClass.PROHIBITED:
        return PROHIBITED
    return BOUNDARY if incident.kind == Incident.Kind.BOUNDARY else ""


def _kind_by(incident: Incident, rights: str) -> str:
    is_rights = incident.kind == Incident.Kind.FAIRNESS or rights != "no"
    return RIGHTS if is_rights else incident.kind


def _rights_of(incident: Incident) -> str:
    answers = answers_of(incident)
    return answers.rights_affected if answers is not None else "unknown"


def predecessor_of(incident: Incident) -> RiskAcceptance | None:
    """Return the acceptance that another one on this incident would renew, None for a first one.

    A removed risk begins anew only once the case was closed by it (another cycle).
    """
    row = RiskAcceptance.objects.filter(incident=incident).order_by("-from_at").first()
    if row is not None and row.state == State.FULFILLED and row.cycle != incident.cycle:
        return None
    return row


def renewals_of(incident: Incident) -> int:
    """Return how often the risk would have been renewed by another acceptance, for level_needed."""
    row = predecessor_of(incident)
    return 0 if row is None else row.renewals + 1


def proposal_faults(
    *, incident: Incident, values: Mapping[str, Any], at: datetime, facts: Facts | None = None
) -> dict[str, str]:
    """Return what is wrong with an acceptance on an incident now, by field; {} for nothing.

    The rules of acceptance_faults, and what the register says: the versions, the owner, fresh
    evidence for a renewal, that what is live is within the scope. `facts` are those, where they
    were read for several.
    """
    plan = from_text(incident.plan)
    facts = facts_of([(incident, values)]) if facts is None else facts
    kind = _never(incident) or _kind_by(incident, facts.rights(incident))
    faults = acceptance_faults(values, plan.limits, incident.risk_tier, kind, at)
    if "treatment" in faults and kind in (BOUNDARY, PROHIBITED):
        return faults
    if "versions" not in faults:
        faults |= _version_faults(incident, values, facts)
    if "owner_id" not in faults:
        faults |= _owner_faults(incident, values, facts)
    return faults | _evidence_faults(incident, facts)


def owner_voted(incident: Incident, owner_id: UUID, at: datetime) -> bool:
    """Whether who would own the risk voted on the incident: an owner never approves."""
    return any(act.act in VOTING and act.binds(owner_id) for act in Cast(incident, at).history)


def _version_faults(incident: Incident, values: Mapping[str, Any], facts: Facts) -> dict[str, str]:
    labels, system = labels_in(values), str(incident.system_id)
    unknown = {label for label in labels if (system, label) not in facts.labels}
    if unknown:
        told = worded(
            "{system} has no version {versions}.",
            system=incident.system.name,
            versions=", ".join(sorted(unknown)),
        )
        return {"versions": told}
    label = facts.live.get((system, environment_of(incident, values)))
    if label is None or label in labels:
        return {}
    told = worded("Version {version} is live: name it, or put it out first.", version=label)
    return {"versions": told}


def environment_of(incident: Incident, values: Mapping[str, Any]) -> str:
    """Return the environment that an acceptance is for; the incident's where none is named."""
    return str(values.get("environment") or incident.environment)


def _owner_faults(incident: Incident, values: Mapping[str, Any], facts: Facts) -> dict[str, str]:
    owner = owner_in(values)
    name = facts.owners.get(str(owner))
    if owner is None or name is None:
        return {"owner_id": "There is no such active person."}
    if facts.voted(incident, owner):
        told = worded("{name} voted on this case; who owns a risk never approves it.", name=name)
        return {"owner_id": told}
    return {}


def _evidence_faults(incident: Incident, facts: Facts) -> dict[str, str]:
    before = facts.before(incident)
    if before is None or before["fresh"]:
        return {}
    told = worded(
        "A renewal of {number} needs fresh evidence: add it to the incident first.",
        number=before["number"],
    )
    return {"controls": told}
