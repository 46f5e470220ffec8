"""Values, clocks, forms of authorities, scopes and refusals in German; English as they were."""

import datetime as dt
import html

import pytest
from django.test import Client
from django.utils import translation

from governance.languages import measure, measured
from governance.rules.armed_words import armed_by
from governance.rules.figures import measure_of
from governance.services.kpi_switch import switch_kpi
from ledger.rules.refusals import Conflict
from outbox.languages import spoken, spoken_to
from registry.models import System
from tests.german import german
from tests.governance.pages import seen
from tests.incidents import factory as cases
from tests.incidents.factory import AT
from tests.registry import factories as registry
from tests.telemetry.factory import measured as system_of
from tests.telemetry.factory import row, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
HARD = "\u00a0"


# ---------------------------------------------------------------- values and units
@pytest.mark.parametrize(
    ("unit", "neutral", "value", "german_words"),
    [
        ("ratio", None, 0.5, f"50,0{HARD}%"),
        ("ratio", 0.0, 0.148, f"14,8{HARD}Punkte"),
        ("ms", None, 210.0, f"210,0{HARD}ms"),
        ("minutes", None, 40.0, f"40,0{HARD}Min"),
        ("per week", None, 2.5, f"2,5{HARD}je Woche"),
        ("requests/s", None, 12.5, f"12,5{HARD}Anfragen/s"),
        ("count", None, 3.0, "3"),
    ],
)
def test_a_value_with_its_unit(unit, neutral, value, german_words):
    said = measure_of(unit=unit, neutral=neutral).say(value)

    with translation.override("de"):
        assert measured(said) == german_words
    assert measured(said) == said


def test_intervals_limits_and_what_is_not_known():
    band = measure_of(unit="ratio", neutral=None)
    with translation.override("de"):
        assert measured(band.interval(0.123, 0.173)) == "12,3–17,3"
        assert measured(band.interval(-0.03, 0.021)) == f"−3,0{HARD}bis{HARD}2,1"
        assert measured("≤ 90.0, ≤ 85.0 points") == f"≤ 90,0, ≤ 85,0{HARD}Punkte"
        assert measured(band.say(None)) == "keine Daten"


def test_what_an_organisation_wrote_as_the_unit_of_its_own_kpi_stays():
    with translation.override("de"):
        assert measured(f"2.5{HARD}per week", own=True) == f"2,5{HARD}per week"
        assert (measure("hours", own=True), measure("hours")) == ("hours", "Stunden")


def test_pages_of_a_kpi_write_its_values_as_german_does():
    system = system_of()
    take([row(system, 0.754, day=day) for day in range(3)])
    pages = [f"/systems/{system.slug}/", "/scorecards/"]
    english = [seen(Client(), one, system.owner) for one in pages]

    deutsch = [seen(Client(), one, german(system.owner)) for one in pages]

    assert ["75.4" in one and "75,4" not in one for one in english] == [True, True]
    assert ["75,4" in one for one in deutsch] == [True, True]


# ---------------------------------------------------------------- clocks of a case
@pytest.fixture
def case():
    """A case with a clock that its acknowledgement armed, and its house."""
    house = cases.house()
    cases.clock_rule(basis="Art. 33(1)")
    incident = cases.opened(house)
    cases.do(incident, "acknowledge", house.owner, personal_data="yes")
    return house, incident


def test_the_case_says_what_armed_its_clock_and_cites_in_german(case):
    house, incident = case
    path = f"/incidents/{incident.number}/"
    ask = "Were personal data lost, disclosed, altered or unavailable?"
    english = html.unescape(seen(Client(), path, house.compliance))

    deutsch = html.unescape(seen(Client(), path, german(house.compliance)))

    assert f"'{ask}' yes" in english
    assert "Art. 33(1)" in english
    assert "Gingen personenbezogene Daten verloren" in deutsch
    assert "DSGVO, Art. 33 Abs. 1" in deutsch
    assert ask not in deutsch
    assert "Art. 33(1)" not in deutsch


def test_reports_to_authorities_are_titled_in_german(case):
    house, incident = case
    german(house.compliance)
    reports = f"/incidents/{incident.number}/reports/"

    page = seen(Client(), reports, house.compliance)
    draft = seen(Client(), f"{reports}gdpr-33/", house.compliance)

    title = "Meldung einer Verletzung des Schutzes personenbezogener Daten, Art. 33"
    assert title in page
    assert title in draft
    assert "DSGVO" in draft
    assert "Was Art. 33 Abs. 3 verlangt" in draft
    assert "GDPR" not in draft
    assert "Notification of a personal data breach" not in page + draft


@pytest.mark.parametrize(
    ("recorded", "german_words"),
    [
        ("'Has a person died?' unknown; NIS2 to be decided; the classification is to be decided",
         "„Ist eine Person gestorben?“ unbekannt; NIS2 zu entscheiden; "
         "über die Einstufung ist zu entscheiden"),
        ("taken up again: Anna wrote yes", "wieder aufgenommen: Anna wrote yes"),
        ("facts that came later: a letter", "Tatsachen, die später kamen: a letter"),
        ("the report of 2026-11-20 10:00 UTC", "die Meldung vom 2026-11-20 10:00 UTC"),
        ("the provider became aware at another instant; the earlier one alarms",
         "der Anbieter erlangte zu einem anderen Zeitpunkt Kenntnis; der frühere zählt für den "
         "Alarm"),
        ("'Our own question?' yes", "'Our own question?' yes"),
        ("the answers", "the answers"),
    ],
)  # fmt: skip
def test_what_armed_a_clock_is_english_on_record_and_german_to_a_german(recorded, german_words):
    said = armed_by(recorded)

    with translation.override("de"):
        assert (spoken(said) if said is not recorded else said) == german_words
    assert (str(said), spoken_to(said, "en")) == (recorded, recorded)


# ---------------------------------------------------------------- tokens and refusals
def test_scopes_of_a_token_are_offered_in_german():
    unit = registry.unit()
    administrator = registry.user(of=unit)
    registry.role(administrator, "administrator", unit=unit, at=AT - dt.timedelta(days=1))
    english = seen(Client(), "/tokens/new/", administrator)

    deutsch = seen(Client(), "/tokens/new/", german(administrator))

    assert "send measurements (measurements:write)" in english
    assert "Messwerte senden (measurements:write)" in deutsch
    assert "send measurements" not in deutsch


def test_a_refusal_names_the_kpi_in_german():
    system = system_of(stated=None)

    with pytest.raises(Conflict) as refused:
        registry.call(
            switch_kpi, kpi_id="accuracy", off=True, reason="too dear",
            systems=System.objects.all(), actor=registry.person_as_actor(system.owner),
            at=AT + dt.timedelta(hours=1),
        )  # fmt: skip

    reason = refused.value.reason
    assert reason.startswith("Accuracy is shipped with the product")
    assert spoken_to(reason, "de").startswith("Genauigkeit (Accuracy) ")
