"""The collected records as files of the pack, by section."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from reports.render.lists import Lists
from reports.render.tables import write_json, write_owned, write_records
from reports.rules import places
from reports.rules.content import Content
from reports.rules.decided import ExceptionRecord, SignatureRecord
from reports.rules.exceptions import KINDS, exceptions_of
from reports.rules.files import slug
from reports.rules.frameworks import RowRecord
from reports.rules.gaps import Gap, gaps_of
from reports.rules.matters import ParticipationRecord
from reports.rules.readings import SeriesRecord, ThresholdRecord
from reports.rules.things import (
    AbsenceRecord,
    DeploymentRecord,
    LifecycleRecord,
    RoleRecord,
)


class TrainingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a training or competence record, of a system or of the organisation ('')."""

    title: str
    version: int | None
    state: str
    owner: str
    reviewed_by: str
    reviewed_at: datetime | None
    valid_from: str
    expires_on: str
    withdrawn: bool
    sha256: str


def write_systems(data: Path, content: Content) -> None:
    """Write each system's record, its versions, deployments and life."""
    for item in content.systems:
        things, name = item.things, item.scope.slug
        write_json(data / places.of_system(name, "system.json"), things.system)
        write_json(data / places.of_system(name, "versions.json"), things.versions)
        deployments = data / places.of_system(name, "deployments.csv")
        write_records(deployments, DeploymentRecord, things.deployments)
        lifecycle = data / places.of_system(name, "lifecycle.csv")
        write_records(lifecycle, LifecycleRecord, things.lifecycle)


def write_people(data: Path, content: Content) -> None:
    """Write who held which role, who was away, who did what part, and the rules in force.

    What several systems have in common (a unit's roles, leaves, rules) stands there once.
    """
    training = [("", row) for row in training_of(content.frameworks.rows)]
    roles: dict[RoleRecord, None] = {}
    absences: dict[AbsenceRecord, None] = {}
    with Lists(data / "people") as lists:
        lists.begin("participation", ParticipationRecord, "system", "incident")
        for item in content.systems:
            if not item.scope.only.incidents:
                training += [(item.scope.slug, row) for row in training_of(item.registered.rows)]
            roles |= dict.fromkeys(item.things.roles)
            absences |= dict.fromkeys(item.things.absences)
            for incident in item.matters.incidents:
                found = incident.participations
                lists.put("participation", found, item.scope.slug, incident.number)
            for policy in item.things.policies:
                write_json(data / places.of_policy(policy.unit, policy.number), policy)
    write_owned(data / "people/training.csv", "system", TrainingLine, _by_owner(training))
    write_records(data / "people/roles.csv", RoleRecord, roles)
    write_records(data / "people/absences.csv", AbsenceRecord, absences)


def training_of(rows: Iterable[RowRecord]) -> list[TrainingLine]:
    """Return the training and competence records among documents; none whose terms are withheld."""
    documents = (row for row in rows if row.of == "documents")
    held = ((row, row.terms.get("document", {})) for row in documents)
    return [
        _training(row, document) for row, document in held if document.get("kind") == "training"
    ]


def _training(row: RowRecord, document: Mapping[str, Any]) -> TrainingLine:
    terms = row.terms
    return TrainingLine(
        title=str(document.get("title", "")),
        version=terms.get("number"),
        state=row.state,
        owner=str(document.get("owner", "")),
        reviewed_by=str(terms.get("reviewed_by") or ""),
        reviewed_at=row.at,
        valid_from=str(terms.get("valid_from") or ""),
        expires_on=str(terms.get("expires_on") or ""),
        withdrawn=document.get("withdrawn_at") is not None,
        sha256=str(terms.get("sha256", "")),
    )


def _by_owner(
    rows: Iterable[tuple[str, TrainingLine]],
) -> Iterator[tuple[str, list[TrainingLine]]]:
    for system, row in rows:
        yield system, [row]


def write_kpis(data: Path, content: Content) -> None:
    """Write the list of series and the bands; single readings are written as they are read."""
    with Lists(data / "kpi") as lists:
        lists.begin("series", SeriesRecord, "system")
        lists.begin("thresholds", ThresholdRecord, "system")
        for item in content.systems:
            name, readings = item.scope.slug, item.readings
            lists.put("series", readings.series, name)
            lists.put("thresholds", readings.thresholds, name)
            write_json(data / f"kpi/{name}/thresholds.json", readings.thresholds)


def write_matters(data: Path, content: Content) -> None:
    """Write each incident and each decision with everything that belongs to it."""
    with Lists(data / "signatures") as lists:
        lists.begin("signatures", SignatureRecord, "system")
        for item in content.systems:
            for incident in item.matters.incidents:
                write_json(data / places.of_incident(incident.number), incident)
            for decision in item.matters.decisions:
                write_json(data / places.of_decision(decision.number), decision)
            lists.put("signatures", item.matters.signatures, item.scope.slug)
            signed = data / f"signatures/{item.scope.slug}.json"
            write_json(signed, item.matters.signatures)


def write_exceptions(data: Path, content: Content) -> None:
    """Write all exceptions, one list of each kind even where it is empty, and the gaps."""
    found = exceptions_of(content)
    write_records(data / "exceptions/all.csv", ExceptionRecord, found)
    for kind in KINDS:
        rows = [item for item in found if item.kind == kind]
        write_records(data / f"exceptions/{slug(kind)}.csv", ExceptionRecord, rows)
    write_records(data / "exceptions/gaps.csv", Gap, gaps_of(content))
