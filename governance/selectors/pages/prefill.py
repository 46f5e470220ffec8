"""What a form holds before anybody types: what is known already."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from governance.selectors.pages.incident import Case
from incidents.rules.turns import ASKED
from telemetry.selectors.counts import events_between

AGAIN = (
    "cause",
    "narrative",
    "version_label",
    "affected",
    "affected_note",
    "affected_from",
    "affected_until",
    "harm",
    "proposed_severity",
    "proposed_action",
    "containment",
)


# What another page may say beforehand: which other incident is meant, and how.
NAMED = {"merge": ("into",), "link": ("other", "kind")}
NAME = re.compile(r"[A-Za-z0-9-]{1,20}")


def named_in(command: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return what an address says of a command's form; what is no number or kind is left out."""
    said = {name: given.get(name, "") for name in NAMED.get(command, ())}
    return {name: value for name, value in said.items() if NAME.fullmatch(value)}


def prefilled(case: Case, command: str) -> dict[str, Any]:
    """Return the first values of a command's form; legal answers are never chosen beforehand."""
    makers = {
        "first_assessment": _first_assessment,
        "submit_findings": _findings,
        "validate": _validation,
        "wait_for": _waiting,
        "reassign": _people,
    }
    if command in ASKED:
        return _asked(case, command)
    make = makers.get(command)
    return make(case) if make else {}


def _first_assessment(case: Case) -> dict[str, Any]:
    incident, known = case.incident, case.papers.assessment
    since = known.since if known else incident.onset_at
    affected = None
    if since is not None:
        affected = events_between(
            system_id=incident.system_id,
            since=since,
            until=case.at,
            environment=incident.environment,
        )
    return {
        "seen": known.seen if known else incident.summary,
        "since": since,
        "affected": affected or None,
        "affected_note": known.affected_note if known else _counted(affected),
        "contained": "yes" if incident.contained else "no",
        "next_step_at": incident.stage_due_at,
    }


def _counted(affected: int | None) -> str:
    return "Decisions since then, counted from the decision events." if affected else ""


def _findings(case: Case) -> dict[str, Any]:
    """The earlier revision where they came back, else a draft and what the assessment said."""
    earlier, incident, known = case.papers.findings, case.incident, case.papers.assessment
    if earlier is not None:
        return {name: getattr(earlier, name) for name in AGAIN}
    version = incident.live_version
    said = known.affected if known else None
    affected = case.draft.affected if said is None else said
    return {
        "narrative": case.draft.text,
        "version_label": version.label if version else "",
        "affected": affected,
        "affected_note": known.affected_note if known else _counted(affected),
        "affected_from": known.since if known and known.since else incident.onset_at,
        "proposed_severity": incident.severity,
    }


def _asked(case: Case, command: str) -> dict[str, Any]:
    """What somebody asked for, where the reader is to agree; the reason is the reader's own."""
    asked = case.cast.asked_for(command)
    if asked is None or not case.cast.agrees(command, case.reader.pk):
        return {}
    known = {name: asked.payload.get(name) for name in ("ground", "duplicate_of", "evidence")}
    until = asked.payload.get("until")
    return known | {"until": datetime.fromisoformat(until) if until else None}


def _waiting(case: Case) -> dict[str, Any]:
    incident = case.incident
    return {
        "party": incident.waiting_for,
        "since": incident.waiting_since,
        "expected_at": incident.waiting_until,
    }


def _people(case: Case) -> dict[str, Any]:
    return {"owner_id": str(case.incident.owner_id), "deputy_id": str(case.incident.deputy_id)}


def _validation(case: Case) -> dict[str, Any]:
    findings = case.papers.findings
    return {
        "severity": case.incident.severity,
        "proposed": findings.proposed_severity if findings else "",
        "harm": findings.harm if findings else "",
    }
