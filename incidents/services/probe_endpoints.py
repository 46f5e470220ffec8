"""Where a system's state is read: set by who answers for the system, its token encrypted."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction

from incidents.models import ProbeEndpoint, ProbeState
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from outbox.channels.webhook import is_inside
from outbox.secrets import encrypt
from registry.models import System
from registry.services.access import require_system_permit
from telemetry.rules.addresses import address_fault

ACT = "probe.set"
SHORTEST, LONGEST = 10, 86400
MOST_SECRET = 4000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a probe is to be. `token` None keeps the one that is stored, '' is none."""

    url: str
    environment: str = "production"
    every_seconds: int = 60
    token: str | None = None
    active: bool = True


@transaction.atomic
def set_probe(
    *, system_id: UUID, wanted: Wanted, expected_version: int | None, actor: Actor, at: datetime
) -> ProbeEndpoint:
    """Set or change where a system is asked in an environment; it is due at once.

    `expected_version` is None for a new one. The token is encrypted and never shown again; it goes
    to no other address than the one it was given for. Raises Missing, Forbidden, Invalid, Conflict.
    """
    system = System.objects.filter(pk=system_id).first()
    if system is None:
        raise Missing("unknown_system", "There is no such system.")
    require_system_permit(act=ACT, system=system, actor=actor, at=at)
    found = _locked(system, wanted.environment)
    _check(wanted, found)
    before: dict[str, Any] = {}
    if found is None:
        found = ProbeEndpoint(system=system, environment=wanted.environment, version=0)
    else:
        _check_version(found, expected_version)
        before = _facts(found)
    found.url, found.every_seconds, found.active = wanted.url, wanted.every_seconds, wanted.active
    if wanted.token is not None:
        found.secrets = encrypt([wanted.token]) if wanted.token else b""
    found.version += 1
    found.set_by_id, found.set_at = actor.person, at
    found.save(at=at)
    ProbeState.objects.update_or_create(
        endpoint=found, defaults={"next_at": at, "leased_until": None, "failures": 0, "failure": ""}
    )
    append_entry(
        verb="probe.set",
        actor=actor,
        at=at,
        subject=("probe", str(found.pk), f"{system.name} in {found.environment}"),
        before=before,
        after=_facts(found) | {"token_changed": wanted.token is not None},
        system_id=system.pk,
        touched=[f"incidents_probeendpoint:{found.pk}"],
    )
    return found


def _locked(system: System, environment: str) -> ProbeEndpoint | None:
    rows = ProbeEndpoint.objects.select_for_update(of=("self",)).select_related("system")
    found: ProbeEndpoint | None = rows.filter(system=system, environment=environment).first()
    return found


def _check(wanted: Wanted, found: ProbeEndpoint | None) -> None:
    wrong = {}
    if not 0 < len(wanted.environment) <= 30 or not wanted.environment.isprintable():
        wrong["environment"] = "A name of 30 characters at most."
    reason = address_fault(wanted.url) or _inside(wanted.url)
    if reason:
        wrong["url"] = reason
    if not SHORTEST <= wanted.every_seconds <= LONGEST:
        wrong["every_seconds"] = worded("From {shortest} seconds to a day.", shortest=SHORTEST)
    if token_fault := _token_fault(wanted, found):
        wrong["token"] = token_fault
    if wrong:
        raise Invalid("bad_probe", " ".join(wrong.values()), fields=wrong)


def _token_fault(wanted: Wanted, found: ProbeEndpoint | None) -> str:
    if wanted.token is None:
        moved = found is not None and bool(found.secrets) and found.url != wanted.url
        return "Another address takes the token anew." if moved else ""
    token = wanted.token
    sound = len(token) <= MOST_SECRET and token.isascii() and (token.isprintable() or not token)
    return (
        ""
        if sound
        else worded(
            "A token is printable, {most_secret} characters at most.", most_secret=MOST_SECRET
        )
    )


def _inside(url: str) -> str:
    """Return why an address written as figures is refused; names are looked up at each probe."""
    host = urlsplit(url).hostname or ""
    if host in settings.WEBHOOK_PRIVATE_HOSTS:
        return ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    return worded("{host} is an address inside.", host=host) if is_inside(address) else ""


def _check_version(found: ProbeEndpoint, expected: int | None) -> None:
    if expected != found.version:
        raise Conflict(
            "stale_version",
            worded("The probe is at version {version} now; load it again.", version=found.version),
            extra={"present": {"version": found.version}},
        )


def _facts(found: ProbeEndpoint) -> dict[str, Any]:
    return {
        "url": found.url,
        "environment": found.environment,
        "every_seconds": found.every_seconds,
        "active": found.active,
    }
