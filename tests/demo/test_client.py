"""The client that sends the readings: times, batches, and words where something goes wrong."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from demo.client import SendError, events, main, send, windows_in

START = datetime(2026, 8, 17, tzinfo=UTC)
HOUR = 3600


def test_the_first_window_asked_for_begins_at_the_start() -> None:
    rows = list(events("paying-agent", "before", [3, 4], START, HOUR))

    assert len(rows) == 72
    assert START <= instant(rows[0]) < instant(rows[35]) < START + timedelta(hours=1)
    assert START + timedelta(hours=1) <= instant(rows[36]) <= START + timedelta(hours=2)


def test_a_start_in_another_zone_is_the_same_instant() -> None:
    elsewhere = START.astimezone(timezone(timedelta(hours=9)))

    here = list(events("paying-agent", "after", None, START, HOUR))

    assert list(events("paying-agent", "after", None, elsewhere, HOUR)) == here


def test_a_row_carries_what_the_api_asks_for() -> None:
    row = next(events("claims-approval", "before", [1], START, HOUR))

    assert row.keys() == {
        "system", "environment", "at", "event_id", "version", "segment", "answer", "truth",
        "confidence", "overridden", "latency_ms", "cost", "simulated",
    }  # fmt: skip
    assert (row["system"], row["environment"]) == ("claims-approval", "production")
    assert row["segment"].keys() == {"age_group"}
    assert row["at"].endswith("Z")


def test_tool_calls_are_written_out() -> None:
    last = list(events("paying-agent", "before", [14], START, HOUR))

    split = next(row for row in last if row["boundary_violation"])

    assert split["tool_calls"][0] == {"tool": "match", "outcome": "ok"}
    assert split["tool_calls"][1] == {"tool": "pay", "outcome": "ok", "amount": 850.0}


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        list(events("paying-agent", "before", None, START.replace(tzinfo=None), HOUR))


def test_windows_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="no readings of phase 'after'"):
        list(events("paying-agent", "after", [9], START, HOUR))


def test_an_unknown_system_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(FileNotFoundError, match="claims-approval, claims-form-reader"):
        windows_in("fraud-triage", "before")


def test_batches_are_sent_with_the_token_and_their_answers_added_up() -> None:
    bodies: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Token secret"
        assert request.url == "http://here/api/v1/decisions"
        bodies.append(json.loads(request.content))
        rejected = [{"row": 2, "field": "at", "reason": "in the future"}]
        return httpx.Response(200, json={"accepted": 9, "rejected": rejected, "incidents": ["I1"]})

    rows = events("paying-agent", "before", [1], START, HOUR)

    report = send("http://here/", "secret", rows, batch=20, http=client(answer))

    assert [len(body["events"]) for body in bodies] == [20, 16]
    assert (report["sent"], report["batches"], report["accepted"]) == (36, 2, 18)
    assert [each["row"] for each in report["rejected"]] == [2, 22]
    assert report["incidents"] == ["I1", "I1"]


def test_a_refused_batch_says_which_and_why() -> None:
    problem = {"title": "Not allowed", "detail": "The token lacks the scope ingest."}

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(403, json=problem)

    rows = events("paying-agent", "before", [1], START, HOUR)

    with pytest.raises(SendError) as refusal:
        send("http://here", "secret", rows, http=client(answer))
    assert "events 1 to 36 of paying-agent" in str(refusal.value)
    assert "403, Not allowed: The token lacks the scope ingest." in str(refusal.value)


def test_no_answer_is_told_with_the_address() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    rows = events("paying-agent", "before", [1], START, HOUR)

    with pytest.raises(SendError, match="no answer from http://here/api/v1/decisions"):
        send("http://here", "secret", rows, http=client(answer))


def test_the_command_says_on_stderr_why_nothing_was_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["--base-url", "http://here", "--token", "t", "--system", "fraud-triage"])

    assert code == 1
    assert "not sent: no readings of 'fraud-triage'" in capsys.readouterr().err


def client(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(answer))


def instant(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["at"])
