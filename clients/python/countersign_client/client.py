"""The client: says what was measured and decided; sending happens in the background."""

import functools
import weakref
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import httpx

from countersign_client.deciding import Decision
from countersign_client.recording import Recording
from countersign_client.rows import Row, said
from countersign_client.sending import Rejected, Sender, Tally, WhenFull, log_rejected


class Client:
    """Sends for one system. `url` is that of the installation, `token` one of a service account.

    A request holds at most `rows` rows and leaves after `seconds`. With `most_waiting` rows in the
    queue the caller waits, or the row is dropped and counted (`when_full`). What the server
    refuses is handed to `on_rejected`.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        system: str,
        version: str = "",
        environment: str = "production",
        rows: int = 500,
        seconds: float = 5.0,
        timeout: float = 10.0,
        most_waiting: int = 50_000,
        when_full: WhenFull = "wait",
        on_rejected: Callable[[Rejected], None] = log_rejected,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.system = system
        self.version = version
        self.environment = environment
        self._http = httpx.Client(
            base_url=url.rstrip("/") + "/",
            headers={"Authorization": f"Token {token}", "Content-Type": "application/json"},
            timeout=timeout,
            transport=transport,
        )
        self._sender = Sender(
            self._http,
            rows=rows,
            seconds=seconds,
            most_waiting=most_waiting,
            when_full=when_full,
            on_rejected=on_rejected,
        )
        # Not a bound method: that would keep every client alive until the end.
        self._at_exit = weakref.finalize(self, _finish, self._sender, self._http)

    @property
    def tally(self) -> Tally:
        """How many rows were sent, rejected, dropped, and wait."""
        return self._sender.tally

    def measure(
        self,
        kpi: str,
        value: float | None,
        *,
        window: str,
        window_end: datetime,
        n: int | None = None,
        segment: str | None = None,
        low: float | None = None,
        high: float | None = None,
        revision: int | None = None,
    ) -> None:
        """Send the value of a KPI for the window that ends at `window_end`, such as '1d' or '5m'.

        None is a reading that failed: it is never taken for a good one.
        """
        row = said(
            {
                "system": self.system,
                "environment": self.environment,
                "kpi": kpi,
                "window": window,
                "window_end": window_end,
                "n": n,
                "segment": segment,
                "low": low,
                "high": high,
                "revision": revision,
            }
        )
        self._sender.put("measurements", {**row, "value": value})

    def deciding(self, **said_of_it: Any) -> Decision:
        """Return a decision to be made inside `with`; its time is taken, its end sends it."""
        names = {"answer", "topic", "segment", "confidence", "inputs", "outcome", "cost"}
        more = {name: value for name, value in said_of_it.items() if name not in names}
        known = {name: value for name, value in said_of_it.items() if name in names}
        if "event_id" in more:
            known["event_id"] = more.pop("event_id")
        return Decision(self._keep, more=more, **known)

    def records(
        self,
        *,
        answer: Callable[[Any], str | None] = str,
        inputs: Callable[..., Any] | None = None,
        **said_of_it: Any,
    ) -> Recording:
        """Decorate a function, plain or async, each call of which is a decision.

        `answer` makes the answer of what it returns, `inputs` what is digested of its arguments. An
        exception is a failure, and is raised. `current()` inside gives the decision, for tool calls
        and the like.
        """
        return Recording(functools.partial(self.deciding, **said_of_it), answer, inputs)

    def label(
        self,
        event_id: str,
        kind: str,
        value: str | bool | float | list[str],
        *,
        at: datetime | None = None,
        labelled_at: datetime | None = None,
        reviewer: str | None = None,
    ) -> None:
        """Say what turned out about a decision: its 'truth', 'grounded', 'outcome', …

        Labels may come days later; the windows of the decision are computed again. `at` is the
        instant of the decision, which finds it faster; `reviewer` is a code, never a name.
        """
        row = said(
            {
                "system": self.system,
                "event_id": event_id,
                "kind": kind,
                "value": value,
                "labelled_at": labelled_at or datetime.now(UTC),
                "at": at,
                "reviewer": reviewer,
            }
        )
        self._sender.put("labels", row)

    def heartbeat(self, refused_calls: int = 0) -> None:
        """Say at once that the gateway of the system is alive. Raises httpx.HTTPError."""
        body = {
            "system": self.system,
            "environment": self.environment,
            "refused_calls": refused_calls,
        }
        self._http.post("api/v1/heartbeats", json=body).raise_for_status()

    def flush(self, seconds: float = 30.0) -> bool:
        """Send what waits now; returns whether all was sent within so long."""
        return self._sender.flush(seconds)

    def close(self, seconds: float = 30.0) -> bool:
        """Send what waits and stop; returns whether nothing was left behind."""
        done = self._sender.close(seconds)
        self._at_exit.detach()
        self._http.close()
        return done

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _keep(self, row: Row) -> None:
        fixed: Mapping[str, Any] = {
            "system": self.system,
            "environment": self.environment,
            "version": self.version,
        }
        self._sender.put("decisions", {**fixed, **row})


def _finish(sender: Sender, http: httpx.Client) -> None:
    sender.close(5.0)
    http.close()
