"""The stage tracker of an incident: owner, compliance, committee, action, verified."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance.models import Decision
from governance.rules.figures import joined
from governance.selectors.pages.papers import Papers
from incidents.models import Action, Incident, VerificationWindow
from incidents.rules.plan import FrozenPlan, stage_time
from incidents.rules.transitions import (
    CANCELLED,
    CLOSED,
    DECISION,
    ENDED,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    RISK_ACCEPTED,
    STATE_WORDS,
    VALIDATION,
    VERIFICATION,
)
from incidents.rules.words import in_words, punctual
from ledger.rules.worded import joined as separated
from ledger.rules.worded import term, word, worded
from registry.models import User

NAMES = ("Owner", "Compliance", "Committee", "Action", "Verified")
PLACES = {OPEN: 0, INVESTIGATING: 0, VALIDATION: 1, DECISION: 2, EXECUTION: 3, VERIFICATION: 4}
ACCEPTED = 3
"""Where an accepted risk stands in the tracker: in the place of an action."""
LINE_WORDS = {"compliance": "Compliance", "risk": "Risk"}
MOST_NAMES = 3
WITH = {
    VALIDATION: word("compliance"),
    DECISION: "the committee",
    EXECUTION: "whoever carries it out",
    RISK_ACCEPTED: "who owns the risk",
    VERIFICATION: "the verifier",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """Who could take which part, by name, the reader first as 'you'; validators by line."""

    validators: dict[str, list[str]]
    verifiers: list[str]
    body: str
    voters: list[str]


def stages_of(
    *, incident: Incident, plan: FrozenPlan, papers: Papers, parts: Parts, reader: User | None,
    at: datetime,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return what components/stages.html shows."""
    makers = (_owner, _compliance, _committee, _action, _verified)
    here = place_of(incident, papers)
    found = []
    for number, (name, make) in enumerate(zip(NAMES, makers, strict=True)):
        state = _state(incident, number, here, at)
        stage = make(incident, plan, papers, parts, state)
        stage["people"] = [_for(reader, line) for line in stage.get("people", []) if line]
        found.append({"name": name, "state": state, **stage})
    return found


def place_of(incident: Incident, papers: Papers) -> int:
    """Return how far an incident has come, 0 to 5 (over); a withdrawn one no further."""
    if incident.state == CANCELLED:
        left = [row.from_state for row in papers.transitions if row.to_state == CANCELLED]
        return PLACES.get(left[-1] if left else "", 0)
    return ACCEPTED if incident.state == RISK_ACCEPTED else PLACES.get(incident.state, 5)


def place_words(state: str) -> str:
    """Say in a list where an incident stands: '2 of 5, Compliance'."""
    if state in ENDED or state not in PLACES:
        return term(STATE_WORDS[state])
    place = PLACES[state]
    return worded("{place} of 5, {name}", place=place + 1, name=term(NAMES[place]))


def with_words(incident: Incident) -> str:
    """Say in a list with whom an incident is."""
    if incident.waiting_for:
        return str(incident.waiting_for)
    if incident.state in (OPEN, INVESTIGATING):
        return str(incident.owner.name)
    party = WITH.get(incident.state, "")
    return term(party) if party else ""


def _state(incident: Incident, number: int, here: int, at: datetime) -> str:
    if incident.state == CANCELLED:
        return "done" if number < here else "todo"
    if number < here:
        return "done" if incident.state != CLOSED or number <= _reached(incident) else "todo"
    if number > here:
        return "todo"
    late = incident.stage_due_at is not None and incident.stage_due_at < at
    return "overdue" if late else "current"


def _reached(incident: Incident) -> int:
    """The last stage that a closed incident went through; small cases end at compliance."""
    return 1 if incident.resolution in ("small_case", "dismissed") else 4


def _owner(
    incident: Incident, plan: FrozenPlan, papers: Papers, parts: Parts, state: str
) -> dict[str, Any]:
    findings = papers.findings
    if findings is None or state in ("current", "overdue"):
        note = word("to acknowledge") if incident.state == OPEN else word("to submit the findings")
        if incident.returns and incident.state == INVESTIGATING:
            note = worded("returned {times}; {note}", times=_times(incident.returns), note=note)
        return {"people": [incident.owner.name], "due": incident.stage_due_at, "note": note}
    due = papers.due.get(INVESTIGATING)
    return {
        "people": [findings.submitted_by.name],
        "met": findings.submitted_at,
        "note": _kept(due, findings.submitted_at, word("signed")),
    }


def _compliance(
    incident: Incident, plan: FrozenPlan, papers: Papers, parts: Parts, state: str
) -> dict[str, Any]:
    signed = {review.line: review.validator.name for review in papers.reviews}
    lines = [
        worded("{line}: {name}, signed", line=term(LINE_WORDS[line]), name=name)
        for line, name in signed.items()
    ]
    if state == "todo":
        return {"people": lines or [_names(parts, papers.lines)], "note": _after(plan, incident,
                "validation", word("{time} once submitted"))}  # fmt: skip
    if state == "done":
        met = max((review.validated_at for review in papers.reviews), default=incident.closed_at)
        who = list(signed.values())
        return {
            "people": who or [papers.closer],
            "met": met,
            "note": _kept(papers.due.get(VALIDATION), met, word("signed")),
        }
    if len(papers.lines) > 1 and not signed and not papers.needs_both:
        return {"people": [_names(parts, papers.lines)], "due": incident.stage_due_at}
    waits = [worded(
            "{line}: {people}",
            line=term(LINE_WORDS[line]),
            people=_people(parts.validators.get(line, [])),
        )
             for line in papers.lines]  # fmt: skip
    return {"people": [*lines, *waits], "due": incident.stage_due_at}


def _committee(
    incident: Incident, plan: FrozenPlan, papers: Papers, parts: Parts, state: str
) -> dict[str, Any]:
    decision = papers.decision
    if state == "todo":
        note = _after(plan, incident, "decision", word("{time} once validated"))
        return {"people": [parts.body], "note": "" if incident.state == CLOSED else note}
    if state == "done" and decision is not None:
        counted = papers.counted
        return {
            "people": [worded("Motion {number} adopted", number=decision.number), counted],
            "met": decision.closed_at,
            "note": _kept(papers.due.get(DECISION), decision.closed_at, ""),
        }
    return {"people": _waiting(decision, parts), "due": incident.stage_due_at}


def _waiting(decision: Decision | None, parts: Parts) -> list[str]:
    if decision is None or decision.state not in ("draft", "open"):
        return [parts.body, term(word("a motion is to be put"))]
    if decision.state == "draft":
        return [parts.body, worded("motion {number} is to be convened", number=decision.number)]
    return [
        worded("Votes on {number}: {names}", number=decision.number, names=joined(parts.voters))
    ]


def _action(
    incident: Incident, plan: FrozenPlan, papers: Papers, parts: Parts, state: str
) -> dict[str, Any]:
    if incident.state == RISK_ACCEPTED:
        return {
            "people": [term(word("Risk accepted"))],
            "due": incident.stage_due_at,
            "note": word("until then, within its limit"),
        }
    actions = papers.actions
    if state == "todo":
        if incident.state == CLOSED:
            return {"people": [term(word("none was needed"))]}
        people = [_executors(actions)] if actions else [term(word("Named by the decision"))]
        return {"people": people, "note": _roll_back(plan, incident)}
    if not actions:
        return {
            "people": [term(word("Keeps running"))],
            "note": word("observed from the decision on"),
        }
    met = max((one.confirmed_at for one in actions if one.confirmed_at), default=None)
    if state == "done":
        left = [one for one in actions if one.state in ("ordered", "dispatched", "failed")]
        note = (
            worded("{number} still to be done", number=len(left))
            if left
            else _kept(papers.due.get(EXECUTION), met, word("confirmed"))
        )
        return {"people": [_executors(actions)], "met": met, "note": note}
    return {"people": [_executors(actions)], "due": incident.stage_due_at}


def _verified(
    incident: Incident, plan: FrozenPlan, papers: Papers, parts: Parts, state: str
) -> dict[str, Any]:
    if state == "done":
        return {"people": [papers.closer], "met": incident.closed_at, "note": word("signed")}
    people = [_people(parts.verifiers)]
    if state == "todo":
        if incident.state == CLOSED:
            return {"people": [term(word("not needed"))]}
        return {"people": people, "note": _windows_wanted(plan)}
    return {
        "people": people,
        "due": incident.stage_due_at,
        "note": _proofs(papers.windows),
    }


def _proofs(windows: Sequence[VerificationWindow]) -> str:
    passed = sum(window.outcome == "PASSED" for window in windows)
    if not windows:
        return ""
    return worded("{passed} of {all} proofs passed", passed=passed, all=len(windows))


def _windows_wanted(plan: FrozenPlan) -> str:
    windows = plan.verification.get("windows")
    return worded("{number} readings within the band", number=windows) if windows else ""


def _roll_back(plan: FrozenPlan, incident: Incident) -> str:
    found = stage_time(plan, severity=incident.severity, stage="execution")
    return worded("roll back: within {time}", time=in_words(found)) if found else ""


def _after(plan: FrozenPlan, incident: Incident, stage: str, words: str) -> str:
    found = stage_time(plan, severity=incident.severity, stage=stage)
    return worded(words, time=in_words(found)) if found else ""


def _kept(due: datetime | None, met: datetime | None, done: str) -> str:
    if due is None or met is None:
        return done
    return punctual(met - due)


def _executors(actions: Sequence[Action]) -> str:
    return joined(list(dict.fromkeys(one.executor.name for one in actions)))


def _names(parts: Parts, lines: Sequence[str]) -> str:
    names = [name for line in lines for name in parts.validators.get(line, [])]
    return _people(sorted(set(names), key=lambda name: (name != "you", name)))


def _people(names: Sequence[str]) -> str:
    if not names:
        return term(word("nobody can at present"))
    if len(names) > MOST_NAMES:
        return worded(
            "{names} or {count} more",
            names=separated(", ", names[:MOST_NAMES]),
            count=len(names) - MOST_NAMES,
        )
    return joined(list(names), "or")


def _for(reader: User | None, line: str) -> str:
    """Say 'you' to the reader."""
    if reader is None:
        return line
    if line == reader.name:
        return term(word("you"))
    said = line.replace(f": {reader.name},", ": you,")
    # Only a line that names the reader is written anew: the others keep how they were made.
    return line if said == line else said


def _times(count: int) -> str:
    return {1: term("once"), 2: term("twice")}.get(count, worded("{count} times", count=count))
