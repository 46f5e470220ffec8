"""Who may take the step that an incident waits for, and why the others may not."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from governance.rules.act_words import ACTS
from governance.selectors.committees import may_lead
from governance.selectors.motions import body_for, may_propose
from governance.selectors.pages.papers import Papers
from incidents.models import Incident
from incidents.rules.plan import FrozenPlan
from incidents.rules.segregation import clash
from incidents.rules.transitions import (
    COMMANDS,
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    VALIDATION,
    VERIFICATION,
)
from incidents.selectors.cast import Cast
from registry.models import User

AWAITED = {
    OPEN: "acknowledge",
    INVESTIGATING: "submit_findings",
    VALIDATION: "validate",
    EXECUTION: "confirm_action",
    VERIFICATION: "close",
}
MOST_ROWS = 7
PROOFS_FIRST = "verifies and closes once its proofs have passed"


def gate_rows(
    *, incident: Incident, plan: FrozenPlan, papers: Papers, cast: Cast, reader: User, at: datetime
) -> list[dict[str, Any]]:
    """Return who may take the step that the stage waits for, and why the others may not."""
    command = AWAITED.get(incident.state)
    if incident.state == VERIFICATION:
        command = _awaited_proof(papers)
    if command is None:
        return _deciders(incident, papers, reader, at) if incident.state == DECISION else []
    too_early = PROOFS_FIRST if command == "close" and papers.unproven else ""
    rows = []
    for person in _candidates(command, cast, papers):
        why = _why_not(command, person, incident, plan, papers, cast) or too_early
        state = "not" if why else "may"
        told = why or ACTS[command].does
        rows.append(_row(person, state, told, reader, incident.number))
    rows.sort(key=lambda row: (row["name"] != "You", row["state"] != "may"))
    return rows[:MOST_ROWS]


def _awaited_proof(papers: Papers) -> str:
    if papers.unconfirmed:
        return "confirm_action"
    return "confirm_proof" if papers.unwitnessed else "close"


def voting(papers: Papers) -> list[User]:
    """Who sits in the round and has not voted yet."""
    decision = papers.decision
    if decision is None:
        return []
    voted = {ballot.person_id for ballot in decision.ballots.all()}
    seated = decision.electors.select_related("seated").exclude(seated=None)
    return [row.seated for row in seated if row.seated and row.seated_id not in voted]


def _deciders(
    incident: Incident, papers: Papers, reader: User, at: datetime
) -> list[dict[str, Any]]:
    decision, number = papers.decision, incident.number
    if decision is not None and decision.state == "open":
        voters = [_row(one, "may", "vote", reader, number) for one in voting(papers)]
        voted = {ballot.person_id: ballot.person for ballot in decision.ballots.all()}
        done = [_row(one, "not", "voted already", reader, number) for one in voted.values()]
        recused = decision.recusals.select_related("person")
        out = [_row(one.person, "not", f"recused: {one.reason}", reader, number)
               for one in recused]  # fmt: skip
        return [*voters, *done, *out]
    if decision is not None and decision.state == "draft":
        leaders = may_lead(committee=decision.committee, at=at)
        return [_row(one, "may", "convene the committee", reader, number) for one in leaders]
    body = body_for(incident)
    people = may_propose(incident=incident, committee=body, at=at) if body else []
    return [_row(one, "may", "put a motion", reader, number) for one in people][:MOST_ROWS]


def _candidates(command: str, cast: Cast, papers: Papers) -> list[User]:
    """Everybody who could be thought of: the parties of the command, the owner's side, signers."""
    found = {person.pk: person for party in COMMANDS[command].who for person in cast.holders(party)}
    if command != "acknowledge":
        owner = cast.incident.owner
        found.setdefault(owner.pk, owner)
    for review in papers.reviews:
        found.setdefault(review.validator_id, review.validator)
    return list(found.values())


def _why_not(
    command: str, person: User, incident: Incident, plan: FrozenPlan, papers: Papers, cast: Cast
) -> str:
    act = COMMANDS[command].act
    if command == "validate":
        line = _line(person, papers, cast)
        if line is None:
            return _signed_already(person, papers)
        act = f"validated_{line}"
    elif not _is_party(command, person, cast):
        return ACTS[command].takes
    found = clash(
        act=act,
        history=cast.history,
        person=person.pk,
        delegate_of=cast.owners_side_of(person.pk),
        extra_pairs=plan.segregation.extra_pairs,
    )
    if found is None:
        return ""
    principal = next((one.name for one in cast.principals(person.pk) if one.pk == found.whose), "")
    return found.reason(second_person=False, name=principal)


def _is_party(command: str, person: User, cast: Cast) -> bool:
    people = [person.pk, *(principal.pk for principal in cast.principals(person.pk))]
    who = COMMANDS[command].who
    return any(cast.own_parties(one, who) & set(who) for one in people)


def _line(person: User, papers: Papers, cast: Cast) -> str | None:
    held = set(cast.roles.get(person.pk, frozenset()))
    for principal in cast.principals(person.pk):
        held |= cast.roles.get(principal.pk, frozenset())
    return next((line for line in papers.lines if line in held), None)


def _signed_already(person: User, papers: Papers) -> str:
    mine = [review.line for review in papers.reviews if review.validator_id == person.pk]
    if mine:
        return f"signed for {mine[0]}; the other line is another person's"
    if papers.findings is not None and papers.findings.submitted_by_id == person.pk:
        return "submitted these findings"
    if papers.reviews and papers.lines:
        return f"{papers.lines[0]} is still to sign"
    return ACTS["validate"].takes


def _row(person: User, state: str, why: str, reader: User, number: str) -> dict[str, Any]:
    row = {"state": state, "name": person.name, "role": person.title, "why": why}
    if person.pk == reader.pk:
        return {**row, "name": "You", "role": ""}
    if state == "may" and person.email:
        subject = quote(f"{number}: can you {why.split(',')[0]}?")
        row |= {"ask_url": f"mailto:{person.email}?subject={subject}", "ask": "Ask"}
    return row
