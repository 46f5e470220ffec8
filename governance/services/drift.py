"""Drift in: histograms compared and judged; rules attested by a person (TEL-5)."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from governance.models import RuleAttestation
from governance.selectors.drift import digest_of, rules_in_force
from governance.services.evaluation import judge
from incidents.models import Incident
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict
from ledger.services.entries import append_entry
from registry.models import System
from registry.services.access import require_system_permit
from registry.services.lifecycle import lock_system
from telemetry.rules.histograms import HistogramRow
from telemetry.rules.rows import Delivery, Rejection
from telemetry.services.baselines import person_of, refuse_text
from telemetry.services.histograms import record_histograms


@dataclass(frozen=True, slots=True)
class HistogramReceipt:
    """What the sender of histograms is told; `computed` counts the readings made of them."""

    accepted: int
    repeated: int
    uncompared: int
    computed: int
    rejected: list[Rejection] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)


@retried
@transaction.atomic
def take_in_histograms(
    *, delivery: Delivery[HistogramRow], reach: QuerySet[System], actor: Actor, at: datetime
) -> HistogramReceipt:
    """Store histograms, compare each with its reference, judge the distances. Raises Invalid."""
    recorded = record_histograms(delivery=delivery, reach=reach, actor=actor, at=at)
    opened = judge(recorded=recorded.readings, at=at)
    return HistogramReceipt(
        accepted=len(recorded.stored),
        repeated=recorded.repeated,
        uncompared=recorded.uncompared,
        computed=len(recorded.readings.inserted),
        rejected=recorded.rejected,
        incidents=opened,
    )


@transaction.atomic
def attest_rules(
    *, system_id: UUID, sha256: str, statement: str, actor: Actor, at: datetime
) -> RuleAttestation:
    """Say that the rules in force are the ones that are meant; drift is told from here on.

    `sha256` is the hash of the rules that the person saw. Raises Missing, Forbidden, Invalid,
    Conflict where they have changed since.
    """
    system = lock_system(system_id)
    require_system_permit(act="rules.attest", system=system, actor=actor, at=at)
    refuse_text("statement", statement)
    rules = rules_in_force(system=system, at=at)
    present = digest_of(rules)
    if present != sha256:
        raise Conflict(
            "rules_changed",
            "The rules have changed since you looked: look again, then attest.",
            extra={"sha256": present},
        )
    attestation = RuleAttestation(
        id=uuid.uuid4(),
        system=system,
        rules=rules,
        sha256=present,
        statement=statement.strip(),
        person=person_of(None, actor),
        at=at,
    )
    attestation.save(force_insert=True, at=at)
    append_entry(
        verb="rules.attested",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        system_id=system.pk,
        after={"rules": len(rules), "sha256": present},
        reason=statement,
        touched=[f"governance_ruleattestation:{attestation.pk}"],
    )
    return attestation
