"""What systems owe under the law's data, from their confirmed classifications."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from registry.models import Classification, Provision, System
from registry.rules.legal import LegalFacts
from registry.rules.obligations import Obligation, owed
from registry.rules.questionnaires import read
from registry.selectors.classification import (
    NOTHING_DECIDED,
    facts_of,
    legacy_dates,
    legal_facts,
)
from registry.selectors.law import law_with, obligations_for, seat_day


@dataclass(frozen=True, slots=True)
class Owed:
    """What a system owes: its obligations, and whether a classification stands at all."""

    obligations: tuple[Obligation, ...]
    facts: LegalFacts
    classified: bool

    @property
    def now(self) -> list[Obligation]:
        """Those that bind on the day."""
        return [one for one in self.obligations if one.applies == "yes" and one.due_now]

    @property
    def later(self) -> list[Obligation]:
        """Those of adopted law whose date is still ahead, the next first."""
        found = [one for one in self.obligations if one.applies == "yes" and one.due_now is False]
        return sorted(found, key=lambda one: (one.due is None, one.due, one.provision.place))

    @property
    def unsure(self) -> list[Obligation]:
        """Those that the law itself leaves open, or gives no date: no plain due date."""
        waiting = [one for one in self.obligations if one.applies == "yes"]
        return [one for one in waiting if one.due_now is None and not one.hangs_on_facts]

    @property
    def undecided(self) -> list[Obligation]:
        """Those that hang on a fact which nobody has decided, by themselves or in their date."""
        open_ones = [one for one in self.obligations if one.applies == "open"]
        dated = [one for one in self.obligations if one.applies == "yes" and one.due_now is None]
        return [*open_ones, *(one for one in dated if one.hangs_on_facts)]


def obligations_of_system(*, system: System, at: datetime) -> Owed:
    """Return what a system owes on the day of an instant at the organisation's seat."""
    facts = legal_facts(system)
    return Owed(
        obligations=tuple(obligations_for(facts, seat_day(at))),
        facts=facts,
        classified=facts != NOTHING_DECIDED,
    )


def facts_by_system(
    system_ids: Iterable[UUID], *, dates: Mapping[str, date | None] | None = None
) -> dict[UUID, LegalFacts]:
    """Return the facts of each system, two queries; what has no classification is all open.

    `dates` are those of milestones by id, where others than the present ones shall count.
    """
    ids = list(system_ids)
    rows = Classification.objects.filter(
        system_id__in=ids, state__in=Classification.STANDING
    ).order_by("system_id", "-number")
    counted = legacy_dates() if dates is None else dates
    newest = rows.distinct("system_id").values_list("system_id", "outcome", "answers")
    known = {key: facts_of(outcome, read(answers), counted) for key, outcome, answers in newest}
    return {key: known.get(key, NOTHING_DECIDED) for key in ids}


def systems_owing(
    provision: Provision, *, systems: Sequence[System], at: datetime
) -> list[tuple[System, Obligation]]:
    """Return which of some systems owe a provision, or may owe it."""
    law, facts = law_with([provision]), facts_by_system(system.pk for system in systems)
    day = seat_day(at)
    found = []
    for system in systems:
        # Without any classification every provision would be open: that says nothing of this one.
        if facts[system.pk] != NOTHING_DECIDED:
            found += [(system, one) for one in owed(law, facts[system.pk], day)]
    return found
