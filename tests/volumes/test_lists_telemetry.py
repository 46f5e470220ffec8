"""Lists of what is measured at 100,000 rows: answers, KPIs, files, connectors, doors, readings."""

import pytest

from tests.volumes.fill_telemetry import (
    answers,
    answers_of_a_system,
    connectors,
    coverage,
    doors,
    kpis,
    polls_of_a_connector,
    readings_of_a_kpi,
    silences,
    uploads,
)
from tests.volumes.house import assert_as_lean, assert_lean, assert_narrow

pytestmark = pytest.mark.full

LEAN = (polls_of_a_connector, silences)
PAGED = (answers, answers_of_a_system, connectors, coverage, doors, kpis, uploads)
# A summary of everything about one series. It asks more than ten statements yet.
NARROW = (readings_of_a_kpi,)


@pytest.mark.parametrize("filled", LEAN, ids=lambda one: one.__name__)
def test_a_list_of_what_is_measured_is_lean(house, filled):
    role, address = filled(house)

    assert_lean(house.seen(role, address))


@pytest.mark.parametrize("filled", PAGED, ids=lambda one: one.__name__)
def test_a_list_of_what_is_measured_is_lean_on_its_first_page_and_on_the_next(house, filled):
    role, address = filled(house)

    first = house.seen(role, address)

    assert_lean(first)
    assert_as_lean(house.next(first), first)


@pytest.mark.parametrize("filled", NARROW, ids=lambda one: one.__name__)
def test_no_statement_of_a_page_of_what_is_measured_goes_through_its_table(house, filled):
    role, address = filled(house)

    assert_narrow(house.seen(role, address))


@pytest.mark.parametrize("role", ["owner", "compliance", "everywhere"])
def test_summaries_of_what_is_measured_ask_as_few_for_every_reader(house, role):
    own = house.gallery.made.kpi.pk

    for address in ("/scorecards/", "/scorecards/?by=unit", "/fleet/", f"/kpis/{own}/"):
        assert_lean(house.seen(role, address))
