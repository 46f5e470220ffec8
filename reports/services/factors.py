"""Factors of consequence: drafted with their source, approved by a second person, ended."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from governance.selectors.permissions import person_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, word, worded
from ledger.services.entries import append_entry
from registry.models import System, Unit
from registry.selectors.units import units_above
from reports.models import ConsequenceFactor
from reports.rules.consequence import factor_faults
from reports.rules.endings import replaced_by
from reports.services.board_records import require_report
from telemetry.models import Kpi
from telemetry.selectors.catalogue import kpis_seen

State = ConsequenceFactor.State
LONGEST_REASON = 2000
NUMBERING = 7_309_002


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a factor says; `amount` is what one point comes to in a quarter."""

    measures: str
    amount: Decimal
    direction: str
    words: str
    source: str
    source_words: str
    valid_from: date
    valid_until: date | None = None
    currency: str = ""


@transaction.atomic
def draft_factor(
    *,
    kpi_id: str,
    given: Given,
    system_id: UUID | None = None,
    unit_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> ConsequenceFactor:
    """Draft what a point of a KPI comes to, for a system or a unit; an open draft is withdrawn.

    Raises Missing, Forbidden, Invalid (fields by name).
    """
    kpi, system, unit = _subject(kpi_id, system_id, unit_id)
    require_report("factor.draft", system, unit, actor, at)
    person = person_of(actor, words="draft a factor", subject=("kpi", kpi.pk, kpi.name))
    faults = factor_faults(asdict(given))
    if faults:
        raise Invalid("not_understood", "Something needs mending.", fields=faults)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING])
    newest = _versions(kpi, system, unit, given.measures).order_by("-version").first()
    if newest is not None and newest.state == State.DRAFT:
        _end(newest, State.WITHDRAWN, word("replaced by another draft"), at)
    row = ConsequenceFactor(
        kpi=kpi,
        system=system,
        unit=unit,
        version=newest.version + 1 if newest else 1,
        author_id=person,
        drafted_at=at,
        **asdict(given),
    )
    row.save(force_insert=True, at=at)
    _record("factor.drafted", row, actor, at, after=asdict(given))
    return row


@transaction.atomic
def approve_factor(
    *, factor_id: UUID, reason: str, actor: Actor, at: datetime
) -> ConsequenceFactor:
    """Put a draft into force, not by its author; what was in force is replaced.

    Raises Missing, Forbidden, Invalid, Conflict (no draft any more).
    """
    row = _locked(factor_id)
    require_report("factor.approve", row.system, row.unit, actor, at)
    subject = ("kpi", row.kpi_id, row.kpi.name)
    person = person_of(actor, words="approve a factor", subject=subject)
    if person == row.author_id:
        raise Forbidden(
            "own_factor",
            "You cannot approve this factor: you wrote it.",
            who_can=["somebody else who may approve factors"],
            recorded=True,
            subject=subject,
        )
    _check_draft(row)
    reason = reason_of(reason)
    held = _versions(row.kpi, row.system, row.unit, row.measures).filter(state=State.IN_FORCE)
    replaced = held.select_for_update().first()
    if replaced is not None:
        _end(replaced, State.REPLACED, replaced_by(row.version), at)
    row.state, row.approved_by_id, row.approved_at = State.IN_FORCE, person, at
    row.save(at=at)
    before = {"state": "draft", "in_force": replaced.version if replaced else None}
    after = {"state": "in_force", "in_force": row.version}
    _record("factor.approved", row, actor, at, before=before, after=after, reason=reason)
    return row


@transaction.atomic
def withdraw_factor(
    *, factor_id: UUID, reason: str, actor: Actor, at: datetime
) -> ConsequenceFactor:
    """Withdraw a factor, draft or in force: from then on nothing is translated by it.

    A draft by who may draft, one in force by who may approve. Raises Missing, Forbidden, Invalid,
    Conflict (it is over already).
    """
    row = _locked(factor_id)
    act = "factor.draft" if row.state == State.DRAFT else "factor.approve"
    require_report(act, row.system, row.unit, actor, at)
    if row.state not in (State.DRAFT, State.IN_FORCE):
        raise _over(row)
    reason, before = reason_of(reason), {"state": str(row.state)}
    _end(row, State.WITHDRAWN, reason, at)
    after = {"state": "withdrawn"}
    _record("factor.withdrawn", row, actor, at, before=before, after=after, reason=reason)
    return row


def reason_of(text: str) -> str:
    """Return a reason as it is kept. Raises Invalid."""
    if not text.strip() or "\x00" in text:
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    if len(text) > LONGEST_REASON:
        words = worded("At most {longest_reason} characters.", longest_reason=LONGEST_REASON)
        raise Invalid("reason_too_long", words, fields={"reason": words})
    return text.strip()


def _subject(
    kpi_id: str, system_id: UUID | None, unit_id: UUID | None
) -> tuple[Kpi, System | None, Unit | None]:
    if (system_id is None) == (unit_id is None):
        words = "Name a system or a unit."
        raise Invalid("no_subject", words, fields={"about": words})
    system = System.objects.filter(pk=system_id).first() if system_id else None
    unit = Unit.objects.filter(pk=unit_id).first() if unit_id else None
    if system is None and unit is None:
        raise Missing("unknown_subject", "There is no such system or unit.")
    return _kpi(kpi_id, system.unit_id if system else unit_id), system, unit


def _kpi(kpi_id: str, unit_id: UUID | None) -> Kpi:
    """Return a shipped KPI, or an own one of the unit or of one above. Raises Invalid."""
    known = kpis_seen(units=units_above(unit_id=unit_id) if unit_id else [])
    kpi = None if "\x00" in kpi_id else known.filter(pk=kpi_id, off=False).first()
    if kpi is None:
        words = "There is no such KPI."
        raise Invalid("unknown_kpi", words, fields={"kpi": words})
    return kpi


def _versions(kpi: Kpi, system: System | None, unit: Unit | None, measures: str) -> Any:
    return ConsequenceFactor.objects.filter(kpi=kpi, system=system, unit=unit, measures=measures)


def _locked(factor_id: UUID) -> ConsequenceFactor:
    rows = ConsequenceFactor.objects.select_for_update(of=("self",))
    row = rows.select_related("kpi", "system", "unit").filter(pk=factor_id).first()
    if row is None:
        raise Missing("unknown_factor", "There is no such factor.")
    return row


def _check_draft(row: ConsequenceFactor) -> None:
    if row.state != State.DRAFT:
        raise _over(row)


def _over(row: ConsequenceFactor) -> Conflict:
    return Conflict(
        "not_a_draft",
        worded(
            "Version {version} is {state}.",
            version=row.version,
            state=term(row.get_state_display(), lowered=True),
        ),
        extra={"present": {"state": str(row.state)}},
    )


def _end(row: ConsequenceFactor, state: str, reason: str, at: datetime) -> None:
    row.state, row.ended_at, row.ended_reason = state, at, reason
    row.save(at=at)


def _record(
    verb: str,
    row: ConsequenceFactor,
    actor: Actor,
    at: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("kpi", row.kpi_id, row.kpi.name),
        before=before,
        after=after,
        reason=reason,
        system_id=row.system_id,
        details={
            "factor": row.pk,
            "version": row.version,
            "measures": row.measures,
            "unit": row.unit_id,
        },
    )
