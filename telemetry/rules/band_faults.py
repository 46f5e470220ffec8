"""What bands of the catalogue may not say: told in words, when they are loaded or drafted."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from ledger.rules.worded import worded
from telemetry.rules.bands_data import FIRES, LIMITS

PROFILES = ("small", "bank", "example")
MODES = ("absolute", "points", "share")
DIRECTIONS = ("above", "below", "outside")
RELATIVE_TO = ("baseline", "plan", "objective", "budget", "nominal")
TEXTS = ("variant", "least_per", "over", "pairs", "note")
KNOWN = frozenset(
    {"profile", "mode", "direction", "relative_to", "low", "floor", "fires", "least_n", "judged_by",
     "for_seconds", "least_positive", "stop_at", *LIMITS, *TEXTS}
)  # fmt: skip


def faults_of(entry: Any) -> tuple[str, ...]:
    """Return every reason why an entry cannot be used, in plain words; none when it can."""
    if not isinstance(entry, Mapping):
        return ("A band is a set of named values.",)
    found = (_unknown(entry), _choices(entry), _texts(entry), _counts(entry), _limits(entry))
    return tuple(chain.from_iterable(found))


def _unknown(entry: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(map(str, set(entry) - KNOWN)):
        yield worded("A band knows no {name!r}.", name=name)


def _choices(entry: Mapping[str, Any]) -> Iterator[str]:
    allowed = {"profile": PROFILES, "mode": MODES, "direction": DIRECTIONS}
    for name, values in allowed.items():
        if entry.get(name) not in values:
            yield worded("The {name} is one of {values}.", name=name, values=", ".join(values))
    if entry.get("mode") in ("points", "share") and entry.get("relative_to") not in RELATIVE_TO:
        yield worded(
            "What it is relative to is one of {relative_to}.", relative_to=", ".join(RELATIVE_TO)
        )
    if entry.get("judged_by", "value") not in ("value", "lower_bound"):
        yield "It is judged by value or lower_bound."


def _texts(entry: Mapping[str, Any]) -> Iterator[str]:
    for name in TEXTS:
        if name in entry and not _is_text(entry[name]):
            yield worded("The {name} is a text of at most 80 characters.", name=name)


def _is_text(given: Any) -> bool:
    return isinstance(given, str) and len(given) <= 80 and "\x00" not in given


def _counts(entry: Mapping[str, Any]) -> Iterator[str]:
    given = entry.get("fires")
    found = FIRES.fullmatch(given) if isinstance(given, str) else None
    if found is None or int(found[1]) > int(found[2]):
        yield "It fires after k of n windows, such as 2:3."
    for name in ("least_n", "for_seconds", "least_positive"):
        number = entry.get(name, None if name == "least_n" else 0)
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 10**9:
            yield worded("The {name} is a whole number, 0 or more.", name=name)


def _limits(entry: Mapping[str, Any]) -> Iterator[str]:
    wrong = [*_shape(entry), *_numbers(entry)]
    yield from wrong
    if not any(entry.get(name) is not None for name in LIMITS):
        yield "At least one of warning, critical and instant_critical is needed."
    elif not wrong:
        yield from _order(entry)


def _shape(entry: Mapping[str, Any]) -> Iterator[str]:
    outside = entry.get("direction") == "outside"
    if outside != isinstance(entry.get("low"), Mapping):
        yield "Only 'outside' has lower limits beside the upper ones, and it needs them."
    if "floor" in entry and not (outside and isinstance(entry["floor"], Mapping)):
        yield "A floor is a set of lower limits, for 'outside'."
    for name in ("low", "floor"):
        side = entry.get(name)
        if isinstance(side, Mapping) and not set(side) <= set(LIMITS):
            yield worded("The limits of {name} are {limits}.", name=name, limits=", ".join(LIMITS))


def _numbers(entry: Mapping[str, Any]) -> Iterator[str]:
    given = {name: entry[name] for name in (*LIMITS, "stop_at") if name in entry}
    for place in ("low", "floor"):
        side = entry.get(place)
        if isinstance(side, Mapping):
            given |= {f"{place} {name}": side[name] for name in LIMITS if name in side}
    yield from (
        worded("The limit {name} is a number.", name=name)
        for name, one in given.items()
        if not _is_limit(one)
    )


def _order(entry: Mapping[str, Any]) -> Iterator[str]:
    sign = -1 if entry.get("direction") == "below" else 1
    sides = [(entry, sign)]
    if isinstance(entry.get("low"), Mapping):
        sides.append((entry["low"], -1))
    for side, turned in sides:
        warning, critical = side.get("warning"), side.get("critical")
        if warning is not None and critical is not None and turned * critical <= turned * warning:
            yield "Critical lies beyond warning."


def _is_limit(limit: Any) -> bool:
    # NaN compares false, and so does what is endless; a larger number is a mistake of typing.
    return isinstance(limit, int | float) and not isinstance(limit, bool) and abs(limit) <= 1e15
