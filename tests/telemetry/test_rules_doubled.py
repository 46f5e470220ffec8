"""A name that stands twice in an object is found in a body of any size (TEL-1, F18)."""

import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.rules.refusals import Invalid
from telemetry.rules.histograms import HistogramRow
from telemetry.rules.parsing import parse_json, parse_lines
from telemetry.rules.rows import DecisionRow, LabelRow, MeasurementRow

ROW = {
    "system": "claims", "kpi": "accuracy", "window": "7d",
    "window_end": "2026-11-15T00:00:00Z", "value": 0.9,
}  # fmt: skip
NEEDED = {
    MeasurementRow: ROW,
    DecisionRow: {"system": "a", "event_id": "1", "at": "2026-11-15T00:00:00Z", "version": "1"},
    LabelRow: {
        "system": "a", "event_id": "1", "kind": "truth", "value": "x",
        "labelled_at": "2026-11-15T00:00:00Z",
    },
    HistogramRow: {
        "system": "a", "feature": "f", "window": "1d", "window_end": "2026-11-15T00:00:00Z",
        "counts": [1],
    },
}  # fmt: skip
# What may stand in a row beside the needed fields: with a value of its own, or its default stated.
OPTIONAL = {
    "segment": ["age=old", "", 'q="x"', "u=\u00fc", "c=a :b", "b=\\"], "n": [500, None],
    "low": [0.1, None], "high": [0.95, None], "revision": [3, 0],
    "environment": ["staging", "production"], "quality": ["bad", "good"],
}  # fmt: skip
MEMBERS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in OPTIONAL.items()}
)
SEPARATORS = st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : "), (",\n", "\t:")])


def parse(body):
    return parse_json(body.encode(), key="measurements", row=MeasurementRow, most_rows=1000)


def written(rows, separators, *, doubled=None):
    """Write rows as JSON, one of them with one of its members twice."""
    comma, colon = separators
    texts = []
    for place, row in enumerate(rows):
        pairs = [*row.items()]
        if doubled is not None and place == doubled[0] % len(rows):
            pairs.append(pairs[doubled[1] % len(pairs)])
        members = (f"{json.dumps(name)}{colon}{json.dumps(value)}" for name, value in pairs)
        texts.append("{" + comma.join(members) + "}")
    return f'{{"measurements"{colon}[{comma.join(texts)}]}}'


# The first draw of a process looks through its modules, which on a busy machine takes seconds.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    members=st.lists(MEMBERS, min_size=1, max_size=4),
    separators=SEPARATORS,
    doubled=st.tuples(st.integers(0, 3), st.integers(0, 11)),
    many=st.booleans(),
)
def test_whatever_stands_twice_is_found_and_nothing_else_is(members, separators, doubled, many):
    rows = [ROW | one for one in members] * (100 if many else 1)

    sound = parse(written(rows, separators))

    assert len(sound.rows) == len(rows)
    with pytest.raises(Invalid, match="stands twice"):
        parse(written(rows, separators, doubled=doubled))


def test_an_optional_name_that_stands_twice_is_found_in_a_large_body():
    body = written([ROW | {"low": 0.1}] * 700, (",", ":"))
    assert len(body) > 64 * 1024

    with pytest.raises(Invalid, match="stands twice"):
        parse(body.replace('"low":0.1', '"low":0.8,"low":0.1', 1))


def test_a_default_that_is_stated_does_not_hide_what_stands_twice():
    rows = [ROW | {"n": None}, ROW | {"low": 0.1}]

    with pytest.raises(Invalid, match="stands twice"):
        parse(written(rows, (",", ":")).replace('"low":0.1', '"low":0.1,"low" :0.2'))


def test_a_name_that_stands_twice_deep_in_a_decision_is_found():
    event = NEEDED[DecisionRow] | {"segment": {"age": "old"}, "scores": {"a": 1.0}}
    body = json.dumps({"events": [event] * 300}).replace('"a": 1.0', '"a": 2.0, "a": 1.0', 1)

    with pytest.raises(Invalid, match="stands twice"):
        parse_json(body.encode(), key="events", row=DecisionRow, most_rows=1000)


def test_a_name_that_stands_twice_is_found_in_lines():
    lines = "\n".join([json.dumps(ROW)] * 400 + ['{"quality":"bad",' + json.dumps(ROW)[1:]] * 2)

    with pytest.raises(Invalid, match="stands twice"):
        parse_lines(
            lines.replace('"bad",', '"bad","quality":"good",', 1).encode(),
            row=MeasurementRow,
            most_rows=1000,
            source="",
            on_error="keep_good",
        )


@pytest.mark.parametrize("row", NEEDED)
def test_what_was_not_sent_is_not_written(row):
    decoded = msgspec.json.decode(json.dumps(NEEDED[row]), type=row)

    plain = json.loads(msgspec.json.encode(decoded))

    assert plain.keys() == NEEDED[row].keys()
