"""How things were lived with, as files of the pack: acceptances, reports, programmes, meetings …"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from reports.render.lists import Lists
from reports.render.tables import write_json, write_records
from reports.rules import places
from reports.rules.conduct import (
    AcceptanceRecord,
    ConditionRecord,
    Conduct,
    ContainmentRecord,
    DraftRecord,
    DrillRecord,
    DutyRecord,
    InterimRecord,
    MuteRecord,
    OrderRecord,
    ProgrammeRecord,
    ProposalRecord,
    RecordedVoteRecord,
    SetupRecord,
    SubmissionRecord,
)
from reports.rules.content import Content
from reports.rules.shared import GlassRecord, MeetingRecord, RequestRecord

# folder, list, record, the part of Conduct
LISTS: tuple[tuple[str, str, type[msgspec.Struct], str], ...] = (
    ("acceptances", "acceptances", AcceptanceRecord, "acceptances"),
    ("acceptances", "proposals", ProposalRecord, "proposals"),
    ("clocks", "duties", DutyRecord, "duties"),
    ("clocks", "drafts", DraftRecord, "drafts"),
    ("clocks", "submissions", SubmissionRecord, "submissions"),
    ("programmes", "programmes", ProgrammeRecord, "programmes"),
    ("containments", "containments", ContainmentRecord, "containments"),
    ("containments", "interim-measures", InterimRecord, "interims"),
    ("orders", "orders", OrderRecord, "orders"),
    ("drills", "drills", DrillRecord, "drills"),
    ("conditions", "conditions", ConditionRecord, "conditions"),
    ("silences", "silences", MuteRecord, "mutes"),
    ("meetings", "recorded-votes", RecordedVoteRecord, "votes"),
    ("people", "approved-alone", SetupRecord, "setups"),
)


def write_conduct(data: Path, content: Content) -> None:
    """Write a list of each kind, and what is more than a line as a file of its own."""
    with ExitStack() as stack:
        folders = {
            folder: stack.enter_context(Lists(data / folder))
            for folder in dict.fromkeys(row[0] for row in LISTS)
        }
        for folder, name, kind, _ in LISTS:
            folders[folder].begin(name, kind, "system")
        for item in content.systems:
            for folder, name, _, part in LISTS:
                folders[folder].put(name, getattr(item.conduct, part), item.scope.slug)
            _write_files(data, item.conduct)


def _write_files(data: Path, conduct: Conduct) -> None:
    for path, record in _files(conduct):
        write_json(data / path, record)


def _files(conduct: Conduct) -> Iterator[tuple[str, msgspec.Struct]]:
    """Yield what is more than a line, with its path."""
    named = places.of_numbered
    yield from ((named("acceptances", row.number), row) for row in conduct.acceptances)
    yield from ((named("acceptances", f"proposal {row.number}"), row) for row in conduct.proposals)
    for row in conduct.drafts:
        yield places.of_draft(row.incident, row.regime, row.version), row
    for plan in conduct.programmes:
        name = f"{plan.incident} action {plan.action} {plan.id[:8]}"
        yield named("programmes", name), plan
    yield from ((named("orders", row.number), row) for row in conduct.orders)
    yield from ((named("drills", row.incident), row) for row in conduct.drills)


def write_shared(data: Path, content: Content) -> None:
    """Write the meetings with their minutes, the requests of authorities, the broken glass."""
    shared = content.shared
    write_records(data / "meetings/meetings.csv", MeetingRecord, shared.meetings)
    for meeting in shared.meetings:
        write_json(data / places.of_numbered("meetings", meeting.number), meeting)
    write_records(data / "requests/requests.csv", RequestRecord, shared.requests)
    for request in shared.requests:
        write_json(data / places.of_numbered("requests", request.number), request)
    write_records(data / "people/break-glass.csv", GlassRecord, shared.glasses)
