"""Statements of applicability: drafted, written, signed by a second person, ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from governance.selectors.permissions import person_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from registry.models import Framework, Signature, User
from registry.services.signatures import Ceremony, hash_payload, sign
from reports.models import ApplicabilityStatement
from reports.rules.endings import replaced_by
from reports.rules.statements import Line, line_faults, line_of, signing_faults
from reports.selectors.applicability import record_of
from reports.selectors.statements import (
    APPROVE,
    DRAFT,
    provisions_of,
    refusal_for_whole,
    stated_frameworks,
)
from reports.services.factors import reason_of

State = ApplicabilityStatement.State
NUMBERING = 7_309_011


@transaction.atomic
def draft_statement(*, framework: str, actor: Actor, at: datetime) -> ApplicabilityStatement:
    """Begin the next version of a framework's statement, with the lines of the one in force.

    Without one every control applies. Raises Missing, Forbidden, Invalid (a law), Conflict where a
    draft is under way.
    """
    row = _framework(framework)
    _require(DRAFT, actor, at)
    person = person_of(actor, words="draft a statement", subject=_subject(row))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING])
    versions = ApplicabilityStatement.objects.filter(framework=row).order_by("-version")
    newest, held = versions.first(), versions.filter(state=State.IN_FORCE).first()
    if newest is not None and newest.state == State.DRAFT:
        raise Conflict(
            "draft_under_way",
            worded(
                "Version {version} is a draft: finish or withdraw it first.", version=newest.version
            ),
            extra={"present": {"id": str(newest.pk), "version": newest.version}},
        )
    lines = held.lines if held else {}
    made = ApplicabilityStatement(
        id=uuid4(),
        framework=row,
        version=newest.version + 1 if newest else 1,
        lines={one.pk: line_of(lines, one.pk).as_dict() for one in provisions_of(row.pk)},
        author_id=person,
        drafted_at=at,
    )
    made.save(force_insert=True, at=at)
    after = {"version": made.version, "from": held.version if held else None}
    _record("applicability.drafted", made, actor, at, after=after)
    return made


@transaction.atomic
def write_statement(
    *,
    statement_id: UUID,
    lines: Mapping[str, Line],
    expected_revision: int | None,
    actor: Actor,
    at: datetime,
) -> ApplicabilityStatement:
    """Write lines of a draft; those not given stay. Who writes becomes its author.

    Raises Missing, Forbidden, Invalid (fields by provision), Conflict.
    """
    row = _draft(statement_id, DRAFT, actor, at)
    person = person_of(actor, words="write a statement", subject=_subject(row.framework))
    if expected_revision != row.revision:
        raise Conflict(
            "version_stale",
            "Somebody else wrote in it meanwhile. Look at it again.",
            extra={"present": {"revision": row.revision}},
        )
    known = [one.pk for one in provisions_of(row.framework_id)]
    faults = line_faults(lines, known)
    if faults:
        raise Invalid("not_understood", "Something needs mending.", fields=faults)
    changed = [key for key, line in lines.items() if line_of(row.lines, key) != line]
    if not changed:
        return row
    before = {key: line_of(row.lines, key).as_dict() for key in changed}
    after = {key: lines[key].as_dict() for key in changed}
    row.lines, row.author_id = {**row.lines, **after}, person
    row.revision += 1
    row.save(at=at)
    _record("applicability.written", row, actor, at, before=before, after=after)
    return row


@transaction.atomic
def approve_statement(
    *,
    statement_id: UUID,
    expected_sha256: str,
    reason: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> ApplicabilityStatement:
    """Sign a draft as it was shown and put it into force; what was in force is replaced.

    Not by anybody who wrote in it. Raises Missing, Forbidden, Conflict (`statement_changed`),
    Invalid where a control is left out without a reason (fields by provision).
    """
    row = _draft(statement_id, APPROVE, actor, at)
    subject = _subject(row.framework)
    person = person_of(actor, words="approve a statement", subject=subject)
    _check_second(row, person, subject)
    _check_signable(row, expected_sha256)
    row.sha256 = hash_payload(record_of(row))
    row.signature = sign(
        user=User.objects.get(pk=person),
        meaning=Signature.Meaning.APPROVAL,
        role="approver",
        subject_type="applicability_statement",
        subject_id=row.pk,
        payload=record_of(row),
        reason=reason_of(reason),
        ceremony=ceremony,
        actor=actor,
        at=at,
    )
    rows = ApplicabilityStatement.objects.select_for_update()
    replaced = rows.filter(framework=row.framework, state=State.IN_FORCE).first()
    if replaced is not None:
        _end(replaced, State.REPLACED, replaced_by(row.version), at)
    row.state, row.approved_by_id, row.approved_at = State.IN_FORCE, person, at
    row.save(at=at)
    before = {"state": "draft", "in_force": replaced.version if replaced else None}
    left_out = [key for key in row.lines if not line_of(row.lines, key).applicable]
    after = {"state": "in_force", "sha256": row.sha256, "not_applicable": left_out}
    _record("applicability.approved", row, actor, at, before, after, reason.strip())
    return row


@transaction.atomic
def withdraw_statement(
    *, statement_id: UUID, reason: str, actor: Actor, at: datetime
) -> ApplicabilityStatement:
    """Withdraw a statement: from then on every control applies, until another one is signed.

    A draft by who may draft, one in force by who may approve. Raises Missing, Forbidden, Invalid,
    Conflict (it is over already).
    """
    row = _locked(statement_id)
    _require(DRAFT if row.state == State.DRAFT else APPROVE, actor, at)
    if row.state not in (State.DRAFT, State.IN_FORCE):
        raise _over(row)
    reason, before = reason_of(reason), {"state": str(row.state)}
    _end(row, State.WITHDRAWN, reason, at)
    after = {"state": "withdrawn"}
    _record("applicability.withdrawn", row, actor, at, before, after, reason)
    return row


def _framework(key: str) -> Framework:
    row = next((one for one in stated_frameworks() if one.pk == key), None)
    if row is not None:
        return row
    if Framework.objects.filter(pk=key.replace("\x00", ""), kind="law").exists():
        words = (
            "Whether a law binds a system is its confirmed classification's to say: no statement"
            " leaves an obligation out."
        )
        raise Invalid("law_is_not_stated", words, fields={"framework": words})
    raise Missing("unknown_framework", "There is no such framework with controls.")


def _require(act: str, actor: Actor, at: datetime) -> None:
    refusal = refusal_for_whole(act=act, actor=actor, at=at)
    if refusal is not None:
        raise refusal


def _locked(statement_id: UUID) -> ApplicabilityStatement:
    rows = ApplicabilityStatement.objects.select_for_update(of=("self",))
    row = rows.select_related("framework").filter(pk=statement_id).first()
    if row is None:
        raise Missing("unknown_statement", "There is no such statement.")
    return row


def _draft(statement_id: UUID, act: str, actor: Actor, at: datetime) -> ApplicabilityStatement:
    row = _locked(statement_id)
    _require(act, actor, at)
    if row.state != State.DRAFT:
        raise _over(row)
    return row


def _over(row: ApplicabilityStatement) -> Conflict:
    return Conflict(
        "not_a_draft",
        worded(
            "Version {version} is {state}.",
            version=row.version,
            state=term(row.get_state_display(), lowered=True),
        ),
        extra={"present": {"state": str(row.state)}},
    )


def _check_second(row: ApplicabilityStatement, person: UUID, subject: tuple[str, str, str]) -> None:
    written = {row.author_id, *row.history.values_list("author_id", flat=True)}
    if person in written:
        raise Forbidden(
            "own_statement",
            "You cannot approve this statement: you wrote in it.",
            who_can=["somebody else who may approve statements of applicability"],
            recorded=True,
            subject=subject,
        )


def _check_signable(row: ApplicabilityStatement, expected_sha256: str) -> None:
    if hash_payload(record_of(row)) != expected_sha256:
        raise Conflict(
            "statement_changed",
            "It changed since you opened it. Read it again, then sign.",
            extra={"present": {"revision": row.revision}},
        )
    faults = signing_faults(row.lines, [one.pk for one in provisions_of(row.framework_id)])
    if faults:
        words = worded("A reason is missing: {faults}.", faults=", ".join(sorted(faults)))
        raise Invalid("reason_missing", words, fields={"reason": words} | faults)


def _end(row: ApplicabilityStatement, state: str, reason: str, at: datetime) -> None:
    row.state, row.ended_at, row.ended_reason = state, at, reason
    row.save(at=at)


def _subject(row: Framework) -> tuple[str, str, str]:
    return "framework", row.pk, row.name


def _record(
    verb: str,
    row: ApplicabilityStatement,
    actor: Actor,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=_subject(row.framework),
        before=before,
        after=after,
        reason=reason,
        details={"statement": row.pk, "version": row.version},
    )
