"""The rulings CLK-01 to CLK-22 on regulatory clocks, each by its id (INC-7)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from incidents.models import Incident, RegulatoryClock
from incidents.rules.clock_binding import Legacy, binding_of
from incidents.rules.clock_times import due_of, instants_of, months_later, outer_days, outer_noon
from incidents.rules.transitions import VALIDATION
from incidents.selectors.clocks import ADVISORY, clocks_of, running_clocks
from incidents.services.counsel import set_counsel_date
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message, Timer
from outbox.services.sweeps import sweep
from registry.models import Classification
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    acting,
    bring,
    clock_rule,
    do,
    evidence,
    fresh,
    opened,
)
from tests.net import told

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
SATURDAYS = (5, 6)


def is_working(day):
    return day.weekday() not in SATURDAYS


def acknowledged(of, *, at=AT + HOUR, **answers):
    incident = opened(of)
    do(incident, "acknowledge", of.owner, at=at, **answers)
    return fresh(incident)


def learned(incident, of, which, instant, *, at=AT + 2 * HOUR, by=None):
    return do(
        incident,
        "learn_awareness",
        by or of.owner,
        at=at,
        which=which,
        aware_at=instant.isoformat(),
    )


def stated(incident, of, fact, *, answer="yes", at=AT + 2 * HOUR, **changes):
    return do(incident, "state_fact", of.owner, at=at, fact=fact, answer=answer, **changes)


def sent(incident, of, *clocks, at=AT + 3 * HOUR, **changes):
    named = [str(clock.pk) for clock in clocks or incident.clocks.all()]
    return do(incident, "record_submission", of.compliance, at=at, clocks=named, **changes)


def ended(of, **changes):
    """A case whose only clock was ended by a signed reason, at the fifth hour."""
    incident = acknowledged(of, personal_data="yes")
    evidence(incident, of.owner)
    do(incident, "submit_findings", of.owner)
    do(incident, "validate", of.compliance, at=AT + 5 * HOUR)
    return fresh(incident)


@told
def classified(of, **outcome):
    """Confirm what the Act is asked about a system, without the pages."""
    kept = {"tiers": [], "roles": [], "points": [], "flags": [], "open": []} | outcome
    with acting_as(EVALUATOR):
        Classification(
            system=of.system,
            number=1,
            state="confirmed",
            questionnaire="test",
            outcome=kept,
            started_at=AT - DAY,
            confirmed_at=AT - DAY,
        ).save(force_insert=True, at=AT - DAY)


@told
def confirmed(incident, rule):
    """A clock that a validation confirmed, without the walk."""
    RegulatoryClock.objects.create(
        incident=incident,
        rule=rule,
        aware_at=AT,
        due_at=AT + 72 * HOUR,
        armed_by="",
        state="confirmed",
        entry_number=0,
    )


def calls(incident, clock, which):
    return Message.objects.filter(
        subject_id=incident.pk, key__startswith=f"{incident.pk}:clock:{clock.pk}:{which}"
    )


def test_clk_01_a_death_arms_the_shorter_clock_beside_the_longer(house):
    clock_rule("person_harmed", hours=360)
    clock_rule("person_died", hours=240)
    incident = acknowledged(house, person_harmed="yes")

    stated(incident, house, "person_died", known_at=(AT + 2 * HOUR).isoformat())

    due = sorted(clock.due_at for clock in incident.clocks.all())
    assert due == [AT + 2 * HOUR + 10 * DAY, AT + HOUR + 15 * DAY]


def test_clk_01_a_critical_service_arms_two_days_only_for_critical_infrastructure(house):
    also = [{"question": "critical_service", "when": "critical_infrastructure"}]
    clock_rule("irreversible_outage", hours=48, terms={"also": also})
    classified(house, points=["III.5.b"])

    incident = acknowledged(house, critical_service="yes")
    before = incident.clocks.count()
    stated(incident, house, "irreversible_outage")

    assert before == 0
    assert incident.clocks.get().due_at == AT + 49 * HOUR


def test_clk_01_a_system_of_critical_infrastructure_needs_no_further_word(house):
    also = [{"question": "critical_service", "when": "critical_infrastructure"}]
    clock_rule("irreversible_outage", hours=48, terms={"also": also})
    classified(house, points=["III.2"])

    assert acknowledged(house, critical_service="yes").clocks.count() == 1


@pytest.mark.parametrize(
    ("aware", "legacy", "kind"),
    [
        (dt.datetime(2027, 12, 1, 12, tzinfo=dt.UTC), None, "advisory"),
        (dt.datetime(2027, 12, 3, tzinfo=dt.UTC), None, "statutory"),
        (dt.datetime(2027, 12, 3, tzinfo=dt.UTC), Legacy(AT, False), "advisory"),
        (dt.datetime(2027, 12, 3, tzinfo=dt.UTC), Legacy(AT, True), "statutory"),
        (dt.datetime(2027, 12, 3, tzinfo=dt.UTC), Legacy(AT, None), "statutory"),
        (dt.datetime(2027, 12, 3, tzinfo=dt.UTC), Legacy(None, False), "statutory"),
    ],
)
def test_clk_02_the_awareness_decides_and_in_doubt_it_binds(aware, legacy, kind):
    found = binding_of(
        aware,
        status="adopted_not_yet_applicable",
        statutory_from=dt.date(2027, 12, 2),
        zone=BERLIN,
        legacy=legacy,
    )

    assert found.kind == kind


@pytest.mark.parametrize(
    ("minute", "kind"), [(dt.timedelta(minutes=-1), "advisory"), (dt.timedelta(0), "statutory")]
)
def test_clk_03_a_date_begins_at_midnight_at_the_seat(minute, kind):
    midnight = dt.datetime(2027, 12, 1, 23, 0, tzinfo=dt.UTC)

    found = binding_of(
        midnight + minute, status="", statutory_from=dt.date(2027, 12, 2), zone=BERLIN
    )

    assert found.kind == kind


def test_clk_04_an_unanswered_question_of_a_report_counts_as_unknown(house):
    clock_rule("critical_service", hours=24)
    clock_rule("critical_service", hours=72)
    incident = opened(house, kind="reported", aware_at=AT, aware_by="Ms Roth")

    at_once = [clock.due_at for clock in incident.clocks.all()]
    sweep(at=AT + 24 * HOUR)

    assert at_once == [AT + 24 * HOUR]
    assert sorted(clock.due_at for clock in incident.clocks.all())[1] == AT + 72 * HOUR


def test_clk_04_a_no_within_the_day_arms_nothing(house):
    clock_rule("critical_service", hours=72)
    incident = opened(house, kind="reported", aware_at=AT, aware_by="Ms Roth")

    do(incident, "acknowledge", house.owner, at=AT + 5 * HOUR)
    sweep(at=AT + 24 * HOUR)

    assert incident.clocks.count() == 0


def test_clk_05_an_alarm_that_nobody_opened_for_a_day_counts_as_known(house):
    clock_rule("personal_data", hours=24)
    incident = opened(house)

    sweep(at=AT + 24 * HOUR)

    after = fresh(incident)
    assert (after.aware_at, after.aware_by) == (AT + DAY, "deemed, 24 h after detection")
    assert after.clocks.get().due_at == AT + 2 * DAY
    verbs = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert "incident.deemed_aware" in verbs


def test_clk_05_an_alarm_that_was_opened_is_known_from_then(house):
    incident = acknowledged(house)

    sweep(at=AT + 24 * HOUR)

    assert fresh(incident).aware_at == AT + HOUR


def test_clk_06_a_later_certainty_is_a_reading_and_never_the_end(house):
    clock_rule("personal_data", hours=72, terms={"reading": "personal_data_aware_at"})
    incident = acknowledged(house, personal_data="yes")

    learned(incident, house, "personal_data", AT + 10 * HOUR, at=AT + 11 * HOUR)

    line = clocks_of(incident=fresh(incident), at=AT + 11 * HOUR)[0]
    assert line.clock.due_at == AT + 73 * HOUR
    assert [reading.due_at for reading in line.readings] == [AT + 82 * HOUR]


def sided(house):
    clock_rule("rights_affected", hours=360, terms={"sides": True})
    incident = acknowledged(house, rights_affected="yes")
    learned(incident, house, "deployer", AT - 10 * HOUR)
    return incident


def test_clk_07_the_deployers_awareness_is_a_second_row(house):
    incident = sided(house)

    rows = list(incident.clocks.order_by("aware_at").values_list("counted_as", "aware_at"))
    assert rows == [("deployer", AT - 10 * HOUR), ("organisation", AT + HOUR)]


def test_clk_07_the_earlier_of_two_rows_alarms(house):
    incident = sided(house)
    first, second = incident.clocks.order_by("due_at")

    sweep(at=AT + 16 * DAY)

    assert calls(incident, first, "due").exists()
    assert not calls(incident, second, "due").exists()


def test_clk_07_one_report_meets_both_rows(house):
    incident = sided(house)

    sent(incident, house, incident.clocks.order_by("due_at").first())

    assert incident.clocks.filter(submission__isnull=True).count() == 0


def test_clk_07_where_we_are_both_there_is_one_clock(house):
    classified(house, roles=["provider", "deployer"])

    incident = sided(house)

    assert incident.clocks.get().aware_at == AT - 10 * HOUR


def test_clk_08_ending_one_limb_leaves_the_other(house):
    harm = clock_rule("person_harmed", hours=360)
    outage = clock_rule("critical_service", hours=48)
    incident = acknowledged(house, person_harmed="yes", critical_service="yes")
    evidence(incident, house.owner)
    do(incident, "submit_findings", house.owner)
    named = [
        {"clock": str(incident.clocks.get(rule=outage).pk), "answer": "end", "reason": "Restored."}
    ]

    do(incident, "validate", house.compliance, implication="regime", clocks=named)

    assert incident.clocks.get(rule=outage).state == "ended"
    assert incident.clocks.get(rule=harm).due_at == AT + HOUR + 15 * DAY


def test_clk_09_a_duty_that_does_not_bind_is_no_drill(house):
    clock_rule(
        "personal_data", status="adopted_not_yet_applicable", statutory_from=dt.date(2027, 12, 2)
    )

    incident = acknowledged(house, personal_data="yes")

    line = clocks_of(incident=incident, at=AT)[0]
    assert line.binding == ADVISORY == "advisory clock (not binding yet)"
    assert "DRILL" not in line.binding


@pytest.mark.parametrize(
    ("wall", "instants"),
    [
        (dt.datetime(2026, 10, 25, 2, 30), ["00:30", "01:30"]),
        (dt.datetime(2026, 3, 29, 2, 30), []),
        (dt.datetime(2026, 6, 1, 2, 30), ["00:30"]),
    ],
)
def test_clk_10_a_local_hour_names_none_one_or_two_instants(wall, instants):
    found = instants_of(wall, BERLIN)

    assert [f"{one:%H:%M}" for one in found] == instants


def test_clk_11_four_hours_count_from_the_classification_however_late(house):
    clock_rule("critical_service", hours=24, regime="DORA")
    clock_rule("major_ict_incident", hours=4, regime="DORA", terms={"fact_at": True})
    incident = acknowledged(house, critical_service="yes")

    at = AT + 31 * HOUR
    stated(incident, house, "major_ict_incident", at=at, known_at=(AT + 30 * HOUR).isoformat())

    due = sorted(clock.due_at for clock in incident.clocks.all())
    assert due == [AT + 25 * HOUR, AT + 34 * HOUR]


def dora(house, *, hours):
    """An incident of a financial entity, classified so many hours after awareness."""
    initial = clock_rule("critical_service", hours=24, regime="DORA")
    terms = {"fact_at": True, "replaces": [initial.pk]}
    clock_rule("major_ict_incident", hours=4, regime="DORA", terms=terms)
    incident = acknowledged(house, critical_service="yes")
    at = AT + hours * HOUR
    stated(incident, house, "major_ict_incident", at=at, known_at=at.isoformat())
    return [incident.clocks.get(rule__hours=24), incident.clocks.get(rule__hours=4)]


def test_clk_11_a_later_classification_ends_the_clock_from_awareness_beside_its_own(house):
    earlier, later = dora(house, hours=30)

    assert (earlier.state, later.state) == ("ended", "provisional")
    assert later.beside == earlier
    assert "That was after its end." in earlier.ended_reason
    assert later.due_at == AT + 34 * HOUR
    calls = Timer.objects.filter(key__contains=f":clock:{earlier.pk}:", state="armed")
    assert not calls.exists()


def test_clk_11_an_early_classification_leaves_one_clock_that_is_due_sooner(house):
    earlier, later = dora(house, hours=2)

    assert (earlier.state, later.due_at) == ("ended", AT + 6 * HOUR)


def test_clk_11_within_the_day_the_24_hours_after_awareness_are_the_limit(house):
    earlier, later = dora(house, hours=22)

    assert (earlier.state, later.state) == ("provisional", "provisional")
    assert earlier.due_at < later.due_at


def test_clk_18_facts_that_come_later_arm_nothing_anew_for_a_clock_in_whose_place_one_runs(house):
    earlier, later = dora(house, hours=30)
    incident = fresh(earlier.incident)

    with pytest.raises(Conflict, match="ended as not reportable"):
        do(
            incident, "learn_awareness", house.owner, at=AT + 31 * HOUR, which="reportability",
            aware_at=(AT + 31 * HOUR).isoformat(),
        )  # fmt: skip

    assert incident.clocks.count() == 2


def test_clk_11_noon_of_the_next_working_day_is_information_only(house):
    saturday = dt.datetime(2026, 11, 21, 15, tzinfo=dt.UTC)

    found = outer_noon(saturday, zone=BERLIN, is_working=is_working)

    assert found == dt.datetime(2026, 11, 23, 11, tzinfo=dt.UTC)


def test_clk_11_whom_the_noon_rule_leaves_out_is_data(house):
    terms = {"outer": "noon", "noon_not_for": ["credit institutions"]}
    clock_rule("critical_service", hours=24, terms=terms)
    friday = AT + 4 * DAY
    incident = opened(house, detected_at=friday, at=friday)
    do(incident, "acknowledge", house.owner, at=friday, critical_service="yes")

    line = clocks_of(incident=fresh(incident), at=friday)[0]

    assert line.clock.due_at == friday + DAY
    assert "not for credit institutions" in line.readings[0].words


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (dt.datetime(2026, 1, 31, 14, 5), dt.datetime(2026, 2, 28, 14, 5)),
        (dt.datetime(2028, 1, 31, 14, 5), dt.datetime(2028, 2, 29, 14, 5)),
        (dt.datetime(2026, 12, 15, 9, 0), dt.datetime(2027, 1, 15, 9, 0)),
        (dt.datetime(2026, 2, 28, 12, 0), dt.datetime(2026, 3, 28, 12, 0)),
    ],
)
def test_clk_12_a_month_keeps_day_and_hour_clipped_to_the_last_day(start, end):
    found = months_later(start.replace(tzinfo=BERLIN), 1, BERLIN)

    assert found == end.replace(tzinfo=BERLIN)


def test_clk_12_the_end_of_that_day_is_information():
    aware = dt.datetime(2026, 1, 30, 14, 5, tzinfo=BERLIN)

    outer = outer_days(aware, days=0, months=1, zone=BERLIN, is_working=is_working)

    assert due_of(aware, hours=0, months=1, zone=BERLIN).astimezone(BERLIN).day == 28
    assert outer.astimezone(BERLIN) == dt.datetime(2026, 3, 2, 23, 59, 59, tzinfo=BERLIN)


def test_clk_14_two_days_hold_two_working_days_from_the_day_after():
    friday = dt.datetime(2028, 9, 15, 16, 0, tzinfo=dt.UTC)

    strict = due_of(friday, hours=48, months=0, zone=BERLIN)
    outer = outer_days(friday, days=2, months=0, zone=BERLIN, is_working=is_working)

    assert strict == dt.datetime(2028, 9, 17, 16, 0, tzinfo=dt.UTC)
    assert outer.astimezone(BERLIN) == dt.datetime(2028, 9, 19, 23, 59, 59, tzinfo=BERLIN)


def test_clk_15_telling_the_provider_alarms_at_once_and_is_draft_guidance(house):
    rule = clock_rule(
        "person_harmed", hours=24, status="draft_guidance", statutory_from=None,
        terms={"at_once": True},
    )  # fmt: skip
    incident = acknowledged(house, person_harmed="yes")

    sweep(at=AT + HOUR)

    clock = incident.clocks.get(rule=rule)
    assert calls(incident, clock, "at_once").exists()
    assert "draft guidance" in clock.binding_why
    assert clock.due_at == AT + 25 * HOUR


def test_clk_16_an_earlier_awareness_after_the_ending_asks_a_validator(house):
    clock_rule("personal_data", hours=4)
    incident = ended(house)

    learned(incident, house, "organisation", AT - HOUR, at=AT + 8 * HOUR)
    sweep(at=AT + 8 * HOUR)

    clock = incident.clocks.get()
    line = clocks_of(incident=fresh(incident), at=AT + 8 * HOUR)[0]
    assert (clock.state, clock.due_at) == ("ended", AT + 3 * HOUR)
    assert (line.late_by, clock.decide_by) == (2 * HOUR, AT + 32 * HOUR)
    asked = calls(incident, clock, "decide")
    assert house.compliance.pk in {row.person_id for row in asked}


def test_clk_16_a_validator_takes_the_clock_up_again_beside_the_ended_one(house):
    clock_rule(hours=72)
    incident = ended(house)
    learned(incident, house, "organisation", AT - HOUR, at=AT + 8 * HOUR)

    do(incident, "decide_clock", house.compliance, at=AT + 9 * HOUR, answer="reopen")

    states = incident.clocks.order_by("state").values_list("state", "counted_as", "aware_at")
    assert list(states) == [
        ("ended", "organisation", AT - HOUR),
        ("provisional", "reopened", AT - HOUR),
    ]


def test_clk_16_a_report_that_was_in_time_may_turn_out_late(house):
    clock_rule(hours=4)
    incident = acknowledged(house, personal_data="yes")
    sent(incident, house, at=AT + 4 * HOUR)

    learned(incident, house, "organisation", AT - HOUR, at=AT + 8 * HOUR)

    line = clocks_of(incident=fresh(incident), at=AT + 8 * HOUR)[0]
    assert line.late_by == HOUR
    assert line.clock.decide_by is None


def test_clk_17_a_running_clock_stands_against_a_small_closing(house):
    clock_rule(hours=24)
    incident = opened(house, severity="minor", kind="reported", aware_at=AT, aware_by="Ms Roth")
    do(incident, "acknowledge", house.owner)
    do(incident, "submit_findings", house.owner)

    with pytest.raises(Conflict) as caught:
        do(incident, "close_small", house.compliance)

    assert caught.value.code == "clock_running"
    assert fresh(incident).state == VALIDATION


def test_clk_18_later_facts_start_a_clock_beside_the_ended_one(house):
    clock_rule(hours=72)
    incident = ended(house)

    learned(incident, house, "reportability", AT + 20 * HOUR, at=AT + 21 * HOUR)

    new = incident.clocks.get(counted_as="reportability")
    assert (new.state, new.due_at) == ("provisional", AT + 92 * HOUR)
    assert new.beside.state == "ended"
    assert [line.clock for line in running_clocks(system_ids=[incident.system_id], at=AT)] == [new]


def test_clk_18_without_an_ended_clock_there_is_nothing_to_start_anew(house):
    clock_rule(hours=72)
    incident = acknowledged(house, personal_data="yes")

    with pytest.raises(Conflict) as caught:
        learned(incident, house, "reportability", AT + HOUR)

    assert caught.value.code == "no_ended_clock"


def test_clk_19_a_clock_of_two_days_is_armed_at_half_its_time(house):
    clock_rule("critical_service", hours=30)
    incident = acknowledged(house, critical_service="unknown")

    sweep(at=AT + HOUR + 15 * HOUR)

    assert incident.clocks.get().due_at == AT + 31 * HOUR


def test_clk_20_counsels_date_changes_the_kind_and_never_the_end(house):
    rule = clock_rule(status="adopted_not_yet_applicable", statutory_from=dt.date(2027, 12, 2))
    incident = acknowledged(house, personal_data="yes")
    before = incident.clocks.get()
    actor = acting(house.compliance)

    with acting_as(actor):
        set_counsel_date(
            rule_id=rule.pk,
            statutory_from=dt.date(2026, 8, 2),
            source="opinion of 3 November 2026",
            actor=actor,
            at=AT + 5 * HOUR,
        )

    after = incident.clocks.get()
    assert (before.binding, after.binding) == ("advisory", "statutory")
    assert after.due_at == before.due_at
    assert "counsel" in after.binding_why


def test_clk_20_new_law_data_leave_an_open_clock_as_it_is(house):
    rule = clock_rule(status="adopted_not_yet_applicable", statutory_from=dt.date(2027, 12, 2))
    incident = acknowledged(house, personal_data="yes")

    rule.statutory_from = dt.date(2026, 8, 2)
    rule.save()

    assert clocks_of(incident=incident, at=AT)[0].binding == ADVISORY


def test_clk_21_a_report_counts_from_the_first_person_of_ours(house):
    clock_rule(hours=72)

    incident = opened(
        house, kind="concern", detected_at=AT - 5 * HOUR, aware_at=AT - HOUR, aware_by="Ms Roth",
        facts={"personal_data": "yes", "known_by": "Ms Roth"},
    )  # fmt: skip

    clock = incident.clocks.get()
    assert (clock.aware_at, clock.aware_person) == (AT - HOUR, "Ms Roth")
    assert incident.detected_at == AT - 5 * HOUR


def test_clk_22_a_likely_cause_calls_people_and_makes_no_end(house):
    clock_rule("person_harmed", hours=360, terms={"causal": True})
    incident = acknowledged(house, person_harmed="yes")
    before = incident.clocks.get().due_at

    learned(incident, house, "causal_link", AT + 2 * HOUR)
    sweep(at=AT + 2 * HOUR)

    clock = incident.clocks.get()
    told = calls(incident, clock, "causal")
    assert clock.due_at == before
    assert {row.person_id for row in told} >= {house.owner.pk, house.compliance.pk}
    assert "the duty to report is immediate" in told[0].body


def test_inc_7_a_hand_reported_case_runs_from_the_report_moves_earlier_never_later(house):
    clock_rule(hours=72)
    incident = opened(
        house, kind="reported", aware_at=AT, aware_by="Ms Roth", facts={"personal_data": "yes"}
    )
    from_the_report = incident.clocks.get().due_at

    learned(incident, house, "organisation", AT - 9 * HOUR)
    with pytest.raises(Invalid) as caught:
        learned(incident, house, "organisation", AT - 2 * HOUR)

    clock = incident.clocks.get()
    assert from_the_report == AT + 72 * HOUR
    assert (clock.due_at, clock.moved_from_at) == (AT + 63 * HOUR, AT)
    assert caught.value.code == "clock_never_later"


def test_an_instant_that_has_not_come_is_refused(house):
    incident = acknowledged(house)

    with pytest.raises(Invalid) as caught:
        learned(incident, house, "occurred", AT + 9 * HOUR)

    assert caught.value.code == "instant_to_come"


def test_a_report_starts_the_clock_of_the_one_that_follows(house):
    first = clock_rule("critical_service", hours=24)
    clock_rule("after_report", hours=0, terms={"months": 1, "follows": [first.pk]})
    incident = acknowledged(house, critical_service="yes")

    sent(incident, house, at=AT + 3 * HOUR)

    following = incident.clocks.get(counted_as="report")
    assert following.due_at == dt.datetime(2026, 12, 16, 12, 0, tzinfo=dt.UTC)
    assert (following.state, following.beside.rule) == ("confirmed", first)


def test_a_last_report_starts_nothing(house):
    first = clock_rule("critical_service", hours=24)
    clock_rule("after_report", hours=72, terms={"follows": [first.pk]})
    incident = acknowledged(house, critical_service="yes")

    sent(incident, house, kind="combined_initial_final")

    assert incident.clocks.count() == 1


def test_a_late_report_says_why(house):
    clock_rule(hours=24)
    incident = acknowledged(house, personal_data="yes")

    with pytest.raises(Invalid) as caught:
        sent(incident, house, at=AT + 30 * HOUR)
    sent(incident, house, at=AT + 30 * HOUR, late_reason="The mailbox was full.")

    assert set(caught.value.fields) == {"late_reason"}
    assert clocks_of(incident=incident, at=AT)[0].late_by == 5 * HOUR


def test_a_report_keeps_its_receipt_with_a_hash(house):
    clock_rule(hours=24)
    incident = acknowledged(house, personal_data="yes")

    sent(incident, house)

    row = incident.submissions.get()
    assert (row.authority, row.reference) == ("Data protection authority", "DPA-1")
    assert len(row.receipt_sha256) == 64


def test_a_clock_that_a_report_met_calls_nobody(house):
    clock_rule(hours=24)
    incident = acknowledged(house, personal_data="yes")
    clock = incident.clocks.get()

    sent(incident, house)
    sweep(at=AT + 40 * HOUR)

    assert not calls(incident, clock, "due").exists()


def test_a_report_owed_after_the_closing_can_still_be_recorded(house):
    incident = bring(house, "CLOSED")
    rule = clock_rule(hours=72)
    confirmed(incident, rule)

    sent(incident, house)

    assert Incident.objects.get(pk=incident.pk).state == "CLOSED"
    assert running_clocks(system_ids=[incident.system_id], at=AT) == []


@pytest.mark.parametrize(
    "clocks", [[], ["no id"], ["3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11"], [None]]
)
def test_a_report_names_clocks_that_run(house, clocks):
    clock_rule(hours=24)
    incident = acknowledged(house, personal_data="yes")

    with pytest.raises(Invalid) as caught:
        do(incident, "record_submission", house.compliance, clocks=clocks)

    assert "clocks" in caught.value.fields


def test_the_owner_records_no_report(house):
    clock_rule(hours=24)
    incident = acknowledged(house, personal_data="yes")

    with pytest.raises(Forbidden) as caught:
        do(incident, "record_submission", house.owner)

    assert caught.value.code == "not_your_part"
