"""Cases: what becomes of a breach. One cause is one incident, however many readings say so."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.models import BreachCause, Watch
from governance.rules.breach import Breach, BreachKind
from governance.rules.proposals import is_worse, proposed_severity
from governance.rules.severity import ORDER, Severity
from governance.selectors.cases import Case, load_cases, of_kind
from governance.selectors.orders import systems_with_orders
from governance.services.engine import EVALUATOR
from governance.services.holds import end_holds, is_held
from governance.services.muted_cases import unmute_if_over
from governance.services.openings import open_case
from governance.services.order_firing import fire_orders
from governance.services.risks import void_if_worse
from governance.services.turns import take_turns
from governance.services.watches import close_watches, returns_too_often, start_watch
from incidents.models import Incident
from incidents.rules.transitions import ENDED
from incidents.services.commands import execute
from ledger.context import acting_as
from ledger.services.entries import append_entry

UNSTABLE = (
    "The series flaps: it goes in and out of breach again and again. It stays this one case, and "
    "no recovery is noted, until it is stable."
)
OPEN_WATCH = (Watch.State.OPEN, Watch.State.ANSWERED)


@dataclass(frozen=True, slots=True)
class Known:
    """What stands already under a case's key: an open incident, an open watch."""

    incident: Incident | None
    watch: Watch | None


@transaction.atomic
def open_or_join(*, breaches: Sequence[Breach], at: datetime) -> list[Incident]:
    """Open an incident or a watch for each breach, or join it to the one that is open.

    A hold may keep it from opening anything. Returns the incidents that were opened. Concurrent
    calls with one cause take turns; the partial unique index is the last word.
    """
    if not breaches:
        return []
    with acting_as(EVALUATOR):
        found_cases = load_cases(breaches=breaches, at=at)
        # A sample is judged like any other, and is no case.
        cases = [case for case in found_cases if not case.system.sample]
        take_turns([case.key for case in cases])
        ordered = systems_with_orders(system_ids=[case.system.pk for case in cases], at=at)
        found = (_settle_and_fire(case, ordered, at) for case in cases)
        return [incident for incident in found if incident is not None]


@transaction.atomic
def note_recovery(
    *, standing_ids: Sequence[int], at: datetime, measured: BreachKind | None = None
) -> None:
    """Note that these standings are OK again: watches close, holds end, incidents are told.

    A recovery closes no incident; it is evidence. `measured` names the kind that has ended where
    that is judged over many readings (a slide, a budget, a pair); the standing's own recovery ends
    none of those.
    """
    if not standing_ids:
        return
    with acting_as(EVALUATOR):
        close_watches(standing_ids=standing_ids, at=at, measured=measured)
        end_holds(standing_ids=standing_ids, at=at, measured=measured)
        causes = BreachCause.objects.filter(
            of_kind(measured, "incident__kind"), standing_id__in=standing_ids, recovered_at=None
        )
        incidents = sorted(set(causes.values_list("incident_id", flat=True)))
        for cause in causes.order_by("pk"):
            cause.recovered_at = at
            cause.save(update_fields=["recovered_at"], at=at)
        for incident in Incident.objects.filter(pk__in=incidents).order_by("pk"):
            if not _tell_recovery(incident, at):
                _note_recovered(incident, at)


@transaction.atomic
def note_instability(*, standing_ids: Sequence[int], at: datetime) -> None:
    """Tell the open incidents of these standings that they flap: one case until they are stable."""
    rows = BreachCause.objects.filter(
        of_kind(None, "incident__kind"), standing_id__in=standing_ids, recovered_at=None
    )
    found = Incident.objects.filter(causes__in=rows).exclude(state__in=ENDED).distinct()
    with acting_as(EVALUATOR):
        for incident in found.order_by("pk"):
            _execute("join_breach", incident, {"words": UNSTABLE, "facts": {"flapping": "yes"}}, at)


def _settle_and_fire(case: Case, ordered: Set[UUID], at: datetime) -> Incident | None:
    """Open or join; then what the committee decided in advance acts, silenced or not (INC-12)."""
    opened = _settle(case, at)
    incident = (opened or _known(case).incident) if case.system.pk in ordered else None
    if incident is not None:
        fire_orders(incident=incident, breach=case.breach, at=at)
    return opened


def _settle(case: Case, at: datetime) -> Incident | None:
    known = _known(case)
    if known.incident is not None:
        _join(case, known.incident, at)
        return None
    if is_held(case=case, at=at):
        return None
    severity = proposed_severity(case.policy.matrix, case.breach, case.system.risk_tier)
    if severity is not Severity.WATCH:
        return open_case(case=case, severity=severity, watch=known.watch, at=at)
    if known.watch is not None:
        return None
    watch = start_watch(case=case, at=at)
    if returns_too_often(watch=watch, rules=case.policy.watch, at=at):
        return open_case(case=case, severity=severity, watch=watch, at=at)
    return None


def _known(case: Case) -> Known:
    incidents = Incident.objects.filter(dedup_key=case.key).exclude(state__in=ENDED)
    watches = Watch.objects.filter(dedup_key=case.key, state__in=OPEN_WATCH)
    return Known(incident=incidents.first(), watch=watches.first())


def _join(case: Case, incident: Incident, at: datetime) -> None:
    """Tie a breach to its open incident; a reading that says nothing new leaves no trace."""
    breach = case.breach
    cause, is_new = BreachCause.objects.get_or_create(
        incident=incident,
        standing_id=breach.standing_id,
        defaults={
            "threshold_version_id": breach.threshold_version_id,
            "window_end": breach.window_end or at,
            "value": case.told.value,
            "state": breach.to_state,
            "joined_at": at,
            "said_at": at,
        },
    )
    is_back = cause.recovered_at is not None or cause.corrected_at is not None
    got_worse = not is_new and is_worse(breach.to_state, cause.state)
    if is_back or got_worse:
        cause.recovered_at = cause.corrected_at = None
        cause.state = breach.to_state if got_worse else cause.state
        cause.save(update_fields=["recovered_at", "corrected_at", "state"], at=at)
    raised = _raised_severity(case, incident)
    if is_new or is_back or got_worse or (breach.instant and raised):
        payload: dict[str, Any] = {"words": case.title, "facts": _facts(case.told)}
        payload |= {"severity": raised} if raised else {}
        _execute("join_breach", incident, payload, at)
        unmute_if_over(Incident.objects.get(pk=incident.pk), at)
        if got_worse or raised:
            void_if_worse(incident=incident, words=case.title, at=at)


def _raised_severity(case: Case, incident: Incident) -> str:
    """Return the severity to which a breach raises, by the matrix at T01's tier (EVA-22), or ''."""
    proposed = proposed_severity(case.policy.matrix, case.breach, incident.risk_tier)
    is_more = ORDER.index(proposed) > ORDER.index(Severity(incident.severity))
    return str(proposed) if is_more else ""


def _tell_recovery(incident: Incident, at: datetime) -> bool:
    """Tell an incident that the last of its causes is over; False where that is not so."""
    if incident.state in ENDED or incident.causes.filter(recovered_at=None).exists():
        return False
    _execute("note_recovery", incident, {"since": at.isoformat()}, at)
    return True


def _note_recovered(incident: Incident, at: datetime) -> None:
    """Put on record that a cause is over where the incident has others, or has ended."""
    append_entry(
        verb="incident.cause_recovered",
        actor=EVALUATOR,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"left": incident.causes.filter(recovered_at=None).count()},
    )


def _execute(command: str, incident: Incident, payload: dict[str, Any], at: datetime) -> None:
    execute(
        command=command,
        incident_id=incident.pk,
        actor=EVALUATOR,
        at=at,
        expected_version=None,
        idempotency_key=None,
        payload=payload,
    )


def _facts(breach: Breach) -> dict[str, Any]:
    """What the record keeps of a reading; numbers as decimal text."""
    numbers = {"value": breach.value, "low": breach.low, "high": breach.high, "n": breach.n}
    told: dict[str, Any] = {
        name: repr(number) for name, number in numbers.items() if number is not None
    }
    return told | {
        "kpi": breach.kpi_id,
        "segment": breach.segment,
        "standing": breach.to_state,
        "window_end": breach.window_end.isoformat() if breach.window_end else "",
        "threshold_version": str(breach.threshold_version_id),
    }
