"""REG-8, REG-10: a bill of materials that the strict validator takes, the same each time."""

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from registry.models import DataSource, Dependency, System
from registry.rules.identities import Identity
from registry.services.exchange.bills import take_bill
from registry.services.versions import register_version
from tests.net import told
from tests.registry.factories import (
    AT,
    SETUP,
    call,
    role,
    sign_in,
    system,
    token,
    unit,
    user,
    version,
)

pytestmark = pytest.mark.django_db
VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)


@told
def surroundings(of, other):
    """Say where data come from and on what a system stands."""
    from ledger.context import acting_as

    with acting_as(SETUP):
        DataSource(
            system=of, name="Claims file", kind="training", holder="Data office",
            personal_data="yes", licence="own", from_at=AT,
        ).save(at=AT)  # fmt: skip
        Dependency(system=of, on_system=other, kind="uses_output", from_at=AT).save(at=AT)


@pytest.fixture
def claims():
    """A system with a version by digest, one of a hosted model, data and a dependency."""
    made = system(slug="claims", purpose="Sorts claims.", users_affected="Customers",
                  supplier="Scorely")  # fmt: skip
    surroundings(made, system(slug="ocr"))
    version(made, label="1.0")
    call(
        register_version,
        system_id=made.pk,
        label="2.0",
        identity=Identity(provider="Botly", hosted_model="bot-4", snapshot="2026-01-01",
                          prompt_sha256="a" * 64),
        author_id=user().pk,
    )  # fmt: skip
    return made


def bill(systems, one=None):
    """Return the bill as data."""
    return json.loads(call(take_bill, systems=systems, one=one))


def parts(found):
    """Return {bom-ref: component}."""
    return {part["bom-ref"]: part for part in found["components"]}


def test_the_bill_of_a_system_is_valid_cyclonedx(claims):
    content = call(take_bill, systems=System.objects.filter(pk=claims.pk), one=claims)

    assert VALIDATOR.validate_str(content.decode()) is None


def test_the_bill_of_all_systems_is_valid_cyclonedx(claims):
    content = call(take_bill, systems=System.objects.all())

    assert VALIDATOR.validate_str(content.decode()) is None


def test_a_version_is_a_model_with_its_digest_and_its_card(claims):
    found = parts(bill(System.objects.filter(pk=claims.pk), claims))["version:claims@1.0"]

    assert found["type"] == "machine-learning-model"
    assert found["hashes"][0]["alg"] == "SHA-256"
    assert found["modelCard"]["considerations"] == {
        "useCases": ["Sorts claims."],
        "users": ["Customers"],
    }


def test_a_hosted_model_stands_below_its_version(claims):
    found = bill(System.objects.filter(pk=claims.pk), claims)

    needs = {one["ref"]: one["dependsOn"] for one in found["dependencies"]}
    assert needs["version:claims@2.0"] == ["hosted:Botly/bot-4@2026-01-01"]
    assert parts(found)["hosted:Botly/bot-4@2026-01-01"]["supplier"] == {"name": "Botly"}


def test_data_and_systems_that_it_stands_on_are_dependencies(claims):
    found = bill(System.objects.all())

    needs = {one["ref"]: one["dependsOn"] for one in found["dependencies"]}
    assert {"data:claims/Claims file", "system:ocr"} <= set(needs["system:claims"])


def test_a_system_that_is_not_in_the_bill_is_not_named_in_it(claims):
    found = bill(System.objects.filter(pk=claims.pk), claims)

    assert "ocr" not in json.dumps(found)


def test_the_same_facts_give_the_same_bytes(claims):
    rows = System.objects.all()

    assert call(take_bill, systems=rows) == call(take_bill, systems=rows)


def test_the_number_of_queries_does_not_grow(claims, django_assert_max_num_queries):
    for _ in range(3):
        system()

    with django_assert_max_num_queries(15):
        call(take_bill, systems=System.objects.all())


def test_a_person_gets_the_systems_that_they_see_and_no_others(client, claims):
    other = unit()
    mine = user(of=other)
    role(mine, "engineer", unit=other)
    system(slug="mine", of=other)

    answer = sign_in(client, mine).get("/api/v1/mlbom")

    assert {ref for ref in parts(answer.json()) if ref.startswith("system:")} == {"system:mine"}
    assert client.get("/api/v1/systems/claims/mlbom").status_code == 404
    assert client.get("/systems/claims/mlbom.cdx.json").status_code == 404


def test_a_token_gets_the_bill_of_its_systems(client, claims):
    _, plain = token(systems=[claims])

    answer = client.get("/api/v1/mlbom", headers={"Authorization": f"Token {plain}"})

    assert set(parts(answer.json())) >= {"system:claims"}
    assert answer["Content-Disposition"] == 'attachment; filename="systems.cdx.json"'
