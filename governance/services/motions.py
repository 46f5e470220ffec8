"""Motions: put one on an incident that waits for its decision, or withdraw it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from governance.models import Committee, Decision, MotionAction
from governance.rules.motions import (
    MotionCase,
    faults,
    motion_hash,
    motion_text,
    proofs_of,
)
from governance.rules.policy_document import PolicyDocument
from governance.selectors.committees import may_lead
from governance.selectors.motions import (
    body_for,
    executors_barred,
    is_measurable,
    may_propose,
    no_such_motion,
    target_fault,
    versions_by_id,
)
from governance.selectors.permissions import MACHINES, person_of
from governance.selectors.policies import document_of_plan
from governance.selectors.rounds import present
from incidents.models import Evidence, Findings, Incident
from incidents.rules.plan import FrozenPlan, from_text
from incidents.rules.transitions import DECISION, STATE_WORDS
from incidents.services.commands.execution import lock_incident
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.services import append_entry
from outbox.rules.durations import BadDuration, Duration
from outbox.services.timers import cancel_timers
from registry.models import User

OPEN_STATES = (Decision.State.DRAFT, Decision.State.OPEN)
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Motion:
    """What is put: title, reason, conditions, and actions as plain rows."""

    title: str
    reason: str
    conditions: Sequence[Mapping[str, Any]]
    actions: Sequence[Mapping[str, Any]]
    procedure: str = "written"


@transaction.atomic
def propose_motion(
    *,
    incident_id: UUID,
    title: str,
    reason: str,
    conditions: Sequence[Mapping[str, Any]],
    actions: Sequence[Mapping[str, Any]],
    actor: Actor,
    at: datetime,
    procedure: str = "written",
) -> Decision:
    """Put a motion on an incident in DECISION, as a draft that the chair convenes on.

    Each action is {type, words, target_version, executor_id, due, proof, parameters}; due and
    proof have the policy's defaults. Raises Missing, Conflict, Forbidden, Invalid.
    """
    incident = lock_incident(incident_id)
    committee = _body(incident)
    person = _proposer(incident, committee, actor, at)
    plan = from_text(incident.plan)
    motion = Motion(title.strip(), reason.strip(), conditions, actions, procedure)
    _check(motion, incident)
    decision = Decision(
        id=uuid4(),
        number=next_number(at),
        incident=incident,
        cycle=incident.cycle,
        committee=committee,
        title=motion.title,
        reason=motion.reason,
        conditions=[dict(one) for one in conditions],
        procedure=procedure,
        findings_sha256=_findings_hash(incident),
        proposed_by_id=person,
        created_at=at,
    )
    rows = _rows(decision, motion, incident, plan, at)
    write_motion(decision, rows, incident)
    decision.save(force_insert=True)
    MotionAction.objects.bulk_create(rows)
    record_motion("motion.drafted", decision, actor, at, reason=motion.reason)
    return decision


@transaction.atomic
def withdraw_motion(
    *,
    decision_id: UUID,
    reason: str,
    actor: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Decision:
    """Withdraw a motion: a draft by who put it, an open round by who leads the body, visibly void.

    Raises Missing, Forbidden, Conflict, Invalid.
    """
    decision = lock_round(decision_id, expected_version)
    if decision.state not in OPEN_STATES:
        raise Conflict("round_closed", f"Motion {decision.number} is {decision.state} already.")
    _check_withdrawal(decision, actor, at)
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    decision.state, decision.closed_at = Decision.State.VOID, at
    decision.version += 1
    decision.save()
    cancel_timers(
        subject_id=decision.incident_id,
        reason="the motion was withdrawn",
        at=at,
        key_prefix=f"round:{decision.pk}:",
    )
    record_motion("motion.withdrawn", decision, actor, at, reason=reason)
    return decision


def lock_round(decision_id: UUID, expected_version: int | None = None) -> Decision:
    """Return a round, locked, with incident and body. Raises Missing, Conflict for a stale version.
    """
    decision = (
        Decision.objects.select_for_update(no_key=True, of=("self",))
        .select_related("incident__system", "committee__unit")
        .filter(pk=decision_id)
        .first()
    )
    if decision is None:
        raise no_such_motion()
    if expected_version is not None and expected_version != decision.version:
        raise Conflict(
            "stale_version",
            f"You saw version {expected_version} of motion {decision.number}; it is at version "
            f"{decision.version} now. Load it again and look before you act.",
            extra={"present": present(decision)},
        )
    return decision


def next_number(at: datetime) -> str:
    """Return the number of a new motion, such as 2026-19."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('governance_motion_number')")
        return f"{at.year}-{cursor.fetchone()[0]:02d}"


def write_motion(decision: Decision, rows: Sequence[MotionAction], incident: Incident) -> None:
    """Set the canonical text of the motion, and its hash, which every ballot signs."""
    decision.motion = motion_text(
        {
            "number": decision.number,
            "incident": incident.number,
            "record": decision.findings_sha256,
            "evidence": _evidence(incident),
            "title": decision.title,
            "reason": decision.reason,
            "conditions": decision.conditions,
            "actions": [_plain(row) for row in rows],
        }
    )
    decision.motion_sha256 = motion_hash(decision.motion)


def record_motion(
    verb: str,
    decision: Decision,
    actor: Actor,
    at: datetime,
    *,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> int:
    """Write what happened to a motion, and return the entry's number."""
    return append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("decision", str(decision.pk), f"motion {decision.number}"),
        incident_id=decision.incident_id,
        system_id=decision.incident.system_id,
        reason=reason,
        after={
            "state": decision.state,
            "version": decision.version,
            "motion_sha256": decision.motion_sha256,
        },
        details=details,
        touched=[f"governance_decision:{decision.pk}"],
    )


def _body(incident: Incident) -> Committee:
    if incident.state != DECISION:
        raise Conflict(
            "state_does_not_allow",
            f"{incident.number} stands at {STATE_WORDS[incident.state]}; a motion is put at "
            f"{STATE_WORDS[DECISION]} only.",
        )
    running = Decision.objects.filter(incident=incident, state__in=OPEN_STATES).first()
    if running is not None:
        raise Conflict(
            "one_round_at_a_time",
            f"Motion {running.number} is under way; one motion is decided at a time.",
            extra={"present": present(running)},
        )
    committee = body_for(incident)
    if committee is None:
        raise Conflict(
            "no_committee",
            "No committee decides for this unit yet. Found one, with its seats, first.",
            who_can=["a compliance officer", "an administrator"],
        )
    return committee


def _proposer(incident: Incident, committee: Committee, actor: Actor, at: datetime) -> UUID:
    subject = ("incident", str(incident.pk), incident.number)
    person = person_of(actor, words="put a motion", subject=subject)
    people = may_propose(incident=incident, committee=committee, at=at)
    if person in {one.pk for one in people}:
        return person
    raise Forbidden(
        "not_your_part",
        "You cannot put a motion: the owner's side, compliance, risk, or who leads the committee "
        "does.",
        who_can=[one.name for one in people][:6],
        recorded=True,
        subject=subject,
    )


def _check(motion: Motion, incident: Incident) -> None:
    case = MotionCase(incident.severity, incident.risk_tier, is_measurable(incident))
    found = faults(motion.actions, case) | dict(_text_faults(motion))
    if found:
        raise Invalid("motion_not_right", next(iter(found.values())), fields=found)


def _text_faults(motion: Motion) -> Iterator[tuple[str, str]]:
    if not motion.title or len(motion.title) > LONGEST_TITLE:
        yield "title", f"A title of at most {LONGEST_TITLE} characters is needed."
    if not motion.reason:
        yield "reason", "Say why."
    if motion.procedure not in ("written", "meeting"):
        yield "procedure", "It is 'written' or 'meeting'."
    for number, condition in enumerate(motion.conditions):
        if not str(condition.get("text") or "").strip():
            yield f"conditions.{number}.text", "Say what must be so."


def _rows(
    decision: Decision, motion: Motion, incident: Incident, plan: FrozenPlan, at: datetime
) -> list[MotionAction]:
    document = document_of_plan(plan)
    measurable = is_measurable(incident)
    rows = [
        _row(decision, number, action, measurable, document)
        for number, action in enumerate(motion.actions, start=1)
    ]
    found = _faults_of_rows(rows, incident, plan, at)
    if found:
        raise Invalid("motion_not_right", next(iter(found.values())), fields=found)
    return rows


def _row(
    decision: Decision,
    number: int,
    action: Mapping[str, Any],
    measurable: bool,
    document: PolicyDocument,
) -> MotionAction:
    kind = str(action["type"])
    return MotionAction(
        decision=decision,
        position=number,
        type=kind,
        words=str(action["words"]).strip(),
        target_version_id=_uuid(action.get("target_version")),
        executor_id=_uuid(action.get("executor_id")) or decision.incident.deputy_id,
        due=str(action.get("due") or _default_due(kind, decision.incident, document)),
        proof=str(action.get("proof") or proofs_of(kind, measurable=measurable)[0]),
        parameters=dict(action.get("parameters") or {}),
    )


def _default_due(kind: str, incident: Incident, document: PolicyDocument) -> str:
    times = document.times[incident.severity]
    fixed = {
        "rollback": times.roll_back,
        "suspend": times.stop or times.roll_back,
        "restrict": times.stop or times.roll_back,
        "retrain": document.actions.retrain,
        "compensate": document.actions.compensate,
        "inform": document.actions.inform,
        "supplier_fix": document.actions.supplier_fix,
    }
    return fixed.get(kind, times.roll_back)


def _faults_of_rows(
    rows: Sequence[MotionAction], incident: Incident, plan: FrozenPlan, at: datetime
) -> dict[str, str]:
    versions = versions_by_id([row.target_version_id for row in rows if row.target_version_id])
    people = User.objects.filter(
        pk__in=[row.executor_id for row in rows], is_active=True, kind=User.Kind.PERSON
    )
    barred = executors_barred(incident=incident, people=list(people), plan=plan, at=at)
    known = {person.pk: barred.get(person.pk, "") for person in people}
    found = {}
    for number, row in enumerate(rows):
        for name, words in _faults_of_row(row, incident, versions, known):
            found[f"actions.{number}.{name}"] = words
    return found


def _faults_of_row(
    row: MotionAction,
    incident: Incident,
    versions: Mapping[UUID, Any],
    people: Mapping[UUID, str],
) -> list[tuple[str, str]]:
    found = []
    barred = people.get(row.executor_id, "Name an active person who carries it out.")
    if barred:
        found.append(("executor_id", barred))
    try:
        Duration.parse(row.due)
    except BadDuration as error:
        found.append(("due", f"{error}."))
    if row.target_version_id is not None:
        version = versions.get(row.target_version_id)
        words = "There is no such version." if version is None else ""
        if version is not None and row.type == "rollback":
            words = target_fault(version=version, incident=incident)
        if words:
            found.append(("target_version", words))
    return found


def _check_withdrawal(decision: Decision, actor: Actor, at: datetime) -> None:
    if actor.kind in MACHINES:
        return
    leaders = may_lead(committee=decision.committee, at=at)
    people = {person.pk for person in leaders}
    if decision.state == Decision.State.DRAFT:
        people.add(decision.proposed_by_id)
    if actor.person not in people:
        raise Forbidden(
            "not_your_part",
            "You cannot withdraw this motion: who put it can while it is a draft, else who leads "
            "the committee.",
            who_can=[person.name for person in leaders],
            recorded=True,
            subject=("decision", str(decision.pk), f"motion {decision.number}"),
        )


def _findings_hash(incident: Incident) -> str:
    newest = Findings.objects.filter(incident=incident).order_by("-cycle", "-revision").first()
    return newest.record_sha256 if newest else ""


def _evidence(incident: Incident) -> list[str]:
    rows = Evidence.objects.filter(incident=incident, cycle=incident.cycle)
    return sorted(rows.values_list("sha256", flat=True))


def _plain(row: MotionAction) -> dict[str, Any]:
    version = row.target_version
    return {
        "type": row.type,
        "words": row.words,
        "target_version": version.label if version else "",
        "target_digest": version.digest if version else "",
        "executor": row.executor.name,
        "due": row.due,
        "proof": row.proof,
        "parameters": row.parameters,
    }


def _uuid(value: Any) -> UUID | None:
    if value in (None, ""):
        return None
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise Invalid(
            "motion_not_right", f"{value!r} is no id.", fields={"actions": f"{value!r} is no id."}
        ) from None
