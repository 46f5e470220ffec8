"""Pages of the law: LAW-01, LAW-02, LAW-04 to LAW-06, CLK-13, GOV-3."""

import pytest

from registry.services.reference import load_reference
from tests.registry.factories import call, role, system, token, unit, user
from tests.registry.law_house import SYSTEMS, classified, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    home = unit()
    person = user(of=home)
    role(person, "compliance", unit=home)
    client.force_login(person)
    call(load_reference)
    client.home = home
    return client


@pytest.mark.parametrize(
    "address",
    [
        "/law/",
        "/law/?q=oversight",
        "/law/ai-act/",
        "/law/ai-act/?kind=penalty",
        "/law/iso-42001/",
        "/law/nist-ai-rmf/",
        "/law/ai-act/AIA-26.5/",
        "/law/ai-act/AIA-26(5)/",
        "/law/iso-42001/ISO-A.6.2.8/",
        "/law/nist-ai-rmf/MEASURE-2.11/",
        "/law/clocks/",
        "/law/organisation/",
    ],
)
def test_a_page_of_the_law_opens(reader, address):
    response = reader.get(address)

    assert response.status_code == 200, response.content[:500]


def test_the_pages_of_a_system_open(reader):
    one = system(of=reader.home)

    for page in ("obligations", "regimes"):
        assert reader.get(f"/systems/{one.slug}/{page}/").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/law/updates/",
        "/api/v1/law/frameworks/",
        "/api/v1/law/provisions/?framework=ai-act&kind=obligation",
        "/api/v1/law/provisions/AIA-27",
        "/api/v1/law/milestones/",
        "/api/v1/law/clock-rules/",
        "/api/v1/law/questionnaires/reporting-regimes",
        "/api/v1/law/organisation",
        "/api/v1/law/updates/",
    ],
)
def test_an_endpoint_of_the_law_answers(reader, address):
    assert reader.get(address).status_code == 200


def test_a_system_without_a_classification_is_told_that_all_is_to_be_decided(reader):
    one = system(of=reader.home)

    said = words_of(reader.get(f"/systems/{one.slug}/obligations/").content.decode())

    assert "Not classified yet" in said
    assert "2 December 2027" not in said


def test_a_fact_that_nobody_decided_is_named_and_gives_no_due_date(reader):
    facts = SYSTEMS["credit"] | {"waiting": ["public_authority"], "answers": {}}
    one = classified(system(of=reader.home), **facts)

    said = words_of(reader.get(f"/systems/{one.slug}/obligations/").content.decode())

    assert "used by a public body" in said
    assert "if this is the system's case: to be decided" in said
    assert "Adopted, from a later day" not in said


def test_the_page_of_a_provision_names_the_readers_systems_and_no_others(reader):
    mine = classified(system(of=reader.home, name="Mine"), **SYSTEMS["credit"])
    classified(system(of=unit(), name="Of others"), **SYSTEMS["credit"])

    said = words_of(reader.get("/law/ai-act/AIA-27/").content.decode())

    assert mine.name in said
    assert "Of others" not in said


def test_a_search_finds_by_number_and_by_word(reader):
    by_number = words_of(reader.get("/law/?q=26(5)").content.decode())
    by_word = words_of(reader.get("/law/?q=rubber%20duck").content.decode())

    assert "Art. 26(5)" in by_number
    assert "Nothing is found" in by_word


@pytest.mark.parametrize(
    "address",
    [
        "/law/none/",
        "/law/ai-act/AIA-999/",
        "/law/iso-42001/AIA-27/",
        "/law/ai-act/%00/",
        f"/law/ai-act/{'x' * 300}/",
        "/api/v1/law/provisions/AIA-999",
        "/api/v1/law/provisions/%00",
        "/api/v1/law/questionnaires/none",
        "/systems/none/obligations/",
    ],
)
def test_what_is_not_there_is_a_404_in_words(reader, address):
    response = reader.get(address)

    assert response.status_code == 404


@pytest.mark.parametrize("query", ["framework=%00", "kind=%00", "q=%00", "cursor=x", "limit=x"])
def test_a_list_takes_any_query(reader, query):
    assert reader.get(f"/api/v1/law/provisions/?{query}").status_code in (200, 404)


@pytest.mark.parametrize("address", ["/law/", "/law/clocks/", "/api/v1/law/milestones/"])
def test_nobody_reads_without_signing_in(client, address):
    assert client.get(address).status_code in (302, 401, 403)


def test_pages_say_what_to_do_before_the_law_is_loaded(client):
    client.force_login(user())

    for address in ("/law/", "/law/clocks/", "/law/organisation/"):
        assert "manage.py load_reference" in client.get(address).content.decode()


def test_a_token_reads_the_law_and_decides_nothing(reader):
    _, secret = token(scopes=("read",))
    reader.logout()
    headers = {"Authorization": f"Token {secret}"}

    read = reader.get("/api/v1/law/milestones/", headers=headers)
    written = reader.put(
        "/api/v1/law/organisation",
        '{"answers": {}, "reason": "x"}',
        content_type="application/json",
        headers=headers | {"If-Match": '"0"'},
    )

    assert (read.status_code, written.status_code) == (200, 403)


def test_a_list_of_provisions_costs_the_same_however_long(reader, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        reader.get("/law/ai-act/?kind=obligation")
