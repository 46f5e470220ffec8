"""F12: whatever people, roles and delegations do, no incident's history holds a forbidden pair."""

import datetime as dt
import uuid

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from incidents.rules.segregation import PastAct, violations
from incidents.rules.transitions import CLOSED, DECISION, STATES
from incidents.selectors.cast import Cast
from ledger.context import acting_as
from ledger.rules.refusals import Refused
from registry.models import Delegation
from tests.incidents import factory
from tests.incidents.factory import AT, EVALUATOR, LONG_AGO, SETUP, do, fresh, opened, order

ROLES = ("compliance", "risk", "executive", "engineer")
FORWARD = {
    "OPEN": "acknowledge",
    "INVESTIGATING": "submit_findings",
    "VALIDATION": "validate",
    "EXECUTION": "confirm_action",
    "VERIFICATION": "close",
}
people = st.integers(0, 4)
held = st.lists(st.sets(st.sampled_from(ROLES)), min_size=5, max_size=5)
delegations = st.lists(st.tuples(people, people), max_size=2)
turns = st.lists(
    st.tuples(people, st.sampled_from(["", "", "", "", "", "", "return_to_owner", "dismiss"])),
    min_size=12,
    max_size=24,
)


def crew_of(of):
    """Five people of whom the first two are the owner's side."""
    return [of.owner, of.deputy, of.stranger, of.executive, of.engineer]


def appoint(of, crew, roles, given_to):
    with acting_as(SETUP):
        for person, wanted in zip(crew, roles, strict=True):
            for role in wanted:
                factory.grant(person, role, unit=of.unit)
        for principal, delegate in given_to:
            if principal != delegate:
                Delegation(
                    principal=crew[principal],
                    delegate=crew[delegate],
                    from_at=LONG_AGO,
                    until_at=AT + dt.timedelta(days=9),
                    reason="leave",
                ).save(force_insert=True)


def take_turn(crew, incident, index, command):
    """The person tries the next step, or the one that was drawn; a refusal is no matter."""
    state = fresh(incident).state
    if state == DECISION:
        ordered = order(incident, type="restrict", executor_id=crew[index].pk)
        attempt(incident, "adopt", EVALUATOR, actions=[ordered])
    elif state in FORWARD:
        attempt(incident, command or FORWARD[state], crew[index])


def attempt(incident, command, by, **changes):
    if command == "confirm_action":
        changes["observed"] = {"restricted": True}
    try:
        with transaction.atomic():
            do(incident, command, by, **changes)
    except Refused:
        pass


def history(incident):
    return [PastAct(act.person, act.act, act.on_behalf_of) for act in Cast(incident, AT).history]


@pytest.mark.django_db
@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.sampled_from(["medium", "high"]), held, delegations, turns)
def test_no_history_holds_a_pair_that_must_be_two_persons(tier, roles, given_to, taken):
    with transaction.atomic():
        of = factory.house(risk_tier=tier)
        crew = crew_of(of)
        appoint(of, crew, roles, given_to)
        incident = opened(of, severity="minor", dedup_key=str(uuid.uuid4()))

        for index, command in taken:
            take_turn(crew, incident, index, command)

        assert violations(history(incident)) == []
        assert fresh(incident).state in STATES
        transaction.set_rollback(True)


def test_the_property_is_not_empty(house):
    crew = crew_of(house)
    appoint(house, crew, [set(), set(), {"compliance"}, {"executive"}, {"engineer"}], [])
    incident = opened(house, severity="minor")

    for index in (0, 0, 2, 4, 3, 2):
        take_turn(crew, incident, index, "")

    assert fresh(incident).state == CLOSED
    acts = {act.act for act in history(incident)}
    assert {"submitted", "validated_compliance", "executes", "confirmed", "verified"} <= acts
