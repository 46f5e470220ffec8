"""My desk and the figures: ten questions at most for each role, however much stands there."""

import datetime as dt
from dataclasses import replace

import pytest

from ledger.context import acting_as
from ledger.rules.actors import machine
from registry.models import Delegation
from reports.selectors.desk import desk_of
from tests.volumes.house import assert_lean
from tests.walks.gallery import NOW

pytestmark = pytest.mark.full
DESK, FIGURES = "/", "/figures/"
DAY = dt.timedelta(days=1)
SETUP = machine("set-up", kind="command", channel="command")
# "second" is an officer of the risk of every unit, "everywhere" administers them all.
ROLES = (
    "compliance", "risk", "owner", "deputy", "chair", "member", "secretary", "executive",
    "auditor", "engineer", "board", "administrator", "everywhere", "second",
)  # fmt: skip


def assert_few(seen):
    """Assert that a page is lean; how far the record is sealed is asked anew every five seconds."""
    late = sum("ledger_leaf" in one.sql for one in seen.asked)
    assert_lean(replace(seen, queries=seen.queries - late))


def test_each_desk_asks_ten_questions_at_most(house):
    everybody = house.gallery.people | {"member": house.gallery.of.members[1]}
    house.gallery = replace(house.gallery, people=everybody)

    for role in ROLES:
        assert_few(house.seen(role, DESK))


@pytest.mark.parametrize("role", ["owner", "compliance"])
def test_the_figures_ask_ten_questions_at_most(house, role):
    assert_few(house.seen(role, FIGURES))


def test_it_asks_no_more_of_who_acts_for_somebody(house):
    owner, engineer = (house.gallery.people[role] for role in ("owner", "engineer"))
    alone = desk_of(user=engineer, at=NOW).counts["mine"]

    with acting_as(SETUP):
        Delegation.objects.create(
            principal=owner, delegate=engineer, reason="away", from_at=NOW - DAY, until_at=NOW + DAY
        )

    assert_few(house.seen("engineer", DESK))
    assert desk_of(user=engineer, at=NOW).counts["mine"] > alone
