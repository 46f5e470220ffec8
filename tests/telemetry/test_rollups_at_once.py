"""Daily rollups beside deliveries: nobody waits for them, and they wait for nobody."""

import psycopg

from telemetry.services.rollups import roll_up
from tests.telemetry.factory import AT, measured, row, take


def test_a_series_that_another_holds_is_left_to_the_next_tick(own_database):
    system = measured(stated=None)
    take([row(system, 0.5)])

    with psycopg.connect(own_database) as other:
        other.execute("SELECT 1 FROM telemetry_series_state FOR UPDATE")
        held = roll_up(AT)
    after = roll_up(AT)

    assert (held, after) == (0, 1)
