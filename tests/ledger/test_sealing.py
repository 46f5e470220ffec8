"""Sealing: every committed entry becomes one leaf, and a signed checkpoint covers it."""

import datetime as dt
import fcntl
import os
import shutil
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from ledger.connectors.outside import Outside
from ledger.models import Checkpoint, Entry, Leaf, Node, Queue
from ledger.rules.lines import leaf_hash
from ledger.rules.merkle import root_of, verify_consistency, verify_inclusion
from ledger.rules.notes import Note, Verifier, head_of
from ledger.rules.refusals import SealRefused
from ledger.selectors import checkpoints, tree
from ledger.selectors.lines import line, sealed_line_of
from ledger.services.sealing import seal, seal_for
from ledger.services.signing import ADVISORY_LOCK
from tests.ledger.sealed import (
    AT,
    ORIGIN,
    as_owner,
    body_of,
    kept_lines,
    newest,
    sealed,
    verbs,
    whole,
    write,
)

SYSTEM = UUID("11111111-2222-4333-8444-555555555555")


def test_the_first_leaf_opens_the_log_with_its_key(db):
    done = sealed(2)

    (key,) = checkpoints.keys()
    assert verbs()[0] == "ledger.opened"
    assert body_of(0)["details"] == {"origin": ORIGIN, "key": key.vkey}
    assert body_of(0)["who"]["name"] == "sealer"
    assert (done.leaves, done.size) == (3, 3)
    assert (key.from_size, key.to_size) == (3, None)


def test_leaves_are_the_hashes_of_the_sealed_lines_and_make_the_signed_root(db):
    sealed(3)
    sealed(2)

    hashes = list(tree.leaf_hashes(size=6))
    lines = [sealed_line_of(line(number=leaf.entry_id)) for leaf in Leaf.objects.order_by("seq")]
    found = checkpoints.newest_seal()
    assert [leaf_hash(one) for one in lines] == hashes
    assert root_of(hashes) == found.root == head_of(found.note).root
    assert Note.parse(found.note).signed_by(Verifier.parse(checkpoints.keys()[0].vkey))
    assert whole()


def test_each_stream_counts_for_itself(db):
    sealed(2, system_id=SYSTEM)
    write()
    sealed(1, system_id=SYSTEM)

    places = Leaf.objects.order_by("seq").values_list("stream", "stream_seq")
    assert list(places) == [
        ("organisation", 0),
        (str(SYSTEM), 0),
        (str(SYSTEM), 1),
        ("organisation", 1),
        (str(SYSTEM), 2),
    ]


def test_a_long_queue_is_sealed_in_several_transactions(db):
    write(25)

    done = seal(at=AT, most=10)

    sizes = list(Checkpoint.objects.order_by("id").values_list("size", flat=True))
    assert sizes == [11, 21, 26]
    assert done.leaves == done.size == 26
    assert whole()


def test_nothing_waiting_makes_no_checkpoint(db):
    sealed()

    done = seal(at=AT)

    assert (done.leaves, done.seal) == (0, None)
    assert Checkpoint.objects.count() == 1


def test_a_writer_that_rolls_back_leaves_no_gap(own_database):
    write()
    with pytest.raises(RuntimeError), transaction.atomic():
        write(3)
        raise RuntimeError

    sealed(2)

    assert Leaf.objects.count() == 4
    assert whole()


@pytest.mark.full
def test_an_entry_that_commits_after_later_ones_were_sealed_is_sealed_next(own_database):
    with psycopg.connect(own_database) as slow:
        slow.execute(
            "WITH e AS (INSERT INTO ledger_entry (body, verb, object_type, object_id, object_label,"
            " actor_kind, actor_id, actor_name, at, touched) VALUES ('{}', 'request.refused', '',"
            " '', '', '', '', '', now(), '{}') RETURNING id)"
            " INSERT INTO ledger_queue SELECT id FROM e"
        )
        sealed(3)
        slow.commit()

    done = seal(at=AT)

    first, last = Entry.objects.order_by("id").first(), Leaf.objects.order_by("seq").last()
    assert done.leaves == 1
    assert last.entry_id == first.pk
    assert whole()


@pytest.mark.full
def test_checkpoint_and_list_stand_outside_as_in_the_database(db, ledger_folder):
    sealed(4)
    sealed(3)

    rows = list(Checkpoint.objects.order_by("id"))
    assert (ledger_folder / "checkpoint").read_text() == rows[-1].note
    assert [kept["note"] for kept in kept_lines(ledger_folder)] == [row.note for row in rows]
    frontiers = ["".join(kept["frontier"]) for kept in kept_lines(ledger_folder)]
    assert frontiers == [bytes(row.frontier).hex() for row in rows]


@pytest.mark.full
def test_every_complete_256_leaves_are_stored_as_one_node(db):
    sealed(300)
    sealed(300)

    nodes = list(Node.objects.order_by("index").values_list("level", "index"))
    assert nodes == [(1, 0), (1, 1)]
    hashes = list(tree.leaf_hashes(size=512))
    assert bytes(Node.objects.get(index=1).hash) == root_of(hashes[256:])


@pytest.mark.full
@pytest.mark.parametrize("seq", [0, 255, 256, 511, 512, 600])
def test_a_leaf_is_proved_under_a_checkpoint(db, seq):
    write(600)
    seal(at=AT, most=512)
    found = checkpoints.newest_seal()

    path = tree.inclusion_proof(seq=seq, size=found.size)

    leaf = bytes(Leaf.objects.get(pk=seq).hash)
    assert verify_inclusion(leaf, seq, found.size, path, found.root)
    text = tree.proof_text(seq=seq, seal=found)
    assert text.startswith(f"c2sp.org/tlog-proof@v1\nindex {seq}\n")
    assert text.endswith(f"\n\n{found.note}")


@pytest.mark.full
def test_the_newest_tree_is_proved_to_extend_an_earlier_one(db):
    sealed(300)
    sealed(300)
    old, new = checkpoints.seals()

    path = tree.consistency_proof(first=old.size, size=new.size)

    assert verify_consistency(old.size, new.size, old.root, new.root, path)


@pytest.mark.full
def test_no_proof_is_given_over_a_leaf_that_was_changed(own_database):
    sealed(5)
    with as_owner(own_database) as owner:
        owner.execute("UPDATE ledger_leaf SET hash = %s WHERE seq = 2", [bytes(32)])

    with pytest.raises(tree.TreeBroken):
        tree.proof_text(seq=2, seal=checkpoints.newest_seal())


@pytest.mark.full
def test_reading_the_leaves_finds_the_one_that_is_missing(own_database):
    sealed(5)
    with as_owner(own_database) as owner:
        owner.execute("DELETE FROM ledger_leaf WHERE seq = 2")

    with pytest.raises(tree.TreeBroken, match="leaf 2 "):
        list(tree.leaf_hashes(size=6))


@pytest.mark.full
def test_a_second_sealer_on_the_host_is_told_so_and_does_nothing(db, ledger_folder):
    sealed()
    write()

    with (ledger_folder / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = seal(at=AT)

    assert done.busy
    assert Queue.objects.count() == 1


@pytest.mark.full
def test_a_second_sealer_on_another_host_is_told_so_and_does_nothing(own_database):
    write()

    with psycopg.connect(own_database) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
        done = seal(at=AT)

    assert done.busy
    assert not Leaf.objects.exists()


@pytest.mark.full
def test_a_pack_gets_the_count_of_its_stream_as_the_last_leaf(db):
    sealed(2, system_id=SYSTEM)
    write(3, system_id=SYSTEM)

    found = seal_for(streams=[str(SYSTEM)], at=AT)

    assert found.size == Leaf.objects.count() == 7
    assert verbs()[-1] == "ledger.counted"
    assert body_of(6)["details"] == {"streams": {str(SYSTEM): 5}}
    assert found == checkpoints.newest_seal()
    assert whole()


@pytest.mark.full
def test_a_stream_without_leaves_counts_none(db):
    found = seal_for(streams=[str(SYSTEM)], at=AT)

    assert body_of(found.size - 1)["details"] == {"streams": {str(SYSTEM): 0}}


@pytest.mark.full
def test_an_entry_whose_place_in_the_queue_was_deleted_is_sealed_and_told(db):
    sealed()
    (lost,) = write()
    Queue.objects.filter(entry_id=lost).delete()

    seal(at=AT)

    assert Leaf.objects.filter(entry_id=lost).exists()
    assert "ledger.requeued" in verbs()
    assert body_of(Leaf.objects.count() - 1)["details"] == {"count": 1, "entries": [lost]}


@pytest.mark.full
def test_a_place_in_the_queue_for_a_sealed_entry_just_goes(db):
    sealed(3)
    Queue.objects.create(entry_id=Leaf.objects.get(pk=2).entry_id)
    write()

    done = seal(at=AT)

    assert done.leaves == 1
    assert whole()


@pytest.mark.full
def test_a_crash_between_commit_and_file_is_caught_up(db, ledger_folder, monkeypatch):
    sealed(3)
    write(3)
    with monkeypatch.context() as dying, pytest.raises(OSError):
        dying.setattr(Outside, "_replace", _die)
        dying.setattr(Outside, "append", _die_with_rows)
        seal(at=AT)
    assert len(kept_lines(ledger_folder)) == 1
    assert newest().size == 7

    seal(at=AT)

    assert [head_of(kept["note"]).size for kept in kept_lines(ledger_folder)] == [4, 7]
    assert (ledger_folder / "checkpoint").read_text() == newest().note


@pytest.mark.full
def test_a_folder_of_another_host_catches_up_with_all_it_missed(db, ledger_folder, settings):
    sealed(3)
    behind = ledger_folder.with_name(f"{ledger_folder.name}-second")
    shutil.copytree(ledger_folder, behind)
    sealed(3)
    sealed(3)
    settings.LEDGER_DIR = behind

    sealed(1)

    sizes = [head_of(kept["note"]).size for kept in kept_lines(behind)]
    assert sizes == [4, 7, 10, 11]


def _die(*_):
    raise OSError


def _die_with_rows(_, rows):
    if list(rows):
        raise OSError


@pytest.mark.full
def test_a_crash_between_list_and_name_is_caught_up(db, ledger_folder, monkeypatch):
    sealed(3)
    write(3)
    with monkeypatch.context() as dying, pytest.raises(OSError):
        dying.setattr(Outside, "_replace", _die)
        seal(at=AT)
    assert head_of((ledger_folder / "checkpoint").read_text()).size == 4

    seal(at=AT)

    assert (ledger_folder / "checkpoint").read_text() == newest().note
    assert len(kept_lines(ledger_folder)) == 2


@pytest.mark.full
def test_a_line_that_a_crash_tore_is_written_whole(db, ledger_folder):
    sealed(3)
    sealed(3)
    path = ledger_folder / "checkpoints.jsonl"
    (ledger_folder / "checkpoint").write_text(kept_lines(ledger_folder)[0]["note"])
    path.write_bytes(path.read_bytes()[:-100])

    sealed(1)

    assert [head_of(kept["note"]).size for kept in kept_lines(ledger_folder)] == [4, 7, 8]


@pytest.mark.full
def test_a_crash_before_the_commit_seals_nothing(own_database, ledger_folder, monkeypatch):
    sealed()
    write(3)

    with monkeypatch.context() as dying, pytest.raises(OSError):
        dying.setattr("ledger.services.signing.sign_statements", _die)
        seal(at=AT)

    assert Queue.objects.count() == 3
    assert newest().size == 2
    assert seal(at=AT).size == 5


@pytest.mark.full
def test_the_instant_is_the_databases_clock_and_one_for_the_batch(db):
    before = _now()
    sealed(3)

    instants = set(Leaf.objects.values_list("sealed_at", flat=True))
    assert len(instants) == 1
    assert before <= instants.pop() == newest().sealed_at <= _now()


@pytest.mark.full
def test_a_clock_a_little_behind_takes_the_last_seals_instant(db, settings):
    settings.CLOCK_OFFSET_SECONDS = 4.0
    sealed()
    settings.CLOCK_OFFSET_SECONDS = 0.0

    sealed()

    first, second = Checkpoint.objects.order_by("id").values_list("sealed_at", flat=True)
    assert first == second


@pytest.mark.full
def test_a_clock_that_was_set_back_is_refused_and_goes_on_by_itself(db, settings):
    settings.CLOCK_OFFSET_SECONDS = 60.0
    sealed()
    settings.CLOCK_OFFSET_SECONDS = 0.0
    write()

    with pytest.raises(SealRefused, match="was set back") as refused:
        seal(at=AT)

    settings.CLOCK_OFFSET_SECONDS = 61.0
    assert refused.value.code == "clock_set_back"
    assert seal(at=AT).leaves == 1


@pytest.mark.full
def test_entries_that_wait_are_counted_with_the_first_ones_instant(db):
    assert checkpoints.unsealed() == (0, None)

    write(at=AT + dt.timedelta(minutes=1))
    write(at=AT + dt.timedelta(minutes=2))

    assert checkpoints.unsealed() == (2, AT + dt.timedelta(minutes=1))


@pytest.mark.full
def test_seals_are_found_by_size_and_by_time(db):
    sealed()
    sealed()
    first, second = checkpoints.seals()

    assert checkpoints.seal_at(first.size) == first
    assert checkpoints.seal_at(1) is None
    assert checkpoints.seals(since=second.sealed_at) == [second]
    assert checkpoints.seals(until=second.sealed_at) == [first]
    assert checkpoints.seals(newest_first=True, limit=1) == [second]


@pytest.mark.full
def test_the_lock_file_is_nobody_elses(db, ledger_folder):
    sealed()

    modes = {path.name: os.stat(path).st_mode & 0o777 for path in ledger_folder.iterdir()}
    assert modes["key"] == 0o600
    assert os.stat(ledger_folder).st_mode & 0o777 == 0o700


def _now():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
