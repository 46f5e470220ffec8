"""Why a deadline is when it is, and counting it anew by another calendar (workflow section 3)."""

import datetime as dt

import pytest

from governance.models import EscalationFiring
from governance.rules.deadline_words import duration_words, offset_words, reasons
from governance.selectors.deadlines import explain
from governance.services.recalculations import preview, recalculate_deadlines
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.selectors.lines import lines_of_incident
from outbox.models import Timer
from outbox.services.sweeps import sweep
from registry.services.people import create_calendar
from registry.services.units import set_calendar
from tests.governance.organisation import AT, as_setup, organised, read
from tests.incidents.factory import SETUP, acting, do, fresh

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
HALF = AT + 4 * HOUR


@pytest.fixture
def of(db):
    """An organisation whose office is open from 09:00 to 17:00 UTC, from Monday to Friday."""
    made = organised()
    calendar = made.house.unit.calendar
    calendar.hours = {str(day): [["09:00", "17:00"]] for day in range(1, 6)}
    with acting_as(SETUP):
        calendar.save()
    return made


@pytest.fixture
def incident(of):
    """A moderate incident: acknowledge within one business day, by Monday 17:00."""
    (opened,) = read(of)
    return opened


def closed_on_monday(of):
    """A new version of the unit's calendar, in which Monday 16 November is a holiday."""
    kept = of.house.unit.calendar
    calendar = as_setup(
        create_calendar,
        name=kept.name,
        zone="UTC",
        hours=kept.hours,
        exceptions={"2026-11-16": []},
        at=AT,
    )
    as_setup(
        set_calendar, unit_id=of.house.unit.pk, calendar_id=calendar.pk, reason="Holiday", at=AT
    )


def recalculate(of, incident, who=None, *, reason="Monday was a holiday", at=AT + HOUR):
    """Count the deadlines anew."""
    who = who or of.house.compliance
    with acting_as(acting(who)):
        return recalculate_deadlines(
            incident_id=incident.pk, reason=reason, actor=acting(who), at=at
        )


def armed(incident, **filters):
    """The armed timers of the call to acknowledge: {step or 'deadline': due}."""
    rows = Timer.objects.filter(
        subject_id=incident.pk, state="armed", payload__stage="acknowledge", **filters
    )
    return {row.payload.get("step", "deadline"): row.due_at for row in rows}


# ---------------------------------------------------------------- words
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1bd", "1 working day"),
        ("4bh", "4 working hours"),
        ("90min", "90 minutes"),
        ("1/2d", "0.5 days"),
        ("30bmin", "30 minutes of working time"),
    ],
)
def test_a_duration_is_said_as_people_say_it(written, said):
    assert duration_words(written) == said


def test_an_instant_is_explained_by_duration_calendar_pause_and_policy():
    inputs = {
        "duration": "1bd",
        "from": "2026-11-16T09:00:00+00:00",
        "calendar": "Office v2",
        "zone": "Europe/Berlin",
        "policy_sha256": "ab",
        "pauses": [["2026-11-16T12:00:00+00:00", "2026-11-17T12:00:00+00:00"]],
    }

    said = reasons(inputs, policy="The policy small, version 3,", zone="Europe/Berlin")

    assert said == [
        "1 working day, counted from Mon 16 Nov 2026 10:00 CET.",
        "Working time of the calendar Office v2 in Europe/Berlin.",
        "It stood still from Mon 16 Nov 2026 13:00 CET until Tue 17 Nov 2026 13:00 CET at most.",
        "The policy small, version 3, says so.",
    ]


def test_an_offset_is_said_in_words():
    assert offset_words("50%") == "when 50% of the stage's time is used"
    assert offset_words("+1bd") == "1 working day after the deadline"


# ---------------------------------------------------------------- explained
def test_every_deadline_says_why_and_every_step_whom_it_would_call_now(of, incident):
    sweep(at=AT)

    found = explain(incident=fresh(incident), zone="UTC", at=AT + HOUR)

    (acknowledge,) = [one for one in found.deadlines if one.stage == "Acknowledge"]
    called = {
        one.level: [who.person for who in one.people]
        for one in found.steps
        if one.stage == "Acknowledge" and one.state == "armed" and "reminder" not in one.what
    }
    assert acknowledge.due_at == AT + 8 * HOUR
    assert acknowledge.reasons[0] == "1 working day, counted from Mon 16 Nov 2026 09:00 UTC."
    assert called[1] == [of.house.deputy]
    assert called[2] == [of.house.executive]


def test_what_fired_says_when_and_what_was_cancelled_says_why(of, incident):
    sweep(at=AT)
    do(incident, "acknowledge", of.house.owner, at=AT + HOUR)

    found = explain(incident=fresh(incident), zone="UTC", at=AT + 2 * HOUR)

    fired = [one for one in found.steps if one.state == "fired" and one.late_seconds is not None]
    notes = {one.note for one in found.steps if one.state == "cancelled"}
    assert [(one.level, one.late_seconds) for one in fired] == [(0, 0)]
    assert notes == {"OPEN was left for INVESTIGATING"}


# ---------------------------------------------------------------- recalculated
def test_a_calendar_that_is_edited_moves_no_open_deadline(of, incident):
    before = armed(incident)

    closed_on_monday(of)

    assert armed(incident) == before
    assert fresh(incident).stage_due_at == AT + 8 * HOUR


def test_counting_anew_moves_deadline_and_steps_by_the_calendar_of_now(of, incident):
    closed_on_monday(of)

    moved = recalculate(of, incident)

    tuesday = AT + DAY
    assert fresh(incident).stage_due_at == tuesday + 8 * HOUR
    assert armed(incident)["deadline"] == tuesday + 8 * HOUR
    assert armed(incident)[1] == tuesday + 4 * HOUR
    assert "acknowledge" in [one.stage for one in moved]


def test_the_old_rows_stay_cancelled_with_the_reason(of, incident):
    closed_on_monday(of)

    recalculate(of, incident)

    old = Timer.objects.filter(subject_id=incident.pk, state="cancelled")
    assert {row.cancelled_reason for row in old} == {"recalculated: Monday was a holiday"}


def test_what_has_fired_does_not_fire_again(of, incident):
    sweep(at=AT)
    sweep(at=HALF)
    closed_on_monday(of)

    recalculate(of, incident, at=HALF + HOUR)
    sweep(at=HALF + 2 * HOUR)
    sweep(at=AT + DAY + 5 * HOUR)

    rows = EscalationFiring.objects.filter(incident=incident, repeat=0, rule="acknowledge@1")
    assert sorted(row.step for row in rows) == [0, 1]


def test_a_stage_that_is_left_takes_the_recalculated_timers_with_it(of, incident):
    sweep(at=AT)
    closed_on_monday(of)
    recalculate(of, incident)

    do(incident, "acknowledge", of.house.owner, at=AT + 2 * HOUR)

    assert armed(incident) == {}


def test_counting_anew_is_on_record_with_its_reason(of, incident):
    closed_on_monday(of)

    recalculate(of, incident)

    (line,) = [
        line
        for line in lines_of_incident(incident_id=incident.pk)
        if line.verb == "incident.recalculated"
    ]
    assert line.body["reason"] == "Monday was a holiday"


def test_elapsed_time_stays(of):
    (severe,) = read(of, instant=True)
    do(severe, "raise_severity", of.house.compliance, at=AT, severity="severe", reason="Worse")
    before = armed(severe)
    closed_on_monday(of)

    assert preview(incident=fresh(severe)) == []
    recalculate(of, severe)

    assert armed(severe) == before


def test_without_a_reason_a_part_or_another_calendar_it_is_refused(of, incident):
    with pytest.raises(Conflict):
        recalculate(of, incident)
    closed_on_monday(of)
    with pytest.raises(Invalid):
        recalculate(of, incident, reason=" ")
    with pytest.raises(Forbidden):
        recalculate(of, incident, of.house.owner)
