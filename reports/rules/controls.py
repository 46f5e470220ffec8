"""Controls: what a provision asks for, what is there, and where that leaves it.

Satisfied means that every wanted piece of evidence is on record, whole for every system and fresh.
It says nothing of conformity with a law or a standard.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ledger.rules.worded import joined, word, worded
from reports.rules.evidence import Evidence

State = Literal["satisfied", "partial", "stale", "missing", "not_applicable"]
STATES: tuple[State, ...] = ("satisfied", "partial", "stale", "missing", "not_applicable")
WORDS: dict[State, str] = {
    "satisfied": "satisfied",
    "partial": "partial",
    "stale": "stale",
    "missing": "missing",
    "not_applicable": "not applicable",
}
COUNTED: dict[State, str] = {
    "satisfied": word("{number} satisfied"),
    "partial": word("{number} partial"),
    "stale": word("{number} stale"),
    "missing": word("{number} missing"),
    "not_applicable": word("{number} not applicable"),
}
Applies = Literal["yes", "later", "open", "no"]
ATTACHED = "attached"
NOTHING_HAPPENED = "Nothing has happened yet that could show it"


class ControlScope(Struct, frozen=True, kw_only=True):
    """Which systems, which units, which period [since, until), and as of which instant.

    `past` reads every table as it was at `as_of`; without it the record is read as it is now, and
    `as_of` must be now. No `unit_ids` are those of the systems.
    """

    system_ids: tuple[str, ...]
    since: datetime
    until: datetime
    as_of: datetime
    unit_ids: tuple[str, ...] = ()
    past: bool = False

    @property
    def then(self) -> datetime | None:
        """The instant of the past that is read; None for now."""
        return self.as_of if self.past else None


class Want(Struct, frozen=True, kw_only=True):
    """One piece that a provision wants: any of these sources; an upload may stand in for it.

    What is only `shown` says more of the control and counts for nothing.
    """

    any_of: tuple[str, ...]
    upload: bool = False
    shown: bool = False


class Need(Struct, frozen=True, kw_only=True):
    """What a provision wants, all of it, and who answers for it (a role, or 'owner').

    `days` is for how long it takes a piece as fresh, where it asks for less than the source says.
    """

    wants: tuple[Want, ...]
    owner: str
    note: str = ""
    days: int | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source that it names, each once, in their order."""
        return tuple(dict.fromkeys(name for want in self.wants for name in want.any_of))

    @property
    def counted(self) -> tuple[Want, ...]:
        """What counts for the state."""
        return tuple(want for want in self.wants if not want.shown)


class Through(Struct, frozen=True, kw_only=True):
    """What a crosswalk brings: an aligned provision of another framework, and how sure that is.

    `shared` are sources that serve both, `more` those that only the other one asks for and that
    are on record: shown, never counted.
    """

    provision: str
    framework: str
    reference: str
    title: str
    confidence: str
    why: str
    checked: str
    shared: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


class Dated(Struct, frozen=True, kw_only=True):
    """From when a provision binds, as the law's data say it; `status` of Milestone or ''."""

    status: str = ""
    due: date | None = None
    words: tuple[str, ...] = ()


class Control(Struct, frozen=True, kw_only=True):
    """A provision with its evidence and its state.

    `applies` is for the systems of the scope: yes, later (from `due`), open (the law or a fact of a
    system leaves it open) or no. `owing` counts them by that word. `wanted` is the evidence that
    the reference data ask for, in words. `missing` says what is wanting, a line each.
    """

    provision: str
    framework: str
    reference: str
    title: str
    kind: str
    applies: Applies
    state: State
    evidence: tuple[Evidence, ...]
    through: tuple[Through, ...]
    newest: datetime | None
    fresh_until: datetime | None
    owner: str
    missing: tuple[str, ...]
    need: Need
    due: date | None = None
    law: Dated = Dated()
    owing: dict[str, int] = {}
    wanted: str = ""
    only_where: str = ""
    text: str = ""
    parent: str = ""
    reason: str = ""
    signed_by: str = ""
    signed_at: datetime | None = None

    @property
    def covered(self) -> str:
        """The least coverage of what is wanted: '5 of 6 systems'; '' where none is of systems."""
        counted = [one for one in self.evidence if one.coverage]
        least = min(counted, key=lambda one: (one.covered / one.of, -one.of), default=None)
        return least.coverage if least else ""

    @property
    def pieces(self) -> int:
        """How many pieces of evidence are on record."""
        return sum(one.count for one in self.evidence)


class Work(Struct, frozen=True, kw_only=True):
    """One thing to do: what, by whom, where, until when, and which controls wait for it."""

    source: str
    label: str
    words: str
    owner: str
    path: str
    standing: str
    until: datetime | None
    controls: tuple[str, ...]
    binding: int


class Readiness(Struct, frozen=True, kw_only=True):
    """How it will be on a day if nothing is done: the controls, their counts, the work in order."""

    day: date
    at: datetime
    controls: tuple[Control, ...]
    counts: dict[str, int]
    work: tuple[Work, ...]


def judge(need: Need, evidence: Sequence[Evidence], at: datetime) -> tuple[State, tuple[str, ...]]:
    """Return the state at an instant, and what is wanting in words.

    `evidence` holds what the sources of `need` show, and uploads under the source 'attached'. What
    is idle counts neither way; where everything is idle, nothing shows the control: missing.
    """
    by_source = {one.source: one for one in evidence}
    standings: list[str] = []
    missing: list[str] = []
    for want in need.counted:
        found = [by_source[name] for name in want.any_of if name in by_source]
        if want.upload and (attached := by_source.get(ATTACHED)) and attached.count:
            found.append(attached)
        best = _best(found, at)
        standing = best.standing(at) if best else "missing"
        standings.append(standing)
        if standing not in ("present", "idle"):
            missing.append(_wanting(best, standing, at))
    counted = [standing for standing in standings if standing != "idle"]
    if not counted:
        return "missing", (joined(". ", (worded(NOTHING_HAPPENED), _idle_words(evidence))),)
    return _state(counted), tuple(missing)


# The better of several sources for one want counts; what concerns nobody cannot stand in for it.
ORDER = ("present", "stale", "partial", "missing", "idle")


def _best(found: Sequence[Evidence], at: datetime) -> Evidence | None:
    return min(found, key=lambda one: ORDER.index(one.standing(at)), default=None)


def _state(standings: Sequence[str]) -> State:
    if all(one == "present" for one in standings):
        return "satisfied"
    if all(one == "missing" for one in standings):
        return "missing"
    if all(one in ("present", "stale") for one in standings):
        return "stale"
    return "partial"


def _wanting(one: Evidence | None, standing: str, at: datetime) -> str:
    if one is None:
        return worded("No source is known for it")
    if standing == "stale":
        ended = one.fresh_until or at
        return joined(": ", (one.label, _too_old(one, f"{ended.astimezone(UTC):%Y-%m-%d}", at)))
    return joined(": ", (one.label, one.gap))


def _too_old(one: Evidence, day: str, at: datetime) -> str:
    if not one.coverage or one.of <= 1:
        return worded("too old since {day}", day=day)
    return worded(
        "too old since {day} for {stale} of {of} systems", day=day, stale=one.stale(at), of=one.of
    )


def _idle_words(evidence: Sequence[Evidence]) -> str:
    return joined(" ", dict.fromkeys(one.idle for one in evidence if one.idle))


def on_day(control: Control, day: date, *, at: datetime, now: datetime) -> Control:
    """Return a control as it will be at an instant of a day if nothing is done until then.

    What does not apply stays so; what applies later applies once its date has come. Readings that
    flow now are taken to flow on.
    """
    if control.state == "not_applicable":
        return control
    evidence = tuple(one.later(now) for one in control.evidence)
    state, missing = judge(control.need, evidence, at)
    applies = control.applies
    if applies == "later" and control.due is not None and control.due <= day:
        applies = "yes"
    return replace(control, evidence=evidence, state=state, missing=missing, applies=applies)


def counts(controls: Iterable[Control]) -> dict[str, int]:
    """Return how many controls stand where, every state named."""
    found: dict[str, int] = dict.fromkeys(STATES, 0)
    for one in controls:
        found[one.state] += 1
    return found


def work_of(controls: Sequence[Control], at: datetime) -> tuple[Work, ...]:
    """Return what is to be done, in the order in which it helps most.

    First what most controls wait for that bind already, then what is missing before what is partly
    there or grows too old, then what serves more controls; names settle a tie.
    """
    waiting: dict[str, list[Control]] = {}
    pieces: dict[str, Evidence] = {}
    for control in controls:
        for one in _wanting_pieces(control, at):
            # An upload belongs to one control; every other piece serves all that want it.
            key = f"{one.source} {control.provision}" if one.source == ATTACHED else one.source
            known = pieces.setdefault(key, one)
            # Of several scopes of one source the widest says what is to be done.
            pieces[key] = max(known, one, key=lambda piece: len(piece.lacks))
            waiting.setdefault(key, []).append(control)
    found = [_work(pieces[key], rows, at) for key, rows in waiting.items()]
    return tuple(sorted(found, key=_urgency))


def _wanting_pieces(control: Control, at: datetime) -> list[Evidence]:
    if control.state in ("satisfied", "not_applicable"):
        return []
    by_source = {one.source: one for one in control.evidence}
    found = []
    for want in control.need.counted:
        best = _best([by_source[name] for name in want.any_of if name in by_source], at)
        if best is not None and best.standing(at) not in ("present", "idle"):
            found.append(best)
    return found


def _work(one: Evidence, rows: Sequence[Control], at: datetime) -> Work:
    standing = one.standing(at)
    return Work(
        source=one.source,
        label=one.label,
        words=one.gap or worded("Renew it. {label} grows too old.", label=one.label),
        owner=one.owner,
        path=one.path,
        standing=standing,
        until=one.fresh_until if standing == "stale" else None,
        controls=tuple(dict.fromkeys(row.provision for row in rows)),
        binding=sum(1 for row in rows if row.applies == "yes"),
    )


def _urgency(one: Work) -> tuple[object, ...]:
    order = {"missing": 0, "partial": 1, "stale": 2}
    return (-one.binding, order.get(one.standing, 3), -len(one.controls), one.label)


def sentence(name: str, found: dict[str, int]) -> str:
    """Say how it stands: 'ISO/IEC 42001: 21 satisfied, 9 partial, 2 stale, 6 missing'."""
    return joined(": ", (name, in_counts(found)))


def in_counts(found: dict[str, int]) -> str:
    """Say how many stand where: '21 satisfied, 9 partial, 2 stale, 6 missing'."""
    said = [state for state in STATES if found[state] or state != "not_applicable"]
    return joined(", ", (worded(COUNTED[state], number=found[state]) for state in said))
