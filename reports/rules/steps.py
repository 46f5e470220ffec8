"""The one step that a case waits for from somebody, and who has it otherwise. Pure.

Segregation is asked of the incidents' own matrix, so that a desk offers nothing that the command
would refuse; the command still checks everything again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from incidents.rules.segregation import PastAct, clash
from incidents.rules.transitions import (
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    PARTY_ROLES,
    VALIDATION,
    VERIFICATION,
)

LINES = ("compliance", "risk")
BUTTONS = {
    "acknowledge": "Acknowledge",
    "first_assessment": "Write first assessment",
    "submit_findings": "Submit findings",
    "validate": "Validate findings",
    "motion": "Put a motion",
    "convene": "Convene the committee",
    "vote": "Vote",
    "cast": "Sign the casting vote",
    "certify": "Close and certify the result",
    "execute": "Carry it out",
    "confirm_action": "Confirm as second person",
    "close": "Verify and close",
    "answer_watch": "Answer in one line",
}


@dataclass(frozen=True, slots=True)
class Case:
    """What the step of an incident depends on.

    `lines` are those that may still review the newest findings, `both` that each of them must.
    `seats` maps who sits in the open round to whether they have voted; `casts` may break its tie.
    Where it is `certifiable`, its `certifiers` and the secretary may close it now, but for those
    `recused`. `passed` says that every proof has.
    """

    state: str
    owners: frozenset[UUID]
    history: Sequence[PastAct] = ()
    assessed: bool = False
    lines: frozenset[str] = frozenset()
    both: bool = False
    round: str = ""
    leaders: frozenset[UUID] = frozenset()
    seats: Mapping[UUID, bool] = field(default_factory=dict)
    casts: UUID | None = None
    certifiable: bool = False
    certifiers: frozenset[UUID] = frozenset()
    recused: frozenset[UUID] = frozenset()
    executors: frozenset[UUID] = frozenset()
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: themselves, those for whom they act now, their roles for the case's system."""

    person: UUID
    principals: frozenset[UUID] = frozenset()
    roles: frozenset[str] = frozenset()

    @property
    def people(self) -> frozenset[UUID]:
        """The reader and their principals."""
        return self.principals | {self.person}


def step_for(case: Case, reader: Reader) -> str | None:
    """Return the command that this case waits for from the reader, None if from others."""
    find = {
        OPEN: _owner,
        INVESTIGATING: _owner,
        VALIDATION: _validator,
        DECISION: _decider,
        EXECUTION: _executor,
        VERIFICATION: _verifier,
    }.get(case.state)
    return find(case, reader) if find else None


def has_it(case: Case) -> str:
    """Return which party the case waits for: owner, lines, chair, committee, executor, readings."""
    if case.state == VALIDATION:
        return (" and " if case.both else " or ").join(sorted(case.lines))
    if case.state == DECISION:
        voting = "chair" if case.certifiable else "committee"
        return {"draft": "chair", "open": voting}.get(case.round, "owner")
    if case.state == VERIFICATION:
        return "compliance" if case.passed else "readings"
    return "executor" if case.state == EXECUTION else "owner"


def _owner(case: Case, reader: Reader) -> str | None:
    if not reader.people & case.owners:
        return None
    if case.state == OPEN:
        return "acknowledge"
    return "submit_findings" if case.assessed else "first_assessment"


def _validator(case: Case, reader: Reader) -> str | None:
    open_lines = reader.roles & case.lines
    free = any(_free(f"validated_{line}", case, reader) for line in open_lines)
    return "validate" if free and "auditor" not in reader.roles else None


def _decider(case: Case, reader: Reader) -> str | None:
    if case.round == "open":
        return _of_open_round(case, reader)
    leads = bool(reader.people & case.leaders) or "secretary" in reader.roles
    if case.round == "draft":
        return "convene" if leads else None
    return "motion" if leads or reader.people & case.owners else None


def _of_open_round(case: Case, reader: Reader) -> str | None:
    """One's own vote first, then the tie, then the result: a seat has no proxy for any of them."""
    if not case.seats.get(reader.person, True):
        return "vote"
    if case.casts == reader.person:
        return "cast"
    leads = reader.person in case.certifiers
    leads = leads or ("secretary" in reader.roles and reader.person not in case.recused)
    return "certify" if case.certifiable and leads else None


def _executor(case: Case, reader: Reader) -> str | None:
    if reader.people & case.executors:
        return "execute"
    if reader.roles & PARTY_ROLES["witness"] and "auditor" not in reader.roles:
        return "confirm_action" if _free("confirmed", case, reader) else None
    return None


def _verifier(case: Case, reader: Reader) -> str | None:
    if not case.passed or "auditor" in reader.roles:
        return None
    may = reader.roles & PARTY_ROLES["verifier"] and _free("verified", case, reader)
    return "close" if may else None


def _free(act: str, case: Case, reader: Reader) -> bool:
    stands = clash(
        act=act, history=case.history, person=reader.person, delegate_of=reader.principals
    )
    return stands is None
