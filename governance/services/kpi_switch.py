"""An organisation's own KPI switched off, and on again: its history stays (KPI-1).

While it is off no reading of it is taken, its thresholds rest and nobody waits for it.
"""

from datetime import datetime
from functools import reduce

from django.db import transaction
from django.db.models import QuerySet

from governance.selectors.kpi_uses import uses_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import System
from registry.rules.permits import PERMITS, in_words
from telemetry.models import Kpi
from telemetry.rules.kpi_words import of_kpi
from telemetry.services.own_kpis import may_in_unit

ACT = "kpi.approve"
LONGEST = 2000


@transaction.atomic
def switch_kpi(
    *,
    kpi_id: str,
    off: bool,
    reason: str,
    systems: QuerySet[System],
    actor: Actor,
    at: datetime,
) -> Kpi:
    """Switch an own KPI off, or on again. `systems` are those that the actor may see.

    Raises Missing, Forbidden, Invalid (no reason), Conflict (shipped, so already, or relied upon:
    each use is named in `extra["uses"]`).
    """
    kpi = _locked_own(kpi_id)
    if not may_in_unit(act=ACT, unit_id=kpi.of_unit_id, actor=actor, at=at):
        raise _not_yours(kpi)
    _check(kpi, off, reason, systems)
    before = {"off": kpi.off}
    kpi.off, kpi.switched_at, kpi.switched_because = off, at, reason.strip()
    kpi.switched_by_id = actor.person
    kpi.save(at=at)
    append_entry(
        verb="kpi.switched_off" if off else "kpi.switched_on",
        actor=actor,
        at=at,
        subject=("kpi", kpi.pk, kpi.name),
        before=before,
        after={"off": off},
        reason=kpi.switched_because,
    )
    return kpi


def refuse_switched_off(kpi: Kpi) -> None:
    """Raise Conflict where a KPI that is switched off is to be judged."""
    if kpi.off:
        words = worded(
            "{kpi_name} is switched off: switch it on first, no reading of it is taken.",
            kpi_name=of_kpi(kpi.pk, kpi.name),
        )
        raise Conflict("kpi_off", words)


def _locked_own(kpi_id: str) -> Kpi:
    """Return an own KPI, locked. Raises Missing, Conflict (shipped)."""
    rows = Kpi.objects.select_for_update(no_key=True).filter(pk=kpi_id)
    kpi: Kpi | None = None if "\x00" in kpi_id else rows.first()
    if kpi is None:
        raise Missing(
            "unknown_kpi",
            worded("There is no KPI {kpi_id!r} in the catalogue.", kpi_id=kpi_id[:60]),
        )
    if not kpi.own:
        words = worded(
            "{kpi_name} is shipped with the product: leave it off scorecards instead.",
            kpi_name=of_kpi(kpi.pk, kpi.name),
        )
        raise Conflict("shipped_kpi", words)
    return kpi


def _check(kpi: Kpi, off: bool, reason: str, systems: QuerySet[System]) -> None:
    said = reason.strip()
    if not said or len(said) > LONGEST or "\x00" in said:
        words = worded("Say why, in at most {longest} characters.", longest=LONGEST)
        raise Invalid("reason_needed", words, fields={"reason": words})
    if kpi.off == off:
        known = of_kpi(kpi.pk, kpi.name)
        words = worded("{kpi_name} is switched on already.", kpi_name=known)
        if off:
            words = worded("{kpi_name} is switched off already.", kpi_name=known)
        raise Conflict("so_already", words)
    uses = uses_of(kpi=kpi, systems=systems) if off else []
    if uses:
        told = reduce(_also, (use.words for use in uses))
        raise Conflict(
            "kpi_in_use",
            worded(
                "{kpi_name} cannot be switched off: it {told}. End that first.",
                kpi_name=of_kpi(kpi.pk, kpi.name),
                told=told,
            ),
            extra={"uses": [use.words for use in uses]},
        )


def _also(told: str, more: str) -> str:
    return worded("{told}; it {words}", told=told, words=more)


def _not_yours(kpi: Kpi) -> Forbidden:
    who = in_words(PERMITS[ACT].roles)
    return Forbidden(
        "role_missing",
        worded(
            "You cannot switch a KPI off or on: that takes {who} of {of_unit}.",
            who=who,
            of_unit=kpi.of_unit,
        ),
        who_can=[who],
        recorded=True,
        subject=("kpi", kpi.pk, kpi.name),
    )
