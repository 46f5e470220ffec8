"""The steps of an escalation at which a reader was told, and which of them they have taken."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from governance.models import EscalationFiring
from governance.rules.calling import holds_for
from governance.rules.deadline_words import stage_words
from governance.selectors.escalations import holding, said_on
from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.rules.transitions import ENDED
from ledger.selectors.acts import last_acts

MOST = 400
"""How many firings are looked through, the newest first: a step that stands repeats among them."""


@dataclass(frozen=True, slots=True)
class ToldStep:
    """A step that told the reader: of which stage, when last, and whether they have it.

    `taken_at` is when they last said so, None if never; `holds` is whether that still counts.
    """

    rule: str
    step: int
    stage: str
    level: int
    told_at: datetime
    taken_at: datetime | None
    holds: bool


def told_steps(*, incident: Incident, reader_id: UUID, at: datetime) -> list[ToldStep]:
    """Return the steps of this cycle that told a reader, the newest first; none once it ended."""
    if incident.state in ENDED:
        return []
    rows = EscalationFiring.objects.filter(incident=incident, cycle=incident.cycle)
    fired = rows.order_by("-fired_at", "-pk")[:MOST]
    told = [row for row in fired if _names(row, reader_id)]
    newest = {(row.rule, row.step): row for row in reversed(told)}
    if not newest:
        return []
    lasts = holds_for(from_text(incident.plan), incident.severity)
    said = said_on(incident_ids=[incident.pk], at=at)
    acted = last_acts(incident_id=incident.pk, people=[reader_id]) if lasts is not None else {}
    found = []
    for (rule, step), row in newest.items():
        mine = said.get((incident.pk, rule, step), {})
        held, _ = holding(mine, acted, lasts=lasts, at=at)
        found.append(
            ToldStep(
                rule=rule,
                step=step,
                stage=stage_words(rule.partition("@")[0]),
                level=row.level,
                told_at=row.fired_at,
                taken_at=mine.get(reader_id),
                holds=reader_id in held,
            )
        )
    return found[::-1]


def _names(row: EscalationFiring, person: UUID) -> bool:
    return any(one.get("person") == str(person) for one in row.recipients)
