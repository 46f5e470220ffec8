"""F6: who may give a command is asked in the command itself, whatever page or door it came by.

The matrix below was written from workflow.md (section 2, 'Who', and section 1), not read from the
tables of the product. A person outside it is refused in every state, by `execute` called directly.
"""

import pytest
from django.db import transaction

from incidents.rules.transitions import COMMANDS, OPEN, STATES, VALIDATION, sources_of
from ledger.rules.refusals import Forbidden, Missing, Refused
from tests.incidents import factory
from tests.incidents.factory import bring, do

OWNERS = {"owner", "deputy"}
SECOND_LINE = {"compliance", "risk", "verifier"}
"""The verifier of the house is a compliance officer."""
WITNESSES = SECOND_LINE | {"executive", "engineer"}
PEOPLE = (
    "owner", "deputy", "compliance", "risk", "verifier", "executive", "engineer", "auditor",
    "secretary", "author", "stranger",
)  # fmt: skip
MAY = {
    "acknowledge": OWNERS,
    "first_assessment": OWNERS,
    "submit_findings": OWNERS,
    "add_evidence": OWNERS | WITNESSES,
    "validate": SECOND_LINE,
    "return_to_owner": SECOND_LINE,
    "dismiss": SECOND_LINE | {"executive"},
    "close_small": SECOND_LINE,
    "confirm_action": WITNESSES,
    "bind_version": WITNESSES,
    "confirm_proof": WITNESSES,
    "close": SECOND_LINE,
    "verification_failed": SECOND_LINE,
    "raise_severity": OWNERS | SECOND_LINE,
    "lower_severity": SECOND_LINE,
    "answer_silenced": OWNERS,
    "withdraw": OWNERS | SECOND_LINE | {"executive"},
    "reopen": SECOND_LINE | {"auditor"},
    "reassign": OWNERS | SECOND_LINE,
    "pause_clock": OWNERS | SECOND_LINE,
    "resume_clock": OWNERS | SECOND_LINE,
    "wait_for": OWNERS | SECOND_LINE,
    "merge": OWNERS | SECOND_LINE,
    "split": OWNERS | SECOND_LINE,
    "link": OWNERS | SECOND_LINE,
    "emergency_contain": OWNERS,
    "explain_containment": OWNERS,
    "confirm_containment": WITNESSES,
    "take_interim": OWNERS,
    "end_interim": OWNERS | SECOND_LINE,
    "set_hold": SECOND_LINE,
    "release_hold": SECOND_LINE,
    "cannot_execute": {"engineer"},
    "review_acceptance": SECOND_LINE,
    "risk_removed": SECOND_LINE,
    "learn_awareness": OWNERS | SECOND_LINE,
    "state_fact": OWNERS | SECOND_LINE,
    "record_submission": SECOND_LINE,
    "decide_clock": SECOND_LINE,
}
"""Of the people of a house, who may by their part; what is not named here is the engine's alone."""


@pytest.fixture
def of(db):
    """The people of a house, and its system."""
    return factory.house()


def tried(of, incident, command, who):
    """Give a command as a person, look whether they were let through to it, and undo it."""
    with transaction.atomic():
        try:
            do(incident, command, getattr(of, who))
        except (Forbidden, Missing) as refusal:
            # Who signs without a ceremony, or signed already, was let through.
            found = refusal.code not in ("not_your_part", "auditor_reads_only", "not_separate",
                                         "not_found")  # fmt: skip
        except Refused:
            found = True
        else:
            found = True
        transaction.set_rollback(True)
    return found


def let_through(of, state, commands):
    """Every (command, person) outside the matrix who is let through in a state."""
    incident = bring(of, state)
    return [
        (command, who)
        for command in commands
        for who in PEOPLE
        if who not in MAY.get(command, set()) and tried(of, incident, command, who)
    ]


@pytest.mark.full
@pytest.mark.parametrize("state", STATES)
def test_f6_whoever_is_not_in_the_matrix_is_refused_by_the_command_itself(of, state):
    commands = [one for one in COMMANDS if state in sources_of(one)]

    assert let_through(of, state, commands) == []


def test_f6_whoever_is_not_in_the_matrix_signs_no_review(of):
    assert let_through(of, VALIDATION, ["validate", "return_to_owner"]) == []


def test_f6_who_is_in_the_matrix_is_let_through(of):
    assert tried(of, bring(of, OPEN), "acknowledge", "owner")
    assert tried(of, bring(of, VALIDATION), "validate", "compliance")
