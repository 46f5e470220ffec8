"""Citations of laws and standards on pages: German to a German reader, English in the files."""

import datetime as dt

import pytest
from django.test import Client

from outbox import clock
from registry.rules.shipped import cited
from tests.german import german
from tests.registry.law_house import words_of
from tests.reports.control_house import HIGH, LATER, Controlled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("law")]


@pytest.fixture
def of():
    """A high-risk system, its officer, and the clock at its instant."""
    clock.shift(LATER - dt.datetime.now(dt.UTC))
    return Controlled(systems=1, facts=HIGH)


def both(of, address):
    """A page in words to the officer, in English and then in German."""
    of.officer.language = "en"
    english = shown(of, address)
    german(of.officer)
    return english, shown(of, address)


def shown(of, address):
    client = Client()
    client.force_login(of.officer)
    answer = client.get(address)
    assert answer.status_code == 200, answer.content[:300]
    return words_of(answer.content.decode())


@pytest.mark.parametrize(
    ("address", "english", "deutsch"),
    [
        ("/controls/iso-42001/", "Clause 7.3", "Abschnitt 7.3"),
        ("/controls/iso-42001/ISO-7.3/", "Clause 7.3", "Abschnitt 7.3"),
        ("/controls/ai-act/AIA-26.5/", "Art. 26(5)", "Art. 26 Abs. 5"),
        ("/law/ai-act/?kind=annex_iii", "Annex III point 5(b)", "Anhang III Nummer 5 Buchstabe b"),
        ("/law/ai-act/AIA-26.5/", "Art. 26(5)", "Art. 26 Abs. 5"),
        ("/law/clocks/", "Art. 73(2), limb (a) of Art. 3(49)",
         "Art. 73 Abs. 2, Art. 3 Nr. 49 Buchst. a"),
        ("/law/organisation/", "Directive (EU) 2022/2555, Art. 3 and 23",
         "Art. 3 und 23 der Richtlinie (EU) 2022/2555"),
    ],
)  # fmt: skip
def test_a_page_cites_in_the_reader_s_language(of, address, english, deutsch):
    in_english, auf_deutsch = both(of, address)

    assert english in in_english
    assert deutsch not in in_english
    assert deutsch in auf_deutsch
    assert english not in auf_deutsch


def test_dates_sources_and_their_bases_are_german(of):
    _english, law = both(of, "/law/")
    clocks = shown(of, "/law/clocks/")
    provision = shown(of, "/law/ai-act/AIA-73/")

    assert "Art. 113 Absatz 3 Buchstabe a" in law
    assert "third para" not in law
    assert "gilt, sobald ein Todesfall bekannt ist" in clocks
    assert "Regulation (EU)" not in clocks
    assert "Zitate von Art. 3 Nr. 49" in provision


def test_how_long_records_are_kept_is_german(of):
    english, deutsch = both(of, "/retention/")
    rule = shown(of, "/retention/rules/decision_events/")

    assert "AI Act Art. 26(6)" in english
    assert "Art. 26 Abs. 6 KI-VO" in deutsch
    assert "Art. 26 Abs. 6 der Verordnung (EU) 2024/1689" in rule
    assert "Betreiber bewahren die Protokolle unter ihrer Kontrolle" in rule
    assert "Deployers keep" not in rule


def test_what_a_field_of_a_form_serves_is_cited_in_german(of):
    english, deutsch = both(of, f"/systems/{of.systems[0].slug}/profile/edit/")

    assert "AI Act Art. 26(1)" in english
    assert "Art. 26 Abs. 1 KI-VO" in deutsch
    assert "AI Act Art." not in deutsch


def test_a_sheet_cites_as_the_record_does_and_an_own_reference_stays(of):
    client = Client()
    client.force_login(german(of.officer))

    sheet = client.get("/controls/iso-42001/list.csv").content.decode()

    assert "Clause 7.3" in sheet
    assert "Abschnitt" not in sheet
    assert str(cited("Clause 4.2", "own")) == "Clause 4.2"
