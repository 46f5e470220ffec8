"""A daily canary set measures agreement (TEL-9)."""

import datetime as dt

import pytest

from governance.models import Standing
from governance.rules.stated import Stated
from governance.services.canaries import run_canaries, take_in_canary_run
from incidents.models import Incident
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import User
from telemetry.models import CanaryRun, CanarySet, Measurement
from telemetry.rules.canaries import alike, item_faults, judged
from telemetry.services.canaries import approve_canary_set, draft_canary_set
from tests.registry.factories import call, person_as_actor
from tests.telemetry.factory import AT, DAY, event, measured, take_events, threshold

KPI = "canary_agreement"
MIDNIGHT = AT.replace(hour=0) + DAY
ITEMS = [
    {"id": f"q{number}", "question": f"What is {number} and 1?", "expected": [str(number + 1)]}
    for number in range(4)
]


def canary_set(system, *, items=ITEMS, approved=True, at=AT):
    """A set, written by the owner and approved by the deputy."""
    made = call(
        draft_canary_set,
        system_id=system.pk,
        environment="production",
        items=items,
        reason="first set",
        actor=person_as_actor(User.objects.get(pk=system.owner_id)),
        at=at,
    )
    return approve(made, system.deputy_id, at=at) if approved else made


def approve(made, person, *, at=AT):
    """Approve a set."""
    actor = person_as_actor(User.objects.get(pk=person))
    return call(approve_canary_set, set_id=made.pk, actor=actor, at=at)


def answers(wrong=0):
    """Answers to every item, some of them wrong."""
    return {
        item["id"]: "no idea" if place < wrong else item["expected"][0]
        for place, item in enumerate(ITEMS)
    }


def run(made, *, wrong=0, at=AT):
    """Send a run."""
    return call(take_in_canary_run, set_id=made.pk, answers=answers(wrong), ran_at=at, at=at)


@pytest.mark.django_db
def test_a_run_is_a_reading_of_the_agreement_with_its_interval():
    made = canary_set(measured(stated=None))

    ran = run(made, wrong=1)

    reading = Measurement.objects.get()
    assert (ran.asked, ran.agreed) == (4, 3)
    assert (reading.value, reading.n) == (0.75, 4)
    assert reading.low < 0.75 < reading.high


@pytest.mark.django_db
def test_too_little_agreement_breaches_in_the_request():
    system = measured(stated=None)
    threshold(system, kpi=KPI, stated=Stated(direction="below", critical=0.8, fires_k=1, fires_n=1))
    made = canary_set(system)

    run(made, wrong=2)

    assert Standing.objects.get(series__system=system).state == "CRITICAL"
    assert Incident.objects.filter(system=system).count() == 1


@pytest.mark.django_db
def test_the_sweep_makes_a_run_of_the_events_of_an_ended_day():
    system = measured(stated=None)
    canary_set(system)
    take_events(
        [
            event(system, number, at=MIDNIGHT - dt.timedelta(hours=1), canary=name, answer=text)
            for number, (name, text) in enumerate(answers(1).items())
        ],
        at=MIDNIGHT - dt.timedelta(minutes=30),
    )

    early = run_canaries(MIDNIGHT - dt.timedelta(minutes=1))
    first, second = run_canaries(MIDNIGHT), run_canaries(MIDNIGHT + dt.timedelta(hours=1))

    assert (early, first, second) == (0, 1, 0)
    assert CanaryRun.objects.get().agreed == 3


@pytest.mark.django_db
def test_a_day_without_an_answer_gives_no_reading():
    canary_set(measured(stated=None))

    assert run_canaries(MIDNIGHT) == 0
    assert not Measurement.objects.exists()


@pytest.mark.django_db
def test_what_was_asked_and_not_answered_does_not_agree():
    made = canary_set(measured(stated=None))

    ran = call(take_in_canary_run, set_id=made.pk, answers={"q0": "1"}, ran_at=AT, at=AT)

    assert (ran.asked, ran.agreed) == (4, 1)


@pytest.mark.django_db
def test_the_author_does_not_approve():
    system = measured(stated=None)
    made = canary_set(system, approved=False)

    with pytest.raises(Forbidden, match="you wrote it"):
        approve(made, system.owner_id)

    assert CanarySet.objects.get().state == "draft"


@pytest.mark.django_db
def test_a_new_version_supersedes_the_one_before():
    system = measured(stated=None)
    canary_set(system)

    canary_set(system, items=ITEMS[:2])

    states = CanarySet.objects.order_by("number").values_list("number", "state")
    assert list(states) == [(1, "superseded"), (2, "active")]


@pytest.mark.django_db
@pytest.mark.parametrize("given", [{}, {"q9": "1"}, {"q0": "\x00"}, {"q0": "x" * 4001}])
def test_answers_that_fit_no_question_are_refused(given):
    made = canary_set(measured(stated=None))

    with pytest.raises(Invalid):
        call(take_in_canary_run, set_id=made.pk, answers=given, ran_at=AT, at=AT)

    assert not CanaryRun.objects.exists()


@pytest.mark.django_db
def test_a_draft_is_not_asked():
    made = canary_set(measured(stated=None), approved=False)

    with pytest.raises(Conflict):
        run(made)

    assert not CanaryRun.objects.exists()


@pytest.mark.parametrize(
    "items",
    [
        [],
        [ITEMS[0], ITEMS[0]],
        [{"id": "a", "question": "q"}],
        [{"id": "a", "question": "q", "expected": []}],
        [{"id": "a", "question": "q", "expected": "x"}],
        [{"id": "", "question": "q", "expected": ["x"]}],
        [{"id": "a", "question": "q", "expected": ["\x00"]}],
        [{"id": "a", "question": "q", "expected": [1]}],
        [{**ITEMS[0], "id": str(number)} for number in range(501)],
    ],
)
def test_a_set_that_cannot_be_asked_is_refused_with_a_reason(items):
    words = item_faults(items)

    assert words


def test_case_width_and_form_make_no_difference():
    told = alike("  Ｔｅｎ   EUR\n")

    assert told == "ten eur"


def test_any_of_the_expected_answers_agrees():
    item = {"id": "a", "question": "q", "expected": ["ten", "10"]}

    found = [one.agrees for text in ("10", "TEN", "eleven") for one in judged([item], {"a": text})]

    assert found == [True, True, False]
