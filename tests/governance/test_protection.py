"""KOM-10: at high tier the first lapse holds the system still, by rule, until somebody decides."""

import pytest

from governance.models import Decision
from governance.services.rounds import convene
from incidents.models import Containment
from ledger.context import acting_as
from registry.models import OperatingControls
from tests.governance.organisation import AT, convened, decided, organised
from tests.governance.rounds import HOUR, again, all_vote, by, count
from tests.incidents.factory import LONG_AGO, SETUP

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    """An organisation at high tier."""
    return organised(risk_tier="high")


def lapsed(of, incident):
    """A first round that nobody voted in, counted."""
    decision = convened(of, incident)
    return count(decision, at=decision.closes_at)


def test_kom_10_the_first_lapse_suspends_what_no_measure_is_named_for(of):
    incident = decided(of)

    lapsed(of, incident)

    row = Containment.objects.get(incident=incident)
    assert (row.kind, row.scope, row.person) == ("stop", "everything", None)
    assert "protective default" in row.by_rule
    assert again(incident).contained


def test_kom_10_a_measure_of_the_operating_controls_is_taken_instead(of):
    with acting_as(SETUP):
        OperatingControls(
            system=of.house.system, version=1, state="in_force", author=of.house.owner,
            approved_by=of.house.compliance, approved_at=LONG_AGO, drafted_at=LONG_AGO,
            reason="First.", interim_measures=["A person confirms each claim"],
        ).save(force_insert=True, at=LONG_AGO)  # fmt: skip
    incident = decided(of)

    lapsed(of, incident)

    row = Containment.objects.get(incident=incident)
    assert (row.kind, row.scope) == ("restrict", "A person confirms each claim")


def test_kom_10_its_ratification_is_on_the_docket_beside_the_next_round(of):
    incident = decided(of)

    lapsed(of, incident)

    under_way = Decision.objects.filter(incident=incident, state__in=("draft", "open"))
    assert {one.matter for one in under_way} == {"case", "ratification"}


def test_kom_10_the_second_lapse_takes_nothing_twice(of):
    incident = decided(of)
    lapsed(of, incident)
    second = Decision.objects.get(incident=incident, matter="case", state="open")

    count(second, at=second.closes_at)

    assert Containment.objects.filter(incident=incident).count() == 1


def test_kom_10_below_high_tier_nothing_is_done_by_rule():
    of = organised(risk_tier="medium")
    incident = decided(of)

    lapsed(of, incident)

    assert not Containment.objects.filter(incident=incident).exists()


def test_kom_10_a_rejection_is_no_lapse(of):
    incident = decided(of)

    count(all_vote(convened(of, incident), "against"))

    assert not Containment.objects.filter(incident=incident).exists()


def test_a_ratification_is_voted_on_while_the_case_is_decided(of):
    incident = decided(of)
    lapsed(of, incident)
    ratification = Decision.objects.get(incident=incident, matter="ratification")

    decision = by(of.chair, convene, decision_id=ratification.pk, closes_in=None, at=AT + 60 * HOUR)
    all_vote(decision, at=AT + 60 * HOUR)
    closed = count(decision, at=AT + 61 * HOUR)

    assert closed.state == "adopted"
    assert Containment.objects.get(incident=incident).state == "ratified"


def test_what_is_not_ratified_stays_contained_and_is_reported(of):
    incident = decided(of)
    lapsed(of, incident)
    ratification = Decision.objects.get(incident=incident, matter="ratification")

    decision = by(of.chair, convene, decision_id=ratification.pk, closes_in=None, at=AT + 60 * HOUR)
    all_vote(decision, "against", at=AT + 60 * HOUR)
    count(decision, at=AT + 61 * HOUR)

    assert Containment.objects.get(incident=incident).state == "not_ratified"
    assert again(incident).contained
