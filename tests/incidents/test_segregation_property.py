"""F12: whatever people, roles and delegations do, no closed incident holds a forbidden pair."""

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
PERSONAL = (
    "acknowledge", "add_evidence", "submit_findings", "return_to_owner", "validate", "dismiss",
    "confirm_action", "close",
)
FORWARD = {
    "OPEN": "acknowledge", "INVESTIGATING": "submit_findings", "VALIDATION": "validate",
    "EXECUTION": "confirm_action", "VERIFICATION": "close",
}
people = st.integers(0, 4)
steps = st.one_of(
    st.tuples(st.just("role"), people, st.sampled_from(ROLES)),
    st.tuples(st.just("delegate"), people, people),
    st.tuples(st.just("go on"), people, st.none()),
    st.tuples(st.just("go on"), people, st.none()),
    st.tuples(st.just("go on"), people, st.none()),
    st.tuples(st.just("give"), people, st.sampled_from(PERSONAL)),
)


def cast_of_five(tier):
    """Five people of whom the first two own the system; roles only as the test grants them."""
    of = factory.house(risk_tier=tier)
    crew = [of.owner, of.deputy, of.compliance, of.risk, of.executive]
    return of, crew


def take(of, crew, incident, step):
    kind, index, what = step
    with acting_as(SETUP):
        if kind == "role":
            factory.grant(crew[index], what, unit=of.unit)
        elif kind == "delegate" and index != what:
            Delegation(
                principal=crew[index], delegate=crew[what], from_at=LONG_AGO,
                until_at=AT + dt.timedelta(days=9), reason="leave",
            ).save(force_insert=True)
    if kind in ("go on", "give"):
        command = what or FORWARD.get(fresh(incident).state)
        if command is None:
            decide(incident, crew[index])
        else:
            attempt(incident, command, crew[index])


def decide(incident, executor):
    if fresh(incident).state == DECISION:
        ordered = order(incident, type="restrict", executor_id=executor.pk)
        attempt(incident, "adopt", EVALUATOR, actions=[ordered])


def attempt(incident, command, by, **changes):
    if command == "confirm_action":
        changes["observed"] = {"restricted": True}
    try:
        with transaction.atomic():
            do(incident, command, by, **changes)
    except Refused:
        pass


def history(incident):
    return [
        PastAct(act.person, act.act, act.on_behalf_of) for act in Cast(incident, AT).history
    ]


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.sampled_from(["medium", "high"]), st.lists(steps, min_size=8, max_size=20))
def test_no_history_holds_a_pair_that_must_be_two_persons(tier, taken):
    with transaction.atomic():
        of, crew = cast_of_five(tier)
        incident = opened(of, severity="minor", dedup_key=str(uuid.uuid4()))

        for step in taken:
            take(of, crew, incident, step)

        assert violations(history(incident)) == []
        assert fresh(incident).state in STATES
        transaction.set_rollback(True)


def test_the_property_is_not_empty(house):
    incident = opened(house, severity="minor")
    crew = [house.owner, house.deputy, house.compliance, house.risk, house.executive]

    for index in (0, 0, 2, 0, 4, 2):
        step = ("go on", index, None)
        take(house, crew, incident, step)

    assert fresh(incident).state == CLOSED
    acts = {act.act for act in history(incident)}
    assert {"submitted", "validated_compliance", "executes", "confirmed", "verified"} <= acts
