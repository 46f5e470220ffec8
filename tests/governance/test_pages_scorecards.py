"""Scorecards: a view for each reader, leading apart from lagging, by unit and by system (REP-2)."""

import csv
import datetime as dt
import io

import pytest
from django.test import Client

from governance.rules.stated import Stated
from telemetry.rules.scorecards import Line
from telemetry.services.scorecards import set_scorecard
from tests.governance.pages import AT, queries, signed_in, stand_at, text_of
from tests.registry import factories as registry
from tests.telemetry.factory import measured, row, take, threshold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
CARDS, SHEET, API = "/scorecards/", "/scorecards/list.csv", "/api/v1/scorecards/"
# Latency is better when it is lower.
SLOW = Stated(direction="above", warning=2.0, critical=4.0, fires_k=2, fires_n=3)


def reader_of(*systems, role="compliance"):
    """A person who holds a role for the units of these systems, signed in."""
    person = registry.user(of=systems[0].unit, name="Reader")
    for system in systems:
        registry.role(person, role, unit=system.unit, at=AT - dt.timedelta(days=400))
    return signed_in(Client(), person)


def standing_at(value, **changes):
    """A system whose accuracy was so much, for three days."""
    system = measured(**changes)
    take([row(system, value, day=day) for day in range(3)])
    return system


def chosen(system, *lines):
    """Put KPIs on the scorecard of a system as (kpi, perspective, target)."""
    registry.call(
        set_scorecard,
        system_id=system.pk,
        lines=[
            Line(kpi, perspective, system.owner_id, f"Stop the {kpi}.", target)
            for kpi, perspective, target in lines
        ],
        expected_version=0,
        actor=registry.person_as_actor(system.owner),
    )


def rows_of(client, address):
    """The lines of a sheet."""
    return list(csv.DictReader(io.StringIO(client.get(address).content.decode())))


def test_a_line_says_trend_now_baseline_target_guardrail_standing_and_owner():
    system = standing_at(0.1, name="Alpha")
    chosen(system, ("accuracy", "quality", 0.97))
    client = reader_of(system)

    page = client.get(CARDS)

    text = text_of(page)
    assert 'class="spark"' in page.content.decode()
    for told in (
        "10.0 %",
        "n 500",
        "≥ 97.0 %",
        "≤ 90.0, ≤ 80.0 %",
        "Critical",
        "Stop the accuracy.",
    ):
        assert told in text, told
    assert system.owner.name in text
    assert f"/systems/{system.slug}/kpis/" in page.content.decode()


def test_the_sheet_and_the_api_hold_the_values_with_their_limits():
    system = standing_at(0.1, name="Alpha")
    chosen(system, ("accuracy", "quality", 0.97))
    client = reader_of(system)

    (cells,), body = rows_of(client, SHEET), client.get(API).json()

    (line,) = body["results"]
    assert (cells["Value"], cells["n"], cells["Target"]) == ("0.1", "500", "0.97")
    assert (cells["Warning"], cells["Critical"], cells["State"]) == ("0.9", "0.8", "critical")
    assert cells["Trend, oldest first"] == "0.1 0.1 0.1"
    assert (line["now"]["value"], line["target"], line["band"]["warning"]) == (0.1, 0.97, 0.9)
    assert line["trend"] == [0.1, 0.1, 0.1]
    assert line["since"].endswith(("Z", "+00:00", "+01:00", "+02:00"))
    assert line["on_breach"] == cells["What is done on breach"] == "Stop the accuracy."
    assert body["counts"]["states"]["critical"] == 1


def test_leading_stands_apart_from_lagging():
    system = standing_at(0.95, name="Alpha")
    take([row(system, 0.3, kpi="psi")])
    client = reader_of(system)

    page = client.get(CARDS).content.decode()

    leading, lagging = page.partition('id="lagging"')[::2]
    assert "Population stability index" in leading.partition('id="leading"')[2]
    assert "Accuracy" in lagging
    assert "Population stability index" not in lagging


def test_what_was_never_measured_or_is_not_judged_is_never_good():
    system = measured(stated=None, name="Silent")
    take([row(system, 0.99)])
    chosen(system, ("complaint_rate", "risk", None))
    client = reader_of(system)

    page = client.get(CARDS)

    text, drawn = text_of(page), page.content.decode()
    assert "2 KPIs of 1 system: 1 not known, 1 not judged" in text.replace("\xa0", " ")
    assert "Never measured" in text
    assert 'data-state="ok"' not in drawn
    assert drawn.index("Complaint rate") < drawn.index('">Accuracy')


def test_a_system_of_which_nothing_is_measured_is_told():
    system, bare = standing_at(0.95, name="Alpha"), measured(stated=None, name="Bare")
    client = reader_of(system, bare)

    text = text_of(client.get(CARDS + "?by=system"))

    assert "nothing is measured of 1 more system" in text
    assert text.index("Nothing is measured") < text.index("nothing in breach")


def test_leadership_reads_what_was_chosen_and_outcomes_and_hears_what_it_leaves_out():
    system = standing_at(0.95, name="Alpha")
    take([row(system, 0.9, kpi=kpi) for kpi in ("recall", "complaint_rate")])
    take([row(system, 0.9, segment="channel=phone")])
    chosen(system, ("accuracy", "quality", None))
    client = reader_of(system)

    page = client.get(CARDS + "?view=leadership")
    body = client.get(API + "?view=leadership").json()

    assert {one["kpi"] for one in body["results"]} == {"accuracy", "complaint_rate"}
    assert {one["reason"]: one["count"] for one in body["left_out"]} == {
        "unchosen": 1,
        "segment": 1,
    }
    assert "Left out here: 1 that is no outcome" in text_of(page)


def test_whatever_stands_critical_is_in_every_view():
    system = standing_at(0.1, name="Alpha")
    client = reader_of(system)

    shown = [
        client.get(f"{API}?view={view}").json()["results"][0]["state"]
        for view in ("all", "leadership", "operations", "engineering")
    ]

    assert shown == ["critical"] * 4


def test_a_guardrail_stands_with_a_state_of_its_own():
    system = measured(name="Alpha")
    threshold(system, kpi="recall")
    take([row(system, value, day=day, kpi=kpi) for kpi, value in (("accuracy", 0.95),
          ("recall", 0.1)) for day in range(3)])  # fmt: skip
    client = reader_of(system)

    lines = {one["kpi"]: one for one in client.get(API).json()["results"]}
    text = text_of(client.get(CARDS))

    assert lines["accuracy"]["state"] == "ok"
    assert lines["accuracy"]["guardrail"]["kpi"] == "recall"
    assert lines["accuracy"]["guardrail"]["state"] == "critical"
    assert "10.0 % of ≥ 90.0" in text
    assert lines["recall"]["guardrail"]["state"] == "unknown"


def test_units_come_the_worst_first_and_open_to_their_systems():
    top = registry.unit(name="Top")
    fine = measured(name="Fine", stated=None)
    good, bad = standing_at(0.95, name="Good"), standing_at(0.1, name="Bad")
    person = registry.user(of=top, name="Reader")
    for system in (fine, good, bad):
        registry.role(person, "board", unit=system.unit, at=AT - dt.timedelta(days=400))
    client = signed_in(Client(), person)

    groups = client.get(API + "?by=unit").json()["groups"]
    opened = client.get(f"{CARDS}?unit={bad.unit_id}")

    assert [one["key"] for one in groups] == [str(one.unit_id) for one in (bad, fine, good)]
    assert [one["state"] for one in groups] == ["critical", "unjudged", "ok"]
    assert "Bad" in text_of(opened)
    assert "/systems/" + good.slug not in opened.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=critical", ["accuracy"]),
        ("?state=ok", []),
        ("?category=technical&timing=lagging", ["accuracy"]),
        ("?timing=leading", ["psi"]),
        ("?perspective=speed", []),
    ],
)
def test_a_filter_narrows_page_sheet_and_api_alike(query, found):
    system = standing_at(0.1, name="Alpha")
    take([row(system, 0.3, kpi="psi")])
    client = reader_of(system)

    sheet = [one["KPI id"] for one in rows_of(client, SHEET + query)]
    api = [one["kpi"] for one in client.get(API + query).json()["results"]]
    page = client.get(CARDS + query).content.decode()

    assert sheet == api == found
    assert ("No line fits" in page) == (not found)


def test_an_owner_is_found_by_the_lines_that_they_answer_for():
    system = standing_at(0.1, name="Alpha")
    take([row(system, 0.3, kpi="psi")])
    deputy = system.deputy
    registry.call(
        set_scorecard,
        system_id=system.pk,
        lines=[Line("psi", "risk", deputy.pk, "Look.", None)],
        expected_version=0,
        actor=registry.person_as_actor(system.owner),
    )
    client = reader_of(system)

    mine = [one["KPI id"] for one in rows_of(client, f"{SHEET}?owner={deputy.pk}")]

    assert mine == ["psi"]


def test_nobody_sees_a_line_of_another_unit():
    mine, theirs = standing_at(0.1, name="Mine"), standing_at(0.1, name="Theirs")
    client = reader_of(mine)

    answers = [
        client.get(path).content.decode()
        for path in (CARDS, SHEET, API, f"{CARDS}?system={theirs.slug}", f"{API}?by=system")
    ]

    assert not [one for one in answers if "Theirs" in one]
    assert "Mine" in answers[0]


def test_a_token_with_read_sees_its_own_systems_only():
    mine, theirs = standing_at(0.1, name="Mine"), standing_at(0.1, name="Theirs")
    _row, secret = registry.token(systems=[mine])

    body = Client().get(API, headers={"Authorization": f"Token {secret}"}).json()

    assert {one["system"]["name"] for one in body["results"]} == {"Mine"}
    assert theirs.slug not in str(body)


def test_pages_follow_each_other_without_a_gap():
    system = measured(name="Alpha", stated=None)
    take([row(system, 0.9, kpi=kpi) for kpi in ("accuracy", "recall", "precision", "f1", "psi")])
    client = reader_of(system)

    seen, cursor = [], ""
    for _page in range(4):
        body = client.get(API, {"limit": 2, "cursor": cursor}).json()
        seen += [one["kpi"] for one in body["results"]]
        cursor = body["next"]
        if not cursor:
            break

    assert sorted(seen) == ["accuracy", "f1", "precision", "psi", "recall"]
    assert cursor is None


@pytest.mark.parametrize("query", ["unit=x", "view=%00", "cursor=AAAA", "limit=0", "owner=7"])
def test_a_query_that_cannot_be_read_is_refused_in_words_by_the_api(query):
    system = standing_at(0.1)
    client = reader_of(system)

    answer = client.get(f"{API}?{query}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_the_page_reads_what_it_can_and_ignores_the_rest():
    system = standing_at(0.1, name="Alpha")
    client = reader_of(system)

    page = client.get(CARDS + "?unit=x&view=%00&owner=7&state=good&category=%27")

    assert "Alpha" in text_of(page)


def test_names_are_text_and_no_markup():
    system = standing_at(0.1, name="<script>alert(1)</script>")
    client = reader_of(system)

    pages = [client.get(CARDS + tail).content.decode() for tail in ("", "?by=system")]

    assert not [one for one in pages if "<script>alert(1)" in one]
    assert "&lt;script&gt;alert(1)" in pages[0]


def test_a_past_instant_shows_what_was_known_then():
    system = standing_at(0.1, name="Alpha")
    take([row(system, 0.5, day=3)], at=registry.AT + dt.timedelta(hours=2))
    stand_at(registry.AT + dt.timedelta(days=400))
    client = reader_of(system)
    then = (registry.AT + dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    now, before = (
        [one["now"]["value"] for one in client.get(API, query).json()["results"]]
        for query in ({}, {"as_of": then})
    )

    assert (now, before) == ([0.5], [0.1])


def test_more_lines_cost_no_more_queries(settings):
    settings.LEDGER_GLANCE_SECONDS = 3600
    few = [standing_at(0.1)]
    more = [standing_at(0.1) for _ in range(3)]
    take([row(one, 0.9, kpi="recall") for one in more])
    client_few, client_more = reader_of(*few), reader_of(*few, *more)
    client_few.get(CARDS)
    client_more.get(CARDS)

    cost_few, cost_more = (queries(client, CARDS) for client in (client_few, client_more))

    assert cost_few == cost_more <= 13
