"""What an auditor lists apart: refusals, recusals, lapses, dissents, changed severities. Pure."""

from collections.abc import Iterator

from reports.rules.content import Content
from reports.rules.decided import DecisionRecord, ExceptionRecord
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
    "severity other than proposed",
    "nobody to tell",
    "receipt that does not match",
)


def exceptions_of(content: Content) -> list[ExceptionRecord]:
    """Return every exception of the pack by instant."""
    found = list(content.ledger.refusals)
    for incident in content.matters.incidents:
        found += _of_incident(incident)
    for decision in content.matters.decisions:
        found += _of_decision(decision)
    return sorted(found, key=lambda item: (item.at, item.kind, item.who, item.what))


def counts(exceptions: list[ExceptionRecord]) -> list[tuple[str, int]]:
    """Return how many of each kind there were, the zeros too."""
    return [(kind, sum(item.kind == kind for item in exceptions)) for kind in KINDS]


def _of_incident(incident: IncidentRecord) -> Iterator[ExceptionRecord]:
    for step in incident.transitions:
        if step.code in TRANSITIONS:
            yield _step(incident, step)
    for review in incident.validations:
        if review.severity != incident.proposed_severity:
            yield ExceptionRecord(
                kind="severity other than proposed",
                at=review.validated_at,
                who=review.validator,
                what=f"{review.severity} instead of {incident.proposed_severity}",
                why=review.severity_reason,
                incident=incident.number,
                entry=review.entry,
            )
    yield from _untold(incident)
    yield from _mismatched(incident)


def _step(incident: IncidentRecord, step: TransitionRecord) -> ExceptionRecord:
    return ExceptionRecord(
        kind=TRANSITIONS[step.code],
        at=step.at,
        who=step.person,
        what=f"{step.from_state} to {step.to_state}",
        why=step.reason,
        incident=incident.number,
        entry=step.entry,
    )


def _untold(incident: IncidentRecord) -> Iterator[ExceptionRecord]:
    for firing in incident.firings:
        if firing.unroutable:
            yield ExceptionRecord(
                kind="nobody to tell",
                at=firing.fired_at,
                who="sweep",
                what=f"step {firing.step} of {firing.rule}",
                why="nobody who could be told was available; the next level was told",
                incident=incident.number,
                entry=firing.entry,
            )


def _mismatched(incident: IncidentRecord) -> Iterator[ExceptionRecord]:
    for action in incident.actions:
        for receipt in action.receipts:
            if not receipt.matches:
                yield ExceptionRecord(
                    kind="receipt that does not match",
                    at=receipt.at,
                    who=receipt.person or receipt.how,
                    what=action.words,
                    why="what was observed is not what was decided",
                    incident=incident.number,
                    entry=receipt.entry,
                )


def _of_decision(decision: DecisionRecord) -> Iterator[ExceptionRecord]:
    for recusal in decision.recusals:
        yield ExceptionRecord(
            kind="recusal",
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
                at=ballot.at,
                who=ballot.person,
                what=f"against {decision.number}",
                why=ballot.reason,
                incident=decision.incident,
                entry=ballot.entry,
            )
