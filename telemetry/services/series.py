"""From what a row names to the series that it belongs to; a new one is made where it may be."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import System
from registry.selectors.units import units_above
from telemetry.models import Kpi, Series
from telemetry.rules.fairness_kpis import GAPS, NO_BASIS
from telemetry.rules.kpi_checks import PREFIX
from telemetry.rules.rows import MeasurementRow, measurement_fault, segment_fault, window_seconds
from telemetry.selectors.legal_bases import legal_bases

Named = tuple[str, str, str, str]
"""(kpi, environment, segment, window as written)."""
Identity = tuple[UUID, str, str, str, int]
"""(system, kpi, environment, segment, seconds of the window)."""

Reach = QuerySet[System] | Mapping[str, UUID]
"""The systems that a sender may write to: to be asked for, or known already by their slug."""

MOST_KNOWN = 50_000
# Series never change their identity and are never deleted, so what was committed stays true.
_known: dict[UUID, dict[Named, int]] = {}


@dataclass(slots=True)
class Resolved:
    """The series of each row in order; None where it has none, out of reach or as `faults` says.

    `bases` are the legal bases, as they stand on record, of the fairness gaps among the rows.
    """

    ids: list[int | None]
    faults: dict[int, tuple[str, str]] = field(default_factory=dict)
    new: int = 0
    bases: list[str] = field(default_factory=list)


def systems_in_reach(reach: Reach, slugs: Iterable[str]) -> dict[str, UUID]:
    """Return the systems among `slugs` that a sender may write to."""
    if isinstance(reach, Mapping):
        return {slug: reach[slug] for slug in sorted(set(slugs) & reach.keys())}
    asked = [slug for slug in set(slugs) if "\x00" not in slug]
    return dict(reach.filter(slug__in=asked).values_list("slug", "pk"))


def resolve_series(
    *, rows: Sequence[MeasurementRow], systems: Mapping[str, UUID], at: datetime
) -> Resolved:
    """Find the series of rows, in one query where some are not known; make the missing ones.

    The faults of rows that can have no series stand by index, with (field, reason).
    """
    known = {slug: _known.get(pk, {}) for slug, pk in systems.items()}
    nothing: dict[Named, int] = {}
    resolved = Resolved(
        [
            known.get(row.system, nothing).get((row.kpi, row.environment, row.segment, row.window))
            for row in rows
        ]
    )
    _refuse_gaps_without_basis(resolved, rows, systems)
    unknown = [
        index
        for index, series in enumerate(resolved.ids)
        if series is None and rows[index].system in systems and index not in resolved.faults
    ]
    if unknown:
        _look_up(resolved, rows, unknown, systems, at)
    _refuse_switched_off(resolved, rows)
    return resolved


def _refuse_switched_off(resolved: Resolved, rows: Sequence[MeasurementRow]) -> None:
    """Take no reading of an own KPI that is switched off, though its series are known."""
    own = {row.kpi for row in rows if row.kpi.startswith(PREFIX)}
    if not own:
        return
    asked = [name for name in own if "\x00" not in name]
    off = dict(Kpi.objects.filter(pk__in=asked, off=True).values_list("pk", "switched_at"))
    for index, row in enumerate(rows):
        if row.kpi in off and resolved.ids[index] is not None:
            resolved.ids[index] = None
            since = f"{off[row.kpi]:%Y-%m-%d %H:%M} UTC"
            reason = worded(
                "The KPI {kpi} is switched off since {since}.", kpi=repr(row.kpi), since=since
            )
            resolved.faults[index] = "kpi", reason


def _refuse_gaps_without_basis(
    resolved: Resolved, rows: Sequence[MeasurementRow], systems: Mapping[str, UUID]
) -> None:
    """Take no gap between groups of persons unless it is on record why its attribute is used.

    Every way in ends here; what the product computes itself asks the same of its computation.
    """
    gaps = [
        index
        for index, row in enumerate(rows)
        # What is not sound in itself is refused for that, further on.
        if row.kpi in GAPS and row.system in systems and measurement_fault(row) is None
    ]
    if not gaps:
        return
    known = legal_bases(system_ids={systems[rows[index].system] for index in gaps})
    found: set[str] = set()
    for index in gaps:
        row = rows[index]
        basis = known.of(systems[row.system], row.kpi, row.segment)
        if basis:
            found.add(basis)
        else:
            resolved.ids[index] = None
            resolved.faults[index] = ("segment" if row.segment else "kpi"), NO_BASIS
    resolved.bases = sorted(found)


def _look_up(
    resolved: Resolved,
    rows: Sequence[MeasurementRow],
    unknown: list[int],
    systems: Mapping[str, UUID],
    at: datetime,
) -> None:
    kpis = _kpis_among({rows[index].kpi for index in unknown})
    units = _units_of(systems.values()) if any(kpis.values()) else {}
    wanted: dict[tuple[UUID, Named], Identity] = {}
    for index in unknown:
        row = rows[index]
        named = (row.kpi, row.environment, row.segment, row.window)
        system = systems[row.system]
        fault = _fault(named, kpis, units.get(system, ()))
        if fault is not None:
            resolved.faults[index] = fault
            continue
        wanted[system, named] = (system, *named[:3], window_seconds(row.window) or 0)
    stored = _stored(wanted.values())
    missing = sorted({one for one in wanted.values() if one not in stored})
    if missing:
        resolved.new = len(missing)
        stored |= _make(missing, at)
    for index in unknown:
        row = rows[index]
        named = (row.kpi, row.environment, row.segment, row.window)
        identity = wanted.get((systems[row.system], named))
        resolved.ids[index] = stored[identity] if identity else None
    # Others must not know what this transaction may still roll back.
    transaction.on_commit(lambda: _remember(wanted, stored))


def hold_new_series(*, system_id: UUID) -> None:
    """Wait for deliveries that are making series of a system, and let later ones wait.

    Until the end of the transaction no series of it is born unseen.
    """
    _take_turns("pg_advisory_xact_lock", system_id)


def _take_turns(lock: str, system: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(hashtextextended(%s, 7))", [f"series of {system}"])


def _kpis_among(names: set[str]) -> dict[str, UUID | None]:
    """Return the KPIs among names, an own one with the unit that it is for."""
    asked = [name for name in names if "\x00" not in name]
    return dict(Kpi.objects.filter(pk__in=asked).values_list("pk", "of_unit_id"))


def _units_of(systems: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Return the unit of each system and every unit above it: whose own KPIs it may have."""
    rows = System.objects.filter(pk__in=set(systems)).values_list("pk", "unit_id")
    return {system: units_above(unit_id=unit) for system, unit in rows}


def _fault(
    named: Named, kpis: Mapping[str, UUID | None], units: Collection[UUID]
) -> tuple[str, str] | None:
    kpi, environment, segment, window = named
    if kpi not in kpis or (kpis[kpi] is not None and kpis[kpi] not in units):
        return "kpi", worded("There is no KPI {kpi} in the catalogue.", kpi=repr(kpi))
    if window_seconds(window) is None:
        return "window", "A window is a number and s, m, h or d, at most 366d, such as 7d."
    if "\x00" in environment:
        return "environment", "The character NUL is not allowed."
    reason = segment_fault(segment)
    return ("segment", reason) if reason else None


def _stored(wanted: Iterable[Identity]) -> dict[Identity, int]:
    columns = [list(column) for column in zip(*set(wanted), strict=True)]
    if not columns:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.system_id, s.kpi_id, s.environment, s.segment, s.window_seconds"
            " FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::int[])"
            "   AS w(system_id, kpi_id, environment, segment, window_seconds)"
            " JOIN telemetry_series s USING"
            "   (system_id, kpi_id, environment, segment, window_seconds)",
            columns,
        )
        return {tuple(identity): series for series, *identity in cursor.fetchall()}


def series_for(*, cadences: Mapping[Identity, int | None], at: datetime) -> dict[Identity, int]:
    """Return the series of these identities, made with their cadence where they are missing."""
    stored = _stored(cadences)
    missing = sorted(one for one in cadences if one not in stored)
    return stored | _make(missing, at, cadences) if missing else stored


def _make(
    missing: list[Identity], at: datetime, cadences: Mapping[Identity, int | None] | None = None
) -> dict[Identity, int]:
    """Insert series in the order of their identity, so that two deliveries cannot deadlock."""
    for system in sorted({one[0] for one in missing}):
        _take_turns("pg_advisory_xact_lock_shared", system)
    rows = [
        Series(
            system_id=system,
            kpi_id=kpi,
            environment=environment,
            segment=segment,
            window_seconds=seconds,
            cadence_seconds=(cadences or {}).get((system, kpi, environment, segment, seconds)),
            created_at=at,
        )
        for system, kpi, environment, segment, seconds in missing
    ]
    Series.objects.bulk_create(rows, ignore_conflicts=True)
    return _stored(missing)


def _remember(
    wanted: Mapping[tuple[UUID, Named], Identity], stored: Mapping[Identity, int]
) -> None:
    if sum(map(len, _known.values())) + len(wanted) > MOST_KNOWN:
        _known.clear()
    for (system, named), identity in wanted.items():
        _known.setdefault(system, {})[named] = stored[identity]


@transaction.atomic
def expect_readings(
    *, series_id: int, cadence_seconds: int | None, actor: Actor, at: datetime
) -> Series:
    """Say how often a series is expected to send; None: nobody waits for it.

    From then on its silence is judged. Raises Missing, Invalid.
    """
    rows = Series.objects.select_for_update(no_key=True, of=("self",)).filter(pk=series_id)
    series = rows.select_related("system", "kpi").first()
    if series is None:
        raise Missing(
            "unknown_series", worded("There is no series {series_id}.", series_id=series_id)
        )
    if cadence_seconds is not None and cadence_seconds < 1:
        raise Invalid("invalid_cadence", "A cadence is at least one second.")
    before, series.cadence_seconds = series.cadence_seconds, cadence_seconds
    series.save(update_fields=["cadence_seconds"])
    append_entry(
        verb="series.cadence_set",
        actor=actor,
        at=at,
        subject=("series", str(series.pk), series.label),
        before={"cadence_seconds": before},
        after={"cadence_seconds": cadence_seconds},
        system_id=series.system_id,
    )
    return series
