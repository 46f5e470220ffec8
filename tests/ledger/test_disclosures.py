"""Personal values stand as commitments: opened while they may be, shut, or gone for good."""

import datetime as dt
import uuid

import orjson
import psycopg
import pytest
from django.db import connection, transaction

from ledger.models import Disclosure, Entry, Erasure
from ledger.rules.actors import Actor, machine
from ledger.rules.commitments import Personal, commitment
from ledger.rules.erasures import pseudonym_of
from ledger.rules.refusals import Forbidden
from ledger.selectors.lines import line
from ledger.services.disclosures import reveal
from ledger.services.entries import append_entry, record_refusal
from ledger.services.erasures import Known, count_values, erase_values, listed_subjects, write_list

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
MAREN = Actor(
    kind="person",
    id="0d2a3f3e-1111-4222-8333-444455556666",
    name="Maren Vogt",
    title="Head of compliance",
    address="203.0.113.9",
)


def write(*, at=AT, actor=MAREN, **changes):
    """Write an entry, and return its number."""
    arguments = {"verb": "request.refused", "subject": ("request", "1", "POST /x")}
    return append_entry(actor=actor, at=at, **(arguments | changes))


def body_of(number):
    """The bytes of an entry."""
    return bytes(Entry.objects.get(pk=number).body)


@pytest.mark.django_db
def test_name_title_and_address_of_who_acts_are_in_no_byte_of_the_entry():
    number = write()

    body = body_of(number)
    assert not [one for one in (b"Maren", b"Head", b"203.0.113") if one in body]
    read = line(number=number)
    assert (read.actor, read.body["who"]["role"]) == ("Maren Vogt", "Head of compliance")
    assert read.body["from"]["address"] == "203.0.113.9"


@pytest.mark.django_db
def test_a_function_that_counts_stays_in_the_clear():
    number = write(actor=MAREN.acting(role="compliance"))

    assert orjson.loads(body_of(number))["who"]["role"] == "compliance"


@pytest.mark.django_db
def test_entries_of_one_person_share_a_commitment_and_open_with_its_salt():
    first, second = (orjson.loads(body_of(write()))["who"]["name"] for _ in range(2))

    assert first == second
    row = Disclosure.objects.get(commitment=first.removeprefix("commit:"))
    assert commitment(bytes(row.salt), row.value) == row.commitment


@pytest.mark.django_db
def test_an_address_takes_a_new_salt_after_a_month_so_that_the_old_one_can_end():
    days = (0, 29, 31)

    told = [
        orjson.loads(body_of(write(at=AT + dt.timedelta(days=day))))["from"]["address"]
        for day in days
    ]

    assert told[0] == told[1] != told[2]


@pytest.mark.django_db
def test_a_strangers_address_has_a_salt_for_itself_each_time():
    stranger = Actor(kind="anonymous", id="anonymous", name="Somebody", address="203.0.113.9")

    told = {orjson.loads(body_of(write(actor=stranger)))["from"]["address"] for _ in range(2)}

    assert len(told) == 2


@pytest.mark.django_db
def test_a_private_value_reads_withheld_until_it_is_revealed():
    secret = Personal("a" * 64, kind="payload", fresh=True, private=True)
    number = write(subject=("decision", "7", "motion 7"), details={"payload": secret})
    assert line(number=number).body["details"]["payload"].startswith("withheld (")

    opened = reveal(object_type="decision", object_id="7", kind="payload")

    assert opened == 1
    assert line(number=number).body["details"]["payload"] == "a" * 64


@pytest.mark.django_db
def test_revealing_one_object_opens_nothing_of_another():
    secret = Personal("b" * 64, kind="payload", fresh=True, private=True)
    number = write(subject=("decision", "7", "motion 7"), details={"payload": secret})

    reveal(object_type="decision", object_id="8", kind="payload")

    assert line(number=number).body["details"]["payload"].startswith("withheld (")


def test_a_refusal_names_nobody_in_its_bytes(own_database):
    refusal = Forbidden(
        "not_separate", "You cannot: Jonas Weber wrote it.", who_can=["Priya Raman"]
    )

    number = record_refusal(refusal=refusal, actor=machine("door"), at=AT, attempted="POST /x")

    assert not [one for one in (b"Jonas", b"Priya") if one in body_of(number)]
    read = line(number=number)
    assert (read.reason, read.body["details"]["who_can"]) == (refusal.reason, ["Priya Raman"])


@pytest.mark.django_db
def test_an_erased_person_reads_so_and_no_new_value_about_them_is_taken_in():
    number = write(details={"said": Personal("Maren Vogt signed.", kind="text")})
    known = Known(uuid.UUID(MAREN.id), MAREN.name, title=MAREN.title)
    assert count_values(known) == 4

    erase_values(known=known, entry=number, at=AT)

    again = write()
    for one in (number, again):
        assert line(number=one).actor.startswith("erased (")
    assert line(number=number).body["details"]["said"].startswith("erased (")
    assert not Disclosure.objects.filter(subject=MAREN.id).exists()


@pytest.mark.django_db
def test_an_erasure_leaves_what_is_about_others():
    other = Actor(kind="person", id=str(uuid.uuid4()), name="Jonas Weber")
    number = write(actor=other)

    known = Known(uuid.UUID(MAREN.id), MAREN.name)
    erase_values(known=known, entry=number, at=AT)

    assert line(number=number).actor == "Jonas Weber"


@pytest.mark.django_db
def test_the_list_outside_takes_in_what_a_crash_left_out():
    Erasure.objects.create(subject=MAREN.id, at=AT, entry_id=1)

    added, again = write_list(), write_list()

    assert (added, again, listed_subjects()) == (1, 0, [MAREN.id])


def test_a_pseudonym_follows_from_the_id_alone():
    assert pseudonym_of(uuid.UUID(MAREN.id)) == pseudonym_of(uuid.UUID(MAREN.id))
    assert pseudonym_of(uuid.UUID(MAREN.id)).startswith("Erased person ")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pseudonym", "told"),
    [
        ("Somebody Else", "gives way to a pseudonym"),
        ("Erased person 0a0b0c", "no erasure of"),
    ],
)
def test_the_owners_function_erases_nobody_who_is_not_on_record(pseudonym, told):
    refused = pytest.raises(Exception, match=told)

    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT countersign_erase_printed(%s, %s, '', %s, true)",
            [MAREN.id, ["Maren Vogt"], pseudonym],
        )


def test_the_application_role_rewrites_no_opened_value(own_database):
    with transaction.atomic():
        write()

    with psycopg.connect(own_database) as direct:
        for column in ("value = 'x'", "salt = ''", "subject = ''"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), direct.transaction():
                direct.execute(f"UPDATE ledger_disclosure SET {column}")
