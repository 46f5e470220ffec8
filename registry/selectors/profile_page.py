"""What the page of a system's profile shows: who, what for, what is written, what is missing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from registry.models import System, User
from registry.models.statements import Statement
from registry.rules.permits import why_not
from registry.rules.statements import SCOPED, SPEAKING
from registry.selectors.completeness import missing_for
from registry.selectors.dependencies import blast_radius, dependencies_of
from registry.selectors.people import roles_for_system
from registry.selectors.profile import (
    KINDS,
    in_force,
    knowledge_of,
    newest_version,
    reviewers_of,
    sources_of,
)
from registry.selectors.statement_words import Fact, facts_of

TITLES = {
    "controls": "Operating controls",
    "scope": "Declared scope",
    "behaviour": "Behaviour policy",
}
LEADS = {
    "controls": "How it is operated, and what is done when it goes wrong.",
    "scope": "What it may use, read and spend; what lies outside is a boundary violation.",
    "behaviour": "How it speaks, and what it answers by policy rather than by fact.",
}
NONE_YET = {
    "controls": "Nobody has approved how this system is operated. Go-live waits for it.",
    "scope": "Without a scope in force every action of it lies outside.",
    "behaviour": "Nobody has approved how it speaks and what it must not say.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One kind of statement on the page: what is in force, and a draft that waits."""

    kind: str
    title: str
    lead: str
    none_yet: str
    held: Statement | None
    facts: list[Fact]
    draft: Statement | None


def kinds_for(system: System) -> list[str]:
    """Return the kinds of statement that a system of its kind has."""
    return [
        kind
        for kind in KINDS
        if kind == "controls"
        or (kind == "scope" and system.kind in SCOPED)
        or (kind == "behaviour" and system.kind in SPEAKING)
    ]


def profile_page(*, system: System, visible: QuerySet[System], at: datetime) -> dict[str, Any]:
    """Return what templates/registry/profile/profile.html shows.

    `visible` are the systems that the reader may see.
    """
    return {
        "at": at,
        "system": system,
        "missing": missing_for(system, at),
        "reviewers": reviewers_of(system_id=system.pk),
        "statements": [_shown(kind, system) for kind in kinds_for(system)],
        "sources": list(sources_of(system_id=system.pk)),
        "direct": dependencies_of(system_id=system.pk, visible=visible),
        "radius": blast_radius(system_id=system.pk, visible=visible),
        "speaks": system.kind in SPEAKING,
        "knowledge": list(knowledge_of(system_id=system.pk)),
    }


def may(*, system: System, reader: User, at: datetime) -> dict[str, bool]:
    """Return which of these acts a reader may take on a system, for showing the way there."""
    held = roles_for_system(user_id=reader.pk, system=system, at=at)
    acts = {"change": "change", "describe": "describe", "draft": "statement.draft"}
    acts |= {"approve": "statement.approve"}
    editable = system.kind != System.Kind.RECORD
    return {word: editable and why_not(act, held) is None for word, act in acts.items()}


def _shown(kind: str, system: System) -> Shown:
    held = in_force(KINDS[kind], system.pk)
    newest = newest_version(KINDS[kind], system.pk)
    return Shown(
        kind=kind,
        title=TITLES[kind],
        lead=LEADS[kind],
        none_yet=NONE_YET[kind],
        held=held,
        facts=facts_of(held) if held is not None else [],
        draft=newest if newest is not None and newest.state == Statement.State.DRAFT else None,
    )
