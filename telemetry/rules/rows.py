"""What a sender may deliver: a row of a measurement, a decision event; why a row is not taken.

Decoding is typed, so that most of the checking costs nothing. Text lengths are those of the tables.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from ledger.rules.worded import worded
from telemetry.rules.computations import SMALLEST_GROUP
from telemetry.rules.fairness_kpis import GAPS

R = TypeVar("R")

Slug = Annotated[str, Meta(min_length=1, max_length=80)]
KpiId = Annotated[str, Meta(min_length=1, max_length=60)]
Environment = Annotated[str, Meta(min_length=1, max_length=30)]
Short = Annotated[str, Meta(max_length=60)]
Text = Annotated[str, Meta(max_length=4000)]
Instant = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Title = Annotated[str, Meta(max_length=120)]
Key = Annotated[str, Meta(min_length=1, max_length=80)]
Source = Annotated[str, Meta(max_length=400)]
Digest = Annotated[str, Meta(pattern=r"^(sha256:)?[0-9a-fA-F]{64}\Z")]
Number = Annotated[float, Meta(ge=-1e15, le=1e15)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Feedback = Literal["", "up", "down", "clicked", "escalated", "skipped"]
Outcome = Literal["", "success", "partial", "failure"]
OnError = Literal["keep_good", "refuse_all"]

TOO_FEW = worded(
    "A gap between groups of which one has fewer than {least} cases is not taken: it would tell of "
    "persons. Leave such a group out.",
    least=SMALLEST_GROUP,
)
LARGEST_SPAN = 366 * 86400
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
NUL = "The character NUL is not allowed."
WINDOW = re.compile(r"([1-9]\d{0,8})([smhd])", re.ASCII)
SEGMENT = re.compile(r"[^=\x00-\x1f]{1,59}=[^\x00-\x1f]{1,60}")


class MeasurementRow(msgspec.Struct, forbid_unknown_fields=True, gc=False, omit_defaults=True):
    """A value of a KPI for the window that ends at `window_end`; a null value is a bad reading."""

    system: Slug
    kpi: KpiId
    window: Annotated[str, Meta(max_length=10)]
    window_end: Instant
    value: float | None
    environment: Environment = "production"
    segment: Annotated[str, Meta(max_length=120)] = ""
    n: Count | None = None
    low: float | None = None
    high: float | None = None
    revision: Count = 0
    quality: Literal["good", "bad"] = "good"


class ToolCall(msgspec.Struct, forbid_unknown_fields=True, gc=False, omit_defaults=True):
    """A call of a tool and what came of it.

    An outcome of 'success' or 'ok' succeeded. `error` is a kind: timeout, auth, schema, other.
    `asked` says what the tool was asked for, as the declared scope names it.
    """

    tool: Short
    outcome: Short
    amount: float | None = None
    duration_ms: Annotated[float, Meta(ge=0, le=1e12)] | None = None
    error: Short = ""
    retried: bool = False
    asked: Short = ""


class Approval(msgspec.Struct, forbid_unknown_fields=True, gc=False, omit_defaults=True):
    """An approval that was asked for: of what, granted or not (null: unanswered), by which role.

    `by` is a role, never a name.
    """

    what: Short = ""
    granted: bool | None = None
    by: Short = ""
    seconds: Seconds | None = None


class DecisionRow(msgspec.Struct, forbid_unknown_fields=True, gc=False, omit_defaults=True):
    """One decision, answer or action of a system.

    What follows `simulated` came later: null says that the sender did not tell.
    """

    system: Slug
    event_id: Annotated[str, Meta(min_length=1, max_length=80)]
    at: Instant
    version: Annotated[str, Meta(min_length=1, max_length=60)]
    environment: Environment = "production"
    segment: Annotated[dict[Short, Short], Meta(max_length=20)] = {}
    answer: Text | None = None
    truth: Text | None = None
    confidence: float | None = None
    overridden: bool | None = None
    latency_ms: Annotated[float, Meta(ge=0)] | None = None
    cost: float | None = None
    topic: Annotated[str, Meta(max_length=200)] = ""
    outcome: Outcome = ""
    tool_calls: Annotated[list[ToolCall], Meta(max_length=100)] = []
    blocked: bool = False
    boundary_violation: bool = False
    spend: float | None = None
    feedback: Feedback | None = None
    escalated: bool = False
    grounded: bool | None = None
    simulated: bool = False
    question: Text | None = None
    input_sha256: Digest | None = None
    sources: Annotated[list[Source], Meta(max_length=100)] | None = None
    model: Title | None = None
    fingerprint: Title | None = None
    prompt_sha256: Digest | None = None
    tools_sha256: Digest | None = None
    guardrails_sha256: Digest | None = None
    index_sha256: Digest | None = None
    digest: Annotated[str, Meta(max_length=80)] | None = None
    policy_version: Short | None = None
    score: Number | None = None
    scores: Annotated[dict[Short, Number], Meta(max_length=100)] | None = None
    predicted: Number | None = None
    predicted_low: Number | None = None
    predicted_high: Number | None = None
    actual: Number | None = None
    ranking: Annotated[list[Key], Meta(max_length=1000)] | None = None
    relevant: Annotated[list[Key], Meta(max_length=1000)] | None = None
    corrected_seconds: Seconds | None = None
    approve_seconds: Seconds | None = None
    complete_seconds: Seconds | None = None
    skipped: bool | None = None
    approvals: Annotated[list[Approval], Meta(max_length=100)] | None = None
    near_miss: bool | None = None
    tokens_in: Count | None = None
    tokens_out: Count | None = None
    conversation: Title | None = None
    canary: Key | None = None
    hallucinated: bool | None = None
    toxic: bool | None = None
    refused: bool | None = None
    format_ok: bool | None = None


# The fields of the first format, in the order of the row and of the table; then the later ones.
FIRST = DecisionRow.__struct_fields__[:22]
FURTHER = DecisionRow.__struct_fields__[22:]
NOTHING_FURTHER = (None,) * len(FURTHER)
TEXTS = ("event_id", "version", "environment", "topic", "answer", "truth")
DIGESTS = frozenset(name for name in FURTHER if name.endswith("_sha256"))


class LabelRow(msgspec.Struct, forbid_unknown_fields=True, gc=False, omit_defaults=True):
    """What was found out about an event later.

    `at` is the instant of the event; without it the event is looked for by its id, which takes
    longer and finds only what is stored already. `reviewer` is a code, never a name. `LABELS` says
    which kind takes which value.
    """

    system: Slug
    event_id: Key
    kind: Short
    value: str | bool | float | list[str]
    labelled_at: Instant
    at: Instant | None = None
    reviewer: Short = ""


LABELS: dict[str, Any] = {
    "truth": Text,
    "actual": Number,
    "relevant": Annotated[list[Key], Meta(max_length=1000)],
    "outcome": Literal["success", "partial", "failure"],
    "feedback": Literal["up", "down", "clicked", "escalated", "skipped"],
    "overridden": bool,
    "corrected_seconds": Seconds,
    "grounded": bool,
    "hallucinated": bool,
    "factual": bool,
    "toxic": bool,
    "refused": bool,
    "reopened": bool,
    "near_miss": bool,
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that is not taken: its number (the first is 1), the field, the reason in words."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery(Generic[R]):
    """A parsed body: the rows that could be read with their numbers, and those that could not."""

    rows: Sequence[R]
    numbers: Sequence[int]
    rejected: Sequence[Rejection] = ()
    source: str = ""
    on_error: OnError = "keep_good"


@lru_cache(maxsize=512)
def window_seconds(text: str) -> int | None:
    """Return the seconds of a window such as '5m' or '7d', None for anything else."""
    found = WINDOW.fullmatch(text)
    if found is None:
        return None
    seconds = int(found[1]) * SECONDS[found[2]]
    return seconds if seconds <= LARGEST_SPAN else None


def segment_fault(segment: str) -> str | None:
    """Return why a segment cannot be one, None for '' and for 'attribute=value'."""
    if not segment or SEGMENT.fullmatch(segment):
        return None
    return "A segment is empty or of the form attribute=value."


def measurement_fault(row: MeasurementRow) -> tuple[str, str] | None:
    """Return (field, reason) of what typed decoding could not see, None for a sound row."""
    if row.window_end < EARLIEST:
        return "window_end", "A window before the year 2000 is surely a mistake."
    if row.low is not None and row.high is not None and row.low > row.high:
        return "low", "The lower bound is above the upper bound."
    if row.kpi in GAPS and row.n is not None and row.n < SMALLEST_GROUP:
        return "n", TOO_FEW
    return None


def decision_fault(row: DecisionRow) -> tuple[str, str] | None:
    """Return (field, reason) of what typed decoding could not see, None for a sound row.

    Of what stands in FURTHER, see `further_fault`.
    """
    if row.at < EARLIEST:
        return "at", "An instant before the year 2000 is surely a mistake."
    # One look at all texts together; only where one is bad, which.
    texts = (
        row.event_id,
        row.version,
        row.environment,
        row.topic,
        row.answer or "",
        row.truth or "",
    )
    if "\x00" in "".join(texts):
        return next(name for name, text in zip(TEXTS, texts, strict=True) if "\x00" in text), NUL
    if row.segment and "\x00" in "".join((*row.segment, *row.segment.values())):
        return "segment", NUL
    if row.tool_calls and any(map(_call_holds_nul, row.tool_calls)):
        return "tool_calls", NUL
    return None


def _call_holds_nul(call: ToolCall) -> bool:
    return "\x00" in call.tool + call.outcome + call.error + call.asked


def further_fault(further: Sequence[Any]) -> tuple[str, str] | None:
    """Return (field, reason) of what is not sound in the values of FURTHER, None for sound ones."""
    for field, value in zip(FURTHER, further, strict=True):
        if value is not None and _holds_nul(value):
            return field, NUL
    low, high = further[PREDICTED_LOW], further[PREDICTED_HIGH]
    if low is not None and high is not None and low > high:
        return "predicted_low", "The lower bound is above the upper bound."
    return None


PREDICTED_LOW, PREDICTED_HIGH = FURTHER.index("predicted_low"), FURTHER.index("predicted_high")


def label_fault(row: LabelRow) -> tuple[str, str] | None:
    """Return (field, reason) of what typed decoding could not see, None for a sound label."""
    kind = LABELS.get(row.kind)
    if kind is None:
        return "kind", worded("A label is one of: {labels}.", labels=", ".join(LABELS))
    if row.labelled_at < EARLIEST or (row.at is not None and row.at < EARLIEST):
        return "at", "An instant before the year 2000 is surely a mistake."
    try:
        msgspec.convert(row.value, kind)
    except msgspec.ValidationError as error:
        return "value", worded(
            "This is no value of {label}: {error}.", label=row.kind, error=str(error)
        )
    if any(_holds_nul(text) for text in (row.event_id, row.reviewer, row.value)):
        return "value", NUL
    return None


def _holds_nul(value: Any) -> bool:
    """Say whether a text, or one in a list or mapping, holds the character that no table takes."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Approval):
        return "\x00" in value.what + value.by
    if isinstance(value, list | dict):
        return any(map(_holds_nul, value))
    return False
