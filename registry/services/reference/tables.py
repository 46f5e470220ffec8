"""How the lists of a reference file become rows: which fields, what is filled in, what is refused.

Pure but for the models that it names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models

from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from registry.models import (
    ClockRule,
    CrosswalkPair,
    Framework,
    KpiDuty,
    Milestone,
    Provision,
    Questionnaire,
    Source,
)
from registry.rules.conditions import BadCondition, expanded
from registry.rules.obligations import AT_LATEST, OWN, SEE

Row = dict[str, Any]
Document = Mapping[str, Any]
READINGS = (OWN, AT_LATEST, SEE)


@dataclass(frozen=True, slots=True)
class Part:
    """A list of a file: its key, the model of its rows, the fields that are compared and saved.

    `own` fields are those that every row gives; `filled` have a value where a row says nothing.
    """

    key: str
    model: type[models.Model]
    own: tuple[str, ...]
    filled: Mapping[str, Any]
    made: Callable[[Row, Document], Row] = lambda row, document: row
    # Whether rows say which file they come from and where they stand in it.
    placed: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns of a row beside its id."""
        place = ("place",) if self.placed else ()
        return (*self.own, *self.filled, *place)

    def row(self, given: Mapping[str, Any], place: int, document: Document) -> Row:
        """Return a row of the file in full. Raises Invalid for a field that is missing."""
        row = self.made({**given}, document)
        missing = [key for key in ("id", *self.own) if key not in row]
        if missing:
            words = worded(
                "The {key} row {get!r} has no {missing}.",
                key=self.key,
                get=row.get("id", "?"),
                missing=missing[0],
            )
            raise Invalid("bad_reference", words, fields={missing[0]: "missing"})
        full = {**_fresh(self.filled), **{key: row[key] for key in row if key in self._known}}
        return {"id": str(row["id"]), **full, **({"place": place} if self.placed else {})}

    @property
    def _known(self) -> set[str]:
        return {*self.own, *self.filled}


def _fresh(filled: Mapping[str, Any]) -> Row:
    return {key: type(value)(value) if value is not None else None for key, value in filled.items()}


def _milestone(row: Row, document: Document) -> Row:
    if row.get("status") not in Milestone.Status.values:
        raise _bad(row, f"has no status {row.get('status')!r}")
    if row.get("date") is not None and type(row["date"]) is not date:
        raise _bad(row, "has no date in date")
    return row | {"framework_id": document["frameworks"][0]["id"]}


def _provision(row: Row, document: Document) -> Row:
    """Fill in named conditions and schedules, so that a row stands alone."""
    names, schedules = document.get("conditions", {}), document.get("schedules", {})
    dates = row.get("dates", [])
    if isinstance(dates, str):
        if dates not in schedules:
            raise _bad(row, f"names a schedule {dates!r} that does not exist")
        dates = schedules[dates]
    try:
        row["condition"] = expanded(row.get("condition", {}), names)
        row["dates"] = [_date(one, names, document, row) for one in dates]
    except BadCondition as error:
        raise _bad(row, f"has a condition that nobody can read: {error}") from error
    return row | {"framework_id": document["frameworks"][0]["id"]}


def _date(entry: Mapping[str, Any], names: Any, document: Document, row: Row) -> Row:
    known = {one["id"] for one in document.get("milestones", ())}
    strange = [name for name in entry["milestones"] if name not in known]
    if strange or entry["reading"] not in READINGS:
        raise _bad(row, f"names a milestone or a reading that does not exist: {entry}")
    return {
        "milestones": list(entry["milestones"]),
        "when": expanded(entry.get("when", {}), names),
        "reading": entry["reading"],
    }


def _duty(row: Row, document: Document) -> Row:
    return row | {"id": f"{row['kpi']}:{row['provision']}", "provision_id": row["provision"]}


def _questionnaire(row: Row, document: Document) -> Row:
    version = str(row.get("version", document["version"]))
    rest = {key: row[key] for key in row if key not in ("id", "title", "version")}
    return {
        "id": f"{row['id']}@{version}",
        "slug": row["id"],
        "version": version,
        "title": row["title"],
        "document": rest,
        "checked": row.get("checked", "yes"),
    }


def _clock_rule(row: Row, document: Document) -> Row:
    if row.get("statutory_from") is not None and type(row["statutory_from"]) is not date:
        raise _bad(row, "has no date in statutory_from")
    return row


def _bad(row: Mapping[str, Any], words: str) -> Invalid:
    return Invalid(
        "bad_reference", worded("The row {get!r} {words}.", get=row.get("id", "?"), words=words)
    )


SOURCED: dict[str, Any] = {"sources": []}
PARTS = (
    Part("sources", Source, ("title", "kind"), {}),
    Part("frameworks", Framework, ("name", "edition", "kind", "checked"), SOURCED | {"about": ""}),
    Part(
        "milestones",
        Milestone,
        ("framework_id", "date", "status", "what", "checked"),
        SOURCED | {"provisions": [], "legal_basis": "", "note": "", "superseded_by": ""},
        _milestone,
    ),
    Part(
        "provisions",
        Provision,
        ("framework_id", "kind", "reference", "title", "checked"),
        SOURCED
        | {"parent": "", "who": [], "supporting": [], "condition": {}, "dates": [], "document": {}}
        | {"status": ""},
        _provision,
    ),
    Part(
        "pairs",
        CrosswalkPair,
        ("reference", "ai_act", "iso_42001", "nist_ai_rmf", "confidence", "why", "checked"),
        SOURCED,
    ),
    Part("duties", KpiDuty, ("kpi", "provision_id", "checked"), SOURCED | {"words": ""}, _duty),
    Part(
        "questionnaires",
        Questionnaire,
        ("slug", "version", "title", "document", "checked"),
        SOURCED,
        _questionnaire,
    ),
    Part(
        "rules",
        ClockRule,
        (
            "regime",
            "limb",
            "basis",
            "question",
            "hours",
            "status",
            "statutory_from",
            "applies_to",
            "source",
            "checked",
        ),
        SOURCED | {"period": "", "counts_from": "awareness", "terms": {}},
        _clock_rule,
        placed=False,
    ),
)
