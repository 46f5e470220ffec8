"""What a decision fixes about a proof, read from plain data; and what counts as carried out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from incidents.rules.verification import Limits, Terms
from ledger.rules.worded import word, worded

CONTACTED_PERCENT, SETTLED_PERCENT = 95, 90
SWITCHES = ("rollback", "pin", "retrain")
"""Actions that make another version run."""
WITHOUT_SERIES = frozenset({"version"})
"""Judges of decisions, not of readings."""
WITHOUT_LIMITS = frozenset({"trend", "budget", "pair", "arrival"})
"""Judges that know their own limits."""
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
    `judge` names what judges it instead: 'fairness' by the intervals of the readings, which must
    keep within `outer_above` and `outer_below` (the limits themselves where absent), anything else
    by what the floor above registered (incidents.proof_judges).
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
    judge: str = ""
    outer_above: float | None = None
    outer_below: float | None = None


def read_rule(data: Mapping[str, Any]) -> ProofRule:
    """Read a rule as adopted; what it does not know is ignored. Raises BadProof."""
    try:
        return msgspec.convert(dict(data), ProofRule)
    except msgspec.ValidationError as error:
        raise BadProof(str(error)) from error


def check_rule(proof: str, rule: ProofRule) -> None:
    """Refuse a rule that could never be judged. Raises BadProof."""
    if proof != "measured" or rule.judge in WITHOUT_SERIES:
        return
    if rule.series_id is None:
        raise BadProof(word("a measured proof names the series that is measured"))
    if rule.judge in WITHOUT_LIMITS:
        return
    limits = limits_of(rule)
    if limits.above is None and limits.below is None:
        raise BadProof(word("a measured proof says where a reading must lie"))
    if rule.windows < 1 or rule.fail_windows < 1:
        raise BadProof(
            word("a measured proof takes at least one reading, and fails at one at least")
        )


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


def outer_limits_of(rule: ProofRule) -> Limits:
    """Return where the whole interval of a reading must lie."""
    limits = limits_of(rule)
    above = limits.above if rule.outer_above is None else rule.outer_above
    below = limits.below if rule.outer_below is None else rule.outer_below
    return Limits(above, below)


def differs(
    action_type: str,
    *,
    target: str,
    digest: str,
    observed: Mapping[str, Any],
    parameters: Mapping[str, Any] | None = None,
) -> str | None:
    """Return how what was observed differs from what was ordered, None if it is carried out.

    rollback, pin, retrain: {'version': label, 'digest': optional}; suspend, retire:
    {'serving': false}; resume: {'serving': true}; restrict: {'restricted': true}; adjust with
    `settings` among its parameters: {'settings': the same}; anything else: {'done': true}, or the
    counts of a programme.
    """
    if action_type in SWITCHES:
        return _other_version(target, digest, observed)
    if action_type in SEEN:
        name, wanted, words = SEEN[action_type]
        return None if observed.get(name) is wanted else words
    settings = (parameters or {}).get("settings")
    if action_type == "adjust" and settings:
        return _other_settings(settings, observed.get("settings"))
    if "population" in observed:
        return unfinished_programme(observed)
    return None if observed.get("done") is True else word("it is not done")


SEEN: Mapping[str, tuple[str, bool, str]] = {
    "suspend": ("serving", False, "it still serves"),
    "retire": ("serving", False, "it still serves"),
    "resume": ("serving", True, "it does not serve"),
    "restrict": ("restricted", True, "it is not restricted"),
}
"""What one looks at, what it must say, and the words if it does not."""


def unfinished_programme(
    counts: Mapping[str, Any],
    *,
    contacted_percent: int = CONTACTED_PERCENT,
    settled_percent: int = SETTLED_PERCENT,
) -> str | None:
    """Return what a remediation programme still lacks, None once it is done.

    Done at 95 % contacted and 90 % settled, the rest with reasons (workflow section 7).
    Counts: population, contacted, settled (whole numbers), rest (text, where any is left).
    """
    numbers = [counts.get(name) for name in ("population", "contacted", "settled")]
    if not all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in numbers):
        return word("population, contacted and settled are whole numbers")
    population, contacted, settled = (int(one or 0) for one in numbers)
    if not settled <= contacted <= population:
        return word("the counts do not reconcile: settled, contacted, population must rise")
    if 100 * contacted < contacted_percent * population:
        return worded(
            "{contacted} of {population} are contacted; {contacted_percent} % are needed",
            contacted=contacted,
            population=population,
            contacted_percent=contacted_percent,
        )
    if 100 * settled < settled_percent * population:
        return worded(
            "{settled} of {population} are settled; {settled_percent} % are needed",
            settled=settled,
            population=population,
            settled_percent=settled_percent,
        )
    if settled < population and not counts.get("rest"):
        return worded(
            "{population} are not settled, and no reason is given for them",
            population=population - settled,
        )
    return None


def _other_settings(wanted: Any, seen: Any) -> str | None:
    if seen == wanted:
        return None
    if not isinstance(seen, Mapping) or not isinstance(wanted, Mapping):
        return word("its settings were not seen")
    wrong = sorted(str(name) for name, value in wanted.items() if seen.get(name) != value)
    return worded("other settings are in force: {wrong}", wrong=", ".join(wrong)) if wrong else None


def _other_version(target: str, digest: str, observed: Mapping[str, Any]) -> str | None:
    seen = observed.get("version")
    if seen != target:
        return worded("version {seen} runs, not {target}", seen=seen or "unknown", target=target)
    if digest and observed.get("digest", digest) != digest:
        return worded("version {seen} runs with another digest than the one approved", seen=seen)
    return None
