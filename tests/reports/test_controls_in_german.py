"""Controls and the law in German, from the shipped data; in English they read as they did."""

import datetime as dt

import pytest
from django.test import Client
from django.utils.html import escape

from outbox import clock
from outbox.languages import speaking, spoken
from registry.models import Framework, Milestone, Provision
from registry.rules.shipped import shipped
from reports.rules.evidence import names_of
from tests.german import german
from tests.registry.law_house import words_of
from tests.reports.control_house import HIGH, LATER, Controlled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("law")]


@pytest.fixture
def of():
    """Two systems, both high-risk by Annex III, and the clock at their instant."""
    clock.shift(LATER - dt.datetime.now(dt.UTC))
    return Controlled(systems=2, facts=HIGH)


def shown(of, address):
    """Return the markup of a page to the officer."""
    client = Client()
    client.force_login(of.officer)
    answer = client.get(address)
    assert answer.status_code == 200, answer.content[:300]
    return answer.content.decode()


def test_a_control_is_named_in_the_reader_s_language_and_in_english_by_the_file(of):
    address = "/controls/iso-42001/"
    row = Provision.objects.get(pk="ISO-7.3")

    english = shown(of, address)
    german(of.officer)
    read = shown(of, address)

    assert f"<p>{escape(row.title)}</p>" in english
    assert "<p>Bewusstsein</p>" in read
    assert f"<p>{escape(row.title)}</p>" not in read


def test_what_is_wanting_the_next_step_and_the_states_are_german(of):
    german(of.officer)

    words = words_of(shown(of, "/controls/iso-42001/"))

    assert "Geltende Folgenabschätzung: System 00, System 01: nichts erfasst. Schreiben" in words
    assert "ISO/IEC 42001: " in words
    assert " erfüllt, " in words
    assert "nothing on record" not in words
    assert "Satisfied" not in words


def test_the_work_until_a_day_is_german(of):
    german(of.officer)

    words = words_of(shown(of, "/controls/readiness/"))

    assert "Laden Sie das Verfahren hoch und lassen Sie es von der prüfenden Person" in words
    assert "let the reviewer" not in words


def test_the_evidence_of_a_control_and_its_crosswalk_are_german(of):
    german(of.officer)

    words = words_of(shown(of, "/controls/ai-act/AIA-14/"))

    assert "Menschliche Aufsicht von der Konzeption an" in words
    assert "Bedienelemente: Stopp, Rückfallweg, prüfende Person" in words
    assert "Aufsicht und Stopp" in words
    assert "Human oversight by design" not in words


def test_milestones_clocks_and_questions_of_the_law_are_german(of):
    what = Milestone.objects.get(pk="T-EIF").what
    english = shown(of, "/law/")
    german(of.officer)

    law, clocks = shown(of, "/law/"), words_of(shown(of, "/law/clocks/"))
    regimes = words_of(shown(of, "/law/organisation/"))

    assert escape(what) in english
    assert escape(what) not in law
    assert "Die KI-Verordnung tritt in Kraft" in law
    assert "Erstmeldung einer Störung eines wesentlichen Dienstes" in clocks
    assert "Ist die Organisation eine wesentliche oder wichtige Einrichtung nach NIS2?" in regimes


def test_a_sheet_has_the_texts_as_they_are_recorded(of):
    german(of.officer)

    sheet = shown(of, "/controls/iso-42001/list.csv")

    assert ",Awareness," in sheet
    assert "Impact assessment in force: System 00, System 01: nothing on record. Write" in sheet


def test_what_an_organisation_brought_itself_stays_as_it_was_written():
    own = Framework(name="Awareness", file="own")

    with speaking("de"):
        assert spoken(shipped(own.name, own.file)) == "Awareness"
        assert spoken(shipped(own.name)) == "Bewusstsein"
        assert spoken(names_of(["A", "B", "C", "D"])) == "A, B, C und 1 weitere"
