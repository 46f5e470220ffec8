"""The KPI catalogue and the questionnaires in the reader's language; English as it ships."""

import pytest
import yaml
from django.test import Client
from django.utils import translation

from ledger.context import acting_as
from ledger.rules.worded import of_machine
from outbox.languages import spoken
from registry.models import Classification
from registry.selectors.questionnaires import in_language, shipped_form
from telemetry.models import Kpi
from telemetry.rules.scorecards import Line
from telemetry.services.catalogue import FILE
from telemetry.services.scorecards import set_scorecard
from tests.german import german
from tests.governance.pages import seen, signed_in
from tests.incidents.factory import AT, SETUP
from tests.registry import factories as registry
from tests.registry.two_persons import draft
from tests.telemetry.factory import catalogue, measured, row, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
NAME, GERMAN = "Accuracy", "Genauigkeit (Accuracy)"
SAYS = "How many of all answers were right."
SAGT = "Wie viele aller Antworten richtig waren."


@pytest.fixture
def system():
    """A system with a reading of its accuracy."""
    found = measured()
    take([row(found, 0.75, day=day) for day in range(3)])
    return found


def both(path, who):
    """A page as it reads in English, then in German."""
    english = seen(Client(), path, reading(who, "en"))
    return english, seen(Client(), path, german(who))


def reading(who, language):
    """Let somebody read a language."""
    who.language = language
    with acting_as(SETUP):
        who.save(update_fields=["language"], at=AT)
    return who


# ---------------------------------------------------------------- the catalogue
def test_every_text_of_the_catalogue_is_said_in_german_and_in_english_as_it_ships():
    catalogue()
    data = yaml.load(FILE.read_text(), Loader=yaml.CSafeLoader)["kpis"]
    with translation.override("de"):
        found = {one.pk: (one.called, one.says, one.measured_in) for one in Kpi.objects.all()}
    same = [one["id"] for one in data if found[one["id"]][1] == one["explanation"]]
    english = {one.pk: (one.called, one.says, one.measured_in) for one in Kpi.objects.all()}

    assert found["accuracy"][0] == GERMAN
    assert found["accuracy"][1].startswith(SAGT)
    assert found["accuracy"][2] == "Anteil"
    assert same == []
    assert english == {one["id"]: (one["name"], one["explanation"], one["unit"]) for one in data}


def test_the_list_and_the_page_of_a_kpi(system):
    in_list, in_liste = both("/kpis/", system.owner)
    page, seite = both("/kpis/accuracy/", system.owner)

    assert NAME in in_list
    assert SAYS in in_list
    assert GERMAN not in in_list
    assert GERMAN in in_liste
    assert SAGT in in_liste
    assert SAYS not in in_liste
    assert "Measured in ratio" in page
    assert "Timing lagging" in page
    assert "Gemessen in Anteil" in seite
    assert "nachlaufend" in seite
    assert "gleitend 7-30 Tage" in seite
    assert "warning 4 points under the baseline; critical 8 points" in page
    assert "Warnung 4 Punkte unter der Baseline; kritisch 8 Punkte" in seite
    assert "(TP+TN)/all predictions" in seite


def test_a_german_reader_finds_a_kpi_by_its_german_name(system):
    found = seen(Client(), "/kpis/?q=genauigkeit", german(system.owner))

    assert GERMAN in found


def test_an_own_kpi_stays_as_it_was_written_even_where_it_reads_like_ours(system):
    own = Kpi.objects.get(pk="accuracy")
    own.pk, own.own, own.of_unit, own.author, own.approved_by = (
        "own_accuracy", True, system.unit, system.owner, system.deputy,
    )  # fmt: skip
    with translation.override("de"):
        told = (own.called, own.says, own.counter_says, own.measured_in, own.looked_at)

    assert told == (
        NAME, own.explanation, own.counter_metric_note, own.unit, own.window,
    )  # fmt: skip


def test_a_kpi_is_named_in_german_on_the_pages_that_judge_it(system):
    for path in ("/scorecards/", "/fleet/", f"/systems/{system.slug}/"):
        english, deutsch = both(path, system.owner)

        assert NAME in english, path
        assert GERMAN not in english, path
        assert GERMAN in deutsch, path


def test_files_and_the_api_have_the_name_of_the_record(system):
    client = signed_in(Client(), german(system.owner))
    sheet = client.get("/scorecards/list.csv").content.decode()
    answer = client.get("/api/v1/kpis/accuracy/", headers={"Accept-Language": "de"}).json()

    assert f",{NAME},accuracy," in sheet
    assert GERMAN not in sheet
    assert answer["name"] == NAME
    assert answer["unit"] == "ratio"


def test_a_sentence_that_a_machine_recorded_names_the_kpi_in_german():
    kept = of_machine("INC-7: Accuracy was 71 %, beyond 80 %.")

    with translation.override("de"):
        assert spoken(kept) == f"INC-7: {GERMAN} lag bei 71 %, jenseits von 80 %."


# ---------------------------------------------------------------- scorecards
def test_what_a_scorecard_begins_with_is_german_and_a_person_s_line_is_not(system):
    ours = "Read five failed runs; take the newest change back if they share it."
    registry.call(
        set_scorecard,
        system_id=system.pk,
        lines=[
            Line("accuracy", "quality", system.owner_id, ours, None),
            Line("latency_p95", "speed", system.owner_id, "Call Anna.", None),
        ],
        expected_version=0,
        actor=registry.person_as_actor(system.owner),
    )

    english, deutsch = both(f"/systems/{system.slug}/scorecard/", system.owner)

    assert ours in english
    assert "Nothing here tells of cost, risk or adoption." in english
    assert "Nichts hier sagt etwas über: Kosten, Risiko oder Nutzung." in deutsch
    assert "Lesen Sie fünf gescheiterte Läufe;" in deutsch
    assert ours not in deutsch
    assert "Call Anna." in deutsch


# ---------------------------------------------------------------- questionnaires
def test_every_text_of_a_questionnaire_is_german_and_its_values_stay():
    form = shipped_form("ai_act_classification")
    with translation.override("de"):
        said = in_language(form)
    first = said.sections[0]["questions"][0]
    role = said.sections[1]["questions"][0]["options"][1]

    assert in_language(form) is form
    assert said.title == "Einstufung nach der KI-Verordnung der EU"
    assert first["ask"].startswith("Ist es ein KI-System: ")
    assert first["article"] == "Art. 3 Nr. 1"
    assert role["value"] == "deployer"
    assert role["title"].startswith("Betreiber: ")
    assert (said.id, first["id"], first["source"]) == (form.id, "is_ai_system", "AIA-3.1")


def test_the_questionnaire_is_answered_in_german_and_kept_by_its_values():
    thing = registry.system(legal_class="undecided", risk_tier="medium")
    draft(thing)
    path = f"/systems/{thing.slug}/classification/1/role/"

    english, deutsch = both(path, thing.owner)
    whole = seen(Client(), f"/systems/{thing.slug}/classification/1/", thing.owner)

    assert "What is your organisation to this system?" in english
    assert "Was ist Ihre Organisation für dieses System?" in deutsch
    assert "What is your organisation" not in deutsch
    assert "Verarbeitet es personenbezogene Daten?" in whole
    assert Classification.objects.get(system=thing).answers["roles"]["values"]
