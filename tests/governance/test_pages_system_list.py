"""The list of systems: filters, search, order, keyset pages, views, CSV, the past, its cost."""

import csv
import datetime as dt
import io

import pytest

from incidents.models import Incident
from registry import gates
from registry.models import System
from tests.governance.pages import AT, queries, seen, signed_in, stand_at, text_of
from tests.incidents import factory as cases
from tests.registry import factories as registry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
LIST = "/systems/"


@pytest.fixture(autouse=True)
def _open_gates(monkeypatch):
    """Let systems run: what a gate asks for is tested elsewhere."""
    monkeypatch.setattr(gates, "_checks", {})


@pytest.fixture
def unit():
    return registry.unit(name="Claims")


@pytest.fixture
def reader(unit):
    person = registry.user(of=unit, name="Reader")
    registry.role(person, "compliance", unit=unit, at=AT - dt.timedelta(days=400))
    return person


@pytest.fixture
def some(unit):
    """Three systems: an agent that runs, an assistant that nobody classified, a model."""
    below = registry.unit(name="Motor", parent=unit)
    mara = registry.user(of=unit, name="Mara Özil-Vogt")
    return {
        "agent": registry.system_in(
            "production", of=unit, slug="paying-agent", name="Zahlagent", kind="agent",
            risk_tier="high", legal_class="high_risk", owner=mara,
        ),
        "assistant": registry.system(
            of=below, slug="desk-helper", name="Desk helper", kind="assistant",
            legal_class="undecided", purpose="Answers callers about tariffs.",
        ),
        "model": registry.system(of=unit, slug="model-12", name="Fraud model", kind="predictive"),
    }  # fmt: skip


def slugs(client, path, user):
    """Return the systems that a list shows, in order."""
    html = signed_in(client, user).get(path).content.decode()
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [part.partition("/")[0] for part in body.split('<a href="/systems/')[1:]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["desk-helper", "model-12", "paying-agent"]),
        ("kind=agent", ["paying-agent"]),
        ("tier=high", ["paying-agent"]),
        ("law=undecided", ["desk-helper"]),
        ("life=production", ["paying-agent"]),
        ("view=running", ["paying-agent"]),
        ("view=undecided", ["desk-helper"]),
        ("view=mine", []),
        ("q=PAYING", ["paying-agent"]),
        ("q=tariff+answer", ["desk-helper"]),
        ("q=model+12", ["model-12"]),
        ("q=özil", ["paying-agent"]),
        ("q=özil+zahl", ["paying-agent"]),
        ("q=özil+desk", []),
        ("q=tariffs+vogt", []),
        ("owner=vogt", ["paying-agent"]),
        ("owner=nobody", []),
        ("kind=toaster&unit=no-uuid&order=up&view=x", ["desk-helper", "model-12", "paying-agent"]),
        ("q=%26%7C%21%3A%2A%28", ["desk-helper", "model-12", "paying-agent"]),
        ("q=%00", ["desk-helper", "model-12", "paying-agent"]),
        ("order=newest&kind=agent", ["paying-agent"]),
    ],
)
def test_the_list_is_searched_filtered_and_sorted(client, some, reader, query, found):
    assert slugs(client, f"{LIST}?{query}", reader) == found


def test_a_unit_holds_for_those_below_it(client, some, unit, reader):
    below = some["assistant"].unit_id

    assert slugs(client, f"{LIST}?unit={below}", reader) == ["desk-helper"]
    assert len(slugs(client, f"{LIST}?unit={unit.pk}", reader)) == 3


def test_the_views_say_how_many_they_hold(client, some, reader):
    text = seen(client, LIST, reader)

    assert "All 3 Mine 0 Running 1 High-risk 1 Class not decided 1 Suspended 0" in text


def test_every_system_stands_on_one_page_only_whatever_the_order(client, unit, reader, monkeypatch):
    monkeypatch.setattr("governance.selectors.pages.systems.PAGE", 2)
    made = {registry.system(of=unit, name="The same name").slug for _ in range(5)}

    for order in ("name", "newest", "oldest"):
        found, path = [], f"{LIST}?order={order}"
        while path:
            found += slugs(client, path, reader)
            html = client.get(path).content.decode()
            _, there, rest = html.partition('rel="next" href="')
            path = LIST + rest.partition('"')[0].replace("&amp;", "&") if there else ""
        assert (len(found), set(found)) == (5, made)


def test_a_cursor_that_is_none_is_refused_in_words(client, some, reader):
    for after in ("nonsense", "AAAA", "%00"):
        answer = signed_in(client, reader).get(f"{LIST}?after={after}")

        assert answer.status_code == 400
        assert "no cursor" in text_of(answer)


def test_the_csv_holds_exactly_what_the_page_shows(client, some, reader):
    answer = signed_in(client, reader).get("/systems/list.csv?q=zahl")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["System"], row["Life"], row["Owner"]) for row in rows] == [
        ("Zahlagent", "Production", "Mara Özil-Vogt")
    ]
    assert rows[0]["Live version"]


def test_a_stranger_sees_and_counts_nothing(client, some):
    text = seen(client, LIST, registry.user())

    assert "No system that you may see" in text
    assert "All 0 Mine 0" in text


def test_who_has_a_part_in_a_case_sees_its_system_here_too(client):
    house = cases.house()
    case = cases.opened(house)
    helper = registry.user()
    with cases.acting_as(cases.SETUP):
        Incident.objects.get(pk=case.pk)
        case.deputy = helper
        case.save()

    assert slugs(client, LIST, helper) == [house.system.slug]


def test_the_list_of_an_instant_shows_what_was_known_then(client, some, reader):
    agent = some["agent"]
    agent.name = "Renamed later"
    registry.call(lambda actor, at: agent.save(at=at), at=registry.AT + dt.timedelta(minutes=30))
    stand_at(registry.AT + dt.timedelta(hours=1))

    then = seen(client, f"{LIST}?as_of=2026-11-20T09:10:00Z", reader)
    now = seen(client, LIST, reader)

    assert "Zahlagent" in then
    assert "Renamed later" not in then
    assert "Renamed later" in now


def test_fifty_rows_take_as_many_queries_as_three_and_at_most_ten(
    client, some, unit, reader, settings
):
    settings.LEDGER_GLANCE_SECONDS = 3600
    queries(signed_in(client, reader), LIST)
    few = queries(signed_in(client, reader), LIST)
    for _ in range(5):
        registry.system_in("production", of=unit)

    assert queries(client, LIST) == few
    assert few <= 10


def test_only_who_may_register_is_shown_the_way_there(client, some, unit, reader):
    auditor = registry.user(of=unit)
    registry.role(auditor, "auditor", unit=unit)

    assert "Register a system" in seen(client, LIST, reader)
    assert "Register a system" not in seen(client, LIST, auditor)


def test_the_words_of_a_system_are_found_by_an_index():
    assert "system_words" in {index.name for index in System._meta.indexes}
