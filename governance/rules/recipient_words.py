"""How a recipient of an escalation is found, in a reader's words. Pure.

The record and English pages have the expression as the policy writes it: 'role:compliance'.
"""

from ledger.rules.worded import shortened, term, word, worded
from registry.rules.recorded_roles import role_told

KNOWN = {
    "responsible": word("who must act now"),
    "owner": word("the owner"),
    "deputy": word("the deputy"),
    "owner.delegate": word("the owner's delegate"),
    "owner or deputy": word("owner or deputy"),
    "on_call": word("who is on call"),
    "mailbox": word("the mailbox"),
    "unit.head": word("the head of the unit"),
    "next role up": word("the next role up"),
    "executive": word("the executive"),
    "secretary": word("the secretary"),
    "committee.chair": word("the chair of the committee"),
    "committee.secretary": word("the secretary of the committee"),
}
ROLE, SEAT, DELEGATE = "role:", "committee.seat:", "delegate for "


def found_by(how: str) -> str:
    """Return how a recipient was found, as doors say it; what is not known stays as it is."""
    if how in KNOWN:
        return shortened(how, term(KNOWN[how]))
    if how.startswith(DELEGATE):
        whom = found_by(how.removeprefix(DELEGATE))
        return shortened(how, worded("the delegate for {whom}", whom=whom))
    if how.startswith(ROLE):
        role = role_told(how.removeprefix(ROLE))
        return shortened(how, worded("role: {role}", role=role))
    if how.startswith(SEAT):
        seat = role_told(how.removeprefix(SEAT))
        return shortened(how, worded("seat of the committee: {seat}", seat=seat))
    return how
