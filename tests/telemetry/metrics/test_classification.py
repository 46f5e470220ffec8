"""Figures of tables and curves are those of scikit-learn (TEL-2, TEL-7)."""

import math
from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from telemetry.rules.metrics.classification import (
    Table,
    accuracy,
    balanced_accuracy,
    cohen_kappa,
    confusion_of,
    macro_f1,
    macro_precision,
    macro_recall,
    matthews,
    micro_f1,
    pr_auc,
    roc_auc,
    roc_auc_interval,
    weighted_f1,
)

LABELS = st.sampled_from(["approve", "decline", "ask", "élan"])
PAIRS = st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=40)
SCORED = st.lists(st.tuples(st.integers(0, 12).map(float), st.booleans()), max_size=40)
AVERAGED: list[tuple[Callable[[Table], float | None], Callable[..., float], str]] = [
    (macro_f1, metrics.f1_score, "macro"),
    (micro_f1, metrics.f1_score, "micro"),
    (weighted_f1, metrics.f1_score, "weighted"),
    (macro_precision, metrics.precision_score, "macro"),
    (macro_recall, metrics.recall_score, "macro"),
]


@pytest.mark.parametrize(("ours", "theirs", "average"), AVERAGED)
@settings(max_examples=15, deadline=None)
@given(pairs=PAIRS)
def test_averages_over_labels_are_those_of_scikit_learn(
    ours: Callable[[Table], float | None],
    theirs: Callable[..., float],
    average: str,
    pairs: list[tuple[str, str]],
) -> None:
    truths, answers = zip(*pairs, strict=True)

    found = ours(confusion_of(pairs))

    assert found == pytest.approx(theirs(truths, answers, average=average, zero_division=0.0))


@settings(deadline=None)
@given(PAIRS)
def test_agreement_of_a_table_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    truths, answers = zip(*pairs, strict=True)
    assume(len(set(truths)) > 1 and len(set(answers)) > 1)

    table = confusion_of(pairs)

    assert accuracy(table) == pytest.approx(metrics.accuracy_score(truths, answers))
    assert matthews(table) == pytest.approx(metrics.matthews_corrcoef(truths, answers))
    assert cohen_kappa(table) == pytest.approx(metrics.cohen_kappa_score(truths, answers))


@settings(deadline=None)
@given(PAIRS)
def test_balanced_accuracy_is_the_mean_recall_of_true_classes(
    pairs: list[tuple[str, str]],
) -> None:
    truths, answers = zip(*pairs, strict=True)
    occurring = sorted(set(truths))

    found = balanced_accuracy(confusion_of(pairs))

    theirs = metrics.recall_score(truths, answers, labels=occurring, average="macro")
    assert found == pytest.approx(theirs)


@settings(deadline=None)
@given(PAIRS)
def test_every_class_counts_every_case_once(pairs: list[tuple[str, str]]) -> None:
    table = confusion_of(pairs)

    classes = table.classes()

    assert {one.total for one in classes.values()} == {len(pairs)}
    assert sum(one.true_positive for one in classes.values()) == table.correct
    assert min(min(one.true_negative, one.false_negative) for one in classes.values()) >= 0


@settings(deadline=None)
@given(SCORED)
def test_both_areas_are_those_of_scikit_learn_with_ties(cases: list[tuple[float, bool]]) -> None:
    scores, labels = [s for s, _ in cases], [one for _, one in cases]
    assume(any(labels) and not all(labels))

    assert roc_auc(scores, labels) == pytest.approx(metrics.roc_auc_score(labels, scores))
    theirs = metrics.average_precision_score(labels, scores)
    assert pr_auc(scores, labels) == pytest.approx(theirs)


@settings(deadline=None)
@given(SCORED)
def test_turned_scores_turn_the_area(cases: list[tuple[float, bool]]) -> None:
    scores, labels = [s for s, _ in cases], [one for _, one in cases]

    found, turned = roc_auc(scores, labels), roc_auc([-s for s in scores], labels)

    if found is None or turned is None:
        assert found is turned
        assert len(set(labels)) < 2
    else:
        assert found + turned == pytest.approx(1)


def test_the_area_is_the_statistic_of_mann_and_whitney() -> None:
    draw = Random(1)
    positives = [draw.gauss(1, 1) for _ in range(60)]
    negatives = [draw.gauss(0, 1) for _ in range(90)]

    found = roc_auc([*positives, *negatives], [True] * 60 + [False] * 90)

    theirs = stats.mannwhitneyu(positives, negatives).statistic / (60 * 90)
    assert found == pytest.approx(theirs)


def test_the_error_of_the_area_is_that_of_all_pairs() -> None:
    draw = np.random.default_rng(5)
    positives, negatives = draw.normal(1, 1, 30).round(1), draw.normal(0, 1, 45).round(1)
    scores = [*positives.tolist(), *negatives.tolist()]

    found = roc_auc_interval(scores, [True] * 30 + [False] * 45)

    gap = positives[:, None] - negatives[None, :]
    wins = (gap > 0) + 0.5 * (gap == 0)
    variance = wins.mean(axis=1).var(ddof=1) / 30 + wins.mean(axis=0).var(ddof=1) / 45
    assert found is not None
    assert found.value == pytest.approx(wins.mean())
    assert found.value - found.low == pytest.approx(1.959963984540054 * math.sqrt(variance))


@pytest.mark.full
def test_the_interval_holds_the_true_area_in_nineteen_of_twenty() -> None:
    draw = np.random.default_rng(7)
    labels = [True] * 80 + [False] * 160
    truth = float(stats.norm.cdf(1 / math.sqrt(2)))
    held = 0
    for _ in range(600):
        scores = [*draw.normal(1, 1, 80).tolist(), *draw.normal(0, 1, 160).tolist()]
        found = roc_auc_interval(scores, labels)
        assert found is not None
        held += found.low <= truth <= found.high

    assert held / 600 == pytest.approx(0.95, abs=0.03)


def test_no_cases_are_unknown_and_no_zero() -> None:
    nothing = confusion_of([])

    figures = [accuracy, balanced_accuracy, macro_f1, micro_f1, weighted_f1, macro_precision]
    figures += [macro_recall, matthews, cohen_kappa]

    assert [figure(nothing) for figure in figures] == [None] * len(figures)
    assert roc_auc([], []) is None
    assert pr_auc([], []) is None


def test_one_class_alone_has_no_area_and_no_agreement_beyond_chance() -> None:
    one_class = confusion_of([("a", "a")] * 20)

    assert roc_auc([0.1, 0.9], [True, True]) is None
    assert roc_auc([0.1, 0.9], [False, False]) is None
    assert roc_auc_interval([0.1, 0.9, 0.5], [True, False, False]) is None
    assert pr_auc([0.1, 0.9], [False, False]) is None
    assert pr_auc([0.1, 0.9], [True, True]) == 1.0
    assert matthews(one_class) is None
    assert cohen_kappa(one_class) is None


def test_scores_that_are_all_the_same_say_nothing() -> None:
    labels = [True, False, False, True, False]

    assert roc_auc([0.5] * 5, labels) == 0.5
    assert pr_auc([0.5] * 5, labels) == pytest.approx(0.4)


@pytest.mark.parametrize("figure", [roc_auc, roc_auc_interval, pr_auc])
@pytest.mark.parametrize("scores", [[0.1], [0.1, math.nan], [0.1, math.inf]])
def test_what_is_no_score_is_refused(figure: object, scores: list[float]) -> None:
    assert callable(figure)
    with pytest.raises(ValueError, match=r"finite|belong"):
        figure(scores, [True, False])
