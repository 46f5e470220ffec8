"""Regulatory clocks: armed by answers from the earliest awareness, settled by signed reviews."""

import datetime as dt

import pytest

from incidents.models import RegulatoryClock
from incidents.rules.transitions import DECISION, VALIDATION, VERIFICATION
from incidents.selectors.clocks import ADVISORY, clocks_of, running_clocks
from incidents.services.clocks import arm_for_answers
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Invalid
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message, Timer
from outbox.services.sweeps import sweep
from registry.models import OrganisationProfile, SystemRegimes
from tests.incidents import factory
from tests.incidents.factory import AT, EVALUATOR, bring, clock_rule, do, evidence, fresh, opened

HOUR = dt.timedelta(hours=1)


def acknowledged(of, *, at=AT + HOUR, **answers):
    incident = opened(of)
    do(incident, "acknowledge", of.owner, at=at, **answers)
    return incident


def submitted(of, **answers):
    incident = acknowledged(of, **answers)
    evidence(incident, of.owner)
    do(incident, "submit_findings", of.owner)
    return incident


def test_a_yes_arms_the_clock_from_the_awareness(house):
    rule = clock_rule(hours=72)

    incident = acknowledged(house, personal_data="yes")

    clock = incident.clocks.get()
    assert (clock.rule, clock.state) == (rule, "provisional")
    assert (clock.aware_at, clock.due_at) == (AT + HOUR, AT + 73 * HOUR)
    assert clock.aware_person == house.owner.name
    assert lines_of_incident(incident_id=incident.pk)[0].verb == "incident.clock_armed"


def test_a_no_arms_nothing(house):
    clock_rule(hours=72)

    assert acknowledged(house).clocks.count() == 0


def test_clk_19_unknown_arms_at_once_every_clock_of_a_day_or_less(house):
    clock_rule("critical_service", hours=24)
    clock_rule("critical_service", hours=72)

    incident = acknowledged(house, critical_service="unknown")

    assert [clock.rule.hours for clock in incident.clocks.all()] == [24]


def test_clk_04_a_doubt_of_a_day_arms_the_longer_clocks_from_the_awareness(house):
    clock_rule("critical_service", hours=72)
    incident = acknowledged(house, critical_service="unknown")

    sweep(at=AT + 24 * HOUR)
    before = incident.clocks.count()
    sweep(at=AT + 25 * HOUR)

    assert before == 0
    assert incident.clocks.get().due_at == AT + 73 * HOUR


def test_a_doubt_that_a_validation_settled_arms_nothing(house):
    clock_rule("critical_service", hours=72)
    incident = submitted(house, critical_service="unknown")
    do(incident, "validate", house.compliance, at=AT + 2 * HOUR)

    sweep(at=AT + 30 * HOUR)

    assert incident.clocks.count() == 0


def test_clk_08_every_rule_has_a_clock_of_its_own(house):
    clock_rule("rights_affected", hours=360)
    clock_rule("personal_data", hours=72)

    incident = acknowledged(house, rights_affected="yes", personal_data="yes")

    assert sorted(clock.rule.hours for clock in incident.clocks.all()) == [72, 360]


def test_arming_twice_is_one_clock(house):
    clock_rule(hours=72)
    incident = acknowledged(house, personal_data="yes")

    with acting_as(EVALUATOR):
        arm_for_answers(
            incident=fresh(incident), answers={"personal_data": "yes"}, actor=EVALUATOR, at=AT
        )

    assert incident.clocks.count() == 1


def test_t06_confirms_a_clock(house):
    clock_rule(hours=72)
    incident = submitted(house, personal_data="yes")

    do(incident, "validate", house.compliance, implication="regime")

    assert incident.clocks.get().state == "confirmed"


def test_t06_ends_a_clock_by_a_signed_reason(house):
    clock_rule(hours=72)
    incident = submitted(house, personal_data="yes")

    do(incident, "validate", house.compliance, implication_reason="No personal data left us.")

    clock = incident.clocks.get()
    assert (clock.state, clock.ended_reason) == ("ended", "No personal data left us.")
    assert "incident.clock_ended" in {
        line.verb for line in lines_of_incident(incident_id=incident.pk)
    }


def test_each_clock_may_have_an_answer_of_its_own(house):
    clock_rule("rights_affected", hours=360)
    clock_rule("personal_data", hours=72)
    incident = submitted(house, rights_affected="yes", personal_data="yes")
    rights, personal = incident.clocks.order_by("-rule__hours")

    do(
        incident,
        "validate",
        house.compliance,
        implication="regime",
        clocks=[
            {"clock": str(rights.pk), "answer": "end", "reason": "Not high-risk."},
        ],
    )

    assert incident.clocks.get(pk=rights.pk).state == "ended"
    assert incident.clocks.get(pk=personal.pk).state == "confirmed"


def test_a_clock_moves_earlier(house):
    clock_rule(hours=72)
    incident = submitted(house, personal_data="yes")
    clock = incident.clocks.get()

    do(
        incident,
        "validate",
        house.compliance,
        implication="regime",
        clocks=[
            {
                "clock": str(clock.pk),
                "answer": "confirm",
                "aware_at": (AT - 20 * HOUR).isoformat(),
            }
        ],
    )

    after = incident.clocks.get()
    assert (after.aware_at, after.due_at) == (AT - 20 * HOUR, AT + 52 * HOUR)


def test_a_clock_never_moves_later(house):
    clock_rule(hours=72)
    incident = submitted(house, personal_data="yes")
    clock = incident.clocks.get()

    with pytest.raises(Invalid) as caught:
        do(
            incident,
            "validate",
            house.compliance,
            implication="regime",
            clocks=[
                {
                    "clock": str(clock.pk),
                    "answer": "confirm",
                    "aware_at": (AT + 9 * HOUR).isoformat(),
                }
            ],
        )

    assert caught.value.code == "clock_never_later"
    assert incident.clocks.get().due_at == clock.due_at


@pytest.mark.parametrize(
    "rows",
    [
        [{"clock": "not an id", "answer": "end", "reason": "x"}],
        [{"clock": "3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11", "answer": "end", "reason": "x"}],
        ["words"],
    ],
)
def test_an_answer_to_no_clock_is_refused(house, rows):
    clock_rule(hours=72)
    incident = submitted(house, personal_data="yes")

    with pytest.raises(Invalid) as caught:
        do(incident, "validate", house.compliance, clocks=rows)

    assert set(caught.value.fields) == {"clocks"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        ("none", "none", "ended"),
        ("none", "regime", "confirmed"),
        ("regime", "none", "confirmed"),
    ],
)
def test_of_two_validators_both_must_end_a_clock(first, second, state):
    of = factory.house(risk_tier="high")
    clock_rule(hours=72)
    incident = submitted(of, personal_data="yes")

    do(incident, "validate", of.compliance, implication=first)
    do(incident, "validate", of.risk, implication=second)

    assert incident.clocks.get().state == state
    assert fresh(incident).state == DECISION


def test_clk_17_a_running_clock_stands_against_dismissing(house):
    clock_rule("critical_service", hours=24)
    incident = opened(house, severity="minor")
    do(incident, "acknowledge", house.owner, critical_service="unknown")
    do(incident, "submit_findings", house.owner)

    with pytest.raises(Conflict) as caught:
        do(incident, "dismiss", house.compliance)

    assert caught.value.code == "clock_running"
    assert "only a validation ends it" in caught.value.reason


def test_clk_17_a_clock_that_nobody_settled_stands_against_closing(house):
    incident = bring(house, VERIFICATION)
    rule = clock_rule(hours=72)
    RegulatoryClock.objects.create(
        incident=incident, rule=rule, aware_at=AT, due_at=AT + HOUR, armed_by="", entry_number=0
    )

    with pytest.raises(Conflict) as caught:
        do(incident, "close", house.verifier)

    assert caught.value.code == "clock_running"


def test_a_confirmed_clock_does_not_stand_against_closing(house):
    clock_rule(hours=72)
    incident = submitted(house, personal_data="yes")
    do(incident, "validate", house.compliance, implication="regime")
    do(incident, "adopt", EVALUATOR)
    do(incident, "confirm_action", house.executive)

    assert do(incident, "close", house.verifier).incident.state == "CLOSED"


def test_half_time_and_end_of_a_running_clock_call_compliance_and_owner(house):
    clock_rule(hours=72)
    incident = acknowledged(house, personal_data="yes")

    sweep(at=AT + 37 * HOUR)

    called = Message.objects.filter(subject_id=incident.pk, key__contains=":clock:")
    assert {row.person_id for row in called} == {
        house.owner.pk,
        house.compliance.pk,
        house.verifier.pk,
    }
    assert all("Settle the regulatory clock of" in row.subject for row in called)


def test_a_passed_clock_is_on_record(house):
    clock_rule(hours=24)
    incident = acknowledged(house, personal_data="yes")

    sweep(at=AT + 25 * HOUR)

    verbs = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert "incident.clock_overdue" in verbs


def test_an_ended_clock_calls_nobody(house):
    clock_rule(hours=72)
    incident = submitted(house, personal_data="yes")
    do(incident, "validate", house.compliance, at=AT + 2 * HOUR)

    sweep(at=AT + 80 * HOUR)

    assert not Message.objects.filter(subject_id=incident.pk, key__contains=":clock:").exists()
    assert Timer.objects.filter(kind="incident.clock_due", state="fired").count() == 2


def test_clk_02_a_duty_before_its_date_is_advisory(house):
    clock_rule(
        "rights_affected",
        hours=360,
        status="adopted_not_yet_applicable",
        statutory_from=dt.date(2027, 12, 2),
    )
    clock_rule("personal_data", hours=72)

    incident = acknowledged(house, rights_affected="yes", personal_data="yes")

    lines = clocks_of(incident=incident, at=AT + 37 * HOUR)
    assert [(line.clock.rule.hours, line.binding) for line in lines] == [
        (72, "statutory"),
        (360, ADVISORY),
    ]
    assert (lines[0].share, lines[0].state) == (50, "soon")


def test_running_clocks_leave_out_what_ended(house):
    clock_rule(hours=72)
    running = acknowledged(house, personal_data="yes")
    done = submitted(factory.house(), personal_data="yes")
    do(done, "validate", factory.User.objects.get(pk=_compliance(done)))

    lines = running_clocks(system_ids=[running.system_id, done.system_id], at=AT)

    assert [line.clock.incident_id for line in lines] == [running.pk]


def _compliance(incident):
    rows = factory.RoleAssignment.objects.filter(role="compliance", unit=incident.unit_id)
    return rows.order_by("user__name").first().user_id


def test_a_report_by_hand_counts_from_the_report(house):
    clock_rule(hours=72)
    incident = opened(house, kind="reported", detected_at=AT)

    do(incident, "acknowledge", house.owner, at=AT + 20 * HOUR, personal_data="yes")

    assert incident.clocks.get().due_at == AT + 72 * HOUR
    assert fresh(incident).state != VALIDATION


REGIME = "essential_or_important_entity"


def decided(answer, *, system=None):
    """Say whether the organisation, or a system, is an entity of NIS2, without the page."""
    answers = {REGIME: {"answer": answer, "source": "register of 3 March 2026"}}
    values = {"answers": answers, "reason": "asked", "decided_at": AT}
    with acting_as(EVALUATOR):
        if system is None:
            OrganisationProfile(**values).save(force_insert=True, at=AT)
        else:
            SystemRegimes(system=system, **values).save(force_insert=True, at=AT)


def nis2(**changes):
    return clock_rule("critical_service", regime="NIS2", applies_to=REGIME, **changes)


def test_clk_13_a_regime_to_be_decided_is_armed_as_unknown(house):
    nis2(hours=24)
    nis2(hours=72)

    incident = acknowledged(house, critical_service="yes")
    at_once = [clock.rule.hours for clock in incident.clocks.all()]
    sweep(at=AT + 25 * HOUR)

    assert at_once == [24]
    assert sorted(clock.rule.hours for clock in incident.clocks.all()) == [24, 72]
    assert {clock.armed_by.partition("; ")[2] for clock in incident.clocks.all()} == {
        "NIS2 to be decided"
    }


def test_clk_13_a_regime_that_applies_arms_at_once(house):
    decided("yes")
    nis2(hours=72)

    incident = acknowledged(house, critical_service="yes")

    assert incident.clocks.get().due_at == AT + 73 * HOUR


def test_clk_13_a_regime_that_does_not_apply_is_not_armed_and_the_record_says_why(house):
    decided("no")
    nis2(hours=24)

    incident = acknowledged(house, critical_service="yes")

    line = next(
        line
        for line in lines_of_incident(incident_id=incident.pk)
        if line.verb == "incident.clock_left_out"
    )
    assert incident.clocks.count() == 0
    assert line.reason == ("NIS2 does not apply to the organisation: register of 3 March 2026")


def test_clk_13_a_systems_own_answer_wins(house):
    decided("no")
    decided("yes", system=house.system)
    nis2(hours=24)

    assert acknowledged(house, critical_service="yes").clocks.count() == 1


def test_clk_13_a_no_within_the_doubt_leaves_the_clock_out(house):
    nis2(hours=72)
    incident = acknowledged(house, critical_service="unknown")
    decided("no")

    sweep(at=AT + 25 * HOUR)

    assert incident.clocks.count() == 0


def test_a_rule_without_hours_arms_nothing(house):
    nis2(hours=0, period="one month after the notification")

    assert acknowledged(house, critical_service="yes").clocks.count() == 0
