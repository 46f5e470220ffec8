"""Severity: the shipped matrix, and what a matrix may not leave open."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

import governance
from governance.rules.severity import BadMatrix, Severity, SeverityMatrix, at_least, worst

FILE = Path(governance.__file__).parent / "reference" / "severity.yaml"
DATA: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
MATRIX = SeverityMatrix.from_data(DATA)


@pytest.mark.parametrize(
    ("cause", "standing", "low", "medium", "high"),
    [
        ("performance", "WARNING", "watch", "watch", "minor"),
        ("performance", "CRITICAL", "minor", "moderate", "major"),
        ("trust_compliance", "WARNING", "minor", "moderate", "moderate"),
        ("trust_compliance", "CRITICAL", "moderate", "major", "major"),
        ("instant", "CRITICAL", "moderate", "major", "severe"),
        ("silence", "NO_DATA", "watch", "minor", "moderate"),
        ("harm", "OK", "major", "severe", "severe"),
        ("regulatory_question", "OK", "moderate", "major", "major"),
    ],
)
def test_the_shipped_matrix_says_what_the_profile_says(
    cause: str, standing: str, low: str, medium: str, high: str
) -> None:
    found = [MATRIX.severity(cause, standing, tier).value for tier in ("low", "medium", "high")]

    assert found == [low, medium, high]


@pytest.mark.parametrize(
    ("category", "cause"),
    [("technical", "performance"), ("agentic", "performance"), ("trust_compliance",) * 2],
)
def test_a_category_belongs_to_a_cause(category: str, cause: str) -> None:
    assert MATRIX.cause_of(category) == cause


def test_a_fairness_gap_that_excludes_zero_is_never_below_moderate() -> None:
    facts = ("interval_excludes_zero",)

    found = [MATRIX.with_floors(severity, facts) for severity in Severity]

    assert found[:3] == [Severity.MODERATE] * 3
    assert found[3:] == [Severity.MAJOR, Severity.SEVERE]


def test_without_a_fact_a_severity_stays() -> None:
    assert MATRIX.with_floors(Severity.WATCH, ()) is Severity.WATCH


@pytest.mark.parametrize(
    ("cause", "standing", "tier"),
    [
        ("performance", "OK", "low"),
        ("performance", "WARNING", "extreme"),
        ("weather", "WARNING", "low"),
    ],
)
def test_a_case_that_the_matrix_does_not_know_is_refused(
    cause: str, standing: str, tier: str
) -> None:
    with pytest.raises(BadMatrix):
        MATRIX.severity(cause, standing, tier)


def test_an_unknown_category_is_refused() -> None:
    with pytest.raises(BadMatrix, match="'weather'"):
        MATRIX.cause_of("weather")


def test_a_row_without_a_tier_is_refused() -> None:
    data = deepcopy(DATA)
    del data["matrix"]["silence"]["any"]["high"]

    with pytest.raises(BadMatrix, match="silence, any"):
        SeverityMatrix.from_data(data)


def test_a_word_that_is_no_severity_is_refused() -> None:
    data = deepcopy(DATA)
    data["floors"]["interval_excludes_zero"] = "critical"

    with pytest.raises(BadMatrix, match="'critical' is no severity"):
        SeverityMatrix.from_data(data)


def test_a_category_of_a_cause_without_rows_is_refused() -> None:
    data = deepcopy(DATA)
    data["groups"]["technical"] = "weather"

    with pytest.raises(BadMatrix, match="no rows for weather"):
        SeverityMatrix.from_data(data)


def test_the_worst_of_several_severities_counts() -> None:
    assert worst(Severity.MINOR, Severity.SEVERE, Severity.WATCH) is Severity.SEVERE


@pytest.mark.parametrize(
    ("severity", "reached"),
    [(Severity.MODERATE, False), (Severity.MAJOR, True), (Severity.SEVERE, True)],
)
def test_a_floor_is_reached_by_itself_and_by_worse(severity: Severity, reached: bool) -> None:
    assert at_least(severity, Severity.MAJOR) is reached
