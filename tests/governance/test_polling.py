"""TEL-4: connectors are asked on their schedule, once each; what failed is silence, never OK."""

import datetime as dt

import pytest
from django.db import connections
from structlog.testing import capture_logs

from governance.models import Standing
from governance.services import polling
from governance.services.polling import poll_due, try_connector
from governance.services.silences import judge_silences
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from telemetry.models import Batch, Connector, ConnectorRun, ConnectorState, Measurement, Series
from telemetry.selectors.connectors import due_connectors, fares
from telemetry.services.connectors import (
    Wanted,
    change_connector,
    define_connector,
    request_poll,
    switch_connector,
)
from telemetry.services.series import expect_readings
from tests.registry.factories import call, person_as_actor, role, user
from tests.telemetry.answering import Answering, matrix
from tests.telemetry.factory import AT, measured

pytestmark = pytest.mark.django_db
NINE = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
FIVE = dt.timedelta(minutes=5)
LINE = {"kpi": "accuracy", "query": "accuracy", "window": "5m"}
NOW = AT + dt.timedelta(minutes=1)


@pytest.fixture
def other():
    """A Prometheus on loopback."""
    made = Answering()
    made.says(matrix(({}, [(NINE - FIVE, "0.95"), (NINE, "0.96")])))
    yield made
    made.close()


@pytest.fixture
def system():
    """A live system with a threshold on its accuracy."""
    return measured()


def wanted(other, **changes):
    """What a connector is to be."""
    return Wanted(
        **({"name": "Prom", "url": other.url, "every_seconds": 300, "lines": [LINE]} | changes)
    )


def define(system, other, *, actor=None, at=AT, kind="prometheus", **changes):
    """Connect the other product."""
    return call(
        define_connector,
        system_id=system.pk,
        kind=kind,
        wanted=wanted(other, **changes),
        actor=actor or person_as_actor(system.owner),
        at=at,
    )


def state_of(connector):
    """How its polls go."""
    return ConnectorState.objects.select_related("connector").get(pk=connector.pk)


def verbs():
    """The verbs of the entries about connectors, in order."""
    return list(
        Entry.objects.filter(object_type="connector").order_by("id").values_list("verb", flat=True)
    )


def test_what_prometheus_measures_becomes_readings_that_are_judged(system, other):
    made = define(system, other)

    poll_due(NOW)

    state = state_of(made)
    assert list(Measurement.objects.values_list("value", flat=True)) == [0.95, 0.96]
    assert Standing.objects.get().state == "OK"
    assert state.accepted_row["window_end"] == NINE.isoformat()
    assert (state.failures, state.next_at) == (0, NOW + FIVE)


def test_the_batch_says_which_connector_sent_it(system, other):
    made = define(system, other)

    poll_due(NOW)

    batch = Batch.objects.get()
    assert (batch.sender_id, batch.source) == (f"connector:{made.pk}", "prometheus Prom")


def test_a_breach_that_a_connector_brings_opens_an_incident(system, other):
    other.says(matrix(({}, [(NINE - FIVE * n, "0.70") for n in (2, 1, 0)])))
    made = define(system, other, lines=[LINE | {"count_query": "n"}])
    other.reply = lambda got: (
        200,
        matrix(
            (
                {},
                [
                    (NINE - FIVE * n, "500" if got["query"]["query"] == "n" else "0.70")
                    for n in (2, 1, 0)
                ],
            )
        ),
        {},
    )

    poll_due(NOW)

    assert system.incidents.count() == 1
    assert made.runs.get().accepted == 3


def test_it_is_not_asked_again_before_its_time_and_then_goes_on_from_there(system, other):
    define(system, other)
    poll_due(NOW)

    early = poll_due(NOW + dt.timedelta(minutes=4))
    due = poll_due(NOW + FIVE)

    assert (early, due) == (0, 1)
    assert float(other.seen[-1]["query"]["start"]) == (NINE + FIVE).timestamp()


def test_the_schedule_says_how_often_its_series_are_expected(system, other):
    made = define(system, other, every_seconds=3600)

    poll_due(NOW)

    assert Series.objects.get().cadence_seconds == 3600
    call(
        change_connector,
        connector_id=made.pk,
        expected_version=1,
        wanted=wanted(other, every_seconds=900),
        at=NOW,
    )
    assert Series.objects.get().cadence_seconds == 900


def test_a_cadence_that_somebody_set_stays(system, other):
    define(system, other)
    poll_due(NOW)
    series = Series.objects.get()
    call(expect_readings, series_id=series.pk, cadence_seconds=60)

    poll_due(NOW + FIVE)

    assert Series.objects.get().cadence_seconds == 60


def test_a_failing_connector_is_silence_and_never_ok(system, other):
    made = define(system, other)
    poll_due(NOW)
    other.says({}, code=500)

    for minutes in (6, 20, 60):
        poll_due(NOW + dt.timedelta(minutes=minutes))
    judge_silences(NOW + dt.timedelta(minutes=60))

    state = state_of(made)
    assert fares(Connector.objects.select_related("state").get(), NOW) == "failing"
    assert "answered 500" in state.failure
    assert Standing.objects.get().state == "NO_DATA"
    assert system.incidents.count() == 1


def test_failures_are_told_once_when_they_begin_and_once_when_they_end(system, other):
    made = define(system, other)
    other.says({}, code=500)
    poll_due(NOW)
    poll_due(NOW + FIVE)
    other.says(matrix(({}, [(NINE, "0.95")])))

    poll_due(NOW + 4 * FIVE)

    assert verbs() == ["connector.defined", "connector.failed", "connector.recovered"]
    assert state_of(made).failing_since is None


def test_who_asks_to_be_left_alone_is_left_alone(system, other):
    made = define(system, other)
    other.says({}, code=429, Retry_After="1800")

    poll_due(NOW)

    assert state_of(made).next_at == NOW + dt.timedelta(seconds=1800)


def test_every_row_that_is_refused_is_told_with_its_reason(system, other):
    made = define(system, other, lines=[LINE | {"segment_label": "region"}])
    rows = ({"region": "north"}, [(NINE, "0.9")]), ({}, [(NINE, "0.8")])
    other.says(matrix(*rows))

    poll_due(NOW)

    state, run = state_of(made), made.runs.get()
    assert (run.accepted, run.rejected, run.failure) == (1, 1, "")
    assert "no label region" in state.rejected_why
    assert run.refused[0]["reason"] == state.rejected_why


def test_where_all_rows_are_refused_the_connector_is_failing(system, other):
    made = define(system, other)
    other.says(matrix(({"a": "1"}, [(NINE, "0.9")]), ({"a": "2"}, [(NINE, "0.8")])))

    poll_due(NOW)

    state = state_of(made)
    assert state.failures == 1
    assert "Nothing of what came was taken" in state.failure
    assert not Measurement.objects.exists()


def test_another_value_for_a_window_that_is_there_is_refused_and_told(system, other):
    made = define(system, other)
    poll_due(NOW)
    ConnectorState.objects.update(marks={})
    other.says(matrix(({}, [(NINE - FIVE, "0.95"), (NINE, "0.50")])))

    poll_due(NOW + FIVE)

    assert "another value" in state_of(made).rejected_why
    assert made.runs.order_by("-id")[0].repeated == 1


def test_a_connector_that_answers_but_brings_nothing_does_not_look_well(system, other):
    other.says(matrix())
    define(system, other)

    poll_due(NOW)

    found = Connector.objects.select_related("state").get()
    assert fares(found, NOW + dt.timedelta(hours=1)) == "quiet"


def test_a_connector_reaches_no_other_system_than_its_own(system, other):
    foreign = measured()
    define(system, other)

    poll_due(NOW)

    assert set(Series.objects.values_list("system_id", flat=True)) == {system.pk}
    assert foreign.pk != system.pk


def test_a_connector_under_lease_is_asked_by_nobody_else(system, other):
    define(system, other)
    ConnectorState.objects.update(leased_until=NOW + dt.timedelta(minutes=1))

    asked = poll_due(NOW)

    assert (asked, other.seen) == (0, [])
    assert due_connectors(at=NOW + dt.timedelta(minutes=2)).count() == 1


def test_what_an_outrun_sweep_brings_late_changes_nothing(system, other):
    made = define(system, other)
    (taken,) = polling._take_due(NOW)
    ConnectorState.objects.update(attempts=7)
    outcome = polling._ask(taken.question, NOW)
    polling._keep(taken=taken, outcome=outcome, at=NOW)

    assert not made.runs.exists()
    assert not Measurement.objects.exists()


def test_a_connector_that_is_switched_off_is_not_asked(system, other):
    made = define(system, other)
    owner = person_as_actor(system.owner)
    call(switch_connector, connector_id=made.pk, expected_version=1, active=False, actor=owner)

    asked = poll_due(NOW)

    assert (asked, other.seen) == (0, [])
    with pytest.raises(Conflict, match="switched off"):
        call(request_poll, connector_id=made.pk, actor=owner)


def test_who_may_asks_at_once(system, other):
    made = define(system, other)
    poll_due(NOW)

    call(request_poll, connector_id=made.pk, actor=person_as_actor(system.owner), at=NOW)

    assert poll_due(NOW) == 1


def test_the_credential_is_encrypted_and_neither_history_nor_ledger_keep_it(system, other):
    made = define(system, other, sign_in="token", secrets=["s3cret-t0ken"])

    poll_due(NOW)

    kept = Connector.objects.get(pk=made.pk)
    assert b"s3cret" not in bytes(kept.secrets)
    assert other.seen[0]["headers"]["Authorization"] == "Bearer s3cret-t0ken"
    assert "secrets" not in [field.name for field in made.history.model._meta.fields]
    bodies = b"".join(bytes(body) for body in Entry.objects.values_list("body", flat=True))
    assert b"s3cret" not in bodies


def test_an_error_of_ours_is_a_failure_and_no_log_names_the_credential(system, other, monkeypatch):
    made = define(system, other, sign_in="token", secrets=["s3cret-t0ken"])

    def broken(question, at):
        raise ValueError(f"strange: {question.access.secrets}")

    monkeypatch.setattr(polling, "poll", broken)
    with capture_logs() as logs:
        poll_due(NOW)

    assert [one["event"] for one in logs] == ["connector_failed"]
    assert "in broken" in logs[0]["trace"]
    assert "s3cret" not in str(logs)
    assert "An error of ours" in state_of(made).failure


def test_a_credential_that_cannot_be_opened_is_a_failure_in_words(system, other, settings):
    made = define(system, other, sign_in="token", secrets=["t"])
    settings.FIELD_KEYS = ["another-key"]

    poll_due(NOW)

    assert "cannot be opened" in state_of(made).failure
    assert other.seen == []


def test_a_credential_does_not_follow_the_connector_to_another_address(system, other):
    made = define(system, other, sign_in="token", secrets=["t"])

    with pytest.raises(Invalid, match="credential anew"):
        call(
            change_connector,
            connector_id=made.pk,
            expected_version=1,
            wanted=wanted(other, url="https://evil.example.org", sign_in="token", secrets=None),
        )


def test_an_address_inside_is_refused_when_it_is_given(system, other, settings):
    settings.WEBHOOK_PRIVATE_HOSTS = []

    with pytest.raises(Invalid, match="inside"):
        define(system, other)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"name": "a\x00b"},
        {"url": "http://ada:pw@x"},
        {"every_seconds": 1},
        {"every_seconds": 10**9},
        {"sign_in": "token", "secrets": []},
        {"sign_in": "token", "secrets": ["bad\nheader"]},
        {"sign_in": "magic"},
        {"lines": []},
        {"lines": [LINE | {"kpi": "no_such_kpi"}]},
    ],
)
def test_what_makes_no_connector_is_refused(system, other, changes):
    with pytest.raises(Invalid):
        define(system, other, **changes)


@pytest.mark.parametrize(
    ("name", "may"),
    [("engineer", True), ("administrator", True), ("auditor", False), ("compliance", False)],
)
def test_who_may_connect_a_source(system, other, name, may):
    who = user()
    role(who, name, unit=system.unit)

    if may:
        assert define(system, other, actor=person_as_actor(who))
    else:
        with pytest.raises(Forbidden):
            define(system, other, actor=person_as_actor(who))


def test_a_change_from_an_old_look_is_refused(system, other):
    made = define(system, other)

    with pytest.raises(Conflict, match="since you looked"):
        call(change_connector, connector_id=made.pk, expected_version=9, wanted=wanted(other))


def test_two_connectors_do_not_share_a_name(system, other):
    define(system, other)

    with pytest.raises(Conflict, match="already"):
        define(system, other)


def test_trying_a_connector_keeps_nothing(system, other):
    made = define(system, other)

    fetched, receipt, failure = try_connector(connector=made, at=NOW)

    assert (fetched.count, receipt.accepted, failure) == (2, 2, "")
    assert not Measurement.objects.exists()
    assert not Series.objects.exists()
    assert not ConnectorRun.objects.exists()


def test_old_accounts_of_polls_are_removed_after_a_month(system, other):
    made = define(system, other)
    ConnectorRun.objects.create(connector=made, started_at=AT - dt.timedelta(days=32))

    poll_due(NOW)

    assert [run.started_at for run in made.runs.all()] == [NOW]


def test_the_threads_that_ask_meet_no_database(system, other, monkeypatch):
    define(system, other)
    asked = []

    def ask(question, at):
        asked.append(connections["default"].connection)
        return polling.Outcome(None, "nothing")

    monkeypatch.setattr(polling, "_ask", ask)
    poll_due(NOW)

    assert asked == [None]


FAR = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


def told(kind, made, value):
    """What another product says of one instant."""
    if kind == "prometheus":
        return matrix(({}, [(made, str(value))]))
    metric = {"metric_name": "accuracy", "config": {}, "value": value}
    return {"timestamp": made.isoformat(), "metrics": [metric]}


@pytest.mark.parametrize("kind", ["evidently", "prometheus"])
def test_a_reading_from_the_future_hides_none_that_comes_later(system, other, kind):
    connector = define(system, other, kind=kind)
    other.says(told(kind, FAR, 0.2))
    poll_due(NOW)
    marks = state_of(connector).marks
    other.says(told(kind, NINE, 0.9))

    poll_due(NOW + 2 * FIVE)

    assert not any(end.startswith("2099") for end in marks.values())
    assert list(Measurement.objects.values_list("value", flat=True)) == [0.9]


@pytest.mark.parametrize("kind", ["evidently", "prometheus"])
def test_a_value_with_a_unit_behind_it_is_no_reading(system, other, kind):
    define(system, other, kind=kind)
    other.says(told(kind, NINE, "0.9 furlong"))

    poll_due(NOW)

    assert not Measurement.objects.exists()
    assert ConnectorState.objects.get().failure
