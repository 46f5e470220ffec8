"""INC-8: what was stopped at once is lifted from where it is shown, once nothing else is put."""

import pytest

from governance.models import Decision
from governance.services.rounds import convene
from incidents.models import Containment
from tests.governance.organisation import organised
from tests.governance.pages import AT, signed_in, text_of
from tests.governance.rounds import all_vote, by, count
from tests.incidents.factory import do, opened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
LINK = "Put a motion that lifts it"


@pytest.fixture
def of():
    return organised()


@pytest.fixture
def stopped(of):
    """A case whose system was stopped at once; the committee ratified it."""
    incident = opened(of.house)
    do(incident, "emergency_contain", of.house.owner)
    motion = Decision.objects.get()
    count(all_vote(by(of.chair, convene, decision_id=motion.pk, closes_in=None, at=AT)))
    return incident


def test_the_owner_comes_from_what_is_held_to_a_motion_that_lifts_it(of, stopped, client):
    row = Containment.objects.get()
    signed_in(client, of.house.owner)
    path = f"/incidents/{stopped.number}/"

    page = client.get(path).content.decode()
    form = client.get(f"{path}motion/?lift={row.pk}").content.decode()

    assert f'href="{path}motion/?lift={row.pk}"' in page
    assert '<option value="lift" selected>' in form
    assert f'<option value="{row.pk}" selected>' in form
    assert "The emergency measure is lifted" in form


def test_who_may_put_no_motion_is_offered_none(of, stopped, client):
    page = text_of(signed_in(client, of.house.auditor).get(f"/incidents/{stopped.number}/"))

    assert "Held still" in page
    assert LINK not in page


def test_while_a_motion_on_it_waits_there_is_no_second_one(of, client):
    signed_in(client, of.house.owner).post(
        f"/systems/{of.house.system.slug}/stop/",
        {"kind": "stop", "scope": "everything", "environment": "production", "reason": "It harms."},
    )
    number = Containment.objects.get().incident.number

    page = text_of(client.get(f"/incidents/{number}/"))

    assert Decision.objects.get().state == "draft"
    assert LINK not in page
