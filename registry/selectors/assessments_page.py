"""What the pages of impact assessments show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.rules.worded import word
from registry.models import ImpactAssessment, System, User
from registry.rules.permits import why_not
from registry.rules.questionnaires import differences, gaps, in_words, read
from registry.selectors.assessments import (
    assessments_of,
    required_assessments,
    standing_of,
    tier_floor,
)
from registry.selectors.classification_page import signatures_of
from registry.selectors.people import roles_for_system
from registry.selectors.questionnaires import form_by_id, in_language, newest_form
from registry.selectors.separation import why_too_near

STATES = {
    "draft": ("pending", "Draft"),
    "in_review": ("pending", "In review"),
    "in_force": ("ok", "In force"),
    "expired": ("overdue", "Expired"),
    "replaced": ("none", "Replaced"),
}
ASKED = {
    "yes": "Asked for by Art. 27 of the AI Act: before the first use.",
    "open": "To be decided: whether Art. 27 asks for it hangs on facts that nobody has decided.",
    "no": "Not asked for by Art. 27, as the system is classified.",
}
STANDARD = "Asked for by ISO/IEC 42001 (6.1.4, 8.4, A.5), whatever the legal class."


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of an assessment in a list: its row, the state as it is read."""

    row: ImpactAssessment
    standing: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class KindShown:
    """One kind: why it is asked for, what is in force, whether something is open or missing."""

    kind: str
    title: str
    about: str
    asked: str
    missing: bool
    open: Shown | None
    rows: list[Shown]


def shown(row: ImpactAssessment, at: datetime) -> Shown:
    """Return a version with the state that it is read by at the instant."""
    standing = standing_of(row, at)
    state, words = STATES[standing]
    if standing == "in_force" and row.due_again_at is not None:
        state, words = "warning", word("In force, due again")
    return Shown(row, standing, state, words)


def assessments_page(*, system: System, at: datetime) -> dict[str, Any]:
    """Return what templates/registry/assessments/overview.html shows."""
    rows = [shown(row, at) for row in assessments_of(system_id=system.pk)]
    required = {one.kind: one.said for one in required_assessments(system)}
    kinds = []
    for kind in ImpactAssessment.Kind.values:
        mine = [one for one in rows if one.row.kind == kind]
        form = in_language(newest_form(kind))
        in_force = any(one.standing == "in_force" for one in mine)
        fria = kind == ImpactAssessment.Kind.FRIA
        said = required.get(kind, "no")
        kinds.append(
            KindShown(
                kind=kind,
                title=form.title,
                about=str(form.document.get("about", "")),
                asked=ASKED[said] if fria else STANDARD,
                missing=said == "yes" and not in_force,
                open=next((one for one in mine if one.row.state in ImpactAssessment.OPEN), None),
                rows=mine,
            )
        )
    return {"at": at, "system": system, "kinds": kinds, "floor": tier_floor(system, at)}


def one_page(*, row: ImpactAssessment, at: datetime) -> dict[str, Any]:
    """Return what templates/registry/assessments/one.html shows."""
    form, answers = in_language(form_by_id(row.form)), read(row.answers)
    before = assessments_of(system_id=row.system_id).filter(kind=row.kind, number__lt=row.number)
    older = before.first()
    return {
        "at": at,
        "one": shown(row, at),
        "row": row,
        "form": form,
        "sections": [
            {
                "title": section["title"],
                "rows": [
                    {
                        "ask": one["ask"],
                        "article": one.get("article", ""),
                        "said": in_words(one, answers[one["id"]]) if one["id"] in answers else [],
                    }
                    for one in section["questions"]
                ],
            }
            for section in form.sections
        ],
        "waits": len(gaps(form.document, answers, reasons=form.reasons)),
        "older": older,
        "changed": differences(form.document, read(older.answers), answers) if older else [],
        "because": row.due_again_because.splitlines(),
        "signatures": signatures_of(row),
    }


def may(
    *, system: System, reader: User, row: ImpactAssessment | None = None, at: datetime
) -> dict[str, Any]:
    """Return which acts a reader may take, and why not where that is worth a sentence."""
    held = roles_for_system(user_id=reader.pk, system=system, at=at)
    allowed: dict[str, Any] = {
        word: system.kind != System.Kind.RECORD and why_not(f"assessment.{word}", held) is None
        for word in ("write", "review")
    }
    if row is not None and row.state == ImpactAssessment.State.IN_REVIEW:
        allowed["own"] = row.submitted_by_id == reader.pk
        allowed["near"] = why_too_near(person_id=reader.pk, wrote=row.writers, system=system, at=at)
    return allowed
