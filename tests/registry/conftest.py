"""What every test of the registry starts from."""

import pytest
from django.core.cache import cache

from registry import gates
from tests.registry.factories import PLAIN

REGISTERED = gates.registered()


@pytest.fixture(autouse=True)
def own_gates(monkeypatch):
    """Leave only plain checks of this floor, so that a system is brought to a state cheaply."""
    own = {
        key: check
        for key, check in gates.registered().items()
        if check.__module__.startswith("registry.") and check.__name__ in PLAIN
    }
    monkeypatch.setattr(gates, "_checks", own)


@pytest.fixture
def whole_gates(monkeypatch):
    """Let every check of this floor stand at its gate, whatever the floors above add."""
    own = {
        key: check for key, check in REGISTERED.items() if check.__module__.startswith("registry.")
    }
    monkeypatch.setattr(gates, "_checks", own)


@pytest.fixture(autouse=True)
def no_floods():
    """Forget how many wrong tokens the tests before have sent."""
    cache.clear()
