"""Scorecards over pages and API: begun from a template, changed line by line, shown; KPI-2."""

import datetime as dt
import json
import re

import pytest

from outbox import clock
from telemetry.models import ScorecardLine
from telemetry.rules.scorecards import Line
from telemetry.services.scorecards import set_scorecard
from tests.governance import organisation as org
from tests.registry.factories import AT, call, person_as_actor, role, sign_in, system, token, unit
from tests.registry.factories import user as person
from tests.telemetry.factory import catalogue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _standing_clock():
    clock.shift(dt.timedelta(0))
    clock.shift(AT + dt.timedelta(hours=1) - clock.now())
    yield
    clock.shift(dt.timedelta(0))


@pytest.fixture
def of():
    catalogue()
    return system(kind="assistant")


def page(of, kpi=""):
    return f"/systems/{of.slug}/scorecard/{f'{kpi}/' if kpi else ''}"


def api(of):
    return f"/api/v1/systems/{of.slug}/scorecard"


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def line(of, kpi="accuracy", perspective="quality", **changes):
    owner = str(of.owner_id)
    return {"kpi": kpi, "perspective": perspective, "owner": owner, "on_breach": "Act."} | changes


def put(client, of, lines, *, version='"0"'):
    body = json.dumps({"lines": lines, "reason": "as agreed"})
    headers = {"If-Match": version} if version else {}
    return client.put(api(of), body, content_type="application/json", headers=headers)


def chosen(of, *kpis):
    lines = [Line(kpi, "quality", of.owner_id, "Act.") for kpi in kpis]
    arguments = {"system_id": of.pk, "lines": lines, "expected_version": 0}
    call(set_scorecard, **arguments, actor=person_as_actor(of.owner))


def test_without_one_the_page_proposes_the_template_of_its_kind(client, of):
    text = text_of(sign_in(client, of.owner).get(page(of)))

    assert "No scorecard yet" in text
    assert "Hallucination rate" in text
    assert "Begin with these" in text


def test_it_begins_with_the_template_and_nothing_is_missing(client, of):
    client = sign_in(client, of.owner)

    answer = client.post(page(of), {"act": "begin", "version": 0})

    held = ScorecardLine.objects.filter(system=of, until_at=None)
    text = text_of(client.get(page(of)))
    assert answer.status_code == 302
    assert held.count() == 5
    assert set(held.values_list("owner", flat=True)) == {of.owner_id}
    assert "Nothing here tells of" not in text


def test_a_line_is_added_changed_and_taken_off(client, of):
    client = sign_in(client, of.owner)
    given = line(of) | {"version": 0, "act": "add", "target": "0.95"}

    added = client.post(page(of), given)
    changed = client.post(
        page(of, "accuracy"), line(of, on_breach="Ring her.") | {"version": 1, "act": "change"}
    )
    text = text_of(client.get(page(of)))
    off = client.post(page(of, "accuracy"), {"version": 2, "act": "off"})

    assert [one.status_code for one in (added, changed, off)] == [302, 302, 302]
    assert "Ring her." in text
    assert "Nothing here tells of speed, cost, risk or adoption." in text
    assert not ScorecardLine.objects.filter(system=of, until_at=None).exists()
    assert ScorecardLine.objects.filter(system=of).count() == 2


def test_a_page_that_is_out_of_date_is_told(client, of):
    chosen(of, "accuracy")

    answer = sign_in(client, of.owner).post(
        page(of), line(of, "recall") | {"version": 0, "act": "add"}
    )

    assert answer.status_code == 400
    assert "changed this scorecard meanwhile" in text_of(answer)


def test_what_is_wrong_stands_beside_its_field(client, of):
    given = line(of, on_breach=" ") | {"version": 0, "act": "add", "target": "nan"}

    answer = sign_in(client, of.owner).post(page(of), given)

    assert answer.status_code == 400
    assert not ScorecardLine.objects.exists()


def test_who_only_looks_sees_who_sets_it(client, of):
    auditor = person(of=of.unit)
    role(auditor, "auditor", unit=of.unit)
    chosen(of, "accuracy")
    client = sign_in(client, auditor)

    text = text_of(client.get(page(of)))
    answer = client.post(page(of), {"act": "add", "version": 1} | line(of, "recall"))

    assert "that takes the owner" in text
    assert "Add a KPI" not in text
    assert answer.status_code == 403


def test_a_line_that_is_not_there_is_not_found(client, of):
    assert sign_in(client, of.owner).get(page(of, "accuracy")).status_code == 404


def test_a_stranger_sees_nothing(client, of):
    client = sign_in(client, person(of=unit()))

    assert client.get(page(of)).status_code == 404
    assert client.get(api(of)).status_code == 404


def test_the_api_sets_a_whole_one_and_tells_what_is_missing(client, of):
    client = sign_in(client, of.owner)
    lines = [line(of), line(of, "deflection_rate", "cost", target=0.4)]

    answer = put(client, of, lines)

    found = answer.json()
    assert answer.status_code == 200, found
    assert (answer["ETag"], found["version"]) == ('"1"', 1)
    assert [one["kpi"] for one in found["lines"]] == ["accuracy", "deflection_rate"]
    assert found["lines"][1]["counter_metric"] == "reopen_rate"
    assert [one["code"] for one in found["findings"]] == [
        "perspective_missing",
        "guardrail_missing",
    ]


def test_the_api_asks_which_version_was_seen(client, of):
    client = sign_in(client, of.owner)
    put(client, of, [line(of)])

    assert put(client, of, [], version="").status_code == 428
    assert put(client, of, [], version='"0"').status_code == 409


def test_a_token_reads_and_does_not_set(client, of):
    chosen(of, "accuracy")
    _, plain = token(systems=[of])
    headers = {"Authorization": f"Token {plain}"}

    read = client.get(api(of), headers=headers)
    written = client.put(api(of), "{}", content_type="application/json", headers=headers)

    assert (read.status_code, written.status_code) == (200, 403)


def test_it_is_read_as_it_was(client, of):
    chosen(of, "accuracy")
    client = sign_in(client, of.owner)
    put(client, of, [], version='"1"')

    then = client.get(api(of), {"as_of": (AT + dt.timedelta(minutes=1)).isoformat()}).json()

    assert [one["kpi"] for one in then["lines"]] == ["accuracy"]
    assert client.get(api(of)).json()["lines"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"kpi": "unheard"},
        {"kpi": "\x00"},
        {"kpi": ["accuracy"]},
        {"perspective": "beauty"},
        {"owner": "00000000-0000-4000-8000-000000000000"},
        {"owner": "nobody"},
        {"on_breach": ""},
        {"on_breach": "x" * 201},
        {"on_breach": "a\x00b"},
        {"target": "much"},
        {"target": 1e308 * 10},
        {"target": 1e300},
    ],
)
def test_hostile_lines_are_refused_in_words(client, of, changes):
    answer = put(sign_in(client, of.owner), of, [line(of, **changes)])

    assert answer.status_code == 400, answer.content
    assert not ScorecardLine.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", '{"lines": {}}', '{"lines": [1]}', '{"lines": null}'])
def test_what_is_no_scorecard_is_refused(client, of, body):
    client = sign_in(client, of.owner)

    answer = client.put(api(of), body, content_type="application/json", headers={"If-Match": '"0"'})

    assert answer.status_code == 400


def test_a_list_that_is_too_long_is_refused(client, of):
    assert put(sign_in(client, of.owner), of, [line(of)] * 500).status_code == 400


def test_the_system_page_puts_the_chosen_first_with_what_is_done(client):
    house = org.organised().house
    catalogue()
    chosen(house.system, "accuracy", "latency_p95")

    text = text_of(sign_in(client, house.owner).get(f"/systems/{house.system.slug}/"))

    assert "Act." in text
    assert "Latency p95" in text
    assert text.index("Accuracy") < text.index("Latency p95")
    assert "no data" in text


def test_lines_are_moved_on_the_page_without_a_script(client, of):
    chosen(of, "accuracy", "recall", "precision")
    client = sign_in(client, of.owner)

    shown = client.get(page(of)).content.decode()
    done = client.post(page(of), {"act": "up", "kpi": "precision", "version": 1})
    beyond = client.post(page(of), {"act": "up", "kpi": "accuracy", "version": 2})
    stale = client.post(page(of), {"act": "down", "kpi": "accuracy", "version": 1})

    held = ScorecardLine.objects.filter(system=of, until_at=None).order_by("position")
    assert shown.count('value="up"') == 3
    assert shown.count(" disabled") == 2
    assert (done.status_code, beyond.status_code, stale.status_code) == (302, 404, 302)
    assert [one.kpi_id for one in held] == ["accuracy", "precision", "recall"]
