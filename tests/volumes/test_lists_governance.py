"""Lists of committees, meetings, requests, drills, silences, notices and the ledger, at volume."""

import re

import pytest

from governance.models import Decision, Meeting
from incidents.models import AcceptanceProposal
from outbox.models import Message
from registry.models import Concern
from registry.selectors.keyset import place_of
from tests.volumes.fill_cases import DELEGATE, FILLS
from tests.volumes.house import assert_as_lean, assert_lean
from tests.volumes.test_lists_incidents import address_of, assert_as_before

pytestmark = pytest.mark.full
LISTS = [
    ("decisions", "chair", "/committee/"),
    ("decisions", "auditor", "/committee/"),
    ("incidents", "secretary", "/committee/"),
    ("meetings", "secretary", "/meetings/"),
    ("meetings", "chair", "/meetings/"),
    ("requests", "compliance", "/authority-requests/"),
    ("drills", "compliance", "/drills/"),
    ("shifts", "compliance", "/on-call/"),
    ("interests", "chair", "/me/interests/"),
    ("silences", "compliance", "/silences/"),
    ("concerns", "compliance", "/concerns/"),
    ("concerns", "compliance", "/concerns/?view=all"),
    ("concerns", "risk", "/concerns/?view=closed"),
    ("timers", "administrator", "/operations/engine/"),
    ("messages", "compliance", "/notifications/"),
    ("messages", "compliance", "/notifications/?unread=1"),
    ("messages", "compliance", "/notifications/?kind=mention"),
    ("messages", "owner", "/notifications/"),
    ("checkpoints", "auditor", "/ledger/checkpoints/"),
    ("runs", "auditor", "/ledger/verifications/"),
    ("incidents", "compliance", "/validation/small/"),
    ("small", "compliance", "/validation/small/"),
]
# These ask more than ten questions whatever there is; how many they ask must not grow.
PAGES = [
    ("decisions", "chair", "/committee/{decision}/"),
    ("decisions", "secretary", "/minutes/{ended}/"),
    ("messages", "administrator", "/operations/messages/"),
    ("messages", "everywhere", "/operations/messages/?state=failed"),
    ("drills", "compliance", "/oversight/"),
    ("drills", "auditor", "/oversight/"),
    ("entries", "everywhere", "/ledger/"),
    ("runs", "everywhere", "/ledger/"),
]


@pytest.mark.parametrize(("filled", "role", "address"), LISTS)
def test_a_list_beside_a_hundred_thousand_rows_is_lean(house, filled, role, address):
    FILLS[filled](house)

    assert_lean(house.seen(role, address_of(house, address)))


@pytest.mark.parametrize(("filled", "role", "address"), PAGES)
def test_a_page_costs_the_same_beside_a_hundred_thousand_rows(house, filled, role, address):
    path = address_of(house, address)
    before = house.seen(role, path)
    FILLS[filled](house)

    assert_as_before(house.seen(role, path), before)


@pytest.mark.parametrize("role", ["secretary", "chair"])
def test_a_meeting_offers_the_motions_before_its_body_page_by_page(house, role):
    path = address_of(house, "/meetings/{ahead}/")
    before = house.seen(role, path)
    FILLS["drafts"](house)

    first = house.seen(role, path)
    second = house.next(first)

    assert_as_before(first, before)
    assert_as_before(second, before)
    offered = [re.findall(r">(D-\d+) ", one.text) for one in (first, second)]
    assert len(offered[1]) == 100
    assert offered[0] + offered[1] == [f"D-{n + 1:06}" for n in range(len(offered[0]) + 100)]
    assert 0 < len(offered[0]) < 100, "those that waited before stand first"
    assert f'action="{path}add/?motions_after=' in second.text


def test_what_delegates_decided_in_a_month_costs_the_same_on_every_page(house):
    FILLS["delegated"](house)
    address = "/committee/delegated/?month=2026-11"
    deep = Decision.objects.filter(committee_id=DELEGATE).order_by("closed_at", "pk")[30]
    place = f"{deep.closed_at.isoformat().replace('+00:00', 'Z')}_{deep.pk}"

    first = house.seen("compliance", address)
    last = house.seen("compliance", f"{address}&after={place}")

    assert_lean(first)
    assert first.shown('<th scope="row">') == 50
    assert last.shown('<th scope="row">') == 30
    assert ">DC" not in first.text
    assert_as_lean(house.next(first), first)
    assert_as_lean(last, first)


@pytest.mark.parametrize("role", ["compliance", "owner", "auditor"])
def test_the_register_costs_the_same_for_many_proposals_as_for_one(house, role):
    before = house.seen(role, "/acceptances/")
    house.fill(
        AcceptanceProposal, AcceptanceProposal.objects.first().pk, number="'P' || n",
        state="'proposed'", reference="''", proposed_at="p.proposed_at - n * interval '1 minute'",
    )  # fmt: skip

    seen = house.seen(role, "/acceptances/")

    assert_lean(seen)
    assert seen.queries == before.queries
    assert seen.shown('href="/acceptances/proposals/') == 20


def test_the_oldest_concerns_cost_what_the_newest_do(house):
    FILLS["concerns"](house)
    first = house.seen("compliance", "/concerns/?view=all")
    deep = Concern.objects.order_by("received_at", "pk")[30]
    place = f"{deep.received_at.isoformat().replace('+00:00', 'Z')}_{deep.pk}"

    last = house.seen("compliance", f"/concerns/?view=all&after={place}")

    assert_lean(first)
    assert_as_lean(house.next(first), first)
    assert_as_lean(last, first)


def test_the_meetings_held_first_cost_what_the_last_do(house):
    FILLS["meetings"](house)
    first = house.seen("secretary", "/meetings/")
    deep = Meeting.objects.filter(state="ended").order_by("starts_at", "number")[30]

    last = house.seen("secretary", f"/meetings/?after={place_of(deep.starts_at, deep.number)}")

    assert_lean(first)
    assert_as_lean(house.next(first), first)
    assert_as_lean(last, first)


@pytest.mark.parametrize("state", ["unread", "read"])
def test_the_oldest_notices_cost_what_the_newest_do(house, state):
    FILLS["messages"](house)
    first = house.seen("compliance", "/notifications/")
    rows = Message.objects.filter(person_id=house.gallery.people["compliance"].pk, form="single")
    rows = rows.filter(channel__in=("mail", "product"), read_at__isnull=state == "unread")
    deep = rows.order_by("created_at", "pk")[30]
    place = f"{state}_{deep.created_at.isoformat()}_{deep.pk}".replace("+", "%2B")

    last = house.seen("compliance", f"/notifications/?after={place}")

    assert_as_lean(last, first)
