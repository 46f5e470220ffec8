"""The fleet: who sees which systems, what the cells say, what they cost, the CSV (REP-2)."""

import csv
import datetime as dt
import io

import pytest
from django.test import Client

from tests.governance.pages import AT, queries, signed_in, text_of
from tests.registry import factories as registry
from tests.telemetry.factory import measured, row, take, threshold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
FLEET = "/fleet/"


def reader_of(*systems, role="compliance"):
    """A person who holds a role for the units of these systems."""
    person = registry.user(of=systems[0].unit, name="Reader")
    for system in systems:
        registry.role(person, role, unit=system.unit, at=AT - dt.timedelta(days=400))
    return person


def as_reader(person):
    """A browser in which a person is signed in."""
    return signed_in(Client(), person)


def standing_at(value, **changes):
    """A system whose accuracy was so much, for three days."""
    system = measured(**changes)
    take([row(system, value, day=day) for day in range(3)])
    return system


def test_the_worst_stand_first_each_cell_with_its_words():
    fine, bad = standing_at(0.95, name="Alpha"), standing_at(0.1, name="Beta")
    client = as_reader(reader_of(fine, bad))

    page = client.get(FLEET)

    text = text_of(page)
    assert text.index("Beta") < text.index("Alpha")
    assert "1 of 1" in text
    assert 'data-cell="bad"' in page.content.decode()
    assert "2 systems: 1 in breach, 0 more partly unseen" in text


def test_a_system_that_is_not_judged_is_unseen_and_never_good():
    silent = measured(stated=None, name="Silent")
    client = as_reader(reader_of(silent))

    page = client.get(FLEET + "?view=unseen")

    assert "Silent" in text_of(page)
    assert "0 in breach, 1 more partly unseen" in text_of(page)
    assert 'data-state="ok"' not in page.content.decode().partition("<tbody>")[2]


def test_nobody_sees_a_system_of_another_unit():
    mine, theirs = standing_at(0.1, name="Mine"), standing_at(0.1, name="Theirs")
    client = as_reader(reader_of(mine))

    page, sheet = client.get(FLEET), client.get(FLEET + "list.csv")

    assert "Theirs" not in text_of(page)
    assert theirs.slug not in sheet.content.decode()
    assert "1 system: 1 in breach" in text_of(page)


def test_a_view_holds_its_systems_only_and_an_unknown_view_is_all():
    fine, bad = standing_at(0.95, name="Alpha"), standing_at(0.1, name="Beta")
    client = as_reader(reader_of(fine, bad))

    breached, odd = client.get(FLEET + "?view=breach"), client.get(FLEET + "?view=%00'")

    assert ("Alpha" in text_of(breached), "Beta" in text_of(breached)) == (False, True)
    assert "Alpha" in text_of(odd)


def test_names_are_text_and_no_markup():
    system = standing_at(0.1, name="<script>alert(1)</script>")
    client = as_reader(reader_of(system))

    page = client.get(FLEET).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_sheet_has_one_line_for_each_category_of_a_system():
    system = measured(name="Alpha")
    threshold(system, kpi="recall")
    take([row(system, 0.95, day=day, kpi=kpi) for kpi in ("accuracy", "recall") for day in (0, 1)])
    client = as_reader(reader_of(system))

    rows = list(csv.DictReader(io.StringIO(client.get(FLEET + "list.csv").content.decode())))

    assert [(one["Category"], one["KPIs"], one["In their bands"]) for one in rows] == [
        ("technical", "2", "2")
    ]


def test_more_systems_cost_no_more_queries(settings):
    settings.LEDGER_GLANCE_SECONDS = 3600
    few = [standing_at(0.1) for _ in range(2)]
    more = [standing_at(0.1) for _ in range(4)]
    client_few, client_more = as_reader(reader_of(*few)), as_reader(reader_of(*few, *more))
    client_few.get(FLEET)
    client_more.get(FLEET)

    cost_few, cost_more = (queries(client, FLEET) for client in (client_few, client_more))

    assert cost_few == cost_more <= 10
