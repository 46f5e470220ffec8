"""Reporting regimes: what the organisation, or one system, falls under; decided by compliance."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import OrganisationProfile, System, SystemRegimes
from registry.selectors.regimes import regime_questions
from registry.services.access import require_anywhere, require_system_permit

ANSWERS = ("yes", "no", "undecided")
LONGEST = 2000
Answers = Mapping[str, Mapping[str, str]]


@transaction.atomic
def set_organisation_profile(
    *, answers: Answers, expected_version: int, reason: str, actor: Actor, at: datetime
) -> OrganisationProfile:
    """Say which regimes the organisation falls under, each with what it rests on (CLK-13).

    `answers` are {fact: {answer, source}}; a fact that is not named stays as it was.
    `expected_version` is 0 before the first time. Raises Forbidden, Invalid, Conflict.
    """
    subject = ("organisation", "reporting-regimes", "the organisation")
    require_anywhere(act="regimes.set", actor=actor, at=at, subject=subject)
    row = OrganisationProfile.objects.select_for_update(no_key=True).first()
    made = row or OrganisationProfile(version=0)
    before = _change(made, answers, expected_version, reason, actor, at)
    made.save(force_insert=row is None, at=at)
    _enter(made, before, subject, actor, at)
    return made


@transaction.atomic
def set_system_regimes(
    *,
    system: System,
    answers: Answers,
    expected_version: int,
    reason: str,
    actor: Actor,
    at: datetime,
) -> SystemRegimes:
    """Say where a system differs from the organisation; undecided follows the organisation.

    Raises Forbidden, Invalid, Conflict.
    """
    require_system_permit(act="regimes.set", system=system, actor=actor, at=at)
    rows = SystemRegimes.objects.select_for_update(no_key=True)
    row = rows.filter(system_id=system.pk).first()
    made = row or SystemRegimes(system_id=system.pk, version=0)
    before = _change(made, answers, expected_version, reason, actor, at)
    made.save(force_insert=row is None, at=at)
    _enter(made, before, ("system", str(system.pk), system.name), actor, at, system=system)
    return made


def _change(
    row: OrganisationProfile | SystemRegimes,
    answers: Answers,
    expected_version: int,
    reason: str,
    actor: Actor,
    at: datetime,
) -> dict[str, Any]:
    """Put the answers on a row and return what they were."""
    if row.version != expected_version:
        raise Conflict(
            "stale_version",
            worded(
                "Somebody decided meanwhile: this is version {version}, not {expected_version}.",
                version=row.version,
                expected_version=expected_version,
            ),
        )
    fields = _wrong(answers)
    if not reason.strip() or len(reason) > LONGEST:
        fields["reason"] = "Say why, in at most 2,000 characters."
    if fields:
        raise Invalid("bad_answers", "Some answers are not right.", fields=fields)
    before = {fact: row.answers.get(fact, {}) for fact in answers}
    row.answers = {**row.answers, **{fact: _kept(given) for fact, given in answers.items()}}
    row.version += 1
    row.reason, row.decided_by_id, row.decided_at = reason.strip(), actor.person, at
    return before


def _wrong(answers: Answers) -> dict[str, str]:
    """Return what is wrong, by fact: an unknown one, no such answer, or none that it rests on."""
    known = {question["id"] for question in regime_questions()}
    wrong: dict[str, str] = {}
    for fact, given in answers.items():
        answer, source = given.get("answer"), str(given.get("source", "")).strip()
        if fact not in known:
            wrong[fact[:60]] = "There is no such regime."
        elif answer not in ANSWERS:
            wrong[fact] = "Yes, no or undecided."
        elif answer != "undecided" and not source:
            wrong[fact] = "Say what the answer rests on."
        elif len(source) > LONGEST or "\x00" in source:
            wrong[fact] = "At most 2,000 characters of plain text."
    return wrong


def _kept(given: Mapping[str, str]) -> dict[str, str]:
    return {"answer": str(given["answer"]), "source": str(given.get("source", "")).strip()}


def _enter(
    row: OrganisationProfile | SystemRegimes,
    before: Mapping[str, Any],
    subject: tuple[str, str, str],
    actor: Actor,
    at: datetime,
    *,
    system: System | None = None,
) -> None:
    append_entry(
        verb="regimes.set",
        actor=actor,
        at=at,
        subject=subject,
        before=before,
        after={fact: row.answers[fact] for fact in before},
        reason=row.reason,
        system_id=system.pk if system is not None else None,
        details={"version": row.version},
        touched=[f"{row._meta.db_table}:{row.pk}"],
    )
