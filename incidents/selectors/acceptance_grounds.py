"""What ends accepted risks beside their own expiry: of all of them, in one statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from incidents import acceptance_events
from incidents.acceptance_events import Source
from incidents.models import RiskAcceptance, Transition
from incidents.rules.acceptances import GROUND_WORDS, Event
from incidents.rules.plan import SEVERITIES
from incidents.rules.transitions import ENDED
from ledger.rules.worded import of_machine, term, word, worded
from ledger.selectors.at_once import Question, Rows, at_once
from registry.models import Classification, Deployment, System, User

LAW_CHANGED = "The law's data changed"
"""How a classification says that reference data opened it again."""
RAISING = ("raise_severity", "join_breach")
ASKED = "events_"
Found = Mapping[UUID, Sequence[Event]]


def events_of(rows: Sequence[RiskAcceptance], at: datetime) -> dict[UUID, list[Event]]:
    """Return what ends each acceptance, on record or found out now: one query at most."""
    return events_told(rows, at_once(events_asked(rows, at)))


def events_asked(rows: Sequence[RiskAcceptance], at: datetime) -> dict[str, Question]:
    """Return what is to be read for `events_told`, to be asked together with other things."""
    active = _active(rows)
    if not active:
        return {}
    return {ASKED + name: source.asks(active, at) for name, source in _sources().items()}


def events_told(
    rows: Sequence[RiskAcceptance], answers: Mapping[str, Rows]
) -> dict[UUID, list[Event]]:
    """Return what ends each acceptance, by what was read."""
    found: defaultdict[UUID, list[Event]] = defaultdict(list)
    for row in rows:
        if row.ended_at is not None:
            words = of_machine(row.ended_words) or GROUND_WORDS.get(row.ground, "")
            found[row.pk].append(Event(row.ground, row.ended_at, words))
    active = _active(rows)
    told = [
        source.tells(active, answers.get(ASKED + name, [])) for name, source in _sources().items()
    ]
    for key, events in (pair for one in told for pair in one.items()):
        found[key] += events
    return found


def _active(rows: Sequence[RiskAcceptance]) -> list[RiskAcceptance]:
    return [row for row in rows if row.state == RiskAcceptance.State.ACTIVE]


def _sources() -> dict[str, Source]:
    return {**OWN, **acceptance_events.registered()}


def _lives(rows: Sequence[RiskAcceptance], at: datetime) -> Question:
    """What is or was live since each risk was accepted."""
    wanted = Q(pk__in=[])
    for row in rows:
        wanted |= Q(
            system_id=row.incident.system_id, environment=row.environment, from_at__lte=at
        ) & (Q(until_at__isnull=True) | Q(until_at__gt=row.from_at))
    lives = Deployment.objects.filter(wanted).order_by("from_at")
    return lives.values_list("system_id", "environment", "version__label", "from_at", "until_at")


def _versions(rows: Sequence[RiskAcceptance], lives: Rows) -> Found:
    """A version outside the scope that is or was live since."""
    return {row.pk: [event for live in lives for event in _outside(row, *live)] for row in rows}


def _outside(
    row: RiskAcceptance, system: str, environment: str, label: str, begun: str, until: str | None
) -> list[Event]:
    same = (system, environment) == (str(row.incident.system_id), row.environment)
    ended = until is not None and _instant(until) <= row.from_at
    if not same or ended or label in row.versions:
        return []
    words = worded("version {version}, which is outside its scope, is live", version=label)
    return [Event("new_version", max(_instant(begun), row.from_at), words)]


def _unread_owners(rows: Sequence[RiskAcceptance], at: datetime) -> Question:
    """The owners that did not come with their rows and whose accounts ended."""
    unread = {row.owner_id for row in rows if not _came_with(row)}
    gone = User.objects.filter(pk__in=unread, is_active=False)
    question: Question = gone.values_list("pk", "deactivated_at")
    return question


def _owners(rows: Sequence[RiskAcceptance], left: Rows) -> Found:
    """An owner whose account ended while the risk was theirs."""
    gone = {person: _instant(ended) if ended else None for person, ended in left}
    for row in rows:
        if _came_with(row) and not row.owner.is_active:
            gone[str(row.owner_id)] = row.owner.deactivated_at
    words = word("its owner has left without a successor")
    return {
        row.pk: [
            Event("owner_left", max(gone[str(row.owner_id)] or row.from_at, row.from_at), words)
        ]
        for row in rows
        if str(row.owner_id) in gone
    }


def _came_with(row: RiskAcceptance) -> bool:
    return "owner" in row._state.fields_cache


def _opened(rows: Sequence[RiskAcceptance], at: datetime) -> Question:
    opened = Classification.objects.filter(
        Q(reopened_at__lte=at, reopened_because__startswith=LAW_CHANGED)
        | Q(confirmed_at__lte=at, legal_class=System.LegalClass.PROHIBITED),
        system_id__in={row.incident.system_id for row in rows},
    )
    return opened.values_list("system_id", "legal_class", "confirmed_at", "reopened_at")


def _law(rows: Sequence[RiskAcceptance], opened: Rows) -> Found:
    """A classification that the law's data opened again, or that became a prohibited practice."""
    known = [(system, *_law_event(*said)) for system, *said in opened]
    return {
        row.pk: [
            Event("law_change", since, words)
            for system, since, words in known
            if system == str(row.incident.system_id) and since > row.from_at
        ]
        for row in rows
    }


def _law_event(legal_class: str, confirmed: str | None, reopened: Any) -> tuple[datetime, str]:
    if legal_class == System.LegalClass.PROHIBITED and confirmed is not None:
        return _instant(confirmed), word("it was found to be a prohibited practice")
    return _instant(reopened), word("the law that its classification rests on has changed")


def _raising(rows: Sequence[RiskAcceptance], at: datetime) -> Question:
    wanted = Q(pk__in=[])
    for row in rows:
        if _is_raised(row):
            wanted |= Q(incident_id=row.incident_id, at__gte=row.from_at)
    moves = Transition.objects.filter(wanted, command__in=RAISING)
    return moves.order_by("version").values_list("incident_id", "at")


def _worse(rows: Sequence[RiskAcceptance], moves: Rows) -> Found:
    """A severity above the one at which the risk was accepted, since it was raised."""
    raised = [row for row in rows if _is_raised(row)]
    return {
        row.pk: [
            Event(
                "worse_band",
                _raised_since(row, moves),
                worded(
                    "it is {level} now, and was accepted as {rest}",
                    level=term(row.incident.severity.capitalize(), lowered=True),
                    rest=term(row.severity.capitalize(), lowered=True),
                ),
            )
        ]
        for row in raised
    }


def _is_raised(row: RiskAcceptance) -> bool:
    return SEVERITIES.index(row.incident.severity) > SEVERITIES.index(row.severity)


def _raised_since(row: RiskAcceptance, moves: Rows) -> datetime:
    instants = (_instant(at) for incident, at in moves if incident == str(row.incident_id))
    return next((at for at in instants if at >= row.from_at), row.from_at)


def _nothing(rows: Sequence[RiskAcceptance], at: datetime) -> Question:
    return Transition.objects.none().values_list("pk")


def _ended(rows: Sequence[RiskAcceptance], _: Rows) -> Found:
    """An incident that ended in another way: nothing is left to accept."""
    return {
        row.pk: [
            Event("withdrawn", row.incident.closed_at or row.from_at, word("its incident is over"))
        ]
        for row in rows
        if row.incident.state in ENDED
    }


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


OWN: Mapping[str, Source] = {
    "versions": Source(_lives, _versions),
    "owners": Source(_unread_owners, _owners),
    "law": Source(_opened, _law),
    "worse": Source(_raising, _worse),
    "ended": Source(_nothing, _ended),
}
