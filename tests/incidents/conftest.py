"""What every test of incidents starts from."""

import pytest

from outbox import timer_kinds
from tests.incidents import factory


@pytest.fixture(scope="session", autouse=True)
def escalation_kind():
    """The floor above fires escalation steps; where it does not yet, arming them still works."""
    if "escalation.step" not in timer_kinds.registered():
        timer_kinds.register(
            "escalation.step", lock=timer_kinds.lock_nothing, fire=lambda **_: None
        )


@pytest.fixture
def house(db):
    """An organisation with a system at medium tier."""
    return factory.house()
