"""The past replayed: what cases a threshold would have opened, by the rules that open real ones.

Deliveries are taken one by one in the order of their windows. A breach joins the case that is
open, is kept back by a hold, or becomes a watch or an incident by the severity matrix (EVA-12 to
EVA-14, EVA-20 to EVA-22). A case that really was opened lasts as long as the real one did; one that
never was is taken to end with the recovery.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from governance.rules.breach import Breach
from governance.rules.proposals import hold_binds, is_worse, promoted_severity, proposed_severity
from governance.rules.severity import ORDER, Severity, SeverityMatrix
from governance.rules.standings import instant_of

MOST_CASES = 500


@dataclass(frozen=True, slots=True)
class Life:
    """A real incident of the series, in epoch seconds: detected, and closed (None: open still).

    One that was taken up again has a life for each time, the later ones from when the one before
    had ended: a breach after it belongs to what was taken up then. `false_alarm` says that it ended
    as no incident: dismissed, withdrawn, or by voided readings.
    """

    number: str
    detected_at: float
    closed_at: float | None
    false_alarm: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What cases are opened by: the matrix, the tier, how long watches and holds last (seconds)."""

    matrix: SeverityMatrix
    risk_tier: str
    watch_after: float
    third_within: float
    returns: int
    hold: float


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery as judged: when it came, the breach it reported, whether all is well again."""

    at: float
    breach: Breach | None
    recovered: bool


@dataclass(slots=True)
class Case:
    """A watch or an incident that would have been. Instants are epoch seconds.

    `began` is the delivery that reported the breach, `at` when it became what it is. `number` is
    that of the real incident opened then, '' where there was none.
    """

    series_id: int
    began: float
    at: float
    window_end: float
    state: str
    severity: str
    value: float | None
    onset: float
    ended_at: float | None = None
    number: str = ""
    false_alarm: bool = False

    @property
    def is_watch(self) -> bool:
        """Whether it stayed less than an incident."""
        return self.severity == Severity.WATCH

    def overlaps(self, other: "Case") -> bool:
        """Whether both stood at the same time."""
        begins_in = other.ended_at is None or self.at <= other.ended_at
        return begins_in and (self.ended_at is None or other.at <= self.ended_at)


@dataclass(slots=True)
class Played:
    """Where a replay stands: the case that is open, the hold, the watches that count, all cases.

    `beyond` counts the incidents past the first five hundred, of which nothing else is kept.
    """

    cases: list[Case] = field(default_factory=list)
    open: Case | None = None
    closes_at: float | None = None
    is_recovered: bool = False
    held_state: str = ""
    held_until: float | None = None
    watches: list[float] = field(default_factory=list)
    beyond: int = 0

    def to_plain(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        plain = asdict(self)
        plain["open"] = (
            None
            if self.open is None
            else next(
                (index for index, one in enumerate(self.cases) if one is self.open),
                asdict(self.open),
            )
        )
        return plain

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Read what `to_plain` wrote."""
        cases = [Case(**one) for one in plain["cases"]]
        stands = plain["open"]
        found = cases[stands] if isinstance(stands, int) else stands and Case(**stands)
        return cls(**(plain | {"cases": cases, "open": found}))


def play(played: Played, delivered: Delivered, terms: Terms, lives: Sequence[Life]) -> None:
    """Take one delivery further: timers that have run out by then, the breach, the recovery."""
    pass_time(played, delivered.at, terms, lives)
    if delivered.breach is not None:
        _settle(played, delivered, delivered.breach, terms, lives)
    if delivered.recovered:
        _recover(played, delivered.at)


def pass_time(played: Played, at: float, terms: Terms, lives: Sequence[Life]) -> None:
    """Promote the watch whose time has run out, end the incident that really ended before `at`."""
    case = played.open
    if case is not None and case.is_watch and case.at + terms.watch_after < at:
        _promote(played, case, case.at + terms.watch_after, lives)
    if played.closes_at is not None and played.closes_at <= at and played.open is not None:
        played.open.ended_at = played.closes_at
        played.held_state = played.open.state
        played.held_until = played.closes_at + terms.hold
        played.open, played.closes_at = None, None


def incidents_of(played: Played) -> list[Case]:
    """Return the cases that became incidents, in order."""
    return [one for one in played.cases if not one.is_watch]


def _settle(
    played: Played, delivered: Delivered, breach: Breach, terms: Terms, lives: Sequence[Life]
) -> None:
    severity = proposed_severity(terms.matrix, breach, terms.risk_tier)
    if played.open is not None and not played.open.is_watch:
        _join(played, breach.to_state, severity)
        return
    if _is_held(played, breach, delivered.at):
        return
    played.held_until = None
    watch = played.open
    if severity is not Severity.WATCH:
        if watch is None:
            _open(played, _case(delivered.at, breach, severity), lives)
        else:
            watch.state = breach.to_state
            _promote(played, watch, delivered.at, lives, severity)
    elif watch is None:
        _watch(played, _case(delivered.at, breach, severity), terms, lives)


def _case(at: float, breach: Breach, severity: Severity) -> Case:
    end = at if breach.window_end is None else breach.window_end.timestamp()
    onset = end if breach.onset_at is None else breach.onset_at.timestamp()
    return Case(breach.series_id, at, at, end, breach.to_state, str(severity), breach.value, onset)


def _join(played: Played, state: str, severity: Severity) -> None:
    case = played.open
    assert case is not None
    played.is_recovered = False
    if is_worse(state, case.state):
        case.state = state
    if ORDER.index(severity) > ORDER.index(Severity(case.severity)):
        case.severity = str(severity)


def _is_held(played: Played, breach: Breach, at: float) -> bool:
    if played.held_until is None:
        return False
    return hold_binds(
        breach=breach,
        held_state=played.held_state,
        recovered=played.is_recovered,
        until=instant_of(played.held_until),
        received=instant_of(at),
    )


def _watch(played: Played, case: Case, terms: Terms, lives: Sequence[Life]) -> None:
    since = case.at - terms.third_within
    played.watches = [one for one in played.watches if one > since] + [case.at]
    _keep(played, case)
    if len(played.watches) >= terms.returns:
        _promote(played, case, case.at, lives)


def _promote(
    played: Played, case: Case, at: float, lives: Sequence[Life], severity: Severity | None = None
) -> None:
    """Make an incident of a watch: from now on it counts as one, and as no watch any more."""
    case.severity = str(promoted_severity(severity or Severity.WATCH))
    case.at = at
    played.watches = played.watches[:-1]
    _tie(played, case, lives)


def _open(played: Played, case: Case, lives: Sequence[Life]) -> None:
    _keep(played, case)
    _tie(played, case, lives)


def _keep(played: Played, case: Case) -> None:
    played.open, played.is_recovered = case, False
    if len(played.cases) < MOST_CASES:
        played.cases.append(case)
    else:
        played.beyond += 1


def _tie(played: Played, case: Case, lives: Sequence[Life]) -> None:
    """Let it last as long as the real incident that stood then."""
    stood = [one for one in lives if _is_it(one, case)]
    found = max(stood, key=lambda one: one.detected_at, default=None)
    if found is None:
        return
    earlier = next((one for one in played.cases if one.number == found.number), None)
    if earlier is None:
        case.number, case.false_alarm = found.number, found.false_alarm
    else:
        _take_up_again(played, earlier, case)
    played.closes_at = found.closed_at


def _take_up_again(played: Played, earlier: Case, case: Case) -> None:
    """The breach belongs to an incident that ended and was taken up again: no second one."""
    played.cases = [one for one in played.cases if one is not case]
    played.open, earlier.ended_at = earlier, None
    _join(played, case.state, Severity(case.severity))


def _is_it(life: Life, case: Case) -> bool:
    return life.detected_at <= case.began and (life.closed_at is None or case.at <= life.closed_at)


def _recover(played: Played, at: float) -> None:
    """A watch ends; an incident that never really was ends; a real one is told."""
    played.is_recovered = True
    played.held_until = None
    case = played.open
    if case is not None and (case.is_watch or not case.number):
        case.ended_at = at
        played.open = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A proposal beside the version in force, over the same past.

    `opened` are the incidents of the proposal, `new` those of them that today's version does not
    open. What today's version opens and the proposal does not is `missed`, or `spared` where the
    real incident ended as a false alarm.
    """

    opened: list[Case]
    new: list[Case]
    missed: list[Case]
    spared: list[Case]
    kept: list[Case]


def compared(proposed: Sequence[Case], present: Sequence[Case]) -> Comparison:
    """Compare the incidents of two replays of the same series."""
    gone = [one for one in present if not _has_like(one, proposed)]
    return Comparison(
        opened=list(proposed),
        new=[one for one in proposed if not _has_like(one, present)],
        missed=[one for one in gone if not one.false_alarm],
        spared=[one for one in gone if one.false_alarm],
        kept=[one for one in present if _has_like(one, proposed)],
    )


def _has_like(case: Case, others: Sequence[Case]) -> bool:
    return any(one.series_id == case.series_id and case.overlaps(one) for one in others)
