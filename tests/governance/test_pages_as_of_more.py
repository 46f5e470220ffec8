"""AUD-3 on the later pages: an acceptance, a programme and a meeting as they were."""

import datetime as dt

import pytest

from governance.services.meetings import end_meeting
from incidents.models import RiskAcceptance
from incidents.rules.transitions import RISK_ACCEPTED
from tests.governance import organisation as org
from tests.governance.meetings import START, in_session
from tests.governance.pages import AT, signed_in, stand_at, text_of
from tests.governance.rounds import by
from tests.incidents import factory as cases
from tests.incidents import test_programmes as programmes
from tests.incidents.factory import do

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _standing_clock():
    stand_at(START + 5 * HOUR)
    yield
    stand_at(None)


def at_instant(client, user, path, at, *, status=200):
    """What a page says of an instant."""
    text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    response = signed_in(client, user).get(path, {"as_of": text})
    assert response.status_code == status, text_of(response)[:500]
    return text_of(response)


def test_an_acceptance_is_shown_without_its_later_review_and_nothing_can_be_done(client):
    house = cases.house()
    incident = cases.bring(house, RISK_ACCEPTED)
    do(incident, "review_acceptance", house.compliance, at=AT + 2 * HOUR)
    path = f"/acceptances/{RiskAcceptance.objects.get().number}/"

    then = at_instant(client, house.compliance, path, AT + HOUR)
    now = text_of(client.get(path))

    assert "As it was on" in then
    assert "The controls work." not in then
    assert "What can be done" not in then
    assert "The controls work." in now


def test_a_programme_is_shown_without_its_later_batch(client):
    house = cases.house()
    _, action = programmes.stated(house)
    by(house.engineer, programmes.record_batch, action_id=action.pk, values=programmes.BATCH,
       at=AT + 2 * HOUR)  # fmt: skip
    path = f"/programmes/{action.pk}/"

    then = at_instant(client, house.engineer, path, AT + HOUR)
    now = text_of(client.get(path))

    assert "Nothing has been sent yet." in then
    assert "Record a batch" not in then
    assert "payment run 11" in now


def test_a_meeting_is_shown_as_it_stood_in_session(client):
    of = org.organised()
    row = in_session(of)
    by(of.house.secretary, end_meeting, meeting_id=row.pk, at=START + 3 * HOUR)
    path = f"/meetings/{row.number}/"

    then = at_instant(client, of.house.secretary, path, START + HOUR)
    now = text_of(client.get(path))

    assert "In session" in then
    assert "Record who is there" not in then
    assert "Ended" in now


@pytest.mark.parametrize("before", [HOUR, 24 * HOUR])
def test_what_was_not_there_yet_is_not_shown(client, before):
    of = org.organised()
    row = in_session(of)

    told = at_instant(
        client, of.house.secretary, f"/meetings/{row.number}/", AT - before, status=404
    )

    assert "was convened" in told
