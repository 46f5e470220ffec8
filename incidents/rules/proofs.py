"""What a decision fixes about a proof, read from plain data; and what counts as carried out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Literal

import msgspec

from incidents.rules.verification import Limits, Terms

CONTACTED_SHARE = Fraction(95, 100)
SETTLED_SHARE = Fraction(90, 100)
LOW_LIMITS = ("recover_warning", "warning", "critical")
LONG_AGO = datetime(1971, 1, 1, tzinfo=UTC)


class BadProof(ValueError):
    """A proof that cannot be judged; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class ProofRule:
    """How the effect of an action is proved; seconds throughout.

    measured: readings of `series_id` lie strictly between `above` and `below` in `windows` valid
    windows; it fails at `fail_windows` outside, or at an instant limit. Instead of the two, a
    threshold's form serves: `direction` (where the breach lies), `recover`, `instant_critical`, and
    for 'outside' the limits of the `low_side`. `counts_from` 'window' counts readings whose window
    began after the start, 'received' those that arrived after it.
    proven_stopped: no decision event for `stopped_seconds` while heartbeats come at least every
    `heartbeat_gap_seconds`.
    """

    proof: str = ""
    series_id: int | None = None
    kpi: str = ""
    direction: str = ""
    recover: float | None = None
    instant_critical: float | None = None
    low_side: Mapping[str, Any] | None = None
    above: float | None = None
    below: float | None = None
    instant_low: float | None = None
    instant_high: float | None = None
    windows: int = 3
    fail_windows: int = 1
    least_n: int = 0
    least_seconds: int = 0
    settle_seconds: int = 0
    window_seconds: int = 0
    cadence_seconds: int = 0
    lasts_seconds: int = 0
    counts_from: Literal["window", "received"] = "window"
    document_seconds: int = 0
    stopped_seconds: int = 0
    heartbeat_gap_seconds: int = 300


def read_rule(data: Mapping[str, Any]) -> ProofRule:
    """Read a rule as adopted; what it does not know is ignored. Raises BadProof."""
    try:
        return msgspec.convert(dict(data), ProofRule)
    except msgspec.ValidationError as error:
        raise BadProof(str(error)) from error


def check_rule(proof: str, rule: ProofRule) -> None:
    """Refuse a rule that could never be judged. Raises BadProof."""
    if proof != "measured":
        return
    if rule.series_id is None:
        raise BadProof("a measured proof names the series that is measured")
    limits = limits_of(rule)
    if limits.above is None and limits.below is None:
        raise BadProof("a measured proof says where a reading must lie")
    if rule.windows < 1 or rule.fail_windows < 1:
        raise BadProof("a measured proof takes at least one reading, and fails at one at least")


def length_of(proof: str, rule: ProofRule) -> timedelta:
    """Return how long a proof runs from its start.

    A measured one without a stated length gets room for twice the readings that it needs.
    """
    if proof == "proven_stopped":
        return timedelta(seconds=rule.stopped_seconds)
    if proof in ("document", "programme"):
        return timedelta(seconds=rule.document_seconds)
    if rule.lasts_seconds:
        return timedelta(seconds=rule.lasts_seconds)
    each = max(rule.cadence_seconds, rule.window_seconds, 60)
    readings = 2 * rule.windows + rule.fail_windows
    return timedelta(seconds=max(rule.window_seconds + readings * each, rule.least_seconds))


def terms_of(rule: ProofRule, *, starts_at: datetime, ends_at: datetime) -> Terms:
    """Return the terms by which readings are judged.

    Where readings count by their arrival, those that arrived earlier are left out by the caller,
    and a window of the past may count.
    """
    by_window = rule.counts_from == "window"
    return Terms(
        starts_at=starts_at if by_window else LONG_AGO,
        ends_at=ends_at,
        limits=limits_of(rule),
        needed=rule.windows,
        fails_at=rule.fail_windows,
        least_n=rule.least_n,
        least_length=timedelta(seconds=rule.least_seconds if by_window else 0),
        window=timedelta(seconds=rule.window_seconds),
        cadence=timedelta(seconds=rule.cadence_seconds),
    )


def limits_of(rule: ProofRule) -> Limits:
    """Return where a reading must lie: as stated, else on the safe side of a threshold's form."""
    if not rule.direction:
        return Limits(rule.above, rule.below, rule.instant_low, rule.instant_high)
    if rule.direction == "below":
        return Limits(above=rule.recover, instant_low=rule.instant_critical)
    low = rule.low_side or {}
    above = next((low[name] for name in LOW_LIMITS if low.get(name) is not None), None)
    return Limits(
        above=above,
        below=rule.recover,
        instant_low=low.get("instant_critical"),
        instant_high=rule.instant_critical,
    )


def differs(
    action_type: str, *, target: str, digest: str, observed: Mapping[str, Any]
) -> str | None:
    """Return how what was observed differs from what was ordered, None if it is carried out.

    rollback, retrain: {'version': label, 'digest': optional}; suspend: {'serving': false};
    restrict: {'restricted': true}; anything else: {'done': true}, or counts of a programme.
    """
    if action_type in ("rollback", "retrain"):
        return _other_version(target, digest, observed)
    if action_type == "suspend":
        return None if observed.get("serving") is False else "it still serves"
    if action_type == "restrict":
        return None if observed.get("restricted") is True else "it is not restricted"
    if "population" in observed:
        return unfinished_programme(observed)
    return None if observed.get("done") is True else "it is not done"


def unfinished_programme(counts: Mapping[str, Any]) -> str | None:
    """Return what a remediation programme still lacks, None once it is done.

    Done at 95 % contacted and 90 % settled, the rest with reasons (workflow section 7).
    Counts: population, contacted, settled (whole numbers), rest (text, where any is left).
    """
    numbers = [counts.get(name) for name in ("population", "contacted", "settled")]
    if not all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in numbers):
        return "population, contacted and settled are whole numbers"
    population, contacted, settled = (int(one or 0) for one in numbers)
    if not settled <= contacted <= population:
        return "the counts do not reconcile: settled, contacted, population must rise"
    if contacted < CONTACTED_SHARE * population:
        return f"{contacted} of {population} are contacted; 95 % are needed"
    if settled < SETTLED_SHARE * population:
        return f"{settled} of {population} are settled; 90 % are needed"
    if settled < population and not counts.get("rest"):
        return f"{population - settled} are not settled, and no reason is given for them"
    return None


def _other_version(target: str, digest: str, observed: Mapping[str, Any]) -> str | None:
    seen = observed.get("version")
    if seen != target:
        return f"version {seen or 'unknown'} runs, not {target}"
    if digest and observed.get("digest", digest) != digest:
        return f"version {seen} runs with another digest than the one approved"
    return None
