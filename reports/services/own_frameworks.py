"""Own frameworks: brought as YAML by one person, put into force by another, ended with a reason."""

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.db import connection, transaction

from governance.selectors.permissions import person_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, worded, worded_number
from ledger.services.entries import append_entry
from registry.models import Framework, Provision
from reports.models import OwnFramework
from reports.rules.endings import replaced_by
from reports.rules.own_documents import OwnFrameworkDocument, difference
from reports.rules.own_frameworks import Understood
from reports.selectors.own_frameworks import APPROVE, BRING, held, understood
from reports.selectors.own_rows import FILE, document_of, framework_row, provision_rows
from reports.selectors.statements import refusal_for_whole
from reports.services.factors import reason_of

State = OwnFramework.State
NUMBERING = 7_309_013
SAID = ("name", "edition", "kind", "about", "file", "checked", "superseded_in")
PARTS = ("framework", "parent", "kind", "reference", "title", "document", "file", "place",
         "checked", "superseded_in")  # fmt: skip


@transaction.atomic
def bring_framework(*, text: str, reason: str, actor: Actor, at: datetime) -> OwnFramework:
    """Keep a text as the next version of the framework that it names; it waits for approval.

    Another version of it that waits is replaced. Raises Forbidden, Invalid (`faults` with lines;
    nothing is kept), Conflict where the version in force says the same, letter by letter.
    """
    _require(BRING, actor, at)
    found = _understood(text)
    subject = ("framework", found.id, found.name)
    person = person_of(actor, words="bring a framework", subject=subject)
    reason = reason_of(reason)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING])
    digest = sha256(text.encode()).hexdigest()
    versions = OwnFramework.objects.select_for_update().filter(key=found.id).order_by("-version")
    rows = {row.state: row for row in versions if row.state in (State.PROPOSED, State.IN_FORCE)}
    if State.IN_FORCE in rows and rows[State.IN_FORCE].sha256 == digest:
        raise Conflict("nothing_new", "The version in force says the same, letter by letter.")
    newest = versions.first()
    version = newest.version + 1 if newest else 1
    if State.PROPOSED in rows:
        _end(rows[State.PROPOSED], State.REPLACED, person, replaced_by(version), at)
    row = OwnFramework(
        id=uuid4(),
        key=found.id,
        version=version,
        name=found.name,
        text=text,
        sha256=digest,
        document=msgspec.to_builtins(found),
        brought_by_id=person,
        brought_at=at,
        brought_because=reason,
    )
    row.save(force_insert=True, at=at)
    after = {"state": "proposed", "sha256": digest, "controls": len(found.controls)}
    _record("own_framework.brought", row, actor, at, after=after, reason=reason)
    return row


@transaction.atomic
def approve_framework(
    *, version_id: UUID, expected_sha256: str, reason: str, actor: Actor, at: datetime
) -> OwnFramework:
    """Put a version into force, not by who brought it; the one in force is replaced.

    From then on its controls are judged as those of every framework. Raises Missing, Forbidden,
    Invalid (what it names is gone meanwhile), Conflict (decided already, or another text).
    """
    row = _locked(version_id)
    _require(APPROVE, actor, at)
    subject = _subject(row)
    person = person_of(actor, words="approve a framework", subject=subject)
    _check_second(row, person)
    if row.state != State.PROPOSED:
        raise _over(row)
    if row.sha256 != expected_sha256:
        raise Conflict("framework_changed", "That is not the text of this version: read it again.")
    reason, found = reason_of(reason), _understood(row.text)
    replaced = held(row.key)
    changes = difference(document_of(replaced) if replaced else None, found)
    if replaced is not None:
        _end(replaced, State.REPLACED, person, replaced_by(row.version), at)
    row.state, row.approved_by_id, row.approved_at = State.IN_FORCE, person, at
    row.save(at=at)
    _stand(found, f"version {row.version}")
    before = {"state": "proposed", "in_force": replaced.version if replaced else None}
    after = {"state": "in_force", "sha256": row.sha256, "changes": len(changes)}
    _record("own_framework.approved", row, actor, at, before=before, after=after, reason=reason)
    return row


@transaction.atomic
def refuse_framework(*, version_id: UUID, reason: str, actor: Actor, at: datetime) -> OwnFramework:
    """Refuse a version that waits, not by who brought it. Raises as `approve_framework` does."""
    row = _locked(version_id)
    _require(APPROVE, actor, at)
    person = person_of(actor, words="refuse a framework", subject=_subject(row))
    _check_second(row, person)
    if row.state != State.PROPOSED:
        raise _over(row)
    reason = reason_of(reason)
    _end(row, State.REFUSED, person, reason, at)
    states: dict[str, Any] = {"before": {"state": "proposed"}, "after": {"state": "refused"}}
    _record("own_framework.refused", row, actor, at, reason=reason, **states)
    return row


@transaction.atomic
def withdraw_framework(
    *, version_id: UUID, reason: str, actor: Actor, at: datetime
) -> OwnFramework:
    """Withdraw a version: one that waits by who may bring, one in force by who may approve.

    Without one in force its controls are judged no more; uploads and statements stay on record.
    Raises Missing, Forbidden, Invalid, Conflict (it is over already).
    """
    row = _locked(version_id)
    _require(BRING if row.state == State.PROPOSED else APPROVE, actor, at)
    person = person_of(actor, words="withdraw a framework", subject=_subject(row))
    if row.state not in (State.PROPOSED, State.IN_FORCE):
        raise _over(row)
    reason, was = reason_of(reason), str(row.state)
    _end(row, State.WITHDRAWN, person, reason, at)
    if was == State.IN_FORCE:
        said = f"withdrawn, version {row.version}"
        Provision.objects.filter(framework_id=row.key, superseded_in="").update(superseded_in=said)
        Framework.objects.filter(pk=row.key).update(superseded_in=said)
    states: dict[str, Any] = {"before": {"state": was}, "after": {"state": "withdrawn"}}
    _record("own_framework.withdrawn", row, actor, at, reason=reason, **states)
    return row


def _understood(text: str) -> OwnFrameworkDocument:
    found: Understood = understood(text)
    if found.document is None:
        words = worded_number(
            "{number} fault, nothing was kept: {fault}",
            "{number} faults, nothing was kept: {fault}",
            len(found.faults),
            fault=found.faults[0].said,
        )
        raise Invalid(
            "not_understood",
            words,
            fields={"text": words},
            extra={"faults": [{"line": one.line, "words": one.words} for one in found.faults]},
        )
    return found.document


def _stand(found: OwnFrameworkDocument, version: str) -> None:
    """Let the registry hold exactly the controls of a version; what it left out stays, marked."""
    rows = provision_rows(found)
    if Framework.objects.filter(pk=found.id).exclude(file=FILE).exists():
        raise Conflict(
            "framework_taken",
            worded("A shipped framework is called {found!r} by now.", found=found.id),
        )
    Framework.objects.bulk_create(
        [framework_row(found)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=SAID,
    )
    Provision.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=PARTS
    )
    gone = Provision.objects.filter(framework_id=found.id, superseded_in="")
    gone.exclude(pk__in=[row.pk for row in rows]).update(superseded_in=version)


def _require(act: str, actor: Actor, at: datetime) -> None:
    refusal = refusal_for_whole(act=act, actor=actor, at=at)
    if refusal is not None:
        raise refusal


def _locked(version_id: UUID) -> OwnFramework:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING])
    row = OwnFramework.objects.select_for_update().filter(pk=version_id).first()
    if row is None:
        raise Missing("unknown_framework_version", "There is no such version.")
    return row


def _check_second(row: OwnFramework, person: UUID) -> None:
    if person == row.brought_by_id:
        raise Forbidden(
            "own_framework",
            "You cannot decide on this framework: you brought it.",
            who_can=["somebody else who may approve frameworks"],
            recorded=True,
            subject=_subject(row),
        )


def _over(row: OwnFramework) -> Conflict:
    return Conflict(
        "framework_settled",
        worded(
            "Version {version} is settled: {state}.",
            version=row.version,
            state=term(row.get_state_display(), lowered=True),
        ),
        extra={"present": {"state": str(row.state)}},
    )


def _end(row: OwnFramework, state: str, person: UUID, reason: str, at: datetime) -> None:
    row.state, row.ended_by_id, row.ended_at, row.ended_reason = state, person, at, reason
    row.save(at=at)


def _subject(row: OwnFramework) -> tuple[str, str, str]:
    return "framework", row.key, row.name


def _record(
    verb: str,
    row: OwnFramework,
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
        subject=_subject(row),
        before=before,
        after=after,
        reason=reason,
        details={"framework_version": row.pk, "version": row.version, "sha256": row.sha256},
    )
