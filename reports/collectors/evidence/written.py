"""Evidence that is written down for a system and agreed: controls, scopes, sources, suppliers."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from incidents.selectors.instances import asked_columns, instances_of
from ledger.rules.worded import joined, of_machine, word, worded
from ledger.selectors.at_once import Question, Rows, instant
from registry.models import (
    BehaviourPolicy,
    DataSource,
    DeclaredScope,
    Dependency,
    ImpactAssessment,
    KnowledgeOwner,
    OperatingControls,
    ProductUse,
    SupplierNotice,
    System,
    SystemReviewer,
)
from registry.selectors.law import seat_day
from reports.collectors.evidence.lines import Line, counted, line, read_lines, tally, together
from reports.rules.evidence import Found, Piece
from reports.selectors.control_ground import Footing, Ground

SOURCES = (
    "operating_controls", "declared_scope", "behaviour_policy", "overseers", "knowledge_owners",
    "resources", "data_sources", "suppliers", "supplier_notices", "impact_assessment", "fria",
)  # fmt: skip
AGENTS = ("agent", "multi_agent")
SPEAKING = ("assistant", *AGENTS)
FRIA = "AIA-27"
PAST_REVIEW = word("past their review")
GROUNDLESS = word("without owner or legal basis")
CONTROLS = {
    "": (
        "id", "system_id", "kill_switch", "rollback_procedure", "manual_fallback", "approved_at",
        "reviewer_id", "on_call_id",
    )
}  # fmt: skip
DATA = {
    "": ("id", "system_id", "from_at", "owner_id", "holder", "personal_data", "legal_basis"),
}
USE = {
    "": ("id", "system_id", "product_id"),
    "product": ("id", "supplier_id"),
    "product__supplier": ("id", "name", "review_on", "reviewed_at"),
}
ASSESSED = {
    "": (
        "id", "system_id", "kind", "reviewed_at", "expires_at", "due_again_at",
        "due_again_because",
    )
}  # fmt: skip


def asked(ground: Footing) -> Mapping[str, Question]:
    """Return what to ask of what is written down of each system."""
    assessments = ImpactAssessment.objects.filter(
        system_id__in=ground.ids, state=ImpactAssessment.State.IN_FORCE
    )
    return {
        "controls": asked_columns(_in_force(OperatingControls, ground), CONTROLS),
        "sources": asked_columns(_standing(DataSource, ground), DATA),
        "uses": asked_columns(_uses(ground), USE),
        "lines": together(*_lines(ground)),
        "notices": _notices_asked(ground),
        "assessments": asked_columns(assessments.order_by("number"), ASSESSED),
    }


def told(ground: Ground, answers: Mapping[str, Rows]) -> Mapping[str, Found]:
    """Return what is written down of each system."""
    known = instances_of(OperatingControls, CONTROLS, answers["controls"])
    controls = {row.system_id: row for row in known}
    sources = _by_system(instances_of(DataSource, DATA, answers["sources"]))
    uses = _by_system(instances_of(ProductUse, USE, answers["uses"]))
    rows = read_lines(answers["lines"])
    needs = rows.get("dependencies", {})
    return {
        "operating_controls": ground.each(lambda one: _controls(controls.get(one.pk))),
        "declared_scope": _of_kinds(ground, rows, "declared_scope", AGENTS),
        "behaviour_policy": _of_kinds(ground, rows, "behaviour_policy", SPEAKING),
        "overseers": _overseers(ground, controls, rows.get("overseers", {})),
        "knowledge_owners": _of_kinds(ground, rows, "knowledge_owners", SPEAKING),
        "resources": ground.each(
            lambda one: _counted(
                [*sources.get(one.pk, ()), *uses.get(one.pk, ()), *needs.get(one.pk, ())]
            )
        ),
        "data_sources": ground.each(lambda one: _sources(sources.get(one.pk, ()))),
        "suppliers": _suppliers(ground, uses),
        "supplier_notices": _notices(answers["notices"]),
        **_assessments(ground, instances_of(ImpactAssessment, ASSESSED, answers["assessments"])),
    }


def _in_force(model: Any, ground: Footing) -> QuerySet[Any]:
    rows = model.objects.filter(system_id__in=ground.ids, state="in_force")
    found: QuerySet[Any] = rows.order_by("system_id", "-version")
    return found


def _standing(model: Any, ground: Footing) -> QuerySet[Any]:
    ends = Q(until_at__isnull=True) | Q(until_at__gt=ground.at)
    found: QuerySet[Any] = model.objects.filter(
        ends, system_id__in=ground.ids, from_at__lte=ground.at
    ).order_by("pk")
    return found


def _by_system(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.system_id, []).append(row)
    return found


def _controls(row: OperatingControls | None) -> Piece:
    if row is None:
        return Piece(lacks=worded("no operating controls in force"))
    empty = [
        words
        for words, value in (
            (worded("how it is stopped"), row.kill_switch),
            (worded("how to roll back"), row.rollback_procedure),
            (worded("what is done by hand meanwhile"), row.manual_fallback),
        )
        if not value.strip()
    ]
    lacks = worded("not said: {what}", what=joined(", ", empty)) if empty else ""
    return Piece(count=1, newest=row.approved_at, lacks=lacks)


def _lines(ground: Footing) -> list[QuerySet[Any]]:
    """Return what only counts by its number and age: statements, reviewers, owners of knowledge."""
    day = seat_day(ground.at)
    return [
        line("declared_scope", _in_force(DeclaredScope, ground), at="approved_at"),
        line("behaviour_policy", _in_force(BehaviourPolicy, ground), at="approved_at"),
        line("overseers", _standing(SystemReviewer, ground), at="from_at"),
        line(
            "knowledge_owners",
            _standing(KnowledgeOwner, ground),
            at="from_at",
            wanting=Q(review_on__lt=day),
        ),
        line("dependencies", _standing(Dependency, ground), at="from_at"),
    ]


def _of_kinds(
    ground: Ground,
    rows: Mapping[str, Mapping[UUID, list[Line]]],
    source: str,
    kinds: tuple[str, ...],
) -> Found:
    pieces = {key: tally(found, PAST_REVIEW) for key, found in rows.get(source, {}).items()}
    return ground.found(pieces, among=ground.of_kind(*kinds))


def _overseers(
    ground: Ground,
    controls: Mapping[UUID, OperatingControls],
    reviewers: Mapping[UUID, list[Line]],
) -> Found:
    def say(one: System) -> Piece:
        named, row = tally(reviewers.get(one.pk, ())), controls.get(one.pk)
        people = [row.reviewer_id, row.on_call_id] if row else []
        known = named.count + sum(1 for who in people if who)
        newest = named.newest or (row.approved_at if row else None)
        return Piece(count=known, newest=newest, lacks="" if known else worded("nobody named"))

    return ground.each(say)


def _counted(rows: Iterable[Any]) -> Piece:
    found = list(rows)
    begun = [getattr(row, "from_at", None) or getattr(row, "at", None) for row in found]
    return Piece(count=len(found), newest=max((one for one in begun if one), default=None))


def _sources(rows: Iterable[DataSource]) -> Piece:
    found = list(rows)
    unsure = sum(1 for row in found if _ground_missing(row))
    lacks = counted(unsure, len(found), GROUNDLESS) if unsure else ""
    newest = max((row.from_at for row in found), default=None)
    return Piece(count=len(found), newest=newest, lacks=lacks)


def _ground_missing(row: DataSource) -> bool:
    answered = bool(row.owner_id or row.holder)
    personal = row.personal_data != DataSource.Personal.NO
    return not answered or (personal and not row.legal_basis)


def _uses(ground: Footing) -> QuerySet[ProductUse]:
    day = seat_day(ground.at)
    rows: QuerySet[ProductUse] = ProductUse.objects.filter(
        Q(until__isnull=True) | Q(until__gt=day), system_id__in=ground.ids, since__lte=day
    )
    return rows.order_by("pk")


def _suppliers(ground: Ground, uses: Mapping[UUID, list[ProductUse]]) -> Found:
    day = seat_day(ground.at)
    concerned = [one for one in ground.systems.values() if one.supplier or uses.get(one.pk)]
    return ground.each(lambda one: _supplier(uses.get(one.pk, []), day), among=concerned)


def _supplier(rows: list[ProductUse], day: date) -> Piece:
    if not rows:
        return Piece(lacks=worded("a supplier is named, but no product is recorded"))
    of = {row.product.supplier_id: row.product.supplier for row in rows}
    # Never reviewed is as good as too late: an unknown is no good news.
    late = [one.name for one in of.values() if one.review_on is None or one.review_on < day]
    reviewed = [one.reviewed_at for one in of.values() if one.reviewed_at]
    lacks = worded("review due: {names}", names=", ".join(sorted(late)[:3])) if late else ""
    return Piece(count=len(rows), newest=max(reviewed, default=None), lacks=lacks)


def _notices_asked(ground: Footing) -> Question:
    rows = SupplierNotice.objects.filter(
        received_at__gte=ground.scope.since,
        received_at__lt=ground.scope.until,
        about__product__uses__system_id__in=ground.ids,
    )
    return rows.order_by().values_list("pk", "received_at").distinct()


def _notices(rows: Rows) -> Found:
    if not rows:
        return Found()
    newest = max(instant(at) for _, at in rows)
    return Found(organisation=Piece(count=len(rows), newest=newest))


def _changed(because: str) -> str:
    return of_machine(because) or worded("something has changed")


def _assessments(ground: Ground, rows: Iterable[ImpactAssessment]) -> dict[str, Found]:
    pieces: dict[str, dict[UUID, Piece]] = {"fria": {}, "system_impact": {}}
    for row in rows:
        lacks = (
            worded("due again: {why}", why=_changed(row.due_again_because))
            if row.due_again_at
            else ""
        )
        pieces[row.kind][row.system_id] = Piece(
            count=1, newest=row.reviewed_at, until=row.expires_at, lacks=lacks
        )
    owing = [ground.systems[key] for key in ground.owing.get(FRIA, {})]
    return {
        "impact_assessment": ground.found(pieces["system_impact"]),
        "fria": ground.found(pieces["fria"], among=owing),
    }
