"""The list of incidents: views, filters, keyset pages, the CSV of what is shown, few queries."""

import csv
import datetime as dt
import io

import pytest

from tests.governance.pages import AT, queries, seen, signed_in
from tests.incidents import factory as cases

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]


@pytest.fixture
def house():
    return cases.house()


def several(house, number, **changes):
    """Open some incidents, a minute apart, the newest last."""
    first = AT - dt.timedelta(minutes=number)
    return [
        cases.opened(house, at=first + dt.timedelta(minutes=index), **changes)
        for index in range(number)
    ]


def numbers(client, path, user):
    """Return the incidents that a list shows, in order."""
    html = signed_in(client, user).get(path).content.decode()
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [part.partition('"')[0].strip("/") for part in body.split('href="/incidents/')[1:]]


def test_the_list_shows_what_is_open_the_newest_first(client, house):
    older, newer = several(house, 2)
    cases.bring(house, "CLOSED")

    shown = numbers(client, "/incidents/", house.compliance)

    assert shown == [newer.number, older.number]


def test_views_and_filters_narrow_the_list(client, house):
    minor = cases.opened(house, severity="minor", title="Latency rose")
    closed = cases.bring(house, "CLOSED")
    validated = cases.bring(house, "VALIDATION")

    assert numbers(client, "/incidents/?severity=minor", house.risk) == [minor.number]
    assert numbers(client, "/incidents/?state=VALIDATION", house.risk) == [validated.number]
    assert numbers(client, "/incidents/?q=latency", house.risk) == [minor.number]
    assert numbers(client, "/incidents/?view=closed", house.risk) == [closed.number]
    assert len(numbers(client, "/incidents/?view=all", house.risk)) == 3
    assert numbers(client, "/incidents/?view=mine", house.risk) == []
    assert len(numbers(client, "/incidents/?view=mine", house.owner)) == 2


def test_overdue_shows_what_is_past_its_deadline(client, house):
    late = cases.opened(house, severity="severe", at=AT - dt.timedelta(hours=2))
    cases.opened(house, severity="minor")

    assert numbers(client, "/incidents/?view=overdue", house.compliance) == [late.number]


def test_the_next_deadline_comes_first_when_that_is_asked_for(client, house):
    calm = cases.opened(house, severity="minor", at=AT - dt.timedelta(minutes=1))
    urgent = cases.opened(house, severity="severe", at=AT - dt.timedelta(minutes=2))

    shown = numbers(client, "/incidents/?order=due", house.compliance)

    assert shown == [urgent.number, calm.number]


def test_a_person_sees_only_the_systems_that_are_theirs(client, house):
    mine = cases.opened(house)
    cases.opened(cases.house())

    assert numbers(client, "/incidents/", house.owner) == [mine.number]
    assert numbers(client, "/incidents/", house.stranger) == []


def test_an_empty_list_teaches_the_next_step(client, house):
    open_view = seen(client, "/incidents/", house.owner)
    filtered = seen(client, "/incidents/?severity=severe", house.owner)
    mine = seen(client, "/incidents/?view=mine", house.owner)

    assert "Incidents open by themselves when a reading leaves its band." in open_view
    assert "Nothing fits these filters" in filtered
    assert "None of yours is open" in mine


def test_pages_go_on_after_the_last_row_and_back_to_the_first(client, house):
    made = several(house, 55)
    first = numbers(client, "/incidents/", house.compliance)
    html = client.get("/incidents/").content.decode()
    older = html.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    rest = numbers(client, f"/incidents/{older}", house.compliance)

    assert first + rest == [incident.number for incident in reversed(made)]
    assert len(first) == 50
    assert 'rel="prev"' in client.get(f"/incidents/{older}").content.decode()


def test_fifty_rows_take_at_most_ten_queries_as_do_three(client, house, settings):
    settings.LEDGER_GLANCE_SECONDS = 3600
    several(house, 3)
    queries(signed_in(client, house.compliance), "/incidents/")
    few = queries(signed_in(client, house.compliance), "/incidents/")

    several(house, 50)

    assert queries(client, "/incidents/") == few
    assert few <= 10


def test_the_csv_holds_exactly_what_is_shown(client, house):
    cases.opened(house, severity="minor", title="=cmd()")
    cases.opened(house, severity="major")
    shown = numbers(client, "/incidents/?severity=minor", house.compliance)

    response = client.get("/incidents/list.csv?severity=minor")

    rows = list(csv.reader(io.StringIO(response.content.decode())))
    assert [row[0] for row in rows[1:]] == shown
    assert rows[1][1] == "'=cmd()"
    assert response["Content-Disposition"] == 'attachment; filename="incidents.csv"'


def test_a_cursor_that_is_none_is_refused_and_wrong_filters_count_as_none(client, house):
    incident = cases.opened(house)

    bad = signed_in(client, house.compliance).get("/incidents/?after=nonsense")

    assert bad.status_code == 400
    assert numbers(client, "/incidents/?state=NOWHERE&view=x", house.compliance) == [
        incident.number
    ]
