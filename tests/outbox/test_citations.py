"""Citations in German: by tables, by properties, and over all that is shipped; else as they are."""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ledger.rules.worded import worded
from outbox.languages import spoken
from outbox.rules.citations import citation, cited

FILES = ("ai_act", "iso_42001", "nist_ai_rmf", "crosswalk", "clock_rules", "questionnaires")
SHOWN = {"reference", "article", "basis"}
ENGLISH = re.compile(
    r"\b(Clause|Annex|Section|point|limb|of|and|to|with|first|second|third|Reg\.|its)\b"
    r"|\((?:\d+[a-z]?|[a-z]{1,3})\)"
)
TRANSLATED_WHOLE = ("ai_act", "basis")  # sentences, which the catalogue says


def text_in(name, keys):
    """Yield what stands under some keys of a reference file."""
    data = yaml.safe_load(
        (Path(settings.BASE_DIR) / "registry" / "reference" / f"{name}.yaml").read_text()
    )
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from (one[key] for key in keys if isinstance(one.get(key), str))
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Clause 6.1.3", "Abschnitt 6.1.3"),
        ("Annex A.5.2", "Anhang A.5.2"),
        ("Article 26(5)", "Artikel 26 Absatz 5"),
        ("Art. 26(5)", "Art. 26 Abs. 5"),
        ("Art. 5(1)(ba)", "Art. 5 Abs. 1 Buchst. ba"),
        ("Art. 16(i)", "Art. 16 Buchst. i"),
        ("Art. 75(1a)", "Art. 75 Abs. 1a"),
        ("Art. 4a", "Art. 4a"),
        ("Annex III(5)(b)", "Anhang III Nummer 5 Buchstabe b"),
        ("Annex III point 5(b)", "Anhang III Nummer 5 Buchstabe b"),
        ("Annex III, point 5", "Anhang III Nummer 5"),
        ("Annex I Section A point 10", "Anhang I Abschnitt A Nummer 10"),
        ("Annex IV.3-4", "Anhang IV Nummer 3 und 4"),
        ("Recital 71", "Erwägungsgrund 71"),
        ("Chapter III, Section 2", "Kapitel III, Abschnitt 2"),
        ("Art. 6(3), third subparagraph", "Art. 6 Abs. 3 Unterabsatz 3"),
        ("Art. 113 third para point (c)(i)", "Art. 113 Absatz 3 Buchstabe c Ziffer i"),
        ("Art. 3(3) to (8)", "Art. 3 Nr. 3 bis 8"),
        ("Art. 10(2)(f)-(g), 4a", "Art. 10 Abs. 2 Buchst. f und g, 4a"),
        ("Art. 14(2)(a) and 14(4)(a)", "Art. 14 Abs. 2 Buchst. a und 14 Abs. 4 Buchst. a"),
        ("Art. 73(2), limb (a) of Art. 3(49)", "Art. 73 Abs. 2, Art. 3 Nr. 49 Buchst. a"),
        ("Art. 51-54", "Art. 51 bis 54"),
        ("AI Act Art. 26(5)", "Art. 26 Abs. 5 KI-VO"),
        ("GDPR Art. 17(3)(b)", "Art. 17 Abs. 3 Buchst. b DSGVO"),
        ("Regulation (EU) 2024/1689, Art. 26(6)", "Art. 26 Abs. 6 der Verordnung (EU) 2024/1689"),
        ("Directive (EU) 2022/2555, Art. 3 and 23", "Art. 3 und 23 der Richtlinie (EU) 2022/2555"),
        ("Reg. (EU) 2026/1744 Art. 1(31)-(32)",
         "Art. 1 Nr. 31 und 32 der Verordnung (EU) 2026/1744"),
        ("Dir. (EU) 2024/2853", "Richtlinie (EU) 2024/2853"),
        ("MEASURE 2.11", "MEASURE 2.11"),
    ],
)  # fmt: skip
def test_a_citation_in_german(english, german):
    assert citation(english, "de") == german
    assert citation(english, "en") == english


@pytest.mark.parametrize("text", [
    "Our own rule 7", "Art. 5 of our code", "Article of faith", "72 hours", "(a)", "Clause of ours",
    "Annex IV, item 2", "Regulation of the works council", "Art.", "",
])  # fmt: skip
def test_what_is_not_known_through_stays_whole(text):
    assert citation(text, "de") == text


def test_every_citation_that_is_shipped_has_no_english_word_left():
    texts = {
        text
        for name in FILES
        for key in SHOWN
        if (name, key) != TRANSLATED_WHOLE
        for text in text_in(name, {key})
    }

    left = {one: citation(one, "de") for one in texts if ENGLISH.search(citation(one, "de"))}

    assert len(texts) > 400
    assert left == {}


# ---------------------------------------------------------------- properties
number = st.integers(1, 113)
letter = st.sampled_from("abcdefgh")


@st.composite
def articles(draw):
    """An article with its parts, in English and in German."""
    article, paragraph, point = draw(number), draw(number), draw(letter)
    depth = draw(st.integers(0, 2))
    english = f"Art. {article}" + "".join((f"({paragraph})", f"({point})")[:depth])
    level = "Nr." if article == 3 else "Abs."
    german = f"Art. {article}" + "".join((f" {level} {paragraph}", f" Buchst. {point}")[:depth])
    return english, german


@given(st.lists(articles(), min_size=1, max_size=4))
def test_a_row_of_citations_is_the_row_of_their_german(pairs):
    english, german = (", ".join(row) for row in zip(*pairs, strict=True))

    assert citation(english, "de") == german


@given(st.lists(articles(), min_size=1, max_size=3), st.text(min_size=1, max_size=9))
def test_german_is_not_said_again_and_numbers_stay(pairs, noise):
    english = "; ".join(one for one, _ in pairs)
    said = citation(english, "de")

    assert citation(said, "de") == said
    assert re.findall(r"\d+", said) == re.findall(r"\d+", english)
    assert citation(f"{english}#{noise}", "de") == f"{english}#{noise}"


@given(st.one_of(st.text(max_size=60), st.text(alphabet="Art.Annex (1)abIV,- ", max_size=60)))
def test_any_text_is_answered_and_english_is_never_touched(text):
    assert isinstance(citation(text, "de"), str)
    assert citation(text, "en") is text


# ---------------------------------------------------------------- in sentences
def test_a_citation_within_a_sentence_is_english_on_record_and_german_to_a_german_reader():
    told = worded("A clock of {basis} runs already.", basis=cited("Art. 73(2)"))

    assert told == "A clock of Art. 73(2) runs already."
    with translation.override("de"):
        assert spoken(told) == "Eine Frist von Art. 73 Abs. 2 läuft schon."
    assert spoken(told) == told
