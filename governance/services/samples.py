"""A sample to look around with: a system with invented readings that counts nowhere.

It opens no case, stands in no figure, pack or scorecard, cannot run, and is taken out of sight with
one act. What was recorded of it stays in the ledger, for nothing there is ever taken away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from governance.models import Threshold, ThresholdVersion
from governance.rules.stated import Stated
from governance.services.intake import take_in_measurements
from governance.services.threshold_reach import lock_series, put_in_force
from governance.services.threshold_rows import new_version, said_of, subject_of
from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Conflict, Missing
from ledger.services.entries import append_entry
from registry.models import System, User
from registry.selectors.systems import samples_shown
from registry.selectors.units import units_below
from registry.services.access import require_unit_permit
from registry.services.lifecycle import lock_system, take_step
from registry.services.systems import register_system
from telemetry.models import Kpi
from telemetry.rules.rows import Delivery, MeasurementRow

WEEK = timedelta(days=7)
SAMPLER = machine("samples")
NAME = "Sample: reading of invoices"
PURPOSE = (
    "Invented, to look around with: a model that reads amounts off invoices. No reading of it is "
    "real, it counts nowhere, and it goes away with one click."
)
WHY = "sample bands, approved by nobody: they judge invented readings and count nowhere"


@dataclass(frozen=True, slots=True)
class _Kpi:
    """One KPI of the sample: twelve invented weeks, and bands."""

    key: str
    stated: Stated
    weeks: Sequence[float]


KPIS = (
    _Kpi(
        "accuracy",
        Stated(direction="below", warning=0.93, critical=0.89, recover_warning=0.94,
               recover_critical=0.90, least_n=200, reason=WHY),
        (0.968, 0.971, 0.966, 0.969, 0.964, 0.967, 0.961, 0.957, 0.944, 0.921, 0.884, 0.871),
    ),
    _Kpi(
        "human_override_rate",
        Stated(direction="above", warning=0.12, critical=0.2, recover_warning=0.1,
               recover_critical=0.17, least_n=200, reason=WHY),
        (0.052, 0.049, 0.055, 0.051, 0.058, 0.054, 0.06, 0.071, 0.083, 0.107, 0.126, 0.134),
    ),
    _Kpi(
        "latency_p95",
        Stated(direction="above", warning=900.0, critical=1500.0, recover_warning=800.0,
               recover_critical=1300.0, least_n=200, reason=WHY),
        (610, 598, 624, 605, 617, 601, 622, 611, 608, 619, 604, 615),
    ),
    _Kpi(
        "cost_per_prediction",
        Stated(direction="above", warning=0.03, critical=0.05, recover_warning=0.028,
               recover_critical=0.045, least_n=200, reason=WHY),
        (0.021, 0.02, 0.021, 0.022, 0.021, 0.021, 0.022, 0.021, 0.022, 0.021, 0.022, 0.022),
    ),
)  # fmt: skip


@transaction.atomic
def add_sample(*, unit_id: UUID, deputy_id: UUID, actor: Actor, at: datetime) -> System:
    """Add the sample, with whoever asks as its owner. Who may register a system may.

    Raises Forbidden, Conflict (there is one), Invalid (the deputy), Missing (no KPI catalogue).
    """
    subject = ("system", "sample", NAME)
    require_unit_permit(act="register", unit_id=unit_id, actor=actor, at=at, subject=subject)
    if _samples_of(unit_id).exists():
        raise Conflict("sample_is_there", "The sample is there already.")
    if Kpi.objects.filter(pk__in=[one.key for one in KPIS]).count() < len(KPIS):
        raise Missing("no_catalogue", "The KPI catalogue is not loaded: manage.py load_reference.")
    number = System.objects.exclude(sample=System.Sample.NONE).count() + 1
    system = register_system(
        slug=f"sample-{number}-reading-of-invoices",
        name=NAME,
        kind=System.Kind.PREDICTIVE,
        unit_id=unit_id,
        owner_id=actor.person or deputy_id,
        deputy_id=deputy_id,
        purpose=PURPOSE,
        risk_tier=System.Tier.LOW,
        simulated="everything",
        sample=True,
        actor=actor,
        at=at,
    )
    with acting_as(SAMPLER):
        for one in KPIS:
            _judge_by(system, one, at)
        _send(system, at)
    return system


@transaction.atomic
def remove_samples(*, unit_id: UUID, actor: Actor, at: datetime) -> int:
    """Take every sample of a unit and those below out of sight; return how many.

    Their record stays. Who may register a system may. Raises Forbidden.
    """
    subject = ("unit", str(unit_id), "samples")
    require_unit_permit(act="register", unit_id=unit_id, actor=actor, at=at, subject=subject)
    ids = list(_samples_of(unit_id).order_by("pk").values_list("pk", flat=True))
    for one in ids:
        system = lock_system(one)
        system.sample = System.Sample.REMOVED
        take_step(
            system=system, edge="retire", reason="The samples were removed.", actor=actor, at=at
        )
    return len(ids)


def _samples_of(unit_id: UUID) -> QuerySet[System]:
    return samples_shown().filter(unit_id__in=units_below(unit_ids=[unit_id]))


def _judge_by(system: System, one: _Kpi, at: datetime) -> None:
    """Put bands in force that nobody approved: nobody is asked about what is invented."""
    owner: User = system.owner
    threshold = Threshold(
        system=system,
        kpi_id=one.key,
        name=f"{one.key} of {system.name}"[:120],
        created_at=at,
    )
    threshold.save(force_insert=True, at=at)
    version = new_version(
        threshold=threshold,
        stated=one.stated,
        valid_from=at - 13 * WEEK,
        author=owner,
        example=True,
    )
    version.state, version.approved_at = ThresholdVersion.State.ACTIVE, at
    version.save(force_insert=True, at=at)
    append_entry(
        verb="threshold.approved",
        actor=SAMPLER,
        at=at,
        subject=subject_of(version),
        system_id=system.pk,
        after=said_of(version),
        reason=WHY,
        touched=[
            f"governance_threshold:{threshold.pk}",
            f"governance_thresholdversion:{version.pk}",
        ],
    )
    put_in_force(version=version, series=lock_series(threshold), is_first=True, at=at)


def _send(system: System, at: datetime) -> None:
    end = at.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = [
        MeasurementRow(
            system=system.slug,
            kpi=one.key,
            window="7d",
            window_end=end - WEEK * (len(one.weeks) - 1 - week),
            value=float(value),
            n=480 + 7 * week,
        )
        for one in KPIS
        for week, value in enumerate(one.weeks)
    ]
    take_in_measurements(
        delivery=Delivery(rows, range(1, len(rows) + 1), source="sample"),
        reach={system.slug: system.pk},
        actor=SAMPLER,
        at=at,
    )
