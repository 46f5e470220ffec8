"""The law as data: frameworks, provisions, milestones, questionnaires, and what a system owes."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from registry.models import (
    CrosswalkPair,
    Framework,
    KpiDuty,
    Milestone,
    Provision,
    Questionnaire,
    ReferenceRelease,
    Source,
)
from registry.rules.legal import LegalFacts
from registry.rules.obligations import Law, MilestoneFact, Obligation, ProvisionFact, owed

IN_FORCE = Q(superseded_in="")
LONGEST_SEARCH = 100
LONGEST_ID = 40


def seat_day(at: datetime) -> date:
    """Return the day of an instant at the organisation's seat (CLK-03)."""
    return at.astimezone(ZoneInfo(settings.SEAT_ZONE)).date()


def begins_at(day: date) -> datetime:
    """Return the instant at which a duty of a day begins: 00:00 at the organisation's seat."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(settings.SEAT_ZONE))


def frameworks() -> QuerySet[Framework]:
    """Return the frameworks with `parts`, how many provisions stand in each; laws first."""
    rows = Framework.objects.filter(IN_FORCE)
    counted = Count("provisions", filter=Q(provisions__superseded_in=""))
    return rows.annotate(parts=counted).order_by("-kind", "name")


def framework(key: str) -> Framework:
    """Return a framework. Raises Missing."""
    found: Framework | None = Framework.objects.filter(pk=key).first()
    if found is None:
        raise Missing("unknown_framework", worded("There is no framework {key!r}.", key=key))
    return found


def milestones(*, of: str | None = None) -> QuerySet[Milestone]:
    """Return the milestones by date, those without one last; also superseded ones."""
    rows = Milestone.objects.all() if of is None else Milestone.objects.filter(framework_id=of)
    return rows.order_by("date", "place", "pk")


def coming(on: date, *, most: int = 6) -> list[Milestone]:
    """Return the next dates of adopted law after a day."""
    rows = milestones().filter(IN_FORCE, date__gt=on, status=Milestone.Status.FUTURE)
    return list(rows[:most])


def provisions(*, of: str | None = None, kind: str = "", search: str = "") -> QuerySet[Provision]:
    """Return provisions in the order of their framework; `search` looks at id, number and title."""
    rows = Provision.objects.order_by("framework_id", "place", "pk")
    if of is not None:
        rows = rows.filter(framework_id=of)
    if kind:
        rows = rows.filter(kind=kind)
    for word in search.replace("\x00", "")[:LONGEST_SEARCH].split():
        found = Q(title__icontains=word) | Q(reference__icontains=word) | Q(pk__icontains=word)
        rows = rows.filter(found | Q(document__evidence__icontains=word))
    return rows


def provision(key: str, *, of: str | None = None) -> Provision:
    """Return a provision by its id; 'AIA-26(5)' is read as 'AIA-26.5'. Raises Missing."""
    key = key.replace("\x00", "")[:LONGEST_ID]
    plain = re.sub(r"\.+", ".", re.sub(r"[()\s]+", ".", key)).strip(".")
    rows = Provision.objects.select_related("framework").filter(pk__in=[key, plain])
    found = rows.filter(framework_id=of).first() if of else rows.first()
    if found is None:
        raise Missing("unknown_provision", worded("There is no provision {key!r}.", key=key))
    return found


def parts_of(key: str) -> QuerySet[Provision]:
    """Return the provisions that stand below another one."""
    return Provision.objects.filter(parent=key).order_by("place", "pk")


def sources_of(ids: Iterable[str]) -> list[Source]:
    """Return the publications that ids name."""
    return list(Source.objects.filter(pk__in=set(ids)).order_by("pk"))


def crosswalk_of(key: str) -> list[CrosswalkPair]:
    """Return the pairs that name a provision, the surest first."""
    named = Q(ai_act__contains=[key]) | Q(iso_42001__contains=[key])
    rows = CrosswalkPair.objects.filter(IN_FORCE).filter(named | Q(nist_ai_rmf__contains=[key]))
    sure = {"high": 0, "medium": 1, "low": 2}
    return sorted(rows, key=lambda pair: (sure.get(pair.confidence, 3), pair.place))


def kpi_duties_of(keys: Iterable[str]) -> QuerySet[KpiDuty]:
    """Return which KPIs provisions ask for."""
    rows = KpiDuty.objects.filter(IN_FORCE, provision_id__in=set(keys))
    return rows.order_by("place")


def questionnaire(key: str) -> Questionnaire:
    """Return the newest version of a questionnaire by its slug. Raises Missing."""
    rows = Questionnaire.objects.filter(IN_FORCE, slug=key).order_by("-loaded_at", "-pk")
    found: Questionnaire | None = rows.first()
    if found is None:
        raise Missing(
            "unknown_questionnaire", worded("The questionnaire {key!r} is not loaded.", key=key)
        )
    return found


def questionnaires() -> QuerySet[Questionnaire]:
    """Return the questionnaires in force."""
    return Questionnaire.objects.filter(IN_FORCE).order_by("slug")


def releases() -> list[ReferenceRelease]:
    """Return the newest release of each reference file."""
    rows = ReferenceRelease.objects.order_by("name", "-loaded_at", "-pk").distinct("name")
    return list(rows)


def obligations_for(facts: LegalFacts, on: date) -> list[Obligation]:
    """Return what a system with these facts owes on a day, and what is open, in the law's order.

    `on` is a day at the organisation's seat. Two queries.
    """
    return owed(law_in_force(), facts, on)


def law_in_force() -> Law:
    """Return the obligations and every milestone, as the rules read them."""
    return law_with(obligation_provisions())


def obligation_provisions() -> QuerySet[Provision]:
    """Return the provisions in force that oblige somebody, in their order."""
    rows: QuerySet[Provision] = Provision.objects.filter(IN_FORCE, kind="obligation")
    return rows.order_by("place", "pk")


def every_milestone() -> QuerySet[Milestone]:
    """Return the milestones in their order."""
    rows: QuerySet[Milestone] = Milestone.objects.order_by("place", "pk")
    return rows


def law_with(rows: Iterable[Provision]) -> Law:
    """Return some provisions with the milestones, whatever their kind."""
    return law_of(rows, every_milestone())


def law_of(rows: Iterable[Provision], milestones: Iterable[Milestone]) -> Law:
    """Return provisions and milestones as the rules read them."""
    return Law(
        provisions=tuple(provision_fact(row) for row in rows),
        milestones={row.pk: milestone_fact(row) for row in milestones},
    )


def provision_fact(row: Provision) -> ProvisionFact:
    """Return a provision as the rules read it."""
    return ProvisionFact(
        id=row.pk,
        framework=row.framework_id,
        reference=row.reference,
        title=row.title,
        kind=row.kind,
        who=tuple(row.who),
        supporting=tuple(row.supporting),
        condition=row.condition,
        dates=tuple(row.dates),
        document=row.document,
        sources=tuple(row.sources),
        checked=row.checked,
        place=row.place,
    )


def milestone_fact(row: Milestone) -> MilestoneFact:
    """Return a milestone as the rules read it."""
    return MilestoneFact(
        id=row.pk,
        date=row.date,
        status=row.status,
        what=row.what,
        legal_basis=row.legal_basis,
        note=row.note,
        superseded_by=row.superseded_by,
        sources=tuple(row.sources),
        checked=row.checked,
    )
