"""A repair is proved by the measure that the incident came from (workflow section 7; F20, F33).

Slides, budgets and pairs by their standing, versions by decisions, broken sources by arrival,
fairness by intervals.
"""

import datetime as dt

import pytest

from governance.models import MeasuredLook, MeasuredStanding, MismatchCause
from governance.rules.proof_rules import Measured, rules_for
from incidents.proof_judges import judge_for
from incidents.rules.transitions import CLOSED, DECISION, VERIFICATION
from incidents.services.verification import judge_by_measure, judge_ended, judge_windows
from ledger.context import acting_as
from ledger.rules.refusals import Conflict
from telemetry.models import DecisionEvent, Measurement
from tests.incidents import factory
from tests.incidents.factory import AT, EVALUATOR, bring, do, fresh, measured, order
from tests.net import told

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
BATCH = "3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11"
SERIES = Measured(7, "accuracy", "Accuracy", "below", 0.9, 0.8, 0.92, None, None, 100, 86400, 86400)


@pytest.fixture
def house(db):
    """An organisation with a system at medium tier."""
    return factory.house()


def proving(of, **rule):
    """An incident whose repair is confirmed at AT and proved by a rule."""
    incident = bring(of, DECISION)
    one = measured(of.series, lasts_seconds=5 * 86400, **rule)
    ordered = order(incident, proof="measured", verification=[one])
    do(incident, "adopt", EVALUATOR, actions=[ordered])
    do(incident, "confirm_action", of.executive)
    return incident


def reading(of, day, value=0.95, *, n=500, good=True, low=None, high=None):
    end = AT + day * DAY
    Measurement.objects.create(
        series=of.series, window_end=end, value=value, n=n, good=good, low=low, high=high,
        received_at=end, batch_id=BATCH,
    )  # fmt: skip


@told
def stands(of, state, *, kind="trend", day=3, since=None, gain=None):
    """Let a series stand under a slide, a budget or a pair, judged up to a day."""
    row = MeasuredStanding(
        kind=kind, series=of.series, gain=gain, state=state, since=since or AT - DAY
    )
    row.save(at=AT)
    MeasuredLook.objects.create(
        standing=row, judged_at=AT + day * DAY, window_end=AT + day * DAY, stored=3
    )
    return row


def judged(at):
    judge_by_measure(at)
    with acting_as(EVALUATOR):
        judge_ended(at)


def delivered(of, incident, at):
    """Judge as a delivery of readings does; return the outcome."""
    with acting_as(EVALUATOR):
        judge_windows(series_ids=[of.series.pk], at=at)
    return incident.windows.get().outcome


def answer(of, number, *, version, at):
    DecisionEvent.objects.create(
        system=of.system, at=at, event_id=f"e{number}", environment="production",
        version_label=version, received_at=at, batch_id=BATCH,
    )  # fmt: skip


@told
def mismatch(incident, label, first_at):
    """Tie an incident to an answerer that nobody approved."""
    row = MismatchCause(
        incident=incident, version_label=label, sha256="a" * 64, reason="unknown",
        words="unknown", first_at=first_at, joined_at=first_at,
    )  # fmt: skip
    row.save(force_insert=True)


@pytest.mark.parametrize("kind", ["trend", "budget", "pair"])
def test_what_fires_no_more_passes_with_enough_readings(house, kind):
    incident = proving(house, judge=kind)
    for day in (1, 2, 3):
        reading(house, day)
    stands(house, "OK", kind=kind)

    judged(AT + 3 * DAY)

    assert incident.windows.get().outcome == "PASSED"
    assert fresh(incident).state == VERIFICATION


def test_good_readings_do_not_pass_while_the_slide_still_fires(house):
    incident = proving(house, judge="trend")
    for day in (1, 2, 3):
        reading(house, day)
    stands(house, "WARNING")

    judged(AT + 3 * DAY)

    window = incident.windows.get()
    assert window.outcome == "RUNNING"
    assert window.forecast.startswith("The slide still fires; 3 good readings since the start.")


def test_what_still_fires_at_the_end_has_failed(house):
    incident = proving(house, judge="budget")
    for day in (1, 2, 3):
        reading(house, day)
    stands(house, "CRITICAL", kind="budget")

    judged(AT + 5 * DAY)

    assert fresh(incident).state == DECISION
    assert "still fires at the end" in incident.transitions.latest("version").reason


def test_what_fires_anew_has_failed_at_once(house):
    incident = proving(house, judge="trend")
    stands(house, "WARNING", day=1, since=AT + DAY)

    judged(AT + DAY)

    assert fresh(incident).state == DECISION


def test_of_several_gains_every_one_must_be_clear(house):
    incident = proving(house, judge="pair")
    for day in (1, 2, 3):
        reading(house, day)
    stands(house, "OK", kind="pair")
    stands(house, "WARNING", kind="pair", gain=house.series.kpi)

    judged(AT + 3 * DAY)

    assert incident.windows.get().outcome == "RUNNING"


def test_a_look_that_has_not_seen_the_newest_reading_proves_nothing(house):
    incident = proving(house, judge="trend")
    for day in (1, 2, 3):
        reading(house, day)
    stands(house, "OK", day=2)

    judged(AT + 3 * DAY)

    assert incident.windows.get().outcome == "RUNNING"


@pytest.mark.parametrize("state", [None, "NO_DATA"])
def test_f33_what_is_unknown_runs_on_once_goes_up_and_lets_nobody_close(house, state):
    incident = proving(house, judge="trend")
    if state:
        stands(house, state)

    judged(AT + 5 * DAY)
    extended = incident.windows.get().extended
    judged(AT + 10 * DAY)

    assert extended
    assert (incident.windows.get().outcome, fresh(incident).level) == ("INCONCLUSIVE", 1)
    for who in (house.verifier, house.compliance, house.risk):
        with pytest.raises(Conflict, match="Only a proof that passed"):
            do(incident, "close", who, at=AT + 10 * DAY)


@pytest.mark.parametrize(
    "bad", [{"value": None, "good": False}, {"value": 0.95, "good": False}, {"n": 3}]
)
def test_f20_readings_without_substance_prove_no_standing(house, bad):
    incident = proving(house, judge="trend", least_n=100)
    for day in (1, 2, 3):
        reading(house, day, **bad)
    stands(house, "OK")

    judged(AT + 3 * DAY)

    assert incident.windows.get().outcome == "RUNNING"


def test_a_broken_source_is_proved_by_readings_that_come_again(house):
    incident = proving(house, judge="arrival")
    for day in (1, 2, 3):
        reading(house, day, value=0.1)

    judged(AT + 5 * DAY)

    assert incident.windows.get().outcome == "PASSED"


def test_f20_a_source_that_stays_silent_proves_nothing(house):
    incident = proving(house, judge="arrival")

    judged(AT + 5 * DAY)

    window = incident.windows.get()
    assert (window.outcome, window.extended) == ("RUNNING", True)


def test_versions_pass_when_approved_ones_alone_answered(house):
    incident = proving(house, judge="version", least_n=2)
    mismatch(incident, "9.9", AT - DAY)
    answer(house, 1, version="9.9", at=AT - HOUR)
    for number in (2, 3):
        answer(house, number, version="2.2", at=AT + number * HOUR)

    judged(AT + 5 * DAY)

    assert incident.windows.get().forecast == "Passed: 2 of 2 decisions, all by approved versions."
    assert do(incident, "close", house.verifier, at=AT + 5 * DAY).incident.state == CLOSED


def test_one_decision_by_an_unapproved_version_fails_at_once(house):
    incident = proving(house, judge="version")
    mismatch(incident, "9.9", AT - DAY)
    answer(house, 1, version="9.9", at=AT + HOUR)

    judged(AT + 2 * HOUR)

    assert fresh(incident).state == DECISION


def test_f20_without_decisions_a_version_is_not_proved(house):
    incident = proving(house, judge="version")

    judged(AT + 5 * DAY)

    window = incident.windows.get()
    assert (window.outcome, window.extended) == ("RUNNING", True)


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [(0.86, 0.99, "PASSED"), (0.84, 0.99, "RUNNING"), (None, None, "RUNNING")],
)
def test_fairness_passes_only_if_whole_intervals_keep_off_the_breach(house, low, high, outcome):
    incident = proving(house, judge="fairness", outer_above=0.85)
    for day in (1, 2, 3):
        reading(house, day, low=low, high=high)

    assert delivered(house, incident, AT + 3 * DAY) == outcome


def test_fairness_fails_when_a_whole_interval_lies_beyond(house):
    incident = proving(house, judge="fairness")
    reading(house, 1, value=0.85, low=0.8, high=0.89)

    assert delivered(house, incident, AT + DAY) == "FAILED"


def test_a_proof_that_nobody_judges_never_passes(house):
    incident = proving(house, judge="horoscope")
    for day in (1, 2, 3):
        reading(house, day)

    judged(AT + 5 * DAY)

    assert incident.windows.get().outcome == "RUNNING"


def test_a_running_proof_is_written_only_when_there_is_news(house):
    incident = proving(house, judge="trend")
    stands(house, "WARNING", day=0)
    judged(AT + HOUR)
    first = incident.windows.get().judged_at

    judged(AT + 2 * HOUR)

    assert incident.windows.get().judged_at == first


@pytest.mark.parametrize(
    ("kind", "judge"),
    [
        ("trend", "trend"),
        ("budget", "budget"),
        ("pair", "pair"),
        ("fairness", "fairness"),
        ("fault", "arrival"),
        ("silence", "arrival"),
        ("breach", None),
    ],
)
def test_each_kind_of_incident_has_its_own_judge(kind, judge):
    (rule,) = rules_for(kind, [SERIES], {"windows": 3})

    assert rule.get("judge") == judge
    assert judge in (None, "fairness") or judge_for(judge) is not None


def test_an_unapproved_version_is_proved_without_a_series():
    (rule,) = rules_for("version", [], {"windows": 3})

    assert (rule["judge"], rule["lasts_seconds"]) == ("version", 86400)


def test_the_interval_of_a_fairness_proof_keeps_off_the_warning():
    (rule,) = rules_for("fairness", [SERIES], {"windows": 3})

    assert (rule["above"], rule["outer_above"]) == (0.92, 0.9)
