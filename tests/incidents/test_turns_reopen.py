"""T19: a closed incident is reopened. INC-E: fresh plan and budget, level kept, the past kept."""

import datetime as dt

import pytest

from incidents import plan_sources
from incidents.models import Participation, PastCycle, Transition
from incidents.rules.transitions import CLOSED, INVESTIGATING, VALIDATION
from incidents.selectors.reviews import has_evidence, newest_findings
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message, Timer
from outbox.services.sweeps import SWEEP, SweepReport, fire_timers
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    bring,
    do,
    evidence,
    fresh,
    opened,
    person,
    plan,
)

DAY = dt.timedelta(days=1)
FRESH = plan(policy_id="the policy of later", policy_sha256="2" * 64, max_cycles=2, reopen_days=10)


@pytest.fixture(autouse=True)
def _fresh_plans(monkeypatch):
    """What is in force when a cycle begins is the next floor's; here it is one plan."""
    monkeypatch.setattr(plan_sources, "_source", [lambda incident, at: FRESH])


@pytest.fixture
def closed(house):
    return dismissed(house)


def dismissed(house, **changes):
    incident = bring(house, VALIDATION, severity="minor", **changes)
    do(incident, "dismiss", house.compliance)
    return do(incident, "dismiss", house.executive).incident


def reopened(incident, at=AT + DAY, **changes):
    return do(incident, "reopen", EVALUATOR, at=at, **changes).incident


def armed(incident):
    rows = Timer.objects.filter(subject_id=incident.pk, state="armed")
    return set(rows.values_list("kind", "payload__stage"))


def test_a_recurrence_begins_the_next_cycle_with_its_investigation(closed):
    found = reopened(closed)

    assert (found.state, found.cycle, found.closed_at, found.resolution) == (
        INVESTIGATING, 2, None, "",
    )  # fmt: skip
    assert found.severity_validated is False


def test_inc_e_the_new_cycle_is_bound_to_a_fresh_plan_and_the_level_is_kept(house):
    incident = opened(house, severity="minor")
    do(incident, "acknowledge", house.owner)
    for _ in range(3):
        evidence(incident, house.owner)
        do(incident, "submit_findings", house.owner)
        do(incident, "return_to_owner", house.compliance)
    evidence(incident, house.owner)
    do(incident, "submit_findings", house.owner)
    do(incident, "dismiss", house.compliance)
    ended = do(incident, "dismiss", house.executive).incident
    before = ended.plan_sha256

    found = reopened(ended)

    assert (found.level, found.returns) == (1, 0)
    assert found.plan_sha256 != before
    assert "the policy of later" in found.plan


def test_inc_e_the_budget_is_fresh_it_counts_from_the_reopening(closed):
    found = reopened(closed)

    assert found.stage_due_at == AT + DAY + 28 * DAY - dt.timedelta(hours=16)
    assert armed(found) >= {
        ("incident.stage_deadline", "findings"),
        ("incident.stage_deadline", "first_assessment"),
    }


def test_the_old_cycle_stays_as_it_was(closed):
    before = list(Transition.objects.filter(incident=closed).order_by("version").values())
    plan_text = fresh(closed).plan

    reopened(closed)

    after = Transition.objects.filter(incident=closed, cycle=1).order_by("version").values()
    kept = PastCycle.objects.get(incident=closed, cycle=1)
    assert list(after) == before
    assert (kept.plan, kept.resolution, kept.closed_at) == (plan_text, "dismissed", AT)


def test_a_recurrence_that_is_worse_raises_and_one_that_is_milder_does_not_lower(house):
    worse = reopened(dismissed(house), severity="major")
    milder = reopened(dismissed(house), severity="minor")

    assert (worse.severity, milder.severity) == ("major", "minor")


def test_findings_and_evidence_of_the_old_cycle_do_not_serve_the_new_one(closed):
    found = reopened(closed)

    assert newest_findings(found) is None
    assert not has_evidence(found)


def test_a_person_asks_and_a_separate_validator_reopens(closed, house):
    asked = do(closed, "reopen", house.compliance, at=AT + DAY)

    agreed = do(closed, "reopen", house.risk, at=AT + DAY)

    assert (asked.incident.state, asked.incident.cycle) == (CLOSED, 1)
    assert (agreed.incident.state, agreed.incident.cycle) == (INVESTIGATING, 2)


def test_an_auditor_may_ask_and_no_more(closed, house):
    asked = do(closed, "reopen", house.auditor)
    again = do(closed, "reopen", house.auditor)

    assert (asked.incident.state, again.incident.state) == (CLOSED, CLOSED)


def test_nobody_approves_their_own_request(closed, house):
    do(closed, "reopen", house.compliance)

    again = do(closed, "reopen", house.compliance)

    assert again.incident.state == CLOSED


@pytest.mark.parametrize("who", ["owner", "executive", "engineer", "stranger"])
def test_who_is_no_validator_chair_or_auditor_does_not_ask(closed, house, who):
    with pytest.raises(Exception) as caught:
        do(closed, "reopen", getattr(house, who))

    assert caught.value.code in ("not_your_part", "not_separate", "not_found")


def test_only_a_validator_agrees(closed, house):
    do(closed, "reopen", house.compliance)

    with pytest.raises(Forbidden) as caught:
        do(closed, "reopen", house.auditor)

    assert house.risk.name in caught.value.who_can


def test_a_person_brings_no_severity_with_it(closed, house):
    with pytest.raises(Forbidden, match="raise the severity afterwards"):
        do(closed, "reopen", house.compliance, severity="severe")


def test_after_the_time_of_its_plan_it_is_not_reopened(closed):
    with pytest.raises(Conflict) as caught:
        reopened(closed, at=AT + 30 * DAY)

    assert caught.value.code == "too_late_to_reopen"


def test_with_its_cycles_used_up_it_is_not_reopened(house):
    with pytest.raises(Conflict) as caught:
        reopened(dismissed(house, plan=plan(max_cycles=1)))

    assert caught.value.code == "cycles_used_up"


def test_while_another_is_open_for_the_same_cause_it_is_not_reopened(house):
    closed = dismissed(house, dedup_key="one cause")
    opened(house, dedup_key="one cause")

    with pytest.raises(Conflict) as caught:
        reopened(closed)

    assert caught.value.code == "open_already"


def test_t07_arms_the_watch_for_a_recurrence_and_t19_ends_it(closed):
    watched = armed(closed)

    reopened(closed)

    watch = ("incident.recurrence_watch", None)
    assert watch in watched
    assert watch not in armed(closed)


def test_a_watch_that_saw_nothing_come_back_is_on_record(closed):
    with acting_as(SWEEP):
        fire_timers(at=AT + 30 * DAY, batch=200, report=SweepReport())

    told = [line.verb for line in lines_of_incident(incident_id=closed.pk)]
    assert told[0] == "incident.recurrence_watch_ended"


def test_t16_arms_the_watch_as_well(house):
    closed = bring(house, CLOSED)

    assert ("incident.recurrence_watch", None) in armed(closed)


def test_who_owns_it_is_told_and_who_left_is_replaced(closed, house):
    heir = person(name="Heir", unit=house.unit)
    with acting_as(EVALUATOR):
        house.system.owner = heir
        house.owner.is_active = False
    Message.objects.all().delete()

    reopened(closed)

    told = Message.objects.filter(subject_id=closed.pk)
    assert told.filter(subject__startswith="Submit the findings again").count() == 2


def test_whoever_wrote_what_went_live_meanwhile_takes_part(closed, house):
    reopened(closed)

    acts = set(Participation.objects.filter(incident=closed).values_list("person_id", "act"))
    assert (house.author.pk, "authored") in acts


def test_the_second_cycle_goes_the_whole_way_and_is_closed_once_more(closed, house):
    found = reopened(closed)
    at = AT + DAY
    evidence(found, house.owner, at)
    do(found, "submit_findings", house.owner, at=at)
    do(found, "dismiss", house.compliance, at=at)

    ended = do(found, "dismiss", house.executive, at=at).incident

    assert (ended.state, ended.cycle) == (CLOSED, 2)
    with pytest.raises(Conflict, match="2 cycles"):
        reopened(ended, at=at + DAY)
