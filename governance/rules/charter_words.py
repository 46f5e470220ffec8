"""A charter in words: who must vote for a decision, and what carries it."""

from collections.abc import Iterator, Mapping
from typing import Any

from governance.rules.charters import rules_from
from governance.rules.outcomes import MAJORITY_WORDS
from governance.rules.policy_document import CommitteeRules

HALF = "1/2"


def charter_facts(charter: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return a body's quorum rule as labels and sentences, as its charter has it."""
    return tuple(_facts(rules_from(charter)))


def _facts(rules: CommitteeRules) -> Iterator[tuple[str, str]]:
    share = "half" if rules.quorum == HALF else rules.quorum
    yield (
        "Quorum",
        f"more than {share} of the electorate, and at least {rules.minimum}"
        f"{_beside(rules.minimum, rules.minimum_high, rules.minimum_acceptance)}",
    )
    yield "Majority", _majority(rules)
    if rules.required_high:
        named = ", ".join(one.replace("|", " or ") for one in rules.required_high)
        yield "Must vote at high tier", named
    casting = "whoever chairs, if the votes are tied" if rules.casting_vote else "none"
    yield "Casting vote", casting


def _beside(least: int, high: int, acceptance: int) -> str:
    """Say what else is asked for at high tier and where a risk is accepted."""
    told = [f"{high} at high tier"] if high > least else []
    told += [f"{acceptance} where a risk is accepted"] if acceptance > least else []
    return f" ({', '.join(told)})" if told else ""


def _majority(rules: CommitteeRules) -> str:
    told = MAJORITY_WORDS[rules.majority]
    if rules.majority_high != rules.majority:
        told += f"; at high tier {MAJORITY_WORDS[rules.majority_high]}"
    if rules.majority_acceptance not in (rules.majority, rules.majority_high):
        told += f"; where a risk is accepted {MAJORITY_WORDS[rules.majority_acceptance]}"
    return told
