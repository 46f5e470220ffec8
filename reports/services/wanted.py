"""What a pack is asked for, found and checked: a system, a unit, everything, named matters."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Lower
from msgspec import to_builtins

from governance.models import AuthorityRequest, RequestScope
from incidents.models import Incident
from ledger.rules.refusals import Forbidden, Invalid
from ledger.rules.worded import word, worded
from registry.models import System, Unit
from registry.selectors.units import units_below
from reports.rules.asked import BREADTHS, KINDS, RECIPIENTS, Wanted
from reports.rules.periods import period_of
from reports.rules.things import SystemRef
from reports.selectors.pack_rights import (
    refusal_for_organisation,
    refusal_for_systems,
    refusal_for_unit,
)

NOTHING = UUID(int=0)
BEFORE_AN_INCIDENT = timedelta(days=30)
MOST_SYSTEMS = 2_000


@dataclass(frozen=True, kw_only=True)
class Of:
    """What that is: the pack's columns, since when it is there, and the period that it knows."""

    columns: dict[str, Any] = field(default_factory=dict)
    label: str
    begins: datetime | None = None
    begun: str = word("registered")
    since: datetime | None = None
    until: datetime | None = None


def matter_wanted(
    wanted: Wanted, *, person: UUID, at: datetime, as_of: datetime | None = None
) -> Of:
    """Return what a pack is asked of, of several systems those registered by `as_of`, else now.

    Raises Invalid, Forbidden.
    """
    _check_words(wanted)
    if wanted.kind == "incident":
        return _incident(wanted, person, at)
    if wanted.kind == "authority_request":
        return _request(wanted, person, at)
    if wanted.breadth == "system":
        return _system(wanted, person, at)
    if wanted.breadth == "unit":
        return _unit(wanted, person, at, as_of or at)
    if wanted.breadth == "organisation":
        return _organisation(person, at, as_of or at)
    raise _unfit("breadth", "Choose one system, a unit, or the whole organisation.")


def _check_words(wanted: Wanted) -> None:
    for name, known in (("kind", KINDS), ("breadth", BREADTHS), ("recipient", RECIPIENTS)):
        if getattr(wanted, name) not in known:
            raise _unfit(name, worded("This is none of: {known}.", known=", ".join(known)))


def _system(wanted: Wanted, person: UUID, at: datetime) -> Of:
    rows = System.objects.select_related("owner", "unit").filter(sample="")
    system = rows.filter(pk=wanted.system_id).first()
    if system is None:
        raise _unfit("system", "Name the system.")
    _refuse(refusal_for_systems(user_id=person, systems=[system], at=at))
    return Of(
        label=system.name,
        begins=system.registered_at,
        columns=_columns("system", system.name, [_ref(system)], system=system),
    )


def _unit(wanted: Wanted, person: UUID, at: datetime, known_by: datetime) -> Of:
    unit = Unit.objects.filter(pk=wanted.unit_id or NOTHING).first()
    if unit is None:
        raise _unfit("unit", "Name the unit.")
    _refuse(refusal_for_unit(user_id=person, unit=unit, at=at))
    rows = System.objects.filter(sample="", unit_id__in=units_below(unit_ids=[unit.pk]))
    systems = _known(rows, unit.name, known_by)
    return _of_many("unit", unit.name, systems, unit=unit)


def _organisation(person: UUID, at: datetime, known_by: datetime) -> Of:
    _refuse(refusal_for_organisation(user_id=person, at=at))
    systems = _known(System.objects.filter(sample=""), settings.ORGANISATION, known_by)
    return _of_many("organisation", settings.ORGANISATION, systems)


def _of_many(breadth: str, name: str, systems: list[System], **more: object) -> Of:
    begins = min(system.registered_at for system in systems)
    refs = [_ref(system) for system in systems]
    subject = f"{name}, {len(refs)} system{'s' if len(refs) > 1 else ''}"
    return Of(label=name, begins=begins, columns=_columns(breadth, subject, refs, **more))


def _incident(wanted: Wanted, person: UUID, at: datetime) -> Of:
    rows = Incident.objects.select_related("system__owner", "system__unit")
    incident = rows.filter(pk=wanted.incident_id).first()
    if incident is None:
        raise _unfit("incident", "Name the incident.")
    _refuse(refusal_for_systems(user_id=person, systems=[incident.system], at=at))
    ref = _ref(incident.system, [str(incident.pk)])
    began = min(incident.onset_at or incident.opened_at, incident.opened_at)
    return Of(
        label=incident.number,
        begins=incident.opened_at,
        begun=word("opened"),
        since=began - BEFORE_AN_INCIDENT,
        columns=_columns(
            "matters", incident.number, [ref], system=incident.system, incident=incident
        ),
    )


def _request(wanted: Wanted, person: UUID, at: datetime) -> Of:
    rows = AuthorityRequest.objects.filter(pk=wanted.request_id or NOTHING)
    request = rows.first()
    if request is None:
        raise _unfit("request", "Name the request of the authority.")
    scopes = RequestScope.objects.filter(request=request).select_related(
        "system__owner", "system__unit"
    )
    named: dict[System, list[str]] = {}
    whole: set[UUID] = set()
    for row in scopes.order_by(Lower("system__name"), "system_id", "at", "pk"):
        incidents = named.setdefault(row.system, [])
        if row.incident_id is None:
            whole.add(row.system_id)
        else:
            incidents.append(str(row.incident_id))
    if not named:
        raise _unfit(
            "request",
            worded(
                "{number} is about no system yet: say first what it is about.",
                number=request.number,
            ),
        )
    _refuse(refusal_for_systems(user_id=person, systems=named, at=at))
    refs = [_ref(one, [] if one.pk in whole else ids) for one, ids in named.items()]
    subject = f"{request.number}, {request.authority}"
    alone = next(iter(named)) if len(named) == 1 else None
    since, until = _period_of(request, min(one.registered_at for one in named))
    return Of(
        label=request.number,
        begins=min(one.registered_at for one in named),
        since=since,
        until=until,
        columns=_columns("matters", subject, refs, request=request, system=alone),
    )


def _period_of(request: AuthorityRequest, begins: datetime) -> tuple[datetime, datetime | None]:
    """Return the time that a request is about; without one, since its systems are registered."""
    zone, first, last = settings.SEAT_ZONE, request.period_from, request.period_until
    since = period_of(first, first, zone)[0] if first else begins
    return since, period_of(last, last, zone)[1] if last else None


def _known(rows: QuerySet[System], name: str, by: datetime) -> list[System]:
    """Return the systems registered by then, by name. Raises Invalid for none and too many."""
    rows = rows.filter(registered_at__lte=by)
    systems = list(rows.order_by(Lower("name"), "pk")[: MOST_SYSTEMS + 1])
    if not systems:
        raise _unfit(
            "breadth",
            worded("{name} has no system: there is nothing to make a pack of.", name=name),
        )
    if len(systems) > MOST_SYSTEMS:
        raise _unfit(
            "breadth",
            worded(
                "A pack holds {most_systems} systems at most: ask unit by unit.",
                most_systems=MOST_SYSTEMS,
            ),
        )
    return systems


def _columns(breadth: str, subject: str, refs: list[SystemRef], **more: object) -> dict[str, Any]:
    return {
        "breadth": breadth,
        "subject": subject[:200],
        "systems": [to_builtins(ref) for ref in refs],
        **more,
    }


def _ref(system: System, incidents: list[str] | None = None) -> SystemRef:
    return SystemRef(
        id=str(system.pk), slug=system.slug, name=system.name, incidents=incidents or []
    )


def _refuse(refusal: Forbidden | None) -> None:
    if refusal is not None:
        raise refusal


def _unfit(name: str, words: str) -> Invalid:
    return Invalid("bad_pack", words, fields={name: words})
