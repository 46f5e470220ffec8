"""What every test of incidents starts from."""

import pytest

from outbox import timer_kinds
from tests.incidents import factory


@pytest.fixture(autouse=True)
def escalation_steps_do_nothing(monkeypatch):
    """This floor arms the steps of a ladder; what they do when they fire is the next floor's."""
    inert = timer_kinds.TimerKind("escalation.step", timer_kinds.lock_nothing, lambda **_: None)
    monkeypatch.setitem(timer_kinds._kinds, "escalation.step", inert)


@pytest.fixture
def house(db):
    """An organisation with a system at medium tier."""
    return factory.house()
