"""What every test of the registry starts from."""

import pytest
from django.core.cache import cache

from registry import gates


@pytest.fixture(autouse=True)
def own_gates(monkeypatch):
    """Leave only the checks that this floor registers, whatever the floors above add."""
    own = {
        key: check
        for key, check in gates.registered().items()
        if check.__module__.startswith("registry.")
    }
    monkeypatch.setattr(gates, "_checks", own)


@pytest.fixture(autouse=True)
def no_floods():
    """Forget how many wrong tokens the tests before have sent."""
    cache.clear()
