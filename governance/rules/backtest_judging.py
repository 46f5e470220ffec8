"""The past judged again, delivery by delivery, and what each of them reports to the cases."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from governance.rules.backtest import Delivered, Life, Played, Terms, pass_time, play
from governance.rules.bands import Band, Reading
from governance.rules.breach import Breach
from governance.rules.judging import Due, Outcome, Timeline, judge_in_order
from governance.rules.standings import BREACHED, UNKNOWN, Carried, Standing, instant_of, unheard

TOLD = ("to_state", "instant", "value", "low", "high", "n", "fairness_flag", "watch_only")


@dataclass(frozen=True, slots=True)
class Source:
    """A series under replay: a breach of it to fill in, its rhythm, when it was expected to send.

    `window` and `cadence` are seconds, a cadence of None means that nobody waits for it. `live`
    are the (from, until) in which it was deployed, as epoch seconds; until is None for now.
    """

    template: Breach
    window: int
    cadence: int | None
    live: tuple[tuple[float, float | None], ...] = ()

    def since_when(self, at: float) -> float | None:
        """Return since when readings were expected at an instant, None where none were."""
        found = [first for first, last in self.live if first <= at and (last is None or at < last)]
        return max(found, default=None)


@dataclass(slots=True)
class Open:
    """A delivery whose readings are still coming: the standing before it, what it reports."""

    at: float
    before: str
    was_heard: bool
    was_flapping: bool = False
    through: bool = False
    ends_watch: bool = False
    breach: dict[str, Any] | None = None
    watch: dict[str, Any] | None = None


@dataclass(slots=True)
class Track:
    """One way of judging one series, and how far it is. `heard` is the newest good window_end."""

    carried: Carried = field(default_factory=Carried)
    played: Played = field(default_factory=Played)
    open: Open | None = None
    heard: float | None = None

    def to_plain(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "carried": self.carried.to_plain(),
            "played": self.played.to_plain(),
            "open": None if self.open is None else asdict(self.open),
            "heard": self.heard,
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Read what `to_plain` wrote."""
        return cls(
            Carried.from_plain(plain["carried"]),
            Played.from_plain(plain["played"]),
            None if plain["open"] is None else Open(**plain["open"]),
            plain["heard"],
        )


@dataclass(frozen=True, slots=True)
class Judging:
    """By what a series is judged and its cases are opened."""

    timeline: Timeline
    source: Source
    terms: Terms
    lives: Sequence[Life]


def take(track: Track, judging: Judging, at: float, readings: Sequence[Reading]) -> None:
    """Judge readings that came at one instant, the newest revision of each window, in order."""
    if track.open is not None and track.open.at != at:
        end_delivery(track, judging)
    if track.open is None:
        track.carried = _after_silence(track, judging, at)
        before = track.carried
        track.open = Open(at, before.standing.value, before.first is not None, before.flapping)
    outcome = judge_in_order(judging.timeline, track.carried, readings)
    _note(track.open, outcome, judging.source)
    track.carried = outcome.carried
    good = [one.window_end.timestamp() for one in readings if one.quality == "good"]
    track.heard = max([*good, *([] if track.heard is None else [track.heard])], default=None)


def end_delivery(track: Track, judging: Judging) -> None:
    """Let the cases hear of the delivery whose last reading was taken."""
    found, track.open = track.open, None
    if found is None:
        return
    plain = found.breach or found.watch
    breach = None if plain is None else _breach(plain, judging.source.template)
    delivered = Delivered(found.at, breach, _has_recovered(found, track.carried))
    play(track.played, delivered, judging.terms, judging.lives)


def end(track: Track, judging: Judging, at: float) -> None:
    """End a replay at an instant: the last delivery, and the timers that have run out by then."""
    end_delivery(track, judging)
    pass_time(track.played, at, judging.terms, judging.lives)


def deliveries(
    rows: Iterable[tuple[float, Reading]],
) -> list[tuple[float, list[Reading]]]:
    """Group readings in the order of their windows by when they came.

    What came late counts as if it had come with the next window, so that time never runs back.
    """
    groups: list[tuple[float, list[Reading]]] = []
    earliest = float("inf")
    for received, reading in reversed(list(rows)):
        earliest = min(earliest, received)
        if groups and groups[-1][0] == earliest:
            groups[-1][1].append(reading)
        else:
            groups.append((earliest, [reading]))
    return [(at, readings[::-1]) for at, readings in reversed(groups)]


def _after_silence(track: Track, judging: Judging, at: float) -> Carried:
    """Lay NO_DATA over the state where the series had been silent past its cadence (EVA-07)."""
    source, rule = judging.source, judging.timeline.newest.rule
    since = source.since_when(at)
    if source.cadence is None or since is None or track.heard is None:
        return track.carried
    quiet_until = max(track.heard, since) + source.cadence + rule.grace
    if at <= quiet_until:
        return track.carried
    return unheard(track.carried, Standing.NO_DATA, quiet_until)


def _note(found: Open, outcome: Outcome, source: Source) -> None:
    found.through |= any(change.before in BREACHED for change in outcome.changes)
    if outcome.due:
        due = max(outcome.due, key=lambda one: (one.weight, one.reading.window_end))
        if not found.breach or list(due.weight) >= found.breach["weight"]:
            found.breach = _plain(due, source)
    last = outcome.last
    if last is None:
        return
    found.watch = _plain(last, source) if outcome.is_watched else None
    by_interval = last.judge.rule.judged_by == "lower_bound"
    found.ends_watch = by_interval and last.verdict.band is Band.OK


def _plain(due: Due, source: Source) -> dict[str, Any]:
    reading = due.reading
    first = reading.window_end.timestamp() if due.onset is None else due.onset
    return {
        "to_state": due.verdict.after.value,
        "instant": due.verdict.band is Band.INSTANT,
        "weight": list(due.weight),
        "value": reading.value,
        "low": reading.low,
        "high": reading.high,
        "n": reading.n,
        "fairness_flag": due.verdict.is_different,
        "watch_only": due.verdict.band is Band.WATCH,
        "window_end": reading.window_end.timestamp(),
        "onset": first - source.window,
    }


def _breach(plain: dict[str, Any], template: Breach) -> Breach:
    return replace(
        template,
        window_end=instant_of(plain["window_end"]),
        onset_at=instant_of(plain["onset"]),
        **{name: plain[name] for name in TOLD},
    )


def _has_recovered(found: Open, after: Carried) -> bool:
    """Whether it is OK after a delivery and was, or went through, something worse."""
    if after.standing is not Standing.OK or after.flapping:
        return False
    if found.was_flapping:
        return True
    before = Standing(found.before)
    was_worse = found.through or before in BREACHED or (before in UNKNOWN and found.was_heard)
    return was_worse or found.ends_watch
