"""CLK-13: which reporting regimes the organisation and its systems fall under, and who says so."""

import json

import pytest

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import OrganisationProfile, SystemRegimes
from registry.selectors.regimes import profile_of
from registry.services.reference import load_document, shipped
from registry.services.regimes import set_organisation_profile, set_system_regimes
from tests.registry.factories import call, person_as_actor, role, system, unit, user

pytestmark = pytest.mark.django_db

DORA, NIS2 = "financial_entity", "essential_or_important_entity"
YES = {"answer": "yes", "source": "licence of 3 March 2026"}
ADDRESS = "/api/v1/law/organisation"


@pytest.fixture
def home():
    """A unit, with the questions on regimes loaded."""
    for name in ("sources", "regimes", "clock_rules"):
        call(load_document, document=next(one for one in shipped() if one["name"] == name))
    return unit()


@pytest.fixture
def officer(home):
    person = user(of=home)
    role(person, "compliance", unit=home)
    return person


def decide(person, answers, *, version=0, reason="asked counsel"):
    return call(
        set_organisation_profile,
        answers=answers,
        expected_version=version,
        reason=reason,
        actor=person_as_actor(person),
    )


def test_what_nobody_decided_is_undecided(home):
    assert profile_of(None).of_fact(DORA).answer == "undecided"


def test_an_answer_is_kept_with_what_it_rests_on_and_who_gave_it(officer):
    row = decide(officer, {DORA: YES})

    found = profile_of(None).of_fact(DORA)
    entry = json.loads(bytes(Entry.objects.get(verb="regimes.set").body))
    assert (found.answer, found.source, found.of_system) == ("yes", YES["source"], False)
    assert (row.version, row.decided_by, row.reason) == (1, officer, "asked counsel")
    assert entry["after"] == {DORA: YES}


def test_another_answer_leaves_the_first_and_its_past(officer):
    decide(officer, {DORA: YES})

    row = decide(officer, {NIS2: {"answer": "no", "source": "size"}}, version=1)

    assert row.answer(DORA) == "yes"
    assert row.answer(NIS2) == "no"
    assert [past.version for past in row.history.order_by("version")] == [1, 2]


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({DORA: {"answer": "yes", "source": " "}}, DORA),
        ({DORA: {"answer": "perhaps", "source": "x"}}, DORA),
        ({DORA: {"answer": "no", "source": "x\x00"}}, DORA),
        ({DORA: {"answer": "no", "source": "x" * 2001}}, DORA),
        ({"casino": YES}, "casino"),
    ],
)
def test_an_answer_that_is_not_right_is_refused_by_name(officer, answers, field):
    with pytest.raises(Invalid) as caught:
        decide(officer, answers)

    assert set(caught.value.fields) == {field}
    assert not OrganisationProfile.objects.exists()


def test_no_answer_without_a_reason(officer):
    with pytest.raises(Invalid) as caught:
        decide(officer, {DORA: YES}, reason=" ")

    assert set(caught.value.fields) == {"reason"}


def test_a_stale_version_is_refused(officer):
    decide(officer, {DORA: YES})

    with pytest.raises(Conflict):
        decide(officer, {DORA: YES}, version=0)


def test_only_compliance_decides(home):
    person = user(of=home)
    role(person, "engineer", unit=home)

    with pytest.raises(Forbidden):
        decide(person, {DORA: YES})


def test_a_systems_own_answer_wins_and_undecided_follows_the_organisation(officer, home):
    decide(officer, {DORA: YES, NIS2: YES})
    one = system(of=home)

    call(
        set_system_regimes,
        system=one,
        answers={DORA: {"answer": "no", "source": "canteen"}, NIS2: {"answer": "undecided"}},
        expected_version=0,
        reason="asked",
        actor=person_as_actor(officer),
    )

    profile = profile_of(one.pk)
    assert (profile.of_fact(DORA).answer, profile.of_fact(DORA).of_system) == ("no", True)
    assert (profile.of_fact(NIS2).answer, profile.of_fact(NIS2).of_system) == ("yes", False)


def form(**changes):
    """Return what the page sends: undecided for all but the changes."""
    facts = [DORA, NIS2, "critical_entity", "manufacturer_of_digital_products"]
    given = {fact: "undecided" for fact in [*facts, "device_manufacturer"]}
    return given | {"version": "0", "reason": "asked counsel"} | changes


def test_the_page_decides_and_says_so(client, officer):
    client.force_login(officer)

    client.post("/law/organisation/", form(**{DORA: "yes", f"{DORA}_source": "licence"}))

    shown = client.get("/law/organisation/").content.decode()
    assert OrganisationProfile.objects.get().answer(DORA) == "yes"
    assert "licence" in shown
    assert "To be decided" in shown


def test_the_page_wants_what_a_yes_rests_on(client, officer):
    client.force_login(officer)

    response = client.post("/law/organisation/", form(**{DORA: "yes"}))

    assert response.status_code == 400
    assert "Say what the answer rests on" in response.content.decode()


def test_who_may_not_decide_sees_the_answers_and_why_not(client, home):
    person = user(of=home)
    client.force_login(person)

    shown = client.get("/law/organisation/")
    refused = client.post("/law/organisation/", form())

    assert "a compliance officer" in shown.content.decode()
    assert "Save the regimes" not in shown.content.decode()
    assert refused.status_code == 403


def test_a_system_decides_on_its_own_page(client, officer, home):
    one = system(of=home)
    client.force_login(officer)

    client.post(f"/systems/{one.slug}/regimes/", form(**{DORA: "no", f"{DORA}_source": "canteen"}))

    assert SystemRegimes.objects.get(system=one).answer(DORA) == "no"
    assert "canteen" in client.get(f"/systems/{one.slug}/obligations/").content.decode()


@pytest.mark.parametrize("page", ["obligations", "regimes"])
def test_a_system_of_others_is_not_there(client, officer, page):
    one = system(of=unit())
    client.force_login(officer)

    assert client.get(f"/systems/{one.slug}/{page}/").status_code == 404
    assert client.get(f"/api/v1/systems/{one.slug}/{page}").status_code == 404


def put(client, body, **headers):
    return client.put(ADDRESS, json.dumps(body), content_type="application/json", headers=headers)


def test_the_api_reads_and_writes_with_a_precondition(client, officer):
    client.force_login(officer)
    first = client.get(ADDRESS)

    answer = put(client, {"answers": {DORA: YES}, "reason": "asked"}, **{"If-Match": first["ETag"]})

    assert first["ETag"] == '"0"'
    assert (answer.status_code, answer["ETag"]) == (200, '"1"')
    assert {one["fact"]: one["answer"] for one in answer.json()["regimes"]}[DORA] == "yes"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"answers": {DORA: YES}, "reason": "asked"}, {}, 428),
        ({"answers": {DORA: YES}, "reason": "asked"}, {"If-Match": '"7"'}, 409),
        ({"answers": {DORA: "yes"}, "reason": "asked"}, {"If-Match": '"0"'}, 400),
        ({"answers": [], "reason": "asked"}, {"If-Match": '"0"'}, 400),
        ({"answers": {"\x00": YES}, "reason": "asked"}, {"If-Match": '"0"'}, 400),
        ({"answers": {DORA: YES}}, {"If-Match": '"0"'}, 400),
    ],
)
def test_the_api_refuses_in_words(client, officer, body, headers, status):
    client.force_login(officer)

    assert put(client, body, **headers).status_code == status
