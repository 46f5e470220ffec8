"""Accepted risks where governance sees them: readings, conditions, motions, both profiles.

INC-2, workflow section 6: what voids an acceptance, who may not approve it, how long it may run.
"""

import datetime as dt

import pytest

from governance.models import Decision, DecisionCondition
from governance.services.cases import open_or_join
from governance.services.closings import close_round
from governance.services.engine import RETURNING_OFFICER
from incidents.models import RiskAcceptance
from incidents.rules.plan import from_text
from incidents.rules.transitions import DECISION, RISK_ACCEPTED, VERIFICATION
from incidents.selectors.acceptances import standing_of
from incidents.services.acceptances import note_ended
from ledger.context import acting_as
from ledger.rules.refusals import Invalid
from tests.governance import organisation as org
from tests.governance.organisation import breach, convened, decided, moved, organised, vote
from tests.incidents import factory as cases
from tests.incidents.factory import AT, EVALUATOR, bring, do, fresh
from tests.net import told
from tests.telemetry.factory import row, take

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def the(incident):
    return RiskAcceptance.objects.filter(incident=incident).latest("from_at")


def reading(system, value, *, day, **changes):
    """A reading of the accuracy for the day that ends `day` days after the acceptance."""
    return row(system, value, window_end=(AT + day * DAY).isoformat(), **changes)


@pytest.fixture
def house():
    return cases.house()


@pytest.fixture
def accepted(house):
    return bring(house, RISK_ACCEPTED)


def test_a_reading_beyond_the_limit_voids_it_as_of_the_reading(house, accepted):
    take([reading(house.system, 0.81, day=1)], at=AT + DAY)
    assert fresh(accepted).state == RISK_ACCEPTED

    take([reading(house.system, 0.79, day=2)], at=AT + 2 * DAY + dt.timedelta(hours=1))

    found = the(accepted)
    assert (found.state, found.ground, found.ended_at) == (
        "revoked",
        "limit_exceeded",
        AT + 2 * DAY,
    )
    assert "0.79" in found.ended_words
    assert fresh(accepted).state == DECISION


@pytest.mark.parametrize(
    "changes",
    [
        {"value": 0.8},
        {"value": None},
        {"environment": "test"},
    ],
)
def test_a_reading_at_the_limit_or_of_something_else_leaves_it_standing(house, accepted, changes):
    given = {"value": 0.1} | changes
    one = reading(house.system, given.pop("value"), day=1, **given)

    take([one], at=AT + DAY)

    assert the(accepted).state == "active"


def test_a_reading_of_a_window_before_the_acceptance_leaves_it_standing(house, accepted):
    take([reading(house.system, 0.1, day=0)], at=AT + DAY)

    assert the(accepted).state == "active"


def test_a_worse_band_voids_it_at_once():
    of = organised(risk_tier="high")
    incident = decided(of, to_state="WARNING", from_state="OK", value=0.92)
    accept(of, incident)
    assert fresh(incident).state == RISK_ACCEPTED

    open_or_join(breaches=[breach(of, to_state="CRITICAL")], at=AT + DAY)

    assert (the(incident).ground, the(incident).ended_at) == ("worse_band", AT + DAY)
    assert fresh(incident).state == DECISION


def accept(of, incident, at=AT):
    do(incident, "accept_risk", EVALUATOR, at=at)


def test_a_removed_risk_is_shown_by_the_series_that_breached():
    of = organised()
    incident = decided(of)
    accept(of, incident)

    do(incident, "risk_removed", of.house.compliance, at=AT + DAY)

    (window,) = incident.windows.all()
    assert (window.proof, window.series_id) == ("measured", of.standing.series_id)
    assert fresh(incident).state == VERIFICATION


def terms(of, incident, **changes):
    owner = cases.person(unit=of.house.unit)
    return cases.terms(incident, owner_id=str(owner.pk), **changes)


def action(of, incident, **changes):
    return {
        "type": "accept_risk",
        "words": "The risk is accepted until the scanner is replaced.",
        "executor_id": str(of.house.engineer.pk),
        "parameters": terms(of, incident, **changes),
    }


def carried(of, decision, at):
    for member in of.members:
        vote(decision, member, at=at)
    with acting_as(RETURNING_OFFICER):
        return close_round(decision_id=decision.pk, actor=RETURNING_OFFICER, at=at + 2 * DAY)


def test_a_carried_motion_begins_the_acceptance_at_its_closing():
    of = organised()
    incident = decided(of)

    decision = carried(of, convened(of, incident, actions=[action(of, incident)]), AT + DAY)

    row = the(incident)
    assert decision.state == "adopted", decision.resolution.words
    assert (row.decision_id, row.motion_sha256) == (decision.pk, decision.motion_sha256)
    assert fresh(incident).state == RISK_ACCEPTED


def test_a_motion_whose_terms_are_wrong_is_not_put():
    of = organised()
    incident = decided(of)

    with pytest.raises(Invalid) as caught:
        moved(of, incident, actions=[action(of, incident, until_at=None)])

    assert "actions.0.parameters.until_at" in caught.value.fields


def test_who_would_own_the_risk_and_who_proposes_it_never_vote():
    of = organised()
    incident = decided(of)
    given = action(of, incident)
    given["parameters"]["owner_id"] = str(of.members[1].pk)

    decision = convened(of, incident, actions=[given])

    recused = {row.person_id: row.reason for row in decision.recusals.all()}
    assert "owns the accepted risk" in recused[of.members[1].pk]


def test_an_overdue_condition_voids_it_by_its_instant_alone():
    of = organised()
    incident = decided(of)
    accept(of, incident)
    row = the(incident)
    condition(of, incident, row, due_at=AT + 3 * DAY)

    before = standing_of(incident, AT + 2 * DAY)
    after = standing_of(incident, AT + 4 * DAY)

    assert before.validity.valid
    assert (after.validity.ground, after.validity.since) == ("condition_overdue", AT + 3 * DAY)
    note_ended(AT + 4 * DAY)
    assert (the(incident).state, the(incident).ended_at) == ("revoked", AT + 3 * DAY)


def test_a_condition_that_was_met_leaves_it_standing():
    of = organised()
    incident = decided(of)
    accept(of, incident)
    condition(of, incident, the(incident), due_at=AT + 3 * DAY, state="met")

    assert standing_of(incident, AT + 4 * DAY).validity.valid


@told
def condition(of, incident, row, **changes):
    with acting_as(cases.SETUP):
        decision = Decision(
            id=row.decision_id,
            number=cases.unique("M")[:20],
            incident=incident,
            cycle=1,
            committee=of.committee,
            title="Accept",
            findings_sha256="",
            proposed_by=of.house.secretary,
            state="adopted",
            created_at=AT,
        )
        decision.save(force_insert=True, at=AT)
        one = DecisionCondition(decision=decision, number=1, text="Replace the scanner", **changes)
        one.save(force_insert=True, at=AT)
    return one


@pytest.mark.parametrize(
    ("profile", "days"),
    [
        ("small", {"low": 180, "medium": 90, "high": 45}),
        ("bank", {"low": 180, "medium": 90, "high": 60}),
    ],
)
def test_both_profiles_freeze_their_longest_times_into_the_plan(profile, days):
    of = organised(profile=profile)
    (incident,) = org.read(of)

    found = from_text(cases.fresh(incident).plan).limits

    assert found["acceptance_longest"] == f"{days[incident.risk_tier]}d"
    assert found["acceptance_longest_rights"] == "30d"
    assert found["acceptance_renewals"] == "1"
