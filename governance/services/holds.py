"""Holds: after a case ended, the same standing breach opens nothing anew for a while."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from governance.models import BreachCause, Hold
from governance.rules.breach import BreachKind
from governance.rules.proposals import hold_binds
from governance.selectors.cases import Case, of_kind
from governance.services.engine import EVALUATOR
from governance.services.plans import seconds
from incidents.models import Incident
from incidents.rules.transitions import ENDED
from ledger.services.entries import append_entry


@transaction.atomic
def is_held(*, case: Case, at: datetime) -> bool:
    """Whether a hold keeps this breach from opening anything; it is written down when first met.

    The hold is set by the act that ended the newest incident of the cause (EVA-12 to EVA-14).
    """
    ended = (
        Incident.objects.filter(dedup_key=case.key, state__in=ENDED, closed_at__isnull=False)
        .order_by("-closed_at")
        .first()
    )
    if ended is None or ended.closed_at is None:
        return False
    until = ended.closed_at + _length(case)
    cause = ended.causes.filter(standing_id=case.breach.standing_id).first()
    binds = cause is not None and hold_binds(
        breach=case.breach,
        held_state=cause.state,
        recovered=cause.recovered_at is not None,
        until=until,
        received=at,
    )
    if binds and cause is not None:
        _write_down(ended, cause, until, at)
    else:
        _end(Hold.objects.filter(incident=ended, ended_at=None), at)
    return binds


@transaction.atomic
def end_holds(
    *, standing_ids: Sequence[int], at: datetime, measured: BreachKind | None = None
) -> None:
    """End the holds of standings that are OK again: a relapse opens anew (EVA-14).

    `measured` as in `note_recovery`.
    """
    holds = Hold.objects.filter(
        of_kind(measured, "incident__kind"), standing_id__in=standing_ids, ended_at=None
    )
    _end(holds, at)


def _length(case: Case) -> timedelta:
    return timedelta(seconds=seconds(case.policy.limits.hold[case.system.risk_tier]))


def _write_down(ended: Incident, cause: BreachCause, until: datetime, at: datetime) -> None:
    hold, is_new = Hold.objects.get_or_create(
        incident=ended,
        standing_id=cause.standing_id,
        set_at=ended.closed_at,
        defaults={
            "dedup_key": ended.dedup_key,
            "standing_state": cause.state,
            "until_at": until,
        },
    )
    if not is_new:
        return
    append_entry(
        verb="hold.set",
        actor=EVALUATOR,
        at=at,
        subject=("incident", str(ended.pk), ended.number),
        incident_id=ended.pk,
        system_id=ended.system_id,
        after={"standing": hold.standing_state, "until": until},
    )


def _end(holds: QuerySet[Hold], at: datetime) -> None:
    for hold in holds.select_related("incident").order_by("pk"):
        hold.ended_at = at
        hold.save(update_fields=["ended_at"])
        ended = hold.incident
        append_entry(
            verb="hold.ended",
            actor=EVALUATOR,
            at=at,
            subject=("incident", str(ended.pk), ended.number),
            incident_id=ended.pk,
            system_id=ended.system_id,
            after={"standing": hold.standing_state, "ended": at},
        )
