"""Which KPIs are computed from a system's decision events: defined, stopped, resumed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import joined, worded
from ledger.services.entries import append_entry
from registry.models import System
from registry.selectors.permits import refusal_for_system
from telemetry.models import Computation, Kpi
from telemetry.rules.events import COMPUTED, NEEDS_LIMIT, NEEDS_POSITIVE, WHOLE_ONLY
from telemetry.rules.fairness_kpis import GAPS
from telemetry.rules.rows import LARGEST_SPAN
from telemetry.services.tallies import drop_unused_scopes

LONGEST = {
    "environment": 30,
    "attribute": 59,
    "group": 60,
    "reference": 60,
    "positive": 60,
    "legal_basis": 200,
}
NO_BASIS = (
    "Say on which legal basis the attribute that names the groups is processed, such as "
    "AI Act Art. 10(5)."
)
MOST_LIMIT = 1e15


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
    legal_basis: str = "",
) -> Computation:
    """Have a KPI computed from now on; `window` and `cadence` in seconds.

    `attribute` gives a series for each of its values beside the one for all; for a fairness gap it
    names the groups, `reference` the one that the others are held against (only `group`, where it
    is given), without it the widest gap counts; for a KPI of tools it may be 'tool'. `positive` is
    the answer that counts, `limit` the spending limit of a window, k of a ranking, the repeats of a
    loop. A gap needs the `legal_basis` on which its attribute is processed. Raises Forbidden,
    Invalid with the fields, Conflict where it is computed already.
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
        legal_basis=legal_basis.strip(),
    )
    faults = _faults(computation)
    if faults:
        raise Invalid("invalid_computation", joined("; ", faults.values()), fields=faults)
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
            "legal_basis": computation.legal_basis,
        },
        touched=[f"telemetry_computation:{computation.pk}"],
    )
    return computation


@transaction.atomic
def stop_computation(
    *, computation_id: UUID, reason: str, actor: Actor, at: datetime
) -> Computation:
    """Compute a KPI no more from now on; what was computed stays. Raises Missing, Forbidden."""
    computation = _switch(computation_id, "computation.stopped", False, reason, actor, at)
    drop_unused_scopes(system_id=computation.system_id)
    return computation


@transaction.atomic
def resume_computation(
    *, computation_id: UUID, reason: str, actor: Actor, at: datetime, legal_basis: str = ""
) -> Computation:
    """Compute a KPI again from now on. Raises Missing, Forbidden, Invalid.

    A gap whose legal basis is not on record yet takes it with this.
    """
    return _switch(computation_id, "computation.resumed", True, reason, actor, at, legal_basis)


def _switch(
    computation_id: UUID,
    verb: str,
    active: bool,
    reason: str,
    actor: Actor,
    at: datetime,
    legal_basis: str = "",
) -> Computation:
    rows = Computation.objects.select_for_update(no_key=True, of=("self",))
    computation = rows.select_related("system").filter(pk=computation_id).first()
    if computation is None:
        raise Missing("unknown_computation", "There is no such computation.")
    _refuse_stranger(computation.system, actor, at)
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    if computation.active == active:
        raise Conflict("computation_is_so", "It is so already.")
    before = {"active": not active, "legal_basis": computation.legal_basis}
    computation.active = active
    computation.legal_basis = computation.legal_basis or legal_basis.strip()
    faults = _basis(computation) | _texts(computation) if active else {}
    if faults:
        raise Invalid("invalid_computation", joined("; ", faults.values()), fields=faults)
    computation.save(at=at)
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("computation", str(computation.pk), str(computation.kpi_id)),
        system_id=computation.system_id,
        before=before,
        after={"active": active, "legal_basis": computation.legal_basis},
        reason=reason.strip(),
        touched=[f"telemetry_computation:{computation.pk}"],
    )
    return computation


def _refuse_stranger(system: System, actor: Actor, at: datetime) -> None:
    refusal = refusal_for_system(act="compute", system=system, actor=actor, at=at)
    if refusal is not None:
        raise refusal


def _faults(one: Computation) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not _is_known(one.kpi_id):
        faults["kpi"] = worded(
            "{kpi_id!r} is not computed from decision events.", kpi_id=one.kpi_id
        )
    if not 1 <= one.window_seconds <= LARGEST_SPAN:
        faults["window"] = "A window lasts between a second and 366 days."
    if one.cadence_seconds is not None and not 1 <= one.cadence_seconds <= LARGEST_SPAN:
        faults["cadence"] = "A cadence is between a second and 366 days."
    if one.limit is not None and not 0 < one.limit <= MOST_LIMIT:
        faults["limit"] = "A limit is more than 0 and at most 1e15."
    return faults | _missing(one) | _texts(one)


def _is_known(kpi: str) -> bool:
    return kpi in COMPUTED and Kpi.objects.filter(pk=kpi).exists()


def _texts(one: Computation) -> dict[str, str]:
    return {
        name: worded("At most {most} characters, none of them NUL.", most=most)
        for name, most in LONGEST.items()
        if "\x00" in getattr(one, name) or len(getattr(one, name)) > most
    }


def _missing(one: Computation) -> dict[str, str]:
    faults: dict[str, str] = {}
    if one.kpi_id in NEEDS_POSITIVE and not one.positive:
        faults["positive"] = "It needs to know which answer counts."
    if one.kpi_id in NEEDS_LIMIT and not (one.limit and one.limit > 0):
        faults["limit"] = "It needs the limit of a window."
    if one.kpi_id in GAPS and not one.attribute:
        faults["attribute"] = "A gap needs the attribute that names the groups."
    if one.group and not (one.kpi_id in GAPS and one.reference):
        faults["reference"] = "One group is held against a group of reference."
    if one.kpi_id in WHOLE_ONLY and one.attribute:
        faults["attribute"] = "It is computed for the whole system only."
    return faults | _basis(one)


def _basis(one: Computation) -> dict[str, str]:
    return {"legal_basis": NO_BASIS} if one.kpi_id in GAPS and not one.legal_basis else {}


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
        raise Conflict(
            "computed_already", worded("{kpi_id} is computed so already.", kpi_id=one.kpi_id)
        )
