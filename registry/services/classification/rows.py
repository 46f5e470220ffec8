"""The row of a classification: locked, kept as answered, told in one entry."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.rules.actors import Actor
from ledger.rules.refusals import Missing
from ledger.rules.worded import term, word
from ledger.services.entries import append_entry
from registry.models import Classification, System
from registry.rules.classification import DECIDING, Outcome
from registry.rules.questionnaires import Answers, Document, asked, read
from registry.services.lifecycle import lock_system
from registry.services.second_person import check_seen, check_state

WHAT = word("This classification")


def lock_classification(classification_id: UUID) -> tuple[System, Classification]:
    """Lock a classification behind its system, and return both. Raises Missing."""
    known = Classification.objects.filter(pk=classification_id).values_list("system_id", flat=True)
    system_id = known.first()
    if system_id is None:
        raise Missing("unknown_classification", "There is no such classification.")
    system = lock_system(system_id)
    rows = Classification.objects.select_for_update(no_key=True, of=("self",))
    return system, rows.get(pk=classification_id)


def check_row(row: Classification, *, expected_version: int, state: str) -> None:
    """Raise Conflict for a stale version, and for another state."""
    check_seen(what=WHAT, present=row.version, expected=expected_version, state=str(row.state))
    words = term(row.get_state_display(), lowered=True)
    check_state(what=WHAT, state=str(row.state), words=words, needed=(state,))


def kept_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as a row keeps it."""
    facts = outcome.facts
    return {
        "legal_class": outcome.legal_class,
        "floor": outcome.floor,
        "tiers": sorted(facts.tiers),
        "roles": sorted(facts.roles),
        "points": sorted(facts.points),
        "flags": sorted(facts.flags),
        "open": sorted(facts.open),
        "undecided": list(outcome.open),
        "steps": [asdict(step) | {"questions": list(step.questions)} for step in outcome.steps],
    }


def sources_behind(document: Document, answers: Answers, form_id: str) -> list[str]:
    """Return the ids of the reference data that the class rests on, the questionnaire's too."""
    found = {form_id.partition("@")[0], form_id}
    for question in asked(document, answers):
        if question["id"] in DECIDING:
            said = answers[question["id"]].said if question["id"] in answers else ()
            found |= {question["source"], *(value for value in said if "." in value)}
    return sorted(found)


def payload_of(row: Classification) -> dict[str, Any]:
    """Return what is signed: the answers with their reasons, and what they came to."""
    return {
        "classification": str(row.pk),
        "system": str(row.system_id),
        "number": row.number,
        "questionnaire": row.questionnaire,
        "answers": row.answers,
        "outcome": row.outcome,
    }


def answers_of(row: Classification) -> dict[str, Any]:
    """Return the answers of a row."""
    return dict(read(row.answers))


def subject_of(system: System, row: Classification) -> tuple[str, str, str]:
    """Return a classification as the object of an entry."""
    return ("classification", str(row.pk), f"{system.name}, classification {row.number}")


def save_row(row: Classification, at: datetime) -> None:
    """Save with the next version."""
    row.version += 1
    row.save(at=at)


def record(
    *,
    verb: str,
    system: System,
    row: Classification,
    actor: Actor,
    at: datetime,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Write the entry of a change, and return its number."""
    return append_entry(
        verb=f"classification.{verb}",
        actor=actor,
        at=at,
        subject=subject_of(system, row),
        before=before,
        after={"state": str(row.state), "version": row.version} | dict(after or {}),
        reason=reason,
        details=details,
        system_id=system.pk,
        touched=[f"registry_classification:{row.pk}"],
    )
