"""Whatever somebody does to a built pack, the auditor's verifier names it."""

import shutil

import orjson
import pytest

from ledger.rules.canonical import canonical
from tests.reports import forging, packing, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def pack(without_pango):
    """The pack of the whole story, without its PDF."""
    return packing.built(story.closed_story())


@pytest.fixture
def held(pack, tmp_path):
    """A copy of the pack, in hands that may change it."""
    path = tmp_path / "held.zip"
    shutil.copy(packing.path_of(pack), path)
    return path


def changed(held, change, *arguments):
    """Change the pack's files and let the verifier judge, under the log's true key."""
    files = forging.unpacked(held)
    change(files)
    forging.repack(held, files)
    return forging.verdict(held, "--key", packing.log_key(), *arguments)


def test_a_pack_that_nobody_touched_passes(held):
    found = changed(held, lambda files: None)

    assert found == (0, {})


def test_a_changed_report_is_named(tmp_path):
    pack = packing.built(story.closed_story())
    held = tmp_path / "held.zip"
    shutil.copy(packing.path_of(pack), held)

    def change(files):
        files["data/report.pdf"] += b"%more\n"

    code, failed = changed(held, change)

    assert code == 1
    assert "data/report.pdf" in failed["bag"]


@pytest.mark.full
def test_a_changed_file_is_found_though_both_manifests_were_mended(held):
    def change(files):
        files["data/people/roles.csv"] += b"x,,,,,,,\n"
        forging.relisted(files)

    code, failed = changed(held, change)

    assert (code, list(failed)) == (1, ["note"])
    assert "tagmanifest-sha256" in failed["note"]


@pytest.mark.full
def test_an_added_file_is_named(held):
    code, failed = changed(held, lambda files: files.update({"data/more.txt": b"x"}))

    assert code == 1
    assert "data/more.txt" in failed["bag"]


@pytest.mark.full
def test_a_removed_file_is_named(held):
    code, failed = changed(held, lambda files: files.pop("data/people/roles.csv"))

    assert code == 1
    assert "data/people/roles.csv" in failed["bag"]


@pytest.mark.full
def test_a_second_note_is_named(held):
    def change(files):
        files["another.note"] = files["tagmanifest-sha256.note"]

    code, failed = changed(held, change)

    assert code == 1
    assert "another.note" in failed["bag"]


@pytest.mark.full
def test_a_pack_without_its_note_fails(held):
    code, failed = changed(held, lambda files: files.pop("tagmanifest-sha256.note"))

    assert code == 1
    assert "tagmanifest-sha256.note" in " ".join(failed.values())


@pytest.mark.full
def test_a_changed_checkpoint_is_named(held):
    def change(files):
        name = f"{forging.AUDIT}/checkpoint"
        origin, size, *rest = files[name].decode().split("\n")
        files[name] = "\n".join([origin, str(int(size) - 1), *rest]).encode()
        forging.relisted(files)

    code, failed = changed(held, change)

    assert code == 1
    assert "checkpoint" in failed


@pytest.mark.full
def test_an_edited_line_is_named_though_everything_around_it_agrees(held):
    def change(files):
        lines = forging.lines_of(files)
        edited = orjson.loads(lines[3])
        edited["entry"]["reason"] = "It was never so."
        lines[3] = canonical(edited)
        forging.set_lines(files, lines)
        forging.relisted(files)

    code, failed = changed(held, change)

    line = orjson.loads(forging.lines_of(forging.unpacked(held))[3])
    assert code == 1
    assert f"seq {line['seq']}" in failed["tree"]
    assert "is not the line that was sealed" in failed["tree"]


@pytest.mark.full
def test_a_line_left_out_is_named_though_everything_around_it_agrees(held):
    def change(files):
        lines = forging.lines_of(files)
        gone = next(
            place
            for place, line in enumerate(lines)
            if place > 2 and b'"stream":"organisation"' not in line
        )
        forging.set_lines(files, [line for place, line in enumerate(lines) if place != gone])
        forging.relisted(files)

    code, failed = changed(held, change)

    assert code == 1
    assert "was left out of the pack" in failed["complete"]


@pytest.mark.full
def test_a_line_left_out_with_the_rest_renumbered_is_named(held):
    def change(files):
        lines = [orjson.loads(line) for line in forging.lines_of(files)]
        places = [(line["seq"], line["stream_seq"]) for line in lines]
        kept = [*lines[:2], *lines[3:]]
        for line, (seq, stream_seq) in zip(kept, places, strict=False):
            line["seq"], line["stream_seq"] = seq, stream_seq
        forging.set_lines(files, [canonical(line) for line in kept])
        forging.relisted(files)

    code, failed = changed(held, change)

    assert code == 1
    assert "is not the line that was sealed" in failed["tree"]


@pytest.mark.full
def test_a_line_that_is_none_of_the_packs_is_named(held):
    def change(files):
        (opening, *others) = forging.lines_of(files, "neighbours.jsonl")
        forging.set_lines(files, others, "neighbours.jsonl")
        forging.set_lines(files, [opening, *forging.lines_of(files)])
        forging.relisted(files)

    code, failed = changed(held, change)

    assert code == 1
    assert "lies outside the pack's system, period and matters" in failed["scope"]


@pytest.mark.full
def test_a_longer_period_in_pack_json_is_named(held):
    def change(files):
        forging.edit_json(
            files,
            "data/pack.json",
            lambda about: about["scope"].update(since="2026-12-01T00:00:00Z"),
        )
        forging.relisted(files)

    code, failed = changed(held, change)

    assert code == 1
    assert {"scope", "complete"} & failed.keys()


def forged(held, pack):
    """Sign the pack anew with an edited line; return the forger's key."""
    files = forging.unpacked(held)
    lines = forging.lines_of(files)
    edited = orjson.loads(lines[3])
    edited["entry"]["reason"] = "It was never so."
    forging.set_lines(files, [*lines[:3], canonical(edited), *lines[4:]])
    vkey = forging.signed_anew(files, pack.number)
    forging.repack(held, files)
    return vkey


@pytest.mark.full
def test_a_pack_signed_anew_by_another_key_fails_under_the_true_one(held, pack):
    forged(held, pack)

    code, failed = forging.verdict(held, "--key", packing.log_key())

    assert code == 1
    assert "is none of this log's" in failed["keys"]


@pytest.mark.full
def test_a_pack_signed_anew_passes_only_who_pins_no_key_and_then_not_with_success(held, pack):
    forged(held, pack)

    code, failed = forging.verdict(held)

    assert (code, failed) == (3, {})


@pytest.mark.full
def test_a_pack_signed_anew_fails_who_kept_an_earlier_checkpoint(held, pack, tmp_path):
    kept = tmp_path / "last.checkpoint"
    kept.write_bytes(packing.read(pack, "data/audit/checkpoint"))
    vkey = forged(held, pack)

    code, failed = forging.verdict(held, "--key", vkey, "--prev", str(kept))

    assert code == 1
    assert "not signed by any key of this log" in failed["previous"]


@pytest.mark.full
def test_a_later_pack_goes_on_from_the_checkpoint_of_an_earlier_one(pack, tmp_path):
    kept = tmp_path / "last.checkpoint"
    kept.write_bytes(packing.read(pack, "data/audit/checkpoint"))
    person = story.person_actor(pack.requested_by)
    with story.acting_as(person):
        later = packing.request_pack(
            wanted=packing.Wanted(system_id=pack.system_id),
            since=story.SINCE,
            until=story.AT,
            actor=person,
            at=story.AT,
        )
    packing.build_pack(pack_id=later.pk, at=story.AT)
    later.refresh_from_db()

    found = forging.verdict(packing.path_of(later), "--key", packing.log_key(), "--prev", str(kept))

    assert found == (0, {})
