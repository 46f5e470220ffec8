"""Pages of the ledger and of the engine at 100,000 rows: at most ten queries, each one bounded."""

import pytest
from django.test import override_settings

from governance.selectors.pages.ledger_reach import MOST_NAMED, reach_of
from ledger.models import VerificationRun
from ledger.selectors.reach import MOST_LOOKED_UP
from ledger.selectors.search import Wanted, found_page
from outbox.selectors import MOST_COUNTED
from tests.volumes.fill_ledger import FILLS
from tests.volumes.house import assert_as_lean, assert_lean
from tests.walks.gallery import NOW

pytestmark = pytest.mark.full
NOTHING_KEPT = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
# Who sees everything, and who sees it because of a role for the unit.
LISTS = [
    ("entries", "everywhere", "/ledger/"),
    ("entries", "owner", "/ledger/"),
    ("cases", "everywhere", "/ledger/"),
    ("cases", "owner", "/ledger/"),
    ("cases", "auditor", "/ledger/"),
    ("checkpoints", "auditor", "/ledger/checkpoints/"),
    ("runs", "auditor", "/ledger/verifications/"),
]
PAGES = [
    ("waiting", "administrator", "/operations/engine/"),
]
# Nothing of what is kept for a few seconds is there: as after a start.
UNKEPT = [
    ("everywhere", "/ledger/"),
    ("everywhere", "/ledger/exceptions/"),
    ("auditor", "/ledger/checkpoints/"),
    ("auditor", "/ledger/verifications/"),
    ("administrator", "/operations/engine/"),
]


@pytest.mark.parametrize(("filled", "role", "address"), LISTS)
def test_a_list_of_the_ledger_is_lean_on_its_first_page_and_on_the_next(
    house, filled, role, address
):
    FILLS[filled](house)

    first = house.seen(role, address)

    assert_lean(first)
    assert first.shown("<tr") <= 60
    assert_as_lean(house.next(first), first)


@pytest.mark.parametrize(("filled", "role", "address"), PAGES)
def test_a_page_of_what_waits_or_went_wrong_is_lean(house, filled, role, address):
    FILLS[filled](house)

    assert_lean(house.seen(role, address))


@pytest.mark.parametrize(("role", "address"), UNKEPT)
def test_a_page_is_lean_before_anything_is_kept(house, role, address):
    with override_settings(CACHES=NOTHING_KEPT):
        assert_lean(house.seen(role, address))


def test_the_first_verifications_are_reached_and_cost_what_the_last_do(house):
    FILLS["runs"](house)
    first = house.seen("auditor", "/ledger/verifications/")
    deep = VerificationRun.objects.order_by("requested_at", "pk")[30]

    last = house.seen("auditor", f"/ledger/verifications/?after={deep.pk}")

    assert last.shown('<th scope="row">') == 30
    assert_as_lean(last, first)


def test_who_sees_more_cases_than_can_be_named_reads_the_same_entries(house, monkeypatch):
    owner = house.gallery.people["owner"]
    named = reach_of(user=owner, at=NOW)
    monkeypatch.setattr("governance.selectors.pages.ledger_reach.MOST_NAMED", 0)
    asked = reach_of(user=owner, at=NOW)

    told = [
        [line.number for line in found_page(wanted=Wanted(), reach=one, before=None, limit=999)]
        for one in (named, asked)
    ]

    assert named.incident_ids
    assert asked.incidents is not None
    assert asked.more_systems is not None
    assert {*asked.system_ids, *asked.more_systems.values_list("system_id", flat=True)} == {
        *named.system_ids
    }
    assert told[0] == told[1]
    assert told[0]


def test_a_count_says_that_there_are_more_where_it_stops(house):
    FILLS["cases"](house)

    text = house.seen("owner", "/ledger/").text

    assert reach_of(user=house.gallery.people["owner"], at=NOW).incidents is not None
    assert MOST_NAMED < 100_000
    assert f"More than {MOST_LOOKED_UP} entries" in text


def test_the_engine_says_that_more_waits_than_it_counts(house):
    FILLS["waiting"](house)

    text = house.seen("administrator", "/operations/engine/").text

    assert text.count(f"<dd>&gt; {MOST_COUNTED}</dd>") == 2
    assert f"More than {MOST_COUNTED} timers are due" in text
