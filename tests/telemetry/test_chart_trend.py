"""What a trend is seen in: steps of bands, silences, gaps, voids, days, a slide (KPI-4, KPI-5)."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from telemetry.render.chart import kpi_chart
from telemetry.render.days import round_instants
from telemetry.render.drawing import (
    Around,
    Band,
    Forecast,
    Guardrail,
    Level,
    Marker,
    Numbers,
    Reading,
    Shade,
)
from telemetry.render.paper import PAPER_STYLE
from telemetry.render.trend import missing, runs

START = datetime(2026, 9, 6, tzinfo=UTC)
DAY = timedelta(days=1)
SVG = "{http://www.w3.org/2000/svg}"
SHOWN = (START, START + 20 * DAY)


def at(day):
    return START + day * DAY


def reading(day, value=3.0, **changes):
    return Reading(at(day), value, **changes)


def draw(readings, *, around=None, **options):
    around = around or Around(period=SHOWN, step=DAY)
    return kpi_chart(readings=readings, title="Gap", description="", around=around, **options)


def parse(drawn):
    return ET.fromstring(drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def found(drawn, name):
    return [one for one in parse(drawn).iter() if name in (one.get("class") or "").split()]


def spots(drawn, name="line"):
    """The x of each point of the lines of a class."""
    return [
        [float(spot.split(",")[0]) for spot in one.get("points").split()]
        for one in found(drawn, name)
    ]


def every_day(first=1, last=20, **changes):
    return [reading(day, 3.0 + day % 2, **changes) for day in range(first, last + 1)]


def test_a_line_is_not_drawn_through_a_time_without_readings():
    drawn = draw([*every_day(1, 8), *every_day(14, 20)])

    assert len(found(drawn, "line")) == 2
    (gap,) = found(drawn, "unknown")
    lines = spots(drawn)
    assert lines[0][-1] == pytest.approx(float(gap.get("x")), abs=0.2)
    assert float(gap.get("x")) + float(gap.get("width")) < lines[1][0]


def test_what_is_not_heard_since_the_newest_reading_is_shown_as_unknown():
    silent = missing(every_day(1, 15), Around(period=SHOWN, step=DAY))
    heard = missing(every_day(1, 19), Around(period=SHOWN, step=DAY))

    assert silent == [(at(15), at(20))]
    assert heard == []


def test_what_was_not_heard_at_the_beginning_is_shown_as_unknown():
    gaps = missing(every_day(6, 20), Around(period=SHOWN, step=DAY))

    assert gaps == [(at(0), at(5))]


def test_without_a_step_nobody_says_that_anything_is_missing():
    assert missing([reading(1), reading(19)], Around(period=SHOWN)) == []
    assert len(runs([reading(1), reading(19)], None)) == 1


def test_bands_end_where_another_version_begins_and_only_the_last_are_named():
    bands = [
        Band("critical", 12, None, "critical ≥ 12", until=at(10)),
        Band("critical", 9, None, "critical ≥ 9", since=at(10)),
    ]

    drawn = draw(every_day(), bands=bands, markers=[Marker(at(10), "bands v2", "rule")])

    former, present = found(drawn, "band-crit")
    border = float(former.get("x")) + float(former.get("width"))
    assert border == pytest.approx(float(present.get("x")), abs=0.11)
    assert float(former.get("height")) < float(present.get("height"))
    texts = [one.text for one in parse(drawn).iter(f"{SVG}text")]
    assert "critical ≥ 9" in texts
    assert "critical ≥ 12" not in texts
    assert found(drawn, "event--rule")


def test_a_target_that_holds_no_more_is_drawn_as_long_as_it_held():
    around = Around(period=SHOWN, step=DAY, former=(Level(5, "", until=at(10)),))

    drawn = draw(every_day(), around=around, target=Level(4, "target ≤ 4", since=at(10)))

    first, second = (one.get("d") for one in found(drawn, "target"))
    assert re.search(r"H([\d.]+)", second).group(1) == re.search(r"M([\d.]+)", first).group(1)


def test_a_baseline_is_drawn_with_its_interval():
    drawn = draw(every_day(), baseline=Level(3.4, "baseline 3.4", 3.2, 3.6))

    assert len(found(drawn, "baseline")) == 1
    assert float(found(drawn, "about")[0].get("height")) > 1


def test_a_voided_reading_is_crossed_out_says_why_and_does_not_stretch_the_picture():
    void = Reading(at(5), None, voided="voided: the job ran twice", shown=900.0, high=950.0)

    drawn = draw([*every_day(1, 4), void, *every_day(6, 20)])

    assert len(found(drawn, "pt-void")) == 1
    assert "voided: the job ran twice</title>" in drawn
    assert len(found(drawn, "line")) == 2
    assert "pt-none" not in drawn
    assert "url(#chart-vx)" in drawn
    assert "200" not in [one.text for one in parse(drawn).iter(f"{SVG}text")]


def test_a_silence_is_shaded_and_named():
    around = Around(period=SHOWN, step=DAY, shades=(Shade(at(4), at(15), "silence: a move"),))

    drawn = draw(every_day(), around=around)

    assert len(found(drawn, "muted-span")) == 1
    assert "silence: a move" in [one.text for one in parse(drawn).iter(f"{SVG}text")]


def test_days_of_many_readings_are_a_line_within_their_spread():
    rows = every_day(lowest=2.0, highest=6.0, p95=5.0)

    drawn = draw(rows)

    (spread,) = found(drawn, "spread")
    assert len(spread.get("points").split()) == 2 * len(rows)
    assert len(found(drawn, "p95")) == 1
    texts = [one.text for one in parse(drawn).iter(f"{SVG}text")]
    assert {"mean", "p95"} <= set(texts)


def test_a_day_in_breach_is_marked_at_its_furthest_reading():
    rows = every_day(lowest=2.0, highest=6.0)
    rows[9] = reading(10, 3.0, lowest=2.0, highest=20.0, furthest=20.0, standing="critical")

    drawn = draw(rows)

    (point,) = found(drawn, "pt-crit")
    spread = found(drawn, "spread")[0].get("points").split()
    top = min(float(spot.split(",")[1]) for spot in spread)
    assert float(re.search(r"M[\d.]+ ([\d.]+)", point.get("d")).group(1)) == pytest.approx(
        top - 5.6, abs=0.2
    )


def test_a_slide_is_drawn_ahead_to_where_it_meets_the_limit():
    told = Forecast(at(20), 4.0, at(30), 8.0, "forecast: 8 on 6 Oct")

    drawn = draw(every_day(), around=Around(period=SHOWN, step=DAY, forecast=told))

    (line,) = found(drawn, "forecast")
    end = float(re.search(r"L([\d.]+)", line.get("d")).group(1))
    assert end > spots(drawn)[0][-1] + 50
    assert "forecast: 8 on 6 Oct" in drawn


def test_a_guardrail_stands_on_the_same_time_axis_and_its_gap_stays_one():
    rail = Guardrail(
        label="Guardrail",
        note="",
        readings=tuple((at(day), None if day == 9 else 1.0 + day) for day in range(1, 21)),
        limit=None,
        limit_text="",
        heading="Guardrail: paid in error",
    )

    drawn = draw(every_day(), guardrail=rail, height=400)

    lines = spots(drawn, "guard")
    assert len(lines) == 2
    assert lines[0][0] == spots(drawn)[0][0]
    assert lines[1][-1] == spots(drawn)[0][-1]
    assert "Guardrail: paid in error" in drawn
    assert len(found(drawn, "unknown")) == 1


def test_of_many_events_at_once_only_some_are_written_and_all_can_be_read():
    events = [Marker(at(10), f"release {number}") for number in range(9)]

    drawn = draw(every_day(), markers=events)

    written = [one.text for one in parse(drawn).iter(f"{SVG}text") if "release" in (one.text or "")]
    assert len(written) == 4
    assert drawn.count("<title>release") == 9


def test_every_class_of_the_chart_has_its_colour_in_the_page_and_on_paper():
    rows = every_day(lowest=2.0, highest=6.0, p95=5.0)
    rows[3] = Reading(at(4), None, voided="voided", shown=3.0)
    around = Around(
        period=(START, at(25)),
        step=DAY,
        shades=(Shade(at(4), at(15), "silence"),),
        forecast=Forecast(at(20), 4.0, at(30), 8.0, "forecast"),
    )
    drawn = draw(rows, around=around, baseline=Level(3.0, "baseline", 2.9, 3.1),
                 markers=[Marker(at(9), "bands v2", "rule")])  # fmt: skip

    with open("static/countersign.css", encoding="utf-8") as file:
        sheet = file.read()
    names = {name for one in re.findall(r'class="([^"]*)"', drawn) for name in one.split()}

    named = names - {"chart"}
    assert {name for name in named if f".{name}{{" not in PAPER_STYLE} == set()
    assert {name for name in named if not re.search(rf"\.chart \.{name}\b", sheet)} == set()


@pytest.mark.parametrize(
    ("length", "first", "step"),
    [
        (timedelta(hours=24), "2026-09-06T09:00:00+02:00", timedelta(hours=3)),
        (timedelta(days=7), "2026-09-07T00:00:00+02:00", DAY),
        (timedelta(days=90), "2026-09-14T00:00:00+02:00", 14 * DAY),
    ],
)
def test_dates_below_a_period_are_round_ones_of_the_readers_calendar(length, first, step):
    zone = ZoneInfo("Europe/Berlin")
    begins = datetime(2026, 9, 6, 8, 20, tzinfo=zone)

    told = round_instants(begins, begins + length, 11, zone)

    instants = [instant for instant, _form in told]
    assert instants[0].isoformat() == first
    assert instants[1].replace(tzinfo=None) - instants[0].replace(tzinfo=None) == step


def test_a_year_is_told_by_months_and_names_the_year_where_it_begins():
    begins = datetime(2026, 3, 14, tzinfo=UTC)

    told = round_instants(begins, begins + 365 * DAY, 11, UTC)

    assert {instant.day for instant, _form in told} == {1}
    assert [instant.month for instant, form in told if form == "M Y"][-1] == 1


def test_page_and_paper_show_the_same_drawing():
    options = {"baseline": Level(3, "baseline", 2, 4), "numbers": Numbers(zone=UTC)}

    page, paper = draw(every_day(), **options), draw(every_day(), **options, paper=True)

    assert re.sub(r"<style>.*?</style>", "", paper) == page
