"""What is typed into the search, as a table: words, numbers, marks, slips (issue 8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.searching import (
    FRAGMENT,
    MOST_WORDS,
    fragment,
    meant,
    numbers_of,
    pieces,
    provision_names,
    typed,
)


def marked(found):
    """The marked pieces."""
    return [one.text for one in found if one.marked]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fraud scoring", ("fraud", "scoring")),
        ("  'OR 1=1 -- ", ("or", "1")),
        ("gpt-4o & claims", ("gpt", "4o", "claims")),
        ("a\0b", ("a", "b")),
        ("twice Twice", ("twice",)),
        ("Prüfung der Häuser", ("prüfung", "der", "häuser")),
        ("!?*()|&<->:", ()),
        ("", ()),
    ],
)
def test_only_letters_and_digits_are_words(text, words):
    assert typed(text).words == words


@pytest.mark.parametrize(
    ("text", "number", "sure"),
    [
        ("48190", 48190, False),
        ("№ 48 190", 48190, True),
        ("№\u202f48\u202f190", 48190, True),
        ("#48190", 48190, True),
        ("Nr. 48190", 48190, True),
        ("entry 48,190", 48190, True),
        ("0", None, False),
        ("9" * 30, None, False),
        ("48190 fraud", None, False),
    ],
)
def test_the_number_of_an_entry_is_read_with_or_without_its_sign(text, number, sure):
    found = typed(text)

    assert (found.entry, found.is_reference) == (number, sure)


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("INC-2026-0041", True),
        ("Art. 9", True),
        ("article 26(5)", True),
        ("A.6.2.4", True),
        ("9", False),
        ("claims", False),
        ("version 2", False),
    ],
)
def test_a_reference_is_told_from_words(text, sure):
    assert typed(text).is_reference is sure


@pytest.mark.parametrize("text", ["Art. 9", "article 9", "ART 9", "Artikel 9", "9"])
def test_an_article_is_named_in_several_ways(text):
    assert "art. 9" in provision_names(typed(text))


def test_a_control_may_stand_in_an_annex():
    assert "annex a.6.2.4" in provision_names(typed("A.6.2.4"))


def test_words_name_no_provision():
    assert provision_names(typed("human oversight")) == []


def test_the_end_of_a_number_stands_for_the_last_ten_years_and_the_next():
    found = numbers_of(typed("41"), prefix="INC-", width=4, year=2026)

    assert found[:2] == ["INC-2027-0041", "INC-2026-0041"]
    assert found[-1] == "INC-2017-0041"


def test_a_whole_number_stands_for_itself():
    assert numbers_of(typed("inc-2026-0041"), prefix="INC-", width=4, year=2026) == [
        "INC-2026-0041"
    ]


def test_more_than_two_hundred_characters_are_refused():
    with pytest.raises(ValueError, match="200"):
        typed("x" * 201)


def test_the_beginnings_of_words_are_marked_whatever_their_accents():
    assert marked(pieces("Der Prüfer prüft Claims", {"pruf", "clai"})) == [
        "Prüfer",
        "prüft",
        "Claims",
    ]


@given(st.text(max_size=300), st.sets(st.text("abc", min_size=1, max_size=2), max_size=3))
def test_the_pieces_of_a_text_are_the_text(text, starts):
    assert "".join(one.text for one in pieces(text, starts)) == text


@given(st.text(max_size=2000))
def test_whatever_is_typed_is_read_or_refused(text):
    try:
        found = typed(text)
    except ValueError:
        return

    assert len(found.words) <= MOST_WORDS
    assert all(word.isalnum() for word in found.words)


def test_a_fragment_stands_around_the_first_hit():
    text = "before " * 60 + "the claims were paid " + "after " * 60

    shown = fragment(text, {"claim"})

    assert marked(shown) == ["claims"]
    assert len("".join(one.text for one in shown)) <= FRAGMENT + 4
    assert shown[0].text.startswith("… ")
    assert shown[-1].text.endswith(" …")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("fruad",), "fraud"),
        (("frad", "scoring"), "fraud scoring"),
        (("scorring",), "scoring"),
        (("fra",), ""),
        (("elephant",), ""),
        (("2026",), ""),
        (("fraud",), ""),
    ],
)
def test_a_slip_is_offered_as_the_nearest_known_word(words, offered):
    assert meant(words, ["Fraud scoring", "Claims approval 2025"]) == offered
