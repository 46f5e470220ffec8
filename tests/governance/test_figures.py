"""INC-9: the page of figures, its CSV, the API, the line on a system's page, at an instant."""

import csv
import datetime as dt
import io

import pytest
from django.core.cache import cache

from governance.selectors.pages.figures import asked_of, figures_page, since_of
from incidents.models import Incident
from tests.governance.pages import AT, queries, section, seen, signed_in, stand_at, text_of
from tests.incidents.factory import do, grant, house, opened
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NOW = AT + 5 * DAY
FIGURES, API = "/figures/", "/api/v1/figures"


@pytest.fixture(autouse=True)
def _standing_clock():
    cache.clear()
    stand_at(NOW)
    yield
    stand_at(None)


def acknowledged_after(of, *hours, **changes):
    """Incidents that were each acknowledged after so many hours."""
    for number in hours:
        do(opened(of, **changes), "acknowledge", of.owner, at=AT + number * HOUR)


@pytest.fixture
def of():
    made = house()
    acknowledged_after(made, 1, 2, 3, 4)
    acknowledged_after(made, 10, onset_at=None)
    opened(made, drill=True)
    return made


def test_the_page_says_what_is_counted_of_how_many(client, of):
    text = seen(client, FIGURES, of.compliance)

    assert "5 cases, 5 still open" in text
    assert "0 withdrawn cases, 1 rehearsal" in text
    assert "onset known for 4 of 5" in text
    assert "3 h 10 h" in text
    assert "too few" in text


def test_a_reader_of_another_unit_sees_none_of_it(client, of):
    other = house()
    text = seen(client, FIGURES, other.compliance)

    assert "0 cases" in text
    assert "No case in this period" in text
    assert of.system.name not in text.partition("Filter")[0]


@pytest.mark.parametrize(
    ("query", "cases"),
    [
        ("?severity=moderate", 5),
        ("?severity=severe", 0),
        ("?system=no-such", 0),
        ("?unit=00000000-0000-4000-8000-000000000000", 0),
        ("?unit=%00&by=%27&period=never&severity=x", 5),
        ("?period=30d&by=month", 5),
        ("?system=%00", 5),
    ],
)
def test_filters_narrow_what_is_counted_and_nonsense_is_not_asked(client, of, query, cases):
    text = seen(client, FIGURES + query, of.compliance)

    assert f"{cases} cases, " in text


def test_a_unit_holds_those_below_it(client, of):
    top = registry.unit()
    with registry.acting_as(registry.SETUP):
        of.unit.parent = top
        of.unit.save(at=AT)
    reader = registry.user(of=top)
    grant(reader, "compliance", unit=top)

    text = seen(client, f"{FIGURES}?unit={top.pk}", reader)

    assert "5 cases, " in text


@pytest.mark.parametrize("by", ["system", "unit", "severity", "month"])
def test_groups_carry_their_names(client, of, by):
    text = seen(client, f"{FIGURES}?by={by}", of.compliance)

    names = {
        "system": of.system.name,
        "unit": of.unit.name,
        "severity": "moderate",
        "month": "November 2026",
    }
    assert names[by] in section(text, "To resolve Overdue Returned Reopened", "How it").lower() or (
        names[by] in section(text, "To resolve Overdue Returned Reopened", "How it")
    )


def test_the_sheet_holds_every_figure_with_its_counts(client, of):
    answer = signed_in(client, of.compliance).get(FIGURES + "list.csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    whole = {row["Figure"]: row for row in rows if row["By"] == "all"}
    assert (whole["time_to_acknowledge"]["Median (s)"], whole["time_to_acknowledge"]["Of"]) == (
        "10800",
        "5",
    )
    assert whole["time_to_detect"]["Median (s)"] == ""
    assert whole["time_to_detect"]["Counted"] == "4"
    assert (whole["overdue"]["Numerator"], whole["overdue"]["Denominator"]) == ("1", "5")
    assert {row["By"] for row in rows} == {"all", "system", "month"}


def test_the_api_tells_what_the_page_tells(client, of):
    answer = signed_in(client, of.compliance).get(API, {"by": "system", "period": "all"}).json()

    (group,) = answer["groups"]
    assert (group["key"], group["name"]) == (of.system.slug, of.system.name)
    told = answer["whole"]["durations"]["time_to_acknowledge"]
    assert (told["median"], told["counted"], told["median_is_least"]) == (10800.0, 5, False)
    assert answer["whole"]["rates"]["withdrawn"] == {
        "numerator": 0,
        "denominator": 5,
        "share": 0.0,
    }
    assert (answer["whole"]["drills"], answer["since"]) == (1, None)


@pytest.mark.parametrize(
    "query", [{"by": "owner"}, {"period": "9y"}, {"unit": "x"}, {"severity": "\0"}, {"system": "'"}]
)
def test_the_api_refuses_what_is_no_choice(client, of, query):
    answer = signed_in(client, of.compliance).get(API, query)

    assert answer.status_code == 400


def test_a_token_reads_of_its_own_systems_only(client, of):
    acknowledged_after(house(), 1)
    _, plaintext = registry.token(scopes=["read"], systems=[of.system], at=NOW)

    answer = client.get(API, headers={"authorization": f"Token {plaintext}"}).json()

    assert [one["key"] for one in answer["groups"]] == [of.system.slug]


def test_the_page_of_a_system_has_one_line_of_figures(client, of):
    text = seen(client, f"/systems/{of.system.slug}/", of.compliance)

    assert "12 months: 5 cases · to acknowledge 3 h" in text
    assert "All figures" in text


def test_at_an_instant_nothing_later_is_counted(client, of):
    then = (AT + 150 * dt.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    text = text_of(signed_in(client, of.compliance).get(FIGURES, {"as_of": then}))

    assert "As it was on" in text
    assert "5 cases, 5 still open" in text
    assert "at least 2 h 30 min" in text


def test_more_cases_and_groups_cost_no_more_queries(client, settings):
    settings.LEDGER_GLANCE_SECONDS = 3600
    few, more = house(), house()
    opened(few)
    acknowledged_after(more, 1, 2, 3, 4, 5, 6)
    signed_in(client, few.compliance).get(FIGURES)
    of_few = queries(client, FIGURES)
    signed_in(client, more.compliance).get(FIGURES)

    assert queries(client, FIGURES) == of_few


def test_the_figures_take_six_queries(of, django_assert_max_num_queries):
    rows = Incident.objects.filter(system=of.system)

    with django_assert_max_num_queries(6):
        page = figures_page(asked=asked_of({"unit": str(of.unit.pk)}), visible=rows, at=NOW)

    assert page["whole"].cases == 5


@pytest.mark.parametrize(
    ("period", "since"),
    [
        ("12m", "2025-12-01T00:00:00+00:00"),
        ("30d", "2026-10-17T09:00:00+00:00"),
        ("all", None),
    ],
)
def test_a_period_of_twelve_months_is_of_whole_months(period, since):
    found = since_of(period, dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC))

    assert (found and found.isoformat()) == since
