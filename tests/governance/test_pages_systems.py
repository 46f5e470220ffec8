"""Systems, KPIs, watches and ledger entries: what their pages show and to whom."""

import csv
import datetime as dt
import hashlib
import io

import pytest

from governance.models import Watch
from ledger.selectors.lines import lines_of_incident, newest_number
from registry.models import Deployment
from tests.governance import organisation as org
from tests.governance.pages import (
    AT,
    queries,
    readings,
    section,
    seen,
    signed_in,
    text_of,
)
from tests.incidents import factory as cases
from tests.registry import factories as registry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]


@pytest.fixture
def of():
    made = org.organised()
    readings(made.house.series, 0.97, 0.96, None, 0.91, 0.85)
    return made


def system_page(of):
    return f"/systems/{of.house.system.slug}/"


def kpi_page(of):
    return f"{system_page(of)}kpis/{of.house.series.pk}/"


def watch(of, **changes):
    """A warning too small for an incident."""
    arguments = {
        "dedup_key": cases.unique("key"),
        "system": of.house.system,
        "standing": of.standing,
        "title": "Accuracy fell to 92 %",
        "summary": "In the day to 15 November, version 2.3 stood at 92 %.",
        "onset_at": AT - dt.timedelta(hours=5),
        "detected_at": AT,
        "due_at": AT + dt.timedelta(days=7),
    }
    return Watch.objects.create(**(arguments | changes))


def test_the_list_says_the_situation_first_and_shows_what_is_theirs(client, of):
    other = org.organised()

    text = seen(client, "/systems/", of.house.owner)

    assert "1 system: 1 in breach." in text
    assert "1 of 1 critical" in text
    assert other.house.owner.name not in text


def test_without_a_system_the_list_teaches_the_next_step(client, of):
    assert "No system that you may see" in seen(client, "/systems/", of.house.stranger)


def test_the_list_asks_a_constant_number_of_queries(client, of):
    few = queries(signed_in(client, of.house.compliance), "/systems/")
    for _ in range(3):
        another = org.organised()
        cases.grant(of.house.compliance, "compliance", unit=another.house.unit)

    assert queries(client, "/systems/") == few


def test_a_system_says_who_answers_what_runs_and_how_it_performs(client, of):
    text = seen(client, system_page(of), of.house.owner)

    assert f"{of.house.owner.name} deputy {of.house.deputy.name}" in text
    assert "fallback 2.2" in text
    assert "1 of 1 KPIs critical" in text
    row = section(text, "Scorecard", "What ran when")
    assert "≤ 0.93, ≤ 0.89" in row
    assert "0.97" in row


def test_a_system_shows_its_incidents_watches_and_what_is_simulated(client, of):
    (incident,) = org.read(of)
    watch(of)
    of.house.system.simulated = "The dirt on the scans."
    with cases.acting_as(cases.SETUP):
        of.house.system.save()

    text = seen(client, system_page(of), of.house.deputy)

    assert incident.number in section(text, "Open incidents", "Watches")
    assert "Accuracy fell to 92 %" in section(text, "Watches", "Scorecard")
    assert "The dirt on the scans." in section(text, "Where its data come from", "$$")


def test_a_stopped_version_is_said_to_be_stopped(client, of):
    live = Deployment.objects.get(system=of.house.system, until_at=None)
    live.suspended, live.stop_scope = True, "all claims"
    with cases.acting_as(cases.SETUP):
        live.save()

    text = seen(client, system_page(of), of.house.owner)

    assert "stopped: all claims" in text


def test_a_system_without_readings_teaches_how_to_send_them(client):
    house = cases.house()
    silent = registry.system(of=house.unit, owner=house.owner, deputy=house.deputy)

    text = seen(client, f"/systems/{silent.slug}/", house.owner)

    assert "No readings yet" in text


def test_a_stranger_finds_no_system_and_no_series(client, of):
    assert seen(client, system_page(of), of.house.stranger, status=404)
    assert seen(client, kpi_page(of), of.house.stranger, status=404)


def test_the_scorecard_is_a_csv(client, of):
    response = signed_in(client, of.house.auditor).get(f"{system_page(of)}scorecard.csv")

    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [(row["KPI"], row["Critical"], row["Standing"]) for row in rows] == [
        ("accuracy", "0.89", "CRITICAL")
    ]


def test_a_system_page_asks_a_constant_number_of_queries(client, of):
    few = queries(signed_in(client, of.house.owner), system_page(of))
    for days in (2, 3, 4):
        org.another_series(of.house, days=days)
    cases.opened(of.house)

    assert queries(client, system_page(of)) == few


def test_a_kpi_shows_the_trend_its_versions_and_a_table_that_says_the_same(client, of):
    org.read(of)

    response = signed_in(client, of.house.engineer).get(kpi_page(of))

    html, text = response.content.decode(), text_of(response)
    assert '<svg class="chart"' in html
    assert "no data" in section(html, '<svg class="chart"', "</svg>")
    table = section(text, "Day to", "What is measured")
    assert table.index("0.85") < table.index("0.97")
    assert "Critical" in table
    assert "No data" in table
    assert of.house.risk.name in section(text, "Threshold versions", "Incidents")


def test_a_series_without_a_band_says_that_nothing_is_judged(client, of):
    other = org.another_series(of.house, segment="region=north")

    text = seen(client, f"{system_page(of)}kpis/{other.pk}/", of.house.owner)

    assert "Nobody has approved a band for this series" in text
    assert "No reading yet" in text


def test_a_series_of_another_system_is_not_found_here(client, of):
    other = cases.house()

    assert seen(client, f"{system_page(of)}kpis/{other.series.pk}/", of.house.owner, status=404)


def test_the_readings_of_a_kpi_are_a_csv_of_what_is_shown(client, of):
    response = signed_in(client, of.house.owner).get(f"{kpi_page(of)}readings.csv")

    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [row["Standing"] for row in rows] == ["critical", "warning", "none", "ok", "ok"]
    assert rows[2]["Value"] == ""


def test_the_owner_answers_a_watch_in_one_line(client, of):
    found = watch(of)
    path = f"/watches/{found.pk}/"

    before = seen(client, path, of.house.owner)
    response = client.post(path, {"line": "A campaign brought new customers."})

    found.refresh_from_db()
    assert "Answer in one line" in before
    assert response.status_code == 302
    assert (found.state, found.line) == ("answered", "A campaign brought new customers.")
    assert "A campaign brought new customers." in text_of(client.get(path))


def test_an_empty_line_is_told_and_others_cannot_answer(client, of):
    path = f"/watches/{watch(of).pk}/"

    empty = signed_in(client, of.house.owner).post(path, {"line": ""})
    other = signed_in(client, of.house.compliance).post(path, {"line": "I know it."})
    looked = seen(client, path, of.house.compliance)

    assert empty.status_code == 400
    assert other.status_code == 403
    assert "Nothing for you to do here now" in looked
    assert seen(client, path, of.house.stranger, status=404)


def test_a_ledger_entry_shows_before_after_bytes_and_hash(client, of):
    (incident,) = org.read(of)
    cases.do(incident, "acknowledge", of.house.owner)
    line = lines_of_incident(incident_id=incident.pk)[0]

    response = signed_in(client, of.house.auditor).get(f"/ledger/{line.number}/")

    html, text = response.content.decode(), text_of(response)
    assert f"{of.house.owner.name} acknowledged {incident.number}." in text
    assert "<del>OPEN</del>" in html
    assert "<ins>INVESTIGATING</ins>" in html
    assert hashlib.sha256(line.bytes).hexdigest() in text
    assert line.bytes.decode() in text


def test_a_ledger_entry_of_a_case_is_not_there_for_a_stranger(client, of):
    org.read(of)

    assert seen(client, f"/ledger/{newest_number()}/", of.house.stranger, status=404)
    assert seen(client, "/ledger/999999999/", of.house.auditor, status=404)


def test_every_page_asks_for_a_sign_in(client, of):
    found = watch(of)
    paths = [
        "/incidents/", "/incidents/list.csv", "/systems/", system_page(of), kpi_page(of),
        "/committee/", "/committee/2026-01/", f"/watches/{found.pk}/", "/ledger/1/",
    ]  # fmt: skip

    answers = {path: client.get(path) for path in paths}

    assert {answer.status_code for answer in answers.values()} == {302}
    assert all("/accounts/login/" in answer["Location"] for answer in answers.values())
