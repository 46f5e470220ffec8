"""Every state × every command: carried out where the table has an arrow, refused where not."""

import pytest
from django.db import transaction

from incidents.rules.transitions import (
    CLOSED,
    COMMANDS,
    DECISION,
    EDGES,
    EXECUTION,
    OPEN,
    RISK_ACCEPTED,
    STATES,
    VALIDATION,
    VERIFICATION,
    sources_of,
)
from ledger.rules.refusals import Conflict, Refused
from tests.incidents.factory import EVALUATOR, bring, do, fresh

GUARDED = {
    (VALIDATION, "close_small"): "not_recovered",
    (VERIFICATION, "close"): "not_proven",
    (VERIFICATION, "confirm_action"): "unknown_action",
    (VERIFICATION, "attempt_failed"): "unknown_action",
    (VERIFICATION, "confirm_proof"): "not_by_document",
    **{
        (state, command): "unknown_action"
        for state in (DECISION, RISK_ACCEPTED)
        for command in ("confirm_action", "attempt_failed")
    },
    **{(state, "cannot_execute"): "not_your_part" for state in (DECISION, VERIFICATION)},
    **{(state, "cancel_action"): "unknown_action" for state in (DECISION, VERIFICATION)},
    # Nothing is left to be carried out, so that the engine goes on by itself.
    (EXECUTION, "cancel_action"): (EXECUTION, DECISION),
    **{(state, "bind_version"): "nothing_to_bind" for state in sources_of("bind_version")},
    (OPEN, "answer_silenced"): "not_passed",
    **{(state, "end_silence"): "not_silenced" for state in sources_of("end_silence")},
    **{(state, "end_rehearsal"): "no_rehearsal" for state in sources_of("end_rehearsal")},
    **{(state, "lower_severity"): "lowest_already" for state in sources_of("lower_severity")},
    **{(state, "resume_clock"): "not_paused" for state in sources_of("resume_clock")},
    **{
        (state, "pause_clock"): "nothing_to_pause"
        for state in (OPEN, EXECUTION, VERIFICATION, RISK_ACCEPTED)
    },
    **{(state, "record_submission"): "no_clock_runs" for state in sources_of("record_submission")},
    **{(state, "decide_clock"): "no_ended_clock" for state in sources_of("decide_clock")},
    **{(state, "follow_parent"): "no_parent" for state in sources_of("follow_parent")},
    **{
        (state, command): code
        for command, code in (
            ("explain_containment", "not_contained"),
            ("confirm_containment", "not_contained"),
            ("ratify", "not_contained"),
            ("lift_containment", "not_contained"),
            ("take_interim", "no_measure_named"),
            ("end_interim", "no_measure_runs"),
            ("release_hold", "not_held"),
        )
        for state in sources_of(command)
    },
}
"""Arrows that a guard of the incident, as these tests bring it there, still stands against."""


def actor_for(command, of):
    people = {
        "owner_side": of.owner,
        "validator": of.compliance,
        "second_person": of.executive,
        "witness": of.executive,
        "verifier": of.verifier,
        "executor": of.engineer,
        "gateway": of.executive,
        "engine": EVALUATOR,
        "emergency": of.owner,
    }
    return people[COMMANDS[command].who[0]]


def stand_at(of, state):
    """A minor case at medium tier; its proof, where there is one, is measured and still runs."""
    if state != VERIFICATION:
        return bring(of, state, severity="minor")
    incident = bring(of, DECISION, severity="minor")
    do(incident, "keep_running", EVALUATOR)
    return fresh(incident)


def outcome(of, incident, command):
    """Give the command as whoever it is for, look, and undo it: a refusal's code, or the arrow."""
    with transaction.atomic():
        try:
            result = do(incident, command, actor_for(command, of))
            found = (incident.state, result.incident.state)
        except Refused as refusal:
            found = refusal.code
        transaction.set_rollback(True)
    return found


def expected(state, command):
    if state not in sources_of(command):
        return {"state_does_not_allow"}
    if (state, command) in GUARDED:
        return {GUARDED[state, command]}
    return {(edge.source, edge.target) for edge in EDGES if edge.command == command}


@pytest.mark.parametrize("state", STATES)
def test_the_table_says_what_every_command_does_in_a_state(house, state):
    incident = stand_at(house, state)

    found = {command: outcome(house, incident, command) for command in COMMANDS}

    wrong = {
        command: result
        for command, result in found.items()
        if result not in expected(state, command)
    }
    assert not wrong


@pytest.mark.parametrize("state", [CLOSED, OPEN, EXECUTION])
def test_a_refusal_by_state_names_the_states_in_which_it_is_possible(house, state):
    incident = bring(house, state)

    with pytest.raises(Conflict) as caught:
        do(incident, "validate", house.compliance)

    assert "possible at Validation only" in caught.value.reason
    assert caught.value.extra["present"]["state"] == state
