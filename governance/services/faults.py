"""Data faults: one broken sender is one incident that owns the silences of its series.

What it owns keeps its standing and its record; only the cases and notices of their own are left
out, until the sender is heard again.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from governance.models import BreachCause, DataFault, Watch
from governance.rules.breach import Breach
from governance.rules.faults import Heard, owned_by_fault
from governance.rules.proposals import proposed_severity
from governance.rules.severity import ORDER, RISK_TIERS, Severity, worst
from governance.selectors.cases import Case, load_cases
from governance.selectors.faults import Fed, Sender, fed_by, senders_of
from governance.selectors.orders import places_with_silence_orders
from governance.services.engine import EVALUATOR
from governance.services.holds import is_held
from governance.services.openings import open_case, promote, tie_cause
from governance.services.turns import take_turns
from incidents.models import Incident
from incidents.rules.transitions import ENDED
from ledger.rules.worded import as_titled, of_machine, titled, word, worded
from ledger.services.entries import append_entry
from outbox.services.hints import nudge
from outbox.services.messages import queue_mail

OPEN_WATCH = (Watch.State.OPEN, Watch.State.ANSWERED)


@dataclass(frozen=True, slots=True)
class _Fault:
    """A sender that fell silent, with its silences that call for something."""

    sender: Sender
    fed: Sequence[Fed]
    breaches: Sequence[Breach]

    @property
    def key(self) -> str:
        """The dedup key of its incident."""
        return sha256(f"data-fault\x1f{self.sender.key}".encode()).hexdigest()

    @property
    def heard_at(self) -> datetime:
        """When the sender was last heard with something valid."""
        return max(one.window_end for one in self.breaches if one.window_end is not None)


@transaction.atomic
def own_silences(*, breaches: Sequence[Breach], at: datetime) -> list[Breach]:
    """Open or join a data fault for silences that share a sender; return the others.

    While all of a fault are short yet, one of them stands for all as a watch. Where a standing
    order waits for the silence of a system, one silence stays a case of that system, so that the
    order can act whoever else is silent.
    """
    apart = _waited_for(breaches, at)
    faults = [
        replace(fault, breaches=left)
        for fault in _faults(breaches, at)
        if (left := [one for one in fault.breaches if one.series_id not in apart])
    ]
    owned: set[int] = set()
    take_turns([fault.key for fault in faults])
    for fault in sorted(faults, key=lambda one: one.key):
        owned |= _settle(fault, at)
    return [one for one in breaches if one.series_id not in owned]


def _waited_for(breaches: Sequence[Breach], at: datetime) -> frozenset[int]:
    """Return the series whose silence an order waits for, the first of each place and KPI."""
    long = [one for one in breaches if not one.watch_only]
    if not long:
        return frozenset()
    places = places_with_silence_orders(system_ids=[one.system_id for one in long], at=at)
    found: dict[tuple[object, ...], int] = {}
    for one in sorted(long, key=lambda one: one.series_id):
        wanted = places.get((one.system_id, one.environment), frozenset())
        for kpi in sorted(wanted & {"", one.kpi_id}):
            found.setdefault((one.system_id, one.environment, kpi), one.series_id)
    return frozenset(found.values())


def _faults(breaches: Sequence[Breach], at: datetime) -> list[_Fault]:
    by_series = {one.series_id: one for one in breaches}
    sent = senders_of(series_ids=list(by_series))
    silent: dict[Sender, list[int]] = defaultdict(list)
    for one in sent.values():
        silent[one.sender].append(one.series_id)
    if not silent:
        return []
    fed, found = fed_by(senders=list(silent)), []
    for sender, series in silent.items():
        heard = [Heard(one.series_id, one.heard_at, one.cadence) for one in fed[sender]]
        owned = owned_by_fault(series, heard, at)
        if owned:
            found.append(_Fault(sender, fed[sender], [by_series[one] for one in sorted(owned)]))
    return found


def _settle(fault: _Fault, at: datetime) -> set[int]:
    """Return the series that the fault owns now."""
    series = {one.series_id for one in fault.breaches}
    known = Incident.objects.filter(dedup_key=fault.key).exclude(state__in=ENDED).first()
    if known is None and all(one.watch_only for one in fault.breaches):
        return series - {min(series)}
    # What was a case of its own before the fault was seen stays one.
    loads = load_cases(breaches=_without_case(fault.breaches), at=at)
    if known is not None:
        _join(fault, known, loads, at)
        return series
    if loads and not is_held(case=_as_fault(fault, loads), at=at):
        _open(fault, loads, at)
    return series


def _without_case(breaches: Sequence[Breach]) -> list[Breach]:
    own = BreachCause.objects.filter(
        standing_id__in=[one.standing_id for one in breaches],
        recovered_at=None,
        incident__kind=Incident.Kind.SILENCE,
    ).exclude(incident__state__in=ENDED)
    taken = set(own.values_list("standing_id", flat=True))
    return [one for one in breaches if one.standing_id not in taken]


def _open(fault: _Fault, loads: Sequence[Case], at: datetime) -> Incident:
    lead = _as_fault(fault, loads)
    incident = open_case(case=lead, severity=_severity(loads), watch=None, at=at)
    row = DataFault(
        incident=incident,
        sender_id=fault.sender.sender_id,
        source=fault.sender.source,
        words=lead.title,
        heard_at=fault.heard_at,
        joined_at=at,
    )
    if not DataFault.objects.filter(incident=incident).exists():
        row.save(force_insert=True, at=at)
    append_entry(
        verb="fault.found",
        actor=EVALUATOR,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={
            "source": row.source,
            "series": [one.breach.series_id for one in loads],
            "heard_at": row.heard_at,
        },
    )
    _own(incident, [one for one in loads if one.breach != _lead(loads).breach], at)
    _promote_watches(incident, loads, at)
    _tell_others(incident, loads, at)
    return incident


def _join(fault: _Fault, incident: Incident, loads: Sequence[Case], at: datetime) -> None:
    """Tie what fell silent since; a silence that is known leaves no trace."""
    known = set(incident.causes.values_list("standing_id", flat=True))
    fresh = [one for one in loads if one.breach.standing_id not in known]
    _own(incident, fresh, at)
    _promote_watches(incident, fresh, at)
    back = incident.causes.filter(
        standing_id__in=[one.breach.standing_id for one in loads], recovered_at__isnull=False
    )
    for cause in back:
        cause.recovered_at = None
        cause.save(update_fields=["recovered_at"], at=at)
        append_entry(
            verb="incident.cause_tied",
            actor=EVALUATOR,
            at=at,
            subject=("incident", str(incident.pk), incident.number),
            incident_id=incident.pk,
            system_id=incident.system_id,
            details={"standing": cause.standing_id, "state": cause.state, "again": True},
        )


def _own(incident: Incident, loads: Sequence[Case], at: datetime) -> None:
    for case in loads:
        tie_cause(case=case, incident=incident, at=at)


def _promote_watches(incident: Incident, loads: Sequence[Case], at: datetime) -> None:
    """A watch on one of the series goes into the fault: it is the same cause."""
    rows = Watch.objects.select_for_update(no_key=True, of=("self",)).filter(
        standing_id__in=[one.breach.standing_id for one in loads],
        kind=Incident.Kind.SILENCE,
        state__in=OPEN_WATCH,
    )
    for watch in rows.order_by("pk"):
        promote(watch=watch, incident=incident, at=at)


def _as_fault(fault: _Fault, loads: Sequence[Case]) -> Case:
    """Return the case of the fault: that of the worst system, with the fault's key and words."""
    lead = _lead(loads)
    breach = replace(lead.breach, kind="fault", window_end=fault.heard_at, watch_only=False)
    return replace(
        lead, breach=breach, key=fault.key, title=_title(fault), summary=_summary(fault, lead)
    )


def _lead(loads: Sequence[Case]) -> Case:
    """Return the case of the system with the highest tier, then with most silent series."""
    count = Counter(one.system.pk for one in loads)

    def weight(case: Case) -> tuple[int, int, int]:
        tier = RISK_TIERS.index(case.system.risk_tier)
        return tier, count[case.system.pk], -case.breach.series_id

    return max(loads, key=weight)


def _severity(loads: Sequence[Case]) -> Severity:
    proposed = [
        proposed_severity(
            one.policy.matrix, replace(one.breach, watch_only=False), one.system.risk_tier
        )
        for one in loads
    ]
    return max(worst(*proposed), Severity.MINOR, key=ORDER.index)


def _title(fault: _Fault) -> str:
    said = {
        "source": fault.sender.source[:120] or word("One sender"),
        "count": len(fault.fed),
    }
    if _still_sends(fault):
        return titled("{source} sends nothing valid: {count} series without readings", **said)[:200]
    return titled("{source} has fallen silent: {count} series without readings", **said)[:200]


def _still_sends(fault: _Fault) -> bool:
    return any(one.read_at is not None and one.read_at > one.heard_at for one in fault.fed)


def _summary(fault: _Fault, lead: Case) -> str:
    own = [one for one in fault.fed if one.system_id == lead.system.pk]
    others = len(fault.fed) - len(own)
    systems = len({one.system_id for one in fault.fed} - {lead.system.pk})
    heard = f"{fault.heard_at:%d %B %Y %H:%M} UTC".lstrip("0")
    said = [
        f"Nothing valid has come from it since {heard}.",
        f"It feeds {len(own)} series of {lead.system.name}"
        + (f" and {others} of {systems} other systems." if others else "."),
        "They are one cause and one case; what has not been heard is not known to be good.",
    ]
    return " ".join(said)


def _tell_others(incident: Incident, loads: Sequence[Case], at: datetime) -> None:
    """Tell the owners of the other systems whose readings are missing, once each."""
    owners = {
        one.system.owner_id: one.system for one in loads if one.system.pk != incident.system_id
    }
    owners.pop(incident.owner_id, None)
    for system in owners.values():
        queue_mail(
            key=f"{incident.pk}:fault:{system.owner_id}",
            person_id=system.owner_id,
            address=system.owner.email,
            subject=worded(
                "{system} is without readings: {title}",
                system=system.name,
                title=as_titled(incident.title),
            ),
            body=worded(
                "{summary}\n\nThe case is {number}; {owner} answers for it.\n\n{url}\n",
                summary=of_machine(incident.summary),
                number=incident.number,
                owner=incident.owner.name,
                url=f"{settings.PUBLIC_URL}/systems/{system.slug}/",
            ),
            subject_id=incident.pk,
            kind="information",
            at=at,
        )
    if owners:
        nudge("sweep")
