"""Values as pages write them, and cells that no spreadsheet program runs."""

import pytest

from governance.rules.act_words import clause
from governance.rules.figures import (
    HARD,
    MINUS,
    NARROW,
    joined,
    measure_of,
    number,
    often,
    segment_words,
    window_word,
)
from governance.rules.sheets import cell


@pytest.mark.parametrize(
    ("unit", "neutral", "size", "value", "told"),
    [
        ("ratio", None, 0.9, 0.928, f"92.8{HARD}%"),
        ("ratio", 0.0, 0.1, 0.148, f"14.8{HARD}points"),
        ("ratio", 0.0, 0.1, -0.0053, f"{MINUS}0.5{HARD}points"),
        ("ms", None, 309.0, 309.0, f"309{HARD}ms"),
        ("seconds", None, 38.2, 38.2, f"38.2{HARD}s"),
        ("index", None, 0.09, 0.09, f"0.09{HARD}index"),
        ("count", None, 1.0, 1.0, "1"),
        ("currency", None, 1861.0, 1861.0, f"1{NARROW}861"),
        ("ratio", None, None, None, "no data"),
    ],
)
def test_a_value_is_written_by_its_unit(unit, neutral, size, value, told):
    assert measure_of(unit=unit, neutral=neutral, size=size).say(value) == told


def test_an_interval_below_zero_is_written_with_a_word():
    gap = measure_of(unit="ratio", neutral=0.0)

    assert gap.interval(0.123, 0.173) == "12.3–17.3"
    assert gap.interval(-0.006, 0.044) == f"{MINUS}0.6{HARD}to{HARD}4.4"
    assert gap.interval(None, 0.1) == ""


def test_nothing_is_written_as_minus_zero():
    assert number(-0.0004, 1) == "0.0"


@pytest.mark.parametrize(
    ("seconds", "word", "rhythm"),
    [
        (604800, "week", "weekly"),
        (86400, "day", "daily"),
        (21600, "6 hours", "each 6 hours"),
        (300, "5 minutes", "each 5 minutes"),
        (5, "5 seconds", "each 5 seconds"),
    ],
)
def test_a_window_is_named_by_its_length(seconds, word, rhythm):
    assert window_word(seconds) == word
    assert often(seconds) == rhythm


def test_segments_and_names_are_words():
    assert segment_words("age_group=under_23") == "under 23"
    assert segment_words("") == ""
    assert joined(["A", "B", "C"], "or") == "A, B or C"
    assert joined(["A"]) == "A"
    assert joined([]) == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx"])
def test_a_formula_becomes_text_and_a_number_stays_one(text):
    assert cell(text) == f"'{text}"
    assert cell(-0.5) == "-0.5"
    assert cell(None) == ""


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("You cannot validate this: you own the system.", "you own the system"),
        (
            "Only a minor case is dismissed: so not this.",
            "only a minor case is dismissed: so not this",
        ),
        ("'Harmed?' was answered 'yes'.", "'Harmed?' was answered 'yes'"),
    ],
)
def test_a_refusal_is_cut_to_its_reason(reason, why):
    assert clause(reason) == why
