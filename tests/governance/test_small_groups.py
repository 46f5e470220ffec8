"""A segment of fewer than ten is judged by its figure, which leaves the product nowhere."""

import csv
import datetime as dt
import io
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection

from governance.models import BreachCause
from governance.rules.breach import Breach
from governance.selectors.cases import load_cases
from governance.selectors.pages.kpi import kpi_page, series_of_id
from governance.selectors.pages.motion_papers import picture, subject_of
from governance.selectors.pages.subjects import few_words
from incidents.models import Incident
from incidents.rules.verification import Judgement, Mark, Measured, Result, Row
from incidents.selectors.linkable import find_kpi
from incidents.services.verification import _figures
from outbox import clock
from registry.models import User
from reports.collectors.readings import COLUMNS, SeriesReadings
from reports.selectors.board_kpis import ends_of, kpi_lines
from telemetry.rules.small_groups import FEW
from telemetry.selectors.computations import parts_of
from telemetry.selectors.small_groups import SmallGroups
from tests.governance.pages import signed_in, stand_at
from tests.registry import factories as registry
from tests.telemetry.factory import (
    AT,
    DAY,
    computed,
    measured,
    row,
    series_of,
    take,
    threshold,
)

pytestmark = pytest.mark.django_db
NOW = AT + dt.timedelta(hours=1)
GROUP = "shop=1"
# A value that stands nowhere else, as it is stored and as pages write it.
SECRET, WRITTEN = 0.123456, ("0.1234", "12.3", "0.123")


@pytest.fixture(autouse=True)
def _standing_clock():
    stand_at(NOW)
    cache.clear()
    yield
    stand_at(None)


def small(system, value=SECRET, *, day=100, n=9, **changes):
    """A reading of a group of nine."""
    arguments = {"segment": GROUP, "n": n, "low": 0.1229, "high": 0.1231}
    return row(system, value, day=day, **(arguments | changes))


def few(**changes):
    """A system whose group of nine is in breach; its incident stands open."""
    system = measured(stated=None, **changes)
    threshold(system, segment=GROUP)
    take([small(system, day=day) for day in (98, 99, 100)])
    return system


def owner(system):
    return User.objects.get(pk=system.owner_id)


def leaks(text):
    return [one for one in WRITTEN if one in text]


def rows_of(response):
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_a_group_of_nine_is_judged_by_its_figure_and_the_case_tells_none():
    system = few()

    (incident,) = Incident.objects.filter(system=system)

    assert incident.title == "Accuracy for 1 is in breach"
    assert "Its group has fewer than 10 cases: no figure of it is shown." in incident.summary
    assert "Warning is 90 % or below." in incident.summary or "Critical is" in incident.summary
    assert leaks(incident.title + incident.summary) == []
    assert BreachCause.objects.get(incident=incident).value is None


def test_nothing_of_the_record_holds_the_figure():
    few()

    for table in ("ledger_entry", "incidents_incident", "incidents_transition"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            text = cursor.fetchone()[0] or ""
        assert text, table
        assert leaks(text) == [], table


PAGES = (
    "/systems/{slug}/",
    "/systems/{slug}/kpis/{series}/",
    "/systems/{slug}/kpis/{series}/?period=7d",
    "/scorecards/",
    "/incidents/{number}/",
)
SHEETS = (
    "/systems/{slug}/kpis/{series}/readings.csv",
    "/systems/{slug}/scorecard.csv",
    "/scorecards/list.csv",
)


def address(form, system):
    incident = Incident.objects.get(system=system)
    series = series_of(system, segment=GROUP)
    return form.format(slug=system.slug, series=series.pk, number=incident.number)


@pytest.mark.parametrize("form", PAGES)
def test_no_page_shows_the_figure_of_a_group_of_nine(client, form):
    system = few()

    answer = signed_in(client, owner(system)).get(address(form, system))

    assert answer.status_code == 200
    text = answer.content.decode()
    assert leaks(text) == []
    assert few_words() in text
    assert "critical" in text.lower()


@pytest.mark.parametrize("form", SHEETS)
def test_a_sheet_leaves_the_value_empty_and_says_why(client, form):
    system = few()

    answer = signed_in(client, owner(system)).get(address(form, system))

    assert leaks(answer.content.decode()) == []
    found = rows_of(answer)
    assert found
    assert {(one["Value"], one["n"], one["Low"], one["High"]) for one in found} == {("",) * 4}
    assert {one["Withheld"] for one in found} == {FEW}


@pytest.fixture
def read(client):
    """Read the API with a token, as its JSON."""

    def send(system, path):
        _, plaintext = registry.token(
            scopes=("read",), systems=[system], at=clock.now(), expires_at=clock.now() + DAY
        )
        answer = client.get(path, headers={"authorization": f"Token {plaintext}"})
        assert answer.status_code == 200, answer.content
        return answer.json()

    return send


def test_the_api_gives_no_figure_of_a_group_of_nine(read):
    system = few()
    series = series_of(system, segment=GROUP).pk

    (latest,) = [one["latest"] for one in read(system, "/api/v1/series/")["results"]]
    page = read(system, f"/api/v1/series/{series}/readings")["results"]

    for one in (latest, *page):
        assert [one[name] for name in ("value", "n", "low", "high")] == [None] * 4
        assert one["withheld"] == FEW
    assert len(page) == 3


def test_the_scorecards_of_the_api_give_none_either(client):
    system = few()

    answer = signed_in(client, owner(system)).get("/api/v1/scorecards/")

    assert answer.status_code == 200, answer.content
    assert leaks(answer.content.decode()) == []
    assert FEW in answer.content.decode()


def test_a_group_of_ten_and_a_whole_of_nine_are_shown(read):
    system = measured(stated=None)
    take([small(system, n=10), row(system, SECRET, day=100, n=9)])

    found = read(system, "/api/v1/series/")["results"]

    assert {(one["segment"], one["latest"]["value"]) for one in found} == {
        ("", SECRET), (GROUP, SECRET),
    }  # fmt: skip
    assert {one["latest"]["withheld"] for one in found} == {""}


@pytest.mark.parametrize(("recorded", "expected"), [(False, SECRET), (True, None)])
def test_a_group_that_says_no_number_is_small_where_its_attribute_is_sensitive(recorded, expected):
    system = measured(stated=None)
    if recorded:
        computed(system, "demographic_parity_difference", attribute="shop", positive="approve")
    take([small(system, n=None)])

    series = series_of(system, segment=GROUP)

    assert SmallGroups().newest(series).value == expected


def test_a_day_that_holds_a_small_window_tells_no_mean_and_no_extreme():
    system = measured(stated=None)
    ends = [AT - minute * dt.timedelta(minutes=5) for minute in range(3 * 288)]
    readings = [
        small(system, 0.95, window="5m", n=50, low=None, high=None)
        | {"window_end": end.isoformat()}
        for end in ends
    ]
    readings[300] |= {"value": SECRET, "n": 4}
    take(readings)
    series = series_of_id(series_id=series_of(system, segment=GROUP).pk, system=system)

    page = kpi_page(series=series, visible=Incident.objects.all(), zone=dt.UTC, at=NOW, period="7d")

    shown = [one["cells"] for one in page["table"]["first"]]
    assert sum(few_words() in cells for cells in shown) == 1
    assert sum("95" in " ".join(cells) for cells in shown) == len(shown) - 1
    assert leaks(str(page["chart"]) + str(page["table"]) + page["summary"]) == []


def test_a_chart_shows_the_standing_of_a_group_of_nine_and_no_figure():
    system = few()
    cause = BreachCause.objects.get()
    subject = subject_of(
        series=series_of(system, segment=GROUP), version=cause.threshold_version, limit=26
    )

    drawn = picture(subject, zone=dt.UTC)

    assert leaks(str(drawn)) == []
    assert f"{few_words()}, critical" in drawn["svg"]


def test_a_pack_holds_the_reading_without_its_figure():
    system = few()
    scope = SimpleNamespace(
        slug=system.slug,
        since=AT - 10 * DAY,
        until=NOW,
        as_of=dt.datetime.max.replace(tzinfo=dt.UTC),
    )
    item = SeriesReadings(scope, series_of(system, segment=GROUP), None, breached=True)

    rows = [dict(zip(COLUMNS, one, strict=True)) for one in item.rows()]
    record = item.record()

    assert len(rows) == 3
    for one in rows:
        assert [one[name] for name in ("value", "n", "low", "high")] == [None] * 4
        assert one["withheld"] == FEW
    assert {(one.value, one.n, one.withheld) for one in record.readings} == {(None, None, FEW)}


def test_a_report_to_the_board_names_no_figure_of_a_group_of_nine():
    system = few()
    series = [series_of(system, segment=GROUP)]
    ground = SimpleNamespace(since=AT - 90 * DAY, until=NOW, last_day=NOW.date())

    (line,) = kpi_lines(series, ends_of(series, ground), ground)

    assert [line[one]["said"] for one in ("begin", "end")] == [FEW, FEW]
    assert (line["change"], line["end"]["value"], line["end"]["n"]) == ("", "", None)


def test_a_link_to_a_reading_of_a_group_of_nine_names_no_figure():
    system = few()
    series = series_of(system, segment=GROUP)
    named = SimpleNamespace(parts=(system.slug, str(series.pk)), at=None)

    found = find_kpi(named, owner(system), NOW)

    assert FEW in found.label
    assert leaks(found.label) == []


def test_a_part_of_a_computation_that_was_sent_is_withheld_too():
    system = measured(stated=None)
    computation = computed(system, "accuracy", attribute="shop")
    take([small(system)])

    (found,) = parts_of(computation)

    assert (found.value, found.n, found.withheld) == (None, None, FEW)


def test_the_table_of_a_proof_says_how_a_small_reading_counts_and_no_figure():
    system = few()
    reading = Measured(AT, SECRET, 9)
    judgement = Judgement(Result.RUNNING, rows=(Row(reading, Mark.OUTSIDE, f"{SECRET} is low"),))

    figures = _figures(judgement, series_of(system, segment=GROUP).pk)

    (line,) = figures["rows"]
    assert (line["value"], line["n"], line["reason"]) == (None, None, FEW)
    assert line["mark"] == Mark.OUTSIDE


def test_a_breach_over_many_readings_of_a_small_group_tells_no_figure():
    system = few()
    cause = BreachCause.objects.get()
    given = breach_of(cause, kind="trend", value=SECRET, n=9, words=f"It falls to {SECRET}.")

    (case,) = load_cases(breaches=[given], at=NOW)

    assert leaks(case.title + case.summary) == []
    assert (case.breach.value, case.told.value) == (SECRET, None)
    assert Incident.objects.filter(system=system).count() == 1


def breach_of(cause, **changes):
    """A breach of the standing that a cause is tied to."""
    series = cause.standing.series
    arguments = {
        "standing_id": cause.standing_id, "series_id": series.pk, "system_id": series.system_id,
        "kpi_id": series.kpi_id, "environment": series.environment, "segment": series.segment,
        "category": series.kpi.category, "kind": "breach", "from_state": "OK",
        "to_state": "WARNING", "instant": False, "window_end": AT, "value": SECRET, "low": None,
        "high": None, "n": 9, "threshold_version_id": cause.threshold_version_id, "onset_at": AT,
        "onset_method": "", "fairness_flag": False,
    }  # fmt: skip
    return Breach(**(arguments | changes))
