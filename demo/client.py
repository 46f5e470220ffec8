"""Sends the demo's readings through the public API, as any system of yours would send its own.

    python -m demo.client --base-url http://127.0.0.1:8000 --token … \
        --system claims-approval --phase before
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import httpx

from demo.readings import read_readings

WEEK = 7 * 24 * 3600
PATH = "/api/v1/decisions"
PHASES = ("before", "after")


class SendError(Exception):
    """The API did not take a batch; the message says which, and what it answered."""


def events(
    system: str,
    phase: str,
    windows: Iterable[int] | None,
    clock_start: datetime,
    window_seconds: int,
) -> Iterator[dict[str, Any]]:
    """Yield a system's events as API rows, oldest first.

    `windows` are numbers from 1, None means all of the phase. The earliest one named begins at
    `clock_start` (aware); each lasts `window_seconds`. Raises ValueError for a naive start or
    where nothing is chosen, FileNotFoundError for an unknown system.
    """
    if clock_start.tzinfo is None:
        raise ValueError("clock_start must have a time zone")
    wanted = None if windows is None else set(windows)
    chosen = [
        reading
        for reading in read_readings(system)
        if reading.phase == phase and (wanted is None or reading.window in wanted)
    ]
    if not chosen:
        raise ValueError(f"{system} has no readings of phase {phase!r} in the windows asked for")
    first = min(reading.window for reading in chosen)
    for reading in chosen:
        seconds = (reading.window - first + reading.offset) * window_seconds
        at = clock_start.astimezone(UTC) + timedelta(seconds=seconds)
        stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        yield {"system": system, "environment": "production", "at": stamp, **reading.event}


def windows_in(system: str, phase: str) -> tuple[int, ...]:
    """The numbers of the windows that a system has in a phase, in order."""
    return tuple(sorted({each.window for each in read_readings(system) if each.phase == phase}))


def send(
    base_url: str,
    token: str,
    events: Iterable[dict[str, Any]],
    batch: int = 500,
    http: httpx.Client | None = None,
) -> dict[str, Any]:
    """Post events in batches; give back what was sent, accepted, rejected, and what was opened.

    `http` is a client of the caller's (a test's, for example), which stays open. Raises SendError
    at the first batch that is refused as a whole or not answered.
    """
    url = base_url.rstrip("/") + PATH
    headers = {"Authorization": f"Token {token}"}
    total: dict[str, Any] = {
        "sent": 0,
        "batches": 0,
        "accepted": 0,
        "rejected": [],
        "incidents": [],
    }
    with nullcontext(http) if http else httpx.Client(timeout=60) as session:
        for rows in _batches(events, batch):
            body = {"on_error": "keep_good", "source": "demo", "events": rows}
            reply = _post(session, url, headers, body, offset=total["sent"])
            _add(total, reply, len(rows))
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    """Send what the command line names; exit code 1 and a sentence on stderr where it fails."""
    options = _parser().parse_args(arguments)
    try:
        chosen = _windows(options.windows) or windows_in(options.system, options.phase)
        start = options.clock_start or _ending_now(chosen, options.window_seconds)
        rows = events(options.system, options.phase, chosen, start, options.window_seconds)
        report = send(options.base_url, options.token, rows, options.batch)
    except (SendError, ValueError, FileNotFoundError) as problem:
        print(f"not sent: {problem}", file=sys.stderr)
        return 1
    print(json.dumps(report, indent=2))
    return 1 if report["rejected"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo.client", description=__doc__)
    add = parser.add_argument
    add("--base-url", required=True, help="http://127.0.0.1:8000")
    token = os.environ.get("COUNTERSIGN_TOKEN")
    add(
        "--token", default=token, required=token is None, help="service token; or COUNTERSIGN_TOKEN"
    )
    add("--system", required=True, help="claims-form-reader, claims-approval, …")
    add("--phase", choices=PHASES, default="before")
    add("--windows", default="", help="3 or 1-14; all of the phase without it")
    add("--clock-start", type=_instant, help="2026-08-17T00:00:00Z; else the last window ends now")
    add("--window-seconds", type=int, default=WEEK, help="length of a window (a week)")
    add("--batch", type=int, default=500, help="events a request (500)")
    return parser


def _windows(text: str) -> tuple[int, ...]:
    if not text:
        return ()
    first, _, last = text.partition("-")
    return tuple(range(int(first), int(last or first) + 1))


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError("give a time zone, as in 2026-08-17T00:00:00Z")
    return instant


def _ending_now(windows: Sequence[int], window_seconds: int) -> datetime:
    length = max(windows, default=1) - min(windows, default=1) + 1
    return datetime.now(UTC) - timedelta(seconds=length * window_seconds)


def _batches(rows: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch


def _post(
    session: httpx.Client, url: str, headers: dict[str, str], body: dict[str, Any], *, offset: int
) -> dict[str, Any]:
    rows = body["events"]
    which = f"events {offset + 1} to {offset + len(rows)} of {rows[0]['system']}"
    try:
        reply = session.post(url, headers=headers, json=body)
    except httpx.HTTPError as problem:
        raise SendError(f"{which}: no answer from {url} ({problem})") from problem
    if not reply.is_success:
        raise SendError(f"{which}: {url} answered {reply.status_code}, {_reason(reply)}")
    answer: dict[str, Any] = reply.json()
    return answer


def _reason(reply: httpx.Response) -> str:
    """What a problem document (RFC 9457) says, or the beginning of any other answer."""
    try:
        problem = reply.json()
    except ValueError:
        return reply.text[:200].strip() or "without a reason"
    if not isinstance(problem, dict):
        return str(problem)[:200]
    said = [str(problem[key]) for key in ("title", "detail") if problem.get(key)]
    return ": ".join(said) or json.dumps(problem)[:200]


def _add(total: dict[str, Any], reply: dict[str, Any], sent: int) -> None:
    """Add one reply to the totals; rejected rows are renumbered from the first event sent."""
    for row in reply.get("rejected") or []:
        total["rejected"].append({**row, "row": row.get("row", 0) + total["sent"]})
    total["incidents"] += reply.get("incidents") or []
    total["accepted"] += reply.get("accepted", 0)
    total["sent"] += sent
    total["batches"] += 1


if __name__ == "__main__":
    sys.exit(main())
