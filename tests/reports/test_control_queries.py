"""The pages of controls ask ten questions at most, however many systems, controls and uploads."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.context import acting_as
from outbox import clock
from reports.models import ControlUpload
from reports.selectors.control_reading import control_provisions
from tests.net import told
from tests.registry.factories import SETUP, role, user
from tests.reports.control_house import HIGH, LATER, Controlled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("law")]
MOST = 10
ADDRESSES = ("/controls/", "/controls/iso-42001/", "/controls/ai-act/?state=missing")


@pytest.fixture
def of():
    """Seven systems, all high-risk, with five uploads that count to each of twenty controls."""
    clock.shift(LATER - dt.datetime.now(dt.UTC))
    made = Controlled(systems=7, facts=HIGH)
    owners = [user(of=made.unit, name=f"Owner {letter}") for letter in "ABCDE"]
    for provision in control_provisions().filter(framework_id="iso-42001")[:20]:
        for owner in owners:
            told(_uploaded)(provision, owner, made.officer)
    return made


def _uploaded(provision, owner, reviewer):
    with acting_as(SETUP):
        return ControlUpload.objects.create(
            provision=provision, title="Minutes", link="https://example.org/minutes", owner=owner,
            uploaded_by=owner, uploaded_at=LATER - dt.timedelta(days=2), state="reviewed",
            reviewed_by=reviewer, reviewed_at=LATER - dt.timedelta(days=1),
        )  # fmt: skip


@pytest.mark.parametrize("name", ["compliance", "auditor"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_of_controls_asks_ten_questions_at_most(of, name, address):
    reader = of.officer
    if name != "compliance":
        reader = user(of=of.unit)
        role(reader, name, unit=of.unit)
    client = Client()
    client.force_login(reader)
    client.get(address)

    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)

    assert answer.status_code == 200
    assert of.systems[0].name in answer.content.decode() or address == "/controls/"
    assert len(asked) <= MOST, "\n".join(one["sql"][:200] for one in asked.captured_queries)


def test_what_is_counted_of_uploads_is_what_there_is(of):
    client = Client()
    client.force_login(of.officer)
    key = control_provisions().filter(framework_id="iso-42001")[0].pk

    found = client.get(f"/api/v1/controls/iso-42001/{key}").json()["evidence"]

    uploaded = next(one for one in found if one["source"] == "attached")
    assert uploaded["count"] == 5
    assert uploaded["owner"] == "Owner A, Owner B, Owner C and 2 more"
