"""Packs as of a past instant: what is asked for, what is refused, what is collected."""

import datetime as dt

import pytest
from django.urls import reverse

from ledger.context import acting_as
from ledger.rules.refusals import Invalid
from ledger.selectors.lines import newest_number
from reports.collectors.decisions import collect_decisions
from reports.collectors.incidents import collect_incidents
from reports.collectors.readings import collect_series
from reports.collectors.system import collect_deployments, collect_system
from reports.models import Pack
from reports.rules.asked import Wanted
from reports.selectors.packs import scope_of
from reports.services.packs import request_pack
from tests.governance import organisation as org
from tests.governance.pages import signed_in, stand_at, text_of
from tests.incidents import factory as cases
from tests.incidents.factory import AT, LONG_AGO, SETUP, acting

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
LATER = AT + 48 * HOUR


@pytest.fixture(autouse=True)
def _standing_clock():
    stand_at(LATER)
    yield
    stand_at(None)


@pytest.fixture
def of():
    """An incident was opened at AT, acknowledged after an hour, decided on after a day."""
    made = org.organised()
    (incident,) = org.read(made)
    cases.do(incident, "acknowledge", made.house.owner, at=AT + HOUR)
    made.known = newest_number()
    cases.evidence(incident, made.house.owner, AT + 24 * HOUR)
    cases.do(incident, "submit_findings", made.house.owner, at=AT + 24 * HOUR)
    cases.validated(made.house, incident, AT + 24 * HOUR)
    org.convened(made, incident, at=AT + 24 * HOUR)
    ended(made)
    return made


def ended(made):
    """What changed of the system itself after a day."""
    house, at = made.house, AT + 24 * HOUR
    live = house.system.deployments.get()
    live.until_at, house.system.purpose = at, "Another purpose."
    made.standing.state = "OK"
    with acting_as(SETUP):
        for row in (live, house.system, made.standing):
            row.save(at=at)


def asked(of, as_of, *, at=LATER, until=LATER):
    actor = acting(of.house.auditor)
    with acting_as(actor):
        return request_pack(
            wanted=Wanted(system_id=of.house.system.pk),
            since=LONG_AGO,
            until=until,
            as_of=as_of,
            actor=actor,
            at=at,
        )


def test_a_pack_of_an_instant_ends_there_and_knows_no_later_entry(of):
    pack = asked(of, AT + 2 * HOUR)

    assert (pack.as_of, pack.until) == (AT + 2 * HOUR, AT + 2 * HOUR)
    assert pack.newest_entry == of.known
    assert scope_of(pack).as_of == AT + 2 * HOUR


def test_a_pack_without_an_instant_is_of_its_request(of):
    pack = asked(of, None)

    assert (pack.as_of, pack.until) == (None, LATER)
    assert scope_of(pack).as_of == LATER


def test_what_is_collected_stands_as_it_did_then(of):
    then, now = scope_of(asked(of, AT + 2 * HOUR)), scope_of(asked(of, None))

    (before,), (after,) = collect_incidents(then), collect_incidents(now)

    assert (before.state, len(before.transitions)) == ("INVESTIGATING", 2)
    assert (before.findings, before.evidence, before.validations) == ([], [], [])
    assert (after.state, len(after.findings)) == ("DECISION", 1)
    assert collect_decisions(then, [before.id]) == []
    assert len(collect_decisions(now, [after.id])) == 1


def test_the_system_and_its_standings_are_told_as_they_were(of):
    then, now = scope_of(asked(of, AT + 2 * HOUR)), scope_of(asked(of, None))

    told = [
        (
            collect_system(scope).purpose,
            collect_deployments(scope)[0].until_at,
            collect_series(scope)[0].standing.state,
        )
        for scope in (then, now)
    ]

    assert told == [
        ("Says which claims are paid.", None, "CRITICAL"),
        ("Another purpose.", AT + 24 * HOUR, "OK"),
    ]


@pytest.mark.parametrize(
    ("as_of", "words"),
    [(LATER + HOUR, "has not come yet"), (LONG_AGO - HOUR, "was registered on 16 November 2025")],
)
def test_an_instant_to_come_or_before_the_system_is_refused(of, as_of, words):
    with pytest.raises(Invalid, match=words) as refused:
        asked(of, as_of)

    assert list(refused.value.fields) == ["as_of"]


def test_the_api_takes_an_instant_in_the_callers_zone(client, of):
    body = {
        "system": of.house.system.slug,
        "since": LONG_AGO.isoformat(),
        "until": LATER.isoformat(),
        "as_of": "2026-11-16T12:00",
    }

    answer = signed_in(client, of.house.auditor).post(
        "/api/v1/packs/", body, content_type="application/json"
    )

    assert answer.status_code == 202, answer.content
    assert answer.json()["as_of"] == "2026-11-16T11:00:00Z"


def test_the_form_takes_an_instant_and_says_what_is_wrong_with_one(client, of):
    form = {"about": f"system:{of.house.system.slug}", "kind": "everything"}
    form |= {"recipient": "auditor", "first": "2026-11-01", "last": "2026-11-18"}
    reader = signed_in(client, of.house.auditor)

    wrong = reader.post(reverse("packs"), form | {"as_of": "2026-11-19T10:00"})
    right = reader.post(reverse("packs"), form | {"as_of": "2026-11-17T10:00"})

    assert "has not come yet" in text_of(wrong)
    assert right.status_code == 302
    assert Pack.objects.get().as_of == dt.datetime(2026, 11, 17, 9, tzinfo=dt.UTC)
