"""The page of a KPI: periods, what held meanwhile, what is unknown.

KPI-4, KPI-5, KPI-6, KPI-9, EVA-17.
"""

import csv
import datetime as dt
import io
import re
import time
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.models import GuardrailPair
from governance.rules.objectives import PairStated
from governance.rules.stated import Stated
from governance.selectors.pages.kpi import kpi_page, series_of_id
from governance.services.baselines import agree_to_baseline
from governance.services.mutes import Cover, approve_mute, ask_mute
from governance.services.objectives import approve_objective, draft_guardrail_pair
from governance.services.thresholds import approve_threshold, draft_threshold
from governance.services.trends import judge_trends
from governance.services.voids import decide_void
from incidents.models import Incident
from ledger.selectors.past import as_it_was
from registry.models import User
from telemetry.services.baselines import Window, draft_baseline
from telemetry.services.rollups import roll_up
from telemetry.services.voids import ask_void
from tests.governance.pages import section, seen, signed_in, stand_at, text_of
from tests.registry import factories as registry
from tests.registry.factories import call, person_as_actor
from tests.telemetry.factory import AT, DAY, START, measured, row, series_of, take, threshold

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
NOW = AT + HOUR
UTC = ZoneInfo("UTC")


@pytest.fixture(autouse=True)
def _standing_clock():
    stand_at(NOW)
    yield
    stand_at(None)


def path(system, period="", *, kpi="accuracy", sheet=False):
    """The address of a KPI's page."""
    found = series_of(system, kpi=kpi).pk
    end = "readings.csv" if sheet else ""
    return f"/systems/{system.slug}/kpis/{found}/{end}{f'?period={period}' if period else ''}"


def owner(system):
    return User.objects.get(pk=system.owner_id)


def daily(system, first=0, last=100, value=0.95, **changes):
    """A reading of each day, also of today."""
    days = range(first, last + 1)
    return [row(system, value, day=day, **changes) for day in days]


def minutely(system, hours, value=lambda minute: 0.95):
    """A reading each five minutes of the last hours."""
    ends = [minute * 5 for minute in range(hours * 12)]
    return [
        row(system, value(minute), window="5m",
            window_end=(AT - dt.timedelta(minutes=minute)).isoformat())
        for minute in ends
    ]  # fmt: skip


def page_of(system, *, period="", at=NOW, kpi="accuracy"):
    """What the page shows, as its selector tells it."""
    return kpi_page(
        series=series_of_id(series_id=series_of(system, kpi=kpi).pk, system=system),
        visible=Incident.objects.all(),
        zone=UTC,
        at=at,
        period=period,
    )


def drawn(system, **options):
    return str(page_of(system, **options)["chart"])


def voided(system, first, last, *, reason="the job ran twice", at=AT):
    """Void the readings of some days, by two persons."""
    risk = registry.user(of=system.unit)
    registry.role(risk, "risk", system=system)
    asked = call(
        ask_void, series_id=series_of(system).pk, since=START + first * DAY,
        until=START + last * DAY, reason=reason, actor=person_as_actor(owner(system)), at=at,
    )  # fmt: skip
    call(decide_void, request_id=asked.pk, confirmed=True, reason="I looked at the job",
         actor=person_as_actor(risk), at=at)  # fmt: skip


def baseline(system, *, until=42):
    """A baseline over the first weeks, by two persons."""
    drafted = call(
        draft_baseline, series_id=series_of(system).pk,
        window=Window(since=START, until=START + until * DAY),
        actor=person_as_actor(owner(system)),
    )  # fmt: skip
    deputy = User.objects.get(pk=system.deputy_id)
    return call(agree_to_baseline, baseline_id=drafted.pk, actor=person_as_actor(deputy))


def test_the_periods_are_links_and_the_present_one_is_marked(client):
    system = measured()
    take(daily(system))

    html = signed_in(client, owner(system)).get(path(system, "30d")).content.decode()

    links = re.findall(r'<a href="\?period=(\w+)"( aria-current="page")?>', html)
    assert links == [("24h", ""), ("7d", ""), ("30d", ' aria-current="page"'), ("90d", ""),
                     ("1y", "")]  # fmt: skip


def test_a_period_holds_its_readings_alone(client):
    system = measured()
    take(daily(system))

    rows = {one: len(page_of(system, period=one)["table"]["first"]) for one in ("24h", "7d")}

    assert rows == {"24h": 1, "7d": 7}
    assert "30 readings" in page_of(system, period="30d")["summary"]


@pytest.mark.parametrize(
    ("window", "step", "fits"),
    [("5m", 5, "24h"), ("1h", 60, "7d"), ("1d", 1440, "90d"), ("7d", 10080, "1y")],
)
def test_without_a_word_a_period_is_shown_that_fits_the_windows(window, step, fits):
    system = measured(stated=None)
    ends = [AT - dt.timedelta(minutes=step * number) for number in range(3)]
    take([row(system, 0.9, window=window, window_end=end.isoformat()) for end in ends])

    assert page_of(system)["period"] == fits


def test_a_period_that_would_be_empty_gives_way_to_a_longer_one():
    system = measured(stated=None)
    take([row(system, 0.9, window="5m", window_end=(AT - 40 * DAY).isoformat())])

    assert page_of(system)["period"] == "90d"
    assert page_of(system, period="24h")["chart"] == ""


def test_a_word_that_is_no_period_is_passed_over(client):
    system = measured()
    take(daily(system))

    html = signed_in(client, owner(system)).get(path(system, "%00")).content.decode()

    assert '<a href="?period=90d" aria-current="page">' in html
    assert page_of(system, period="1000y")["period"] == "90d"


def test_up_to_two_hundred_readings_are_drawn_singly_and_more_by_hours_or_days():
    system = measured(stated=None)
    take(minutely(system, 16))
    few = page_of(system, period="24h")
    take([row(system, 0.95, window="5m", window_end=(AT - 16 * HOUR - m * HOUR / 12).isoformat())
          for m in range(40)])  # fmt: skip

    many, days = page_of(system, period="24h"), page_of(system, period="7d")

    assert "192 readings" in few["summary"]
    assert "20 hours of 232 readings" in many["summary"]
    assert "2 days of 232 readings" in days["summary"]


def test_of_many_readings_the_mean_the_ends_and_the_95th_percentile_are_told(client):
    system = measured()
    take(minutely(system, 20, lambda minute: 0.95 if minute != 300 else 0.85))

    text = seen(client, path(system, "24h"), owner(system))

    table = section(text, "Furthest reading", "older rows")
    assert "20 Nov 05:00 12 6 000 94.2 85.0 95.0 95.0 Warning" in table
    assert "lowest 85.0" in text


def test_sums_of_days_and_days_read_anew_show_the_same():
    system = measured()
    take(minutely(system, 60))
    before = page_of(system, period="7d")

    roll_up(AT)

    assert page_of(system, period="7d")["table"] == before["table"]
    with as_it_was(NOW):
        assert page_of(system, period="7d")["table"] == before["table"]


def test_the_bands_step_where_another_version_came_into_force():
    system = measured()
    take(daily(system))
    drafted = call(
        draft_threshold, system_id=system.pk, kpi_id="accuracy",
        stated=Stated(direction="below", warning=0.93, critical=0.85), valid_from=AT - 30 * DAY,
        author_id=system.owner_id, at=AT - 30 * DAY,
    )  # fmt: skip
    call(approve_threshold, version_id=drafted.pk, approver_id=system.deputy_id, at=AT - 30 * DAY)

    chart = drawn(system)

    former, present = sorted(
        float(one) for one in re.findall(r'class="band-crit" x="([\d.]+)"', chart)
    )
    assert present > former + 300
    assert "bands v2" in chart
    assert ">critical ≤ 85.0<" in chart
    assert ">critical ≤ 80.0<" not in chart


def test_a_reading_lies_where_the_version_of_its_time_says():
    system = measured()
    take(daily(system, value=0.92))
    drafted = call(
        draft_threshold, system_id=system.pk, kpi_id="accuracy",
        stated=Stated(direction="below", warning=0.93), valid_from=AT - 3 * DAY,
        author_id=system.owner_id, at=AT - 3 * DAY,
    )  # fmt: skip
    call(approve_threshold, version_id=drafted.pk, approver_id=system.deputy_id, at=AT - 3 * DAY)

    states = [one["state"] for one in page_of(system, period="7d")["table"]["first"]]

    assert states == ["warning"] * 4 + ["ok"] * 3


def test_gaps_and_bad_readings_break_the_line_and_are_shown_as_unknown():
    system = measured()
    take([*daily(system, 11, 60), row(system, None, day=61, n=None), *daily(system, 66, 100)])

    page = page_of(system)

    assert str(page["chart"]).count('class="line"') == 2
    assert str(page["chart"]).count('class="unknown"') == 1
    assert str(page["chart"]).count('class="pt-none"') == 1
    assert "1 is unknown." in page["summary"]


def test_a_voided_reading_is_crossed_out_and_its_reason_stands_in_the_table(client):
    system = measured()
    take([*daily(system, 0, 97), row(system, 0.2, day=98), *daily(system, 99, 100)])
    voided(system, 98, 98)

    page = page_of(system, period="7d")
    text = seen(client, path(system, "7d"), owner(system))

    assert str(page["chart"]).count('class="pt-void"') == 1
    assert str(page["chart"]).count('class="line"') == 2
    assert "lowest 95.0" in page["summary"]
    assert "1 is voided." in page["summary"]
    line = section(section(text, "The readings", "Since the baseline"), "18 Nov", "17 Nov")
    assert "20.0 voided Voided: the job ran twice" in line


def test_a_correction_after_a_void_counts_again():
    system = measured()
    take([*daily(system, 0, 100), row(system, 0.2, day=98, revision=1)])
    voided(system, 98, 98)
    take([row(system, 0.94, day=98, revision=2)])

    page = page_of(system, period="7d")

    assert "pt-void" not in str(page["chart"])
    assert "lowest 94.0" in page["summary"]


def test_the_baseline_is_drawn_with_its_interval_and_before_and_after_are_told(client):
    system = measured(stated=None)
    take([row(system, 0.90 + 0.01 * (day % 2) + 0.04 * (day > 42), day=day) for day in range(101)])
    baseline(system)

    chart = drawn(system, period="1y")
    text = section(seen(client, path(system), owner(system)), "Since the baseline", "What is meas")

    assert 'class="about"' in chart
    assert ">baseline 90.5<" in chart
    assert "Before 90.5 %" in text
    assert "improved" in text


def test_without_a_baseline_improvement_is_refused_in_words(client):
    system = measured()
    take(daily(system))

    text = seen(client, path(system), owner(system))

    assert "No baseline is agreed Whether it improved cannot be said." in text
    assert "improved" not in section(text, "cannot be said", "$$")


def test_so_many_readings_are_not_compared_on_every_look(client):
    system = measured(stated=None)
    take([row(system, 0.9, window="5m", window_end=(START + day * DAY).isoformat())
          for day in range(101)])  # fmt: skip
    baseline(system)

    text = seen(client, path(system), owner(system))

    assert "So many readings are compared on the page of the baseline." in text


def test_a_guardrail_agreed_on_goes_before_the_counter_metric():
    system = measured()
    threshold(system, kpi="precision")
    take([*daily(system), *daily(system, kpi="recall", value=0.8),
          *daily(system, kpi="precision", value=0.7)])  # fmt: skip
    by_catalogue = drawn(system)
    pair = call(draft_guardrail_pair, system_id=system.pk, gain_id="accuracy",
                guardrail_id="precision", stated=PairStated(warning=0.02),
                author_id=system.owner_id)  # fmt: skip
    deputy = User.objects.get(pk=system.deputy_id)
    call(approve_objective, kind=GuardrailPair, version_id=pair.pk, actor=person_as_actor(deputy))

    agreed = drawn(system)

    assert "Guardrail: Recall (sensitivity), last 80.0" in by_catalogue
    assert "Guardrail: Precision, last 70.0" in agreed


def test_incidents_are_marked_and_listed_for_who_may_see_them(client):
    system = measured()
    take([*daily(system, 0, 98), row(system, 0.7, day=99), row(system, 0.7, day=100)])
    number = Incident.objects.get().number

    text = seen(client, path(system), owner(system))
    hidden = kpi_page(series=series_of_id(series_id=series_of(system).pk, system=system),
                      visible=Incident.objects.none(), zone=UTC, at=NOW)  # fmt: skip

    assert number in section(text, "Incidents, and what was decided", "Voided readings")
    assert "event--open" in drawn(system)
    assert "event--open" not in str(hidden["chart"])
    assert hidden["cases"] == []


def test_a_silence_is_shaded_with_its_reason_and_told(client):
    system = measured()
    take(daily(system))
    asked = call(ask_mute, system_id=system.pk, cover=Cover(), reason="a move", from_at=AT - DAY,
                 until_at=AT + DAY, actor=person_as_actor(owner(system)), at=AT - DAY)  # fmt: skip
    if asked.approved_at is None:
        call(approve_mute, mute_id=asked.pk, actor=person_as_actor(
            User.objects.get(pk=system.deputy_id)), at=AT - DAY)  # fmt: skip

    text = seen(client, path(system), owner(system))

    assert "Silent: a move" in text
    assert "silence: a move" in drawn(system, period="7d")


def test_a_slide_says_when_it_meets_the_limit_and_is_drawn_ahead(client):
    system = measured(stated=None)
    threshold(system, stated=Stated(direction="below", warning=0.90, critical=0.86))
    weeks = [AT - (22 - week) * 7 * DAY for week in range(23)]
    take([row(system, 0.953 * (1 - 0.0024 * week) + 0.0002 * (week % 2), window="7d",
              window_end=end.isoformat()) for week, end in enumerate(weeks)])  # fmt: skip
    judge_trends(NOW)

    text = seen(client, path(system), owner(system))

    assert "Accuracy falls by 0.2" in text
    assert 'class="forecast"' in drawn(system)
    assert re.search(r">forecast: 90.0 on \d+\u00a0Nov<", drawn(system))


def test_a_version_says_what_came_of_its_alerts(client):
    system = measured()
    take([*daily(system, 0, 98), row(system, 0.7, day=99), row(system, 0.7, day=100)])
    before = seen(client, path(system), owner(system))
    voided(system, 99, 100)

    after = seen(client, path(system), owner(system))

    assert "no alert has ended 1 still open" in section(before, "Threshold versions", "Try another")
    assert "0 % 0 real, 1 false" in section(after, "Threshold versions", "Try another")


def test_only_who_may_draft_is_asked_for_a_threshold(client):
    system = measured()
    take(daily(system))
    reader = registry.user(of=system.unit)
    registry.role(reader, "auditor", unit=system.unit)
    series = series_of(system).pk

    mine = signed_in(client, owner(system)).get(path(system)).content.decode()
    theirs = signed_in(client, reader).get(path(system)).content.decode()

    assert f"/systems/{system.slug}/thresholds/new/?series={series}" in mine
    assert "thresholds/new/" not in theirs
    for link in ("backtest/", "voids/", "baseline/"):
        assert f"/systems/{system.slug}/kpis/{series}/{link}" in theirs


def test_the_sheet_holds_the_rows_of_the_period_that_is_shown(client):
    system = measured()
    take([*daily(system, 0, 97), row(system, 0.2, day=98), *daily(system, 99, 100)])
    voided(system, 98, 98)

    response = signed_in(client, owner(system)).get(path(system, "7d", sheet=True))

    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert len(rows) == 7
    cells = (rows[2]["Value"], rows[2]["Good"], rows[2]["Voided"])
    assert cells == ("0.2", "no", "the job ran twice")


def test_the_sheet_of_many_readings_holds_hours(client):
    system = measured()
    take(minutely(system, 20, lambda minute: 0.5))

    response = signed_in(client, owner(system)).get(path(system, "24h", sheet=True))

    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert {(row["Readings"], row["Mean"], row["95th percentile"]) for row in rows} == {
        ("12", "0.5", "0.5")
    }


def test_at_a_past_instant_links_stay_there_and_nothing_later_shows(client):
    system = measured()
    take(daily(system, 0, 98))
    take(daily(system, 99, 100, value=0.5), at=AT + 2 * HOUR)
    stand_at(AT + 3 * HOUR)
    then = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")

    response = signed_in(client, owner(system)).get(path(system), {"as_of": then})

    assert response.status_code == 200
    assert "?period=7d&amp;as_of=" in response.content.decode()
    assert "50.0" not in text_of(response)
    assert "50.0" in seen(client, path(system), owner(system))


def test_at_most_fourteen_queries_whatever_there_is_to_show():
    system = measured()
    take([*daily(system, 0, 60), *daily(system, 65, 98), row(system, 0.7, day=99),
          row(system, 0.7, day=100), *daily(system, kpi="recall")])  # fmt: skip
    baseline(system)
    voided(system, 20, 24)
    few = _queries(system, "7d")

    whole = _queries(system, "1y")

    assert few == whole <= 14


def _queries(system, period):
    with CaptureQueriesContext(connection) as caught:
        page_of(system, period=period)
    return len(caught) - 1  # the look-up of the test itself


def test_a_busy_series_asks_for_its_days_beside():
    system = measured()
    take(minutely(system, 60))

    assert _queries(system, "7d") <= 17
    assert _queries(system, "24h") <= 15


@pytest.mark.full
def test_a_hundred_and_thirty_thousand_readings_are_drawn_at_once():
    system = measured()
    take(minutely(system, 1))
    with connection.cursor() as cursor:
        cursor.execute(BUSY, [series_of(system).pk, AT - DAY, AT - 360 * DAY, AT - 2 * HOUR])
        assert cursor.rowcount > 125_000
        cursor.execute(
            "UPDATE telemetry_series_state SET dirty_from = %s", [(AT - 361 * DAY).date()]
        )
    roll_up(AT)

    took = [_seconds(system) for _ in range(3)]

    assert min(took) < 0.3


BUSY = """
INSERT INTO telemetry_measurement
  (series_id, window_end, revision, value, n, good, received_at, batch_id)
SELECT %s, ends, 0, 0.9 + 0.1 * random(), 50, true, %s, '00000000-0000-4000-8000-000000000001'
FROM generate_series(%s::timestamptz, %s::timestamptz, interval '4 minutes') AS ends
"""


def _seconds(system):
    began = time.perf_counter()
    assert "days of" in page_of(system, period="1y")["summary"]
    return time.perf_counter() - began
