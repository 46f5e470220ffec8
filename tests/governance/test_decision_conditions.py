"""INC-4, KOM-21: conditions bind: shown by one, settled by another, overdue by the instant."""

import datetime as dt

import pytest

from governance.models import Decision, DecisionCondition
from governance.rules.conditions import Standing, condition_faults, due_of, in_force
from governance.selectors.conditions import against_closing, is_in_force
from governance.services.conditions import settle_condition, show_condition
from incidents.models import Action, RiskAcceptance
from incidents.selectors.acceptances import standing_of
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.rules.calendars import calendar_from
from outbox.services.sweeps import sweep
from tests.governance.organisation import AT, decided, moved, organised
from tests.governance.rounds import DAY, HOUR, adopted, again, by
from tests.governance.test_motion_kinds import acceptance, put

CALENDAR = calendar_from({"zone": "UTC", "weekly": {}, "exceptions": {}})


# ---------------------------------------------------------------- rules
@pytest.mark.parametrize(
    ("condition", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x", "due": "soon"}, "due"),
        ({"text": "x", "due": "0d"}, "due"),
        ({"text": "x", "due": "2026-99-99"}, "due"),
        ({"text": "x", "on_overdue": "sing"}, "on_overdue"),
        ({"text": "x", "owner_id": "nobody"}, "owner_id"),
        ({"text": "x", "colour": "red"}, "colour"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "x", "evidence": 3}, "evidence"),
    ],
)
def test_each_fault_of_a_condition_is_named(condition, field):
    assert f"conditions.0.{field}" in dict(condition_faults([condition]))


def test_who_answers_for_a_condition_does_not_see_to_it():
    one = "7c9e6679-7425-40de-944b-e07fc1f90ae7"

    found = dict(condition_faults([{"text": "x", "owner_id": one, "verifier_id": one}]))

    assert "somebody else" in found["conditions.0.verifier_id"]


def test_a_condition_is_due_after_a_duration_or_at_the_end_of_a_day():
    assert due_of("3d", at=AT, calendar=CALENDAR) == AT + 3 * DAY
    assert due_of("2026-12-31", at=AT, calendar=CALENDAR) == dt.datetime(
        2026, 12, 31, 23, 59, 59, tzinfo=dt.UTC
    )
    assert due_of("", at=AT, calendar=CALENDAR) is None


def test_a_condition_is_due_at_an_instant_that_can_be_kept():
    far = due_of("2026-12-31T10:00-19:17", at=AT, calendar=CALENDAR)
    late = {"text": "Show it", "due": "9999-12-31T23:59-01:00"}

    assert (far, far.tzinfo) == (dt.datetime(2027, 1, 1, 5, 17, tzinfo=dt.UTC), dt.UTC)
    assert [name for name, _words in condition_faults([late])] == ["conditions.0.due"]


@pytest.mark.parametrize("state", ["standing", "shown", "overdue"])
def test_kom_21_a_decision_is_not_in_force_from_the_instant_on(state):
    late = Standing(AT, state)

    assert in_force([late], AT - HOUR) is (state != "overdue")
    assert not in_force([late], AT)


def test_kom_21_a_settled_condition_is_never_overdue():
    assert in_force([Standing(AT, "met"), Standing(AT, "moved")], AT + DAY)


# ---------------------------------------------------------------- bound
@pytest.fixture
def of(db):
    """An organisation at medium tier."""
    return organised()


def condition(of, **changes):
    """A condition with an owner, a verifier and ten days."""
    found = {
        "text": "A clerk samples every tenth claim.",
        "owner_id": str(of.house.owner.pk),
        "verifier_id": str(of.house.verifier.pk),
        "due": "10d",
        "evidence": "The sample's log",
        "on_overdue": "escalate",
    }
    return {name: value for name, value in (found | changes).items() if value is not None}


def continued(of, **changes):
    """An incident whose system continues under a condition."""
    incident = decided(of)
    decision = adopted(
        of,
        incident,
        title="Continue",
        actions=[{"type": "continue", "words": "It runs on.", "parameters": {}}],
        conditions=[condition(of, **changes)],
    )
    return incident, decision


def test_the_conditions_of_an_adopted_motion_are_set_with_their_due_instants(of):
    incident, decision = continued(of)

    row = DecisionCondition.objects.get(decision=decision)
    assert (row.owner, row.verifier, row.state) == (of.house.owner, of.house.verifier, "standing")
    assert row.due_at == AT + HOUR + 10 * DAY
    assert is_in_force(decision, AT + DAY)


def test_a_condition_is_shown_by_its_owner_and_settled_by_its_verifier(of):
    _, decision = continued(of)

    by(
        of.house.owner, show_condition, decision_id=decision.pk, number=1, reference="logs/7",
        at=AT + DAY,
    )  # fmt: skip
    row = by(
        of.house.verifier, settle_condition, decision_id=decision.pk, number=1, outcome="met",
        reason="Seen.", at=AT + DAY,
    )  # fmt: skip

    assert (row.state, row.settled_by, row.reference) == ("met", of.house.verifier, "logs/7")


def test_who_shows_a_condition_does_not_settle_it(of):
    _, decision = continued(of, verifier_id=None, owner_id=str(of.house.risk.pk))

    with pytest.raises(Forbidden):
        by(
            of.house.risk, settle_condition, decision_id=decision.pk, number=1, outcome="met",
            reason="Fine.", at=AT + DAY,
        )  # fmt: skip


def test_a_stranger_settles_no_condition_and_is_told_who_can(of):
    _, decision = continued(of)

    with pytest.raises(Forbidden) as refusal:
        by(
            of.house.stranger, settle_condition, decision_id=decision.pk, number=1, outcome="met",
            reason="Fine.", at=AT + DAY,
        )  # fmt: skip

    assert refusal.value.who_can == (of.house.verifier.name,)


def test_a_settled_condition_stays_settled(of):
    _, decision = continued(of)
    settled = {"decision_id": decision.pk, "number": 1, "outcome": "moved", "at": AT + DAY}
    by(of.house.verifier, settle_condition, reason="Task 12.", **settled)

    with pytest.raises(Conflict, match="moved"):
        by(of.house.verifier, settle_condition, reason="Task 12.", **settled)


def test_a_condition_that_is_not_met_stands_against_closing(of):
    incident, _ = continued(of)

    code, words = against_closing(again(incident), AT + DAY)

    assert (code, "every tenth claim" in words) == ("condition_open", True)


def test_kom_21_overdue_the_case_goes_back_to_its_decision_a_level_up(of):
    incident, decision = continued(of)

    sweep(at=AT + 12 * DAY)

    found = again(incident)
    assert (found.state, found.level) == ("DECISION", incident.level + 1)
    assert not is_in_force(decision, AT + 12 * DAY)
    assert DecisionCondition.objects.get(decision=decision).state == "overdue"


def test_kom_21_not_in_force_though_no_job_ran(of):
    _, decision = continued(of)

    assert not is_in_force(decision, AT + 12 * DAY)


def ordered(of, **changes):
    """An incident whose roll-back is being carried out under a condition."""
    incident = decided(of)
    decision = adopted(of, incident, conditions=[condition(of, **changes)])
    return incident, decision


@pytest.mark.parametrize(
    ("on_overdue", "level"), [("escalate", "executive"), ("review", "committee")]
)
def test_kom_21_where_orders_run_a_motion_to_decide_anew_is_put(of, on_overdue, level):
    incident, decision = ordered(of, due="1h", on_overdue=on_overdue)

    sweep(at=AT + 3 * HOUR)

    anew = Decision.objects.get(supersedes=decision)
    assert (anew.state, anew.matter, anew.committee.level) == ("draft", "supersession", level)
    assert Action.objects.get(incident=incident).state != "cancelled"


def test_kom_21_revoked_what_has_not_gone_out_is_taken_back(of):
    incident, _ = ordered(of, due="1h", on_overdue="revoke")

    sweep(at=AT + 3 * HOUR)

    assert Action.objects.get(incident=incident).state == "cancelled"
    assert again(incident).state == "DECISION"


def test_kom_21_an_accepted_risk_is_void_from_the_instant_on(of):
    incident = decided(of)
    adopted(
        of,
        incident,
        actions=put(of, "accept_risk", parameters=acceptance(of)),
        conditions=[condition(of, due="2d")],
    )

    shown = standing_of(again(incident), AT + 3 * DAY)

    assert RiskAcceptance.objects.filter(incident=incident).exists()
    assert (shown.validity.valid, shown.validity.ground) == (False, "condition_overdue")


def test_a_motion_with_a_wrong_condition_is_refused(of):
    with pytest.raises(Invalid) as refusal:
        moved(of, decided(of), conditions=[{"text": "x", "due": "soon"}])

    assert "conditions.0.due" in refusal.value.fields
