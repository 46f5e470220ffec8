"""Alerts of Alertmanager: reading its webhook, what its labels mean to us, what it comes to.

The webhook's format, version 4:
https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import isfinite
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from governance.rules.severity import Severity
from ledger.rules.worded import as_written, joined, worded
from telemetry.rules.parsing import field_and_reason
from telemetry.rules.rows import Instant, MeasurementRow, segment_fault, window_seconds

Name = Annotated[str, Meta(max_length=200)]
Words = Annotated[str, Meta(max_length=4000)]
Labels = Annotated[dict[Name, Words], Meta(max_length=64)]

SYSTEM, KPI, WINDOW = "countersign_system", "countersign_kpi", "countersign_window"
SEGMENT, VALUE = "countersign_segment", "countersign_value"
PLAIN_SYSTEM = "system"
ENVIRONMENTS = ("environment", "env")
DEFAULT_WINDOW = "5m"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_ALERTS = 1000

# By the label `severity`; every other word says that nobody needs to answer for it.
WORST = frozenset({"critical", "page", "emergency", "error"})
MILD = frozenset({"warning", "warn"})
BY_TIER: Mapping[str, Mapping[str, Severity]] = {
    "worst": {"low": Severity.MINOR, "medium": Severity.MODERATE, "high": Severity.MAJOR},
    "mild": {"low": Severity.MINOR, "medium": Severity.MINOR, "high": Severity.MODERATE},
}


class Alert(msgspec.Struct, rename="camel", gc=False):
    """One alert of a delivery."""

    status: Literal["firing", "resolved"]
    labels: Labels
    starts_at: Instant
    fingerprint: Annotated[str, Meta(min_length=1, max_length=64)]
    annotations: Labels = {}
    ends_at: Instant | None = None
    generator_url: Annotated[
        str,
        Meta(
            max_length=4000,
        ),
    ] = msgspec.field(name="generatorURL", default="")

    @property
    def name(self) -> str:
        """What the rule is called."""
        return self.labels.get("alertname", "") or "an alert without a name"

    @property
    def system(self) -> str:
        """The short name of the system that it is about, '' where no label says."""
        return self.labels.get(SYSTEM) or self.labels.get(PLAIN_SYSTEM, "")

    @property
    def environment(self) -> str:
        """Where it was seen."""
        return next(
            (self.labels[one] for one in ENVIRONMENTS if self.labels.get(one)), "production"
        )

    @property
    def severity(self) -> str:
        """The word of its label."""
        return self.labels.get("severity", "").strip().lower()

    @property
    def summary(self) -> str:
        """What it says to people."""
        return self.annotations.get("summary") or self.annotations.get("description", "")

    @property
    def over_at(self) -> datetime | None:
        """When it ended; Alertmanager writes the year 1 for: not yet."""
        if self.status == "firing" or self.ends_at is None or self.ends_at.year < 2000:
            return None
        return self.ends_at


class Payload(msgspec.Struct, rename="camel", gc=False):
    """A delivery of Alertmanager's webhook; what is not named here is ignored."""

    version: str
    alerts: Annotated[list[Alert], Meta(max_length=MOST_ALERTS)]
    truncated_alerts: int = 0


@dataclass(frozen=True, slots=True)
class Unfit:
    """An alert that is not taken: (field, reason)."""

    field: str
    reason: str


def fault_of(alert: Alert) -> Unfit | None:
    """Return why an alert cannot be kept, None where it can."""
    if not alert.system:
        words = worded(
            "No label {label} or {other} says which system it is about.",
            label=SYSTEM,
            other=PLAIN_SYSTEM,
        )
        return Unfit("labels", words)
    if not 1 <= len(alert.environment) <= 30:
        return Unfit("labels", "The name of the environment has 30 characters at most.")
    if alert.starts_at.year < 2000:
        return Unfit("startsAt", "An instant before the year 2000 is surely a mistake.")
    if any("\x00" in text for text in _texts(alert)):
        return Unfit("labels", "The character NUL is not allowed.")
    return None


def _texts(alert: Alert) -> list[str]:
    pairs = [*alert.labels.items(), *alert.annotations.items()]
    return [alert.fingerprint, *(text for pair in pairs for text in pair)]


def is_reading(alert: Alert) -> bool:
    """Whether an alert carries a reading of a KPI, judged by our thresholds instead of its own."""
    return KPI in alert.labels and VALUE in alert.annotations


def reading_of(alert: Alert, received_at: datetime) -> MeasurementRow | Unfit:
    """Return the reading that a firing alert carries, of the last window that has ended.

    Said again within a window it is the same reading. A value that is no number is a fault.
    """
    value, window = _number(alert.annotations[VALUE]), alert.labels.get(WINDOW, DEFAULT_WINDOW)
    seconds, segment = window_seconds(window), alert.labels.get(SEGMENT, "")
    if value is None:
        return Unfit("annotations", worded("{name} is no number.", name=VALUE))
    if seconds is None:
        words = worded("{name} is a number and s, m, h or d, such as 5m.", name=WINDOW)
        return Unfit("labels", words)
    fault = segment_fault(segment)
    if fault:
        return Unfit("labels", joined(": ", [as_written(SEGMENT), fault]))
    given = {
        "system": alert.system,
        "kpi": alert.labels[KPI],
        "window": window,
        "window_end": received_at - (received_at - EPOCH) % timedelta(seconds=seconds),
        "value": value,
        "environment": alert.environment,
        "segment": segment,
    }
    try:
        return msgspec.convert(given, MeasurementRow)
    except msgspec.ValidationError as error:
        return Unfit("labels", ": ".join(field_and_reason(str(error))))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def severity_of(word: str, risk_tier: str) -> Severity | None:
    """Return the severity that an alert proposes by its label and the system's tier, None for none.

    A proposal of ours, with no source but experience: whoever validates sets the one that counts.
    """
    kind = "worst" if word in WORST else "mild" if word in MILD else ""
    return BY_TIER[kind].get(risk_tier, Severity.MODERATE) if kind else None


def cause_key(system_id: object, name: str, environment: str) -> str:
    """Return the key of a cause: a rule of a system in an environment, on however many hosts."""
    return sha256(f"alert\x1f{system_id}\x1f{environment}\x1f{name}".encode()).hexdigest()
