"""A pack is bound to one checkpoint, waits for the sealer, and is offered only if it verifies."""

import datetime as dt
import json

import pytest

from ledger.context import acting_as
from ledger.models import Statement
from ledger.selectors.checkpoints import keys, newest_seal
from ledger.services.anchoring import anchor
from ledger.services.rotation import rotate_key
from ledger.services.sealing import seal
from outbox import clock
from reports.models import Pack
from reports.selectors.progress import progress_of
from reports.services import building, signing
from reports.services.building import build_pack, build_waiting
from reports.services.packs import request_again
from tests.ledger.authority import Authority, serving
from tests.reports import forging, packing, story

pytestmark = pytest.mark.django_db
# Later than a pack that waits is looked at again, also on a busy machine.
SOON = dt.timedelta(minutes=1)


def fresh(pack):
    """Return the pack as it is now."""
    return Pack.objects.get(pk=pack.pk)


def written_later(told):
    """Write one more entry of the system, of the pack's period."""
    story.entry(
        "system.changed",
        story.ENGINE,
        story.AT - dt.timedelta(minutes=1),
        ("system", str(told.system.pk), told.system.name),
        system_id=told.system.pk,
    )


def about(pack):
    """Return the pack's words about itself."""
    return json.loads(packing.read(pack, "data/pack.json"))


def test_a_pack_whose_record_cannot_be_sealed_waits_and_says_why(ledger_folder, without_pango):
    pack = packing.asked(story.base())
    ledger_folder.mkdir(exist_ok=True)
    (ledger_folder / "key").write_text("no key")
    (ledger_folder / "key").chmod(0o600)

    done = build_waiting(story.AT)

    waits = fresh(pack)
    assert (done, waits.state, waits.attempts, waits.step) == (
        0,
        Pack.State.BUILDING,
        0,
        "Sealing the record",
    )
    assert "is not readable as a key" in waits.waits_for
    assert waits.waits_for in progress_of(waits).text


def test_a_pack_that_waited_goes_on_when_the_record_is_sealed(ledger_folder, without_pango):
    pack = packing.asked(story.base())
    ledger_folder.mkdir(exist_ok=True)
    (ledger_folder / "key").write_text("no key")
    (ledger_folder / "key").chmod(0o600)
    build_waiting(story.AT)
    (ledger_folder / "key").unlink()

    done = build_waiting(story.AT + SOON)

    assert (done, fresh(pack).state, fresh(pack).waits_for) == (1, Pack.State.READY, "")
    assert packing.faults_of(fresh(pack)) == []


@pytest.mark.full
def test_one_sweep_is_enough_where_this_process_may_seal(without_pango):
    pack = packing.asked(story.base())

    done = build_waiting(story.AT)

    assert (done, fresh(pack).state, fresh(pack).attempts) == (1, Pack.State.READY, 1)


@pytest.mark.full
def test_a_pack_waits_for_the_signature_of_another_process(monkeypatch, without_pango):
    pack = packing.asked(story.base())
    with monkeypatch.context() as patch:
        patch.setattr(signing, "seal", lambda at: None)
        build_waiting(story.AT)
    waited = fresh(pack)
    seal(at=story.AT)

    done = build_waiting(story.AT + SOON)

    assert (waited.state, waited.step, waited.attempts) == ("building", "Having it signed", 0)
    assert "the log's signature" in waited.waits_for
    assert (done, fresh(pack).state) == (1, Pack.State.READY)


@pytest.mark.full
def test_a_pack_that_the_sealer_will_not_sign_fails_and_says_so(monkeypatch, without_pango):
    pack = packing.asked(story.base())
    with monkeypatch.context() as patch:
        patch.setattr(signing, "seal", lambda at: None)
        build_waiting(story.AT)
    Statement.objects.update(root=bytes(32))

    build_waiting(story.AT + SOON)

    assert fresh(pack).state == Pack.State.FAILED
    assert "will not sign this pack" in fresh(pack).failure


@pytest.mark.full
def test_a_pack_that_waits_does_not_hold_up_the_next(monkeypatch, without_pango):
    told = story.base()
    first = packing.asked(told)
    second = packing.asked(told, at=story.AT + dt.timedelta(seconds=1))
    real = signing.signed

    def held_up(shop):
        if shop.scope.number == first.number:
            raise signing.Waits("the log's signature")
        return real(shop)

    held_up.__name__ = "signed"
    makers = tuple((kind, held_up if make is real else make) for kind, make in building.MAKERS)
    monkeypatch.setattr(building, "MAKERS", makers)

    done = build_waiting(story.AT + dt.timedelta(seconds=2))

    assert done == 1
    assert (fresh(first).state, fresh(second).state) == (Pack.State.BUILDING, Pack.State.READY)


@pytest.mark.full
def test_a_pack_keeps_its_checkpoint_when_its_worker_dies(monkeypatch, without_pango, files):
    told = story.base()
    pack = packing.asked(told)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(building, "write_zip", interrupted)
        build_pack(pack_id=pack.pk, at=story.AT)
    bound = fresh(pack).checkpoint_size
    written_later(told)
    seal(at=story.AT)

    build_waiting(story.AT + dt.timedelta(minutes=10))

    assert fresh(pack).checkpoint_size == bound < newest_seal().size
    assert b"system.changed" not in packing.read(fresh(pack), "data/audit/log.jsonl")
    assert packing.faults_of(fresh(pack)) == []


def interrupted(*_):
    """Die, as a process does."""
    raise KeyboardInterrupt


@pytest.mark.full
def test_a_pack_begun_anew_elsewhere_is_bound_to_the_same_checkpoint(monkeypatch, without_pango):
    told = story.base()
    pack = packing.built(told)
    first = packing.path_of(pack).read_bytes()
    packing.path_of(pack).unlink()
    written_later(told)
    seal(at=story.AT)

    packing.again(pack)

    assert packing.path_of(pack).read_bytes() == first


@pytest.mark.full
def test_what_was_written_before_the_request_but_seen_after_it_is_in(without_pango):
    told = story.base()
    pack = packing.asked(told)
    written_later(told)

    build_waiting(story.AT)

    assert b"system.changed" in packing.read(fresh(pack), "data/audit/log.jsonl")
    assert packing.faults_of(fresh(pack)) == []


@pytest.mark.full
def test_the_request_itself_and_the_building_are_no_lines_of_the_pack(without_pango):
    pack = packing.built(story.closed_story())

    lines = packing.read(pack, "data/audit/log.jsonl")

    assert b'"pack.' not in lines
    assert b'"ledger.counted"' not in lines


@pytest.mark.full
def test_lines_of_the_system_outside_the_period_prove_that_none_is_missing(without_pango):
    told = story.closed_story()

    pack = packing.built(told, since=story.OPENED, until=story.after(days=2))

    neighbours = [
        json.loads(line) for line in packing.read(pack, "data/audit/neighbours.jsonl").splitlines()
    ]
    verbs = {line["entry"]["verb"] for line in neighbours}
    (stream,) = about(pack)["streams"]
    assert {"ledger.opened", "ledger.counted"} <= verbs
    assert stream["first"] > 0
    assert stream["first"] - 1 in [line["stream_seq"] for line in neighbours]
    assert packing.faults_of(pack) == []


@pytest.mark.full
@pytest.mark.parametrize(
    ("since", "until"),
    [
        (story.SINCE - story.WEEK, story.SINCE - dt.timedelta(days=1)),
        (story.AT - dt.timedelta(hours=2), story.AT - dt.timedelta(hours=1)),
    ],
    ids=["before the first line", "after the last line"],
)
def test_a_period_without_a_line_is_proved_to_be_empty(without_pango, since, until):
    told = story.base()

    pack = packing.built(told, since=since, until=until)

    assert (about(pack)["streams"][0]["first"], about(pack)["ledger"]["entries"]) == (None, 0)
    assert packing.faults_of(pack) == []


@pytest.mark.full
def test_a_pack_that_its_verifier_fails_is_not_offered(monkeypatch, without_pango):
    real = building.write_zip

    def tampered(bag, target):
        (bag / "data" / "people" / "roles.csv").write_text("changed\n")
        real(bag, target)

    monkeypatch.setattr(building, "write_zip", tampered)

    pack = packing.built(story.base())

    assert (pack.state, pack.path) == (Pack.State.FAILED, "")
    assert "data/people/roles.csv was changed" in pack.failure


@pytest.mark.full
def test_packs_before_and_after_a_rotation_pass_under_the_first_key(without_pango, tmp_path):
    told = story.base()
    before = packing.built(told)
    first = packing.log_key()
    kept = tmp_path / "last.checkpoint"
    kept.write_bytes(packing.read(before, "data/audit/checkpoint"))
    with acting_as(story.ENGINE):
        rotate_key(reason="Yearly.", actor=story.ENGINE, at=story.AT)

    after = packing.built(told)

    assert len(keys()) == 2
    assert after.key == packing.log_key() != first
    for key in (first, after.key):
        path = packing.path_of(after)
        assert forging.verdict(path, "--key", key, "--prev", str(kept)) == (0, {})


@pytest.mark.full
def test_outside_time_stamps_go_along_and_their_authority_can_be_pinned(
    settings, tmp_path, without_pango
):
    clock.shift(dt.timedelta(0))
    told = story.base()
    authority = Authority(tmp_path)
    with serving(authority):
        settings.LEDGER_TSA_URLS = [authority.url]
        settings.LEDGER_TSA_PLAIN_HOSTS = ["127.0.0.1"]
        settings.LEDGER_TSA_CA = str(authority.ca)
        seal(at=clock.now())
        anchor(clock.now())

    pack = packing.asked(told, at=clock.now(), until=clock.now())
    build_pack(pack_id=pack.pk, at=clock.now())

    pinned = ("--key", packing.log_key())
    path = packing.path_of(fresh(pack))
    verify = packing.read(fresh(pack), "VERIFY.txt").decode()
    assert [name for name in packing.names_in(fresh(pack)) if name.endswith(".tsr")] != []
    assert forging.verdict(path, *pinned, "--tsa-ca", str(authority.ca)) == (0, {})
    assert forging.verdict(path, *pinned) == (3, {})
    assert "add --tsa-ca with the certificates of the authority" in verify


@pytest.mark.full
def test_a_failed_pack_that_is_asked_for_again_is_sealed_anew(settings, without_pango):
    told = story.base()
    settings.PACK_MAX_BYTES = 1
    pack = packing.built(told)
    bound = pack.checkpoint_size
    settings.PACK_MAX_BYTES = 10**9
    actor = story.person_actor(told.people.nils)
    with acting_as(actor):
        request_again(pack_id=pack.pk, actor=actor, at=story.AT)

    build_pack(pack_id=pack.pk, at=story.AT)

    assert fresh(pack).state == Pack.State.READY
    assert fresh(pack).checkpoint_size > bound
