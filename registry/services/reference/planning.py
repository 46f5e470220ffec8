"""What an update of the law's data changes, and for whom, before it is applied."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import QuerySet

from registry.models import Classification, Milestone, Provision, System
from registry.rules.obligations import Law, Obligation, owed
from registry.selectors.classification import NOTHING_DECIDED
from registry.selectors.law import law_in_force, milestone_fact, provision_fact, seat_day
from registry.selectors.obligations import facts_by_system
from registry.services.reference.differences import Change, Difference, difference_of
from registry.services.reference.files import shipped
from registry.services.reference.tables import Document


@dataclass(frozen=True, slots=True)
class Moved:
    """An obligation that stays and changes: its due date and status before and after."""

    before: Obligation
    after: Obligation


@dataclass(frozen=True, slots=True)
class Touched:
    """What an update does to one system: obligations that come, go, move or are reworded.

    `reopens`: its classification rests on what changes and is opened again.
    """

    system: System
    appears: tuple[Obligation, ...]
    vanishes: tuple[Obligation, ...]
    moves: tuple[Moved, ...]
    rewords: tuple[Obligation, ...]
    reopens: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """An update before it is applied: the files that differ, and the systems that it touches."""

    files: tuple[Difference, ...]
    touched: tuple[Touched, ...]

    @property
    def pending(self) -> tuple[Difference, ...]:
        """The files that have not been loaded."""
        return tuple(one for one in self.files if not one.repeated)

    def changes(self, model: str) -> tuple[Change, ...]:
        """Every change to rows of a model, such as 'ClockRule'."""
        rows = (row for one in self.files for row in (*one.added, *one.changed, *one.superseded))
        return tuple(row for row in rows if row.model == model)


def plan_reference(
    *,
    at: datetime,
    documents: Sequence[Document] | None = None,
    systems: QuerySet[System] | None = None,
) -> Plan:
    """Return what loading documents, or the shipped files, would change, and for which systems.

    Nothing is written. `systems` are those that the reader may see; retired ones are left out.
    Raises Invalid, Conflict.
    """
    given = documents if documents is not None else shipped()
    files = tuple(difference_of(document, sources=_sources(given)) for document in given)
    if all(one.repeated for one in files):
        return Plan(files, ())
    rows = System.objects.all() if systems is None else systems
    alive = rows.exclude(lifecycle=System.Lifecycle.RETIRED).select_related("owner")
    return Plan(files, tuple(_touched(files, list(alive.order_by("slug")), seat_day(at))))


def _sources(documents: Sequence[Document]) -> frozenset[str]:
    """Return the sources that come with the same documents, as they are loaded first."""
    return frozenset(str(row["id"]) for one in documents for row in one.get("sources", ()))


def _touched(files: Sequence[Difference], systems: Sequence[System], on: date) -> Iterable[Touched]:
    before = law_in_force()
    after = _law_after(before, files)
    dates = {one.id: one.date for one in after.milestones.values()}
    was = facts_by_system(system.pk for system in systems)
    becomes = facts_by_system((system.pk for system in systems), dates=dates)
    reworded = {one.id for file in files for one in file.changed if one.model == "Provision"}
    reopened = _resting_on([key for one in files for key in one.rests_on])
    for system in systems:
        if was[system.pk] == NOTHING_DECIDED:
            continue
        old = {one.provision.id: one for one in owed(before, was[system.pk], on)}
        new = {one.provision.id: one for one in owed(after, becomes[system.pk], on)}
        found = _compared(system, old, new, reworded)
        found = replace(found, reopens=system.pk in reopened)
        if found.reopens or found.appears or found.vanishes or found.moves or found.rewords:
            yield found


def _compared(
    system: System,
    old: dict[str, Obligation],
    new: dict[str, Obligation],
    reworded: set[str],
) -> Touched:
    both = [(old[key], one) for key, one in new.items() if key in old]
    moves = [Moved(was, now) for was, now in both if _dates(was) != _dates(now)]
    moved = {one.after.provision.id for one in moves}
    return Touched(
        system=system,
        appears=tuple(one for key, one in new.items() if key not in old),
        vanishes=tuple(one for key, one in old.items() if key not in new),
        moves=tuple(moves),
        rewords=tuple(one for key, one in new.items() if key in reworded - moved and key in old),
        reopens=False,
    )


def _dates(one: Obligation) -> tuple[object, ...]:
    lines = tuple((line.date, line.status, line.reading, line.applies) for line in one.dates)
    return (one.due, one.status, one.applies, lines)


def _law_after(before: Law, files: Sequence[Difference]) -> Law:
    provisions = {one.id: one for one in before.provisions}
    milestones = dict(before.milestones)
    for part, rows in (saved for file in files for saved in file.to_save):
        if part.model is Provision:
            for row in rows:
                provisions[row["id"]] = provision_fact(Provision(**row))
        if part.model is Milestone:
            milestones |= {row["id"]: milestone_fact(Milestone(**row)) for row in rows}
    for gone in (one.id for file in files for one in file.superseded if one.model == "Provision"):
        provisions.pop(gone, None)
    kept = [one for one in provisions.values() if one.kind == "obligation"]
    return Law(tuple(sorted(kept, key=lambda one: (one.place, one.id))), milestones)


def _resting_on(keys: Sequence[str]) -> set[object]:
    """Return the systems whose classification rests on what changes."""
    plain = {*keys, *(key.partition("@")[0] for key in keys)}
    rows = Classification.objects.filter(
        state__in=["confirmed", "reopened", "submitted"], rests_on__overlap=sorted(plain)
    )
    return set(rows.values_list("system_id", flat=True))
