"""Retrain: to a version that meets the criteria, bound to a digest when promoted.

Workflow section 5, 'Types', and section 7; INC-2. A promoted version is bound by the engine where
the decision names its digest, else by a second person.
"""

import datetime as dt

import pytest

from incidents.rules.transitions import DECISION, VERIFICATION
from incidents.services.promotions import bind_promoted
from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden
from outbox.models import Message
from registry.services.deployments import make_live
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    SETUP,
    bring,
    do,
    fresh,
    order,
    version,
)

HOUR = dt.timedelta(hours=1)
CRITERIA = "Recall above 0.95 on the gold set."


@pytest.fixture
def retrained(house):
    """An incident whose retraining is ordered; nothing is promoted yet."""
    return ordered(house)


def ordered(of, **parameters):
    """Order a retraining."""
    incident = bring(of, DECISION)
    wanted = order(incident, type="retrain", parameters={"criteria": CRITERIA, **parameters})
    do(incident, "adopt", EVALUATOR, actions=[wanted])
    return fresh(incident)


def promote(of, label="2.4", *, at=AT + HOUR):
    """A further version, made live."""
    with acting_as(SETUP):
        made = version(of.system, label, of.author, of.deputy)
        make_live(
            system_id=of.system.pk, version_id=made.pk, fallback_id=None, reason="trained anew",
            actor=SETUP, at=at,
        )  # fmt: skip
    return made


def swept(at=AT + 2 * HOUR):
    """What a sweep does for promoted versions."""
    return bind_promoted(at)


def test_a_version_that_the_decision_named_by_its_digest_is_bound_by_the_engine(house):
    incident = ordered(house, bound_digest="sha256:2.4")
    made = promote(house)

    bound = swept()

    action = incident.actions.get()
    assert (bound, action.target_version) == (1, made)
    assert Entry.objects.filter(verb="action.bound").count() == 1


def test_another_digest_than_the_decision_named_is_not_bound(house):
    incident = ordered(house, bound_digest="sha256:9.9")
    made = promote(house)

    bound = swept()

    assert (bound, incident.actions.get().target_version) == (0, None)
    with pytest.raises(Conflict, match="names sha256:9.9"):
        do(incident, "bind_version", house.executive, version_id=made.pk)


def test_without_a_digest_it_is_offered_once_with_the_criteria(house, retrained):
    promote(house)

    swept()
    told = Message.objects.filter(key__contains=":bind:").count()
    swept(AT + 3 * HOUR)

    again = Message.objects.filter(key__contains=":bind:")
    assert told == again.count() > 0
    assert retrained.actions.get().target_version is None


def test_a_second_person_binds_it_in_one_step_and_says_how_it_meets_the_criteria(house, retrained):
    made = promote(house)

    done = do(retrained, "bind_version", house.executive)

    action = retrained.actions.get()
    assert (done.incident.state, action.target_version) == (VERIFICATION, made)
    assert action.parameters["bound_digest"] == "sha256:2.4"
    assert action.parameters["criteria_met"].startswith("Recall 0.97")
    assert action.parameters["criteria"] == CRITERIA


def test_who_retrains_does_not_say_that_the_criteria_are_met(house, retrained):
    promote(house)

    with pytest.raises(Forbidden):
        do(retrained, "bind_version", house.engineer)

    assert retrained.actions.get().target_version is None


def test_nothing_is_bound_before_something_went_live(house, retrained):
    with pytest.raises(Conflict) as caught:
        do(retrained, "bind_version", house.executive)

    assert caught.value.code == "nothing_promoted"


def test_a_version_of_before_the_decision_is_not_bound(house, retrained):
    promote(house)

    with pytest.raises(Conflict) as caught:
        do(retrained, "bind_version", house.executive, version_id=house.bad.pk)

    assert caught.value.code == "not_promoted"


def test_once_bound_only_that_version_confirms_it(house, retrained):
    promote(house)
    do(retrained, "bind_version", house.executive)
    other = {"observed": {"version": "2.2"}}

    wrong = do(retrained, "confirm_action", house.executive, **other)
    before = retrained.actions.get().state
    do(retrained, "confirm_action", house.executive, observed={"version": "2.4"})

    assert wrong.transition.payload["observed"] == {"version": "2.2"}
    assert (before, retrained.actions.get().state) == ("ordered", "confirmed")


def test_what_failed_is_never_taken_for_the_retrained_version(house, retrained):
    do(retrained, "confirm_action", house.executive, observed={"version": house.bad.label})

    action = retrained.actions.get()
    assert (action.state, action.target_version) == ("ordered", None)


def test_a_confirmation_without_a_binding_binds_what_was_seen(house, retrained):
    do(retrained, "confirm_action", house.executive, observed={"version": "2.2"})

    action = retrained.actions.get()
    assert (action.state, action.target_version) == ("confirmed", house.good)
    assert action.parameters["bound_digest"] == house.good.named_by
