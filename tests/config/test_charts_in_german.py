"""Charts and what stands around them in German: axis, bands, points, events; English as before."""

import datetime as dt
import html
import re

import pytest
from django.test import Client
from django.utils import translation

from governance.models import BreachCause
from governance.rules.figures import HARD, often
from governance.rules.measured import Verdict
from governance.rules.trends import trend_words
from ledger.rules.worded import of_machine
from outbox.languages import spoken_to
from telemetry.render.chart import kpi_chart
from telemetry.render.drawing import Numbers, Reading
from telemetry.rules.kpi_words import of_kpi
from tests.german import german
from tests.governance.pages import signed_in
from tests.incidents.factory import AT
from tests.telemetry.factory import measured, row, series_of, take, threshold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
SAID = re.compile(r'<(?:text|title|desc)[^>]*>([^<]+)<|aria-label="([^"]+)"')
CHART = re.compile(r'<svg class="chart.*?</svg>', re.S)
ENGLISH = {
    "warning", "critical", "baseline", "target", "onset", "opened", "live", "daily", "weekly",
    "no data", "interval", "readings", "ok", "recovering", "mean", "every", "to",
}  # fmt: skip
WORDS = re.compile(rf"\b(?:{'|'.join(sorted(ENGLISH))})\b")


@pytest.fixture
def system():
    """A system whose accuracy fell below its limits, with a case."""
    found = measured()
    threshold(found)
    values = [0.953] * 6 + [0.754] * 3
    take([row(found, value, day=day, low=value - 0.02, high=value + 0.02)
          for day, value in enumerate(values, start=88)])  # fmt: skip
    return found


def charts(path, who):
    """The page, and what its charts say, piece by piece."""
    response = signed_in(Client(), who).get(path)
    assert response.status_code == 200
    page = html.unescape(response.content.decode())
    drawn = CHART.findall(page)
    return page, [a or b for one in drawn for a, b in SAID.findall(one)]


def of_case():
    """The page of the case that a breach opened."""
    cause = BreachCause.objects.select_related("incident").get()
    return f"/incidents/{cause.incident.number}/"


def test_the_trend_of_a_kpi(system):
    path = f"/systems/{system.slug}/kpis/{series_of(system).pk}/"

    page, english = charts(path, system.owner)
    seite, deutsch = charts(path, german(system.owner))

    assert english[0] == "Accuracy, daily"
    assert english[1].startswith(f"9 readings: first 95.3{HARD}%, last 75.4{HARD}%, lowest")
    assert "Sat 14 Nov 2026 10:00: 75.4, 95 % interval 73.4 to 77.4, critical" in english
    assert "Accuracy in per cent, daily. Production." in page
    assert deutsch[0] == "Genauigkeit (Accuracy), täglich"
    assert deutsch[1].startswith(f"9 Messwerte: erster 95,3{HARD}%, letzter 75,4{HARD}%, niedrig")
    assert "Sa 14. Nov. 2026 10:00: 75,4, 95-%-Intervall 73,4 bis 77,4, kritisch" in deutsch
    assert "Genauigkeit (Accuracy) in Prozent, täglich. Produktivbetrieb." in seite
    assert "Tag bis" in seite
    assert left_over(deutsch) == []


def test_the_chart_of_a_case_with_its_bands_and_events(system):
    page, english = charts(of_case(), system.owner)
    seite, deutsch = charts(of_case(), german(system.owner))

    assert {"warning ≤ 90.0", "critical ≤ 80.0"} <= set(english)
    assert {"Warnung ≤ 90,0", "kritisch ≤ 80,0"} <= set(deutsch)
    assert any(one.startswith("opened ") for one in english)
    assert any(one.startswith("eröffnet ") for one in deutsch)
    assert "Day to" in page
    assert "Tag bis" in seite
    assert left_over(deutsch) == []


def test_what_a_chart_says_by_itself_of_its_points():
    day = dt.timedelta(days=1)
    given = [Reading(AT, None), Reading(AT + day, 2.5, lowest=2.4, highest=2.6, standing="watch")]

    def drawn():
        svg = kpi_chart(readings=given, title="t", description="d", numbers=Numbers(digits=1))
        return [a or b for a, b in SAID.findall(svg)]

    english = drawn()
    with translation.override("de"):
        deutsch = drawn()

    assert "Mon 16 Nov 2026 09:00: no data" in english
    assert "Tue 17 Nov 2026 09:00: 2.5, 2.4 to 2.6, watch" in english
    assert "Mo 16. Nov. 2026 09:00: keine Daten" in deutsch
    assert "Di 17. Nov. 2026 09:00: 2,5, 2,4 bis 2,6, Beobachtung" in deutsch
    assert "2,5" in deutsch


@pytest.mark.parametrize(
    ("seconds", "english", "german_words"),
    [
        (604800, "weekly", "wöchentlich"),
        (86400, "daily", "täglich"),
        (300, "each 5 minutes", "je 5 Minuten"),
        (60, "each minute", "je Minute"),
    ],
)
def test_how_often_windows_come(seconds, english, german_words):
    assert (often(seconds), spoken_to(often(seconds), "de")) == (english, german_words)


@pytest.mark.parametrize(
    ("days", "english", "german_words"),
    [
        (0.4, "By now it reaches the first limit, 90 %.", "ist inzwischen erreicht."),
        (9.0, "In 9 days it reaches the first limit, 90 %.", "In 9 Tagen ist die erste Grenze"),
        (28.0, "In 4 weeks it reaches the first limit, 90 %.", "In 4 Wochen ist die erste Grenze"),
    ],
)
def test_the_sentence_on_a_slide(days, english, german_words):
    figures = {"per_week": -0.003, "limit": 0.9, "windows": 8.0, "crossing_days": days,
               "low": -0.004, "high": -0.002, "method": "slope"}  # fmt: skip
    said = trend_words(
        Verdict("WARNING", figures=figures), kpi=of_kpi("accuracy", "Accuracy"), unit="ratio"
    )

    assert said == (
        "Accuracy falls by 0.30 points a week, over 8 windows (95 % interval 0.20 points to 0.40 "
        f"points). {english} No single reading had to be in breach for this."
    )
    for told in (spoken_to(said, "de"), spoken_to(of_machine(str(said)), "de")):
        assert told.startswith("Genauigkeit (Accuracy) fällt je Woche um 0,30 Punkte, ")
        assert "(95-%-Intervall 0,20 Punkte bis 0,40 Punkte)" in told
        assert german_words in told
        assert told.endswith("Kein einzelner Messwert musste dafür verletzt sein.")


def test_a_control_chart_that_signals():
    figures = {"per_week": 0.003, "limit": 0.9, "windows": 8.0, "method": "ewma"}
    said = trend_words(Verdict("WARNING", figures=figures), kpi="Accuracy", unit="ms")

    assert said == (
        "Accuracy rises by 0.00 ms a week, over 8 windows. The EWMA chart signals; "
        "the first limit is 0.9 ms."
    )
    assert spoken_to(said, "de").endswith("Die EWMA-Karte schlägt an; die erste Grenze ist 0,9 ms.")


@pytest.mark.parametrize(
    ("amount", "german_words"),
    [
        ("1,204.50 ms", "1\u202f204,50 ms"),
        ("-3.5 minutes", "-3,5 Minuten"),
        ("12.5 apples", "12,5 apples"),
        ("4.1.2", "4.1.2"),
        ("20 December", "20 December"),
    ],
)
def test_amounts_in_recorded_sentences_are_written_as_the_language_writes_them(
    amount, german_words
):
    recorded = of_machine(f"The baseline is {amount}.")

    assert spoken_to(recorded, "en") == f"The baseline is {amount}."
    assert spoken_to(recorded, "de") == f"Die Baseline ist {german_words}."


def test_the_page_of_a_shipped_kpi_names_kinds_of_systems_in_german(system):
    english = charts("/kpis/groundedness/", system.owner)[0]
    deutsch = charts("/kpis/groundedness/", german(system.owner))[0]
    kind = "A scorecard begins with it for:"

    label = re.search(rf"{kind} ([^<]+)<", english)[1].split(", ")
    gesagt = re.search(r"Eine Scorecard beginnt damit für: ([^<]+)<", deutsch)[1].split(", ")

    assert label
    assert set(label).isdisjoint(gesagt), (label, gesagt)


def left_over(texts):
    """The texts in which a word of English stands."""
    return [one for one in texts if WORDS.search(one)]
