"""Pages of the ledger and of the engine at 100,000 rows: at most ten queries, each one bounded."""

import pytest
from django.test import override_settings

from governance.selectors.pages.ledger_reach import MOST_NAMED, reach_of
from incidents.models import Incident
from ledger.models import Entry, VerificationRun
from ledger.selectors.groups import MOST_OF_VERB
from ledger.selectors.near import MOST_NEAR
from ledger.selectors.search import Wanted, found_beside, found_page
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
    # Of the newest 100,000 these see none.
    ("strange", "owner", "/ledger/"),
    ("strange", "author", "/ledger/"),
    ("sign_ins", "owner", "/ledger/"),
    ("sign_ins", "author", "/ledger/"),
    ("entries", "everywhere", "/ledger/exceptions/"),
    ("entries", "auditor", "/ledger/exceptions/"),
    ("entries", "author", "/ledger/exceptions/"),
    ("refusals", "everywhere", "/ledger/exceptions/"),
    ("refusals", "auditor", "/ledger/exceptions/"),
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


def test_who_sees_more_cases_than_can_be_named_looks_at_no_entry_of_others(house, monkeypatch):
    monkeypatch.setattr("governance.selectors.pages.ledger_reach.MOST_NAMED", 0)
    FILLS["strange"](house)

    first = house.seen("owner", "/ledger/")

    assert first.shown("<tr") == 51
    assert_lean(first)
    assert_as_lean(house.next(first), first)


@pytest.mark.parametrize("role", ["owner", "author", "auditor", "chair", "engineer"])
def test_what_is_near_is_every_entry_within_reach_page_by_page(house, role):
    reach = reach_of(user=house.gallery.people[role], at=NOW)
    all_of_them = found_page(wanted=Wanted(), reach=reach, before=None, limit=9_999)
    told, before = [], None

    while before != 0:
        page = found_beside(
            wanted=Wanted(), reach=reach, before=before, limit=51, beside=lambda _objects: {}
        )
        told += [line.number for line in page.lines[:50]]
        before = told[-1] if len(page.lines) > 50 else page.last or 0

    assert told == [line.number for line in all_of_them]
    assert told


def test_an_entry_about_a_case_names_the_system_of_the_case_or_none(house):
    systems = dict(Incident.objects.values_list("pk", "system_id"))
    named = Entry.objects.filter(incident_id__isnull=False, system_id__isnull=False)

    rows = list(named.values_list("incident_id", "system_id"))

    assert rows
    assert [one for one in rows if systems[one[0]] != one[1]] == []


def test_many_exceptions_are_counted_as_far_as_a_page_looks(house):
    FILLS["refusals"](house)

    text = house.seen("everywhere", "/ledger/exceptions/").text

    assert f'<span class="num">{MOST_OF_VERB}+</span>' in text


def test_a_count_says_that_there_are_more_where_it_stops(house):
    FILLS["cases"](house)

    text = house.seen("owner", "/ledger/").text

    assert reach_of(user=house.gallery.people["owner"], at=NOW).incidents is not None
    assert MOST_NAMED < 100_000
    assert f"More than {MOST_NEAR} entries" in text


def test_the_engine_says_that_more_waits_than_it_counts(house):
    FILLS["waiting"](house)

    text = house.seen("administrator", "/operations/engine/").text

    assert text.count(f"<dd>&gt; {MOST_COUNTED}</dd>") == 2
    assert f"More than {MOST_COUNTED} timers are due" in text
