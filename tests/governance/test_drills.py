"""Fire drills (INC-10): rehearsed end to end by the real ladder, marked DRILL, counted apart."""

import datetime as dt
import json

import pytest

from governance.models import Drill, EscalationFiring
from governance.rules.calling import compressed
from governance.rules.drills import Finding, Fired, Reach, gaps
from governance.selectors.drills import report_of
from governance.services.acknowledgements import acknowledge_step
from governance.services.drills import end_drill, start_drill
from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.services.commands import execute
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.models import Message, Timer
from outbox.services.sweeps import SWEEP, SweepReport, fire_timers, sweep
from registry.models import Leave, System
from tests.governance.organisation import AT, organised, read
from tests.incidents.factory import SETUP, acting, do, fresh, plan

MINUTE = dt.timedelta(minutes=1)
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.fixture
def of(db):
    """An organisation whose system is of medium tier."""
    return organised()


def start(of, who=None, **changes):
    """Start a drill as the compliance officer."""
    who = who or of.house.compliance
    given = {"severity": "moderate", "factor": 1, "purpose": "The bot promises refunds", "at": AT}
    with acting_as(acting(who)):
        return start_drill(system_id=of.house.system.pk, actor=acting(who), **(given | changes))


def end(of, drill, *, at=AT + HOUR, lessons="Give the deputy a pager"):
    """End it."""
    who = of.house.compliance
    with acting_as(acting(who)):
        return end_drill(drill_id=drill.pk, lessons=lessons, actor=acting(who), at=at)


def run_to(at):
    """Fire whenever something is due until `at`."""
    with acting_as(SWEEP):
        for _ in range(80):
            due = Timer.objects.filter(state="armed", next_try_at__lte=at).order_by("next_try_at")
            first = due.first()
            if first is None:
                return
            fire_timers(at=first.next_try_at, batch=500, report=SweepReport())


# ---------------------------------------------------------------- begun
def test_a_drill_is_an_incident_that_says_what_it_is(of):
    drill = start(of)

    incident = drill.incident
    assert incident.drill
    assert incident.title == "Fire drill: The bot promises refunds"
    assert from_text(incident.plan).ladder


def test_every_message_of_a_drill_begins_with_drill(of):
    start(of)

    run_to(AT)

    told = list(Message.objects.filter(subject_id=Drill.objects.get().incident_id))
    assert told
    assert all(one.subject.startswith("DRILL ") and one.drill for one in told)


def test_a_case_never_looks_like_an_exercise(of):
    (incident,) = read(of)

    run_to(AT)

    told = Message.objects.filter(subject_id=incident.pk)
    assert told.exists()
    assert not [one for one in told if "DRILL" in one.subject]


def test_one_drill_runs_on_a_system_at_a_time(of):
    start(of)

    with pytest.raises(Conflict):
        start(of)


def test_who_may_not_start_one_is_told_who_may(of):
    with pytest.raises(Forbidden) as refusal:
        start(of, of.house.engineer)

    assert of.house.compliance.name in refusal.value.who_can


@pytest.mark.parametrize("wrong", [{"severity": "huge"}, {"factor": 7}, {"purpose": " "}])
def test_what_is_rehearsed_has_to_be_said(of, wrong):
    with pytest.raises(Invalid):
        start(of, **wrong)


# ---------------------------------------------------------------- compressed
def test_compressed_times_keep_the_order_of_the_ladder_and_run_on_elapsed_time():
    made = compressed(plan(), 480)

    assert made.times["moderate"]["acknowledge"] == "180s"
    assert made.ladder[1].repeats == ("30s",)
    assert compressed(plan(), 1) == plan()


def test_a_compressed_drill_goes_through_the_whole_ladder_in_minutes(of):
    drill = start(of, factor=1440)

    run_to(AT + 5 * MINUTE)

    levels = EscalationFiring.objects.filter(incident=drill.incident, repeat=0, level__lte=3)
    assert set(levels.values_list("level", flat=True)) == {0, 1, 2, 3}


# ---------------------------------------------------------------- the report
def test_the_report_lists_who_did_not_answer_and_who_was_not_reached(of):
    with acting_as(SETUP):
        Leave(user=of.house.deputy, from_at=AT - DAY, until_at=AT + DAY).save(force_insert=True)
    drill = start(of, factor=1440)
    run_to(AT + MINUTE)

    found = report_of(drill=drill, at=AT + MINUTE)["gaps"]

    told = f"in the stage Acknowledge: told were {of.house.owner.name}."
    assert f"Nobody said 'I have it' to level 0 {told}" in found
    assert any(f"{of.house.owner.name} stood in" in one for one in found)


def test_who_says_i_have_it_is_no_gap(of):
    drill = start(of, factor=1440)
    run_to(AT)
    firing = EscalationFiring.objects.get(incident=drill.incident, level=0)
    owner = of.house.owner
    with acting_as(acting(owner)):
        acknowledge_step(
            incident_id=drill.incident_id,
            rule=firing.rule,
            step=firing.step,
            actor=acting(owner),
            at=AT,
        )

    found = report_of(drill=drill, at=AT)

    assert found["steps"][0]["acknowledged"] == [owner.name]
    assert not [one for one in found["gaps"] if "level 0" in one]


def test_a_report_says_every_kind_of_gap_in_a_sentence():
    late = Fired("Decision", 2, 0, "executive", AT, AT + 5 * MINUTE, False, ("Eve",), (), ("Eve",))
    empty = Fired("Decision", 3, 0, "board", AT, AT, True, (), (), ())
    found = Finding(
        steps=(late, empty),
        people=(Reach("Eve", 0, 2, 0, 0, 0, has_pager=False),),
        unfired_levels=(4,),
        uncovered_shifts=2,
        state="Decision",
        wakes=True,
        grace_seconds=60,
    )

    assert gaps(found) == [
        "Level 3 (board) reached nobody in the stage Decision.",
        "Level 2 was told 5 min late in the stage Decision.",
        "Eve was not reached: every message failed.",
        "No pager is known of Eve: at this severity they would be woken.",
        "The ladder was not rehearsed to its end: level 4 did not fire.",
        "Nobody is on call at 2 times within the next 14 days.",
    ]


# ---------------------------------------------------------------- ended
def test_ending_keeps_the_report_and_ends_the_rehearsal(of):
    drill = start(of, factor=1440)
    run_to(AT + MINUTE)

    ended = end(of, drill)

    incident = fresh(drill.incident)
    assert (incident.state, incident.resolution) == ("CANCELLED", "rehearsed")
    assert not Timer.objects.filter(subject_id=incident.pk, state="armed").exists()
    assert ended.report["gaps"]
    assert json.dumps(ended.report)


def test_a_case_is_never_ended_as_a_rehearsal(of):
    (incident,) = read(of)
    engine = machine("rehearsal")

    with acting_as(engine), pytest.raises(Conflict) as refusal:
        execute(
            command="end_rehearsal",
            incident_id=incident.pk,
            actor=engine,
            at=AT,
            expected_version=None,
            idempotency_key=None,
            payload={"words": "Enough"},
        )

    assert refusal.value.code == "no_rehearsal"


def test_nobody_ends_a_rehearsal_by_hand(of):
    drill = start(of)

    with pytest.raises(Forbidden):
        do(drill.incident, "end_rehearsal", of.house.compliance, words="Enough")


def test_what_is_over_is_not_ended_again_and_another_one_may_begin(of):
    drill = start(of)
    end(of, drill)

    with pytest.raises(Conflict):
        end(of, drill)
    start(of, at=AT + 2 * HOUR)

    assert Drill.objects.count() == 2


def test_a_drill_changes_nothing_of_the_system(of):
    before = System.objects.get(pk=of.house.system.pk).lifecycle
    drill = start(of, factor=1440)
    sweep(at=AT)

    end(of, drill)

    assert System.objects.get(pk=of.house.system.pk).lifecycle == before
    assert not Incident.objects.filter(drill=False).exists()
