"""A person who took part is erased: no table names them, no root moves, what they signed stands."""

import orjson
import pytest
from django.db import connection

from governance.services.erasures import confirm_erasure, reapply_erasures
from incidents.models import Findings, Transition
from incidents.rules.records import findings_record
from ledger.context import acting_as
from ledger.models import Disclosure, Entry, Erasure
from ledger.rules.erasures import pseudonym_of
from ledger.rules.refusals import Conflict, Forbidden
from ledger.selectors.lines import lines_in_period
from ledger.selectors.tree import leaf_hashes
from ledger.services.sealing import seal
from outbox import clock
from registry import services as registry
from registry.models import ErasureRequest, Signature, User
from registry.services.erasure import ask_erasure
from registry.services.holds import Held, end_hold, set_hold
from registry.services.signatures import is_valid
from tests.walks import test_whole_chain as chain
from tests.walks.stage import MONDAY, SETUP, person_actor, set_up
from tests.walks.visitor import House, Machine


@pytest.fixture
def ended(monday, gateway, settings, tmp_path):
    """The stage after a case that is closed, sealed."""
    settings.LEDGER_DIR = tmp_path / "ledger"
    stage = set_up(gateway_url=gateway.url)
    house, machine = House(stage), Machine(stage.token)
    number = chain.measured(machine)
    chain.investigated(house, number)
    chain.validated(house, number)
    chain.decided(house, machine, number)
    chain.carried_out(house, gateway, number)
    chain.proved_and_closed(house, machine, number)
    seal(at=clock.now())
    return stage


def test_nothing_in_the_database_names_an_erased_person(ended):
    person = ended.people["compliance"]
    assert where(person.name) != []

    erase(ended, "compliance")

    assert where(person.name) == []
    assert where(person.email) == []
    assert User.objects.get(pk=person.pk).name == pseudonym_of(person.pk)
    assert Transition.objects.filter(person=person).exists()
    assert set(Transition.objects.filter(person=person).values_list("person_name", flat=True)) == {
        pseudonym_of(person.pk)
    }


def test_no_leaf_changes_and_the_entry_of_the_erasure_names_nobody(ended):
    before = list(leaf_hashes(size=seal_size()))

    erase(ended, "compliance")

    assert list(leaf_hashes(size=len(before))) == before
    body = bytes(Entry.objects.get(verb="person.erased").body)
    assert b"Carla" not in body
    assert orjson.loads(body)["object"]["label"] == pseudonym_of(ended.people["compliance"].pk)
    (row,) = Erasure.objects.all()
    assert row.entry_id == Entry.objects.get(verb="person.erased").pk


def test_what_an_erased_person_did_is_told_without_the_name(ended):
    person = ended.people["compliance"]

    erase(ended, "compliance")

    lines = lines_in_period(since=MONDAY, until=clock.now())
    own = [line for line in lines if line.body["who"]["id"] == str(person.pk)]
    assert {line.verb for line in own} >= {"incident.reviewed", "record.signed"}
    assert all(line.actor.startswith("erased (") for line in own)


def test_what_was_signed_stays_valid_with_the_pseudonym_printed(ended):
    erase(ended, "engineer")
    findings = Findings.objects.get()

    signature = Signature.objects.get(pk=findings.signature_id)

    assert is_valid(signature, findings_record(findings.incident.number, findings))
    erase(ended, "compliance")
    signed = Signature.objects.filter(signer=ended.people["compliance"])
    assert {(one.signer_name, one.address) for one in signed} == {
        (pseudonym_of(ended.people["compliance"].pk), "")
    }


def test_a_hold_on_the_case_keeps_who_took_part_until_it_ends(ended):
    owner = person_actor(ended.people["verifier"])
    with acting_as(owner):
        hold = set_hold(
            held=Held("system", system_id=ended.system.pk), reason="A claim is before the court.",
            actor=owner, at=clock.now(),
        )  # fmt: skip

    with pytest.raises(Conflict, match="Vera Verifier holds Claims approval: A claim"):
        erase(ended, "compliance")

    with acting_as(owner):
        end_hold(hold_id=hold.pk, reason="settled", actor=owner, at=clock.now())
        confirm(ended, ErasureRequest.objects.get())
    assert where("Carla Compliance") == []


def test_who_still_owns_a_system_cannot_be_erased(ended):
    person = ended.people["chair"]
    User.objects.filter(pk=person.pk)  # seated in no open round, owns nothing

    erase(ended, "chair")

    assert where(person.name) == []


def test_who_asked_cannot_agree(ended):
    asked = ask(ended, "compliance")
    actor = person_actor(ended.people["verifier"])

    with acting_as(actor), pytest.raises(Forbidden, match="you asked for it"):
        confirm_erasure(request_id=asked.pk, actor=actor, at=clock.now())

    assert where("Carla Compliance") != []


def test_an_active_person_is_not_erased(ended):
    actor = person_actor(ended.people["verifier"])

    with acting_as(actor), pytest.raises(Conflict, match="deactivate the account first"):
        ask_erasure(
            person_id=ended.people["risk"].pk, basis="request", reason="asked",
            actor=actor, at=clock.now(),
        )  # fmt: skip


def test_the_list_outside_makes_a_restored_database_forget_again(ended, settings):
    person = ended.people["compliance"]
    (settings.LEDGER_DIR / "erasures.jsonl").write_text(f'{{"subject": "{person.pk}"}}\n')

    with acting_as(SETUP):
        told = reapply_erasures(actor=SETUP, at=clock.now())

    assert len(told) == 1
    assert where(person.name) == []
    assert not Disclosure.objects.filter(subject=str(person.pk)).exists()
    with acting_as(SETUP):
        assert reapply_erasures(actor=SETUP, at=clock.now()) == []


def test_an_erasure_is_written_to_the_list_outside(ended, settings):
    erase(ended, "compliance")

    (line,) = (settings.LEDGER_DIR / "erasures.jsonl").read_bytes().splitlines()

    assert orjson.loads(line)["subject"] == str(ended.people["compliance"].pk)
    assert b"Carla" not in line


def erase(stage, key):
    """Deactivate, ask by one, agree by another."""
    confirm(stage, ask(stage, key))


def ask(stage, key):
    """The verifier, a compliance officer too, asks for the erasure of somebody deactivated."""
    person, actor = stage.people[key], person_actor(stage.people["verifier"])
    with acting_as(SETUP):
        registry.deactivate_user(user_id=person.pk, reason="left", actor=SETUP, at=clock.now())
    with acting_as(actor):
        return ask_erasure(
            person_id=person.pk, basis="request", reason="wrote to us", actor=actor,
            at=clock.now(),
        )  # fmt: skip


def confirm(stage, asked):
    """An executive agrees."""
    actor = person_actor(stage.people["executive"])
    with acting_as(actor):
        return confirm_erasure(request_id=asked.pk, actor=actor, at=clock.now())


def where(text):
    """The tables in which a text stands, whatever the column."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(
                f'SELECT 1 FROM "{table}" AS one WHERE position(%s in to_jsonb(one)::text) > 0'
                " LIMIT 1",
                [text],
            )
            found += [table] if cursor.fetchone() else []
    return sorted(found)


def seal_size():
    """How many leaves the tree has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_leaf")
        return cursor.fetchone()[0]
