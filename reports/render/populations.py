"""Complete lists to draw samples from, and the sample that the checkpoint's root drew."""

import csv
from collections.abc import Iterator
from pathlib import Path

from reports.render.lists import Lists
from reports.render.tables import write_records
from reports.rules.conduct import (
    AcceptanceRecord,
    ConditionRecord,
    ContainmentRecord,
    DrillRecord,
    DutyRecord,
    ProgrammeRecord,
    SubmissionRecord,
)
from reports.rules.content import Content, SystemContent
from reports.rules.decided import BallotRecord, DecisionRecord
from reports.rules.matters import ActionRecord, IncidentRecord, TransitionRecord, WatchRecord
from reports.rules.readings import BatchRecord, EventDay
from reports.rules.sampling import SAMPLED, Draw, draw, key_of
from reports.rules.things import VersionRecord


def write_populations(data: Path, content: Content) -> None:
    """Write the lists, system by system."""
    with Lists(data / "populations") as lists:
        for name, kind, *owners in (
            ("incidents", IncidentRecord, "system"),
            ("watches", WatchRecord, "system"),
            ("decisions", DecisionRecord, "system"),
            ("versions", VersionRecord, "system"),
            ("batches", BatchRecord, "system"),
            ("decision-events-by-day", EventDay, "system"),
            ("transitions", TransitionRecord, "system", "incident"),
            ("actions", ActionRecord, "system", "incident"),
            ("ballots", BallotRecord, "system", "motion"),
            ("acceptances", AcceptanceRecord, "system"),
            ("duties", DutyRecord, "system"),
            ("submissions", SubmissionRecord, "system"),
            ("programmes", ProgrammeRecord, "system"),
            ("containments", ContainmentRecord, "system"),
            ("conditions", ConditionRecord, "system"),
            ("drills", DrillRecord, "system"),
        ):
            lists.begin(name, kind, *owners)
        for item in content.systems:
            _put(lists, item)


def _put(lists: Lists, item: SystemContent) -> None:
    system, matters, conduct = item.scope.slug, item.matters, item.conduct
    lists.put("incidents", matters.incidents, system)
    lists.put("watches", matters.watches, system)
    lists.put("decisions", matters.decisions, system)
    lists.put("versions", item.things.versions, system)
    lists.put("batches", item.readings.batches, system)
    lists.put("decision-events-by-day", item.readings.event_days, system)
    for incident in matters.incidents:
        lists.put("transitions", incident.transitions, system, incident.number)
        lists.put("actions", incident.actions, system, incident.number)
    for decision in matters.decisions:
        lists.put("ballots", decision.ballots, system, decision.number)
    lists.put("acceptances", conduct.acceptances, system)
    lists.put("duties", conduct.duties, system)
    lists.put("submissions", conduct.submissions, system)
    lists.put("programmes", conduct.programmes, system)
    lists.put("containments", conduct.containments, system)
    lists.put("conditions", conduct.conditions, system)
    lists.put("drills", conduct.drills, system)


def write_sample(data: Path, content: Content) -> None:
    """Draw from each list by the checkpoint's root, as reports/rules/sampling.py says."""
    folder = data / "populations"
    found = [
        item
        for name, columns in SAMPLED.items()
        for item in draw(content.seal.root, name, _keys(folder / f"{name}.csv", columns))
    ]
    write_records(folder / "sample.csv", Draw, found)


def _keys(path: Path, columns: tuple[str, ...]) -> Iterator[str]:
    """Yield the keys of a list's rows, cells as they stand in the file."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            yield key_of([row[column] for column in columns])
