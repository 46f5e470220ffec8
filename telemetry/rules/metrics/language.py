"""Answers in words: rates from labels, agreement with what was expected, consistency.

Rates come with Wilson's 95 % interval and are None under ten cases; malformed counts raise
ValueError. Labels come from humans or from a judge whose version is stored with them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from statistics import fmean

from telemetry.rules.computations import Figure
from telemetry.rules.metrics.comparison import Change, proportions
from telemetry.rules.metrics.inputs import paired, share

WORD = re.compile(r"\w+")


def claim_groundedness(*, supported: int, claims: int) -> Figure | None:
    """Return the share of claims that the retrieved context supports (NIST AI 600-1, 2.2)."""
    return share(supported, claims)


def hallucination_rate(*, hallucinated: int, judged: int) -> Figure | None:
    """Return the share of judged answers with at least one unsupported claim (NIST AI 600-1)."""
    return share(hallucinated, judged)


def toxicity_rate(*, toxic: int, judged: int) -> Figure | None:
    """Return the share of judged answers over the threshold of toxicity."""
    return share(toxic, judged)


def format_compliance(*, valid: int, answers: int) -> Figure | None:
    """Return the share of answers that are valid against their schema."""
    return share(valid, answers)


def refusal_rate(*, refused: int, requests: int) -> Figure | None:
    """Return the share of requests that the system refused to answer."""
    return share(refused, requests)


def refusal_against_override(
    *, refused_overridden: int, refused: int, answered_overridden: int, answered: int
) -> Change | None:
    """Return the override rate of refusals less that of answers, with Newcombe's 95 % interval.

    Above 0 it refuses where humans would have answered. None under ten reviewed cases of a kind.
    """
    return proportions(
        before=answered_overridden, before_n=answered, after=refused_overridden, after_n=refused
    )


def agreement(given: Sequence[str], expected: Sequence[str], *, least: int = 10) -> Figure | None:
    """Return the share of answers that say the expected, apart from case, spaces and punctuation.

    Two sequences of one length; a canary set may be as small as `least` allows.
    """
    paired(given, expected)
    same = sum(words(one) == words(other) for one, other in zip(given, expected, strict=True))
    return share(same, len(given), least)


def consistency(repeated: Iterable[Sequence[str]]) -> float | None:
    """Return the mean over questions of the share of pairs of repeated answers that say the same.

    A question that was asked once takes no part; None when all were. A proxy where the truth is
    late (TEL-7).
    """
    shares = [_pairs_agree(answers) for answers in repeated if len(answers) > 1]
    return fmean(shares) if shares else None


def token_f1(given: str, expected: str) -> float:
    """Return the overlap of words of two texts, as F1; two empty texts are equal: 1.

    Rajpurkar et al., EMNLP 2016 (without leaving out articles, which other languages have too).
    """
    one, other = Counter(words(given)), Counter(words(expected))
    if not one or not other:
        return float(one == other)
    shared = (one & other).total()
    return 2 * shared / (one.total() + other.total())


def words(text: str) -> list[str]:
    """Return the words of a text, without case and punctuation."""
    return WORD.findall(text.casefold())


def _pairs_agree(answers: Sequence[str]) -> float:
    said = [words(answer) for answer in answers]
    return fmean(one == other for one, other in combinations(said, 2))
