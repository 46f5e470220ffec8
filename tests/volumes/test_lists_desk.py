"""My desk beside 100,000 open concerns: that there are more is said, and not counted out."""

import pytest

from registry.models import Concern
from tests.volumes.house import assert_narrow

pytestmark = pytest.mark.full


def concerns(house, state):
    """Concerns that all wait."""
    pattern = Concern.objects.filter(state=state).first()
    house.fill(
        Concern, pattern.pk, number="'CON-2025-' || lpad(n::text, 6, '0')",
        receipt_sha256="md5(n::text) || md5(n::text)", form_key="gen_random_uuid()",
        received_at="p.received_at - n * interval '1 minute'",
    )  # fmt: skip


@pytest.mark.parametrize(("role", "state"), [("compliance", "received"), ("risk", "read")])
def test_a_desk_beside_a_hundred_thousand_concerns_shows_the_oldest_ones(house, role, state):
    before = house.seen(role, "/")
    concerns(house, state)

    seen = house.seen(role, "/")

    assert_narrow(seen)
    assert seen.queries <= before.queries
    assert "CON-2025-100000" in seen.text
    assert "CON-2025-099991" in seen.text
    assert "CON-2025-099990" not in seen.text
    assert "And more than 1,000 more: concerns" in seen.text
