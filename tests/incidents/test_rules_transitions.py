"""The transition table against itself, against the model's machine, and against its handlers."""

import pytest

from incidents.models import Action, Incident
from incidents.rules.command_fields import FIELDS
from incidents.rules.transitions import (
    CANCELLED,
    CLOSED,
    COMMANDS,
    DECIDED_BY,
    DECISION,
    EDGES,
    ENDED,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    RISK_ACCEPTED,
    STATE_WORDS,
    STATES,
    VERIFICATION,
    edge_of,
    fields_of,
    reachable,
    sources_of,
)
from incidents.services.commands.execution import HANDLERS
from ledger import verbs


def test_every_command_has_a_handler_fields_and_edges():
    assert set(COMMANDS) == set(HANDLERS)
    assert set(FIELDS) <= set(COMMANDS)
    assert {edge.command for edge in EDGES} - {"open"} == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda one: one.name)
def test_every_command_writes_a_registered_verb(command):
    assert verbs.lookup(command.verb).words


def test_the_states_of_the_table_are_those_of_the_model():
    assert list(STATES) == list(Incident.State.values)
    assert {state.value: str(state.label) for state in Incident.State} == STATE_WORDS


def test_the_model_s_machine_draws_the_edges_that_change_the_state():
    state = Incident._meta.get_field("state")
    drawn = {
        (one.name, one.source, target)
        for one in state.get_all_transitions(Incident)
        for target in getattr(one.target, "allowed_states", [one.target])
        if target != one.source
    }

    table = {
        (edge.command, edge.source, edge.target)
        for edge in EDGES
        if edge.source and edge.source != edge.target
    }
    assert drawn == table


LEADS_ON = {
    edge
    for edge in EDGES
    if edge.source == DECISION and edge.target != DECISION and edge.command != "follow_parent"
}


@pytest.mark.parametrize("type_", DECIDED_BY)
def test_from_every_type_of_decision_a_path_leads_to_closed(type_):
    targets = {edge.target for edge in EDGES if edge.command == DECIDED_BY[type_]}

    assert targets
    for target in targets:
        assert CLOSED in reachable([target])


@pytest.mark.parametrize("edge", sorted(LEADS_ON, key=str), ids=lambda one: one.command)
def test_whatever_leads_on_from_a_decision_leads_to_an_end(edge):
    assert {CLOSED, CANCELLED} & reachable([edge.target])


def test_a_decision_leads_to_action_proof_acceptance_a_question_or_a_withdrawal():
    leads = {(edge.command, edge.target) for edge in LEADS_ON}

    assert leads == {
        ("adopt", EXECUTION),
        ("keep_running", VERIFICATION),
        ("accept_risk", RISK_ACCEPTED),
        ("end_rehearsal", CANCELLED),
        ("request_information", INVESTIGATING),
        ("withdraw", CANCELLED),
    }


@pytest.mark.parametrize("state", [state for state in STATES if state not in ENDED])
def test_from_every_open_state_a_path_leads_to_closed(state):
    assert CLOSED in reachable([state])


def test_every_type_of_action_is_decided_by_some_command():
    assert set(DECIDED_BY) == set(Action.Type.values)


def test_every_state_is_on_the_way_from_the_opening():
    assert reachable([OPEN]) == set(STATES)


def test_nothing_leads_out_of_an_ended_state_but_a_reopening():
    out = {edge for edge in EDGES if edge.source in ENDED and edge.target != edge.source}

    assert {(edge.code, edge.command, edge.source, edge.target) for edge in out} == {
        ("T19", "reopen", CLOSED, INVESTIGATING)
    }


def test_an_arrow_that_is_not_drawn_is_an_error():
    with pytest.raises(KeyError, match="does not lead"):
        edge_of("close", OPEN, CLOSED)


def test_sources_keep_the_order_of_the_table():
    assert sources_of("withdraw") == ("OPEN", "INVESTIGATING", "VALIDATION", "DECISION")


def test_small_cases_need_a_cause_a_sentence_and_an_action_only():
    required = {field.name for field in fields_of("submit_findings", small=True) if field.required}

    assert required == {"cause", "narrative", "proposed_action"}


def test_the_full_form_asks_for_everything_of_t04():
    required = {field.name for field in fields_of("submit_findings", small=False) if field.required}

    assert required >= {
        "cause",
        "narrative",
        "affected_note",
        "affected_from",
        "harm",
        "proposed_severity",
        "proposed_action",
        "containment",
    }
