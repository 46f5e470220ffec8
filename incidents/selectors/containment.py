"""What holds a system still now: emergency containments, interim measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from incidents.models import Containment, EvidenceHold, Incident, InterimMeasure
from incidents.rules.transitions import ENDED
from incidents.selectors.files import File, file_of
from ledger.rules.worded import worded
from registry.models import OperatingControls
from registry.selectors.profile import in_force


@dataclass(frozen=True, slots=True)
class Holding:
    """What there is, or was, that holds the system of an incident still."""

    was_contained: bool
    is_contained: bool
    has_measures: bool
    measure_runs: bool
    has_holds: bool
    is_held: bool


def holding_of(incident: Incident) -> Holding:
    """Return what holds the system of an incident still, in one query."""
    file = file_of(incident)
    if file is not None:
        return _holding_in(file)
    contained = Containment.objects.filter(incident_id=OuterRef("pk"))
    measures = InterimMeasure.objects.filter(incident_id=OuterRef("pk"))
    holds = EvidenceHold.objects.filter(incident_id=OuterRef("pk"))
    row = Incident.objects.filter(pk=incident.pk).values_list(
        Exists(contained),
        Exists(contained.exclude(state=Containment.State.LIFTED)),
        Exists(measures),
        Exists(measures.filter(state=InterimMeasure.State.STANDING)),
        Exists(holds),
        Exists(holds.filter(released_at__isnull=True)),
    )
    return Holding(*(row.first() or (False,) * 6))


def _holding_in(file: File) -> Holding:
    return Holding(
        was_contained=bool(file.containments),
        is_contained=any(row.state != Containment.State.LIFTED for row in file.containments),
        has_measures=bool(file.measures),
        measure_runs=any(row.state == InterimMeasure.State.STANDING for row in file.measures),
        has_holds=bool(file.holds),
        is_held=any(row.released_at is None for row in file.holds),
    )


def is_contained(incident: Incident) -> bool:
    """Whether something was stopped or restricted at once and is not lifted."""
    file = file_of(incident)
    if file is not None:
        return _holding_in(file).is_contained
    return containments_in_force(incident).exists()


def moot(holding: Holding) -> frozenset[str]:
    """Return the commands that have nothing to act on as things stand."""
    found: set[str] = set()
    if not holding.is_contained:
        found |= {"explain_containment", "confirm_containment"}
    if not holding.measure_runs:
        found.add("end_interim")
    found.add("set_hold" if holding.is_held else "release_hold")
    return frozenset(found)


def containments_in_force(incident: Incident) -> QuerySet[Containment]:
    """Return what was stopped or restricted at once and is not lifted, the oldest first."""
    rows = Containment.objects.filter(incident_id=incident.pk)
    return rows.exclude(state=Containment.State.LIFTED).order_by("at")


def awaiting_ratification(incident: Incident) -> Containment | None:
    """Return the oldest containment on which no committee has decided yet."""
    file, standing = file_of(incident), Containment.State.STANDING
    if file is not None:
        return next((row for row in file.containments if row.state == standing), None)
    rows = Containment.objects.filter(incident_id=incident.pk, state=standing)
    return rows.order_by("at").first()


def measures_named(*, system_id: UUID) -> Sequence[str]:
    """Return the interim measures that the operating controls in force allow (REG-5)."""
    controls = in_force(OperatingControls, system_id)
    return [] if controls is None else list(controls.interim_measures)


def running_measures(incident: Incident) -> QuerySet[InterimMeasure]:
    """Return the interim measures in force on an incident, the first to end first."""
    rows = InterimMeasure.objects.filter(
        incident_id=incident.pk, state=InterimMeasure.State.STANDING
    )
    return rows.order_by("until_at")


def holding_system(*, system_id: UUID, environment: str) -> QuerySet[Containment]:
    """Return the containments in force over what runs in an environment of a system.

    One of an incident that has ended holds on: nothing but a decision lifts it. A rehearsal holds
    nothing.
    """
    rows = Containment.objects.filter(
        incident__system_id=system_id, incident__drill=False, environment=environment
    )
    return rows.exclude(state=Containment.State.LIFTED).order_by("at")


def stop_in_force(*, system_id: UUID, environment: str) -> str:
    """Return in words which emergency stop holds an environment, '' where none does."""
    held = holding_system(system_id=system_id, environment=environment)
    row = held.filter(kind=Containment.Kind.STOP).select_related("incident").first()
    if row is None:
        return ""
    return worded(
        "stopped at once in {number}: {scope}", number=row.incident.number, scope=row.scope
    )


def restrictions_in_force(*, system_id: UUID, environment: str) -> list[str]:
    """Return in words what a gateway must keep to besides ordered restrictions."""
    held = holding_system(system_id=system_id, environment=environment)
    held = held.exclude(kind=Containment.Kind.STOP)
    measures = InterimMeasure.objects.filter(
        incident__system_id=system_id,
        incident__drill=False,
        environment=environment,
        state=InterimMeasure.State.STANDING,
    ).exclude(incident__state__in=ENDED)
    words = [f"{row.get_kind_display()}: {row.scope}" for row in held]
    return words + list(measures.order_by("at").values_list("measure", flat=True))
