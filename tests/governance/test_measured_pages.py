"""What is computed of a system, over pages and API: defined, looked at, stopped; labels by API.

TEL-2, KPI-8.
"""

import datetime as dt
import json
import re
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ledger.models import Entry
from ledger.selectors.lines import lines_of_object
from outbox import clock
from telemetry.models import Computation, EventLabel, Measurement, Tally, TallyScope
from telemetry.services.tallies import extend_tallies
from tests.registry.factories import AT, role, sign_in, token
from tests.registry.factories import user as person
from tests.telemetry.factory import (
    START,
    computed,
    event,
    label,
    measured,
    take_events,
)

pytestmark = pytest.mark.django_db
MIDNIGHT = START.replace(hour=0)
MINUTE = dt.timedelta(minutes=1)
FORM = {"kpi": "accuracy", "window": "86400", "environment": "production"}
GAP = {
    "kpi": "demographic_parity_difference", "window": "1d", "attribute": "age", "positive": "a",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _standing_clock():
    clock.shift(dt.timedelta(0))
    clock.shift(AT + dt.timedelta(hours=1) - clock.now())
    yield
    clock.shift(dt.timedelta(0))


@pytest.fixture
def of():
    return measured(stated=None)


def page(of, one=None):
    return f"/systems/{of.slug}/measured/{f'{one.pk}/' if one else ''}"


def api(of, rest=""):
    return f"/api/v1/systems/{of.slug}/computations/{rest}"


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def post(client, path, body):
    return client.post(path, json.dumps(body), content_type="application/json")


def answers(of, count=20):
    """Answers of one day, three quarters of them right, a fifth of them of shop 2."""
    return [
        event(of, n, at=MIDNIGHT + n * MINUTE, answer="a", truth="a" if n % 4 else "b",
              segment={"shop": "2" if n % 5 == 0 else "1"})
        for n in range(count)
    ]  # fmt: skip


def test_a_page_without_computations_says_how_to_begin(client, of):
    text = text_of(sign_in(client, of.owner).get(page(of)))

    assert "Nothing is computed yet" in text
    assert "Compute it from now on" in text


def test_the_owner_has_a_kpi_computed_and_sees_its_newest_figure(client, of):
    browser = sign_in(client, of.owner)

    answer = browser.post(page(of), FORM)
    take_events(answers(of))

    assert answer.status_code == 302
    text = text_of(browser.get(page(of)))
    assert "75.0" in text
    assert Entry.objects.filter(verb="computation.defined").count() == 1


def test_groups_under_ten_stand_on_no_page(client, of):
    one = computed(of, attribute="shop")
    take_events(answers(of))

    text = text_of(sign_in(client, of.owner).get(page(of, one)))

    rows = re.findall(r"all events|shop|\b2 \d", text)
    assert "all events" in rows
    assert Measurement.objects.filter(series__segment="shop=2").count() == 0
    assert Measurement.objects.filter(series__segment="shop=1").count() == 1


def test_what_is_not_right_stands_beside_the_field(client, of):
    answer = sign_in(client, of.owner).post(page(of), FORM | {"kpi": "recall"})

    assert answer.status_code == 400
    assert "It needs to know which answer counts." in text_of(answer)
    assert not Computation.objects.exists()


def test_a_reader_without_the_role_sees_the_page_and_is_told_who_defines(client, of):
    reader = person(of=of.unit)
    role(reader, "auditor", unit=of.unit)

    browser = sign_in(client, reader)

    assert "define what is computed" in text_of(browser.get(page(of)))
    assert browser.post(page(of), FORM).status_code == 403
    assert not Computation.objects.exists()


def test_a_stranger_finds_nothing(client, of):
    stranger = person()

    browser = sign_in(client, stranger)

    assert browser.get(page(of)).status_code == 404
    assert browser.get(api(of)).status_code == 404


def test_a_computation_is_stopped_with_a_reason_and_resumed(client, of):
    one = computed(of)
    browser = sign_in(client, of.owner)

    browser.post(page(of, one), {"reason": "replaced by recall"})
    stopped = Computation.objects.get().active
    take_events(answers(of))
    while_stopped = Measurement.objects.count()
    browser.post(page(of, one), {"reason": "needed after all"})
    take_events([event(of, 99, at=MIDNIGHT, answer="a", truth="a")])

    assert (stopped, while_stopped) == (False, 0)
    assert Measurement.objects.get().n == 21
    reasons = Entry.objects.filter(verb__startswith="computation.").order_by("id")
    assert [one.verb for one in reasons] == [
        "computation.defined", "computation.stopped", "computation.resumed",
    ]  # fmt: skip


def test_sums_of_what_is_stopped_are_forgotten_so_that_none_are_missing_later(client, of):
    one = computed(of)
    take_events(answers(of))
    while extend_tallies(AT):
        pass
    before = Tally.objects.count()

    sign_in(client, of.owner).post(page(of, one), {"reason": "no use"})

    assert before > 0
    assert (Tally.objects.count(), TallyScope.objects.count()) == (0, 0)


def test_by_api_it_is_defined_listed_stopped_and_resumed(client, of):
    browser = sign_in(client, of.owner)

    made = post(browser, api(of), {"kpi": "latency_p95", "window": "1d", "attribute": "shop"})
    key = made.json()["id"]
    again = post(browser, api(of), {"kpi": "latency_p95", "window": "1d", "attribute": "shop"})
    stopped = post(browser, api(of, f"{key}/stop"), {"reason": "why"})
    resumed = post(browser, api(of, f"{key}/resume"), {"reason": "why"})

    assert (made.status_code, again.status_code) == (201, 409)
    assert (stopped.json()["active"], resumed.json()["active"]) == (False, True)
    assert [one["id"] for one in browser.get(api(of)).json()] == [key]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kpi": "no_such", "window": "1d"}, "kpi"),
        ({"kpi": "accuracy", "window": "1y"}, "window"),
        ({"kpi": "accuracy", "window": "999d"}, "window"),
        ({"kpi": "accuracy", "window": "1d", "cadence": "0s"}, "cadence"),
        ({"kpi": "accuracy", "window": "1d", "attribute": "a\x00"}, "attribute"),
        ({"kpi": "budget_consumption", "window": "1d", "limit": -1}, "limit"),
        ({"kpi": "budget_consumption", "window": "1d", "limit": 1e300}, "limit"),
        ({"kpi": "near_misses", "window": "1d", "attribute": "shop"}, "attribute"),
        ({"kpi": "disparate_impact_ratio", "window": "1d", "positive": "a"}, "attribute"),
        (GAP, "legal_basis"),
        (GAP | {"legal_basis": "x" * 201}, "legal_basis"),
        (GAP | {"legal_basis": " "}, "legal_basis"),
        ({"kpi": "roc_auc", "window": "1d"}, "positive"),
        ({"window": "1d"}, "kpi"),
    ],
)
def test_what_cannot_be_computed_is_refused_by_field(client, of, body, field):
    answer = post(sign_in(client, of.owner), api(of), body)

    assert answer.status_code == 400
    assert field in json.dumps(answer.json())
    assert not Computation.objects.exists()


def test_a_gap_carries_the_legal_basis_of_its_attribute(client, of):
    browser = sign_in(client, of.owner)

    made = post(browser, api(of), GAP | {"legal_basis": "AI Act Art. 10(5)"})

    assert made.json()["legal_basis"] == "AI Act Art. 10(5)"
    assert "AI Act Art. 10(5)" in text_of(browser.get(page(of, Computation.objects.get())))
    (line,) = lines_of_object(object_type="computation", object_id=made.json()["id"])
    assert line.body["after"]["legal_basis"] == "AI Act Art. 10(5)"


@pytest.mark.bypass
def test_an_old_gap_without_a_basis_says_so_and_is_resumed_with_one_only(client, of):
    one = computed(of, GAP["kpi"], attribute="age", positive="a")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE telemetry_computation SET legal_basis = '', active = false")
    browser = sign_in(client, of.owner)

    said = text_of(browser.get(page(of, one)))
    without = browser.post(page(of, one), {"reason": "needed"}).status_code
    told = post(browser, api(of, f"{one.pk}/resume"), {"reason": "needed"}).status_code
    resumed = browser.post(page(of, one), {"reason": "needed", "legal_basis": "Art. 9(2)(g)"})

    assert "No legal basis on record" in said
    assert (without, told, resumed.status_code) == (400, 400, 302)
    one.refresh_from_db()
    assert (one.active, one.legal_basis) == (True, "Art. 9(2)(g)")


def test_another_systems_computation_is_not_there(client, of):
    other = measured(stated=None)
    one = computed(other)
    browser = sign_in(client, of.owner)

    answers_given = [
        browser.get(page(of, one)).status_code,
        post(browser, api(of, f"{one.pk}/stop"), {"reason": "x"}).status_code,
        post(browser, api(of, f"{uuid.uuid4()}/stop"), {"reason": "x"}).status_code,
    ]

    assert answers_given == [404, 404, 404]


def test_a_token_sends_labels_and_a_person_does_not(client, of):
    computed(of)
    take_events([event(of, n, at=MIDNIGHT + n * MINUTE, answer="a") for n in range(10)])
    _, key = token(scopes=["decisions:write"], systems=[of])
    body = {"labels": [label(of, n, at=MIDNIGHT + n * MINUTE) for n in range(10)]}

    by_person = post(sign_in(client, of.owner), "/api/v1/labels", body)
    client.logout()
    headers = {"Authorization": f"Token {key}"}
    by_token = client.post(
        "/api/v1/labels", json.dumps(body), content_type="application/json", headers=headers
    )

    assert by_person.status_code == 403
    assert (by_token.status_code, by_token.json()["accepted"], by_token.json()["computed"]) == (
        200, 10, 1,
    )  # fmt: skip
    assert EventLabel.objects.count() == 10


def test_the_command_says_where_sums_differ_and_makes_them_again(of, capsys):
    computed(of)
    take_events(answers(of))
    while extend_tallies(AT):
        pass
    Tally.objects.all().delete()

    with pytest.raises(CommandError):
        call_command("rebuild_tallies", "--check")
    call_command("rebuild_tallies")
    call_command("rebuild_tallies", "--check", "--json")

    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {
        "systems": 1,
        "differing_hours": 0,
    }
