"""The law as data: which clocks an answer may start."""

from registry.models import ClockRule

EVERY_SYSTEM = ""


def clock_rules_for(*, question: str, legal_class: str) -> list[ClockRule]:
    """Return the rules in force that a 'yes' to a question arms, shortest period first.

    A rule for a legal class is left out only where the system is known to be of another one;
    whether the organisation falls under a regime is not known here, so those stay (CLK-13).
    """
    rules = ClockRule.objects.filter(question=question, superseded_in="").order_by("hours", "id")
    return [rule for rule in rules if _may_apply(rule.applies_to, legal_class)]


def _may_apply(applies_to: str, legal_class: str) -> bool:
    if applies_to != "high_risk":
        return True
    return legal_class in ("high_risk", "prohibited", "undecided")
