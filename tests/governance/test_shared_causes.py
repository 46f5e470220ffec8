"""Incidents that share something and began together are told as perhaps one cause (workflow 4)."""

import datetime as dt
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.rules.shared_causes import Key, Told, shared_causes
from governance.selectors.shared_causes import suggested_causes
from incidents.models import Incident
from ledger.context import acting_as
from registry.models import Dependency
from tests.incidents import factory
from tests.incidents.factory import AT, EVALUATOR, do, opened
from tests.net import told as telling
from tests.registry.factories import sign_in, system

HOUR = dt.timedelta(hours=1)
FEED = Key("feed", "s", "policy-events")
SUPPLIER = Key("supplier", "a", "Aurora")
VERSION = Key("version", "v", "2.3")


def told(number, *keys, begins=0, system=None, cadence=0, **changes):
    """An incident that began some minutes after AT."""
    return Told(
        id=UUID(int=number), number=f"INC-{number}", system=UUID(int=100 + (system or number)),
        begins=AT + begins * dt.timedelta(minutes=1), cadence=dt.timedelta(minutes=cadence),
        keys=frozenset(keys), **changes,
    )  # fmt: skip


def groups(found):
    return [(one.key.kind, [case.number for case in one.members]) for one in found]


def test_those_that_share_a_supplier_and_began_together_are_one_suggestion():
    cases = [told(1, SUPPLIER), told(2, SUPPLIER, begins=30), told(3, begins=10)]

    assert groups(shared_causes(cases)) == [("supplier", ["INC-1", "INC-2"])]


@pytest.mark.parametrize(("cadence", "count"), [(0, 0), (119, 0), (120, 1), (600, 1)])
def test_together_means_within_one_cadence_and_an_hour_at_least(cadence, count):
    cases = [told(1, SUPPLIER), told(2, SUPPLIER, begins=120, cadence=cadence)]

    assert len(shared_causes(cases)) == count


def test_what_one_system_shares_with_itself_is_no_supplier_s_fault():
    cases = [told(1, SUPPLIER, VERSION, system=1), told(2, SUPPLIER, VERSION, system=1)]

    assert groups(shared_causes(cases)) == [("version", ["INC-1", "INC-2"])]


def test_of_two_causes_for_the_same_incidents_the_one_that_explains_more_stands():
    cases = [told(1, SUPPLIER, FEED), told(2, SUPPLIER, FEED)]

    assert groups(shared_causes(cases)) == [("feed", ["INC-1", "INC-2"])]


def test_what_is_tied_already_is_not_told_again():
    cases = [told(1, SUPPLIER), told(2, SUPPLIER)]
    tied = {frozenset({UUID(int=1), UUID(int=2)})}

    assert shared_causes(cases, tied=tied) == []


def test_a_feed_began_when_it_was_heard_last_and_counts_its_breaches():
    stopped = AT - 2 * HOUR
    cases = [told(1, FEED, breaches=6, stopped=stopped), told(2, FEED, breaches=3)]

    (found,) = shared_causes(cases)

    assert (found.began, found.breaches) == (stopped, 9)


@pytest.fixture
def house(db):
    return factory.house()


@telling
def needs(one, other):
    return Dependency.objects.create(system=one, on_system=other, kind="uses_output", from_at=AT)


def read():
    return list(Incident.objects.select_related("system", "live_version"))


def test_one_of_a_system_and_one_of_what_it_needs_may_have_one_cause(house):
    upstream = system(of=house.unit, owner=house.owner)
    with acting_as(EVALUATOR):
        needs(house.system, upstream)
    first, second = opened(house), opened(house, system=upstream, live_version=None)

    found = suggested_causes(incidents=read(), at=AT).causes

    (cause,) = [one for one in found if one.key.kind == "upstream"]
    assert {one.number for one in cause.members} == {first.number, second.number}
    assert cause.key.name == upstream.name


def test_two_of_one_version_are_suggested_until_they_are_linked(house):
    first, second = opened(house), opened(house)
    before = suggested_causes(incidents=read(), at=AT).causes

    do(first, "link", house.owner, kind="related", other=second.number, reason="One cause")

    assert [one.key.kind for one in before] == ["version"]
    assert suggested_causes(incidents=read(), at=AT).causes == []


def test_it_takes_the_same_queries_for_few_and_many(house):
    opened(house)
    opened(house)
    with CaptureQueriesContext(connection) as few:
        suggested_causes(incidents=(rows := read()), at=AT)
    for _ in range(5):
        opened(house)
    more = read()
    with CaptureQueriesContext(connection) as many:
        suggested_causes(incidents=more, at=AT)

    assert len(rows) < len(more)
    assert len(many) == len(few) - 1 <= 6


def test_the_page_and_the_api_tell_it_and_lead_to_merge_and_link(house):
    first, second = opened(house), opened(house)
    client = sign_in(Client(), house.owner)

    page = client.get(f"/incidents/{first.number}/").content.decode()
    form = client.get(f"/incidents/{first.number}/merge/?into={second.number}").content.decode()
    api = client.get(f"/api/v1/incidents/{first.number}/together").json()

    assert "Perhaps one cause" in page
    assert f"/incidents/{first.number}/merge/?into={second.number}" in page
    assert f"/incidents/{first.number}/link/?other={second.number}&amp;kind=related" in page
    assert f'value="{second.number}"' in form
    assert [(one["kind"], one["others"]) for one in api] == [("version", [second.number])]
