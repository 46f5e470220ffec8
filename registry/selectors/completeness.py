"""What is not written down yet about a system; requirements REG-1, REG-5, REG-6, REG-11."""

from collections.abc import Callable
from datetime import datetime

from ledger.rules.worded import term, word, worded
from registry.gates import Gap
from registry.models import DataSource, System
from registry.rules.statements import AGENTS, CONTROL_FIELDS, missing_controls
from registry.selectors.profile import (
    controls_in_force,
    knowledge_of,
    policy_in_force,
    reviewers_of,
    said,
    scope_in_force,
    sources_of,
)


def missing_for(system: System, at: datetime) -> list[Gap]:
    """Return what is missing, in words, each with the page where it is put right; empty for none.

    At most seven queries. What a person was named for and left counts as missing.
    """
    parts: list[Callable[[System, datetime], list[Gap]]] = [_named, _data, _controls]
    parts += [_scope] if system.kind in AGENTS else []
    parts += [_behaviour] if system.kind == System.Kind.ASSISTANT else []
    if system.kind == System.Kind.RECORD:
        return []
    return [gap for part in parts for gap in part(system, at)]


def controls_missing(system: System) -> list[Gap]:
    """Return what is missing of the operating controls alone (REG-5), for the gates."""
    return _controls(system, system.registered_at)


def _named(system: System, at: datetime) -> list[Gap]:
    page = _page(system, "edit/")
    gaps = []
    if not system.purpose.strip():
        gaps.append(Gap("The purpose is not written down.", page))
    if not system.users_affected.strip():
        gaps.append(Gap("Nobody has said who is affected.", page))
    if not system.owner.is_active:
        gaps.append(Gap("The owner has left.", page))
    if not system.deputy.is_active:
        gaps.append(Gap("The deputy has left.", page))
    reviewers = reviewers_of(system_id=system.pk)
    if not any(one.is_active for one in reviewers):
        gaps.append(Gap("Nobody is named who reviews it.", page))
    return gaps


def _data(system: System, at: datetime) -> list[Gap]:
    rows = list(sources_of(system_id=system.pk))
    if not rows and not system.data_sources.strip():
        return [Gap("No data source is written down.", _page(system, "data/"))]
    return [
        Gap(
            worded("{name}: nobody has said {words}.", name=row.name, words=term(words)),
            _page(system, f"data/{row.pk}/"),
        )
        for row in rows
        for words in _source_gaps(row)
    ]


def _source_gaps(row: DataSource) -> list[str]:
    gaps = []
    if row.personal_data == DataSource.Personal.UNKNOWN:
        gaps.append(word("whether it holds personal data"))
    if row.personal_data == DataSource.Personal.YES and not row.legal_basis.strip():
        gaps.append(word("on which legal basis personal data are used"))
    if (row.owner is None or not row.owner.is_active) and not row.holder.strip():
        gaps.append(word("who answers for it"))
    return gaps


def _controls(system: System, at: datetime) -> list[Gap]:
    page = _page(system, "controls/")
    row = controls_in_force(system.pk)
    if row is None:
        return [Gap("No operating controls are in force.", page)]
    values = {name.removesuffix("_id"): value for name, value in said(row).items()}
    for name, person in (("reviewer", row.reviewer), ("on_call", row.on_call)):
        values[name] = person if person is not None and person.is_active else None
    return [
        Gap(
            worded(
                "The operating controls do not say {control_fields}.",
                control_fields=term(CONTROL_FIELDS[name]),
            ),
            page,
        )
        for name in missing_controls(values)
    ]


def _scope(system: System, at: datetime) -> list[Gap]:
    page = _page(system, "scope/")
    row = scope_in_force(system.pk)
    if row is None:
        return [Gap("No declared scope is in force: tools, data, spending, approvals.", page)]
    gaps = [] if row.tools else [Gap("The declared scope names no tool.", page)]
    return gaps if row.data else [*gaps, Gap("The declared scope names no data.", page)]


def _behaviour(system: System, at: datetime) -> list[Gap]:
    page = _page(system, "behaviour/")
    row = policy_in_force(system.pk)
    if row is None:
        gaps = [Gap("No behaviour policy is in force.", page)]
    else:
        said_so = {
            word("tone"): row.tone.strip(),
            word("what it must not do"): row.must_not,
            word("who owns it"): row.owner is not None and row.owner.is_active,
            word("which evaluation run tried it"): row.tested_run.strip(),
        }
        gaps = [
            Gap(worded("The behaviour policy does not say {words}.", words=term(words)), page)
            for words, value in said_so.items()
            if not value
        ]
    return gaps + _knowledge(system, at)


def _knowledge(system: System, at: datetime) -> list[Gap]:
    page = _page(system, "knowledge/")
    rows = list(knowledge_of(system_id=system.pk))
    if not rows:
        return [Gap("Nobody answers for what it knows.", page)]
    late = [row for row in rows if row.review_on < at.date()]
    left = [row for row in rows if not row.person.is_active]
    return [
        *(
            Gap(
                worded("The review of the knowledge of {domain} is overdue.", domain=row.domain),
                page,
            )
            for row in late
        ),
        *(
            Gap(worded("Who answered for {domain} has left.", domain=row.domain), page)
            for row in left
        ),
    ]


def _page(system: System, rest: str) -> str:
    return f"/systems/{system.slug}/profile/{rest}"
