"""Roles and segregation as one reads them: from PERMITS and from the matrix of the incidents."""

from dataclasses import dataclass
from typing import get_args

from incidents.rules.segregation import PAIRS, Part
from incidents.rules.transitions import PARTY_ROLES
from registry.models import RoleAssignment
from registry.rules.permits import PERMITS

OWN = (("owner", "Owner of the system"), ("deputy", "Deputy of the owner"))
READS: dict[str, str] = {
    "auditor": "Reads everything in scope and changes nothing. The role has an end date.",
    "administrator": "Looks after people and access. Approves nothing, and cannot pass a guard.",
    "secretary": "Convenes and closes the rounds of a committee. Has no vote.",
    "board": "Decides what comes up to the board.",
}
IN_CASES: dict[str, str] = {
    "owner_side": "Acknowledges, investigates and submits the findings of its incidents.",
    "compliance": "Returns, validates, dismisses and closes incidents.",
    "risk": "Validates incidents at high tier, beside compliance.",
}
WORDS: dict[str, str] = {
    "owner": "Owner's side",
    "author": "Author of the version",
    "validator": "Validator",
    "compliance_line": "Signs for compliance",
    "risk_line": "Signs for risk",
    "voter": "Votes or chairs",
    "executor": "Carries out",
    "verifier": "Verifies and closes",
    "secretary": "Secretary",
    "second_person": "Second person",
    "first_dismisser": "Proposes to dismiss",
    "proposer": "Proposes to accept the risk",
    "container": "Stops or restricts at once",
    "approver": "Agrees to a turn that somebody else asked for",
}


@dataclass(frozen=True, slots=True)
class RoleShown:
    """A role: its name, what it may in words, and what it may not although it holds it."""

    name: str
    label: str
    say: str
    may: list[str]
    never: list[str]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A part, and for every other part whether one person may not hold both."""

    label: str
    apart: list[bool]


@dataclass(frozen=True, slots=True)
class Matrix:
    """All parts against all parts; symmetrical (SEG-03)."""

    heads: list[str]
    rows: list[MatrixRow]


def catalogue() -> list[RoleShown]:
    """Return every role with what PERMITS lets it do."""
    named = [*OWN, *((str(value), str(label)) for value, label in RoleAssignment.Role.choices)]
    return [
        RoleShown(
            name,
            label,
            _say(name),
            sorted(permit.words for permit in PERMITS.values() if name in permit.roles),
            sorted(permit.words for permit in PERMITS.values() if name in permit.barred),
        )
        for name, label in named
    ]


def matrix() -> Matrix:
    """Return the segregation matrix: a pair holds both ways, over all cycles of an incident."""
    parts = list(get_args(Part))
    apart = {frozenset(pair) for pair in PAIRS}
    rows = [
        MatrixRow(WORDS[one], [frozenset((one, other)) in apart for other in parts])
        for one in parts
    ]
    return Matrix([WORDS[part] for part in parts], rows)


def _say(name: str) -> str:
    if name in READS:
        return READS[name]
    if name in ("owner", "deputy"):
        return IN_CASES["owner_side"]
    parties = [party for party, needed in PARTY_ROLES.items() if name in needed]
    return next((IN_CASES[party] for party in parties if party in IN_CASES), "")
