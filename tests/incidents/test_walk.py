"""The whole way of an incident through the one command function."""

import pytest

from incidents.rules.transitions import CLOSED, DECISION, EXECUTION, VERIFICATION
from tests.incidents.factory import bring


@pytest.mark.parametrize("state", [DECISION, EXECUTION, VERIFICATION, CLOSED])
def test_an_incident_walks_to_every_state_by_its_commands(house, state):
    incident = bring(house, state)

    assert incident.state == state
    assert incident.transitions.count() == incident.version
