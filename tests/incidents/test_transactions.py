"""One transaction, one winner: what the database refuses, and what a crash leaves behind."""

import threading

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from incidents.models import Comment, Incident, Participation, Questions, Transition
from incidents.rules.transitions import DECISION, INVESTIGATING, OPEN, VALIDATION
from incidents.services.comments import Said, write_comment
from ledger.context import acting_as
from ledger.governed import BypassRefused
from ledger.rules.refusals import Conflict
from ledger.selectors.lines import newest_number
from outbox.models import Message, Timer
from tests.incidents import factory
from tests.incidents.factory import AT, SETUP, bring, do, fresh, opened


def rows():
    """How many rows there are of everything that a command writes."""
    return {
        "transitions": Transition.objects.count(),
        "participations": Participation.objects.count(),
        "questions": Questions.objects.count(),
        "history": Incident.history.count(),
        "timers": Timer.objects.filter(state="armed").count(),
        "messages": Message.objects.count(),
        "entries": newest_entry_count(),
    }


def newest_entry_count():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_entry")
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "place",
    [
        "incidents.services.commands.owners.arm_for_answers",
        "incidents.services.commands.recording.timers_of_move",
        "incidents.services.commands.execution.notify",
        "incidents.services.commands.recording.participate",
    ],
)
def test_f44_what_raises_after_the_handler_leaves_nothing_behind(db, monkeypatch, place):
    incident = opened()
    before = rows()

    def explode(*_, **__):
        raise RuntimeError("crash")

    monkeypatch.setattr(place, explode)
    with pytest.raises(RuntimeError, match="crash"):
        do(incident, "acknowledge", incident.owner)

    assert rows() == before
    assert fresh(incident).state == OPEN
    assert newest_number() > 0


def test_the_same_comment_sent_at_once_is_one_comment(own_database):
    incident, wrong, start = opened(), [], threading.Barrier(4)
    actor = factory.acting(incident.owner)

    def send():
        start.wait()
        try:
            with acting_as(actor):
                write_comment(
                    incident_id=incident.pk, said=Said(text="Look.", key="k"), actor=actor, at=AT
                )
        except Exception as error:  # noqa: BLE001  whatever a sender would meet
            wrong.append(error)
        finally:
            connection.close()

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert wrong == []
    assert Comment.objects.count() == 1


def test_f15_a_state_written_past_the_command_is_refused_at_the_commit(own_database):
    incident = opened()

    statement = "UPDATE incidents_incident SET state = 'CLOSED'"
    with (
        pytest.raises(IntegrityError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert caught.value.__cause__.diag.constraint_name == "state_equals_transition"
    assert fresh(incident).state == OPEN


def test_a_version_without_its_transition_is_refused_at_the_commit(db):
    opened()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE incidents_incident SET version = version + 1")

    with pytest.raises(IntegrityError):
        connection.check_constraints()


def test_a_transition_without_its_state_is_refused_at_the_commit(db):
    incident = opened()
    Transition.objects.create(
        incident=incident,
        version=2,
        cycle=1,
        code="T16",
        command="close",
        from_state=OPEN,
        to_state="CLOSED",
        person_name="x",
        at=AT,
        entry_number=0,
    )

    with pytest.raises(IntegrityError):
        connection.check_constraints()


def test_an_incident_without_a_transition_is_refused_at_the_commit(house):
    of = house
    with acting_as(SETUP):
        Incident(
            number="INC-2026-9999",
            kind="breach",
            dedup_key="k",
            title="t",
            summary="s",
            category="technical",
            system=of.system,
            unit=of.unit,
            owner=of.owner,
            deputy=of.deputy,
            risk_tier="low",
            proposed_severity="minor",
            severity="minor",
            plan="{}",
            plan_sha256="0",
            detected_at=AT,
            opened_at=AT,
            stage_entered_at=AT,
        ).save(force_insert=True)

    with pytest.raises(IntegrityError):
        connection.check_constraints()


def test_a_state_is_not_assigned(house):
    incident = fresh(opened(house))

    with pytest.raises(AttributeError):
        incident.state = "CLOSED"


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.update(state="CLOSED"),
        lambda rows: rows.delete(),
        lambda rows: rows.bulk_update(list(rows), ["title"]),
    ],
)
def test_f14_set_wise_writes_are_refused(house, change):
    opened(house)

    with pytest.raises(BypassRefused):
        change(Incident.objects.all())


@pytest.mark.parametrize(
    "table",
    [
        "transition",
        "participation",
        "questions",
        "findings",
        "validation",
        "evidence",
        "firstassessment",
        "actionreceipt",
    ],
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_what_people_wrote_is_append_only(db, table, statement):
    refused = pytest.raises(ProgrammingError, match="denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(f"incidents_{table}"))


def test_the_owner_of_the_tables_meets_the_trigger(own_database):
    bring(factory.house(), DECISION)
    owner = own_database.replace("countersign_app", "countersign_owner")

    for table in ("transition", "participation", "findings", "validation"):
        with psycopg.connect(owner) as direct, pytest.raises(psycopg.errors.CheckViolation):
            direct.execute(f"UPDATE incidents_{table} SET cycle = 2")


def at_once(*calls):
    """Run calls in threads that start together; returns what each came to, in order."""
    barrier, found = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index, call):
        try:
            barrier.wait(timeout=10)
            found[index] = call()
        except Exception as error:  # noqa: BLE001  the test looks at what was raised
            found[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index, call)) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return found


def test_f5_of_two_commands_at_once_one_wins_and_the_other_is_told(own_database):
    of = factory.house()
    incident = bring(of, VALIDATION)
    version = incident.version

    found = at_once(
        lambda: do(incident, "validate", of.compliance, version=version),
        lambda: do(incident, "return_to_owner", of.risk, version=version),
    )

    lost = [one for one in found if isinstance(one, Exception)]
    assert len(lost) == 1
    assert isinstance(lost[0], Conflict)
    assert lost[0].code == "stale_version"
    assert fresh(incident).version == version + 1
    assert fresh(incident).state in (DECISION, INVESTIGATING)


def test_the_same_request_twice_at_once_is_done_once(own_database):
    incident = opened()

    found = at_once(
        *[lambda: do(incident, "acknowledge", incident.owner, version=1, key="double")] * 3
    )

    assert [one for one in found if isinstance(one, Exception)] == []
    assert sorted(one.replayed for one in found) == [False, True, True]
    assert len({one.transition.pk for one in found}) == 1


def test_f25_many_breaches_of_one_cause_at_once_open_one_incident(own_database):
    of = factory.house()

    found = at_once(*[lambda: opened(of, dedup_key="one")] * 6)

    assert sum(isinstance(one, Conflict) for one in found) == 5
    assert Incident.objects.filter(dedup_key="one").count() == 1


def test_numbers_are_unique_under_concurrency(own_database):
    of = factory.house()

    found = at_once(*[lambda: opened(of)] * 6)

    assert len({one.number for one in found}) == 6
