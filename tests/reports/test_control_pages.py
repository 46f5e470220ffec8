"""Pages and API of controls: who reads them, what they show, on which day (GOV-3, MS-6, AUD-3)."""

import csv
import datetime as dt
import io

import pytest
from django.test import Client

from outbox import clock
from registry.services.versions import register_version
from tests.registry.factories import call, role, token, unit, user
from tests.registry.law_house import words_of
from tests.reports.control_house import HIGH, LATER, Controlled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("law")]


@pytest.fixture
def of():
    """Two systems, both high-risk by Annex III, and the clock at their instant."""
    clock.shift(LATER - dt.datetime.now(dt.UTC))
    return Controlled(systems=2, facts=HIGH)


def client_of(who):
    """Return a client of somebody who is signed in."""
    found = Client()
    found.force_login(who)
    return found


def page(of, address, who=None):
    """Return the words of a page that the officer, or somebody else, opens."""
    answer = client_of(who or of.officer).get(address)
    assert answer.status_code == 200, (address, answer.content[:300])
    return words_of(answer.content.decode())


def told(of, address, who=None):
    """Return what the API answers."""
    answer = client_of(who or of.officer).get(f"/api/v1/controls/{address}")
    assert answer.status_code == 200, (address, answer.content[:300])
    return answer.json()


def test_the_first_page_says_the_situation_in_a_sentence_a_framework(of):
    words = page(of, "/controls/")

    assert "ISO/IEC 42001: " in words
    assert " satisfied, " in words
    assert "EU AI Act" in words
    assert "NIST AI RMF" in words


def test_a_framework_shows_all_its_controls_with_state_gap_and_who_mends_it(of):
    words = page(of, "/controls/iso-42001/")

    assert words.count("Annex A.") >= 38
    assert "Impact assessment in force: System 00, System 01: nothing on record." in words
    assert of.officer.name in words


def test_a_control_shows_evidence_coverage_crosswalk_and_its_confidence(of):
    words = page(of, "/controls/ai-act/AIA-14/")

    assert "Human oversight by design" in words
    assert "0 of 2 systems" in words
    assert "MANAGE 2" in words
    assert "high" in words
    assert "from 2 December 2027" in words


def test_the_pages_of_one_system_speak_of_it_alone(of):
    first, second = of.systems

    words = page(of, f"/systems/{first.slug}/controls/")
    listed = page(of, f"/controls/iso-42001/?system={first.slug}")

    assert first.name in words
    assert "0 of 1 system" in listed
    assert second.name not in listed


def test_an_owner_reads_the_controls_of_their_own_systems_and_of_no_other(of):
    first, second = of.systems
    owner = first.owner

    found = told(of, "iso-42001", who=owner)
    other = client_of(owner).get(f"/api/v1/controls/?system={second.slug}")

    covered = {one["coverage"] for one in found if one["coverage"]}
    assert covered
    assert all(words.endswith("of 1 system") for words in covered)
    assert other.status_code == 404


@pytest.mark.parametrize("name", ["engineer", "administrator", "secretary"])
def test_who_holds_another_role_is_refused_with_who_can(of, name):
    somebody = user(of=of.unit)
    role(somebody, name, unit=of.unit)

    answer = client_of(somebody).get("/api/v1/controls/")

    assert answer.status_code == 403
    assert "an auditor" in answer.json()["detail"]


def test_an_auditor_reads_them(of):
    somebody = user(of=of.unit)
    role(somebody, "auditor", unit=of.unit)

    assert len(told(of, "ai-act", who=somebody)) == 94


def test_a_token_with_the_scope_reads_the_controls_of_its_systems_alone(of):
    _, secret = token(systems=[of.systems[0]])

    answer = Client().get("/api/v1/controls/", headers={"Authorization": f"Token {secret}"})
    other = Client().get(
        f"/api/v1/controls/iso-42001?system={of.systems[1].slug}",
        headers={"Authorization": f"Token {secret}"},
    )

    assert answer.status_code == 200
    assert other.status_code == 404


def test_the_sheet_holds_what_the_page_shows(of):
    answer = client_of(of.officer).get("/controls/iso-42001/list.csv?state=missing")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    missing = [one for one in told(of, "iso-42001") if one["state"] == "missing"]
    assert [row["control"] for row in rows] == [one["provision"] for one in missing]
    assert all(row["missing"] for row in rows)


def test_readiness_says_the_day_the_counts_and_the_work_in_its_order(of):
    words = page(of, "/controls/readiness/?on=2030-03-01")
    found = told(of, "readiness?on=2030-03-01")

    assert "On 1 March 2030" in words
    assert found["day"] == "2030-03-01"
    assert found["work"][0]["binding"] >= found["work"][-1]["binding"]
    assert found["work"][0]["words"] in words


@pytest.mark.parametrize("day", ["yesterday", "2020-01-01", "9999-12-31", "2027-13-45", "\x00"])
def test_a_day_that_cannot_be_is_refused_in_words(of, day):
    shown = client_of(of.officer).get("/controls/readiness/", {"on": day})
    answer = client_of(of.officer).get("/api/v1/controls/readiness", {"on": day})

    assert (shown.status_code, answer.status_code) == (400, 400)


@pytest.mark.parametrize(
    "address",
    [
        "nothing",
        "iso-42001/nothing",
        "iso-42001/AIA-9",
        "?system=nothing",
        "?system=%00",
        "iso-42001/%00",
    ],
)
def test_what_is_not_there_is_not_found(of, address):
    answer = client_of(of.officer).get(f"/api/v1/controls/{address}")

    assert answer.status_code == 404


def test_the_controls_of_a_past_instant_leave_out_what_came_later(of):
    clock.shift(LATER + dt.timedelta(days=5) - dt.datetime.now(dt.UTC))
    call(
        register_version,
        system_id=of.systems[0].pk,
        label="2.0",
        digest=f"sha256:{'2' * 64}",
        author_id=of.officer.pk,
        at=LATER + dt.timedelta(days=1),
    )

    now = told(of, "ai-act/AIA-11")["evidence"]
    then = told(of, f"ai-act/AIA-11?as_of={LATER:%Y-%m-%dT%H:%M:%SZ}")["evidence"]

    counted = [{one["source"]: one["count"] for one in rows}["change_log"] for rows in (now, then)]
    assert counted == [1, 0]


def test_who_has_no_system_is_taught_what_to_do(of):
    elsewhere = unit()
    somebody = user(of=elsewhere)
    role(somebody, "auditor", unit=elsewhere)

    words = page(of, "/controls/", who=somebody)

    assert "No system yet" in words


def test_nothing_claims_conformity(of):
    words = page(of, "/controls/ai-act/") + page(of, "/controls/")

    assert "compliant with" not in words.lower()
    assert "It says nothing of conformity." in words
