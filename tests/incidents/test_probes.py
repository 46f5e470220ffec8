"""Independent probes (INC-8, F34): what a system says of itself confirms, or shows drift."""

import datetime as dt

import pytest

from incidents.models import ProbeState
from incidents.rules.transitions import DECISION, EXECUTION, VERIFICATION
from incidents.services.probe_endpoints import Wanted, set_probe
from incidents.services.probes import probe_due
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.selectors.lines import lines_of_incident
from tests.incidents.factory import AT, EVALUATOR, acting, bring, do, fresh, measured, order
from tests.telemetry.answering import Answering

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def system():
    """The system itself, as its probe sees it."""
    made = Answering()
    yield made
    made.close()


def probed(of, url, *, by=None, version=None, **changes):
    actor = acting(by or of.engineer)
    with acting_as(actor):
        return set_probe(
            system_id=of.system.pk,
            wanted=Wanted(url=url, **changes),
            expected_version=version,
            actor=actor,
            at=AT,
        )


def adopted(of, **changes):
    incident = bring(of, DECISION)
    do(incident, "adopt", EVALUATOR, actions=[order(incident, **changes)])
    return incident


def test_a_probe_that_sees_the_target_confirms_the_action(house, system):
    incident = adopted(house)
    probed(house, system.url, token="a-token")
    system.says({"version": "2.2", "serving": True})

    asked = probe_due(AT)

    action = incident.actions.get()
    assert asked == 1
    assert (action.state, action.confirmed_how) == ("confirmed", "probe")
    assert fresh(incident).state == VERIFICATION
    assert system.seen[0]["headers"]["Authorization"] == "Bearer a-token"


def test_f34_a_probe_that_sees_the_old_version_moves_nothing_and_says_so_once(house, system):
    incident = adopted(house)
    probed(house, system.url)
    system.says({"version": "2.3"})

    for minute in range(3):
        probe_due(AT + minute * MINUTE)

    assert fresh(incident).state == EXECUTION
    assert incident.actions.get().receipts.count() == 1
    assert "version 2.3 runs, not 2.2" in lines_of_incident(incident_id=incident.pk)[0].reason


def test_t17_drift_during_the_proof_leads_back_to_the_decision(house, system):
    incident = adopted(house, proof="measured", verification=[measured(house.series)])
    do(incident, "confirm_action", house.executive)
    probed(house, system.url)
    system.says({"version": "2.3"})

    probe_due(AT + MINUTE)

    after = fresh(incident)
    assert (after.state, after.level) == (DECISION, 1)
    assert incident.transitions.latest("version").reason.startswith("Drift: ")


def test_a_stop_of_a_part_is_not_judged_by_whether_anything_serves(house, system):
    adopted(house, type="suspend", parameters={"scope": "payments over 500"})
    probed(house, system.url)
    system.says({"serving": True})

    assert probe_due(AT) == 0


def test_without_anything_to_learn_nobody_is_asked(house, system):
    probed(house, system.url)

    assert probe_due(AT) == 0
    assert system.seen == []


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"version": 7},
        {"serving": "no"},
        {"version": "2.2\x00"},
        {"settings": {"a": {"b": 1}}},
        {"version": "x" * 300},
    ],
)
def test_what_is_no_state_proves_nothing(house, system, body):
    incident = adopted(house)
    probed(house, system.url)
    system.says(body)

    probe_due(AT)

    assert fresh(incident).state == EXECUTION
    assert ProbeState.objects.get().failures == 1


def test_an_endpoint_that_does_not_answer_is_asked_later_and_noted_once(house, system):
    adopted(house)
    probed(house, system.url)
    system.says({}, code=503)

    for minute in range(4):
        probe_due(AT + minute * MINUTE)

    state = ProbeState.objects.get()
    assert state.failures == 3
    assert "503" in state.failure


def test_a_probe_is_changed_on_the_version_that_was_seen(house, system):
    first = probed(house, system.url)

    changed = probed(house, system.url, version=first.version, every_seconds=30)
    with pytest.raises(Conflict):
        probed(house, system.url, version=first.version)

    assert (changed.version, changed.every_seconds) == (2, 30)


@pytest.mark.parametrize(
    ("url", "changes", "field"),
    [
        ("ftp://example.org", {}, "url"),
        ("https://user:word@example.org", {}, "url"),
        ("https://example.org?token=1", {}, "url"),
        ("https://example.org", {"every_seconds": 1}, "every_seconds"),
        ("https://example.org", {"token": "with\nlines"}, "token"),
        ("https://example.org", {"environment": ""}, "environment"),
    ],
)
def test_a_probe_that_cannot_be_is_refused_at_its_field(house, url, changes, field):
    with pytest.raises(Invalid) as caught:
        probed(house, url, **changes)

    assert field in caught.value.fields


def test_a_token_does_not_follow_to_another_address(house, system):
    first = probed(house, system.url, token="secret")

    with pytest.raises(Invalid) as caught:
        probed(house, "https://elsewhere.example", version=first.version)

    assert "token" in caught.value.fields


def test_a_stranger_sets_no_probe(house, system):
    with pytest.raises(Forbidden):
        probed(house, system.url, by=house.stranger)


def test_an_address_inside_is_never_asked(house, settings):
    settings.WEBHOOK_PRIVATE_HOSTS = []
    incident = adopted(house)

    with pytest.raises(Invalid) as caught:
        probed(house, "http://10.0.0.1/state")

    assert "url" in caught.value.fields
    assert fresh(incident).state == EXECUTION
