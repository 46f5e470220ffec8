"""The file of an incident, read once for whoever asks it often: a page of one, a list of many.

Selectors of one incident look into the file where one was read, and ask the database where none
was: commands never read one, so that what they check is what stands under their lock.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from incidents.models import (
    Action,
    ActionReceipt,
    ClockPause,
    Containment,
    Evidence,
    EvidenceHold,
    Findings,
    FirstAssessment,
    Incident,
    InterimMeasure,
    Questions,
    RegulatoryClock,
    Transition,
    Validation,
    VerificationWindow,
)

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class File:
    """What stands in the file of one incident, of every cycle, in the order of its making.

    `children` go with it. `has` names what else there is of what the reader asked for beside.
    """

    transitions: Sequence[Transition] = ()
    questions: Sequence[Questions] = ()
    assessments: Sequence[FirstAssessment] = ()
    findings: Sequence[Findings] = ()
    evidence: Sequence[Evidence] = ()
    validations: Sequence[Validation] = ()
    actions: Sequence[Action] = ()
    windows: Sequence[VerificationWindow] = ()
    clocks: Sequence[RegulatoryClock] = ()
    pauses: Sequence[ClockPause] = ()
    containments: Sequence[Containment] = ()
    measures: Sequence[InterimMeasure] = ()
    holds: Sequence[EvidenceHold] = ()
    children: Sequence[Incident] = ()
    has: frozenset[str] = field(default_factory=frozenset)


def file_of(incident: Incident) -> File | None:
    """Return the file that was read for this very object, None where none was."""
    found = incident.file
    return found if isinstance(found, File) else None


def read_files(incidents: Sequence[Incident], *, beside: Mapping[str, Rows] | None = None) -> None:
    """Read the files of some incidents: one query for what there is, one for each kind of it.

    `beside` maps names to rows of higher floors, tied to an incident by OuterRef('pk'): which of
    them there are is asked with the rest.
    """
    if not incidents:
        return
    there = _there([one.pk for one in incidents], {**_ASKED, **(beside or {})})
    kinds = {name for names in there.values() for name in names}
    read = {
        name: _by_incident(rows, there, column)
        for name, (rows, column) in _kinds().items()
        if name in kinds or name == "transitions"
    }
    for one in incidents:
        parts = {name: found.get(one.pk, []) for name, found in read.items()}
        for row in parts.get("validations", ()):
            row.incident = one
        others = there.get(one.pk, frozenset()) & frozenset(beside or ())
        one.file = File(**parts, has=others)


def _there(ids: Collection[UUID], asked: Mapping[str, Rows]) -> dict[UUID, frozenset[str]]:
    rows = Incident.objects.filter(pk__in=ids).values_list(
        "pk", *(Exists(one) for one in asked.values())
    )
    return {
        key: frozenset(name for name, is_there in zip(asked, found, strict=True) if is_there)
        for key, *found in rows
    }


def _by_incident(rows: Rows, ids: Collection[UUID], column: str) -> dict[UUID, list[Any]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows.filter(**{f"{column}__in": list(ids)}):
        found[getattr(row, column)].append(row)
    return found


def _kinds() -> dict[str, tuple[Rows, str]]:
    """The rows of each kind with what reading them needs, and the column of their incident."""
    receipts = ActionReceipt.objects.select_related("person").order_by("pk")
    actions = Action.objects.select_related("executor", "target_version", "confirmed_by")
    rows: dict[str, Rows] = {
        "transitions": Transition.objects.select_related("person").order_by("version"),
        "questions": Questions.objects.select_related("answered_by").order_by(
            "cycle", "answered_at"
        ),
        "assessments": FirstAssessment.objects.select_related("written_by").order_by("written_at"),
        "findings": Findings.objects.select_related("submitted_by", "signature").order_by(
            "cycle", "revision"
        ),
        "evidence": Evidence.objects.select_related("added_by").order_by("added_at", "pk"),
        "validations": Validation.objects.select_related("validator", "signature").order_by(
            "validated_at"
        ),
        "actions": actions.prefetch_related(Prefetch("receipts", queryset=receipts)).order_by(
            "ordered_at", "position"
        ),
        "windows": VerificationWindow.objects.select_related("action").order_by("starts_at", "pk"),
        "clocks": RegulatoryClock.objects.select_related("rule", "submission").order_by("due_at"),
        "pauses": ClockPause.objects.select_related("asked_by", "approved_by").order_by("from_at"),
        "containments": Containment.objects.select_related("person").order_by("at"),
        "measures": InterimMeasure.objects.select_related("taken_by").order_by("at"),
        "holds": EvidenceHold.objects.select_related("set_by", "released_by").order_by("set_at"),
    }
    found = {name: (one, "incident_id") for name, one in rows.items()}
    return found | {"children": (Incident.objects.defer("plan").order_by("number"), "parent_id")}


_ASKED: Mapping[str, Rows] = {
    name: model.objects.filter(incident_id=OuterRef("pk"))
    for name, model in (
        ("questions", Questions),
        ("assessments", FirstAssessment),
        ("findings", Findings),
        ("evidence", Evidence),
        ("validations", Validation),
        ("actions", Action),
        ("windows", VerificationWindow),
        ("clocks", RegulatoryClock),
        ("pauses", ClockPause),
        ("containments", Containment),
        ("measures", InterimMeasure),
        ("holds", EvidenceHold),
    )
} | {"children": Incident.objects.filter(parent_id=OuterRef("pk"))}
