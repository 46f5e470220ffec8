"""What the page of a classification shows: what stands, what is written, who may do what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.rules.worded import word, worded
from registry.models import Classification, System, User
from registry.rules.classification import judge
from registry.rules.permits import why_not
from registry.rules.questionnaires import (
    Answers,
    asked,
    differences,
    gaps,
    in_words,
    is_asked,
    questions_of,
    read,
)
from registry.rules.recorded_roles import role_told
from registry.selectors.assessments import tier_floor
from registry.selectors.classification import (
    QUESTIONNAIRE,
    classifications_of,
    open_tier_change,
    tier_changes_of,
)
from registry.selectors.people import roles_for_system
from registry.selectors.questionnaires import Form, form_by_id, in_language, newest_form
from registry.selectors.separation import why_too_near

AUTHORSHIP = word("Authorship, as {role}")
APPROVAL = word("Approval, as {role}")
STATES = {
    "draft": "pending",
    "submitted": "pending",
    "confirmed": "ok",
    "reopened": "warning",
    "superseded": "none",
}
CLASSES = {
    "prohibited": "critical",
    "high_risk": "warning",
    "transparency": "current",
    "minimal": "ok",
    "undecided": "none",
}
ACTS = (
    "classification.write",
    "classification.confirm",
    "classification.reopen",
    "tier.propose",
    "tier.decide",
)


@dataclass(frozen=True, slots=True)
class Progress:
    """A section of a draft: how many of its questions are put, and how many wait."""

    id: str
    title: str
    put: int
    waits: int


def classification_page(*, system: System, at: datetime) -> dict[str, Any]:
    """Return what templates/registry/classification/overview.html shows, but who may what."""
    rows = list(classifications_of(system_id=system.pk))
    standing = next((row for row in rows if row.state in Classification.STANDING), None)
    draft = next((row for row in rows if row.state in Classification.OPEN), None)
    form = in_language(newest_form(QUESTIONNAIRE)) if draft is not None else None
    return {
        "at": at,
        "system": system,
        "class_state": CLASSES[system.legal_class],
        "standing": standing,
        "steps": told_steps(standing.outcome) if standing else [],
        "because": standing.reopened_because.splitlines() if standing else [],
        "draft": draft,
        "progress": progress_of(form, read(draft.answers)) if draft and form else [],
        "draft_outcome": judged(form, read(draft.answers)) if draft and form else None,
        "history": [{"row": row, "state": STATES[row.state]} for row in rows],
        "floor": tier_floor(system, at),
        "tier_change": open_tier_change(system.pk),
        "tier_changes": list(tier_changes_of(system_id=system.pk)[:50]),
    }


def judged(form: Form, answers: Answers) -> dict[str, Any]:
    """Return what a draft comes to so far, and the words of what leaves it open."""
    outcome = judge(answers)
    asks = {question["id"]: question["ask"] for question in questions_of(form.document)}
    where = {
        question["id"]: section["id"]
        for section in form.sections
        for question in section["questions"]
    }
    return {
        "legal_class": outcome.legal_class,
        "label": System.LegalClass(outcome.legal_class).label,
        "state": CLASSES[outcome.legal_class],
        "floor": outcome.floor,
        "open": [{"ask": asks[key], "section": where[key], "id": key} for key in outcome.open],
    }


def told_steps(outcome: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the kept reasoning, step by step; none of a draft."""
    return list(outcome.get("steps", []))


def progress_of(form: Form, answers: Answers) -> list[Progress]:
    """Return each section with what waits in it."""
    missing = gaps(form.document, answers, reasons=form.reasons)
    found = []
    for section in form.sections:
        put = [one["id"] for one in section["questions"] if is_asked(one, answers)]
        waits = sum(1 for key in put if key in missing)
        found.append(Progress(section["id"], section["title"], len(put), waits))
    return found


def may(
    *, system: System, reader: User, draft: Classification | None, at: datetime
) -> dict[str, Any]:
    """Return which acts a reader may take, and why not where the reason is worth a sentence."""
    held = roles_for_system(user_id=reader.pk, system=system, at=at)
    allowed: dict[str, Any] = {
        act.replace(".", "_"): system.kind != System.Kind.RECORD and why_not(act, held) is None
        for act in ACTS
    }
    allowed["near"] = ""
    change = open_tier_change(system.pk)
    if draft is not None and draft.state == Classification.State.SUBMITTED:
        allowed["own"] = draft.submitted_by_id == reader.pk
        allowed["near"] = why_too_near(
            person_id=reader.pk, wrote=draft.writers, system=system, at=at
        )
    if change is not None:
        allowed["tier_near"] = why_too_near(
            person_id=reader.pk, wrote=[change.proposed_by_id], system=system, at=at
        )
    return allowed


def one_page(*, row: Classification, before: Classification | None) -> dict[str, Any]:
    """Return what one classification shows: answers by section, reasoning, what changed."""
    form = in_language(form_by_id(row.questionnaire))
    answers = read(row.answers)
    put = {question["id"] for question in asked(form.document, answers)}
    sections = [
        {
            "title": section["title"],
            "rows": [
                {
                    "ask": one["ask"],
                    "article": one.get("article", ""),
                    "said": in_words(one, answers[one["id"]]) if one["id"] in answers else [],
                    "reason": answers[one["id"]].reason if one["id"] in answers else "",
                }
                for one in section["questions"]
                if one["id"] in put
            ],
        }
        for section in form.sections
    ]
    changed = differences(form.document, read(before.answers), answers) if before else []
    return {
        "row": row,
        "row_state": STATES[row.state],
        "label": System.LegalClass(row.legal_class).label if row.legal_class else "",
        "class_state": CLASSES[row.legal_class or "undecided"],
        "form": form,
        "sections": sections,
        "steps": told_steps(row.outcome),
        "before": before,
        "changed": changed,
        "signatures": signatures_of(row),
    }


def signatures_of(row: Any) -> list[dict[str, Any]]:
    """Return the two signatures of a row as components/signatures.html takes them."""
    found = []
    for one, meaning in ((row.authorship, AUTHORSHIP), (row.approval, APPROVAL)):
        if one is not None:
            found.append(
                {
                    "name": one.signer_name,
                    "meaning": worded(meaning, role=role_told(one.role)),
                    "state": "" if one.payload_sha256 == row.record_sha256 else "broken",
                    "signed_at": one.signed_at,
                    "method": one.method,
                    "record": one.payload_sha256,
                }
            )
    return found
