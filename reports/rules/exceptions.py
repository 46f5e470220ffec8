"""What an auditor lists apart: refusals, recusals, lapses, dissents, changed severities. Pure."""

from collections.abc import Iterator

from reports.rules.content import Content, SystemContent
from reports.rules.decided import DecisionRecord, ExceptionRecord
from reports.rules.exceptional import of_conduct
from reports.rules.matters import IncidentRecord, TransitionRecord

TRANSITIONS = {
    "T03": "lapsed acknowledgement",
    "T05": "returned findings",
    "T12": "lapsed or inquorate vote",
    "T14": "failed attempt",
    "T17": "failed verification",
    "T18": "inconclusive verification",
    "T22": "changed severity or assignment",
    "T23": "emergency stop",
}
KINDS = (
    "refused attempt",
    "recusal",
    "dissent",
    *TRANSITIONS.values(),
    "lowered severity",
    "raised severity",
    "nobody to tell",
    "receipt that does not match",
    "acceptance",
    "silence",
    "break-glass",
    "recorded vote",
    "approved alone",
)
GRAVITY = ("minor", "moderate", "major", "severe")


def exceptions_of(content: Content) -> list[ExceptionRecord]:
    """Return every exception of the pack by instant."""
    found = [*content.ledger.refusals, *_of_glasses(content)]
    for item in content.systems:
        found += exceptions_of_system(item)
    return sorted(found, key=lambda item: (item.at, item.kind, item.system, item.who, item.what))


def exceptions_of_system(content: SystemContent) -> list[ExceptionRecord]:
    """Return those of one system but the refused attempts, which the ledger's lines tell."""
    system = content.scope.slug
    found = [*of_conduct(content.conduct, system)]
    for incident in content.matters.incidents:
        found += _of_incident(incident, system)
    for decision in content.matters.decisions:
        found += _of_decision(decision, system)
    return found


def counts(exceptions: list[ExceptionRecord]) -> list[tuple[str, int]]:
    """Return how many of each kind there were, the zeros too."""
    return [(kind, sum(item.kind == kind for item in exceptions)) for kind in KINDS]


def _of_glasses(content: Content) -> Iterator[ExceptionRecord]:
    for item in content.shared.glasses:
        yield ExceptionRecord(
            kind="break-glass",
            system="",
            at=item.from_at,
            who=item.person,
            what=f"read {item.over}; {item.verdict.lower() or 'not reviewed yet'}",
            why=item.reason,
            incident="",
            entry=None,
        )


def _of_incident(incident: IncidentRecord, system: str) -> Iterator[ExceptionRecord]:
    for step in incident.transitions:
        if step.code in TRANSITIONS:
            yield _step(incident, step, system)
    for review in incident.validations:
        if review.severity != incident.proposed_severity:
            proposed, given = incident.proposed_severity, review.severity
            lower = GRAVITY.index(given) < GRAVITY.index(proposed)
            yield ExceptionRecord(
                kind="lowered severity" if lower else "raised severity",
                system=system,
                at=review.validated_at,
                who=review.validator,
                what=f"{given} instead of {proposed}",
                why=review.severity_reason,
                incident=incident.number,
                entry=review.entry,
            )
    yield from _untold(incident, system)
    yield from _mismatched(incident, system)


def _step(incident: IncidentRecord, step: TransitionRecord, system: str) -> ExceptionRecord:
    return ExceptionRecord(
        kind=TRANSITIONS[step.code],
        system=system,
        at=step.at,
        who=step.person,
        what=f"{step.from_state} to {step.to_state}",
        why=step.reason,
        incident=incident.number,
        entry=step.entry,
    )


def _untold(incident: IncidentRecord, system: str) -> Iterator[ExceptionRecord]:
    for firing in incident.firings:
        if firing.unroutable:
            yield ExceptionRecord(
                kind="nobody to tell",
                system=system,
                at=firing.fired_at,
                who="sweep",
                what=f"step {firing.step} of {firing.rule}",
                why="nobody who could be told was available; the next level was told",
                incident=incident.number,
                entry=firing.entry,
            )


def _mismatched(incident: IncidentRecord, system: str) -> Iterator[ExceptionRecord]:
    for action in incident.actions:
        for receipt in action.receipts:
            if not receipt.matches:
                yield ExceptionRecord(
                    kind="receipt that does not match",
                    system=system,
                    at=receipt.at,
                    who=receipt.person or receipt.how,
                    what=action.words,
                    why="what was observed is not what was decided",
                    incident=incident.number,
                    entry=receipt.entry,
                )


def _of_decision(decision: DecisionRecord, system: str) -> Iterator[ExceptionRecord]:
    for recusal in decision.recusals:
        yield ExceptionRecord(
            kind="recusal",
            system=system,
            at=recusal.at,
            who=recusal.person,
            what=f"{decision.number}, {'by rule' if recusal.by_rule else 'declared'}",
            why=recusal.reason,
            incident=decision.incident,
            entry=None,
        )
    for ballot in decision.ballots:
        if ballot.counts and ballot.vote == "against":
            yield ExceptionRecord(
                kind="dissent",
                system=system,
                at=ballot.at,
                who=ballot.person,
                what=f"against {decision.number}",
                why=ballot.reason,
                incident=decision.incident,
                entry=ballot.entry,
            )
