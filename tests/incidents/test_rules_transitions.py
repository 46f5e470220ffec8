"""The transition table against itself, against the model's machine, and against its handlers."""

import pytest

from incidents.models import Action, Incident
from incidents.rules.command_fields import FIELDS
from incidents.rules.transitions import (
    CANCELLED,
    CLOSED,
    COMMANDS,
    DECIDED_BY,
    EDGES,
    ENDED,
    OPEN,
    RISK_ACCEPTED,
    STATE_WORDS,
    STATES,
    edge_of,
    fields_of,
    reachable,
    sources_of,
)
from incidents.services.commands.execution import HANDLERS
from ledger import verbs


def test_every_command_has_a_handler_fields_and_edges():
    assert set(COMMANDS) == set(HANDLERS) == set(FIELDS)
    assert {edge.command for edge in EDGES} - {"open"} == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda one: one.name)
def test_every_command_writes_a_registered_verb(command):
    assert verbs.lookup(command.verb).words


def test_the_states_of_the_table_are_those_of_the_model():
    assert list(STATES) == list(Incident.State.values)
    assert {state.value: str(state.label) for state in Incident.State} == STATE_WORDS


def test_the_model_s_machine_draws_the_edges_that_change_the_state():
    state = Incident._meta.get_field("state")
    drawn = {(one.name, one.source, one.target) for one in state.get_all_transitions(Incident)}

    table = {
        (edge.command, edge.source, edge.target)
        for edge in EDGES
        if edge.source and edge.source != edge.target
    }
    assert drawn == table


@pytest.mark.parametrize("type_", DECIDED_BY)
def test_from_every_type_of_decision_a_path_leads_to_closed(type_):
    targets = {edge.target for edge in EDGES if edge.command == DECIDED_BY[type_]}

    assert targets
    for target in targets:
        assert CLOSED in reachable([target])


def test_every_type_of_action_is_decided_by_some_command():
    assert set(DECIDED_BY) == set(Action.Type.values)


def test_every_state_on_the_way_leads_to_closed():
    on_the_way = reachable([OPEN])

    assert {state for state in on_the_way if CLOSED not in reachable([state])} == set()
    assert on_the_way.isdisjoint({RISK_ACCEPTED, CANCELLED})


def test_nothing_leads_out_of_an_ended_state():
    assert [edge for edge in EDGES if edge.source in ENDED] == []


def test_an_arrow_that_is_not_drawn_is_an_error():
    with pytest.raises(KeyError, match="does not lead"):
        edge_of("close", OPEN, CLOSED)


def test_sources_keep_the_order_of_the_table():
    assert sources_of("confirm_action") == ("EXECUTION", "VERIFICATION")


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
