"""Lists of cases and of what hangs on one, at 100,000 rows: few queries, no table read through.

A page of one case asks more than a list does, for everything that stands on it: there the number of
queries is that of the page without the rows.
"""

import pytest
from psycopg import sql

from incidents.models import Comment, Incident, PrivilegedNote, RegulatoryClock
from tests.volumes.fill_cases import FILLS
from tests.volumes.house import MOST_BLOCKS, MOST_ROWS, assert_as_lean, assert_lean

pytestmark = pytest.mark.full
# What is filled, who looks, at which list.
LISTS = [
    ("incidents", "owner", "/incidents/?view=all"),
    ("incidents", "owner", "/incidents/?view=closed"),
    ("incidents", "owner", "/incidents/?state=DECISION"),
    ("incidents", "owner", "/incidents/?severity=moderate"),
    ("incidents", "owner", "/incidents/?order=due"),
    ("incidents", "owner", "/incidents/?severity=moderate&order=due"),
    ("incidents", "auditor", "/incidents/?severity=moderate&view=all"),
    ("incidents", "auditor", "/incidents/?view=all"),
]
# What is filled, who looks, at which list that shows no further page or leads on without a link.
SHORT = [
    ("incidents", "owner", "/incidents/?system=letter-sorter"),
    ("incidents", "owner", "/incidents/?system=letter-sorter&order=due"),
    ("incidents", "owner", "/incidents/?kind=boundary&view=all"),
    ("clocks", "compliance", "/clocks/"),
    ("clocks", "auditor", "/clocks/"),
    ("running_clocks", "compliance", "/clocks/"),
]
# What is filled, who looks, at which page of one thing.
PAGES = [
    ("participations", "owner", "/"),
    ("participations", "chair", "/"),
    ("participations", "executive", "/"),
    ("participations", "compliance", "/?view=others"),
    # It may share a cause with the newest of five thousand open ones.
    ("participations", "owner", "/incidents/{validation}/"),
    ("comments", "compliance", "/incidents/{validation}/"),
    ("comments", "owner", "/incidents/{validation}/comments/"),
    ("entries", "auditor", "/incidents/{validation}/"),
    ("messages", "owner", "/incidents/{validation}/"),
    ("timers", "owner", "/incidents/{validation}/deadlines/"),
    ("firings", "owner", "/incidents/{validation}/deadlines/"),
    ("participations", "compliance", "/incidents/{validation}/parts/"),
    ("submissions", "compliance", "/incidents/{reported}/reports/"),
]


def address_of(house, address):
    """Put the numbers of the gallery's things into an address."""
    made = house.gallery.made
    return address.format(
        **{name: one.number for name, one in vars(made).items() if hasattr(one, "number")}
    )


def assert_as_before(seen, before):
    """Assert that rows add no query to a page, and that none of its statements is a wide one."""
    assert seen.status == 200, seen
    assert seen.queries <= before.queries + 2, f"{seen}\n{before}"
    wide = [one for one in seen.asked if one.rows > MOST_ROWS or one.blocks > MOST_BLOCKS]
    assert not wide, "\n".join(
        [str(seen), *(f"{one.rows} rows, {one.blocks} blocks: {one.sql}" for one in wide)]
    )


@pytest.mark.parametrize(("filled", "role", "address"), LISTS)
def test_a_list_of_a_hundred_thousand_cases_is_lean(house, filled, role, address):
    FILLS[filled](house)

    first = house.seen(role, address)

    assert_lean(first)
    assert_as_lean(house.next(first), first)


@pytest.mark.parametrize(("filled", "role", "address"), SHORT)
def test_a_list_of_few_rows_beside_a_hundred_thousand_is_lean(house, filled, role, address):
    FILLS[filled](house)

    assert_lean(house.seen(role, address))


@pytest.mark.parametrize("order", ["opened", "due"])
def test_the_cases_of_a_system_that_has_few_are_found_whatever_is_known_of_the_table(house, order):
    """What a look at some rows may tell of it: that all cases are of one system."""
    FILLS["incidents"](house)
    table = sql.Identifier("incidents_incident")
    known = "ALTER TABLE {} ALTER system_id SET (n_distinct = 1), ALTER system_id SET STATISTICS 1"
    house.owned(table, sql.SQL(known).format(table))
    few = Incident.objects.exclude(system=house.gallery.house.system).select_related("system")[0]

    seen = house.seen("compliance", f"/incidents/?system={few.system.slug}&order={order}")

    assert_lean(seen)
    assert few.number in seen.text


@pytest.mark.parametrize(("filled", "role", "address"), PAGES)
def test_a_page_costs_the_same_beside_a_hundred_thousand_rows(house, filled, role, address):
    path = address_of(house, address)
    before = house.seen(role, path)
    FILLS[filled](house)

    assert_as_before(house.seen(role, path), before)


def test_the_oldest_comments_cost_what_the_newest_do(house):
    FILLS["comments"](house)
    case = house.gallery.made.validation
    first = house.seen("owner", f"/incidents/{case.number}/comments/")
    deep = Comment.objects.filter(incident=case).order_by("made_at", "id")[30]

    last = house.seen("owner", f"/incidents/{case.number}/comments/?before={deep.pk}")

    assert first.shown('<article class="comment"') == 20
    assert last.text != first.text
    assert last.blocks <= first.blocks * 1.5 + 200, f"{last}\n{first}"
    assert_as_before(last, first)


def test_of_many_privileged_notes_twenty_stand_on_the_page_and_the_oldest_can_be_reached(house):
    FILLS["notes"](house)
    case = house.gallery.made.validation
    page = f"/incidents/{case.number}/"
    deep = PrivilegedNote.objects.filter(incident=case).order_by("made_at", "pk")[5]

    first, last = (house.seen("compliance", page + more) for more in ("", f"?notes={deep.pk}"))

    assert "?notes=" in first.text
    assert len(first.text) < 400_000
    assert ">Note 5<" in last.text
    assert ">Note 7<" not in last.text
    assert_as_before(last, first)


def test_the_last_clocks_cost_what_the_first_do(house):
    FILLS["clocks"](house)
    first = house.seen("compliance", "/clocks/")
    runs = RegulatoryClock.objects.exclude(state="ended").filter(submission__isnull=True)
    deep = runs.order_by("-due_at", "-id")[30]

    last = house.seen("compliance", f"/clocks/?after={deep.due_at.isoformat()}_{deep.pk}"
                      .replace("+", "%2B"))  # fmt: skip

    assert_as_lean(last, first)
