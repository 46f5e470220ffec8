"""One decision while it is made: what is said of it, and how long it took."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from countersign_client.rows import Row, digest, said

_current: ContextVar["Decision | None"] = ContextVar("countersign_decision", default=None)


def current() -> "Decision | None":
    """Return the decision that is being recorded here, None outside of one."""
    return _current.get()


@dataclass
class Decision:
    """A decision, answer or action. Set what is known of it; None is what nobody said.

    `more` takes any other field of a decision event by the name that the API gives it.
    """

    keep: Callable[[Row], None]
    event_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    answer: str | None = None
    topic: str | None = None
    segment: Mapping[str, str] | None = None
    confidence: float | None = None
    inputs: Any = None
    outcome: str | None = None
    cost: float | None = None
    tool_calls: list[Row] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    _at: datetime | None = None
    _began: float = 0.0
    _token: "Token[Decision | None] | None" = None

    def tool(self, name: str, outcome: str, **more: Any) -> None:
        """Note that a tool was called, and what came of it: 'success', 'timeout', …"""
        self.tool_calls.append(said({"tool": name, "outcome": outcome, **more}))

    def __enter__(self) -> "Decision":
        self._at, self._began = datetime.now(UTC), time.perf_counter()
        self._token = _current.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._token is not None:
            _current.reset(self._token)
        if error is not None:
            self.outcome = self.outcome or "failure"
        self.keep(self._row((time.perf_counter() - self._began) * 1000))

    def _row(self, milliseconds: float) -> Row:
        calls: Sequence[Row] | None = self.tool_calls or None
        known = {
            "event_id": self.event_id,
            "at": self._at,
            "answer": self.answer,
            "topic": self.topic,
            "segment": self.segment,
            "confidence": self.confidence,
            "outcome": self.outcome,
            "cost": self.cost,
            "latency_ms": round(milliseconds, 3),
            "tool_calls": calls,
            "input_sha256": None if self.inputs is None else digest(self.inputs),
        }
        return said({**known, **self.more})
