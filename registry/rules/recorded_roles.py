"""The role in which somebody acted, as the record keeps it, to be said in a reader's language.

A title that a person has chosen for themselves is theirs, and stays as it is.
"""

import re

from ledger.rules.worded import in_context, worded

CONTEXT = "role of the record"
ROLES = frozenset(
    {
        "owner",
        "deputy",
        "compliance",
        "compliance officer",
        "risk",
        "risk officer",
        "secretary",
        "executive",
        "board",
        "auditor",
        "engineer",
        "emergency",
        "administrator",
        "engine",
        "service account",
        "validator",
        "second person",
        "witness",
        "verifier",
        "executor",
        "owner side",
        "gateway",
        "chair",
        "vice chair",
        "chair, casting",
        "vice chair, casting",
        "ran the evaluation",
        "reviewed the evaluation",
        "member of staff",
    }
)
"""Roles, parts and functions in the words that the product writes."""
FOR = re.compile(r"(?P<role>[a-z][a-z ,]*), for (?P<person>.+)", re.DOTALL)
SEAT = re.compile(r"seat (?P<number>\d+)(?:, (?P<function>.+))?", re.DOTALL)
SEAT_IN = re.compile(r"seat in (?P<body>.+)", re.DOTALL)


def role_told(role: str) -> str:
    """Return a recorded role as words that doors say: 'owner', 'deputy, for Maren Vogt'."""
    found = FOR.fullmatch(role)
    if found and found["role"] in ROLES:
        return worded("{role}, for {person}", role=_known(found["role"]), person=found["person"])
    return _seat(role) or _known(role)


def _known(role: str) -> str:
    return in_context(CONTEXT, role) if role in ROLES else role


def _seat(role: str) -> str:
    found = SEAT.fullmatch(role)
    if found is None:
        inside = SEAT_IN.fullmatch(role)
        return worded("seat in {body}", body=inside["body"]) if inside else ""
    if found["function"] is None:
        return worded("seat {number}", number=found["number"])
    function = _known(found["function"])
    return worded("seat {number}, {function}", number=found["number"], function=function)
