"""Comments as text: signs, records and paragraphs of a plain text (issue 8, deliverable 3)."""

import datetime as dt
import string
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.rules.addresses import Named, read_address
from incidents.rules.comments import cleaned, first_words, paragraphs, signs_in, why_refused

MAREN, JONAS, INES, ANNA, ANNE = (UUID(int=number) for number in range(1, 6))
PEOPLE = {
    MAREN: "Maren Vogt",
    JONAS: "Jonas Weber",
    INES: "Dr. Ines Albrecht",
    ANNA: "Anna Weber",
}
HOME = "https://countersign.example"


def who(text, people=PEOPLE):
    """Return what was typed behind each sign with who it can be."""
    return [(sign.typed, set(sign.people)) for sign in signs_in(text, people)]


def pieces(text, **known):
    """Return what a text of one line names: kinds with their texts and references."""
    ((line,),) = paragraphs(text, **known)
    return [(one.kind, one.text, one.ref) for one in line if one.kind != "text"]


@pytest.mark.parametrize(
    ("text", "typed", "people"),
    [
        ("@Maren Vogt, look at this", "Maren Vogt", {MAREN}),
        ("see (@maren vogt)", "maren vogt", {MAREN}),
        ("@Maren: look", "Maren", {MAREN}),
        ("@Vogt look", "Vogt", {MAREN}),
        ("@Ines Albrecht, please", "Ines Albrecht", {INES}),
        ("@Dr. Ines Albrecht, please", "Dr. Ines Albrecht", {INES}),
        ("@Jonas Weber and others", "Jonas Weber", {JONAS}),
        ("@Weber look", "Weber", {JONAS, ANNA}),
        ("@Marenka look", "Marenka", set()),
        ("@somebody look", "somebody", set()),
    ],
)
def test_an_at_sign_and_a_name_means_whoever_is_called_so(text, typed, people):
    assert who(text) == [(typed, people)]


@pytest.mark.parametrize(
    "text", ["maren@vogt.example", "a@Maren", "@ Maren Vogt", "@2x", "@@Maren", "a.@Maren"]
)
def test_what_is_no_sign_means_nobody(text):
    assert who(text) == []


def test_the_first_words_are_what_people_are_looked_up_by():
    assert first_words("@Maren Vogt and @Dr. Ines Albrecht; x@y.example") == {"Maren", "Dr"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("as in INC-2026-0041.", ("incident", "INC-2026-0041", "INC-2026-0041")),
        ("see № 48 190 for it", ("entry", "№ 48 190", "48190")),
        ("see №48190, there", ("entry", "№48190", "48190")),
        ("see № 48 190 12", ("entry", "№ 48 190", "48190")),
        ("in EP-2026-003", ("pack", "EP-2026-003", "EP-2026-003")),
        ("KPI 12 fell", ("kpi", "KPI 12", "12")),
        ("gap-u30 fell", ("kpi", "gap-u30", "12")),
    ],
)
def test_numbers_of_records_are_found_in_a_text(text, named):
    assert pieces(text, kpis={"12": "12", "gap-u30": "12"}) == [named]


@pytest.mark.parametrize(
    "text", ["XINC-2026-0041", "KPI 99", "follow-up", "№ x", "INC-2026-004199999"]
)
def test_what_only_looks_like_a_record_stays_text(text):
    assert pieces(text, kpis={"12": "12"}) == []


def test_blank_lines_part_paragraphs_and_single_breaks_lines():
    found = paragraphs("One\ntwo\n\n \n\nthree")

    assert [[line[0].text for line in block] for block in found] == [["One", "two"], ["three"]]


def test_whoever_was_told_stands_out_where_they_are_named():
    assert pieces("@Jonas, please", people=["Jonas Weber"]) == [("person", "@Jonas", "")]


@given(st.text(max_size=400))
def test_no_text_is_lost_or_changed_in_being_cut(text):
    whole = cleaned(text)

    found = paragraphs(whole, people=PEOPLE.values(), kpis={"a-b": "1"})

    told = "".join(one.text for block in found for line in block for one in line)
    assert told.replace("\n", "") == "".join(
        line for block in found for line in ["".join(one.text for one in piece) for piece in block]
    )
    assert set(whole) - set(string.whitespace) <= set(told)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "Write"), (" \n", "Write"), ("a" * 10_001, "At most"), ("a\x00b", "character"),
     ("a\x1b[2J", "character")],
)  # fmt: skip
def test_what_no_comment_can_be_is_refused_in_words(text, words):
    assert why_refused(text).startswith((words, "This holds a " + words))


def test_half_characters_and_line_ends_are_mended():
    assert cleaned(" a\r\nb\rc\ud800 ") == "a\nb\nc?"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("INC-2026-0041", Named("incident", ("INC-2026-0041",))),
        ("№ 48 190", Named("entry", ("48190",))),
        ("48190", Named("entry", ("48190",))),
        ("EP-2026-001", Named("pack", ("EP-2026-001",))),
        ("/ledger/48190/", Named("entry", ("48190",))),
        (f"{HOME}/incidents/INC-2026-0041/?record=all#record",
         Named("incident", ("INC-2026-0041",))),
        ("/systems/claims/kpis/12", Named("kpi", ("claims", "12"))),
        ("/systems/claims/kpis/12/?reading=2026-11-20T14:00:00Z",
         Named("kpi", ("claims", "12"), dt.datetime(2026, 11, 20, 14, tzinfo=dt.UTC))),
        ("/answers/claims/1700000000000000.YQ/",
         Named("answer", ("claims", "1700000000000000.YQ"))),
        (f"/documents/{MAREN}/", Named("document", (str(MAREN),))),
        ("/packs/EP-2026-001/", Named("pack", ("EP-2026-001",))),
    ],
)  # fmt: skip
def test_addresses_and_numbers_name_records(given, named):
    assert read_address(given, home=HOME) == named


@pytest.mark.parametrize(
    "given",
    ["", "x", "https://elsewhere.example/ledger/1/", "//elsewhere.example/ledger/1/",
     "javascript:1", "/people/", "http://[", "/ledger/1/../2/", "INC-2026-0041 and more",
     "1" * 700, "/ledger/٤/"],
)  # fmt: skip
def test_anything_else_names_none(given):
    assert read_address(given, home=HOME) is None


@given(st.text(max_size=200))
def test_no_address_breaks_the_reading(given_text):
    read_address(given_text, home=HOME)
    read_address(f"{HOME}/{given_text}", home=HOME)
