"""Human oversight: who could intervene, who did, and what of it stands out (Art. 14, 26). Pure.

Nothing here says that oversight is enough; it says what is on record and what a reader should ask.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from msgspec import Struct

from ledger.rules.worded import Amount, worded, worded_number
from telemetry.rules.statistics import Interval, wilson

# From how many on a share says something.
REVIEWS, APPROVALS, ANSWERS = 50, 30, 100
RUNNING = frozenset({"pilot", "production"})


class Able(Struct, frozen=True, kw_only=True):
    """A person who has a power, by what, and whether they were there at the instant."""

    name: str
    by: str
    present: bool = True


class Power(Struct, frozen=True, kw_only=True):
    """One way to intervene and who has it; `words` are holders who are no named person."""

    key: str
    label: str
    people: tuple[Able, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def present(self) -> tuple[Able, ...]:
        """Who was there at the instant."""
        return tuple(one for one in self.people if one.present)


class Counts(Struct, frozen=True, kw_only=True):
    """What people did with answers, as decision events tell it."""

    events: int = 0
    reviewed: int = 0
    overridden: int = 0
    approvals: int = 0
    granted: int = 0
    blocked: int = 0
    outside: int = 0
    escalated: int = 0

    @property
    def refused(self) -> int:
        """Approvals that were asked for and not given."""
        return self.approvals - self.granted

    @property
    def review_rate(self) -> Interval | None:
        """How many of the answers somebody looked at, with 95 % by Wilson."""
        return rate(self.reviewed, self.events)

    @property
    def override_rate(self) -> Interval | None:
        """How many of the reviewed answers were changed or rejected."""
        return rate(self.overridden, self.reviewed)

    @property
    def approval_rate(self) -> Interval | None:
        """How many of the approvals asked for were given."""
        return rate(self.granted, self.approvals)


class Day(Struct, frozen=True, kw_only=True):
    """The counts of one day at the organisation's seat."""

    day: date
    counts: Counts


class Act(Struct, frozen=True, kw_only=True):
    """One intervention: what, by whom, why, what became of it, and where it is read."""

    at: datetime
    kind: str
    who: str
    what: str
    reason: str = ""
    outcome: str = ""
    incident: str = ""
    url: str = ""
    by_rule: bool = False
    late: bool = False


class Means(Struct, frozen=True, kw_only=True):
    """A means of intervening: when it was last used in earnest, and last tried."""

    key: str
    label: str
    used_at: datetime | None = None
    tried_at: datetime | None = None

    @property
    def never(self) -> bool:
        """Whether it was neither used nor tried."""
        return self.used_at is None and self.tried_at is None


class Finding(Struct, frozen=True, kw_only=True):
    """Something that stands out, and how heavy it is: critical or warning."""

    key: str
    state: str
    words: str


class Record(Struct, frozen=True, kw_only=True):
    """The oversight of one system in a period, and at an instant."""

    system: str
    slug: str
    state: str
    powers: tuple[Power, ...]
    days: tuple[Day, ...]
    acts: tuple[Act, ...]
    means: tuple[Means, ...]
    working: bool = True
    on_call: bool = False
    controls: bool = True
    training: int = 0

    @property
    def total(self) -> Counts:
        """The counts of the whole period."""
        return added(one.counts for one in self.days)

    def power(self, key: str) -> Power:
        """Return a power by its key; one that nobody has if it is not there."""
        found = (one for one in self.powers if one.key == key)
        return next(found, Power(key=key, label=key))

    @property
    def findings(self) -> list[Finding]:
        """What stands out, the heavy ones first."""
        return findings(self)


def rate(part: int, of: int) -> Interval | None:
    """Return a share with its 95 % interval, None of nothing."""
    return wilson(part, of) if of else None


def added(every: Iterable[Counts]) -> Counts:
    """Return the sums of counts."""
    rows = list(every)
    names = Counts.__struct_fields__
    return Counts(**{name: sum(getattr(one, name) for one in rows) for name in names})


def findings(record: Record) -> list[Finding]:
    """Return what stands out in a record: gaps in who could, and signs that nobody looks."""
    found = [*_who_could(record), *_rubber_stamps(record.total), *_what_was_done(record)]
    if record.state not in RUNNING:
        found = [one for one in found if one.key in ("unratified", "controls")]
    return sorted(found, key=lambda one: one.state)


def _who_could(record: Record) -> list[Finding]:
    found = []
    stop = record.power("stop")
    if not stop.present:
        found.append(_critical("nobody", _nobody([one.name for one in stop.people])))
    elif len(stop.present) == 1:
        only = stop.present[0].name
        found.append(
            _warning("one", worded("Only {only} could stop it at this instant.", only=only))
        )
    if not record.working and not record.on_call:
        found.append(_warning("hours", "Outside the hours of its unit, and nobody was on call."))
    if not record.controls:
        words = "No operating controls are in force: who may approve outputs is not written down."
        found.append(_warning("controls", words))
    return found


def _nobody(away: Sequence[str]) -> str:
    if not away:
        return "Nobody could stop it at this instant: nobody has that power."
    return worded_number(
        "Nobody could stop it at this instant: {names} was away.",
        "Nobody could stop it at this instant: {names} were away.",
        len(away),
        names=", ".join(away),
    )


def _rubber_stamps(total: Counts) -> list[Finding]:
    found = []
    if total.events >= ANSWERS and not total.reviewed:
        words = worded(
            "None of {answers} answers is known to have been reviewed by a person.",
            answers=Amount(f"{total.events:,}"),
        )
        found.append(_warning("unreviewed", words))
    if total.reviewed >= REVIEWS and not total.overridden:
        high = wilson(0, total.reviewed).high
        words = worded(
            "{answers} answers were reviewed and none was changed (at most {most} of such reviews "
            "would change one, 95 %): ask how they are reviewed.",
            answers=Amount(f"{total.reviewed:,}"),
            most=f"{high:.1%}",
        )
        found.append(_warning("no_overrides", words))
    if total.approvals >= APPROVALS and not total.refused:
        low = wilson(total.granted, total.approvals).low
        words = worded(
            "All {approvals} approvals that were asked for were given (at least {least}, 95 %): "
            "ask whether they are read.",
            approvals=Amount(f"{total.approvals:,}"),
            least=f"{low:.1%}",
        )
        found.append(_warning("rubber_stamp", words))
    return found


def _what_was_done(record: Record) -> list[Finding]:
    found = []
    late = sum(one.late for one in record.acts)
    if late:
        words = worded_number(
            "{number} stop waits for ratification beyond the time.",
            "{number} stops wait for ratification beyond the time.",
            late,
        )
        found.append(_critical("unratified", words))
    if record.means and all(one.never for one in record.means):
        words = "No means of intervening was ever used or tried: nobody knows that it works."
        found.append(_warning("untried", words))
    return found


def never_used(means: Sequence[Means]) -> list[Means]:
    """Return the means that were neither used nor tried."""
    return [one for one in means if one.never]


def _critical(key: str, words: str) -> Finding:
    return Finding(key=key, state="critical", words=words)


def _warning(key: str, words: str) -> Finding:
    return Finding(key=key, state="warning", words=words)
