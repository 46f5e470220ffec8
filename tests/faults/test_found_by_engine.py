"""What the machine over the whole engine found, each as a plain case (see test_engine.py)."""

import uuid

import pytest

from governance.models import Decision
from governance.services.closings import close_round
from governance.services.rounds import convene
from incidents.models import Containment
from ledger.rules.refusals import Invalid
from outbox.models import Timer
from outbox.services.sweeps import sweep
from tests.governance.organisation import AT, decided, moved, organised
from tests.governance.rounds import all_vote, by
from tests.incidents.factory import EVALUATOR, ceremony, do

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    """An organisation at medium tier."""
    return organised()


def ratify(containment_id):
    """The action that ratifies a measure."""
    parameters = {"containment_id": str(containment_id)}
    return [{"type": "ratify", "words": "Ratify it.", "parameters": parameters}]


def test_what_was_never_contained_is_not_put_to_a_vote(of):
    incident = decided(of)

    with pytest.raises(Invalid) as refusal:
        moved(of, incident, actions=ratify(uuid.uuid4()))

    assert "actions.0.parameters.containment_id" in refusal.value.fields


def test_a_ratification_that_is_not_carried_ends_although_the_measure_was_lifted_meanwhile(of):
    incident = decided(of)
    do(incident, "emergency_contain", of.house.owner)
    measure = Containment.objects.get(incident=incident)
    decision = Decision.objects.get(incident=incident, about=str(measure.pk))
    decision = by(of.chair, convene, decision_id=decision.pk, closes_in=None, at=AT)
    do(incident, "lift_containment", EVALUATOR, containment_id=measure.pk)
    all_vote(decision, "against", at=decision.opens_at)

    closed = by(of.chair, close_round, decision_id=decision.pk, ceremony=ceremony(),
                at=decision.opens_at)  # fmt: skip

    assert closed.state == Decision.State.REJECTED
    sweep(at=closed.closes_at)
    assert not Timer.objects.filter(attempts__gt=0).exists()
