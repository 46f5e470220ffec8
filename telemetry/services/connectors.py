"""Connectors: defined, changed and switched off by who answers for the system's readings."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import joined, worded
from ledger.services.entries import append_entry
from outbox.channels.webhook import is_inside
from outbox.secrets import encrypt
from outbox.services.hints import nudge
from registry.models import System
from registry.services.access import require_system_permit
from telemetry.models import Connector, ConnectorState, Series
from telemetry.rules.addresses import address_fault
from telemetry.rules.mappings import Line, kept, read_lines, stored_lines
from telemetry.rules.schedules import LONGEST, SHORTEST, cadence_of
from telemetry.selectors.catalogue import kpis_for_system
from telemetry.selectors.connectors import is_of_lines
from telemetry.services.series import expect_readings

ACT = "connector.define"
JOB = "connectors"
NEEDED = {"none": 0, "token": 1, "basic": 2}
MOST_SECRET = 4000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a connector is to be. `secrets` is empty, a token, or name and password.

    None for `secrets` keeps those that are stored.
    """

    name: str
    url: str
    every_seconds: int
    lines: Sequence[Mapping[str, Any]]
    sign_in: str = "none"
    secrets: Sequence[str] | None = ()


@transaction.atomic
def define_connector(
    *, system_id: UUID, kind: str, wanted: Wanted, actor: Actor, at: datetime
) -> Connector:
    """Keep what is asked, where and how often; the first poll is due at once.

    The credential is encrypted and never shown again. Raises Missing, Forbidden, Invalid, Conflict.
    """
    system = _system(system_id)
    require_system_permit(act=ACT, system=system, actor=actor, at=at)
    if kind not in Connector.Kind.values:
        raise Invalid("bad_connector", "There is no such kind.", fields={"kind": "unknown"})
    lines = _checked(wanted, kind, system, stored=None)
    _require_free(wanted.name, None)
    made: Connector = Connector(
        name=wanted.name.strip(),
        kind=kind,
        system=system,
        url=wanted.url,
        sign_in=wanted.sign_in,
        secrets=encrypt(wanted.secrets) if wanted.secrets else b"",
        every_seconds=wanted.every_seconds,
        lines=kept(lines),
        created_by_id=actor.person,
        created_at=at,
    )
    made.save(force_insert=True, at=at)
    ConnectorState.objects.create(connector=made, next_at=at)
    _record("connector.defined", made, actor, at, after=_facts(made))
    expect_of(connector=made, actor=actor, at=at)
    nudge(JOB)
    return made


@transaction.atomic
def change_connector(
    *, connector_id: UUID, expected_version: int, wanted: Wanted, actor: Actor, at: datetime
) -> Connector:
    """Change what is asked, where or how often; the next poll is due at once.

    Raises Missing, Forbidden, Invalid, Conflict.
    """
    found = _locked(connector_id, actor, at, expected_version)
    before, cadences = _facts(found), _cadences(found)
    lines = _checked(wanted, found.kind, found.system, stored=found)
    _require_free(wanted.name, found.pk)
    found.name, found.url, found.sign_in = wanted.name.strip(), wanted.url, wanted.sign_in
    found.every_seconds, found.lines = wanted.every_seconds, kept(lines)
    if wanted.secrets is not None:
        found.secrets = encrypt(wanted.secrets) if wanted.secrets else b""
    _keep(found, at)
    after = _facts(found) | {"credential_changed": wanted.secrets is not None}
    _record("connector.changed", found, actor, at, before=before, after=after)
    expect_of(connector=found, formerly=cadences, actor=actor, at=at)
    _make_due(found, at)
    return found


@transaction.atomic
def switch_connector(
    *, connector_id: UUID, expected_version: int, active: bool, actor: Actor, at: datetime
) -> Connector:
    """Switch a connector off, or on again.

    What it measured stays expected: unless somebody else sends it, it turns silent. Raises Missing,
    Forbidden, Conflict.
    """
    found = _locked(connector_id, actor, at, expected_version)
    if found.active is active:
        return found
    found.active = active
    _keep(found, at)
    verb = "connector.switched_on" if active else "connector.switched_off"
    _record(verb, found, actor, at, before={"active": not active}, after={"active": active})
    if active:
        _make_due(found, at)
    return found


@transaction.atomic
def request_poll(*, connector_id: UUID, actor: Actor, at: datetime) -> Connector:
    """Let a connector be asked now, whatever its schedule. Raises Missing, Forbidden, Conflict."""
    found = _locked(connector_id, actor, at, None)
    if not found.active:
        raise Conflict(
            "switched_off", worded("{found_name} is switched off.", found_name=found.name)
        )
    if not found.url:
        raise Conflict(
            "not_asked",
            worded(
                "{found_name} has no address: its reports are sent here.", found_name=found.name
            ),
        )
    _record("connector.poll_asked", found, actor, at)
    _make_due(found, at)
    return found


def expect_of(
    *,
    connector: Connector,
    formerly: Mapping[tuple[str, str, int], int] | None = None,
    born_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Say of the series that a connector fills how often they are expected.

    Only where nobody has said it, or where it was said by this connector (`formerly`). With
    `born_at` only of the series that were made at that instant.
    """
    cadences, before = _cadences(connector), formerly or {}
    rows = Series.objects.filter(
        system_id=connector.system_id, kpi_id__in={k for k, _, _ in cadences}
    )
    if born_at is not None:
        rows = rows.filter(created_at=born_at)
    for series in rows.order_by("pk"):
        key = (series.kpi_id, series.environment, series.window_seconds)
        if key not in cadences or not _is_of(connector, series):
            continue
        if series.cadence_seconds in (None, before.get(key)):
            if series.cadence_seconds == cadences[key]:
                continue
            expect_readings(series_id=series.pk, cadence_seconds=cadences[key], actor=actor, at=at)


def _cadences(connector: Connector) -> dict[tuple[str, str, int], int]:
    return {
        (line.kpi, line.environment, line.seconds): cadence_of(
            window_seconds=line.seconds, every=connector.every_seconds
        )
        for line in stored_lines(connector.lines)
    }


def _is_of(connector: Connector, series: Series) -> bool:
    return is_of_lines(stored_lines(connector.lines), series)


def _system(system_id: UUID) -> System:
    system: System | None = System.objects.filter(pk=system_id).first()
    if system is None:
        raise Missing("unknown_system", "There is no such system.")
    return system


def _locked(
    connector_id: UUID, actor: Actor, at: datetime, expected_version: int | None
) -> Connector:
    rows = Connector.objects.select_for_update(no_key=True, of=("self",)).select_related("system")
    found: Connector | None = rows.filter(pk=connector_id).first()
    if found is None:
        raise Missing("unknown_connector", "There is no such connector.")
    require_system_permit(act=ACT, system=found.system, actor=actor, at=at)
    if expected_version is not None and expected_version != found.version:
        raise Conflict(
            "stale",
            "Somebody has changed this connector since you looked: look again.",
            extra={"present": {"version": found.version}},
        )
    return found


def _keep(found: Connector, at: datetime) -> None:
    found.version += 1
    found.save(at=at)


def _make_due(found: Connector, at: datetime) -> None:
    state = ConnectorState.objects.select_for_update().get(connector=found)
    state.next_at = at
    state.save(update_fields=["next_at"])
    nudge(JOB)


def _checked(wanted: Wanted, kind: str, system: System, stored: Connector | None) -> list[Line]:
    """Return the lines of what is wanted. Raises Invalid with the fields that are wrong."""
    lines, wrong = read_lines(wanted.lines, kind)
    name = wanted.name.strip()
    if not 0 < len(name) <= 80 or not name.isprintable():
        wrong["name"] = "A name of 80 characters at most."
    if reason := _url_fault(wanted, kind):
        wrong["url"] = reason
    if not SHORTEST <= wanted.every_seconds <= LONGEST:
        wrong["every_seconds"] = worded(
            "From {shortest} seconds to {longest} days.",
            shortest=SHORTEST,
            longest=LONGEST // 86400,
        )
    if reason := _secret_fault(wanted, stored):
        wrong["sign_in"] = reason
    wrong |= _unknown_kpis(lines, system)
    if wrong:
        raise Invalid("bad_connector", joined(" ", wrong.values()), fields=wrong)
    return lines


def _url_fault(wanted: Wanted, kind: str) -> str | None:
    """Return what is wrong with an address; reports of Evidently may be sent here instead."""
    if not wanted.url and kind == Connector.Kind.EVIDENTLY:
        return "Without an address there is nothing to sign in to." if wanted.secrets else None
    return address_fault(wanted.url) or _inside(wanted.url)


def _inside(url: str) -> str | None:
    """Return why an address written as figures is refused; names are looked up at each poll."""
    host = urlsplit(url).hostname or ""
    if host in settings.WEBHOOK_PRIVATE_HOSTS:
        return None
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return worded("{host} is an address inside.", host=host) if is_inside(address) else None


def _secret_fault(wanted: Wanted, stored: Connector | None) -> str | None:
    words = "A token takes one secret, name and password two, none takes none."
    if wanted.sign_in not in NEEDED:
        return words
    if wanted.secrets is None:
        kept_way = stored.sign_in if stored is not None else "none"
        same = kept_way == wanted.sign_in
        # A credential goes where it was given for, not to an address that came later.
        moved = stored is not None and bool(stored.secrets) and stored.url != wanted.url
        return "Another address takes the credential anew." if moved else None if same else words
    count = len(wanted.secrets)
    sound = count == NEEDED[wanted.sign_in] and all(
        0 < len(one) <= MOST_SECRET and "\x00" not in one and one.isascii() and one.isprintable()
        for one in wanted.secrets
    )
    return None if sound else words


def _unknown_kpis(lines: Sequence[Line], system: System) -> dict[str, str]:
    asked = {line.kpi for line in lines}
    known = set(kpis_for_system(system=system).filter(pk__in=asked).values_list("pk", flat=True))
    return {
        f"lines.{number}.kpi": worded("There is no KPI {kpi} in the catalogue.", kpi=repr(line.kpi))
        for number, line in enumerate(lines, start=1)
        if line.kpi not in known
    }


def _require_free(name: str, own: UUID | None) -> None:
    same: Connector | None = Connector.objects.filter(name=name.strip()).first()
    if same is not None and same.pk != own:
        words = worded("There is a connector {name!r} already.", name=name.strip())
        raise Conflict("name_in_use", words, fields={"name": words})


def _facts(connector: Connector) -> dict[str, Any]:
    """Return what the ledger says of a connector: never the credential."""
    return {
        "name": connector.name,
        "kind": str(connector.kind),
        "url": connector.url,
        "sign_in": str(connector.sign_in),
        "every_seconds": connector.every_seconds,
        "lines": [
            # The ledger holds no floating point numbers.
            {key: str(value) for key, value in line.items() if value != ""}
            for line in connector.lines
        ],
    }


def _record(
    verb: str,
    connector: Connector,
    actor: Actor,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("connector", str(connector.pk), connector.name),
        before=before,
        after=after,
        system_id=connector.system_id,
    )
