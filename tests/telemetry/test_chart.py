"""The drawing of a KPI: what is on it, where it stands, and that nothing can break the page."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from telemetry.render.chart import kpi_chart
from telemetry.render.drawing import Band, Guardrail, Level, Marker, Numbers, Reading
from telemetry.render.scale import Axis, apart, extent, rows, ticks
from telemetry.render.spark import sparkline

START = datetime(2026, 9, 6, tzinfo=UTC)
BANDS = (Band("critical", 12, None, "critical ≥ 12"), Band("warning", 8, 12, "warning ≥ 8"))
SVG = "{http://www.w3.org/2000/svg}"


def week(number: int) -> datetime:
    return START + timedelta(days=7 * number)


def reading(number: int, value: float | None, standing: str = "ok") -> Reading:
    if value is None:
        return Reading(week(number), None, standing="none")
    return Reading(week(number), value, value - 2.5, value + 2.5, standing)


def draw(readings=None, **options):
    given = readings or [reading(0, 2.4), reading(1, 9.0, "warning"), reading(2, 15.1, "critical")]
    options = {"title": "Gap", "description": "It rises.", "bands": BANDS, **options}
    return kpi_chart(readings=given, **options)


def parse(drawn: str) -> ET.Element:
    return ET.fromstring(drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def classes(drawn: str) -> list[str]:
    return [name for found in re.findall(r'class="([^"]*)"', drawn) for name in found.split()]


def texts(drawn: str) -> list[str]:
    return [node.text or "" for node in parse(drawn).iter(f"{SVG}text")]


def test_a_chart_is_one_picture_with_a_title_and_a_description():
    root = parse(draw(key="gap"))

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "gap-t gap-d"
    assert root.find(f"{SVG}title").text == "Gap"
    assert root.find(f"{SVG}desc").text == "It rises."


def test_a_chart_has_no_style_attribute_and_in_the_page_no_style_element():
    drawn = draw()

    assert "style" not in drawn


def test_on_paper_the_same_drawing_brings_its_colours():
    page, paper = draw(), draw(paper=True)

    assert re.sub(r"<style>.*?</style>", "", paper) == page
    assert "<style>" in paper


def test_every_text_of_a_caller_is_escaped():
    hostile = '<script>x</script>"&'

    drawn = draw(
        title=hostile,
        description=hostile,
        bands=[Band("critical", 12, None, hostile)],
        baseline=Level(2, hostile),
        target=Level(5, hostile),
        markers=[Marker(week(1), hostile)],
        guardrail=Guardrail(hostile, hostile, ((week(0), 1.0), (week(2), 2.0)), 3, hostile),
    )

    assert "<script>" not in drawn
    assert parse(drawn) is not None


def test_bands_are_coloured_and_hatched():
    drawn = draw()

    assert {"band-crit", "band-warn", "edge-crit", "edge-warn", "hatch"} <= set(classes(drawn))
    assert 'fill="url(#chart-hx)"' in drawn
    assert 'fill="url(#chart-dx)"' in drawn


def test_an_open_band_reaches_the_edge_and_meets_its_neighbour():
    root = parse(draw())
    found = {node.get("class"): node for node in root.iter(f"{SVG}rect") if node.get("class")}
    critical, warning = found["band-crit"], found["band-warn"]

    bottom = float(critical.get("y")) + float(critical.get("height"))

    assert float(critical.get("y")) == 22.0
    assert bottom == pytest.approx(float(warning.get("y")), abs=0.11)


def test_a_band_below_is_drawn_for_a_measure_that_should_be_high():
    low = (Band("critical", None, 85.2, "critical ≤ 85.2"), Band("warning", 85.2, 89.2, "warning"))
    root = parse(draw([reading(0, 93), reading(1, 92)], bands=low))
    found = {node.get("class"): node for node in root.iter(f"{SVG}rect") if node.get("class")}

    tops = {name: float(node.get("y")) for name, node in found.items()}

    assert tops["band-crit"] > tops["band-warn"]


@pytest.mark.parametrize(
    ("standing", "shape"),
    [
        ("ok", "pt"),
        ("warning", "pt-warn"),
        ("watch", "pt-warn"),
        ("critical", "pt-crit"),
        ("recovering", "pt-recovering"),
    ],
)
def test_a_point_has_a_shape_for_its_standing(standing: str, shape: str):
    drawn = draw([reading(0, 3.0, standing)], bands=())

    assert shape in classes(drawn)
    assert f", {standing}</title>" in drawn


def test_no_data_breaks_the_line_and_is_marked_as_unknown():
    readings = [reading(0, 2), reading(1, 3), reading(2, None), reading(3, 2), reading(4, 3)]

    drawn = draw(readings)

    assert classes(drawn).count("line") == 2
    assert classes(drawn).count("pt-none") == 1
    assert ": no data</title>" in drawn


def test_a_single_reading_is_a_point_without_a_line():
    drawn = draw([reading(0, 3.0)])

    assert "line" not in classes(drawn)
    assert classes(drawn).count("pt") == 1


def test_readings_that_are_all_unknown_still_draw_the_bands():
    drawn = draw([reading(0, None), reading(1, None)])

    assert classes(drawn).count("pt-none") == 2
    assert "band-crit" in classes(drawn)


def test_no_readings_are_refused():
    with pytest.raises(ValueError, match="at least one reading"):
        kpi_chart(readings=[], title="Gap", description="")


def test_a_reading_without_an_interval_has_no_whisker():
    drawn = draw([Reading(week(0), 2.0), Reading(week(1), 3.0, 2.0, 4.0)])

    assert classes(drawn).count("ci") == 1


def test_many_readings_keep_only_the_points_that_matter():
    many = [reading(number, 3.0) for number in range(60)] + [reading(60, 13.0, "critical")]

    drawn = draw(many)

    assert classes(drawn).count("pt") == 0
    assert classes(drawn).count("pt-crit") == 1


def test_levels_are_drawn_and_said_at_their_line():
    drawn = draw(baseline=Level(2.1, "baseline 2.1"), target=Level(5, "target ≤ 5"))

    assert {"baseline", "target"} <= set(classes(drawn))
    assert {"baseline 2.1", "target ≤ 5", "critical ≥ 12", "warning ≥ 8"} <= set(texts(drawn))


def test_labels_at_the_right_do_not_touch_when_levels_crowd():
    root = parse(draw(baseline=Level(5.0, "baseline 5.0"), target=Level(5.05, "target ≤ 5")))
    wanted = ("baseline 5.0", "target ≤ 5", "critical ≥ 12", "warning ≥ 8")
    heights = sorted(float(n.get("y")) for n in root.iter(f"{SVG}text") if n.text in wanted)

    gaps = [below - above for above, below in zip(heights, heights[1:], strict=False)]

    assert min(gaps) >= 12.9


def test_an_incident_is_dashed_and_a_version_is_not():
    drawn = draw(markers=[Marker(week(1), "2.3 live"), Marker(week(2), "opened 20 Sep", "opened")])

    assert classes(drawn).count("event") == 2
    assert classes(drawn).count("event--open") == 1
    assert {"2.3 live", "opened 20 Sep"} <= set(texts(drawn))


def test_two_markers_at_one_instant_are_said_below_each_other():
    root = parse(draw(markers=[Marker(week(2), "2.3 live"), Marker(week(2), "onset", "onset")]))

    heights = {n.text: float(n.get("y")) for n in root.iter(f"{SVG}text")}

    assert heights["onset"] - heights["2.3 live"] == pytest.approx(13)


def test_a_guardrail_is_drawn_below_with_its_limit():
    rail = Guardrail("Guardrail", "paid in error", ((week(0), 1.7), (week(2), 1.9)), 2.7, "2.7")

    drawn = draw(guardrail=rail)

    assert "guard" in classes(drawn)
    assert {"Guardrail", "paid in error", "2.7"} <= set(texts(drawn))


def test_shares_are_written_in_percent():
    shares = [Reading(week(0), 0.913, 0.9, 0.93), Reading(week(1), 0.92)]

    drawn = draw(shares, bands=(), numbers=Numbers(factor=100, digits=1, ceiling_at=1.0))

    assert "91.3, 95 % interval 90.0 to 93.0, ok</title>" in drawn
    assert {"90", "92"} <= set(texts(drawn))


def test_a_true_minus_sign_is_written():
    drawn = draw([Reading(week(0), -0.6, -1.0, 0.2), Reading(week(1), 0.5)], bands=())

    assert ": \u22120.6, 95 % interval \u22121.0 to 0.2" in drawn


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (timedelta(hours=2), "04:00"),
        (timedelta(days=7), "20 Sep"),
        (timedelta(days=200), "Oct 2027"),
    ],
)
def test_dates_below_fit_the_length_of_the_series(step: timedelta, said: str):
    readings = [Reading(START + step * number, 2.0 + number) for number in range(3)]

    assert said in texts(draw(readings))


def test_dates_are_written_in_the_readers_zone():
    late = [Reading(datetime(2026, 9, day, 23, tzinfo=UTC), 2.0) for day in (6, 13, 20)]

    in_utc, in_berlin = (
        draw(late, numbers=Numbers(zone=zone)) for zone in (UTC, ZoneInfo("Europe/Berlin"))
    )

    assert "20 Sep" in texts(in_utc)
    assert "21 Sep" in texts(in_berlin)


def test_everything_lies_within_the_drawing():
    root = parse(draw(baseline=Level(2.1, "baseline 2.1"), markers=[Marker(week(0), "a marker")]))

    for node in root.iter(f"{SVG}text"):
        assert 0 <= float(node.get("x")) <= 520
        assert 0 <= float(node.get("y")) <= 300


def test_an_axis_holds_what_lies_beyond_it():
    axis = Axis(0, 10, 100, 0)

    assert [axis.place(value) for value in (-5, 0, 5, 10, 99)] == [100, 100, 50, 0, 0]


def test_an_axis_of_one_value_does_not_divide_by_zero():
    assert Axis(3, 3, 0, 100).place(3) == 0


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0, 18, [0, 4, 8, 12, 16]),
        (0.8, 1.0, [0.8, 0.84, 0.88, 0.92, 0.96, 1.0]),
        (-3, 3, [-3, -2, -1, 0, 1, 2, 3]),
        (0, 1000, [0, 200, 400, 600, 800, 1000]),
    ],
)
def test_ticks_are_round(low: float, high: float, marks: list[float]):
    assert ticks(low, high) == pytest.approx(marks)


def test_an_extent_starts_at_zero_when_values_start_near_it():
    assert extent([1.0, 15.0])[0] == 0.0


def test_an_extent_stays_within_what_is_possible():
    assert extent([0.9, 0.99], 0.0, 1.0)[1] == 1.0


def test_labels_move_apart_and_keep_their_order():
    placed = apart([50, 52, 51, 200], 13, 0, 210)

    assert placed[0] < placed[2] < placed[1] < placed[3]
    assert sorted(placed)[1] - sorted(placed)[0] >= 13


def test_spans_that_touch_take_another_row():
    assert rows([(0, 10), (5, 12), (11, 20)]) == [0, 1, 0]


def test_a_sparkline_is_silent_and_ends_in_the_shape_of_its_standing():
    drawn = sparkline([2.0, 9.0, 15.0], bands=BANDS, baseline=2.1, standing="critical")

    assert 'aria-hidden="true"' in drawn
    assert {"line", "baseline", "band-crit", "pt-crit"} <= set(classes(drawn))
    assert parse(drawn) is not None


def test_a_sparkline_keeps_a_gap_a_gap():
    drawn = sparkline([1.0, 2.0, None, 2.0, 1.0])

    assert classes(drawn).count("line") == 2


@pytest.mark.parametrize("values", [[], [None, None]])
def test_a_sparkline_of_nothing_is_nothing(values: list[None]):
    assert sparkline(values) == ""


def test_a_sparkline_that_ends_in_no_data_marks_the_last_known_value():
    drawn = sparkline([1.0, 0.0, None])

    assert drawn.count("<circle") == 1


HEIGHT, DAY = 8, timedelta(days=1)
OPENED = Marker(week(1), "INC-2026-0001", "opened")


def heads(*marks):
    """Return the names as boxes (left, top, right, bottom) and the lines as (x, top), by label."""
    root = parse(draw(markers=marks, width=640))
    said = [mark.label for mark in marks]
    boxes = {}
    for node in root.iter(f"{SVG}text"):
        if node.text in said:
            x, y, wide = float(node.get("x")), float(node.get("y")), 6.9 * len(node.text)
            left = x - wide if node.get("text-anchor") == "end" else x
            boxes[node.text] = (left, y - HEIGHT, left + wide, y)
    drawn = {}
    for group in root.iter(f"{SVG}g"):
        title, path = group.find(f"{SVG}title"), group.find(f"{SVG}path")
        if title is not None and path is not None and "event" in path.get("class", ""):
            x, top = re.match(r"M([\d.]+) ([\d.]+)V", path.get("d")).groups()
            drawn[title.text] = (float(x), float(top))
    return boxes, drawn


ONSET = Marker(week(1) - DAY, "onset", "onset")
CLOSE = {
    "onset just before": (ONSET, OPENED),
    "one instant": (Marker(week(1), "onset", "onset"), OPENED),
    "a version before both": (Marker(week(1) - 2 * DAY, "2.3"), ONSET, OPENED),
    "onset after": (OPENED, Marker(week(1) + DAY, "onset", "onset")),
    "at the left edge": (
        Marker(week(0), "2.3"),
        Marker(START + DAY, "onset", "onset"),
        Marker(START + 2 * DAY, "INC-2026-0001", "opened"),
    ),
    "near the left edge": (
        Marker(START + DAY, "INC-2026-0001", "opened"),
        Marker(START + 3 * DAY, "onset", "onset"),
        Marker(START + 4 * DAY, "INC-2026-0002", "opened"),
    ),
    "two incidents": (ONSET, OPENED, Marker(week(1) + 2 * DAY, "INC-2026-0002", "opened")),
}


@pytest.mark.parametrize("marks", CLOSE.values(), ids=CLOSE)
def test_names_of_events_close_to_each_other_do_not_touch(marks):
    boxes, _lines = heads(*marks)

    pairs = [(one, other) for one in boxes for other in boxes if one < other]

    assert len(boxes) == len({mark.label for mark in marks})
    for one, other in pairs:
        a, b = boxes[one], boxes[other]
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one, other)


@pytest.mark.parametrize("marks", CLOSE.values(), ids=CLOSE)
def test_no_line_of_an_event_crosses_the_name_of_another(marks):
    boxes, lines = heads(*marks)

    for name, (left, top, right, bottom) in boxes.items():
        for other, (x, head) in lines.items():
            assert not (left < x < right and head < bottom and name != other), (name, other, top)


def test_names_stand_above_the_readings_and_their_bands():
    marks = CLOSE["a version before both"]
    root = parse(draw(markers=marks, width=640))

    boxes, _lines = heads(*marks)

    edge = min(float(node.get("y")) for node in root.iter(f"{SVG}rect"))
    assert max(bottom for *_rest, bottom in boxes.values()) <= edge
