"""Single rows tampered with past every trigger, then caught and named by the verification."""

import psycopg
import pytest
from psycopg import sql

from ledger.models import Leaf
from ledger.rules.commitments import Personal
from ledger.rules.lines import leaf_hash, sealed_line
from ledger.services.checking import check_ledger
from ledger.services.sealing import seal
from tests.ledger.forger import first_bad, number_of, other_body, rewrite, tamper, wrong
from tests.ledger.sealed import AT, as_owner, sealed, write


@pytest.fixture
def log(own_database):
    """A log of 11 leaves under two checkpoints; yields the application role's URL."""
    sealed(5)
    sealed(5)
    return own_database


def test_before_anybody_touches_it_everything_holds(log):
    assert wrong() == {}
    assert [claim.result for claim in check_ledger().claims].count("PASS") == 10


def test_an_edited_entry_is_named(log):
    number, body = other_body(4)
    tamper(log, "UPDATE ledger_entry SET body = %s WHERE id = %s", body, number)

    assert wrong() == {"lines": f"entry {number} (seq 4) does not hash to its leaf: the line was"
                       " changed"}  # fmt: skip
    assert first_bad("lines") == number


@pytest.mark.full
def test_an_edited_entry_with_a_leaf_that_fits_breaks_the_signed_root(log):
    number, body = other_body(4)
    leaf = Leaf.objects.get(pk=4)
    line = sealed_line(
        body=body, number=number, sealed_at=leaf.sealed_at, seq=4, stream=leaf.stream,
        stream_seq=leaf.stream_seq,
    )  # fmt: skip
    tamper(log, "UPDATE ledger_entry SET body = %s WHERE id = %s", body, number)
    tamper(log, "UPDATE ledger_leaf SET hash = %s WHERE seq = 4", leaf_hash(line))

    found = wrong()

    assert set(found) == {"tree", "outside"}
    assert found["tree"].startswith("the checkpoint of 6 has another root than its leaves")


@pytest.mark.full
@pytest.mark.parametrize(
    ("change", "claims"),
    [
        ("hash = decode(repeat('00', 32), 'hex')", {"lines", "tree", "outside"}),
        ("stream_seq = 99", {"lines", "places"}),
        ("stream = 'another'", {"lines", "places", "columns"}),
        ("sealed_at = sealed_at - interval '1 day'", {"lines", "times"}),
    ],
)
def test_an_edited_leaf_is_named(log, change, claims):
    tamper(log, f"UPDATE ledger_leaf SET {change} WHERE seq = 4")

    assert set(wrong()) == claims
    assert first_bad("lines") == number_of(4)


@pytest.mark.full
@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("verb = 'incident.closed'", "verb"),
        ("object_type = 'incident'", "object type"),
        ("object_id = 'x'", "object id"),
        ("object_label = 'x'", "label"),
        ("incident_id = gen_random_uuid()", "incident"),
        ("system_id = gen_random_uuid()", "system"),
        ("actor_kind = 'person'", "actor kind"),
        ("actor_id = 'x'", "actor id"),
        ("actor_name = 'Somebody else'", "actor name"),
        ("at = at + interval '1 microsecond'", "at"),
    ],
)
def test_an_edited_column_beside_an_untouched_body_is_named(log, column, name):
    number = number_of(4)
    tamper(log, f"UPDATE ledger_entry SET {column} WHERE id = %s", number)

    found = wrong()

    assert set(found) == {"columns"}
    assert f"is searched under {name} '" in found["columns"]
    assert first_bad("columns") == number


@pytest.mark.full
def test_a_deleted_leaf_leaves_a_gap_that_is_named(log):
    tamper(log, "DELETE FROM ledger_leaf WHERE seq = 4")

    found = wrong()

    assert set(found) == {"places", "tree", "outside", "waiting"}
    assert "(seq 5) stands where leaf 4 was due" in found["places"]


@pytest.mark.full
def test_a_deleted_entry_is_named_by_its_leaf(log):
    number = number_of(4)
    with as_owner(log) as owner:
        drop_key_to_entry(owner)
        owner.execute("DELETE FROM ledger_entry WHERE id = %s", [number])

    found = wrong()

    assert found["lines"] == f"entry {number} (seq 4) is gone"


def drop_key_to_entry(owner):
    """Take away the foreign key from leaf to entry, as an owner can."""
    (name,) = owner.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'ledger_leaf'::regclass"
        " AND contype = 'f'"
    ).fetchone()
    owner.execute(
        sql.SQL("ALTER TABLE ledger_leaf DROP CONSTRAINT {}").format(sql.Identifier(name))
    )


@pytest.mark.full
def test_a_line_that_is_deleted_and_all_others_renumbered_breaks_the_signed_roots(log):
    number = number_of(4)
    rewrite(log, without=[number])

    found = wrong()

    assert {"tree", "outside"} <= set(found)
    assert "places" not in found
    assert "lines" not in found


@pytest.mark.full
def test_a_log_that_is_cut_at_its_end_is_shorter_than_what_is_kept_outside(log):
    with as_owner(log) as owner:
        owner.execute("DELETE FROM ledger_leaf WHERE seq >= 6")
        owner.execute("DELETE FROM ledger_checkpoint WHERE size > 6")

    found = wrong()

    assert set(found) == {"outside", "waiting"}
    assert "of 11 kept outside is larger than the log of 6" in found["outside"]
    assert "5 entries are neither sealed nor waiting" in found["waiting"]


@pytest.mark.full
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("root = decode(repeat('00', 32), 'hex')", "has another root"),
        ("frontier = decode(repeat('00', 64), 'hex')", "has another frontier"),
        ("sealed_at = sealed_at + interval '1 s'", "another instant than its last leaf"),
        ("origin = 'another'", "says something else than its row"),
        ("note = 'no note'", "has a note that cannot be read"),
    ],
)
def test_an_edited_checkpoint_is_named(log, change, words):
    tamper(log, f"UPDATE ledger_checkpoint SET {change} WHERE size = 6")

    assert words in wrong()["tree"]


@pytest.mark.full
def test_a_deleted_checkpoint_in_the_middle_is_known_outside(log):
    tamper(log, "DELETE FROM ledger_checkpoint WHERE size = 6")

    assert wrong() == {}


@pytest.mark.full
def test_an_edited_hash_that_proofs_use_is_named(own_database):
    sealed(300)
    tamper(own_database, "UPDATE ledger_node SET hash = %s", bytes(32))

    assert wrong() == {"proofs": "the stored hash 0 of level 1 is not that of its leaves"}


@pytest.mark.full
def test_an_edited_personal_value_no_longer_opens_its_commitment(own_database):
    sealed(1, subject=("user", "u1", Personal("Maren Vogt", subject="u1")))
    tamper(own_database, "UPDATE ledger_disclosure SET value = 'Jonas Brandt'")

    assert set(wrong()) == {"values"}


@pytest.mark.full
def test_an_entry_whose_place_in_the_queue_is_deleted_is_named_and_sealed_all_the_same(log):
    (number,) = write()
    with psycopg.connect(log) as session:
        session.execute("DELETE FROM ledger_queue")

    found, bad = wrong(), first_bad("waiting")
    seal(at=AT)

    assert found == {"waiting": f"1 entries are neither sealed nor waiting, from {number}"}
    assert bad == number
    assert Leaf.objects.filter(entry_id=number).exists()
    assert wrong() == {}
