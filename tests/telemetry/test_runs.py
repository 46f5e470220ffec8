"""What ran when: lanes of versions, incidents and changes on one axis."""

import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from telemetry.render.drawing import Marker
from telemetry.render.runs import Lane, Span, runs_chart

SVG = "{http://www.w3.org/2000/svg}"
START, END = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
LIVE = Span(datetime(2026, 10, 22, tzinfo=UTC), None, "2.3", "live")
OLD = Span(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 10, 22, tzinfo=UTC), "2.2", "old")


def draw(*lanes: Lane, **options: object) -> ET.Element:
    given = lanes or (Lane("Live version", (OLD, LIVE)),)
    options = {"start": START, "end": END, "description": "Versions.", **options}
    drawn = runs_chart(lanes=given, **options)
    return ET.fromstring(drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def box(root: ET.Element, name: str) -> dict[str, float]:
    found = next(node for node in root.iter(f"{SVG}rect") if node.get("class") == name)
    return {key: float(found.get(key) or 0) for key in ("x", "y", "width", "height")}


def test_one_version_follows_the_other():
    root = draw()
    old, live = box(root, "run-old"), box(root, "run-live")

    assert old["x"] + old["width"] == pytest.approx(live["x"], abs=0.2)


def test_what_is_live_runs_to_the_end_and_what_came_before_is_cut():
    root = draw()
    old, live = box(root, "run-old"), box(root, "run-live")

    assert live["x"] + live["width"] == pytest.approx(1148)
    assert old["x"] == pytest.approx(14 + 8.2 * len("Live version"))


def test_every_month_is_named():
    said = [node.text for node in draw().iter(f"{SVG}text")]

    assert [name for name in said if name in ("June", "July", "August")] == [
        "June",
        "July",
        "August",
    ]
    assert "November" in said


def test_a_label_that_does_not_fit_stands_below_and_stays_inside():
    short = Span(datetime(2026, 11, 16, tzinfo=UTC), None, "INC-2026-0041 major", "open")

    root = draw(Lane("Incidents", (short,)))
    label = next(node for node in root.iter(f"{SVG}text") if node.text == short.label)

    assert float(label.get("y")) == 10 + 20 + 14
    assert float(label.get("x")) + 8.2 * len(short.label) <= 1160
    assert label.get("class") == "t-crit"


def test_labels_below_that_would_touch_take_another_row_and_the_lane_grows():
    first, second = (
        Span(datetime(2026, 11, day, tzinfo=UTC), None, f"INC-2026-004{day}", "open")
        for day in (16, 17)
    )

    root = draw(Lane("Incidents", (first, second)), Lane("Live version", (LIVE,)))
    heights = sorted(float(n.get("y")) for n in root.iter(f"{SVG}text") if "INC" in (n.text or ""))

    assert heights == [44, 58]
    assert box(root, "run-live")["y"] == 10 + 30 + 28


def test_a_moment_is_still_seen():
    moment = Span(START, START, "x", "closed")

    assert box(draw(Lane("Incidents", (moment,))), "run-inc")["width"] == 2.0


def test_lanes_stand_below_each_other():
    root = draw(Lane("Live version", (LIVE,)), Lane("Incidents", (OLD,)))

    assert box(root, "run-old")["y"] - box(root, "run-live")["y"] == 30


def test_texts_are_escaped_and_no_style_is_inline():
    hostile = '<script>"&'

    drawn = runs_chart(
        lanes=[Lane(hostile, (Span(START, END, hostile, "old"),), (Marker(START, hostile),))],
        start=START,
        end=END,
        description=hostile,
    )

    assert "<script>" not in drawn
    assert "style" not in drawn


def test_on_paper_it_brings_its_colours():
    lanes = [Lane("Live version", (LIVE,))]
    page = runs_chart(lanes=lanes, start=START, end=END, description="x")
    paper = runs_chart(lanes=lanes, start=START, end=END, description="x", paper=True)

    assert re.sub(r"<style>.*?</style>", "", paper) == page
    assert page != paper


@pytest.mark.parametrize(("lanes", "end"), [([], END), ([Lane("x")], START)])
def test_nothing_to_draw_is_refused(lanes: list[Lane], end: datetime):
    with pytest.raises(ValueError, match="needs lanes"):
        runs_chart(lanes=lanes, start=START, end=end, description="x")
