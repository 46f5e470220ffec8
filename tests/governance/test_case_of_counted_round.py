"""The page of a case whose round can be counted sends its chair to the ballot (issue 8)."""

import pytest

from tests.governance.organisation import convened, decided, organised, vote
from tests.registry.factories import sign_in

pytestmark = pytest.mark.django_db


def panel(client, incident, who):
    """What the page gives somebody to do."""
    sign_in(client, who)
    page = client.get(f"/incidents/{incident.number}/").text
    return page.partition('id="act"')[2].partition("</section>")[0]


def test_with_all_votes_in_the_chair_is_sent_to_the_ballot_and_a_member_is_not(client):
    of = organised()
    incident = decided(of)
    decision = convened(of, incident)
    for member in of.members:
        vote(decision, member, "for")

    chair, member = (panel(client, incident, one) for one in (of.chair, of.members[1]))

    assert "The votes are in" in chair
    assert f"/committee/{decision.number}/" in chair
    assert "The votes are in" not in member


def test_while_a_vote_is_out_that_could_change_it_nobody_is_asked_to_certify(client):
    of = organised()
    incident = decided(of)
    decision = convened(of, incident)
    vote(decision, of.chair, "for")

    assert "The votes are in" not in panel(client, incident, of.chair)
