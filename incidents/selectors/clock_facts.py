"""What was answered and stated of an incident as far as clocks go."""

from incidents.models import ClockFact, Incident
from incidents.rules.command_fields import QUESTION_WORDS
from incidents.selectors.reviews import answers_of


def answer_now(incident: Incident, question: str) -> str:
    """Return the answer that counts now to a question or a fact; '' where nobody gave one."""
    if question in QUESTION_WORDS:
        given = answers_of(incident)
        return str(getattr(given, question)) if given is not None else ""
    newest = facts_of(incident).get(question)
    return newest.answer if newest is not None else ""


def facts_of(incident: Incident) -> dict[str, ClockFact]:
    """Return the newest statement of each fact."""
    rows = ClockFact.objects.filter(incident_id=incident.pk).select_related("stated_by")
    return {row.fact: row for row in rows.order_by("stated_at", "entry_number")}
