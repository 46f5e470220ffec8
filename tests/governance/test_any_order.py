"""Readings in any order, doubled, late, corrected, voided: one final state (F20, F23, F24, EVA-09).

The model is the same readings in order, each once, in one delivery, without what is voided. Two
deliveries to one series at once lose nothing and double nothing.
"""

import random

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from governance.models import Standing, Watch
from governance.selectors import thresholds
from governance.services.seen_series import ONSET_LATE
from governance.services.voids import decide_void
from incidents.models import Incident
from registry.models import User
from telemetry.models import Measurement, Series, SeriesState
from telemetry.services import series as known_series
from telemetry.services.voids import ask_void
from tests.governance.test_cases_at_once import at_once
from tests.registry import factories as registry
from tests.registry.factories import call, person_as_actor
from tests.telemetry.factory import DAY, START, measured, row, take, threshold, unique

VALUES = st.lists(
    st.sampled_from([0.97, 0.93, 0.91, 0.85, 0.83, 0.7, None]), min_size=3, max_size=10
)
CORRECTED = st.dictionaries(st.integers(0, 9), st.sampled_from([0.97, 0.85, 0.7, None]), max_size=3)
VOIDED = st.sets(st.integers(0, 9), max_size=2)
ANY = {
    "values": VALUES,
    "corrected": CORRECTED,
    "voided": VOIDED,
    "seed": st.integers(0, 2**32 - 1),
}
QUICK = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
LONG = settings(QUICK, max_examples=60, derandomize=False)


class World:
    """A system with the people who void readings of it; made once for all examples."""

    def __init__(self):
        self.system = measured(stated=None)
        self.owner = User.objects.get(pk=self.system.owner_id)
        self.officer = registry.user(of=self.system.unit)
        registry.role(self.officer, "risk", system=self.system)

    def segment(self, word):
        """A new segment with a threshold."""
        name = f"try={unique(word)}"
        threshold(self.system, segment=name)
        return name

    def void(self, segment, day):
        """Void what counts of a day."""
        series = Series.objects.get(system=self.system, segment=segment)
        end = START + day * DAY
        asked = call(
            ask_void,
            series_id=series.pk,
            since=end,
            until=end,
            reason="a broken job",
            actor=person_as_actor(self.owner),
        )
        call(
            decide_void,
            request_id=asked.pk,
            confirmed=True,
            reason="seen",
            actor=person_as_actor(self.officer),
        )


@pytest.fixture
def world():
    """One world a test."""
    return World()


def facts_of(values, corrected):
    """Every (day, revision, value) that there is."""
    facts = [(day, 0, value) for day, value in enumerate(values)]
    facts += [(day, 1, value) for day, value in corrected.items() if day < len(values)]
    return facts


def in_order(world, values, corrected, voided):
    """Deliver what counts in the end, in order, at once; return the segment."""
    segment = world.segment("straight")
    newest = dict(enumerate(values)) | {
        day: value for day, value in corrected.items() if day < len(values)
    }
    rows = [
        row(world.system, value, day=day, segment=segment)
        for day, value in sorted(newest.items())
        if day not in voided
    ]
    if rows:
        take(rows)
    return segment


def in_any_order(world, values, corrected, voided, chance):
    """Deliver everything shuffled and doubled, voiding each day at some time after it came."""
    segment = world.segment("shuffled")
    facts = facts_of(values, corrected)
    order = [*facts, *chance.choices(facts, k=3)]
    chance.shuffle(order)
    left = set(voided)
    while order:
        some = {order.pop() for _ in range(min(len(order), chance.randint(1, 4)))}
        take(
            [
                row(world.system, value, day=day, segment=segment, revision=revision)
                for day, revision, value in some
            ]
        )
        came = left & {day for day, _, _ in facts if not any(one[0] == day for one in order)}
        for day in sorted(came):
            world.void(segment, day)
            left.discard(day)
    return segment


def final_state(world, segment):
    """Everything that says where a series stands; None for one that was never heard."""
    series = Series.objects.filter(system=world.system, segment=segment).first()
    standing = None if series is None else Standing.objects.filter(series=series).first()
    if standing is None or series is None:
        return None
    last = SeriesState.objects.get(series=series).last_valid_at
    since = None if standing.state == "NO_DATA" else standing.since
    return standing.state, standing.flapping, since, last


def check(world, values, corrected, voided, seed):
    """Compare both ways."""
    chance = random.Random(seed)  # noqa: S311  no secret
    voided = {day for day in voided if day < len(values)}
    straight = in_order(world, values, corrected, voided)
    shuffled = in_any_order(world, values, corrected, voided, chance)

    expected, found = final_state(world, straight), final_state(world, shuffled)

    if expected is None:
        assert found is None or found[0] == "NO_DATA"
    else:
        assert found == expected
    if not voided and not corrected:
        assert worst_case(world, straight) <= worst_case(world, shuffled)


def worst_case(world, segment):
    """What came of a segment: 0 nothing, 1 a watch, 2 an incident. Any order finds as much."""
    places = Standing.objects.filter(series__system=world.system, series__segment=segment)
    if Incident.objects.filter(causes__standing__in=places).exists():
        return 2
    return int(Watch.objects.filter(standing__in=places).exists())


@pytest.mark.django_db
@QUICK
@given(**ANY)
@example(values=[0.97, 0.97, None, 0.97], corrected={3: None}, voided=set(), seed=164)
def test_f23_late_doubled_corrected_and_voided_readings_end_in_one_state(
    world, values, corrected, voided, seed
):
    check(world, values, corrected, voided, seed)


@pytest.mark.full
@pytest.mark.django_db
@LONG
@given(**ANY)
def test_f23_many_more_orders_end_in_one_state(world, values, corrected, voided, seed):
    check(world, values, corrected, voided, seed)


def test_f25_deliveries_at_once_to_one_series_lose_and_double_nothing(own_database):
    system = measured()
    take([row(system, 0.95)])
    deliveries = [
        [row(system, 0.95 if day % 5 else 0.7, day=day) for day in range(first, 41, 4)]
        for first in (1, 2, 3, 4)
    ]
    doubled = [*deliveries, *deliveries]

    wrong = at_once([lambda rows=rows: take(rows) for rows in doubled])

    state = SeriesState.objects.get(series__system=system)
    assert wrong == []
    assert Measurement.objects.count() == 41
    assert (state.stored, state.window_end) == (41, START + 40 * DAY)


def test_deliveries_at_once_end_where_one_in_order_ends(own_database):
    one, other = measured(), measured()
    values = [0.95, 0.95, 0.85, 0.85, 0.7, 0.7, 0.97, 0.97, 0.97, 0.97, 0.97, 0.97]
    take([row(one, value, day=day) for day, value in enumerate(values)])

    wrong = at_once(
        [
            lambda day=day, value=value: take([row(other, value, day=day)])
            for day, value in enumerate(values)
        ]
    )

    assert wrong == []
    assert _where(other) == _where(one)
    assert Incident.objects.filter(system=other).count() == 1


def _where(system):
    found = Standing.objects.get(series__system=system)
    return found.state, found.since, found.flapping


@pytest.mark.django_db
@pytest.mark.parametrize("bad", [None, "bad"])
def test_f20_null_and_bad_readings_never_make_a_breach_good(world, bad):
    segment = world.segment("bad")
    take([row(world.system, 0.7, day=day, segment=segment) for day in (0, 1)])

    changes = {"value": None} if bad is None else {"quality": bad}
    take(
        [row(world.system, **({"value": 0.97} | changes), day=day, segment=segment)
         for day in range(2, 9)]
    )  # fmt: skip

    assert final_state(world, segment)[0] == "CRITICAL"


@pytest.mark.django_db
def test_f23_a_late_reading_that_makes_a_known_warning_critical_opens_the_incident():
    system = measured()
    for day, value in ((0, 0.95), (2, 0.85), (3, 0.85), (5, 0.7), (6, 0.97), (7, 0.97)):
        take([row(system, value, day=day)])
    before = Incident.objects.filter(system=system).count()

    (incident,) = take([row(system, 0.7, day=4)]).incidents

    assert before == 0
    assert (incident.severity, incident.onset_method) == ("moderate", ONSET_LATE)


@pytest.mark.django_db
def test_f23_a_week_at_once_opens_what_its_days_one_by_one_open():
    days, whole = measured(), measured()
    values = [0.95, 0.7, 0.7, 0.87, 0.87, 0.85, 0.85, 0.85]
    for day, value in enumerate(values):
        take([row(days, value, day=day)])

    take([row(whole, value, day=day) for day, value in enumerate(values)])

    found = Incident.objects.order_by("number").values_list("severity", flat=True)
    assert list(found) == ["moderate", "moderate"]


@pytest.mark.django_db
def test_f24_forgetting_every_cache_between_deliveries_changes_nothing(world):
    values = [0.97, 0.85, 0.85, 0.97, 0.7, 0.7, 0.97]
    kept, forgot = world.segment("kept"), world.segment("forgot")

    for day, value in enumerate(values):
        take([row(world.system, value, day=day, segment=kept)])
    for day, value in enumerate(values):
        cache.clear()
        thresholds._Kept.judges = {}
        known_series._known.clear()
        take([row(world.system, value, day=day, segment=forgot)])

    assert final_state(world, forgot) == final_state(world, kept)
    assert worst_case(world, forgot) == worst_case(world, kept) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("deliveries", [[[0], [1]], [[1], [0]], [[0, 1]]])
def test_a_value_that_was_taken_back_is_not_the_last_that_was_heard(world, deliveries):
    segment = world.segment("taken-back")
    facts = [row(world.system, 0.97, day=8, segment=segment),
             row(world.system, None, day=8, segment=segment, revision=1)]  # fmt: skip
    take([row(world.system, 0.97, day=7, segment=segment)])

    for some in deliveries:
        take([facts[index] for index in some])

    state = SeriesState.objects.get(series__segment=segment)
    assert state.last_valid_at == START + 7 * DAY
