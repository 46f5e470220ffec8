"""KOM-14: after a tie at high tier the next motions are put in an order; nothing is adopted."""

import pytest

from governance.models import Decision
from governance.rules.motion_kinds import is_due
from governance.selectors.protective_order import next_kinds
from governance.services.motions import withdraw_motion
from ledger.rules.refusals import Conflict
from outbox.models import Message
from tests.governance.organisation import (
    AT,
    convened,
    decided,
    moved,
    organised,
    roll_back,
    vote,
)
from tests.governance.rounds import DAY, again, by, count
from tests.governance.test_motion_kinds import put

pytestmark = pytest.mark.django_db


def tie(of, incident, *, at=AT, **motion):
    """A round of three seats: one for, one against, one abstains; counted."""
    decision = convened(of, incident, at=at, **motion)
    for member, choice in zip(of.members, ("for", "against", "abstain"), strict=True):
        vote(decision, member, choice, at=at)
    return count(decision, at=decision.closes_at)


def suspending(of):
    """A motion that suspends the system."""
    return put(of, "suspend", parameters={"scope": "everything"})


def high(**changes):
    """An organisation at high tier whose charter holds nothing still by itself."""
    return organised(risk_tier="high", **changes)


def loose(monkeypatch):
    """Leave the protective default out, so that suspending is still to be decided."""
    monkeypatch.setattr("governance.services.rounds.protect", lambda **_: False)


def test_kom_14_after_a_tie_the_same_motion_is_not_tried_again_by_itself(monkeypatch):
    loose(monkeypatch)
    of = high()
    incident = decided(of)

    decision = tie(of, incident)

    assert (decision.state, decision.resolution.outcome) == ("lapsed", "tie")
    assert not Decision.objects.filter(incident=incident, state__in=("draft", "open")).exists()
    assert next_kinds(again(incident)) == ("suspend", "retrain", "continue")
    assert Message.objects.filter(key__contains=f":order:{decision.pk}").exists()


def test_kom_14_another_motion_is_refused_until_the_more_protective_one_was_voted_on(monkeypatch):
    loose(monkeypatch)
    of = high()
    incident = decided(of)
    tie(of, incident)

    with pytest.raises(Conflict, match="protective first: suspending") as caught:
        moved(of, incident, actions=put(of, "retrain", parameters={"criteria": "Recall."}))
    draft = moved(of, incident, actions=suspending(of))

    assert caught.value.extra["next"][0] == "suspend"
    assert draft.state == "draft"


def test_kom_14_what_was_put_already_is_passed_over(monkeypatch):
    loose(monkeypatch)
    of = high()
    incident = decided(of)
    tie(of, incident)
    tie(of, incident, at=AT + 3 * DAY, actions=suspending(of))

    draft = moved(of, incident, actions=put(of, "retrain", parameters={"criteria": "Recall."}))

    assert draft.state == "draft"


def test_kom_14_what_the_protective_default_has_suspended_is_not_put_again():
    of = high()
    incident = decided(of)

    tie(of, incident)

    assert next_kinds(again(incident)) == ("retrain", "continue")


def test_kom_14_orders_nothing_below_high_tier():
    of = organised()
    incident = decided(of)

    tie(of, incident)

    assert next_kinds(again(incident)) == ()
    assert Decision.objects.filter(incident=incident, state="open").count() == 1


def test_kom_14_a_draft_of_before_waits_too(monkeypatch):
    loose(monkeypatch)
    of = high()
    incident = decided(of)
    tie(of, incident)
    first = moved(of, incident, actions=suspending(of))
    by(of.chair, withdraw_motion, decision_id=first.pk, reason="Not now.", at=AT + DAY)

    with pytest.raises(Conflict, match="protective first"):
        moved(of, incident, actions=[roll_back(of)])


@pytest.mark.parametrize(
    ("kinds", "may"),
    [
        ({"suspend"}, True),
        ({"retire"}, True),
        ({"inform", "suspend"}, True),
        ({"request_information"}, True),
        ({"rollback"}, False),
        ({"pin"}, False),
        ({"accept_risk"}, False),
        ({"inform"}, False),
    ],
)
def test_kom_14_what_protects_as_much_may_come_and_questions_always_may(kinds, may):
    assert is_due(frozenset(kinds), ("suspend", "continue")) is may


def test_kom_14_nothing_is_ordered_without_a_tie():
    assert is_due(frozenset({"continue"}), ())
