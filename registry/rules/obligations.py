"""What a system owes: the provisions whose conditions hold for its facts, with dates and status.

A date is a due date only where its law is adopted. What is proposed, a draft, awaited or read in
more than one way is shown with its status, never as a plain date (LAW-05).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.rules.conditions import Condition, Said, all_of, any_of, holds
from registry.rules.legal import LegalFacts

ADOPTED = ("adopted_in_force", "adopted_applicable", "adopted_future")
# The weaker a status, the further right: of several milestones together the weakest counts.
STRENGTH = (
    *ADOPTED,
    "guidance_final",
    "draft_guidance",
    "pending",
    "interpretation_open",
    "proposed_not_adopted",
    "superseded",
)
OWN, AT_LATEST, SEE = "own", "at_latest", "see"


@dataclass(frozen=True, slots=True)
class MilestoneFact:
    """A milestone as the rules read it."""

    id: str
    date: date | None
    status: str
    what: str
    legal_basis: str = ""
    note: str = ""
    superseded_by: str = ""
    sources: tuple[str, ...] = ()
    checked: str = ""


@dataclass(frozen=True, slots=True)
class ProvisionFact:
    """A provision as the rules read it; `dates` is that of the model."""

    id: str
    framework: str
    reference: str
    title: str
    kind: str
    who: tuple[str, ...]
    supporting: tuple[str, ...]
    condition: Condition
    dates: tuple[Mapping[str, Any], ...]
    document: Mapping[str, Any]
    sources: tuple[str, ...]
    checked: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class Law:
    """The provisions and milestones of one state of the data, milestones by id."""

    provisions: tuple[ProvisionFact, ...]
    milestones: Mapping[str, MilestoneFact]


@dataclass(frozen=True, slots=True)
class DateLine:
    """One date of an obligation: since when, how sure; `replaced` are the dates that it replaced.

    `date` is the latest of milestones that must all have come, None where one has none. `applies`
    says whether this is the system's own case: yes, or open where a fact is not decided.
    """

    milestones: tuple[MilestoneFact, ...]
    date: date | None
    status: str
    reading: str
    applies: Said
    replaced: tuple[MilestoneFact, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it may be shown as a due date: adopted, dated, and the system's own case."""
        return self.status in ADOPTED and self.date is not None and self.applies == "yes"


@dataclass(frozen=True, slots=True)
class Obligation:
    """What one provision asks of a system.

    `applies` is yes or open; `roles` are those of the organisation that owe it, `supporting` tells
    that the duty itself is another's. `due` is the first plain date, `due_now` whether it has come
    on the day that was asked for: None where the law or a fact leaves it open.
    """

    provision: ProvisionFact
    applies: Said
    roles: tuple[str, ...]
    supporting: bool
    dates: tuple[DateLine, ...]
    status: str
    due: date | None
    due_now: bool | None

    @property
    def hangs_on_facts(self) -> bool:
        """Whether which of its dates counts is open, because a fact of the system is."""
        return any(line.applies == "open" for line in self.dates if line.reading != SEE)


def owed(law: Law, facts: LegalFacts, on: date) -> list[Obligation]:
    """Return what a system owes, or may owe, in the order of the law.

    `on` is a day at the organisation's seat: duties begin there at 00:00 (CLK-03).
    """
    found = (_owed(law, one, facts, on) for one in law.provisions if one.kind == "obligation")
    return [one for one in found if one is not None]


def date_lines(law: Law, provision: ProvisionFact, facts: LegalFacts | None) -> list[DateLine]:
    """Return the dates of a provision: those of a system's case, or every one without facts."""
    lines = (_line(law, entry, facts) for entry in provision.dates)
    return [line for line in lines if line is not None]


def _owed(law: Law, one: ProvisionFact, facts: LegalFacts, on: date) -> Obligation | None:
    own, helps = _roles(one.who, facts), _roles(one.supporting, facts)
    supporting = own == "no" and helps != "no"
    applies = all_of((helps if supporting else own, holds(one.condition, facts)))
    if applies == "no":
        return None
    lines = date_lines(law, one, facts)
    if one.dates and not any(line.reading != SEE for line in lines):
        # Another date than any of these decides, such as a change of an older system (Art. 111).
        return None
    main = [line for line in lines if line.reading == OWN] or lines
    due = min((line.date for line in main if line.plain and line.date), default=None)
    due = due if applies == "yes" else None
    # Of several dates the one that counts first says the status; without one the least sure.
    counted = [line for line in main if line.plain and line.date == due] or main
    return Obligation(
        provision=one,
        applies=applies,
        roles=tuple(sorted({*one.who, *one.supporting} & facts.roles)),
        supporting=supporting,
        dates=tuple(lines),
        status=max((line.status for line in counted), key=STRENGTH.index, default=""),
        due=due,
        due_now=_due_now(due, main, on),
    )


def _due_now(due: date | None, lines: Iterable[DateLine], on: date) -> bool | None:
    if due is not None:
        return due <= on
    return None if any(True for _ in lines) else True


def _roles(names: tuple[str, ...], facts: LegalFacts) -> Said:
    return any_of(holds({"role": name}, facts) for name in names)


def _line(law: Law, entry: Mapping[str, Any], facts: LegalFacts | None) -> DateLine | None:
    applies: Said = "yes" if facts is None else holds(entry["when"], facts)
    if applies == "no":
        return None
    found = tuple(law.milestones[name] for name in entry["milestones"])
    dates = [one.date for one in found]
    known = [one for one in dates if one is not None]
    return DateLine(
        milestones=found,
        date=max(known) if len(known) == len(dates) else None,
        status=max((one.status for one in found), key=STRENGTH.index),
        reading=str(entry["reading"]),
        applies=applies,
        replaced=tuple(_replaced(law, found)),
    )


def _replaced(law: Law, found: Iterable[MilestoneFact]) -> list[MilestoneFact]:
    names = {one.id for one in found}
    return [one for one in law.milestones.values() if one.superseded_by in names]
