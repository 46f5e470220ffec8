"""Emergency containment (T23, F42), its reason, ratification and lifting. INC-3, INC-8."""

import datetime as dt

import pytest

from incidents.models import Containment
from incidents.rules.segregation import barred_by
from incidents.rules.transitions import INVESTIGATING, OPEN_STATES, VALIDATION
from incidents.selectors.serving import serving_state
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.models import Message, Timer
from outbox.services.messages import save_endpoint
from outbox.services.sweeps import sweep
from registry.models import Deployment, System
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    SETUP,
    acting_as,
    bring,
    do,
    fresh,
    gateway,
    grant,
    opened,
    plan,
)

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def incident(house):
    return opened(house, severity="major")


def contained(incident, by, **changes):
    do(incident, "emergency_contain", by, **changes)
    return Containment.objects.get(incident=incident)


def live(house):
    return Deployment.objects.get(system=house.system, until_at__isnull=True)


def subjects(who):
    return list(Message.objects.filter(person_id=who.pk).values_list("subject", flat=True))


@pytest.mark.parametrize("state", OPEN_STATES)
def test_an_emergency_stop_is_possible_in_every_open_state(house, state):
    incident = bring(house, state)

    result = do(incident, "emergency_contain", house.owner)

    assert (result.incident.state, result.incident.contained) == (state, True)


def test_an_emergency_stop_acts_at_once_and_leaves_the_severity(house, incident):
    contained(incident, house.deputy)

    assert live(house).suspended
    assert System.objects.get(pk=house.system.pk).lifecycle == "suspended"
    assert fresh(incident).severity == "major"
    state = serving_state(system=house.system, environment="production", version=None, at=AT)
    assert not state.may_serve


def test_a_restriction_at_once_is_told_by_the_state_api_and_lets_the_rest_run(house, incident):
    contained(incident, house.owner, kind="restrict", scope="payouts above 500 EUR")

    state = serving_state(system=house.system, environment="production", version=None, at=AT)
    assert state.may_serve
    assert state.restrictions == ["Restrict use: payouts above 500 EUR"]


def test_an_emergency_actor_may_and_a_risk_officer_may_not(house, incident):
    grant(house.engineer, "emergency", unit=house.unit)

    with pytest.raises(Forbidden, match="emergency actor"):
        do(incident, "emergency_contain", house.risk)
    row = contained(incident, house.engineer)

    assert row.person == house.engineer


def test_an_emergency_stop_is_signed(house, incident):
    with pytest.raises(Forbidden) as caught:
        do(incident, "emergency_contain", house.owner, signed=False)

    assert caught.value.code == "signature_required"


def test_the_gateway_is_told_on_the_short_schedule(house, incident):
    with acting_as(SETUP):
        save_endpoint(
            name=f"gateway:{house.system.slug}",
            url="https://gateway.example.org/",
            secret="whsec_c2VjcmV0c2VjcmV0c2VjcmV0",
            actor=SETUP,
            at=AT,
        )

    row = contained(incident, house.owner)

    told = Message.objects.get(channel="webhook")
    assert told.short_schedule
    assert (told.payload["type"], told.payload["nonce"]) == ("containment.stop", row.nonce)


def test_the_gateway_confirms_with_the_nonce_that_it_was_sent(house, incident):
    row, by = contained(incident, house.owner), gateway()

    with pytest.raises(Forbidden, match="nonce"):
        do(incident, "confirm_containment", by, nonce="another", evidence="")
    with pytest.raises(Forbidden, match="nonce"):
        do(incident, "confirm_containment", by, nonce="Schlüssel", evidence="")
    do(incident, "confirm_containment", by, nonce=row.nonce, at=AT + dt.timedelta(seconds=20))

    row.refresh_from_db()
    assert (row.confirmed_how, row.confirmed_at) == ("callback", AT + dt.timedelta(seconds=20))


def test_the_reason_may_follow_and_is_asked_for_after_a_day(house, incident):
    row = contained(incident, house.owner, reason="")
    assert row.reason_due_at == AT + 24 * HOUR

    sweep(at=AT + 24 * HOUR)

    assert any(one.startswith("Give the reason") for one in subjects(house.owner))
    do(incident, "explain_containment", house.owner, at=AT + 25 * HOUR)
    row.refresh_from_db()
    assert row.reason


def test_a_reason_given_in_time_is_not_asked_for(house, incident):
    contained(incident, house.owner, reason="")
    do(incident, "explain_containment", house.owner, at=AT + HOUR)

    sweep(at=AT + 24 * HOUR)

    assert not any(one.startswith("Give the reason") for one in subjects(house.owner))


def test_f42_not_ratified_in_time_the_executive_is_told_and_it_stays_contained(house, incident):
    row = contained(incident, house.owner)
    assert row.ratify_by == AT + 72 * HOUR

    sweep(at=AT + 71 * HOUR)
    before = subjects(house.executive)
    sweep(at=AT + 72 * HOUR)

    told = [one for one in subjects(house.executive) if one not in before]
    assert any(one.startswith("See to the ratification") for one in told)
    row.refresh_from_db()
    assert (row.state, row.in_force, row.overdue_at) == ("standing", True, AT + 72 * HOUR)
    assert fresh(incident).contained
    assert live(house).suspended


def test_the_executive_is_told_again_without_end(house, incident):
    contained(incident, house.owner)
    sweep(at=AT + 72 * HOUR)

    for days in (1, 3, 7, 15):
        sweep(at=AT + 72 * HOUR + dt.timedelta(days=days))

    told = [one for one in subjects(house.executive) if one.startswith("See to the ratification")]
    assert len(told) == 5
    assert Timer.objects.filter(kind="incident.ratify_due", state="armed").count() == 1


def test_the_time_for_the_ratification_is_the_policy_s(house):
    incident = opened(house, plan=plan(limits={"ratify_within": "24h"}))

    row = contained(incident, house.owner)

    assert row.ratify_by == AT + 24 * HOUR


def test_ratified_it_is_asked_for_no_more_and_stays_contained(house, incident):
    row = contained(incident, house.owner)

    do(incident, "ratify", EVALUATOR, at=AT + HOUR)
    sweep(at=AT + 72 * HOUR)

    row.refresh_from_db()
    assert (row.state, row.in_force) == ("ratified", True)
    assert not any(one.startswith("See to") for one in subjects(house.executive))
    assert live(house).suspended


def test_refused_by_the_committee_it_is_told_to_the_executive_and_stays(house, incident):
    row = contained(incident, house.owner)

    do(incident, "ratify", EVALUATOR, ratified=False)

    row.refresh_from_db()
    assert (row.state, row.in_force) == ("not_ratified", True)
    assert any(one.startswith("Decide on the refused") for one in subjects(house.executive))
    assert live(house).suspended
    assert Entry.objects.filter(verb="incident.containment_refused").exists()


def test_only_a_decision_of_its_own_lifts_a_stop(house, incident):
    row = contained(incident, house.owner)

    with pytest.raises(Forbidden):
        do(incident, "lift_containment", house.executive)
    do(incident, "lift_containment", EVALUATOR)

    row.refresh_from_db()
    assert row.state == "lifted"
    assert not fresh(incident).contained
    assert not live(house).suspended


def test_what_another_stop_holds_is_not_resumed_with_the_first_one(house, incident):
    first = contained(incident, house.owner)
    other = opened(house, title="Something else")
    do(other, "emergency_contain", house.owner)

    do(incident, "lift_containment", EVALUATOR, containment_id=first.pk)

    assert live(house).suspended


def test_a_case_does_not_end_before_its_emergency_stop_is_decided_on(house):
    incident = bring(house, VALIDATION, severity="minor")
    do(incident, "emergency_contain", house.owner)

    with pytest.raises(Conflict) as caught:
        do(incident, "dismiss", house.compliance)

    assert caught.value.code == "not_ratified_yet"


def test_the_same_stop_twice_says_since_when_it_stands(house, incident):
    contained(incident, house.owner)

    with pytest.raises(Conflict, match="stopped since"):
        do(incident, "emergency_contain", house.deputy)


def test_who_stopped_it_does_not_vote_on_it(house, incident):
    assert "container" in barred_by("voted", ())


def test_a_rule_that_acts_says_which_and_why(house, incident):
    with pytest.raises(Invalid, match="says why"):
        do(incident, "emergency_contain", EVALUATOR, reason="")
    row = contained(incident, EVALUATOR, by_rule="protective default", reason="No decision.")

    assert (row.person, row.by_rule) == (None, "protective default")


def test_an_assessment_does_not_say_away_what_was_stopped_at_once(house):
    incident = bring(house, INVESTIGATING)
    do(incident, "emergency_contain", house.owner)

    do(incident, "first_assessment", house.owner, contained=False)

    assert fresh(incident).contained


def test_a_rehearsal_stops_nothing_and_tells_no_gateway(house):
    incident = opened(house, drill=True)

    contained(incident, house.owner)

    assert not live(house).suspended
    state = serving_state(system=house.system, environment="production", version=None, at=AT)
    assert state.may_serve
    assert not Message.objects.filter(channel="webhook").exists()
