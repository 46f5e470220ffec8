"""When the sealer works: after a while at the sweep, at once at a hint, once a day in any case."""

import datetime as dt
from uuid import UUID

import pytest
from django.db import transaction

from ledger.models import Leaf, Queue
from ledger.services.rhythm import beat, seal_if_due, seal_on_hint
from ledger.services.statements import request_statement
from outbox import sweep_jobs
from outbox.services import hints
from outbox.services.sweeps import run_job, sweep
from tests.ledger.sealed import AT, body_of, newest, sealed, verbs, write

SYSTEM = UUID("11111111-2222-4333-8444-555555555555")
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def test_the_sweep_seals_what_waited_long_enough(db):
    write(at=AT)

    assert seal_if_due(AT + dt.timedelta(seconds=59)) == 0
    assert seal_if_due(AT + MINUTE) == 2


def test_the_sweep_lets_an_empty_queue_be(db):
    assert seal_if_due(AT) == 0
    assert not Leaf.objects.exists()


def test_a_hint_seals_at_once(db):
    write(at=AT)

    assert seal_on_hint(AT) == 2


def test_a_statement_that_waits_is_signed_by_the_sweep_at_once(db):
    sealed()
    request_statement(
        kind="pack", label="PK-1", sha256="ab" * 32, checkpoint_size=newest().size, at=AT
    )

    seal_if_due(AT)

    from ledger.models import Statement

    assert Statement.objects.get().note


def test_a_heartbeat_counts_every_stream_before_itself(db):
    sealed(3, system_id=SYSTEM)
    write(2)

    beat(AT)

    assert verbs()[-1] == "ledger.heartbeat"
    assert body_of(6)["details"] == {"streams": {str(SYSTEM): 3, "organisation": 3}}
    assert Leaf.objects.get(seq=6).stream_seq == 3


def test_a_heartbeat_of_very_many_streams_counts_the_others_together(db, monkeypatch):
    monkeypatch.setattr("ledger.services.rhythm.MOST_STREAMS", 1)
    sealed(3, system_id=SYSTEM)
    write(2)

    beat(AT)

    assert body_of(6)["details"] == {
        "streams": {str(SYSTEM): 3},
        "others": {"streams": 1, "lines": 3},
    }


def test_one_heartbeat_a_day_is_enough(db):
    beat(AT)

    assert beat(AT + DAY - MINUTE) == 0
    assert beat(AT + DAY) == 1
    assert verbs().count("ledger.heartbeat") == 2


def test_the_heartbeat_finds_old_entries_that_lost_their_place(db, monkeypatch):
    (lost,) = write()
    Queue.objects.filter(entry_id=lost).delete()
    with monkeypatch.context() as blind:
        blind.setattr("ledger.services.requeueing.newest_number", lambda: 0)
        sealed(2)
    monkeypatch.setattr("ledger.services.requeueing.WINDOW", 0)
    sealed(1)
    assert not Leaf.objects.filter(entry_id=lost).exists()

    beat(AT)

    assert Leaf.objects.filter(entry_id=lost).exists()


def test_the_sweep_runs_both_jobs(db):
    write(at=AT)

    report = sweep(at=AT + MINUTE)

    assert report.jobs["seal"] >= 2
    assert report.jobs["ledger_heartbeat"] >= 1
    assert verbs()[-1] == "ledger.heartbeat"


def test_a_refused_seal_does_not_stop_the_sweep(db, ledger_folder):
    sealed()
    (ledger_folder / "checkpoints.jsonl").unlink()
    write(at=AT)

    report = sweep(at=AT + MINUTE)

    assert report.jobs["seal"] == -1
    assert report.jobs["replies"] == 0
    assert Queue.objects.count() >= 1


def test_who_asks_for_the_job_by_name_does_not_wait(db):
    write(at=AT)

    assert run_job(name="seal", at=AT) == 2


def test_a_job_without_a_quicker_form_runs_as_it_is():
    assert sweep_jobs.hinted("replies") is sweep_jobs.registered()["replies"]


@pytest.fixture
def sent(settings, monkeypatch):
    """What went to the broker."""
    settings.NUDGE_ENABLED = True
    found = []
    monkeypatch.setattr(hints, "_send", lambda name, after: found.append(name))
    return found


def test_hints_alike_of_one_transaction_are_one(own_database, sent):
    with transaction.atomic():
        hints.nudge("seal")
        hints.nudge("sweep")
        with transaction.atomic():
            hints.nudge("seal")

    assert sent == ["seal", "sweep"]


def test_a_hint_of_a_savepoint_that_went_does_not_swallow_a_later_one(own_database, sent):
    with transaction.atomic():
        with pytest.raises(RuntimeError), transaction.atomic():
            hints.nudge("seal")
            raise RuntimeError
        hints.nudge("seal")

    assert sent == ["seal"]
