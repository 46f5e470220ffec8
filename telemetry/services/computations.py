"""Which KPIs are computed from a system's decision events."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.services.entries import append_entry
from registry.models import System
from registry.rules.permits import in_words
from registry.selectors.people import roles_for_system
from telemetry.models import Computation, Kpi
from telemetry.rules.events import COMPUTED, GAP, NEEDS_LIMIT, NEEDS_POSITIVE, WHOLE_ONLY
from telemetry.rules.rows import LARGEST_SPAN

MAY_DEFINE = frozenset({"owner", "deputy", "engineer", "compliance", "risk"})


@transaction.atomic
def define_computation(
    *,
    system_id: UUID,
    kpi_id: str,
    window: int,
    actor: Actor,
    at: datetime,
    cadence: int | None = None,
    environment: str = "production",
    attribute: str = "",
    group: str = "",
    reference: str = "",
    positive: str = "",
    limit: float | None = None,
) -> Computation:
    """Have a KPI computed from now on; `window` and `cadence` in seconds.

    `attribute` gives a series for each of its values beside the one for all; for the parity gap it
    names the groups, `reference` the one that the others are held against (only `group`, where it
    is given). `positive` is the answer that counts, `limit` the spending limit of a window. Raises
    Forbidden, Invalid with the fields, Conflict where it is computed already.
    """
    system = System.objects.get(pk=system_id)
    _refuse_stranger(system, actor, at)
    computation = Computation(
        system=system,
        kpi_id=kpi_id,
        environment=environment,
        window_seconds=window,
        cadence_seconds=cadence,
        attribute=attribute,
        reference=reference,
        group=group,
        positive=positive,
        limit=limit,
    )
    faults = _faults(computation)
    if faults:
        raise Invalid("invalid_computation", "; ".join(faults.values()), fields=faults)
    _refuse_double(computation)
    computation.save(force_insert=True, at=at)
    append_entry(
        verb="computation.defined",
        actor=actor,
        at=at,
        subject=("computation", str(computation.pk), f"{kpi_id} of {system.name}"),
        system_id=system.pk,
        after={
            "kpi": kpi_id,
            "window_seconds": window,
            "cadence_seconds": cadence,
            "environment": environment,
            "attribute": attribute,
            "group": group,
            "reference": reference,
            "positive": positive,
            "limit": None if limit is None else repr(limit),
        },
        touched=[f"telemetry_computation:{computation.pk}"],
    )
    return computation


def _refuse_stranger(system: System, actor: Actor, at: datetime) -> None:
    if actor.kind in ("system", "command", "task"):
        return
    held = roles_for_system(user_id=actor.person, system=system, at=at) if actor.person else set()
    if not held & MAY_DEFINE:
        raise Forbidden(
            "role_missing",
            f"You cannot define what is computed for {system.name}.",
            who_can=[in_words(MAY_DEFINE)],
            recorded=True,
            subject=("system", str(system.pk), system.name),
        )


def _faults(one: Computation) -> dict[str, str]:
    faults: dict[str, str] = {}
    if one.kpi_id not in COMPUTED or not Kpi.objects.filter(pk=one.kpi_id).exists():
        faults["kpi"] = f"{one.kpi_id!r} is not computed from decision events."
    if not 1 <= one.window_seconds <= LARGEST_SPAN:
        faults["window"] = "A window lasts between a second and 366 days."
    if one.cadence_seconds is not None and one.cadence_seconds < 1:
        faults["cadence"] = "A cadence is at least one second."
    return faults | _missing(one)


def _missing(one: Computation) -> dict[str, str]:
    faults: dict[str, str] = {}
    if one.kpi_id in NEEDS_POSITIVE and not one.positive:
        faults["positive"] = "It needs to know which answer counts."
    if one.kpi_id in NEEDS_LIMIT and not (one.limit and one.limit > 0):
        faults["limit"] = "It needs the limit of a window."
    if one.kpi_id == GAP and not (one.attribute and one.reference):
        faults["reference"] = "A gap needs the attribute of the groups and the group of reference."
    if one.kpi_id in WHOLE_ONLY and one.attribute:
        faults["attribute"] = "It is computed for the whole system only."
    return faults


def _refuse_double(one: Computation) -> None:
    known = Computation.objects.filter(
        system=one.system,
        kpi_id=one.kpi_id,
        environment=one.environment,
        window_seconds=one.window_seconds,
        attribute=one.attribute,
        group=one.group,
    )
    if known.exists():
        raise Conflict("computed_already", f"{one.kpi_id} is computed so already.")
