"""The record as it was: what a block reads, what it refuses, what it leaves behind."""

import datetime as dt

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from incidents.models import Incident
from ledger.context import acting_as
from ledger.selectors.past import NoPast, as_it_was, register, unchanged, without_past
from outbox.models import Timer
from registry.models import System, User
from tests.incidents import factory as cases
from tests.incidents.factory import AT, LONG_AGO, SETUP

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
FLOORS = ("registry", "telemetry", "incidents", "governance")


@pytest.fixture
def system():
    """A system with a purpose that was changed twice."""
    made = cases.house().system
    for days, words in ((1, "Second."), (2, "Third.")):
        rewritten(made, words, AT + days * DAY)
    return made


def rewritten(system, words, at):
    system.purpose = words
    with acting_as(SETUP):
        system.save(at=at)


def purpose(system, at):
    with as_it_was(at):
        found = System.objects.filter(pk=system.pk).first()
        return found.purpose if found else None


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (LONG_AGO - DAY, None),
        (LONG_AGO, "Says which claims are paid."),
        (AT + DAY - dt.timedelta(microseconds=1), "Says which claims are paid."),
        (AT + DAY, "Second."),
        (AT + 2 * DAY, "Third."),
    ],
)
def test_a_row_reads_as_its_history_has_it(system, at, words):
    assert purpose(system, at) == words


def test_a_change_that_was_dated_before_an_earlier_one_shows_from_the_later_instant(system):
    rewritten(system, "Out of turn.", AT + DAY)

    assert purpose(system, AT + DAY) == "Second."
    assert purpose(system, AT + 2 * DAY) == "Out of turn."


def test_a_save_without_an_instant_is_dated_by_the_clock_and_keeps_no_instant(system):
    before = dt.datetime.now(dt.UTC)

    rewritten(system, "Undated.", None)

    assert system.history.first().history_date >= before
    assert system.said_at is None


def test_rows_that_never_change_are_there_from_their_instant_on():
    incident = cases.opened()
    cases.do(incident, "acknowledge", incident.owner, at=AT + DAY)

    with as_it_was(AT):
        before = [row.command for row in incident.transitions.order_by("version")]
        state = Incident.objects.get(pk=incident.pk).state

    assert (before, state) == (["open"], "OPEN")
    assert incident.transitions.count() == 2


def test_joins_and_raw_queries_read_the_past_too(system):
    with as_it_was(AT), connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE named(purpose) AS (SELECT purpose FROM registry_system WHERE id = %s)"
            " SELECT purpose FROM named",
            [system.pk],
        )
        (raw,) = cursor.fetchone()
        joined = User.objects.filter(owned_systems__purpose="Third.").exists()

    assert (raw, joined) == ("Says which claims are paid.", False)


def test_a_table_for_which_nobody_said_how_it_was_is_not_found():
    with pytest.raises(ProgrammingError, match="outbox_timer"), as_it_was(AT):
        Timer.objects.exists()


def test_nothing_is_written_within_the_block(system):
    with acting_as(SETUP), pytest.raises(NoPast, match="INSERT"), as_it_was(AT):
        User(email="new@example.org", name="New").save(force_insert=True)
    with pytest.raises(InternalError, match="read-only"), as_it_was(AT), connection.cursor() as now:
        now.execute("WITH gone AS (DELETE FROM public.django_session RETURNING 1) SELECT 1")


def test_a_block_within_a_block_is_refused():
    with pytest.raises(NoPast), as_it_was(AT), as_it_was(AT):
        pass


def test_after_the_block_the_present_is_read_and_written_again(system):
    purpose(system, AT)

    rewritten(system, "Fourth.", AT + 3 * DAY)

    assert System.objects.get(pk=system.pk).purpose == "Fourth."
    assert Timer.objects.count() >= 0


def test_an_error_within_the_block_closes_nothing_behind_it(system):
    with pytest.raises(ZeroDivisionError), transaction.atomic(), as_it_was(AT):
        raise ZeroDivisionError

    assert System.objects.get(pk=system.pk).purpose == "Third."


def test_every_table_of_the_floors_that_pages_show_has_a_past():
    assert without_past(FLOORS) == []


def test_a_past_is_registered_once():
    with pytest.raises(ValueError, match="registry_clockrule"):
        register("registry_clockrule", unchanged())
