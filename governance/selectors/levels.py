"""Levels of a case: which body decides a motion on it, and why it is that one."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from governance.models import Committee, Decision
from governance.rules.levels import LEVEL_WORDS, LEVELS, Level, Matter, higher, level_of
from governance.rules.policy_document import PolicyDocument
from governance.selectors.committees import committee_in_force
from governance.selectors.policies import document_of_plan
from incidents.models import Incident
from incidents.rules.plan import from_text
from ledger.rules.worded import term, worded

REJECTIONS_BEFORE_UP = 2


@dataclass(frozen=True, slots=True)
class Body:
    """Which body decides, None where there is none; the level that is needed, and why."""

    committee: Committee | None
    level: str
    words: str


def document_of_case(incident: Incident) -> PolicyDocument:
    """Return the policy that the incident is bound to."""
    return document_of_plan(from_text(incident.plan))


def body_of(
    *, incident: Incident, kinds: Iterable[str] = (), at_least: str = "", steps_up: int = 0
) -> Body:
    """Return which body decides a motion with actions of these kinds, by the policy's matrix.

    Never a lower one than the last that was asked about the case in this cycle; the next higher one
    after two rejections there (KOM-11). `steps_up` is for renewals of an acceptance. Where no body
    of the level exists, the next higher one that does.
    """
    document = document_of_case(incident)
    small = from_text(incident.plan).small.covers(incident.severity, incident.risk_tier)
    fair = incident.kind != Incident.Kind.FAIRNESS
    floors = [level for level in (at_least, _asked_before(incident)) if level]
    matter = Matter(
        kinds=tuple(kinds),
        tier=incident.risk_tier,
        severity=incident.severity,
        delegable=small and fair and document.small_cases.delegate_decides,
        at_least=max(floors, key=LEVELS.index, default=""),
    )
    found = level_of(document.levels, matter)
    if steps_up:
        name = higher(found.name, steps_up)
        found = Level(
            name,
            worded(
                "A further renewal goes up: {level_words} decides.",
                level_words=term(LEVEL_WORDS[name]),
            ),
        )
    return _existing(incident.unit_id, found)


def body_for(incident: Incident) -> Committee | None:
    """Return which body hears the next motion on an incident, as far as that is known before."""
    return body_of(incident=incident).committee


def rejections(incident: Incident, committee: Committee) -> int:
    """Return how many motions a body did not carry on an incident in this cycle."""
    rows = _rounds(incident).filter(committee=committee, state=Decision.State.REJECTED)
    return int(rows.count())


def _rounds(incident: Incident) -> QuerySet[Decision]:
    return Decision.objects.filter(
        incident=incident, cycle=incident.cycle, matter=Decision.Matter.CASE
    )


def _asked_before(incident: Incident) -> str:
    rows = _rounds(incident).select_related("committee")
    newest = rows.order_by("-created_at", "-round").first()
    if newest is None:
        return ""
    level = str(newest.committee.level)
    if rejections(incident, newest.committee) < REJECTIONS_BEFORE_UP:
        return level
    above = _existing(incident.unit_id, Level(higher(level, 1), "")).committee
    return str(above.level) if above and level != LEVELS[-1] else level


def _existing(unit_id: UUID, wanted: Level) -> Body:
    """The body of the level, else of the next higher one that exists; a delegate is optional."""
    for level in LEVELS[LEVELS.index(wanted.name) :]:
        found = committee_in_force(unit_id=unit_id, level=level)
        if found is not None:
            above = level != wanted.name and wanted.name != "delegate"
            more = (
                worded(" There is no such body; {name} stands above it.", name=found.name)
                if above
                else ""
            )
            return Body(found, wanted.name, wanted.words + more)
    return Body(None, wanted.name, wanted.words)
