"""TEL-4: Prometheus, MLflow and Evidently are asked, within bounds, and what came is told."""

import datetime as dt
import gzip
import json

import pytest

from registry.connectors.mlflow import Access
from telemetry.connectors import asking, prometheus
from telemetry.connectors.asking import NoAnswer, ask
from telemetry.connectors.fetched import Fetched
from telemetry.connectors.polls import Question, poll
from telemetry.rules.mappings import Line
from tests.telemetry.answering import Answering, matrix

AT = dt.datetime(2026, 11, 20, 9, 2, tzinfo=dt.UTC)
NINE = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
FIVE = dt.timedelta(minutes=5)


@pytest.fixture
def other():
    """Another product on loopback."""
    made = Answering()
    yield made
    made.close()


def line(**changes):
    """A question about the accuracy in windows of five minutes."""
    return Line(**({"kpi": "accuracy", "query": "accuracy", "window": "5m"} | changes))


def asked(other, *lines, kind="prometheus", marks=None, secrets=(), path=""):
    """Poll the other product."""
    question = Question(kind, "claims", Access(other.url + path, secrets), lines, marks or {})
    return poll(question, AT)


def test_prometheus_gives_a_reading_at_the_end_of_every_window(other):
    other.says(matrix(({}, [(NINE - FIVE, "0.91"), (NINE, "0.93")])))

    found = asked(other, line())

    assert [(row.window_end, row.value) for row in found.rows] == [
        (NINE - FIVE, 0.91),
        (NINE, 0.93),
    ]
    assert found.marks[line().mark] == NINE


def test_prometheus_is_asked_for_what_was_missed_since_the_last_reading(other):
    other.says(matrix())

    asked(other, line(), marks={line().mark: NINE - 12 * FIVE})

    sent = other.seen[0]["query"]
    assert (float(sent["start"]), float(sent["end"])) == (
        (NINE - 11 * FIVE).timestamp(),
        NINE.timestamp(),
    )
    assert sent["step"] == "300"


def test_nothing_is_asked_while_no_window_has_ended(other):
    found = asked(other, line(), marks={line().mark: NINE})

    assert (other.seen, found.count) == ([], 0)


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf"])
def test_what_is_no_number_is_a_bad_reading_and_never_a_good_one(other, value):
    other.says(matrix(({}, [(NINE, value)])))

    assert asked(other, line()).rows[0].value is None


def test_several_series_are_refused_unless_a_label_tells_them_apart(other):
    other.says(matrix(({"region": "north"}, [(NINE, "1")]), ({"region": "south"}, [(NINE, "2")])))

    refused = asked(other, line())
    taken = asked(other, line(segment_label="region"))

    assert "returns 2 series" in refused.rejected[0].reason
    assert [row.segment for row in taken.rows] == ["region=north", "region=south"]


def test_a_series_without_the_label_is_refused(other):
    other.says(matrix(({}, [(NINE, "1")])))

    found = asked(other, line(segment_label="region"))

    assert (found.rows, found.rejected[0].field) == ([], "segment_label")


def test_the_number_of_cases_comes_by_a_query_of_its_own(other):
    other.reply = lambda got: (
        200,
        matrix(({}, [(NINE, "250" if got["query"]["query"] == "cases" else "0.9")])),
        {},
    )

    assert asked(other, line(count_query="cases")).rows[0].n == 250


def test_a_factor_turns_their_unit_into_that_of_the_kpi(other):
    other.says(matrix(({}, [(NINE, "0.25")])))

    assert asked(other, line(factor=100)).rows[0].value == 25


def test_windows_that_stayed_empty_for_a_day_are_not_asked_for_any_more(other):
    other.says(matrix())

    found = asked(other, line(), marks={line().mark: NINE - dt.timedelta(days=3)})

    assert NINE - dt.timedelta(days=2) < found.marks[line().mark] < NINE - dt.timedelta(days=1)


def test_an_error_of_prometheus_is_told_in_its_words(other):
    other.says({"status": "error", "error": "parse error: unexpected )"}, code=400)

    with pytest.raises(NoAnswer, match="answered 400: parse error"):
        asked(other, line())


def test_a_line_that_fails_does_not_keep_the_others_from_being_taken(other):
    other.reply = lambda got: (
        (400, {"error": "no"}, {})
        if got["query"]["query"] == "bad("
        else (200, matrix(({}, [(NINE, "1")])), {})
    )

    found = asked(other, line(), line(query="bad(", kpi="f1"))

    assert len(found.rows) == 1
    assert "answered 400" in found.unread[2]


def test_who_is_busy_is_not_asked_the_other_lines_and_says_when_to_come_back(other):
    other.says({}, code=503, Retry_After="120")

    with pytest.raises(NoAnswer) as busy:
        asked(other, line(), line(kpi="f1"))

    assert (busy.value.retry_after, len(other.seen)) == (120, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b'{"status": "success"}',
        b'{"status": "success", "data": {"resultType": "vector", "result": []}}',
        b'{"status": "success", "data": {"resultType": "matrix", "result": [1]}}',
        b'{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": 1}]}}',
        b'{"status": "success", "data": {"resultType": "matrix", "result":'
        b' [{"metric": {}, "values": [["x", "1"]]}]}}',
        b'{"status": "success", "data": {"resultType": "matrix", "result":'
        b' [{"metric": {}, "values": [[1e300, "1"]]}]}}',
    ],
)
def test_an_answer_that_is_none_of_prometheus_is_said(other, body):
    other.says(body)

    with pytest.raises(NoAnswer):
        asked(other, line())


@pytest.mark.parametrize(
    ("secrets", "sent"),
    [((), None), (("t0ken",), "Bearer t0ken"), (("ada", "pass"), "Basic YWRhOnBhc3M=")],
)
def test_it_signs_in_as_it_was_told(other, secrets, sent):
    other.says(matrix())

    asked(other, line(), secrets=secrets)

    assert other.seen[0]["headers"].get("Authorization") == sent


@pytest.mark.parametrize("code", [401, 403])
def test_a_wrong_credential_is_said_without_it(other, code):
    other.says({}, code=code)

    with pytest.raises(NoAnswer, match="look at the credential") as refused:
        asked(other, line(), secrets=("s3cret",))

    assert "s3cret" not in str(refused.value)


def test_a_redirect_is_not_followed(other):
    other.says({}, code=302, Location="http://169.254.169.254/latest")

    with pytest.raises(NoAnswer, match="redirect"):
        asked(other, line())

    assert len(other.seen) == 1


def test_an_answer_that_grows_without_end_is_cut(other, monkeypatch):
    monkeypatch.setattr(asking, "MOST_ANSWER", 1000)
    other.says(b'{"x": "' + b"y" * 5000 + b'"}')

    with pytest.raises(NoAnswer, match="larger"):
        asked(other, line())


def test_a_compressed_answer_is_not_unpacked(other):
    other.says(gzip.compress(b"{}"), Content_Encoding="gzip")

    with pytest.raises(NoAnswer, match="compressed"):
        asked(other, line())


def test_an_answer_that_drips_is_cut(other, monkeypatch):
    monkeypatch.setattr(asking, "LONGEST", -1.0)
    other.says(matrix())

    with pytest.raises(NoAnswer, match="took longer"):
        asked(other, line())


def test_an_address_inside_is_not_asked(other, settings):
    settings.WEBHOOK_PRIVATE_HOSTS = []

    with pytest.raises(NoAnswer, match="inside"):
        asked(other, line())

    assert other.seen == []


def test_nobody_who_answers_is_said():
    with pytest.raises(NoAnswer, match="does not answer"):
        ask(Access("http://127.0.0.1:1"), "/")


def test_more_rows_than_one_poll_takes_are_left_to_the_next_one(other, monkeypatch):
    monkeypatch.setattr("telemetry.connectors.fetched.MOST_ROWS", 1)
    other.says(matrix(({}, [(NINE - FIVE, "1"), (NINE, "2")])))

    found = asked(other, line())

    assert (found.count, found.marks[line().mark]) == (1, NINE - FIVE)
    assert "the next one goes on" in found.notes[0]


RUN = {
    "info": {"run_id": "r1"},
    "data": {"metrics": [{"key": "accuracy", "value": 0.9, "timestamp": 1795165200000}]},
}
HISTORY = [
    {"key": "accuracy", "value": 0.8, "timestamp": 1795161600000, "step": 0},
    {"key": "accuracy", "value": 0.9, "timestamp": 1795165200000, "step": 1},
]


def mlflow(got):
    """Answer as MLflow does."""
    path = got["path"].removeprefix("/api/2.0/mlflow/")
    answers = {
        "experiments/get-by-name": {"experiment": {"experiment_id": "1"}},
        "runs/search": {"runs": [RUN]},
        "runs/get": {"run": RUN},
        "model-versions/search": {"model_versions": [{"name": "claims", "run_id": "r1"}]},
        "metrics/get-history": {"metrics": HISTORY},
    }
    return 200, answers[path], {}


@pytest.mark.parametrize("source", ["experiment:claims", "model:claims"])
def test_mlflow_gives_every_step_that_a_run_has_logged(other, source):
    other.reply = mlflow

    found = asked(other, line(source=source), kind="mlflow")

    assert [row.value for row in found.rows] == [0.8, 0.9]
    assert found.marks[line(source=source).mark] == dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


def test_mlflow_gives_only_what_is_newer_than_the_last_reading(other):
    other.reply = mlflow
    one = line(source="experiment:claims")

    found = asked(other, one, kind="mlflow", marks={one.mark: NINE})

    assert found.count == 0
    assert not any("get-history" in got["path"] for got in other.seen)


def test_what_mlflow_writes_as_nan_is_a_bad_reading(other):
    nan = [HISTORY[1] | {"value": "NaN"}]
    other.reply = lambda got: (
        (200, {"metrics": nan}, {}) if "get-history" in got["path"] else mlflow(got)
    )

    assert asked(other, line(source="model:claims"), kind="mlflow").rows[0].value is None


@pytest.mark.parametrize("body", [b"[]", b'{"experiment": 1}', b'{"experiment": {}}', b"{}"])
def test_an_answer_that_is_none_of_mlflow_is_said(other, body):
    other.says(body)

    with pytest.raises(NoAnswer, match="none of MLflow"):
        asked(other, line(source="experiment:claims"), kind="mlflow")


REPORT = {
    "metrics": [
        {
            "metric_name": "DriftedColumnsCount(drift_share=0.5)",
            "config": {"type": "evidently:metric_v2:DriftedColumnsCount"},
            "value": {"count": 1.0, "share": 0.25},
        },
        {
            "metric_name": "ValueDrift(column=age,method=K-S p_value)",
            "config": {"column": "age"},
            "value": 0.03,
        },
        {
            "metric_name": "ValueDrift(column=amount,method=K-S p_value)",
            "config": {"column": "amount"},
            "value": float("nan"),
        },
        {"metric_name": "Accuracy(classification_name=default)", "config": {}, "value": 0.8275},
    ],
    "tests": [],
}
MADE = "Fri, 20 Nov 2026 06:00:00 GMT"


def report(other, *lines, made=MADE, body=None, marks=None):
    """Read a report."""
    given = json.dumps(REPORT if body is None else body).replace("NaN", "null").encode()
    other.says(given, **({"Last_Modified": made} if made else {}))
    return asked(other, *lines, kind="evidently", marks=marks, path="/report.json")


def test_evidently_s_figures_count_from_when_the_report_was_made(other):
    found = report(other, line(query="Accuracy", window="1d"))

    assert [(row.value, row.window_end.hour) for row in found.rows] == [(0.8275, 6)]


def test_a_metric_of_evidently_is_found_by_its_column_and_by_its_part(other):
    found = report(
        other,
        line(query="ValueDrift", source="age"),
        line(query="DriftedColumnsCount.share", kpi="psi"),
    )

    assert [row.value for row in found.rows] == [0.03, 0.25]


def test_a_value_that_evidently_could_not_compute_is_a_bad_reading(other):
    assert report(other, line(query="ValueDrift", source="amount")).rows[0].value is None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Recall", "no such metric"),
        ("ValueDrift", "no such metric"),
        ("DriftedColumnsCount", "name one behind a dot: count, share"),
    ],
)
def test_a_metric_that_cannot_be_read_is_told(other, query, words):
    assert words in report(other, line(query=query)).rejected[0].reason


def test_a_report_that_nobody_renews_brings_nothing_new(other):
    one = line(query="Accuracy")

    found = report(other, one, marks={one.mark: dt.datetime(2026, 11, 20, 6, tzinfo=dt.UTC)})

    assert found.count == 0


def test_a_report_that_does_not_say_when_it_was_made_is_refused(other):
    with pytest.raises(NoAnswer, match="Last-Modified"):
        report(other, line(query="Accuracy"), made="")


def test_a_report_of_an_earlier_evidently_says_its_instant_itself(other):
    old = {
        "timestamp": "2026-11-20 05:00:00.123456",
        "metrics": [
            {
                "metric": "ClassificationQualityMetric",
                "result": {"current": {"accuracy": 0.8}, "reference": {}},
            }
        ],
    }
    one = line(query="ClassificationQualityMetric.current.accuracy")

    found = report(other, one, body=old, made="")

    assert [(row.value, row.window_end.hour) for row in found.rows] == [(0.8, 5)]


def test_a_label_that_makes_no_segment_is_told(other):
    other.says(matrix(({"region": "x" * 80}, [(NINE, "1")])))

    found = Fetched("claims")
    prometheus.fetch(Access(other.url), line(segment_label="region"), into=found, last=None, at=AT)

    assert "attribute=value" in found.rejected[0].reason
