"""The collected records as files of the pack, by section."""

from pathlib import Path

import msgspec

from reports.render.tables import write_json, write_owned, write_records
from reports.rules.content import Content
from reports.rules.decided import BallotRecord, DecisionRecord, ExceptionRecord, SignatureRecord
from reports.rules.exceptions import KINDS, exceptions_of
from reports.rules.files import slug
from reports.rules.gaps import Gap, gaps_of
from reports.rules.matters import ActionRecord, IncidentRecord, TransitionRecord, WatchRecord
from reports.rules.readings import BatchRecord, EventDay, SeriesRecord, ThresholdRecord
from reports.rules.things import (
    AbsenceRecord,
    DeploymentRecord,
    LifecycleRecord,
    RoleRecord,
    VersionRecord,
)


def write_system(data: Path, content: Content) -> None:
    """Write the system's record, its versions, deployments, life, people and rules."""
    things = content.things
    write_json(data / "system/system.json", things.system)
    write_json(data / "system/versions.json", things.versions)
    write_records(data / "system/deployments.csv", DeploymentRecord, things.deployments)
    write_records(data / "system/lifecycle.csv", LifecycleRecord, things.lifecycle)
    write_records(data / "people/roles.csv", RoleRecord, things.roles)
    write_records(data / "people/absences.csv", AbsenceRecord, things.absences)
    for policy in things.policies:
        write_json(data / f"policies/{slug(policy.unit, str(policy.number))}.json", policy)


def write_kpis(data: Path, content: Content) -> None:
    """Write the list of series and the bands; single readings are written as they are read."""
    write_records(data / "kpi/series.csv", SeriesRecord, content.readings.series)
    write_records(data / "kpi/thresholds.csv", ThresholdRecord, content.readings.thresholds)
    write_json(data / "kpi/thresholds.json", content.readings.thresholds)


def write_matters(data: Path, content: Content) -> None:
    """Write each incident and each decision with everything that belongs to it."""
    for incident in content.matters.incidents:
        write_json(data / f"incidents/{slug(incident.number)}.json", incident)
    for decision in content.matters.decisions:
        write_json(data / f"decisions/{slug(decision.number)}.json", decision)
    write_records(data / "signatures/signatures.csv", SignatureRecord, content.matters.signatures)
    write_json(data / "signatures/signatures.json", content.matters.signatures)


def write_populations(data: Path, content: Content) -> None:
    """Write complete lists to draw samples from."""
    matters, readings = content.matters, content.readings
    folder = data / "populations"
    lists: tuple[tuple[str, type[msgspec.Struct], list[msgspec.Struct]], ...] = (
        ("incidents", IncidentRecord, [*matters.incidents]),
        ("watches", WatchRecord, [*matters.watches]),
        ("decisions", DecisionRecord, [*matters.decisions]),
        ("versions", VersionRecord, [*content.things.versions]),
        ("batches", BatchRecord, [*readings.batches]),
        ("decision-events-by-day", EventDay, [*readings.event_days]),
    )
    for name, kind, rows in lists:
        write_records(folder / f"{name}.csv", kind, rows)
    write_parts(folder, content)


def write_parts(folder: Path, content: Content) -> None:
    """Write the lists whose rows hang on an incident or a decision, each with its number."""
    matters = content.matters
    write_owned(
        folder / "transitions.csv",
        "incident",
        TransitionRecord,
        [(item.number, [*item.transitions]) for item in matters.incidents],
    )
    write_owned(
        folder / "actions.csv",
        "incident",
        ActionRecord,
        [(item.number, [*item.actions]) for item in matters.incidents],
    )
    write_owned(
        folder / "ballots.csv",
        "motion",
        BallotRecord,
        [(item.number, [*item.ballots]) for item in matters.decisions],
    )


def write_exceptions(data: Path, content: Content) -> None:
    """Write all exceptions, one list of each kind even where it is empty, and the gaps."""
    found = exceptions_of(content)
    write_records(data / "exceptions/all.csv", ExceptionRecord, found)
    for kind in KINDS:
        rows = [item for item in found if item.kind == kind]
        write_records(data / f"exceptions/{slug(kind)}.csv", ExceptionRecord, rows)
    write_records(data / "exceptions/gaps.csv", Gap, gaps_of(content))
