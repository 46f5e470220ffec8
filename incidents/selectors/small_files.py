"""What decides on closing small cases, of many of them at once: their files and their casts.

A file holds what `close_small` looks at, and nothing else: who may, the findings, the four answers,
what runs, what stands still, what goes with the case.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from incidents.models import (
    Action,
    Containment,
    Findings,
    Incident,
    Questions,
    RegulatoryClock,
)
from incidents.selectors.cast import Cast
from incidents.selectors.casts import PERSON, casts_asked, casts_told
from incidents.selectors.files import File
from incidents.selectors.instances import (
    Columns,
    asked_columns,
    instances_of,
    most_columns,
)
from ledger.selectors.at_once import Question, Rows, at_once
from registry.models import ClockRule

# Each kind with its order, and its columns with those of what is read with it.
KINDS: Mapping[str, tuple[type[Model], Sequence[str], Columns]] = {
    "questions": (Questions, ("cycle", "answered_at"), {"": most_columns(Questions)}),
    "findings": (
        Findings,
        ("cycle", "revision"),
        {"": most_columns(Findings), "submitted_by": PERSON},
    ),
    "actions": (Action, ("ordered_at", "position"), {"": most_columns(Action)}),
    "clocks": (
        RegulatoryClock,
        ("due_at",),
        {"": most_columns(RegulatoryClock), "rule": most_columns(ClockRule)},
    ),
    "containments": (Containment, ("at",), {"": most_columns(Containment)}),
}
CHILD = {"": most_columns(Incident, "plan", "summary")}


def read_small_files(*, incidents: Sequence[Incident], at: datetime) -> dict[UUID, Cast]:
    """Read the files of small cases into them and return their casts: one query for all."""
    if not incidents:
        return {}
    answers = at_once({**casts_asked(incidents, at), **_asked([one.pk for one in incidents])})
    parts = _parts(answers)
    for one in incidents:
        one.file = File(**parts.get(one.pk, {}), has=frozenset())
    return casts_told(incidents, answers, at)


def _asked(ids: Sequence[UUID]) -> dict[str, Question]:
    questions: dict[str, Question] = {}
    for name, (model, order, columns) in KINDS.items():
        rows: QuerySet[Any] = model._default_manager.filter(incident_id__in=ids)
        questions[name] = asked_columns(rows.order_by(*order), columns)
    children = Incident.objects.filter(parent_id__in=ids).order_by("number")
    return questions | {"children": asked_columns(children, CHILD)}


def _parts(answers: Mapping[str, Rows]) -> Mapping[UUID, dict[str, list[Any]]]:
    """What stands in each file, by its incident and its kind."""
    found: defaultdict[UUID, dict[str, list[Any]]] = defaultdict(dict)
    for name, (model, _order, columns) in KINDS.items():
        rows: list[Any] = instances_of(model, columns, answers[name])
        for row in rows:
            found[row.incident_id].setdefault(name, []).append(row)
    for child in instances_of(Incident, CHILD, answers["children"]):
        found[child.parent_id].setdefault("children", []).append(child)
    return found
