"""Sending in the background: in batches, again where the server could not be reached.

The same body is sent again, so that the server finds the same keys in it. What the server refuses
for good is told to the caller and never sent again.
"""

import json
import logging
import os
import random
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import httpx

from countersign_client.rows import Row

log = logging.getLogger("countersign_client")

# Where rows of a kind go, and the name under which the body holds them.
DOORS = {
    "measurements": ("api/v1/measurements", "measurements"),
    "decisions": ("api/v1/decisions", "events"),
    "labels": ("api/v1/labels", "labels"),
}
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
TOO_LARGE = 413
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0

WhenFull = Literal["wait", "drop"]


@dataclass(frozen=True)
class Rejected:
    """Rows that the server did not take, and why: of one row, or of a whole request."""

    kind: str
    rows: Sequence[Row]
    reason: str


@dataclass(frozen=True)
class Tally:
    """What became of the rows so far; `waiting` are not sent yet."""

    sent: int = 0
    rejected: int = 0
    dropped: int = 0
    waiting: int = 0


class Sender:
    """A queue and a thread that empties it. Safe to use from many threads, and after a fork."""

    def __init__(
        self,
        http: httpx.Client,
        *,
        rows: int,
        seconds: float,
        most_waiting: int,
        when_full: WhenFull,
        on_rejected: Callable[[Rejected], None],
    ) -> None:
        self._http = http
        self._rows = rows
        self._seconds = seconds
        self._most = most_waiting
        self._when_full = when_full
        self._on_rejected = on_rejected
        self._tally = Tally()
        self._begin()
        _senders.add(self)

    def _begin(self) -> None:
        """Start empty: at first, and in a child process, whose parent sends what it had."""
        self._waiting: dict[str, deque[Row]] = {kind: deque() for kind in DOORS}
        self._in_hand = 0
        self._flushing = False
        self._closing: float | None = None
        self._since: float | None = None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def tally(self) -> Tally:
        """What became of the rows so far."""
        with self._changed:
            return replace(self._tally, waiting=self._left())

    def put(self, kind: str, row: Row) -> None:
        """Queue a row; with a full queue wait, or drop it and count that.

        Raises RuntimeError once closed, and ValueError for a row that is no JSON.
        """
        _encoded([row])
        with self._changed:
            if self._closing is not None:
                raise RuntimeError("The client is closed: nothing is sent any more.")
            self._start()
            if self._left() >= self._most and not self._make_room():
                return
            self._waiting[kind].append(row)
            self._since = self._since or time.monotonic()
            self._changed.notify_all()

    def flush(self, seconds: float) -> bool:
        """Send now, and wait until all is sent, at most so long; returns whether it is."""
        until = time.monotonic() + seconds
        with self._changed:
            self._flushing = True
            self._changed.notify_all()
            return self._changed.wait_for(
                lambda: not self._left(), max(0.0, until - time.monotonic())
            )

    def close(self, seconds: float) -> bool:
        """Send what waits, at most so long, and stop; what is left then is counted as dropped."""
        with self._changed:
            self._closing = self._closing or time.monotonic() + seconds
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(seconds + 1)
        with self._changed:
            left = sum(len(rows) for rows in self._waiting.values())
            self._count(dropped=left)
            for rows in self._waiting.values():
                rows.clear()
        if left:
            log.error("Closed with %s rows that could not be sent.", left)
        return not left

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="countersign", daemon=True)
            self._thread.start()

    def _make_room(self) -> bool:
        if self._when_full == "wait":
            self._changed.wait_for(lambda: self._left() < self._most or self._closing is not None)
            return True
        self._count(dropped=1)
        log.warning("The queue holds %s rows: one more was dropped.", self._most)
        return False

    def _left(self) -> int:
        return self._in_hand + sum(len(rows) for rows in self._waiting.values())

    def _count(self, **more: int) -> None:
        now = {name: getattr(self._tally, name) + number for name, number in more.items()}
        self._tally = replace(self._tally, **now)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._is_due, self._until_due())
                taken = self._take()
                if taken is None and self._closing is not None:
                    return
            if taken is not None:
                self._deliver(*taken)

    def _is_due(self) -> bool:
        full = any(len(rows) >= self._rows for rows in self._waiting.values())
        return full or self._closing is not None or (self._flushing and self._left() > 0)

    def _is_late(self) -> bool:
        """Whether closing leaves no more time."""
        return self._closing is not None and time.monotonic() >= self._closing

    def _until_due(self) -> float | None:
        if self._since is None:
            return None
        return max(0.0, self._since + self._seconds - time.monotonic())

    def _take(self) -> tuple[str, list[Row]] | None:
        """Take rows of one kind where it is time for it; the lock is held."""
        waited = self._until_due()
        if self._is_late() or not self._is_due() and (waited is None or waited > 0):
            return None
        for kind, waiting in self._waiting.items():
            if waiting:
                rows = [waiting.popleft() for _ in range(min(self._rows, len(waiting)))]
                self._in_hand += len(rows)
                return kind, rows
        self._flushing, self._since = False, None
        return None

    def _deliver(self, kind: str, rows: list[Row]) -> None:
        try:
            self._send(kind, rows)
        except Exception:
            # The thread must live: what follows is to be sent all the same.
            log.exception("Sending %s rows failed.", len(rows))
            self._reject(kind, rows, "It could not be sent; the log of the client says more.")
        finally:
            with self._changed:
                self._in_hand -= len(rows)
                self._changed.notify_all()

    def _send(self, kind: str, rows: list[Row]) -> None:
        path, name = DOORS[kind]
        answer = self._until_answered(path, _encoded(rows, name))
        if answer is None:
            with self._changed:
                self._waiting[kind].extendleft(reversed(rows))
        elif answer.status_code == TOO_LARGE and len(rows) > 1:
            middle = len(rows) // 2
            self._send(kind, rows[:middle])
            self._send(kind, rows[middle:])
        elif answer.is_success:
            self._note(kind, rows, answer)
        else:
            self._reject(kind, rows, _reason(answer))

    def _until_answered(self, path: str, body: bytes) -> httpx.Response | None:
        """Return the server's last word; None where closing leaves no time for one."""
        wait = FIRST_WAIT
        while True:
            asked: float | None = None
            try:
                answer = self._http.post(path, content=body)
                if answer.status_code not in PASSING:
                    return answer
                asked = _asked_wait(answer)
                log.warning("%s answered %s; trying again.", path, answer.status_code)
            except httpx.TransportError as error:
                log.warning("%s cannot be reached (%s); trying again.", path, error)
            # Spread, so that many clients do not come back at once; it is no secret.
            spread = wait * random.uniform(0.5, 1)  # noqa: S311
            if not self._rest(spread if asked is None else asked):
                return None
            wait = min(wait * 2, LONGEST_WAIT)

    def _rest(self, seconds: float) -> bool:
        """Wait before trying again; False where closing will not wait so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing is not None, seconds)
            if self._closing is None:
                return True
            left = self._closing - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(left, seconds))
        return True

    def _note(self, kind: str, rows: list[Row], answer: httpx.Response) -> None:
        told = _document(answer)
        refused = {one["row"]: one for one in told.get("rejected", ())}
        for number, one in refused.items():
            reason = f"{one['field']}: {one['reason']}" if one["field"] else one["reason"]
            self._tell(kind, [rows[number - 1]], reason)
        more = max(0, int(told.get("rejected_count", 0)) - len(refused))
        if more:
            self._tell(kind, [], f"{more} more rows of this request were refused.")
        with self._changed:
            self._count(sent=len(rows) - len(refused) - more, rejected=len(refused) + more)

    def _reject(self, kind: str, rows: list[Row], reason: str) -> None:
        self._tell(kind, rows, reason)
        with self._changed:
            self._count(rejected=len(rows))

    def _tell(self, kind: str, rows: Sequence[Row], reason: str) -> None:
        try:
            self._on_rejected(Rejected(kind, rows, reason))
        except Exception:
            log.exception("The function on_rejected failed.")


def log_rejected(rejected: Rejected) -> None:
    """Log what the server did not take; used where the caller gives no function."""
    log.error("%s of %s refused: %s", len(rejected.rows), rejected.kind, rejected.reason)


def _encoded(rows: Sequence[Row], name: str = "") -> bytes:
    return json.dumps({name: rows}, allow_nan=False, separators=(",", ":")).encode()


def _asked_wait(answer: httpx.Response) -> float | None:
    """Return the seconds that Retry-After asks for; a date is left to our own waiting."""
    given = answer.headers.get("Retry-After", "")
    return min(float(given), 3600.0) if given.isdecimal() else None


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _reason(answer: httpx.Response) -> str:
    said = _document(answer)
    return str(said.get("detail") or said.get("title") or f"The answer was {answer.status_code}.")


def _after_fork() -> None:
    for sender in list(_senders):
        sender._begin()


_senders: weakref.WeakSet[Sender] = weakref.WeakSet()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
