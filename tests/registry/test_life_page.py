"""REG-3: the tracker of a life ticks the stations that were reached, and only these."""

import pytest

from registry.models import System
from registry.selectors.life_pages import stages_of
from registry.selectors.systems import reached_at
from tests.registry.factories import AT, system_in

pytestmark = pytest.mark.django_db


def stations(of):
    """Return the state of each station by its name."""
    stages = stages_of(System.objects.get(pk=of.pk), reached_at(system_id=of.pk))
    return {str(one["name"]): one["state"] for one in stages}


def test_a_station_that_was_left_out_is_not_ticked():
    of = system_in("production")

    assert stations(of) == {
        "Proposed": "done",
        "Assessed": "done",
        "Approved": "done",
        "Pilot": "todo",
        "Production": "current",
    }


def test_a_stop_stands_at_the_end_of_the_road():
    of = system_in("suspended")

    assert list(stations(of).items())[-2:] == [("Production", "done"), ("Suspended", "current")]


def test_what_lies_ahead_is_not_said_to_be_left_out():
    of = system_in("approved")

    ahead = [one for one in stages_of(of, reached_at(system_id=of.pk)) if one["state"] == "todo"]

    assert [str(one["note"]) for one in ahead] == ["", ""]


def test_a_station_says_when_it_was_reached():
    of = system_in("assessed")

    assert reached_at(system_id=of.pk) == {"assessed": AT}
