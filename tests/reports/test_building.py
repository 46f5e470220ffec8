"""A pack is built in the background: whole or not at all, once, and on where it stopped."""

import datetime as dt

import pytest

from ledger.selectors.lines import lines_of_object
from reports.models import Pack
from reports.services import building, leases, steps
from reports.services.building import build_pack, build_waiting
from tests.reports import packing, story

pytestmark = pytest.mark.django_db
LEASE = dt.timedelta(seconds=180)


class Killed(BaseException):
    """What a test raises where a process would die: nothing in the product catches it."""


def die_at(monkeypatch, step):
    """Let the process die when it begins a step."""

    def dead(shop):
        raise Killed

    dead.__name__ = step.__name__
    made = tuple((kind, dead if make is step else make) for kind, make in steps.MAKERS)
    monkeypatch.setattr(building, "MAKERS", made)


def test_a_pack_of_the_whole_story_is_valid():
    pack = packing.built(story.closed_story())

    faults = packing.faults_of(pack)

    assert (pack.state, pack.failure, faults) == (Pack.State.READY, "", [])


@pytest.mark.full
def test_pak_04_the_same_records_give_the_same_bytes():
    pack = packing.built(story.closed_story())
    first = packing.path_of(pack).read_bytes()
    packing.path_of(pack).unlink()

    packing.again(pack)

    assert packing.path_of(pack).read_bytes() == first


def test_a_pack_is_named_by_its_content(without_pango):
    pack = packing.built(story.base())

    named = packing.path_of(pack).name

    assert named == f"{pack.sha256}.zip"


def test_nothing_is_left_in_the_workshop(without_pango, files):
    packing.built(story.base())

    left = list((files / "packs" / "building").iterdir())

    assert left == []


def test_a_pack_without_pango_comes_without_report_and_says_so(without_pango):
    pack = packing.built(story.closed_story())

    faults = packing.faults_of(pack)

    assert pack.state == Pack.State.READY
    assert "apt-get install" in pack.missing
    assert "data/report.pdf" not in packing.names_in(pack)
    assert b"No report.pdf" in packing.read(pack, "data/index.html")
    assert faults == []


def test_what_is_written_after_the_request_is_left_out(without_pango):
    told = story.closed_story()
    pack = packing.asked(told)
    story.entry(
        "incident.returned",
        story.ENGINE,
        story.AT + dt.timedelta(seconds=1),
        ("incident", str(told.incident.pk), told.incident.number),
        incident_id=told.incident.pk,
    )

    build_pack(pack_id=pack.pk, at=story.AT)

    pack.refresh_from_db()
    assert b"incident.returned" not in packing.read(pack, "data/audit/log.jsonl")
    assert b"pack.requested" not in packing.read(pack, "data/audit/log.jsonl")


def test_a_second_worker_leaves_a_pack_alone_while_the_lease_runs(without_pango):
    pack = packing.asked(story.base())
    leases.take(pack_id=pack.pk, at=story.AT)

    done = build_pack(pack_id=pack.pk, at=story.AT + LEASE / 2)

    assert done is False
    assert Pack.objects.get(pk=pack.pk).attempts == 1


def test_a_pack_whose_worker_died_is_taken_over_when_the_lease_is_out(monkeypatch, without_pango):
    pack = packing.asked(story.base())
    with monkeypatch.context() as patch, pytest.raises(Killed):
        die_at(patch, steps.lists)
        build_pack(pack_id=pack.pk, at=story.AT)

    done = build_waiting(story.AT + LEASE * 2)

    pack.refresh_from_db()
    assert (done, pack.state, pack.attempts) == (1, Pack.State.READY, 2)
    assert packing.faults_of(pack) == []


def test_finished_steps_are_not_done_again_after_a_kill(monkeypatch, without_pango):
    pack = packing.asked(story.base())
    with monkeypatch.context() as patch, pytest.raises(Killed):
        die_at(patch, steps.documents)
        build_pack(pack_id=pack.pk, at=story.AT)

    with monkeypatch.context() as patch:
        die_at(patch, steps.readings)
        done = build_pack(pack_id=pack.pk, at=story.AT + LEASE * 2)

    assert done is True


def test_progress_is_kept_where_the_worker_died(monkeypatch, without_pango):
    pack = packing.asked(story.base())

    with pytest.raises(Killed):
        die_at(monkeypatch, steps.documents)
        build_pack(pack_id=pack.pk, at=story.AT)

    pack.refresh_from_db()
    assert (pack.state, pack.step, pack.progress) == ("building", "Drawing the report", 58)


def test_a_worker_that_lost_its_lease_finishes_nothing(without_pango):
    pack = packing.asked(story.base())
    slow = leases.take(pack_id=pack.pk, at=story.AT)
    leases.take(pack_id=pack.pk, at=story.AT + LEASE * 2)

    with pytest.raises(leases.LeaseLost):
        slow.finish(state=Pack.State.READY)

    assert Pack.objects.get(pk=pack.pk).state == Pack.State.BUILDING


def test_a_pack_beyond_the_limit_fails_and_says_what_to_do(settings, without_pango):
    settings.PACK_MAX_BYTES = 2000

    pack = packing.built(story.closed_story())

    assert pack.state == Pack.State.FAILED
    assert "shorter period" in pack.failure
    assert [line.verb for line in lines_of_object(object_type="pack", object_id=str(pack.pk))] == [
        "pack.failed",
        "pack.sealed",
        "pack.requested",
    ]


def test_a_defect_is_tried_again_and_at_last_said(monkeypatch, without_pango):
    pack = packing.asked(story.base())

    def broken(shop):
        raise RuntimeError("a defect")

    monkeypatch.setattr(building, "MAKERS", ((steps.Things, broken), *steps.MAKERS[1:]))
    for attempt in range(leases.MOST_ATTEMPTS):
        build_waiting(story.AT + LEASE * 2 * attempt)

    pack.refresh_from_db()
    assert (pack.state, pack.attempts) == (Pack.State.FAILED, leases.MOST_ATTEMPTS)


def test_the_oldest_request_is_built_first(without_pango):
    told = story.base()
    second = packing.asked(told, at=story.AT + dt.timedelta(seconds=2))
    first = packing.asked(told, at=story.AT)

    build_waiting(story.AT + dt.timedelta(minutes=1))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (Pack.State.READY, Pack.State.QUEUED)


def test_request_and_building_are_ledger_entries(without_pango):
    pack = packing.built(story.base())

    lines = lines_of_object(object_type="pack", object_id=str(pack.pk))

    assert [(line.verb, line.actor) for line in lines] == [
        ("pack.built", "packs"),
        ("pack.sealed", "packs"),
        ("pack.requested", "Nils Bergström"),
    ]
    assert lines[0].body["details"]["sha256"] == pack.sha256


def test_what_a_worker_left_that_died_after_its_pack_was_ready_is_removed(without_pango, files):
    busy = packing.asked(story.base())
    leases.take(pack_id=busy.pk, at=story.AT)
    shops = [files / "packs" / "building" / name for name in (str(busy.pk), "left-behind")]
    for shop in shops:
        shop.mkdir(parents=True)

    build_waiting(story.AT)

    assert [shop.exists() for shop in shops] == [True, False]
