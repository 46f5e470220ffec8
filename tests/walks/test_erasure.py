"""A person who took part is erased: no table names them, no root moves, what they signed stands."""

from contextlib import contextmanager

import orjson
import psycopg
import pytest
from django.db import connection

from governance.models import Decision
from governance.rules.motions import motion_hash
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
from registry.models import ErasureRequest, Signature
from registry.services.erasure import ask_erasure
from registry.services.holds import Held, end_hold, set_hold
from registry.services.signatures import is_valid
from tests.walks import test_whole_chain as chain
from tests.walks.stage import MONDAY, SETUP, person_actor, set_up
from tests.walks.visitor import House, Machine


@pytest.fixture
def begun(monday, settings, tmp_path):
    """The stage before anything happened, with a list of erasures of its own."""
    settings.LEDGER_DIR = tmp_path / "ledger"
    settings.LEDGER_DIR.mkdir()
    return set_up()


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


@pytest.mark.full
def test_nothing_in_the_database_names_an_erased_person_and_what_they_did_stays(ended):
    person = ended.people["compliance"]
    assert len(where(person.name)) > 5

    erase(ended, "compliance")

    assert (where(person.name), where(person.email)) == ([], [])
    steps = Transition.objects.filter(person=person)
    assert {step.person_name for step in steps} == {pseudonym_of(person.pk)}
    lines = lines_in_period(since=MONDAY, until=clock.now())
    own = [line for line in lines if line.body["who"]["id"] == str(person.pk)]
    assert {line.verb for line in own} >= {"incident.reviewed", "record.signed"}
    assert all(line.actor.startswith("erased (") for line in own)


@pytest.mark.full
def test_no_leaf_changes_and_the_entry_of_the_erasure_names_nobody(ended, settings):
    person = ended.people["compliance"]
    before = list(leaf_hashes(size=leaves()))

    erase(ended, "compliance")

    assert list(leaf_hashes(size=len(before))) == before
    entry = Entry.objects.get(verb="person.erased")
    assert b"Carla" not in bytes(entry.body)
    assert orjson.loads(bytes(entry.body))["object"]["label"] == pseudonym_of(person.pk)
    assert Erasure.objects.get(subject=str(person.pk)).entry_id == entry.pk
    (line,) = (settings.LEDGER_DIR / "erasures.jsonl").read_bytes().splitlines()
    assert orjson.loads(line)["subject"] == str(person.pk)


@pytest.mark.full
def test_what_an_erased_person_signed_stays_valid_under_the_pseudonym(ended):
    person = ended.people["engineer"]
    signer = ended.people["compliance"]
    kept = ("pk", "payload_sha256", "signed_at", "reason", "role")
    before = set(Signature.objects.values_list(*kept))

    erase(ended, "engineer")
    erase(ended, "compliance")

    assert set(Signature.objects.values_list(*kept)) == before
    told = Signature.objects.filter(signer=signer).values_list("signer_name", "address")
    assert set(told) == {(pseudonym_of(signer.pk), "")}
    findings = Findings.objects.get()
    assert is_valid(findings.signature, findings_record(findings.incident.number, findings))
    motion = Decision.objects.get()
    assert motion_hash(motion.motion) == motion.motion_sha256
    assert str(person.pk) in motion.motion


@pytest.mark.full
def test_a_hold_on_a_system_keeps_who_took_part_until_it_ends(ended):
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


@pytest.mark.full
def test_who_took_part_in_an_open_case_is_not_erased(begun):
    house, machine = House(begun), Machine(begun.token)
    number = chain.measured(machine)
    chain.investigated(house, number)
    chain.validated(house, number)

    with pytest.raises(Conflict, match=f"still has a part in {number}"):
        erase(begun, "risk")


@pytest.mark.full
def test_who_asked_cannot_agree(begun):
    asked = ask(begun, "risk")
    actor = person_actor(begun.people["verifier"])

    with acting_as(actor), pytest.raises(Forbidden, match="you asked for it"):
        confirm_erasure(request_id=asked.pk, actor=actor, at=clock.now())

    assert where("Rafael Risk") != []


@pytest.mark.full
def test_an_administrator_cannot_agree(begun):
    asked, actor = ask(begun, "risk"), person_actor(begun.people["engineer"])
    with acting_as(SETUP):
        registry.grant_role(
            user_id=begun.people["engineer"].pk, role="administrator", unit_id=begun.unit.pk,
            actor=SETUP, at=clock.now(),
        )  # fmt: skip

    with acting_as(actor), pytest.raises(Forbidden, match="a compliance officer or an executive"):
        confirm_erasure(request_id=asked.pk, actor=actor, at=clock.now())


@pytest.mark.full
def test_an_active_person_is_not_erased(begun):
    actor = person_actor(begun.people["verifier"])

    with acting_as(actor), pytest.raises(Conflict, match="deactivate the account first"):
        ask_erasure(
            person_id=begun.people["risk"].pk, basis="request", reason="asked",
            actor=actor, at=clock.now(),
        )  # fmt: skip


@pytest.mark.full
def test_the_list_outside_makes_a_restored_database_forget_again(begun, settings):
    person = begun.people["external"]
    (settings.LEDGER_DIR / "erasures.jsonl").write_text(f'{{"subject": "{person.pk}"}}\n')

    with acting_as(SETUP):
        told = reapply_erasures(actor=SETUP, at=clock.now())
        again = reapply_erasures(actor=SETUP, at=clock.now())

    assert (len(told), again) == (1, [])
    assert where(person.name) == []
    assert not Disclosure.objects.filter(subject=str(person.pk)).exists()


@pytest.mark.full
def test_the_owner_of_the_tables_changes_nothing_but_a_printed_name(ended):
    signature = Signature.objects.filter(signer=ended.people["compliance"]).first()
    owner = connection.settings_dict | {"USER": "countersign_owner"}

    for column, value in (("reason", "another"), ("signer_name", "Somebody Else")):
        with pytest.raises(psycopg.errors.CheckViolation), direct(owner) as cursor:
            cursor.execute(f"UPDATE registry_signature SET {column} = %s", [value])
    with pytest.raises(psycopg.errors.CheckViolation), direct(owner) as cursor:
        cursor.execute("SELECT set_config('countersign.erasing', 'x', true)")
        cursor.execute("UPDATE registry_signature SET signer_name = 'X', reason = 'another'")

    signature.refresh_from_db()
    assert signature.signer_name == "Carla Compliance"


@contextmanager
def direct(settings_dict):
    """A cursor of the owner of the tables, past Django."""
    keys = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER"}
    given = {key: settings_dict[name] for key, name in keys.items() if settings_dict[name]}
    with psycopg.connect(**given) as opened, opened.cursor() as cursor:
        yield cursor


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


def leaves():
    """How many leaves the tree has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_leaf")
        return cursor.fetchone()[0]
