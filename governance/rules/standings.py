"""Standings: where a series stands, and what is carried from one reading to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from governance.rules.bands import Band, Rule


class Standing(StrEnum):
    """Where a series stands under a threshold."""

    OK = "OK"
    PENDING = "PENDING"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"
    RECOVERING = "RECOVERING"
    NO_DATA = "NO_DATA"
    ERROR = "ERROR"


FIRED = frozenset({Standing.WARNING, Standing.CRITICAL})
BREACHED = frozenset({Standing.WARNING, Standing.CRITICAL, Standing.RECOVERING})
UNKNOWN = frozenset({Standing.NO_DATA, Standing.ERROR})
BREACHES = frozenset({Band.WARNING, Band.CRITICAL, Band.INSTANT})

Counted = tuple[float, int]
"""A valid reading that still counts towards firing: its window_end and its level (0 to 3)."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What evaluation remembers of a series between two readings. Instants are epoch seconds.

    `held` is the standing under NO_DATA and ERROR (the last breach is kept). `counted` begins with
    the oldest breach that can still fire and is empty while all is quiet. `warned_from` and
    `critical_from` are the window_ends at which the present runs of breaches began. `recovered`
    counts the windows of the present recovery, begun at `recovered_from`. `changes` are the last
    entries and exits. `seen` and `valid` are the window_ends of the newest reading and the newest
    valid one; they may lag for a caller that skips quiet readings.
    """

    standing: Standing = Standing.NO_DATA
    since: float | None = None
    held: Standing | None = None
    counted: tuple[Counted, ...] = ()
    warned_from: float | None = None
    critical_from: float | None = None
    recovered: int = 0
    recovered_from: float | None = None
    first: float | None = None
    seen: float | None = None
    valid: float | None = None
    changes: tuple[float, ...] = ()
    flapping: bool = False

    @property
    def underlying(self) -> Standing:
        """The standing, or under NO_DATA and ERROR the one that is held; never-seen is OK."""
        if self.standing in UNKNOWN:
            return self.held or Standing.OK
        return self.standing

    def to_plain(self) -> dict[str, Any]:
        """Return plain types for JSON, without what is empty."""
        plain = {name: getattr(self, name) for name in CARRIED_FIELDS}
        plain["standing"] = self.standing.value
        plain["held"] = None if self.held is None else self.held.value
        plain["counted"] = [list(item) for item in self.counted]
        plain["changes"] = list(self.changes)
        return {name: value for name, value in plain.items() if value not in (None, [], 0, False)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_plain` wrote; {} is a series of which nothing is known."""
        held = plain.get("held")
        return cls(
            **{name: value for name, value in plain.items() if name in CARRIED_FIELDS}
            | {
                "standing": Standing(plain.get("standing", Standing.NO_DATA)),
                "held": None if held is None else Standing(held),
                "counted": tuple((end, level) for end, level in plain.get("counted", ())),
                "changes": tuple(plain.get("changes", ())),
            }
        )


CARRIED_FIELDS = tuple(Carried.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one reading did: its band, and the standing before and after it.

    `is_different` says that the interval excludes "no difference" (severity moderate at least,
    always to the committee; EVA-19).
    """

    band: Band
    before: Standing
    after: Standing
    window_end: datetime
    is_different: bool = False
    flapping: bool = False

    @property
    def changed(self) -> bool:
        """Whether the standing changed."""
        return self.before is not self.after

    @property
    def is_incident_due(self) -> bool:
        """Whether an incident is due if none is open: fired, and still in breach (EVA-20)."""
        return self.after in FIRED and self.band in BREACHES


def is_quiet(
    rule: Rule, carried: Carried, value: float | None, n: int | None, quality: str = "good"
) -> bool:
    """Whether a reading surely leaves an OK series as it is, so that no step is needed.

    A quiet reading changes nothing in `carried` but `seen` and `valid`; the caller that skips it
    keeps the newest window_end itself.
    """
    return (
        is_within(rule, value, n, quality)
        and carried.standing is Standing.OK
        and not carried.counted
        and not carried.flapping
    )


def is_within(rule: Rule, value: float | None, n: int | None, quality: str = "good") -> bool:
    """Whether a reading is surely valid and breaches nothing. False where it takes a closer look.

    For the hot path: with `is_settled` of the stored state it says the same as `is_quiet`.
    """
    return (
        value is not None
        and rule.quiet_above < value < rule.quiet_below
        and quality == "good"
        and rule.judged_by == "value"
        and (not rule.least_n or (n is not None and n >= rule.least_n))
    )


def is_settled(plain: Mapping[str, Any]) -> bool:
    """Whether a stored state (`Carried.to_plain`) is OK with nothing counted and no flapping."""
    return plain.get("standing") == "OK" and "counted" not in plain and "flapping" not in plain


def epoch(instant: datetime) -> float:
    """Return an aware instant as seconds since 1970 in UTC."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return instant.timestamp()


def instant_of(seconds: float) -> datetime:
    """Return epoch seconds as an instant in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def unheard(carried: Carried, standing: Standing, at: float) -> Carried:
    """Lay NO_DATA or ERROR over a standing: it is held, and a recovery begins anew."""
    if carried.standing is standing:
        return carried
    held = carried.underlying
    if carried.first is None:
        kept = None
    else:
        kept = Standing.WARNING if held is Standing.RECOVERING else held
    return replace(
        carried, standing=standing, since=at, held=kept, recovered=0, recovered_from=None
    )
