"""What guards ask of an incident: a code and a sentence where it stands against something."""

from collections.abc import Callable, Sequence
from datetime import datetime

from incidents.models import Incident, RegulatoryClock
from incidents.rules.command_fields import QUESTION_WORDS
from incidents.rules.plan import FrozenPlan
from incidents.selectors.files import file_of
from incidents.selectors.reviews import answers_of
from ledger.rules.worded import term, worded
from registry.rules.shipped import cited

TRUST = "trust_compliance"
Found = tuple[str, str] | None
Guard = Callable[[Incident, FrozenPlan, datetime], Found]


def goes_to_committee(incident: Incident) -> Found:
    """Say that trust and compliance, and fairness, are the committee's."""
    if incident.category != TRUST and incident.kind != Incident.Kind.FAIRNESS:
        return None
    return ("goes_to_committee", "A breach of trust and compliance always goes to the committee.")


def answered(incident: Incident, answers: tuple[str, ...]) -> Found:
    """Say which of the four questions has one of these answers; without answers all are unknown."""
    given = answers_of(incident)
    for question, words in QUESTION_WORDS.items():
        answer = getattr(given, question, "unknown")
        if answer in answers:
            told = worded(
                "'{question}' was answered '{answer}', so a decision is due.",
                question=term(words),
                answer=term(answer),
            )
            return ("question_open", told)
    return None


def running_clocks(incident: Incident) -> Sequence[RegulatoryClock]:
    """Return the regulatory clocks that run, the first to be due first."""
    file, ended = file_of(incident), RegulatoryClock.State.ENDED
    if file is not None:
        return [row for row in file.clocks if row.state != ended]
    rows = RegulatoryClock.objects.filter(incident_id=incident.pk).exclude(state=ended)
    return list(rows.select_related("rule").order_by("due_at"))


def running_clock(incident: Incident) -> Found:
    """Say which regulatory clock runs (CLK-17)."""
    clock = next(iter(running_clocks(incident)), None)
    if clock is None:
        return None
    return (
        "clock_running",
        worded(
            "The clock of {basis} runs; only a validation ends it, with a signed reason.",
            basis=cited(clock.rule.basis),
        ),
    )
