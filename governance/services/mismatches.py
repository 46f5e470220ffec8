"""Answers by a version that nobody approved: an incident within the request (TEL-9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.models import MismatchCause
from governance.rules.dedup import dedup_key
from governance.rules.mismatches import Answerer, Mismatch, mismatch_of
from governance.rules.policy_document import PolicyDocument
from governance.rules.proposals import INSTANT
from governance.rules.severity import ANY_STANDING, ORDER, Severity
from governance.selectors.mismatches import answerer_of, answerer_places, approved_versions
from governance.selectors.policies import document_of, policy_in_force
from governance.services.engine import EVALUATOR
from governance.services.order_firing import fire_on_case
from governance.services.plans import freeze_plan, seconds
from governance.services.recurrences import earlier_case, reopen_case
from governance.services.turns import take_turns
from incidents.models import Incident
from incidents.rules.transitions import ENDED
from incidents.services.commands import execute, open_incident
from ledger.context import acting_as
from ledger.rules.worded import titled
from ledger.services.entries import append_entry
from registry.models import System
from registry.selectors.systems import live_deployment
from telemetry.services.decisions import RecordedEvents

KIND = Incident.Kind.VERSION
ONSET = "first answer of it that came"
Place = tuple[UUID, str]
"""A system and an environment: one cause, one incident."""


@dataclass(slots=True)
class _Seen:
    """An answerer of a delivery that does not fit, with its first answer and their number."""

    answerer: Answerer
    mismatch: Mismatch
    first_at: datetime
    decisions: int

    @property
    def sha256(self) -> str:
        """The name of the answerer, by version and parts."""
        told = "\x1f".join(f"{part}={value}" for part, value in self.answerer.parts)
        return sha256(f"{self.answerer.version}\x1e{told}".encode()).hexdigest()


@transaction.atomic(savepoint=False)
def judge_versions(*, recorded: RecordedEvents, at: datetime) -> list[Incident]:
    """Hold the answerers of a delivery against what is approved and live; return what opened.

    One query where all is well, however many events came. One system and environment has one open
    incident; a further answerer joins it, one that is known leaves no trace.
    """
    seen = _unapproved(recorded)
    if not seen:
        return []
    with acting_as(EVALUATOR):
        take_turns([_key(place) for place in seen])
        found = [_settle(place, answered, at) for place, answered in sorted(seen.items())]
        opened = [incident for incident in found if incident is not None]
        for incident in opened:
            fire_on_case(incident=incident, at=at)
    return opened


def _unapproved(recorded: RecordedEvents) -> dict[Place, list[_Seen]]:
    told = _told(recorded)
    if not told:
        return {}
    instants = [instant for found in told.values() for instant in (min(found), max(found))]
    approved = approved_versions(
        system_ids={place[0] for place, _ in told},
        labels={answerer.version for _, answerer in told},
        since=min(instants),
        until=max(instants),
    )
    seen: dict[Place, list[_Seen]] = {}
    for (place, answerer), answered in told.items():
        known = approved[place[0]]
        live = known.live.get(place[1], ())
        wrong = [(mismatch_of(answerer, one, known.known, live), one) for one in sorted(answered)]
        bad = [(mismatch, one) for mismatch, one in wrong if mismatch is not None]
        if bad:
            found = _Seen(answerer, bad[0][0], bad[0][1], len(bad))
            seen.setdefault(place, []).append(found)
    return seen


def _told(recorded: RecordedEvents) -> dict[tuple[Place, Answerer], list[datetime]]:
    """Return when each answerer answered; rows are told apart by their plain values, for speed."""
    apart = itemgetter(*answerer_places())
    found: dict[tuple[Any, ...], list[datetime]] = {}
    for row in recorded.inserted:
        found.setdefault(apart(row), []).append(row[1])
    return {
        ((system, environment), answerer_of(version, parts)): instants
        for (system, environment, version, *parts), instants in found.items()
    }


def _settle(place: Place, seen: Sequence[_Seen], at: datetime) -> Incident | None:
    """Open an incident, or tell the open one what is new. The turn of the cause is taken."""
    system = System.objects.select_related("unit__calendar", "owner", "deputy").get(pk=place[0])
    document = document_of(policy_in_force(unit_id=system.unit_id, at=at))
    severity = _severity(document, system, seen)
    known = Incident.objects.filter(dedup_key=_key(place)).exclude(state__in=ENDED).first()
    if known is not None:
        _join(known, seen, severity, at)
        return None
    fresh = [one for one in seen if not _is_held(place, one, document, system, at)]
    if not fresh:
        return None
    severity = _severity(document, system, fresh)
    earlier = earlier_case(dedup_key=_key(place), at=at)
    if earlier is None or not earlier.reopens:
        recurs_from = earlier.incident if earlier else None
        incident = _open(place, system, fresh, severity, recurs_from, at)
    else:
        incident = reopen_case(
            incident=earlier.incident,
            words=_summary(system, fresh),
            severity=str(severity),
            suppressed=False,
            at=at,
        )
        known = set(incident.mismatches.values_list("sha256", flat=True))
        fresh = [one for one in fresh if one.sha256 not in known]
    _tie(incident, fresh, at)
    return incident


def _severity(document: PolicyDocument, system: System, seen: Sequence[_Seen]) -> Severity:
    """Return the matrix' severity for an instant; a step less where only another one was live."""
    found = document.matrix.severity(INSTANT, ANY_STANDING, system.risk_tier)
    if all(one.mismatch.is_mild for one in seen):
        found = ORDER[max(ORDER.index(Severity.MINOR), ORDER.index(found) - 1)]
    return found


def _open(
    place: Place,
    system: System,
    seen: Sequence[_Seen],
    severity: Severity,
    recurs_from: Incident | None,
    at: datetime,
) -> Incident:
    live = live_deployment(system_id=system.pk, environment=place[1])
    return open_incident(
        kind=KIND,
        dedup_key=_key(place),
        title=_title(seen),
        summary=_summary(system, seen),
        category="trust_compliance",
        system=system,
        environment=place[1],
        live_version=live.version if live else None,
        severity=str(severity),
        plan=freeze_plan(unit=system.unit, system=system, severity=severity, at=at),
        onset_at=min(one.first_at for one in seen),
        onset_method=ONSET,
        detected_at=at,
        actor=EVALUATOR,
        at=at,
        facts={
            "versions": ", ".join(sorted({one.answerer.version for one in seen})),
            "decisions": str(sum(one.decisions for one in seen)),
        },
        recurs_from=recurs_from,
    )


def _join(incident: Incident, seen: Sequence[_Seen], severity: Severity, at: datetime) -> None:
    known = set(incident.mismatches.values_list("sha256", flat=True))
    fresh = [one for one in seen if one.sha256 not in known]
    if not fresh:
        return
    _tie(incident, fresh, at)
    raised = ORDER.index(severity) > ORDER.index(Severity(incident.severity))
    payload: dict[str, object] = {"words": _title(fresh), "facts": _facts(fresh)}
    execute(
        command="join_breach",
        incident_id=incident.pk,
        actor=EVALUATOR,
        at=at,
        expected_version=None,
        idempotency_key=None,
        payload=payload | ({"severity": str(severity)} if raised else {}),
    )


def _tie(incident: Incident, seen: Sequence[_Seen], at: datetime) -> None:
    for one in seen:
        cause = MismatchCause(
            incident=incident,
            version_label=one.answerer.version,
            parts=dict(one.answerer.parts),
            sha256=one.sha256,
            reason=one.mismatch.reason,
            words=one.mismatch.words,
            first_at=one.first_at,
            joined_at=at,
        )
        cause.save(force_insert=True, at=at)
        append_entry(
            verb="mismatch.tied",
            actor=EVALUATOR,
            at=at,
            subject=("incident", str(incident.pk), incident.number),
            incident_id=incident.pk,
            system_id=incident.system_id,
            after={"version": cause.version_label, "reason": cause.reason, "parts": cause.parts},
            details={"words": cause.words, "first_at": cause.first_at},
        )


def _is_held(
    place: Place, one: _Seen, document: PolicyDocument, system: System, at: datetime
) -> bool:
    """Whether the same answerer was dismissed or closed lately (EVA-12 to EVA-14)."""
    length = timedelta(seconds=seconds(document.limits.hold[system.risk_tier]))
    return MismatchCause.objects.filter(
        incident__dedup_key=_key(place), incident__closed_at__gt=at - length, sha256=one.sha256
    ).exists()


def _title(seen: Sequence[_Seen]) -> str:
    first = seen[0]
    said = {"version": first.answerer.version}
    if first.mismatch.reason == "other_model":
        model = dict(first.answerer.parts)["hosted_model"]
        return titled("Answers by {model}, which nobody approved", model=model)[:200]
    if first.mismatch.is_mild:
        return titled("Answers by version {version}, which is not the one that is live", **said)
    return titled("Answers by version {version} that nobody approved", **said)


def _summary(system: System, seen: Sequence[_Seen]) -> str:
    said = " ".join(one.mismatch.words for one in seen[:10])
    count = sum(one.decisions for one in seen)
    decisions = f"{count} decision" + ("" if count == 1 else "s")
    return f"{system.name} made {decisions} that were told just now. {said}"


def _facts(seen: Sequence[_Seen]) -> Mapping[str, str]:
    return {one.answerer.version: one.mismatch.words for one in seen}


def _key(place: Place) -> str:
    system, environment = place
    return dedup_key(
        system_id=system, kpi_id="", segment="", environment=environment, kind=str(KIND)
    )
