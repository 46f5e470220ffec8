"""Accepted risks: whether each is valid at an instant, what stands against one, who may see which.

Validity is computed here from instants, never read from what a job recorded (F27).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from incidents import acceptance_events
from incidents.models import (
    AcceptanceProposal,
    Evidence,
    Incident,
    RiskAcceptance,
    Transition,
)
from incidents.rules.acceptances import (
    BOUNDARY,
    EXPIRED,
    GROUND_WORDS,
    PROHIBITED,
    RIGHTS,
    Event,
    Validity,
    acceptance_faults,
    scope_words,
    validity,
)
from incidents.rules.plan import SEVERITIES, from_text
from incidents.rules.transitions import ENDED, VERIFICATION
from incidents.selectors.cast import Cast
from incidents.selectors.reviews import answers_of
from ledger.rules.refusals import Missing
from registry.models import Classification, Deployment, System, SystemVersion, User

State = RiskAcceptance.State
LAW_CHANGED = "The law's data changed"
"""How a classification says that reference data opened it again."""
NUL = "\x00"
RAISING = ("raise_severity", "join_breach")
VOTING = frozenset({"voted", "chaired"})


@dataclass(frozen=True, slots=True)
class Shown:
    """An acceptance with whether it is valid now, and how many days are left."""

    acceptance: RiskAcceptance
    validity: Validity
    at: datetime

    @property
    def days_left(self) -> int:
        """Whole days until the expiry, 0 where it is not valid."""
        return max((self.acceptance.until_at - self.at).days, 0) if self.validity.valid else 0

    @property
    def share(self) -> int:
        """The percent of the term that is used."""
        row = self.acceptance
        used = (min(self.at, row.until_at) - row.from_at) / (row.until_at - row.from_at)
        return round(100 * max(used, 0.0))

    @property
    def word(self) -> str:
        """Its state in a word, as computed, whatever was recorded."""
        if self.validity.valid:
            return "Valid"
        if self.validity.ground == EXPIRED:
            return "Expired"
        known = {"renewed": "Superseded", "fulfilled": "Fulfilled", "not_begun": "Not begun"}
        return known.get(self.validity.ground, "Void")

    @property
    def is_recorded(self) -> bool:
        """Whether an end that is reached is on record too."""
        return self.acceptance.state != State.ACTIVE

    @property
    def scope(self) -> str:
        """What it covers, in words."""
        return scope_words(scope_of(self.acceptance))


def scope_of(row: RiskAcceptance) -> dict[str, Any]:
    """Return the scope of an acceptance as plain data."""
    return {
        "versions": list(row.versions),
        "kpi": row.kpi,
        "segment": row.segment,
        "environment": row.environment,
    }


def acceptances_visible(incidents: QuerySet[Incident]) -> QuerySet[RiskAcceptance]:
    """Return the acceptances of incidents that the caller may see, with what a list shows."""
    rows: QuerySet[RiskAcceptance] = RiskAcceptance.objects.filter(
        incident__in=incidents.values("pk")
    )
    return rows.select_related("incident__system", "owner", "reviewed_by", "renewal_of")


def proposals_visible(incidents: QuerySet[Incident]) -> QuerySet[AcceptanceProposal]:
    """Return the proposals on incidents that the caller may see."""
    rows: QuerySet[AcceptanceProposal] = AcceptanceProposal.objects.filter(
        incident__in=incidents.values("pk")
    )
    return rows.select_related(
        "incident__system", "incident__owner", "proposed_by", "decided_by", "acceptance"
    )


def acceptance_by_number(*, number: str, visible: QuerySet[RiskAcceptance]) -> RiskAcceptance:
    """Return one acceptance of those that the caller may see. Raises Missing."""
    row = None if NUL in number else visible.filter(number=number).first()
    if row is None:
        raise Missing("unknown_acceptance", "There is no such acceptance that you may see.")
    return row


def proposal_by_number(*, number: str, visible: QuerySet[AcceptanceProposal]) -> AcceptanceProposal:
    """Return one proposal of those that the caller may see. Raises Missing."""
    row = None if NUL in number else visible.filter(number=number).first()
    if row is None:
        raise Missing("unknown_proposal", "There is no such proposal that you may see.")
    return row


def chain_of(row: RiskAcceptance) -> list[RiskAcceptance]:
    """Return an acceptance with those that it renews and that renew it, the first one first."""
    rows = RiskAcceptance.objects.filter(
        incident_id=row.incident_id, original_from=row.original_from
    )
    return list(rows.select_related("incident__system", "owner").order_by("from_at"))


def shown(rows: Iterable[RiskAcceptance], at: datetime) -> list[Shown]:
    """Return acceptances with their validity at `at`, in a constant number of queries."""
    found = list(rows)
    events = events_of(found, at)
    return [
        Shown(
            row,
            validity(from_at=row.from_at, until_at=row.until_at, events=events[row.pk], at=at),
            at,
        )
        for row in found
    ]


def standing_of(incident: Incident, at: datetime) -> Shown | None:
    """Return the newest acceptance of an incident that no other decision has replaced."""
    rows = RiskAcceptance.objects.filter(incident=incident).select_related("incident")
    row = rows.order_by("-from_at").first()
    return shown([row], at)[0] if row is not None else None


def of_system(system: System, environment: str, at: datetime) -> list[Shown]:
    """Return the newest acceptance of each open incident of a system in an environment.

    Once another decision was carried out, what was accepted before it speaks no more.
    """
    carried_out = Transition.objects.filter(
        incident=OuterRef("incident"), to_state=VERIFICATION, at__gt=OuterRef("from_at")
    )
    rows = (
        RiskAcceptance.objects.filter(
            incident__system=system, incident__drill=False, environment=environment
        )
        .exclude(incident__state__in=ENDED)
        .exclude(state__in=(State.SUPERSEDED, State.FULFILLED))
        .exclude(ground="decided_otherwise")
        .exclude(Exists(carried_out))
        .select_related("incident__system", "owner")
        .order_by("incident_id", "-from_at")
        .distinct("incident_id")
    )
    return shown(rows, at)


def events_of(rows: Sequence[RiskAcceptance], at: datetime) -> dict[UUID, list[Event]]:
    """Return what ends each acceptance beside its own expiry, on record or found out now."""
    found: defaultdict[UUID, list[Event]] = defaultdict(list)
    active = [row for row in rows if row.state == State.ACTIVE]
    for row in rows:
        if row.ended_at is not None:
            words = row.ended_words or GROUND_WORDS.get(row.ground, "")
            found[row.pk].append(Event(row.ground, row.ended_at, words))
    if active:
        sources = [
            _versions,
            _owners,
            _law,
            _worse,
            _ended,
            *acceptance_events.registered().values(),
        ]
        for source in sources:
            for key, events in source(active, at).items():
                found[key] += events
    return found


def kind_of(incident: Incident) -> str:
    """Return which kind of risk an incident is for acceptance_faults.

    An open question on rights counts as yes: unknown is never good.
    """
    if incident.system.legal_class == System.LegalClass.PROHIBITED:
        return PROHIBITED
    if incident.kind == Incident.Kind.BOUNDARY:
        return BOUNDARY
    answers = answers_of(incident)
    rights = answers.rights_affected if answers is not None else "unknown"
    return RIGHTS if incident.kind == Incident.Kind.FAIRNESS or rights != "no" else incident.kind


def predecessor_of(incident: Incident) -> RiskAcceptance | None:
    """Return the acceptance that another one on this incident would renew, None for a first one.

    A removed risk begins anew only once the case was closed by it (another cycle).
    """
    row = RiskAcceptance.objects.filter(incident=incident).order_by("-from_at").first()
    if row is not None and row.state == State.FULFILLED and row.cycle != incident.cycle:
        return None
    return row


def renewals_of(incident: Incident) -> int:
    """Return how often the risk would have been renewed by another acceptance, for level_needed."""
    row = predecessor_of(incident)
    return 0 if row is None else row.renewals + 1


def proposal_faults(
    *, incident: Incident, values: Mapping[str, Any], at: datetime
) -> dict[str, str]:
    """Return what is wrong with an acceptance on an incident now, by field; {} for nothing.

    The rules of acceptance_faults, and what the register says: the versions, the owner, fresh
    evidence for a renewal, that what is live is within the scope.
    """
    plan = from_text(incident.plan)
    kind = kind_of(incident)
    faults = acceptance_faults(values, plan.limits, incident.risk_tier, kind, at)
    if "treatment" in faults and kind in (BOUNDARY, PROHIBITED):
        return faults
    if "versions" not in faults:
        faults |= _version_faults(incident, values)
    if "owner_id" not in faults:
        faults |= _owner_faults(incident, values, at)
    return faults | _evidence_faults(incident)


def owner_voted(incident: Incident, owner_id: UUID, at: datetime) -> bool:
    """Whether who would own the risk voted on the incident: an owner never approves."""
    return any(act.act in VOTING and act.binds(owner_id) for act in Cast(incident, at).history)


def _version_faults(incident: Incident, values: Mapping[str, Any]) -> dict[str, str]:
    labels = [str(one).strip() for one in values["versions"]]
    rows = SystemVersion.objects.filter(system_id=incident.system_id, label__in=labels)
    unknown = set(labels) - set(rows.values_list("label", flat=True))
    if unknown:
        return {"versions": f"{incident.system.name} has no version {', '.join(sorted(unknown))}."}
    live = Deployment.objects.filter(
        system_id=incident.system_id,
        environment=environment_of(incident, values),
        until_at__isnull=True,
    ).exclude(version__label__in=labels)
    label = live.values_list("version__label", flat=True).first()
    return {"versions": f"Version {label} is live: name it, or put it out first."} if label else {}


def environment_of(incident: Incident, values: Mapping[str, Any]) -> str:
    """Return the environment that an acceptance is for; the incident's where none is named."""
    return str(values.get("environment") or incident.environment)


def _owner_faults(incident: Incident, values: Mapping[str, Any], at: datetime) -> dict[str, str]:
    owner = User.objects.filter(pk=values["owner_id"], is_active=True).first()
    if owner is None:
        return {"owner_id": "There is no such active person."}
    if owner_voted(incident, owner.pk, at):
        return {"owner_id": f"{owner.name} voted on this case; who owns a risk never approves it."}
    return {}


def _evidence_faults(incident: Incident) -> dict[str, str]:
    before = predecessor_of(incident)
    if before is None:
        return {}
    fresh = Evidence.objects.filter(incident=incident, added_at__gt=before.from_at)
    if fresh.exists():
        return {}
    return {
        "controls": f"A renewal of {before.number} needs fresh evidence: add it to the incident "
        "first."
    }


def _versions(rows: Sequence[RiskAcceptance], at: datetime) -> dict[UUID, list[Event]]:
    """A version outside the scope that is or was live since."""
    wanted = Q(pk__in=[])
    for row in rows:
        wanted |= Q(
            system_id=row.incident.system_id, environment=row.environment, from_at__lte=at
        ) & (Q(until_at__isnull=True) | Q(until_at__gt=row.from_at))
    lives = list(Deployment.objects.filter(wanted).select_related("version").order_by("from_at"))
    return {row.pk: list(_outside(row, lives)) for row in rows}


def _outside(row: RiskAcceptance, lives: Sequence[Deployment]) -> Iterable[Event]:
    for live in lives:
        same = (live.system_id, live.environment) == (row.incident.system_id, row.environment)
        ended = live.until_at is not None and live.until_at <= row.from_at
        if same and not ended and live.version.label not in row.versions:
            words = f"version {live.version.label}, which is outside its scope, is live"
            yield Event("new_version", max(live.from_at, row.from_at), words)


def _owners(rows: Sequence[RiskAcceptance], at: datetime) -> dict[UUID, list[Event]]:
    """An owner whose account ended while the risk was theirs."""
    left = {
        person.pk: person
        for person in User.objects.filter(pk__in={row.owner_id for row in rows}, is_active=False)
    }
    return {
        row.pk: [
            Event(
                "owner_left",
                max(left[row.owner_id].deactivated_at or row.from_at, row.from_at),
                "its owner has left without a successor",
            )
        ]
        for row in rows
        if row.owner_id in left
    }


def _law(rows: Sequence[RiskAcceptance], at: datetime) -> dict[UUID, list[Event]]:
    """A classification that the law's data opened again, or that became a prohibited practice."""
    systems = {row.incident.system_id for row in rows}
    opened = Classification.objects.filter(
        Q(reopened_at__lte=at, reopened_because__startswith=LAW_CHANGED)
        | Q(confirmed_at__lte=at, legal_class=System.LegalClass.PROHIBITED),
        system_id__in=systems,
    )
    known = [(one.system_id, *_law_event(one)) for one in opened]
    return {
        row.pk: [
            Event("law_change", since, words)
            for system, since, words in known
            if system == row.incident.system_id and since > row.from_at
        ]
        for row in rows
    }


def _worse(rows: Sequence[RiskAcceptance], at: datetime) -> dict[UUID, list[Event]]:
    """A severity above the one at which the risk was accepted, since it was raised."""
    raised = [row for row in rows if _is_raised(row)]
    return {
        row.pk: [
            Event(
                "worse_band",
                _raised_since(row) or row.from_at,
                f"it is {row.incident.severity} now, and was accepted as {row.severity}",
            )
        ]
        for row in raised
    }


def _is_raised(row: RiskAcceptance) -> bool:
    return SEVERITIES.index(row.incident.severity) > SEVERITIES.index(row.severity)


def _raised_since(row: RiskAcceptance) -> datetime | None:
    moves = Transition.objects.filter(
        incident_id=row.incident_id, command__in=RAISING, at__gte=row.from_at
    )
    return moves.order_by("version").values_list("at", flat=True).first()


def _ended(rows: Sequence[RiskAcceptance], at: datetime) -> dict[UUID, list[Event]]:
    """An incident that ended in another way: nothing is left to accept."""
    return {
        row.pk: [Event("withdrawn", row.incident.closed_at or row.from_at, "its incident is over")]
        for row in rows
        if row.incident.state in ENDED
    }


def _law_event(row: Classification) -> tuple[datetime, str]:
    if row.legal_class == System.LegalClass.PROHIBITED and row.confirmed_at is not None:
        return row.confirmed_at, "it was found to be a prohibited practice"
    assert row.reopened_at is not None
    return row.reopened_at, "the law that its classification rests on has changed"
