"""What the register holds beyond a system's record: the rows that evidence of controls rests on.

Whole rows as they stood, list by list; what is only a draft is left out, and how people are reached
is nobody's evidence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import ForeignKey, Model
from msgspec import to_builtins

from governance.models import Seat
from registry.models import (
    BehaviourPolicy,
    Classification,
    DataSource,
    DeclaredScope,
    Dependency,
    DocumentVersion,
    EvaluationPlan,
    EvaluationRun,
    FailureScenario,
    FallbackCheck,
    ImpactAssessment,
    KnowledgeOwner,
    OperatingControls,
    ProductUse,
    RetentionRule,
    SupplierNotice,
    System,
    SystemReviewer,
    User,
)
from registry.rules.exchange.bom import SystemFacts
from registry.selectors.bom import facts_for
from reports.collectors.instant import at_its_instant
from reports.models import ControlUpload
from reports.rules.frameworks import RowRecord
from reports.rules.things import Scope
from telemetry.models import ScorecardLine

REACH = frozenset({"on_call_reach", "contact"})
DRAFT = "draft"


@dataclass(frozen=True)
class Kept:
    """A list: its rows, by what they are found and ordered, what is told of other rows beside it.

    `label` is the field that names a row, `at` the one that dates it; `beside` are paths to rows
    that belong to it.
    """

    of: str
    model: type[Model]
    label: str
    at: str
    order: tuple[str, ...]
    system: str = "system_id"
    beside: tuple[str, ...] = ()


OF_A_SYSTEM = (
    Kept("classifications", Classification, "legal_class", "confirmed_at", ("number",)),
    Kept("assessments", ImpactAssessment, "kind", "reviewed_at", ("number", "kind")),
    Kept("operating-controls", OperatingControls, "version", "approved_at", ("version",)),
    Kept("declared-scopes", DeclaredScope, "version", "approved_at", ("version",)),
    Kept("behaviour-policies", BehaviourPolicy, "version", "approved_at", ("version",)),
    Kept("reviewers", SystemReviewer, "", "from_at", ("from_at",)),
    Kept("knowledge-owners", KnowledgeOwner, "domain", "from_at", ("from_at",)),
    Kept("data-sources", DataSource, "name", "from_at", ("from_at", "name")),
    Kept("dependencies", Dependency, "kind", "from_at", ("from_at",), beside=("on_system",)),
    Kept(
        "products",
        ProductUse,
        "product",
        "recorded_at",
        ("recorded_at",),
        beside=("product", "product__supplier"),
    ),
    Kept(
        "documents",
        DocumentVersion,
        "name",
        "reviewed_at",
        ("uploaded_at", "number"),
        system="document__system_id",
        beside=("document",),
    ),
    Kept("evaluation-plans", EvaluationPlan, "number", "approved_at", ("number",)),
    Kept("evaluation-runs", EvaluationRun, "outcome", "ended_at", ("recorded_at",)),
    Kept(
        "failure-scenarios",
        FailureScenario,
        "what",
        "drilled_on",
        ("plan__number", "place"),
        system="plan__system_id",
    ),
    Kept("fallback-checks", FallbackCheck, "result", "tested_at", ("recorded_at",)),
    Kept("objectives", ScorecardLine, "kpi_id", "from_at", ("from_at", "position")),
)
# The system is named where its own row stands beside another's; here it would be a stranger's.
NAMED_ONLY = frozenset({"on_system"})
OF_ALL = (
    Kept(
        "documents",
        DocumentVersion,
        "name",
        "reviewed_at",
        ("uploaded_at", "number"),
        system="document__system_id",
        beside=("document",),
    ),
    Kept(
        "supplier-notices",
        SupplierNotice,
        "title",
        "received_at",
        ("received_at",),
        beside=("supplier",),
    ),
    Kept("uploads", ControlUpload, "title", "reviewed_at", ("uploaded_at",)),
    Kept("retention", RetentionRule, "name", "", ("place",)),
    Kept(
        "committees",
        Seat,
        "function",
        "from_at",
        ("committee__name", "number", "from_at"),
        beside=("committee",),
    ),
)
SHARED_LISTS = tuple(kept.of for kept in OF_ALL)
OWN_LISTS = tuple(kept.of for kept in OF_A_SYSTEM)


@at_its_instant
def collect_registered(scope: Scope) -> list[RowRecord]:
    """Return the rows of the one system in scope, list by list."""
    return [row for kept in OF_A_SYSTEM for row in _rows(kept, {kept.system: scope.system_id})]


@at_its_instant
def collect_organisation(scope: Scope) -> list[RowRecord]:
    """Return the rows that are of no one system: documents, notices, retention, committees."""
    found: list[RowRecord] = []
    for kept in OF_ALL:
        none = {f"{kept.system}__isnull": True} if kept.model is DocumentVersion else {}
        found += _rows(kept, none)
    return found


@at_its_instant
def collect_bill(scope: Scope) -> list[SystemFacts]:
    """Return the facts of the system's bill of materials; none for a system that is a record."""
    return facts_for(System.objects.filter(pk=scope.system_id), every_version=True)


def _rows(kept: Kept, where: dict[str, Any]) -> Iterator[RowRecord]:
    joined = [*_people_of(kept.model, ""), *kept.beside]
    for path in kept.beside:
        if path not in NAMED_ONLY:
            joined += _people_of(_model_at(kept.model, path), f"{path}__")
    rows = kept.model._default_manager.filter(**where).select_related(*joined)
    for row in rows.order_by(*kept.order, "pk"):
        terms = _terms(row, kept.beside)
        if terms.get("state") != DRAFT:
            yield RowRecord(
                of=kept.of,
                id=str(row.pk),
                label=str(getattr(row, kept.label)) if kept.label else "",
                state=str(terms.get("state", "")),
                at=_at(row, kept.at),
                terms=terms,
            )


def _at(row: Any, name: str) -> Any:
    """Return an instant of a row; a day alone stands in its terms."""
    found = getattr(row, name) if name else None
    return found if hasattr(found, "tzinfo") else None


def _people(model: type[Model]) -> list[Any]:
    return [
        one
        for one in model._meta.concrete_fields
        if isinstance(one, ForeignKey) and one.related_model is User
    ]


def _people_of(model: type[Model], path: str) -> list[str]:
    return [f"{path}{one.name}" for one in _people(model)]


def _model_at(model: type[Model], path: str) -> type[Model]:
    for step in path.split("__"):
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]
    return model


def _terms(row: Any, beside: Sequence[str]) -> dict[str, Any]:
    """Return the columns of a row and of those beside it, people by their names."""
    found = _columns(row)
    for path in beside:
        here = row
        for step in path.split("__"):
            here = getattr(here, step)
        named = path.rpartition("__")[2]
        found[named] = str(here) if named in NAMED_ONLY else _columns(here)
    plain: dict[str, Any] = to_builtins(found)
    return plain


def _columns(row: Any) -> dict[str, Any]:
    people = {one.attname: one.name for one in _people(type(row))}
    found: dict[str, Any] = {}
    for one in row._meta.concrete_fields:
        if one.name in REACH:
            continue
        person = people.get(one.attname)
        if person is None:
            found[one.name] = getattr(row, one.attname)
        elif person in row._state.fields_cache:
            held = getattr(row, person)
            found[one.name] = held.name if held else ""
    return found
