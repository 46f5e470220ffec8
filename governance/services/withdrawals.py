"""A breach whose readings were corrected or voided away: its withdrawal is proposed (T08).

The engine proposes; a person who is on nobody's side agrees, in DECISION the chair. It ends nothing
by itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from governance.models import BreachCause
from governance.services.engine import EVALUATOR
from governance.services.seen_series import SeenSeries
from incidents.models import Incident, Transition
from incidents.rules.states import ENDED
from incidents.rules.tables.turns import WITHDRAWN_FROM
from incidents.selectors.turns import requests_of
from incidents.services.commands import execute
from ledger.context import acting_as
from ledger.rules.refusals import Refused
from ledger.services.entries import append_entry

REASON = (
    "The readings that this came from were corrected or voided: judged again with what is stored "
    "now, nothing is left of the breach."
)


def note_corrected(
    *, seen: Sequence[SeenSeries], standings: Mapping[int, int], at: datetime
) -> None:
    """Note which causes late, corrected or voided readings took away, and propose to withdraw.

    `standings` are the ids of the standings by series. A cause is gone when no window from its
    beginning on is due any more; only what was judged again as a whole can say so.
    """
    judged = {
        standings[one.series.pk]: one
        for one in seen
        if one.outcome is not None and one.outcome.left is not None
    }
    if not judged:
        return
    rows = BreachCause.objects.filter(standing_id__in=judged, corrected_at=None)
    causes = rows.exclude(incident__state__in=ENDED).select_related("incident").order_by("pk")
    gone = [cause for cause in causes if _is_gone(cause, judged[cause.standing_id])]
    with acting_as(EVALUATOR):
        for cause in gone:
            _note(cause, at)
        for incident in {cause.incident_id: cause.incident for cause in gone}.values():
            if not incident.causes.filter(corrected_at=None).exists():
                propose_withdrawal(incident=incident, at=at)


def propose_withdrawal(*, incident: Incident, at: datetime) -> bool:
    """Propose to withdraw an incident of which nothing is left; False where it stands already.

    What stands against it (a clock that runs, a stop that is not lifted) is put on record and told
    in the same place; once it is gone a person may propose it.
    """
    if incident.state not in WITHDRAWN_FROM or "withdraw" in requests_of(incident):
        return False
    try:
        execute(
            command="withdraw",
            incident_id=incident.pk,
            actor=EVALUATOR,
            at=at,
            expected_version=None,
            idempotency_key=None,
            payload={"ground": "data_fault", "evidence": _evidence(incident), "reason": REASON},
        )
    except Refused as refusal:
        _note_refused(incident, refusal.reason, at)
        return False
    return True


def propose_again(incident: Incident, at: datetime) -> bool:
    """Propose what could not be proposed before, now that what stood against it is gone."""
    causes = list(incident.causes.values_list("corrected_at", flat=True))
    if not causes or None in causes or incident.state not in WITHDRAWN_FROM:
        return False
    proposed = incident.transitions.filter(command="withdraw", person=None, cycle=incident.cycle)
    return not proposed.exists() and propose_withdrawal(incident=incident, at=at)


def follow_freed(incident: Incident, transition: Transition, at: datetime) -> None:
    """Follow what takes away that which stood against a withdrawal."""
    if propose_again(incident, at):
        incident.refresh_from_db(fields=["version"])


def _is_gone(cause: BreachCause, one: SeenSeries) -> bool:
    outcome = one.outcome
    assert outcome is not None
    assert outcome.left is not None
    onset = cause.incident.onset_at or cause.window_end
    since = min(onset, cause.window_end)
    if outcome.left_since is not None and cause.window_end <= outcome.left_since:
        return False
    return not any(end >= since for end in outcome.left)


def _note(cause: BreachCause, at: datetime) -> None:
    incident = cause.incident
    cause.corrected_at = at
    cause.save(update_fields=["corrected_at"], at=at)
    left = incident.causes.filter(corrected_at=None).count()
    append_entry(
        verb="incident.cause_corrected",
        actor=EVALUATOR,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        after={"corrected_at": at},
        details={"window_end": cause.window_end, "left": left},
        touched=[f"governance_breachcause:{cause.pk}"],
    )


def _evidence(incident: Incident) -> str:
    rows = incident.causes.select_related("standing__series__kpi").order_by("window_end")
    return "; ".join(
        f"{one.standing.series.kpi.name}, the window that ended {one.window_end:%Y-%m-%d %H:%M} UTC"
        for one in rows[:10]
    )


def _note_refused(incident: Incident, why: str, at: datetime) -> None:
    append_entry(
        verb="incident.withdrawal_not_proposed",
        actor=EVALUATOR,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        reason=f"{REASON} It cannot be withdrawn yet: {why}",
    )
