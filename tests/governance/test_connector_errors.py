"""TEL-4, EVA-04: a failing connector puts what it feeds in ERROR until it answers: never OK."""

import datetime as dt

import pytest

from governance.models import Standing
from governance.rules.coverage import Freshness, Heard, freshness
from governance.selectors.coverage import coverage_of
from governance.services.polling import poll_due
from governance.services.silences import judge_silences
from incidents.models import Incident
from ledger.models import Entry
from telemetry.models import ConnectorState, Series
from telemetry.services.connectors import Wanted, define_connector
from telemetry.services.pauses import set_pause
from telemetry.services.series import expect_readings
from telemetry.services.states import carried_of
from tests.registry.factories import call, person_as_actor, sign_in
from tests.telemetry.answering import Answering, matrix
from tests.telemetry.factory import AT, measured, row, take, threshold

pytestmark = pytest.mark.django_db
NINE = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
FIVE, DAY = dt.timedelta(minutes=5), dt.timedelta(days=1)
SIX = AT + dt.timedelta(minutes=6)
LINE = {"kpi": "accuracy", "query": "accuracy", "window": "5m"}
OTHER = {"kpi": "f1", "query": "f1", "window": "5m"}


@pytest.fixture
def other():
    """A Prometheus on loopback."""
    made = Answering()
    yield made
    made.close()


@pytest.fixture
def system():
    """A live system with a threshold on its accuracy."""
    return measured()


def says(other, at, value="0.95"):
    """Let it give one reading a window that ended at this instant."""
    other.says(matrix(({}, [(at, value)])))


def connect(system, other, *lines):
    """Connect it and poll once, well."""
    says(other, NINE)
    made = call(
        define_connector,
        system_id=system.pk,
        kind="prometheus",
        wanted=Wanted(name="Prom", url=other.url, every_seconds=300, lines=lines or [LINE]),
        actor=person_as_actor(system.owner),
        at=AT,
    )
    poll_due(AT)
    return made


def fail(other, at):
    """Poll while it does not answer as it should."""
    other.says({"error": "no"}, 500)
    return poll_due(at)


def standing(system, kpi="accuracy"):
    """Where the series stands."""
    return Standing.objects.get(series__system=system, series__kpi_id=kpi)


def test_a_failing_poll_is_an_error_at_once_and_opens_nothing(system, other):
    connect(system, other)
    before = standing(system).state

    fail(other, SIX)

    assert (before, standing(system).state) == ("OK", "ERROR")
    assert not Incident.objects.exists()
    assert Entry.objects.filter(verb="standing.changed").latest("id").actor_name == "evaluator"


def test_further_failures_change_nothing_more(system, other):
    connect(system, other)
    fail(other, SIX)
    version = standing(system).version

    fail(other, SIX + FIVE)

    assert standing(system).version == version


def test_the_next_good_reading_ends_it(system, other):
    connect(system, other)
    fail(other, SIX)
    says(other, NINE + 3 * FIVE)

    poll_due(AT + 4 * FIVE)

    assert standing(system).state == "OK"


def test_a_bad_reading_ends_the_error_and_not_the_silence(system, other):
    connect(system, other)
    fail(other, SIX)
    says(other, NINE + 3 * FIVE, "NaN")

    poll_due(AT + 4 * FIVE)

    assert standing(system).state == "NO_DATA"


def slow(system, *kpis):
    """Expect the readings of series once a day only, as somebody says by hand."""
    for series in Series.objects.filter(system=system, kpi_id__in=kpis or ["accuracy"]):
        call(expect_readings, series_id=series.pk, cadence_seconds=86400)


def test_eva_04_an_answer_with_nothing_new_ends_it_where_what_is_known_is_fresh(system, other):
    connect(system, other)
    slow(system)
    fail(other, SIX)
    failed = standing(system).state
    other.says(matrix())

    poll_due(AT + 4 * FIVE)

    assert (failed, standing(system).state) == ("ERROR", "OK")
    assert Entry.objects.filter(verb="standing.changed").latest("id").actor_name == "evaluator"
    assert not Incident.objects.exists()


def test_eva_07_an_answer_with_nothing_new_is_silence_where_what_is_known_is_old(system, other):
    connect(system, other)
    fail(other, SIX)
    other.says(matrix())

    poll_due(AT + 4 * FIVE)
    state = standing(system).state
    judge_silences(AT + 6 * FIVE)

    assert (state, standing(system).state) == ("NO_DATA", "NO_DATA")
    assert Incident.objects.get().kind == "silence"


def test_a_poll_that_asks_nothing_ends_nothing(system, other):
    made = connect(system, other)
    slow(system)
    kept = ConnectorState.objects.filter(connector=made)
    newest = kept.get().marks
    fail(other, SIX)
    kept.update(marks={mark: (AT + DAY).isoformat() for mark in newest})

    poll_due(AT + 4 * FIVE)

    assert standing(system).state == "ERROR"
    assert kept.get().failures == 1


def test_a_breach_stands_again_and_its_recovery_begins_anew(system, other):
    connect(system, other)
    slow(system)
    read = enumerate(("0.5", "0.5", "0.95"), 1)
    other.says(matrix(({}, [(NINE + step * FIVE, value) for step, value in read])))
    poll_due(AT + 4 * FIVE)
    (before,) = carried_of([Series.objects.get(system=system).pk]).values()
    fail(other, AT + 6 * FIVE)
    other.says(matrix())

    poll_due(AT + 9 * FIVE)

    (after,) = carried_of([Series.objects.get(system=system).pk]).values()
    assert standing(system).state == before["standing"] == "CRITICAL"
    assert (before["recovered"], after.get("recovered")) == (1, None)


def test_a_line_that_still_fails_stays_in_error(system, other):
    threshold(system, kpi="f1")
    connect(system, other, LINE, OTHER)
    slow(system, "accuracy", "f1")
    fail(other, SIX)
    other.reply = lambda asked: (
        (500, {"error": "no"}, {}) if asked["query"]["query"] == "f1" else (200, matrix(), {})
    )

    poll_due(AT + 4 * FIVE)

    assert (standing(system).state, standing(system, "f1").state) == ("OK", "ERROR")


def test_a_breach_is_held_under_it_and_stands_again_with_the_next_breach(system, other):
    connect(system, other)
    bad = [(NINE + step * FIVE, "0.5") for step in (1, 2, 3)]
    other.says(matrix(({}, bad)))
    poll_due(AT + 4 * FIVE)
    breached = standing(system).state

    fail(other, AT + 5 * FIVE)
    held = standing(system).state
    says(other, NINE + 6 * FIVE, "0.5")
    poll_due(AT + 8 * FIVE)

    assert (breached, held, standing(system).state) == ("CRITICAL", "ERROR", "CRITICAL")
    assert Incident.objects.count() == 1


def test_past_the_cadence_it_is_silence_and_a_failure_does_not_hide_that(system, other):
    connect(system, other)
    fail(other, SIX)
    late = AT + dt.timedelta(minutes=30)

    judge_silences(late)
    silent = standing(system).state
    fail(other, late + dt.timedelta(minutes=30))

    assert (silent, standing(system).state) == ("NO_DATA", "NO_DATA")
    assert Incident.objects.get().kind == "silence"


def test_a_series_that_somebody_else_sends_by_now_is_not_in_error(system, other):
    connect(system, other)
    end = NINE + FIVE
    take([row(system, 0.96, window="5m", window_end=end)], at=AT + FIVE)

    fail(other, SIX)

    assert standing(system).state == "OK"


def test_only_the_lines_that_were_not_answered_are_in_error(system, other):
    threshold(system, kpi="f1")
    connect(system, other, LINE, OTHER)

    def reply(asked):
        if asked["query"]["query"] == "f1":
            return 500, {"error": "no"}, {}
        return 200, matrix(({}, [(NINE + FIVE, "0.95")])), {}

    other.reply = reply
    poll_due(AT + 2 * FIVE)

    assert (standing(system).state, standing(system, "f1").state) == ("OK", "ERROR")


def test_eva_08_of_a_paused_system_nothing_is_in_error(system, other):
    connect(system, other)
    call(
        set_pause,
        system_id=system.pk,
        environment="production",
        from_at=AT + dt.timedelta(minutes=1),
        until_at=AT + dt.timedelta(hours=2),
        reason="Works on the line.",
        actor=person_as_actor(system.owner),
        at=AT,
    )

    fail(other, SIX)

    assert standing(system).state == "OK"


def test_coverage_says_that_its_connector_fails(system, other):
    connect(system, other)
    fail(other, SIX)

    (found,) = coverage_of(systems=[system], at=AT + FIVE)

    assert [kpi.state for kpi in found.kpis] == [Freshness.FAILING]
    assert found.share.fresh == 0


def covered(system, at):
    """What coverage says of the system's KPIs, by KPI."""
    (found,) = coverage_of(systems=[system], at=at)
    return {kpi.kpi_id: kpi.state for kpi in found.kpis}


def test_coverage_names_the_connector_as_long_as_it_fails_however_long_the_silence(system, other):
    connect(system, other)
    fail(other, SIX)
    late = [AT + dt.timedelta(minutes=8), AT + dt.timedelta(minutes=30), AT + 30 * DAY]

    told = []
    for at in late:
        judge_silences(at)
        told.append(covered(system, at)["accuracy"])

    assert standing(system).state == "NO_DATA"
    assert told == [Freshness.FAILING] * 3


def test_once_it_answers_the_connector_is_not_the_reason_any_more(system, other):
    connect(system, other)
    fail(other, SIX)
    judge_silences(AT + DAY)
    other.says(matrix())
    poll_due(AT + DAY)

    assert covered(system, AT + DAY)["accuracy"] is Freshness.LATE


def test_a_silence_that_no_failing_connector_feeds_stays_late(system, other):
    threshold(system, kpi="f1")
    connect(system, other)
    take([row(system, 0.9, kpi="f1", window="5m", window_end=NINE)], at=AT)
    fail(other, SIX)

    assert covered(system, AT + DAY) == {"accuracy": Freshness.FAILING, "f1": Freshness.LATE}


def test_a_kpi_of_which_a_failing_connector_never_brought_anything_says_so(client, system, other):
    threshold(system, kpi="f1")
    other.says({"error": "no"}, 500)
    call(
        define_connector,
        system_id=system.pk,
        kind="prometheus",
        wanted=Wanted(name="Prom", url=other.url, every_seconds=300, lines=[OTHER]),
        actor=person_as_actor(system.owner),
        at=AT,
    )
    before = covered(system, AT)
    poll_due(AT)
    sign_in(client, system.owner)

    page = client.get("/coverage/").content.decode()

    assert before == {"accuracy": Freshness.NEVER, "f1": Freshness.NEVER}
    assert covered(system, AT) == {"accuracy": Freshness.NEVER, "f1": Freshness.FAILING}
    assert "its connector fails; never heard" in page


@pytest.mark.parametrize(
    ("heard", "state"),
    [
        ([Heard(AT, 300, failing=True)], Freshness.FAILING),
        ([Heard(AT, 300, failing=True), Heard(AT, 300)], Freshness.FRESH),
        ([Heard(AT - dt.timedelta(hours=1), 300, failing=True)], Freshness.FAILING),
        ([Heard(AT - dt.timedelta(days=9), 300, cut_off=True)], Freshness.FAILING),
        ([Heard(None, 300, cut_off=True)], Freshness.FAILING),
        ([Heard(AT, 300, cut_off=True)], Freshness.FRESH),
        ([Heard(AT - dt.timedelta(days=9), 300, cut_off=True), Heard(AT, 300)], Freshness.FRESH),
        ([Heard(AT - dt.timedelta(days=9), 300)], Freshness.LATE),
        ([Heard(AT, 300, failing=True), Heard(AT - dt.timedelta(1), 300)], Freshness.FAILING),
    ],
)
def test_what_is_fresh_by_a_failing_connector_alone_is_not_fresh(heard, state):
    assert freshness(heard, expected=True, at=AT) is state


def test_pages_say_that_it_is_in_error_and_why(client, system, other):
    made = connect(system, other)
    fail(other, SIX)
    sign_in(client, system.owner)
    series = Series.objects.get(system=system)

    kpi = client.get(f"/systems/{system.slug}/kpis/{series.pk}/").content.decode()
    fleet = client.get("/fleet/").content.decode()
    coverage = client.get("/coverage/").content.decode()

    assert "In error" in kpi
    assert f"/connectors/{made.pk}/" in kpi
    assert "It answered 500" in kpi
    assert "1 in error" in fleet
    assert system.name in coverage
