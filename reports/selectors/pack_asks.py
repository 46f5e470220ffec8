"""From what a person wrote to what is asked for: short names and numbers become ids."""

from datetime import datetime
from uuid import UUID

from governance.selectors.requests import visible_requests
from incidents.selectors.visibility import incident_by_number, incidents_visible_to
from ledger.rules.refusals import Invalid, Missing
from ledger.rules.worded import worded
from registry.models import Unit, User
from registry.selectors.systems import no_such_system, systems_visible_to
from reports.rules.asked import FRAMEWORK_KINDS, Wanted


def wanted_system(*, slug: str, kind: str, recipient: str, user: User, at: datetime) -> Wanted:
    """Return what asks for a system by its short name. Raises Missing."""
    found = systems_visible_to(user=user, at=at).filter(slug=slug).first()
    if found is None:
        raise no_such_system(slug)
    return Wanted(kind=kind, recipient=recipient, system_id=found.pk)


def wanted_unit(*, unit: str, kind: str, recipient: str) -> Wanted:
    """Return what asks for a unit by its id, or by its name. Raises Missing."""
    rows = Unit.objects.filter(pk=unit) if _is_id(unit) else Unit.objects.filter(name=unit)
    found = rows.first()
    if found is None:
        raise Missing("unknown_unit", worded("There is no unit {unit!r}.", unit=unit[:120]))
    return Wanted(kind=kind, breadth="unit", recipient=recipient, unit_id=found.pk)


def wanted_organisation(*, kind: str, recipient: str) -> Wanted:
    """Return what asks for the whole organisation."""
    return Wanted(kind=kind, breadth="organisation", recipient=recipient)


def wanted_matter(*, number: str, recipient: str, user: User, at: datetime) -> Wanted:
    """Return what asks for an incident's file, or for what an authority asked. Raises Missing."""
    number = number.strip().upper()
    request = visible_requests(user=user, at=at).filter(number=number).first()
    if request is not None:
        return Wanted(
            kind="authority_request",
            breadth="matters",
            recipient=recipient,
            request_id=request.pk,
        )
    incident = incident_by_number(number=number, visible=incidents_visible_to(user=user, at=at))
    return Wanted(kind="incident", breadth="matters", recipient=recipient, incident_id=incident.pk)


def wanted_of(
    *, about: dict[str, str], kind: str, recipient: str, user: User, at: datetime
) -> Wanted:
    """Return what is asked for, of exactly one of system, unit, organisation and number.

    A matter has the kind of what it is. Raises Invalid where none or several are named, or the
    kind does not fit; Missing for what is not there or not the person's to see.
    """
    named = [name for name, value in about.items() if value]
    if len(named) != 1:
        words = "Name one thing: a system, a unit, the organisation, or the number of a matter."
        raise Invalid("bad_pack", words, fields={"system": words})
    (name,) = named
    if name == "number":
        return wanted_matter(number=about[name], recipient=recipient, user=user, at=at)
    if kind not in (*FRAMEWORK_KINDS, "everything"):
        words = "This kind is of one matter: name its number."
        raise Invalid("bad_pack", words, fields={"kind": words})
    if name == "system":
        return wanted_system(slug=about[name], kind=kind, recipient=recipient, user=user, at=at)
    if name == "unit":
        return wanted_unit(unit=about[name], kind=kind, recipient=recipient)
    return wanted_organisation(kind=kind, recipient=recipient)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
