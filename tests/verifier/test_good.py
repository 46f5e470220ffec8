"""What is right passes, with the right exit code and in plain words."""

import json
import shutil
import zipfile

import countersign_verify
from tests.verifier import making
from tests.verifier.conftest import run


def test_a_full_export_passes_under_its_key(check, story, key):
    said = check(making.export(story), key)

    assert (said.code, said.failed) == (0, set()), said.words


def test_a_pack_passes_under_its_key(check, pack):
    ledger, files = pack

    said = check(files, ledger.signer.vkey)

    assert (said.code, said.failed) == (0, set()), said.words
    assert {"note", "bag", "scope", "complete", "table"} <= set(said.result)


def test_pak_06_a_pack_without_a_pinned_key_never_gives_zero(check, pack):
    said = check(pack[1])

    assert said.code == 3
    assert said.result["keys"] == "SKIP"
    assert "unpinned" in said.words["keys"]


def test_an_export_without_a_pinned_key_never_gives_zero(check, story):
    said = check(making.export(story))

    assert (said.code, said.result["keys"]) == (3, "SKIP")


def test_scope_and_period_are_printed(check, pack):
    said = check(pack[1], pack[0].signer.vkey)

    assert "Claims triage" in said.words["scope"]
    assert "2026-03-02T08:00:30+00:00 to 2026-03-02T08:01:50+00:00" in said.words["scope"]


def test_the_log_may_have_grown_since_an_earlier_checkpoint(check, story, key):
    earlier = story.checkpoints[1][1].encode()

    said = check(making.export(story), key, prev=earlier)

    assert (said.code, said.result["previous"]) == (0, "PASS")


def test_the_same_checkpoint_again_is_fine(check, story, key):
    said = check(making.export(story), key, prev=story.checkpoints[-1][1].encode())

    assert said.code == 0


def test_a_least_size_that_is_met_passes(check, story, key):
    said = check(making.export(story), key, min_size=22)

    assert (said.code, said.result["size"]) == (0, "PASS")


def test_a_pack_unpacked_to_a_folder_passes(tmp_path, pack):
    (tmp_path / "p.zip").write_bytes(making.zipped(pack[1]))
    zipfile.ZipFile(tmp_path / "p.zip").extractall(tmp_path / "out")

    inner = run(tmp_path / "out" / making.PACK, "--key", pack[0].signer.vkey, "--json")
    outer = run(tmp_path / "out", "--key", pack[0].signer.vkey, "--json")

    assert (inner.code, outer.code) == (0, 0), inner.words


def test_an_export_as_a_renamed_folder_passes(tmp_path, story, key):
    (tmp_path / "p.zip").write_bytes(making.zipped(making.export(story)))
    zipfile.ZipFile(tmp_path / "p.zip").extractall(tmp_path / "out")
    shutil.move(next((tmp_path / "out").iterdir()), tmp_path / "copy")

    said = run(tmp_path / "copy", "--key", key)

    assert said.code == 0
    assert said.text.count("FAIL") == 0


def test_the_key_may_come_from_a_file(tmp_path, story, key):
    (tmp_path / "e.zip").write_bytes(making.zipped(making.export(story)))
    (tmp_path / "key.txt").write_text(f"{key}\n")

    said = run(tmp_path / "e.zip", "--key", tmp_path / "key.txt")

    assert said.code == 0


def test_each_claim_is_one_line(tmp_path, story, key):
    (tmp_path / "e.zip").write_bytes(making.zipped(making.export(story)))

    lines = run(tmp_path / "e.zip", "--key", key).text.splitlines()

    assert all(line.startswith(("PASS  ", "SKIP  ")) for line in lines[:-1])
    assert lines[-1].startswith("EXIT 0")


def test_json_says_the_same_as_the_lines(tmp_path, story, key):
    (tmp_path / "e.zip").write_bytes(making.zipped(making.export(story)))

    lines = run(tmp_path / "e.zip", "--key", key).text.splitlines()
    said = json.loads(run(tmp_path / "e.zip", "--key", key, "--json").text)

    shown = [f"{item['result']}  {item['claim']}: {item['words']}" for item in said["claims"]]
    assert shown == lines[:-1]
    assert said["exit"] == 0


def test_pak_07_help_prints_every_limit():
    said = run("--help")

    assert said.code == 0
    for _, value in countersign_verify.LIMITS:
        assert str(value) in said.text


def test_commitments_opened_and_withheld_are_counted(check, story, key):
    said = check(making.export(story), key)

    assert said.words["disclosures"] == (
        "16 commitments opened in 16 places, 4 places withheld or erased"
    )


def test_an_erased_person_leaves_the_ledger_whole(check, key):
    ledger = making.story()
    ledger.disclosures.clear()

    said = check(making.export(ledger), key)

    assert said.code == 0
    assert said.words["disclosures"].startswith("0 commitments opened")


def test_entries_that_waited_long_are_counted_and_shown(check, key):
    ledger = making.Ledger()
    ledger.record(at=making.START - making.timedelta(hours=2))
    making.story(ledger)

    said = check(making.export(ledger), key)

    assert said.code == 0
    assert "1 entry waited over 10 minutes" in said.words["times"]
    named = "seq 1, number 101, verb incident.opened, who Ada Lovelace (person)"
    assert named in said.words["times"]


def test_an_unknown_signature_line_is_ignored(check, key):
    ledger = making.story()
    size, note, sealed = ledger.checkpoints[-1]
    line = f"— witness.example/w {making.b64(bytes(2424))}\n"
    ledger.checkpoints[-1] = (size, note + line, sealed)

    said = check(making.export(ledger), key)

    assert said.code == 0


def test_a_pack_of_a_period_without_entries_says_what_bounds_it(check, key):
    quiet = making.START + making.timedelta(minutes=30)
    ledger = making.story()
    ledger.now = quiet + making.timedelta(hours=1)
    ledger.record("incident.taken")
    files = making.pack(ledger, since=quiet, until=quiet + making.timedelta(minutes=5))

    said = check(files, key)

    assert said.code == 0, said.words
    assert "no entry lies in the period" in said.words["complete"]
