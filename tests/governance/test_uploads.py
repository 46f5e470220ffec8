"""TEL-1: a file is looked at line by line, taken in by chunks, and goes on after a crash."""

import datetime as dt

import pytest

from governance.models import Standing
from governance.services import upload_imports
from governance.services.upload_imports import import_upload, import_waiting
from governance.services.uploads import (
    read_upload,
    request_import,
    settle_upload,
)
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from telemetry.models import Batch, DecisionEvent, Measurement, Series, Upload, UploadChunk
from telemetry.selectors.uploads import faults_told, first_lines, upload_for
from telemetry.services.uploads import KEPT, Settled, forget_uploads, withdraw_upload
from tests.registry.factories import call, person_as_actor, role, user
from tests.telemetry.factory import AT, measured

pytestmark = pytest.mark.django_db
HEAD = "kpi,date,value,n\n"
FIRST = dt.date(2026, 9, 1)


@pytest.fixture
def system():
    """A system with a threshold on its accuracy."""
    return measured()


@pytest.fixture
def owner(system):
    """Its owner, who uploads."""
    return person_as_actor(system.owner)


def lines(count, *, value="0.95", kpi="accuracy"):
    """So many days of readings."""
    return "".join(f"{kpi},{FIRST + dt.timedelta(days=day)},{value},500\n" for day in range(count))


def look(system, content, *, actor, kind="measurements", **every):
    """Read a file of a system, a day a window."""
    said = {"system": system.slug, "window": "1d"} | every
    return call(
        read_upload, name="june.csv", content=content.encode(), kind=kind, every=said, actor=actor
    )


def ask(found, *, actor, without_bad=False):
    """Ask to take a file in."""
    return call(
        request_import,
        upload_id=found.pk,
        expected_version=found.version,
        without_bad=without_bad,
        actor=actor,
    )


def take_in(found, *, actor, **asked):
    """Ask to take a file in, and do so."""
    ask(found, actor=actor, **asked)
    return import_upload(upload_id=found.pk, at=AT)


def told(found, *, at_import=False):
    """(line, field) of what is wrong."""
    rows = faults_told(found.pk, at_import=at_import)
    return list(rows.values_list("number", "field"))


def test_looking_at_a_file_stores_no_reading(system, owner):
    found = look(system, HEAD + lines(3), actor=owner)

    assert (found.rows, found.faults, found.state) == (3, 0, "read")
    assert found.options["tried"]["accepted"] == 3
    assert not Measurement.objects.exists()
    assert not Series.objects.exists()


def test_a_file_is_taken_in_and_judged_like_all_readings(system, owner):
    found = look(system, HEAD + lines(3, value="0.5"), actor=owner)

    done = take_in(found, actor=owner)

    assert (done.state, done.accepted, done.done) == ("imported", 3, 3)
    assert Standing.objects.get().state == "CRITICAL"
    assert system.incidents.count() == 1


def test_an_incident_that_a_file_would_open_is_told_before(system, owner):
    found = look(system, HEAD + lines(3, value="0.5"), actor=owner)

    assert found.options["tried"]["incidents"] == 1
    assert not system.incidents.exists()


def test_the_person_stands_behind_what_a_file_brings(system, owner):
    take_in(look(system, HEAD + lines(1), actor=owner), actor=owner)

    batch = Batch.objects.get()
    assert (batch.sender_id, batch.source) == (owner.id, "file june.csv")


def test_each_fault_is_told_by_its_line(system, owner):
    content = HEAD + "accuracy,2026-08-01,x,5\nnothing,2026-08-02,1,5\n=1+1,2026-08-03,1,5\n"

    found = look(system, content + lines(1), actor=owner)

    assert told(found) == [(2, "value"), (3, "kpi"), (4, "kpi")]


def test_a_line_with_more_cells_than_columns_is_told(system, owner):
    found = look(system, HEAD + "accuracy,2026-08-01,1,5,9\n" + lines(1), actor=owner)

    assert told(found) == [(2, "")]


def test_faults_stop_a_file_unless_they_are_left_out(system, owner):
    found = look(system, HEAD + "accuracy,2026-07-01,x,5\n" + lines(2), actor=owner)

    with pytest.raises(Conflict, match="1 of 3 lines have faults"):
        ask(found, actor=owner)
    done = take_in(found, actor=owner, without_bad=True)

    assert (done.accepted, done.rejected) == (2, 1)
    assert told(done, at_import=True) == [(2, "value")]


def test_a_file_without_a_good_line_is_not_taken_in(system, owner):
    found = look(system, HEAD + "accuracy,x,1,5\n", actor=owner)

    with pytest.raises(Conflict, match="no line is good"):
        ask(found, actor=owner, without_bad=True)


def test_how_a_file_is_read_can_be_said(system, owner):
    found = look(system, "was;wann;wie;n\naccuracy;2026-08-01;0,9;5\n", actor=owner)

    settled = call(
        settle_upload,
        upload_id=found.pk,
        expected_version=1,
        settled=Settled(columns={"was": "kpi", "wann": "window_end", "wie": "value"}),
        actor=owner,
    )

    assert (found.faults, settled.faults, settled.version) == (1, 0, 2)
    assert take_in(settled, actor=owner).accepted == 1
    assert Measurement.objects.get().value == 0.9


@pytest.mark.parametrize(
    "settled",
    [
        Settled(columns={"kpi": "nothing"}),
        Settled(columns={"kpi": "value"}),
        Settled(decimal="x"),
        Settled(zone="Europe/Nowhere"),
        Settled(zone="../../etc/passwd"),
    ],
)
def test_a_way_to_read_that_makes_no_sense_is_refused(system, owner, settled):
    found = look(system, HEAD + lines(1), actor=owner)

    with pytest.raises(Invalid):
        call(settle_upload, upload_id=found.pk, expected_version=1, settled=settled, actor=owner)


def test_what_was_not_looked_at_is_not_taken_in(system, owner):
    found = look(system, HEAD + lines(1), actor=owner)
    call(
        settle_upload,
        upload_id=found.pk,
        expected_version=1,
        settled=Settled(zone="UTC"),
        actor=owner,
    )

    with pytest.raises(Conflict, match="look again"):
        ask(found, actor=owner)


def test_the_same_file_again_is_the_same_upload(system, owner):
    first = look(system, HEAD + lines(2), actor=owner)

    assert look(system, HEAD + lines(2), actor=owner).pk == first.pk


def test_taking_a_file_in_twice_changes_nothing(system, owner):
    take_in(look(system, HEAD + lines(2), actor=owner), actor=owner)

    again = take_in(look(system, HEAD + lines(2), actor=owner), actor=owner)

    assert (again.accepted, again.repeated) == (0, 2)
    assert Measurement.objects.count() == 2


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of two lines."""
    for place in ("telemetry.services.uploads", "governance.services.upload_imports"):
        monkeypatch.setattr(f"{place}.A_CHUNK", 2)


def test_a_file_goes_on_behind_the_last_chunk_that_was_kept(system, owner, small_chunks):
    found = look(system, HEAD + lines(5), actor=owner)
    ask(found, actor=owner)

    first = import_upload(upload_id=found.pk, at=AT, chunks=1)
    last = import_upload(upload_id=found.pk, at=AT)

    assert (first.done, first.state) == (2, "importing")
    assert (last.done, last.accepted, last.state) == (5, 5, "imported")


def test_a_worker_that_died_is_followed_by_another_when_its_lease_ends(system, owner, small_chunks):
    found = look(system, HEAD + lines(5), actor=owner)
    ask(found, actor=owner)
    upload_imports._take(found.pk, AT)

    early = import_waiting(AT + dt.timedelta(minutes=1))
    later = import_waiting(AT + dt.timedelta(minutes=11))

    assert (early, later) == (0, 1)
    assert Upload.objects.get().accepted == 5


def test_a_worker_that_lost_its_lease_takes_nothing_in(system, owner, small_chunks):
    found = look(system, HEAD + lines(5), actor=owner)
    ask(found, actor=owner)
    attempt = upload_imports._take(found.pk, AT)
    Upload.objects.filter(pk=found.pk).update(attempts=attempt + 1)

    went_on = upload_imports._take_in_chunk(found.pk, attempt, owner, AT)

    assert went_on is False
    assert not Measurement.objects.exists()


def test_an_error_opens_the_file_again_and_it_goes_on_from_there(
    system, owner, small_chunks, monkeypatch
):
    found = look(system, HEAD + lines(5), actor=owner)
    ask(found, actor=owner)
    import_upload(upload_id=found.pk, at=AT, chunks=1)
    with monkeypatch.context() as broken:
        broken.setattr(upload_imports, "deliver", lambda *_: 1 / 0)
        stopped = import_upload(upload_id=found.pk, at=AT)

    done = take_in(stopped, actor=owner)

    assert (stopped.state, stopped.done) == ("read", 2)
    assert "An error stopped it" in stopped.failure
    assert (done.accepted, done.repeated, Measurement.objects.count()) == (5, 0, 5)


def test_a_file_that_workers_die_of_is_given_up_in_words(system, owner):
    found = look(system, HEAD + lines(1), actor=owner)
    ask(found, actor=owner)
    Upload.objects.filter(pk=found.pk).update(attempts=upload_imports.MOST_ATTEMPTS)

    stopped = import_upload(upload_id=found.pk, at=AT)

    assert (stopped.state, "never came further" in stopped.failure) == ("read", True)


def test_large_files_are_taken_in_by_the_sweep_in_turns(system, owner, small_chunks, monkeypatch):
    monkeypatch.setattr(upload_imports, "A_TURN", 1)
    found = look(system, HEAD + lines(5), actor=owner)
    ask(found, actor=owner)

    turns = 0
    while Upload.objects.get().state == "importing":
        turns += import_waiting(AT)

    assert (turns, Upload.objects.get().accepted) == (3, 5)


def test_decision_events_come_by_file_too(system, owner):
    content = "id,time,answer,version\ne1,2026-08-01T10:00:00Z,yes,2.3\n"

    done = take_in(look(system, content, actor=owner, kind="decisions"), actor=owner)

    assert done.accepted == 1
    assert DecisionEvent.objects.get().answer == "yes"


def test_a_system_of_somebody_else_is_out_of_reach(system, owner):
    foreign = measured()

    found = look(foreign, HEAD + lines(1), actor=owner)

    assert told(found) == [(2, "system")]


@pytest.mark.parametrize(("name", "may"), [("engineer", True), ("auditor", False)])
def test_who_may_upload(system, name, may):
    who = user()
    role(who, name, unit=system.unit)

    if may:
        assert look(system, HEAD + lines(1), actor=person_as_actor(who)).faults == 0
    else:
        with pytest.raises(Forbidden):
            look(system, HEAD + lines(1), actor=person_as_actor(who))


def test_nobody_sees_the_file_of_somebody_else(system, owner):
    found = look(system, HEAD + lines(1), actor=owner)

    with pytest.raises(Missing):
        upload_for(found.pk, system.deputy)


def test_a_file_that_was_put_aside_is_not_taken_in(system, owner):
    found = look(system, HEAD + lines(1), actor=owner)
    call(withdraw_upload, upload_id=found.pk, actor=owner)

    with pytest.raises(Conflict, match="put aside"):
        ask(found, actor=owner)


def test_the_lines_go_a_month_after_the_end_and_the_readings_stay(system, owner):
    take_in(look(system, HEAD + lines(2), actor=owner), actor=owner)

    removed = forget_uploads(AT + KEPT + dt.timedelta(days=1))

    assert (removed, UploadChunk.objects.count(), Measurement.objects.count()) == (1, 0, 2)
    assert first_lines(Upload.objects.get()) == []


def test_every_step_is_on_record(system, owner):
    take_in(look(system, HEAD + lines(1), actor=owner), actor=owner)

    rows = Entry.objects.filter(object_type="upload").order_by("id")
    assert list(rows.values_list("verb", flat=True)) == [
        "upload.read",
        "upload.asked",
        "upload.imported",
    ]
