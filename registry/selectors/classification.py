"""Classifications: the one that stands, the one that is being written, and the facts they state."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from registry.models import Classification, Milestone, System, TierChange
from registry.rules.classification import is_legacy
from registry.rules.legal import LegalFacts
from registry.rules.questionnaires import Answers, read

QUESTIONNAIRE = "ai_act_classification"
# Nothing is decided: every condition on any fact is open.
NOTHING_DECIDED = LegalFacts(open=frozenset({"tiers", "roles", "points", "flags"}))
# From which milestone duties apply that an older system meets later: flag, milestones by tier.
LEGACY = (
    ("legacy", "T-HR-ANNEX3", "high_risk_annex_iii"),
    ("legacy", "T-HR-ANNEX1", "high_risk_annex_i"),
    ("legacy_50_2", "T-GENERAL", "transparency"),
    ("legacy_gpai", "T-GPAI", "gpai"),
)
OLDER = frozenset(milestone for _, milestone, _ in LEGACY)


def classifications_of(*, system_id: UUID) -> QuerySet[Classification]:
    """Return the classifications of a system, newest first."""
    rows: QuerySet[Classification] = Classification.objects.filter(system_id=system_id)
    people = ("submitted_by", "confirmed_by", "authorship", "approval")
    return rows.select_related(*people).order_by("-number")


def current_classification(system_id: UUID) -> Classification | None:
    """Return the classification that stands: confirmed, or open again; None for none."""
    rows = classifications_of(system_id=system_id)
    return rows.filter(state__in=Classification.STANDING).first()


def open_classification(system_id: UUID) -> Classification | None:
    """Return the draft, or the one that waits for a second person; None for none."""
    return classifications_of(system_id=system_id).filter(state__in=Classification.OPEN).first()


def classification_by_number(*, system_id: UUID, number: int) -> Classification:
    """Return one. Raises Missing."""
    found = classifications_of(system_id=system_id).filter(number=number).first()
    if found is None:
        raise Missing(
            "unknown_classification", worded("There is no classification {number}.", number=number)
        )
    return found


def legal_facts(system: System) -> LegalFacts:
    """Return what the confirmed classification states; what nobody decided is `open`.

    Without a confirmed classification nothing is decided, whatever the class in the registry.
    """
    row = current_classification(system.pk)
    return NOTHING_DECIDED if row is None else facts_of(row.outcome, read(row.answers))


def facts_of(
    outcome: Mapping[str, Any],
    answers: Answers,
    dates: Mapping[str, date | None] | None = None,
) -> LegalFacts:
    """Return the facts of a kept outcome, with what follows from the dates of the law's data.

    `dates` are those of the milestones (`legacy_dates`), given where many systems are read.
    """
    flags, waiting = set(outcome["flags"]), set(outcome["open"])
    dates = legacy_dates() if dates is None else dates
    for flag, milestone, tier in LEGACY:
        if tier not in outcome["tiers"] and tier not in waiting:
            continue
        said = is_legacy(answers, applies_from=dates.get(milestone))
        if said == "yes":
            flags.add(flag)
        elif said == "open":
            waiting.add(flag)
    return LegalFacts(
        tiers=frozenset(outcome["tiers"]),
        roles=frozenset(outcome["roles"]),
        points=frozenset(outcome["points"]),
        flags=frozenset(flags),
        open=frozenset(waiting - flags),
    )


def legacy_dates() -> dict[str, date | None]:
    """Return the dates before which a system is an older one, by milestone."""
    return legacy_dates_among(Milestone.objects.filter(pk__in=OLDER))


def legacy_dates_among(milestones: Iterable[Milestone]) -> dict[str, date | None]:
    """Return what `legacy_dates` does, of milestones that the caller has read."""
    return {row.pk: row.date for row in milestones if row.pk in OLDER and not row.superseded_in}


def tier_changes_of(*, system_id: UUID) -> QuerySet[TierChange]:
    """Return the changes of the risk tier, newest first."""
    rows: QuerySet[TierChange] = TierChange.objects.filter(system_id=system_id)
    return rows.select_related("proposed_by", "decided_by").order_by("-proposed_at", "pk")


def open_tier_change(system_id: UUID) -> TierChange | None:
    """Return the change that waits for a second person; None for none."""
    return tier_changes_of(system_id=system_id).filter(state=TierChange.State.PROPOSED).first()
