"""Evaluation: what readings make of standings, and which incidents they open."""

import datetime as dt
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.models import Standing, Watch
from governance.rules.stated import Stated
from incidents.models import Incident
from ledger.selectors.lines import lines_of_object
from registry.models import System
from telemetry.models import Measurement, SeriesState
from tests.telemetry.factory import (
    AT,
    BANDS,
    DAY,
    START,
    measured,
    row,
    series_of,
    take,
    threshold,
    unique,
)

pytestmark = pytest.mark.django_db


def standing(system):
    """Where the accuracy of a system stands."""
    return Standing.objects.get(series=series_of(system))


def open_of(system):
    """The incidents of a system."""
    return Incident.objects.filter(system=system)


def test_a_series_within_its_bands_is_ok():
    system = measured()

    take([row(system, 0.95, day=day) for day in range(3)])

    assert standing(system).state == "OK"
    assert open_of(system).count() == 0


def test_two_critical_readings_open_one_incident():
    system = measured()

    take([row(system, 0.95), row(system, 0.7, day=1)])
    receipt = take([row(system, 0.7, day=2)])

    assert standing(system).state == "CRITICAL"
    assert receipt.incidents == list(open_of(system))
    assert receipt.incidents[0].severity == "moderate"


def test_one_reading_beyond_an_instant_limit_is_enough():
    system = measured(
        kpi="boundary_violations",
        stated=Stated(direction="above", critical=1.0, instant_critical=1.0, fires_k=2, fires_n=2),
    )

    receipt = take([row(system, 1.0, kpi="boundary_violations")])

    assert [incident.kind for incident in receipt.incidents] == ["boundary"]


def test_a_further_breach_joins_the_open_incident():
    system = measured()
    take([row(system, 0.7, day=day) for day in range(2)])

    receipt = take([row(system, 0.7, day=2)])

    assert receipt.incidents == []
    assert open_of(system).count() == 1


def test_a_square_wave_at_the_threshold_opens_one_incident():
    system = measured()

    for day in range(40):
        take([row(system, 0.79 if day % 2 else 0.93, day=day)])

    assert open_of(system).count() == 1


@pytest.mark.parametrize(
    "bad", [{"value": None}, {"quality": "bad"}, {"value": None, "quality": "bad"}]
)
def test_a_bad_reading_never_makes_a_breach_good(bad):
    system = measured()
    take([row(system, 0.7, day=day) for day in range(2)])

    take([row(system, day=day, **({"value": 0.95} | bad)) for day in range(2, 12)])

    assert standing(system).state == "CRITICAL"


def test_a_series_of_bad_readings_only_has_no_data():
    system = measured()

    take([row(system, None, day=day) for day in range(5)])

    assert standing(system).state == "NO_DATA"


def test_too_few_samples_are_no_reading():
    system = measured(stated=Stated(direction="below", warning=0.9, least_n=200))

    take([row(system, 0.95, n=100)])

    assert standing(system).state == "NO_DATA"


def test_recovery_tells_the_incident_but_does_not_close_it():
    system = measured()
    take([row(system, 0.85, day=day) for day in range(2)])

    take([row(system, 0.96, day=day) for day in range(2, 6)])

    assert standing(system).state == "OK"
    assert [watch.state for watch in Watch.objects.filter(system=system)] == ["closed"]


def test_each_change_of_a_standing_is_one_entry_of_the_ledger():
    system = measured()
    take([row(system, 0.95)])
    take([row(system, 0.95, day=1)])

    take([row(system, 0.7, day=day) for day in (2, 3)])

    entries = lines_of_object(object_type="standing", object_id=str(standing(system).pk))
    assert [line.body["after"]["state"] for line in entries] == ["CRITICAL", "OK"]
    assert [step["state"] for step in entries[0].body["details"]["steps"]] == [
        "PENDING",
        "CRITICAL",
    ]


def test_a_repeated_delivery_counts_no_streak_twice():
    system = measured()
    take([row(system, 0.95), row(system, 0.7, day=1)])

    take([row(system, 0.7, day=1)])

    assert standing(system).state == "PENDING"
    assert open_of(system).count() == 0


def test_a_series_without_a_threshold_has_no_standing():
    system = measured(stated=None)

    take([row(system, 0.1, day=day) for day in range(3)])

    assert not Standing.objects.filter(series__system=system).exists()
    assert SeriesState.objects.get(series=series_of(system)).value == 0.1


def test_a_late_breach_opens_its_incident_even_when_all_is_well_since():
    system = measured()
    take([row(system, 0.95, day=day) for day in (0, 1, 4, 5, 6, 7)])

    receipt = take([row(system, 0.7, day=day) for day in (2, 3)])

    assert [incident.kind for incident in receipt.incidents] == ["breach"]
    assert "late" in receipt.incidents[0].onset_method
    assert standing(system).state == "OK"


def test_a_correction_takes_a_higher_revision_and_can_end_a_breach():
    system = measured()
    take([row(system, 0.95), row(system, 0.7, day=1), row(system, 0.7, day=2)])

    take([row(system, 0.95, day=1, revision=1), row(system, 0.95, day=2, revision=1)])

    assert standing(system).state == "OK"
    assert SeriesState.objects.get(series=series_of(system)).revision == 1


def test_readings_before_a_version_is_valid_are_judged_by_the_one_before():
    system = measured(stated=BANDS)
    take([row(system, 0.95)])
    stricter = Stated(direction="below", warning=0.99, fires_k=1, fires_n=1)
    threshold(system, stated=stricter, at=START + 10 * DAY)

    take([row(system, 0.95, day=5)])
    before = standing(system).state
    take([row(system, 0.95, day=11)])

    assert (before, standing(system).state) == ("OK", "WARNING")


def test_a_new_version_lets_no_standing_fall_back_to_ok():
    system = measured()
    take([row(system, 0.7, day=day) for day in range(2)])

    threshold(system, stated=Stated(direction="below", warning=0.5), at=AT)

    assert standing(system).state == "CRITICAL"


def test_the_first_version_judges_what_is_stored_since_it_is_valid():
    system = measured(stated=None)
    take([row(system, 0.7, day=day) for day in range(3)])

    threshold(system)

    assert standing(system).state == "CRITICAL"
    assert open_of(system).count() == 1


def state_of(system, segment=""):
    """What evaluation knows of a series in the end."""
    stood = Standing.objects.get(series=series_of(system, segment=segment))
    kept = SeriesState.objects.get(series=stood.series)
    return (
        stood.state,
        stood.since,
        kept.value,
        kept.window_end,
        kept.revision,
        kept.carried,
        kept.settled,
        kept.last_valid_at,
        kept.stored,
    )


VALUES = st.sampled_from([0.95, 0.93, 0.91, 0.85, 0.84, 0.7, 0.91, None])


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.lists(VALUES, min_size=1, max_size=12), seed=st.integers(0, 2**32))
def test_the_order_and_the_doubles_of_deliveries_do_not_matter(values, seed):
    chance = random.Random(seed)  # noqa: S311  no secret
    system = System.objects.first() or measured(stated=None)
    straight, shuffled = (f"try={unique(word)}" for word in ("straight", "shuffled"))
    threshold(system, segment=straight)
    threshold(system, segment=shuffled)
    order = [*range(len(values)), *chance.choices(range(len(values)), k=3)]
    chance.shuffle(order)

    take([row(system, value, day=day, segment=straight) for day, value in enumerate(values)])
    while order:
        some = [order.pop() for _ in range(min(len(order), chance.randint(1, 4)))]
        take([row(system, values[day], day=day, segment=shuffled) for day in some])

    assert state_of(system, shuffled) == state_of(system, straight)


def test_a_reading_older_than_every_checkpoint_changes_nothing_but_opens_what_is_due(monkeypatch):
    monkeypatch.setattr("governance.services.rejudging.MOST_FROM_BEGINNING", 10)
    monkeypatch.setattr("governance.services.checkpoints.EVERY", 5)
    monkeypatch.setattr("governance.services.checkpoints.KEPT", 2)
    system = measured()
    for day in range(10, 60):
        take([row(system, 0.95, day=day)])

    receipt = take([row(system, 0.7, day=day) for day in (7, 8)])

    assert len(receipt.incidents) == 1
    assert standing(system).state == "OK"


def test_a_late_reading_is_judged_from_the_checkpoint_before_it(monkeypatch):
    monkeypatch.setattr("governance.services.rejudging.MOST_FROM_BEGINNING", 10)
    monkeypatch.setattr("governance.services.checkpoints.EVERY", 5)
    straight, late = measured(), measured()
    values = [0.95] * 30 + [0.85, 0.85, 0.91, 0.85, 0.91, 0.91]
    for day, value in enumerate(values):
        take([row(straight, value, day=day)])
        take([row(late, value, day=day)] if day != 31 else [row(straight, value, day=day)])

    take([row(late, values[31], day=31)])

    assert state_of(late) == state_of(straight)


def test_many_readings_of_one_series_in_one_delivery_are_judged_in_order():
    system = measured()

    take([row(system, 0.7 if day in (50, 51) else 0.95, day=day) for day in reversed(range(90))])

    assert Measurement.objects.filter(series=series_of(system)).count() == 90
    assert (standing(system).state, open_of(system).count()) == ("OK", 1)
    assert standing(system).since == START + dt.timedelta(days=55)
