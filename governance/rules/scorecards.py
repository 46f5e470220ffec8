"""Which lines of the scorecards a view shows, what it leaves out and why, the worst first; REP-2.

A line is a series, or a KPI of a scorecard that was never measured. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

ALL, LEADERSHIP, OPERATIONS, ENGINEERING = "all", "leadership", "operations", "engineering"
VIEWS = (ALL, LEADERSHIP, OPERATIONS, ENGINEERING)
PRODUCTION = "production"
TECHNICAL = frozenset({"technical", "generative", "agentic"})
SERVICE = frozenset({"operational", "support", "sales"})
OUTCOMES = frozenset({"business", "trust_compliance", "support", "sales"})
SPEED = "speed"
LEADING, LAGGING = "leading", "lagging"
# The worst first. What is not known, or not judged, never stands behind what is in its band.
STATES = ("critical", "warning", "unknown", "pending", "recovering", "unjudged", "ok")
RANKS = {state: rank for rank, state in enumerate(STATES)}
RETIRED, OFF, ENVIRONMENT, SEGMENT, CATEGORY, UNCHOSEN = (
    "retired", "off", "environment", "segment", "category", "unchosen",
)  # fmt: skip
REASONS = (CATEGORY, UNCHOSEN, SEGMENT, ENVIRONMENT, RETIRED, OFF)
Key = tuple[int, str, str, str, str, str, str, int]


class Fact(NamedTuple):
    """A line as it is listed: what is measured, how it stands, who answers for it.

    `series` is None where a KPI of a scorecard was never measured. `state` is one of STATES: no
    data, in error and never measured are 'unknown', no approved band 'unjudged'. `owner` answers
    for a line that somebody `chose`; else the owner of the system does.
    """

    series: int | None
    system: UUID
    kpi: str
    name: str
    category: str
    timing: str
    perspective: str
    owner_role: str
    environment: str
    segment: str
    state: str
    chosen: bool
    owner: UUID
    owner_name: str
    retired: bool
    off: bool

    @property
    def rank(self) -> int:
        """Its place among the others by how it stands."""
        return RANKS[self.state]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody narrows a view to; '' and None narrow nothing."""

    category: str = ""
    perspective: str = ""
    timing: str = ""
    state: str = ""
    owner: UUID | None = None


@dataclass(slots=True)
class Tally:
    """How many lines stand how, and the worst of them."""

    states: Counter[str] = field(default_factory=Counter)
    worst: Fact | None = None

    def add(self, fact: Fact) -> None:
        """Count a line in."""
        self.states[fact.state] += 1
        if self.worst is None or fact.rank < self.worst.rank:
            self.worst = fact

    @property
    def total(self) -> int:
        """How many lines there are."""
        return self.states.total()

    @property
    def state(self) -> str:
        """How the worst of them stands; 'unjudged' where there is none."""
        return self.worst.state if self.worst else "unjudged"

    @property
    def badness(self) -> tuple[int, ...]:
        """The more of the worse, the smaller: what orders a list with the worst first."""
        return tuple(-self.states[state] for state in STATES[:-1])


def left_out(fact: Fact, view: str, wholes: frozenset[tuple[UUID, str, str]]) -> str:
    """Return why a view leaves a line out, '' where it shows it.

    Whatever stands critical is in every view. `wholes` are the (system, KPI, environment) that are
    measured as a whole, of which the segments are parts.
    """
    if fact.state == "critical":
        return ""
    if fact.retired or fact.off:
        return RETIRED if fact.retired else OFF
    if view == ENGINEERING:
        return "" if fact.category in TECHNICAL or fact.owner_role == "engineer" else CATEGORY
    if view == ALL:
        return ""
    return _left_out_of_short(fact, view, wholes)


def _left_out_of_short(fact: Fact, view: str, wholes: frozenset[tuple[UUID, str, str]]) -> str:
    """Of the two views that show production alone, and segments where nothing else is measured."""
    if view == OPERATIONS and not (fact.category in SERVICE or fact.perspective == SPEED):
        return CATEGORY
    if view == LEADERSHIP and not (fact.chosen or _is_outcome(fact)):
        return UNCHOSEN
    if fact.environment != PRODUCTION:
        return ENVIRONMENT
    if fact.segment and (fact.system, fact.kpi, fact.environment) in wholes:
        return SEGMENT
    return ""


def _is_outcome(fact: Fact) -> bool:
    return fact.timing == LAGGING and fact.category in OUTCOMES


def wholes_of(facts: Iterable[Fact]) -> frozenset[tuple[UUID, str, str]]:
    """Return what is measured as a whole."""
    return frozenset((one.system, one.kpi, one.environment) for one in facts if not one.segment)


def split(facts: Sequence[Fact], view: str) -> tuple[list[Fact], Counter[str]]:
    """Return the lines of a view, and how many it leaves out by reason."""
    wholes, shown, out = wholes_of(facts), [], Counter[str]()
    for fact in facts:
        why = left_out(fact, view, wholes)
        if why:
            out[why] += 1
        else:
            shown.append(fact)
    return shown, out


def narrowed(facts: Iterable[Fact], wanted: Wanted) -> list[Fact]:
    """Return the lines that fit what is wanted."""
    checks = [
        (name, value)
        for name in ("category", "perspective", "timing", "state", "owner")
        if (value := getattr(wanted, name))
    ]
    if not checks:
        return list(facts)
    return [one for one in facts if all(getattr(one, name) == value for name, value in checks)]


def key_of(fact: Fact, system: tuple[str, str]) -> Key:
    """Return what orders the lines: the worst first, then by `system` (name, id) and name."""
    return (
        RANKS[fact.state],
        *system,
        fact.name,
        fact.kpi,
        fact.environment,
        fact.segment,
        fact.series or 0,
    )
