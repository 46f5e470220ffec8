"""No line is drawn across a silence: on a page, on paper, in a trend as small as a word."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from governance.models import ThresholdVersion
from governance.rules.stated import Stated
from governance.selectors.pages.pictures import picture
from governance.selectors.pages.scorecard import scores_of, trend_of
from governance.selectors.pages.subjects import subject_of
from reports.render.charts import figure_of
from reports.rules.readings import ReadingRecord, SeriesRecord
from telemetry.render.chart import kpi_chart
from telemetry.render.drawing import Around, Guardrail, Reading
from telemetry.services.series import expect_readings
from tests.registry.factories import call
from tests.telemetry.factory import measured, row, series_of, take, threshold

START = datetime(2026, 9, 6, tzinfo=UTC)
DAY = timedelta(days=1)
# Three days in which nothing was heard.
DAYS = (0, 1, 2, 3, 7, 8, 9)


def lines(drawn, name="line"):
    return len(re.findall(rf'<polyline class="{name}"', drawn))


def gaps(drawn):
    return re.findall(r"<g><title>([^<]*)</title><rect class=\"unknown\"", drawn)


def draw(days=DAYS, **options):
    readings = [Reading(START + day * DAY, 3.0 + day % 2) for day in days]
    return kpi_chart(readings=readings, title="Gap", description="", **options)


@pytest.mark.parametrize("paper", [False, True])
def test_a_silence_makes_two_lines_and_a_gap_with_a_title(paper):
    drawn = draw(around=Around(step=DAY), paper=paper)

    assert (lines(drawn), gaps(drawn)) == (2, ["no data"])


@pytest.mark.parametrize(("grace", "expected"), [(timedelta(hours=1), 2), (3 * DAY, 1)])
def test_a_grace_is_waited_for_before_a_line_breaks(grace, expected):
    drawn = draw(around=Around(step=DAY, grace=grace))

    assert (lines(drawn), len(gaps(drawn))) == (expected, expected - 1)


def test_a_grace_shorter_than_half_a_step_breaks_the_line_sooner():
    days = (0, 1, 2.3, 3.3)

    assert lines(draw(days, around=Around(step=DAY))) == 1
    assert lines(draw(days, around=Around(step=DAY, grace=DAY / 12))) == 2


def test_a_guardrail_breaks_where_it_was_silent():
    rail = Guardrail("Guardrail", "", tuple((START + day * DAY, 1.0) for day in DAYS), None, "")

    drawn = draw(range(10), around=Around(step=DAY), guardrail=rail)

    assert (lines(drawn), lines(drawn, "guard")) == (1, 2)


def subject(**stated):
    """A series with a silence, judged by a threshold; its system."""
    bands = Stated(direction="below", warning=0.9, critical=0.8, recover_warning=0.92, **stated)
    system = measured(stated=None)
    threshold(system, stated=bands)
    take([row(system, 0.95, day=day) for day in DAYS])
    return system


def of_page(system, **options):
    """The picture that pages of incidents, of watches and papers of meetings show."""
    found = subject_of(series=series_of(system), version=ThresholdVersion.objects.get(), limit=26)
    return picture(found, zone=ZoneInfo("UTC"), **options)["svg"]


@pytest.mark.django_db
@pytest.mark.parametrize("paper", [False, True])
def test_the_picture_of_a_series_breaks_at_its_silence(paper):
    drawn = of_page(subject(), paper=paper)

    assert (lines(drawn), gaps(drawn)) == (2, ["no data"])


@pytest.mark.django_db
def test_the_picture_waits_for_the_cadence_and_the_grace_of_the_threshold():
    system = subject(grace_seconds=2 * 86400)
    series = series_of(system)

    before = of_page(system)
    call(expect_readings, series_id=series.pk, cadence_seconds=2 * 86400)

    assert (lines(before), lines(of_page(system))) == (2, 1)


@pytest.mark.django_db
def test_a_trend_as_small_as_a_word_breaks_at_a_silence():
    (score,) = scores_of(subject())

    assert lines(trend_of(score)) == 2


def record(days=DAYS, **changes):
    """A series as a pack and its report hold it."""
    arguments = {name: None for name in SeriesRecord.__struct_fields__} | {
        "id": 1, "name": "Accuracy", "unit": "ratio", "segment": "", "environment": "production",
        "window_seconds": 86400, "cadence_seconds": 86400, "count": len(days),
        "readings": [
            ReadingRecord(
                window_end=START + day * DAY, value=0.9, low=None, high=None, n=500, good=True
            )
            for day in days
        ],
    }  # fmt: skip
    return SeriesRecord(**(arguments | changes))


def test_the_report_of_a_pack_breaks_the_line_too():
    content = SimpleNamespace(
        scope=SimpleNamespace(zone="UTC"),
        things=SimpleNamespace(deployments=[]),
        matters=SimpleNamespace(incidents=[]),
    )

    silent, whole = figure_of(record(), content), figure_of(record(range(10)), content)

    assert (lines(silent.svg), gaps(silent.svg)) == (2, ["no data"])
    assert (lines(whole.svg), gaps(whole.svg)) == (1, [])
