"""Remediation programmes: planned, carried out in batches, reconciled by two signatures (INC-13).

No name and no attribute of anybody harmed is stored: the list stays in its source, the programme
holds its rule, its count and its SHA-256.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from incidents.models import (
    Action,
    Incident,
    ProgrammeBatch,
    Reconciliation,
    RemediationProgramme,
)
from incidents.rules.fields import Field, read_fields
from incidents.rules.plan import calendar_of, from_text
from incidents.rules.programmes import (
    BATCH_FIELDS,
    PROGRAMME_FIELDS,
    figure_faults,
    figures_of,
    is_sha256,
    money,
    statement_faults,
)
from incidents.rules.segregation import clash
from incidents.selectors.cast import Cast
from incidents.selectors.programmes import read_programme, record_of
from incidents.selectors.proofs import UNSETTLED
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, word, worded
from ledger.services.entries import append_entry
from outbox.rules.business_time import due
from outbox.rules.durations import Duration
from outbox.services.timers import arm_timer
from registry.models import User
from registry.rules.recorded_roles import role_told
from registry.services.signatures import Ceremony, sign

PROGRAMME_DUE = "incident.programme_due"
DUE = {"plan": ("programme_plan", "20bd"), "payments": ("programme_first_payments", "90d")}
MONEY = ("estimate", "approved_amount", "amount")
ROLE_OF_SIDE = {"finance": "executive", "compliance": "compliance"}
REST = Field("rest", word("Reasons for whoever is not settled"), required=False)
State = RemediationProgramme.State


def watch_programme(action: Action, at: datetime) -> None:
    """Arm what asks for the plan and for the first payments of a programme."""
    if action.proof != Action.Proof.PROGRAMME:
        return
    plan = from_text(action.incident.plan)
    for which, (name, otherwise) in DUE.items():
        duration = Duration.parse(plan.limits.get(name, otherwise))
        arm_timer(
            kind=PROGRAMME_DUE,
            key=f"{action.incident_id}:programme:{action.pk}:{which}",
            subject_id=action.incident_id,
            due_at=due(at, duration, calendar_of(plan)),
            payload={"action": str(action.pk), "which": which},
            inputs={"duration": str(duration), "from": at.isoformat(), "policy": plan.policy_id},
            at=at,
        )


@transaction.atomic
def plan_programme(
    *,
    action_id: UUID,
    values: Mapping[str, Any],
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> RemediationProgramme:
    """State a programme, or state it anew until it is reconciled: by its executor or the owner.

    `values` are the fields of incidents.rules.programmes.PROGRAMME_FIELDS. `expected_version` is
    None for a new one. Raises Missing, Forbidden, Conflict, Invalid.
    """
    action, person = _action(action_id, actor, at)
    _require_side(action, person, at)
    read = _read((*PROGRAMME_FIELDS, REST), values)
    faults = statement_faults(read)
    found = _locked(action)
    before: dict[str, Any] = {}
    if found is None:
        found = RemediationProgramme(action=action, planned_by=person, planned_at=at)
    else:
        _check_version(found, expected_version)
        before = _facts(found)
        figures = figures_of(read["population"], found.batches.all())
        faults |= figure_faults(figures, approved=read["approved_amount"])
    if faults:
        raise Invalid("programme_not_right", next(iter(faults.values())), fields=faults)
    for name, value in read.items():
        setattr(found, name, "" if value is None and name == "rest" else value)
    is_new = found._state.adding
    found.version += 0 if is_new else 1
    found.save(at=at)
    verb = "programme.planned" if is_new else "programme.changed"
    _record(verb, found, actor, at, before=before, after=_facts(found))
    return found


@transaction.atomic
def record_batch(
    *, action_id: UUID, values: Mapping[str, Any], actor: Actor, at: datetime
) -> ProgrammeBatch:
    """Record what a batch came to: by the programme's executor or the owner's side.

    `values` are the fields of incidents.rules.programmes.BATCH_FIELDS; each counts people that no
    earlier batch counted. Raises Missing, Forbidden, Conflict, Invalid.
    """
    action, person = _action(action_id, actor, at)
    _require_side(action, person, at)
    programme = _needed(action)
    read = _read(BATCH_FIELDS, values)
    row = ProgrammeBatch(
        programme=programme,
        number=programme.batches.count() + 1,
        recorded_by=person,
        recorded_at=at,
        **{name: value if value is not None else "" for name, value in read.items()},
    )
    row.letter_version = row.letter_version or programme.letter_version
    figures = figures_of(programme.population, [*programme.batches.all(), row])
    faults = figure_faults(figures, approved=programme.approved_amount)
    if row.evidence_sha256 and not is_sha256(row.evidence_sha256):
        faults["evidence_sha256"] = "A SHA-256 has 64 hexadecimal digits."
    if faults:
        raise Invalid("batch_not_right", next(iter(faults.values())), fields=faults)
    programme.state = State.RUNNING
    programme.version += 1
    programme.save(update_fields=["state", "version"], at=at)
    row.entry_number = _record(
        "programme.batch_recorded",
        programme,
        actor,
        at,
        after=figures.as_record(),
        details={"batch": row.number, "evidence_sha256": row.evidence_sha256},
        touched=[f"incidents_programmebatch:{row.pk}"],
    )
    row.save(force_insert=True)
    return row


@transaction.atomic
def sign_reconciliation(
    *,
    action_id: UUID,
    side: str,
    rest: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> Reconciliation:
    """Sign a programme's figures for finance or compliance, in two persons (INC-13).

    `rest` gives the reasons for whoever is not settled. Whoever owns the system or carries the
    programme out signs neither. `incidents.services.reconciling.reconcile` also confirms the action
    with the second signature. Raises Missing, Forbidden, Conflict, Invalid.
    """
    action, person = _action(action_id, actor, at)
    programme = _needed(action)
    _require_signer(action, programme, person, side, at)
    _note_rest(programme, rest, at)
    read = read_programme(programme)
    if read.lacks:
        words = worded("Nothing is reconciled yet: {lacks}.", lacks=term(read.lacks))
        raise Conflict("programme_unfinished", words)
    if side not in read.waits_for:
        words = worded("{side} has signed these figures.", side=term(side.capitalize()))
        raise Conflict("already_signed", words)
    record = record_of(programme, read.figures)
    signature = sign(
        user=person,
        meaning="certification",
        role=ROLE_OF_SIDE[side],
        subject_type="remediation_programme",
        subject_id=programme.pk,
        payload=record,
        reason=programme.rest or "All are settled.",
        ceremony=ceremony,
        actor=actor,
        at=at,
    )
    if read.waits_for == [side]:
        programme.state = State.RECONCILED
    programme.version += 1
    programme.save(update_fields=["state", "version"], at=at)
    row = Reconciliation(
        programme=programme,
        side=side,
        figures=read.figures.as_record(),
        record_sha256=read.sha256,
        signature=signature,
        signed_by=person,
        signed_at=at,
    )
    row.entry_number = _record(
        "programme.reconciled",
        programme,
        actor,
        at,
        after=read.figures.as_record(),
        details={"side": side, "record_sha256": read.sha256, "signature": signature.pk},
        touched=[f"incidents_reconciliation:{row.pk}"],
    )
    row.save(force_insert=True)
    return row


def _action(action_id: UUID, actor: Actor, at: datetime) -> tuple[Action, User]:
    """Return the action, its incident locked, and the person who acts. Raises Missing."""
    rows = Action.objects.select_related("incident__system")
    action = rows.filter(pk=action_id, proof=Action.Proof.PROGRAMME).first()
    person = User.objects.filter(pk=actor.person, is_active=True).first() if actor.person else None
    if action is None or person is None:
        raise Missing("unknown_programme", "There is no such programme that you may see.")
    incident = Incident.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "system", "owner", "deputy"
    )
    action.incident = incident.get(pk=action.incident_id)
    if not Cast(action.incident, at).sees(person.pk):
        raise Missing("unknown_programme", "There is no such programme that you may see.")
    if action.state not in UNSETTLED:
        raise Conflict(
            "action_settled", worded("This action is {state} already.", state=action.state)
        )
    return action, person


def _require_side(action: Action, person: User, at: datetime) -> None:
    cast = Cast(action.incident, at)
    people = {person.pk, *(one.pk for one in cast.principals(person.pk))}
    incident = action.incident
    if people & {action.executor_id, incident.owner_id, incident.deputy_id}:
        return
    raise Forbidden(
        "not_your_part",
        "A programme is carried out by its executor, the owner or the deputy.",
        who_can=[action.executor.name, incident.owner.name, incident.deputy.name],
        recorded=True,
        subject=("incident", str(incident.pk), incident.number),
    )


def _require_signer(
    action: Action, programme: RemediationProgramme, person: User, side: str, at: datetime
) -> None:
    if side not in ROLE_OF_SIDE:
        words = worded("It is signed for {role_of_side}.", role_of_side=" or ".join(ROLE_OF_SIDE))
        raise Invalid("unknown_side", words, fields={"side": words})
    incident, cast = action.incident, Cast(action.incident, at)
    role, subject = ROLE_OF_SIDE[side], ("incident", str(incident.pk), incident.number)
    if role not in cast.roles.get(person.pk, frozenset()):
        raise Forbidden(
            "not_your_part",
            worded(
                "{side} is signed by the role {role}.",
                side=term(side.capitalize()),
                role=role_told(role),
            ),
            who_can=[one.name for one in cast.holders("second_person")][:6],
            recorded=True,
            subject=subject,
        )
    found = clash(act="confirmed", history=cast.history, person=person.pk)
    if found is not None:
        reason = found.reason(second_person=True)
        words = worded("You cannot sign for {side}: {reason}.", side=side, reason=reason)
        raise Forbidden("not_separate", words, recorded=True, subject=subject)
    others = programme.reconciliations.exclude(side=side).filter(signed_by=person)
    if others.exists():
        raise Forbidden("not_separate", "Finance and compliance sign in two persons.")


def _note_rest(programme: RemediationProgramme, rest: str, at: datetime) -> None:
    """Who signs first says why some are not settled; who signs second signs the same words."""
    words, faults = read_fields((REST,), {"rest": rest})
    if faults:
        raise Invalid("fields_missing_or_wrong", faults["rest"], fields=faults)
    given = words["rest"] or ""
    if given and given != programme.rest:
        programme.rest = given
        programme.save(update_fields=["rest"], at=at)


def _read(fields: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: str(value) if name in MONEY else value for name, value in values.items()}
    read, faults = read_fields(fields, plain)
    for name in set(MONEY) & read.keys():
        read[name] = money(read[name]) if read[name] is not None else None
        if read[name] is None:
            faults.setdefault(name, "An amount with two decimals at most, such as 1250.00.")
    if faults:
        raise Invalid("fields_missing_or_wrong", "Some fields are not right.", fields=faults)
    return read


def _locked(action: Action) -> RemediationProgramme | None:
    rows = RemediationProgramme.objects.select_for_update(no_key=True, of=("self",))
    found: RemediationProgramme | None = rows.filter(action=action).first()
    if found is not None:
        found.action = action
    return found


def _needed(action: Action) -> RemediationProgramme:
    found = _locked(action)
    if found is None:
        raise Conflict("programme_missing", "State the programme first: who, how much, how.")
    return found


def _check_version(found: RemediationProgramme, expected: int | None) -> None:
    if expected != found.version:
        raise Conflict(
            "stale_version",
            worded(
                "The programme is at version {version} now; load it again.", version=found.version
            ),
            extra={"present": {"version": found.version}},
        )


def _facts(programme: RemediationProgramme) -> dict[str, Any]:
    names = [field.name for field in PROGRAMME_FIELDS]
    facts = {name: getattr(programme, name) for name in names}
    return facts | {name: f"{facts[name]:.2f}" for name in ("estimate", "approved_amount")}


def _record(
    verb: str,
    programme: RemediationProgramme,
    actor: Actor,
    at: datetime,
    *,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
    touched: list[str] | None = None,
) -> int:
    action = programme.action
    incident = action.incident
    return append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("action", str(action.pk), f"{incident.number}: {action.words}"),
        before=dict(before or {}),
        after=dict(after),
        details=dict(details or {}),
        incident_id=incident.pk,
        system_id=incident.system_id,
        touched=[f"incidents_remediationprogramme:{programme.pk}", *(touched or [])],
    )
