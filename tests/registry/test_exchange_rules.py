"""REG-8: dates in two orders, names in three spellings: what is not sure is asked, not guessed."""

from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.exchange.choices import choice_of
from registry.rules.exchange.dates import BadDate, TwoWays, orders_shown, read_date
from registry.rules.exchange.fields import KINDS, guess_columns, guess_kind
from registry.rules.exchange.judging import judge
from registry.rules.exchange.names import Known, match_person, match_thing
from registry.rules.exchange.readings import SLUG, slug_of
from registry.rules.exchange.tables import Row
from registry.rules.exchange.world import Said, World

BERLIN = ZoneInfo("Europe/Berlin")
JONAS = Known("1", "Jonas Weber", "jonas.weber@example.org")
MARA = Known("2", "Mara Lind", "mara.lind@example.org")
JONAS_TOO = Known("3", "Jonas Weber", "j.weber@example.org")


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2025-12-31", "", "2025-12-30T23:00:00+00:00"),
        ("2025-07-01 14:30", "", "2025-07-01T12:30:00+00:00"),
        ("2025-07-01T14:30:00Z", "", "2025-07-01T14:30:00+00:00"),
        ("31.12.2025", "", "2025-12-30T23:00:00+00:00"),
        ("03.04.2025", "mdy", "2025-04-02T22:00:00+00:00"),
        ("12/31/2025", "", "2025-12-30T23:00:00+00:00"),
        ("31/12/2025", "", "2025-12-30T23:00:00+00:00"),
        ("03/04/2025", "dmy", "2025-04-02T22:00:00+00:00"),
        ("03/04/2025", "mdy", "2025-03-03T23:00:00+00:00"),
        ("04/04/2025", "", "2025-04-03T22:00:00+00:00"),
    ],
)
def test_a_date_is_read(text, order, day):
    assert read_date(text, order=order, zone=BERLIN).isoformat() == day


def test_a_date_that_reads_both_ways_is_not_guessed():
    with pytest.raises(TwoWays):
        read_date("03/04/2025", order="", zone=BERLIN)


@pytest.mark.parametrize(
    "text",
    ["31.02.2025", "31.12.25", "45991", "soon", "2025-13-01", "0000-00-00", "99/99/2025", ""],
)
def test_what_is_no_date_says_how_to_write_one(text):
    with pytest.raises(BadDate):
        read_date(text, order="dmy", zone=BERLIN)


@given(st.text(max_size=40), st.sampled_from(["", "dmy", "mdy"]))
def test_no_text_breaks_the_reader(text, order):
    with suppress(BadDate, TwoWays):
        read_date(text, order=order, zone=BERLIN)


def test_dates_prove_their_order_and_dots_prove_nothing():
    assert orders_shown(["31.12.2025", "03/04/2025"]) == set()
    assert orders_shown(["12/31/2025", "03/04/2025"]) == {"mdy"}
    assert orders_shown(["12/31/2025", "31/12/2025"]) == {"mdy", "dmy"}


@pytest.mark.parametrize("said", ["Jonas Weber", "jonas  weber", "JONAS.WEBER@example.org"])
def test_a_full_name_or_an_address_is_sure(said):
    assert match_person(said, [JONAS, MARA]).key == "1"


@pytest.mark.parametrize("said", ["weber, jonas", "J. Weber", "jonas@old.example", "Weber"])
def test_another_spelling_is_proposed_and_not_taken(said):
    match = match_person(said, [JONAS, MARA])

    assert (match.key, match.likely) == ("", (JONAS,))


def test_two_people_of_one_name_are_both_proposed():
    match = match_person("Jonas Weber", [JONAS, JONAS_TOO])

    assert (match.key, set(match.likely)) == ("", {JONAS, JONAS_TOO})


@pytest.mark.parametrize("said", ["Nobody Known", "J", "@", "", "...", "jo"])
def test_a_stranger_is_nobody(said):
    assert match_person(said, [JONAS, MARA]) == match_person("zzz", [])


def test_a_unit_that_is_nearly_named_is_proposed():
    claims = Known("1", "Claims department")

    assert match_thing("claims DEPARTMENT", [claims]).key == "1"
    assert match_thing("Claims departement", [claims]).likely == (claims,)
    assert match_thing("Marketing", [claims]).likely == ()


@given(st.text(max_size=80))
def test_a_short_name_is_one_or_empty(text):
    made = slug_of(text)

    assert made == "" or SLUG.fullmatch(made)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_with_our_own_words_is_known(kind):
    from registry.rules.exchange.fields import FIELDS

    words = [field.words for field in FIELDS[kind]]

    assert guess_kind(words) == kind
    assert list(guess_columns(kind, words).values()) == [field.name for field in FIELDS[kind]]


def test_no_field_is_read_from_two_columns():
    found = guess_columns("systems", ["Name", "System", "Model"])

    assert sorted(found.values()) == ["", "", "name"]


def test_words_of_other_registers_are_understood():
    assert choice_of("systems", "risk_tier", "Hoch") == "high"
    assert choice_of("systems", "legal_class", "Annex III") == "high_risk"
    assert choice_of("systems", "kind", "Orakel") is None


ROW = {"Name": "A", "Kind": "agent", "Unit": "Claims", "Owner": "Jonas Weber",
       "Deputy": "Mara Lind", "Purpose": "x", "Risk tier": "low"}  # fmt: skip
NOTHING = Said()
WORLD = World(people=(JONAS, MARA), units=(Known("u", "Claims"),))


def judged(cells, said=NOTHING):
    """Judge one row of a system."""
    columns = guess_columns("systems", cells)
    return judge("systems", [Row(2, cells)], columns, WORLD, said)[0][0]


def test_a_whole_row_is_to_be_made():
    assert judged(ROW).action == "create"


def test_owner_and_deputy_of_two_spellings_are_one_person_once_it_is_said():
    said = Said(chosen={"person": {"weber jonas": "1"}})

    found = judged(ROW | {"Deputy": "weber, jonas"}, said)

    assert [problem.field for problem in found.problems] == ["deputy"]


def test_a_choice_of_somebody_who_is_not_here_is_no_choice():
    said = Said(chosen={"person": {"weber jonas": "99"}})

    assert judged(ROW | {"Owner": "weber, jonas"}, said).action == "blocked"


@given(st.dictionaries(st.sampled_from([*ROW, "Go live", "Approved by"]), st.text(max_size=60)))
def test_no_row_breaks_the_judge(cells):
    found = judged(cells)

    assert found.action in {"create", "blocked", "skip"}
    assert (found.action == "blocked") == bool(found.problems)
