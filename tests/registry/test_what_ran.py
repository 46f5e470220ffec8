"""What ran on 3 March at 14:00: for the whole past, with stops and gaps; requirement REG-2."""

import datetime as dt

import pytest

from ledger.context import acting_as
from ledger.rules.refusals import Conflict
from registry import services
from registry.rules.spans import Span
from registry.selectors.versions import (
    compared,
    environments_of,
    gaps_of,
    key_from,
    ran_at,
    version_page,
)
from tests.net import told
from tests.registry.factories import AT, SETUP, call, live, system, system_in, version

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def ran(of, offset, environment="production"):
    return ran_at(system_id=of.pk, environment=environment, instant=AT + offset)


def test_what_ran_is_told_with_its_stop_as_it_stood_then():
    thing = system_in("approved")
    live(thing, label="1.0")
    arguments = {"system_id": thing.pk, "scope": "payments", "reason": "limits passed"}
    call(services.suspend_deployment, **arguments, at=AT + HOUR)
    call(services.resume_deployment, system_id=thing.pk, reason="mended", at=AT + 2 * HOUR)

    found = [ran(thing, offset * HOUR) for offset in (0, 1, 2)]

    assert [one.deployment.version.label for one in found] == ["1.0"] * 3
    assert [one.suspended for one in found] == [False, True, False]
    assert found[1].stop_scope == "payments"


def test_before_the_first_start_nothing_had_run_and_a_gap_is_named():
    thing = system_in("approved")
    row = live(thing)
    end(row, AT + HOUR)

    before, gone = ran(thing, -HOUR), ran(thing, 2 * HOUR)

    assert (before.deployment, before.gap) == (None, None)
    assert (gone.deployment, gone.gap) == (None, Span(AT + HOUR, None))
    gaps = gaps_of(system_id=thing.pk, environment="production", now=AT + 3 * HOUR)
    assert gaps == [Span(AT + HOUR, None)]


@told
def end(row, at):
    """End a deployment without the next."""
    with acting_as(SETUP):
        row.until_at = at
        row.save(update_fields=["until_at"], at=at)


def test_each_environment_has_its_own_past():
    thing = system_in("approved")
    live(thing, label="1.0")
    live(thing, label="1.1", environment="branch-offices", at=AT + HOUR)

    found = [ran(thing, 2 * HOUR, place).deployment for place in ("production", "branch-offices")]

    assert [one.version.label for one in found] == ["1.0", "1.1"]
    assert environments_of(system_id=thing.pk) == ["production", "branch-offices"]


def test_nothing_is_made_live_before_what_is_live_began():
    thing = system_in("approved")
    live(thing)

    with pytest.raises(Conflict, match="live since a later instant"):
        live(thing, at=AT - HOUR)


def test_pages_of_versions_meet_without_a_row_lost_or_twice(monkeypatch):
    monkeypatch.setattr("registry.selectors.versions.PAGE", 2)
    thing = system()
    made = [version(thing, approved=False).label for _ in range(5)]
    shown, key, pages = [], "", []

    while True:
        page = version_page(system_id=thing.pk, behind=key)
        pages.append(page)
        shown += [row.label for row in page.rows]
        if not page.older:
            break
        key = page.older
    back = version_page(system_id=thing.pk, before=pages[-1].newer)

    assert sorted(shown) == sorted(made)
    assert [row.label for row in back.rows] == [row.label for row in pages[1].rows]
    assert pages[0].newer == ""


@pytest.mark.parametrize("text", ["", "x", "20261120T090000000000", "99999999T-1", "1-2", "\0-\0"])
def test_an_unreadable_key_is_the_first_page(text):
    assert key_from(text) is None


def test_a_page_of_versions_takes_the_same_queries_for_many(django_assert_num_queries):
    thing = system()
    for _ in range(6):
        version(thing)

    with django_assert_num_queries(1):
        rows = version_page(system_id=thing.pk).rows
        assert [row.author.name and row.approved_by.name for row in rows]


def test_two_versions_are_compared_field_by_field():
    thing = system()
    one, other = version(thing, label="1"), version(thing, label="2")

    found = {row["words"]: row["differs"] for row in compared(one, other)}

    assert found["Digest"]
    assert not found["State"]
    assert "Snapshot" not in found
