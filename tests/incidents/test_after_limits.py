"""The state API lists what a system did after it was told to stop (workflow section 7)."""

import datetime as dt

from incidents.rules.transitions import DECISION
from incidents.selectors.serving import serving_state
from telemetry.models import DecisionEvent
from tests.incidents.factory import AT, EVALUATOR, bring, do, order

HOUR = dt.timedelta(hours=1)
BATCH = "3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11"


def stopped(of, **changes):
    incident = bring(of, DECISION)
    do(incident, "adopt", EVALUATOR, actions=[order(incident, type="suspend", **changes)])
    return incident


def acted(of, event_id, at, **changes):
    DecisionEvent.objects.create(
        system=of.system, at=at, event_id=event_id, environment="production", version_label="2.3",
        received_at=at, batch_id=BATCH, **changes,
    )  # fmt: skip


def after_limit(of):
    state = serving_state(
        system=of.system, environment="production", version=None, at=AT + 2 * HOUR
    )
    return state.actions_after_limit


def test_what_was_done_after_a_stop_was_ordered_is_listed(house):
    incident = stopped(house)
    acted(house, "before", AT - HOUR)
    acted(house, "after", AT + HOUR, tool_calls=[{"name": "pay"}], spend=12.5, question="secret")

    found = after_limit(house)

    assert (found.since, found.count) == (AT, 1)
    assert found.why == f"{incident.number}: suspend it"
    (row,) = found.actions
    assert (row["event_id"], row["tools"], row["spend"]) == ("after", ["pay"], 12.5)
    assert "question" not in row


def test_without_a_stop_nothing_is_listed(house):
    acted(house, "usual", AT)

    found = after_limit(house)

    assert (found.since, found.count, found.actions) == (None, 0, [])


def test_an_order_that_was_taken_back_is_no_limit(house):
    incident = stopped(house)
    do(incident, "cancel_action", EVALUATOR)
    acted(house, "after", AT + HOUR)

    assert after_limit(house).since is None


def test_simulated_decisions_are_left_out(house):
    stopped(house)
    acted(house, "trial", AT + HOUR, simulated=True)

    assert after_limit(house).count == 0
