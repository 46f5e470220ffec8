"""Who may take the step that an incident waits for, and why the others may not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from governance.models import Committee, Recusal
from governance.rules.act_words import ACTS
from governance.selectors.committees import may_lead
from governance.selectors.motions import may_propose
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
from ledger.rules.worded import of_machine, term, word, worded
from outbox.languages import spoken
from registry.models import User

AWAITED = {
    OPEN: "acknowledge",
    INVESTIGATING: "submit_findings",
    VALIDATION: "validate",
    EXECUTION: "confirm_action",
    VERIFICATION: "close",
}
MOST_ROWS = 7
LINES = {"compliance": word("compliance"), "risk": word("risk")}
PROOFS_FIRST = "verifies and closes once its proofs have passed"


def gate_rows(
    *,
    incident: Incident,
    plan: FrozenPlan,
    papers: Papers,
    cast: Cast,
    reader: User,
    body: Committee | None,
    at: datetime,
) -> list[dict[str, Any]]:
    """Return who may take the step that the stage waits for, and why the others may not.

    `body` decides on the case where it waits for a motion, None elsewhere.
    """
    command = AWAITED.get(incident.state)
    if incident.state == VERIFICATION:
        command = _awaited_proof(papers)
    if command is None:
        is_deciding = incident.state == DECISION
        return _deciders(incident, papers, reader, body, at) if is_deciding else []
    too_early = PROOFS_FIRST if command == "close" and papers.unproven else ""
    rows = []
    for person in _candidates(command, cast, papers):
        why = _why_not(command, person, incident, plan, papers, cast) or too_early
        state = "not" if why else "may"
        told = why or ACTS[command].does
        rows.append(_row(person, state, told, reader, incident.number))
    rows.sort(key=lambda row: (row["name"] != "You", row["state"] != "may"))
    return rows[:MOST_ROWS]


def asked_for(
    *, incident: Incident, papers: Papers, rows: Sequence[Mapping[str, Any]], is_auditor: bool
) -> str:
    """Return the command that the reader may ask others to give, '' where they may or nobody can.

    `rows` are those of `gate_rows`. An auditor asks for nothing.
    """
    able = [row for row in rows if row["state"] == "may"]
    if is_auditor or not able or any(row["name"] == "You" for row in able):
        return ""
    command = AWAITED.get(incident.state, "")
    return _awaited_proof(papers) if incident.state == VERIFICATION else command


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
    seats = decision.electors.all()
    return [row.seated for row in seats if row.seated and row.seated_id not in voted]


def _deciders(
    incident: Incident, papers: Papers, reader: User, body: Committee | None, at: datetime
) -> list[dict[str, Any]]:
    decision, number = papers.decision, incident.number
    if decision is not None and decision.state == "open":
        voters = [_row(one, "may", word("vote"), reader, number) for one in voting(papers)]
        voted = {ballot.person_id: ballot.person for ballot in decision.ballots.all()}
        done = [_row(one, "not", word("voted already"), reader, number) for one in voted.values()]
        recused = decision.recusals.select_related("person")
        out = [
            _row(one.person, "not", worded("recused: {reason}", reason=_why(one)), reader, number)
            for one in recused
        ]
        return [*voters, *done, *out]
    if decision is not None and decision.state == "draft":
        leaders = may_lead(committee=decision.committee, at=at)
        return [_row(one, "may", word("convene the committee"), reader, number) for one in leaders]
    people = may_propose(incident=incident, committee=body, at=at) if body else []
    return [_row(one, "may", word("put a motion"), reader, number) for one in people][:MOST_ROWS]


def _why(recusal: Recusal) -> str:
    return of_machine(recusal.reason) if recusal.by_rule else recusal.reason


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
        return worded(
            "signed for {line}; the other line is another person's", line=term(LINES[mine[0]])
        )
    if papers.findings is not None and papers.findings.submitted_by_id == person.pk:
        return word("submitted these findings")
    if papers.reviews and papers.lines:
        return worded("{line} is still to sign", line=term(LINES[papers.lines[0]]))
    return ACTS["validate"].takes


def _row(person: User, state: str, why: str, reader: User, number: str) -> dict[str, Any]:
    row = {"state": state, "name": person.name, "role": person.title, "why": why}
    if person.pk == reader.pk:
        return {**row, "name": term(word("You")), "role": ""}
    if state == "may" and person.email:
        act = spoken(why).partition(",")[0]
        subject = quote(spoken(worded("{number}: can you {act}?", number=number, act=act)))
        row |= {"ask_url": f"mailto:{person.email}?subject={subject}", "ask": word("Ask")}
    return row
