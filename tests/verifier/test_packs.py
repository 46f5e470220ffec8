"""Packs falsified: plainly, with manifests mended, and with everything signed anew."""

import hashlib
import json
from datetime import timedelta

import pytest

from tests.verifier import making

AUDIT = f"{making.PACK}/data/audit"


def mended(files, ledger, signer=None):
    """Mend both manifests and sign, as somebody does who holds a key."""
    payload = {name.partition("/")[2]: data for name, data in files.items()}
    return making.signed(payload, ledger, signer=signer)


def manifests_only(files, ledger):
    """Mend both manifests, but keep the old note: this somebody holds no key."""
    note = f"{making.PACK}/tagmanifest-sha256.note"
    return mended(files, ledger) | {note: files[note]}


def change_json(files, change, name="data/pack.json"):
    value = json.loads(files[f"{making.PACK}/{name}"])
    change(value)
    return files | {f"{making.PACK}/{name}": making.canonical(value)}


def with_log(files, change):
    """Change the lines of the log and all that repeats them."""
    lines = files[f"{AUDIT}/log.jsonl"].split(b"\n")[:-1]
    change(lines)
    data = making.jsonl(lines)
    files = files | {f"{AUDIT}/log.jsonl": data, f"{AUDIT}/log.csv": making.table(lines)}
    said = {"sha256": hashlib.sha256(data).hexdigest(), "entries": len(lines)}
    return change_json(files, lambda value: value["ledger"].update(said))


def test_a_pdf_changed_is_caught(check, pack):
    ledger, files = pack
    files[f"{making.PACK}/data/report.pdf"] += b"!"

    said = check(files, ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"bag"})
    assert "data/report.pdf was changed" in said.words["bag"]


def test_a_pdf_changed_with_manifests_mended_is_caught_by_the_note(check, pack):
    ledger, files = pack
    files[f"{making.PACK}/data/report.pdf"] += b"!"

    said = check(manifests_only(files, ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"note"})


def test_a_pdf_changed_and_signed_with_another_key_is_caught_by_the_note(check, pack):
    ledger, files = pack
    files[f"{making.PACK}/data/report.pdf"] += b"!"

    said = check(mended(files, ledger, making.Signer("thief")), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"note"})


@pytest.mark.parametrize("name", ["data/notes.txt", "data/audit/extra.jsonl"])
def test_a_file_added_is_caught(check, pack, name):
    ledger, files = pack

    said = check(files | {f"{making.PACK}/{name}": b"x"}, ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"bag"})
    assert "is in no manifest" in said.words["bag"]


@pytest.mark.parametrize("name", ["tagmanifest-sha256.note.txt", "bag.note", "fetch.txt"])
def test_pak_02_an_unlisted_tag_file_is_refused(check, pack, name):
    ledger, files = pack

    said = check(files | {f"{making.PACK}/{name}": b"x"}, ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"bag"})


@pytest.mark.parametrize("name", ["data/report.pdf", "VERIFY.txt", "bag-info.txt"])
def test_a_file_removed_is_caught(check, pack, name):
    ledger, files = pack
    del files[f"{making.PACK}/{name}"]

    said = check(files, ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"bag"})


def test_the_note_removed_is_caught(check, pack):
    ledger, files = pack
    del files[f"{making.PACK}/tagmanifest-sha256.note"]

    said = check(files, ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"bag", "note"})


def test_a_note_of_another_pack_is_refused(check, pack):
    ledger, files = pack
    other = making.pack(making.story(), number="EP-2026-0008")
    files[f"{making.PACK}/tagmanifest-sha256.note"] = other["EP-2026-0008/tagmanifest-sha256.note"]

    said = check(files, ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"note"})


def test_a_pack_under_another_folder_name_is_refused(check, pack):
    ledger, files = pack
    moved = {name.replace(making.PACK, "EP-2026-0009", 1): data for name, data in files.items()}

    said = check(moved, ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"pack"})


def test_a_row_edited_is_named_even_when_the_operator_signs_the_pack_anew(check, pack):
    ledger, files = pack

    def edit(lines):
        value = json.loads(lines[2])
        value["entry"]["reason"] = "nothing happened"
        lines[2] = making.canonical(value)

    said = check(mended(with_log(files, edit), ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"tree"})
    assert "seq 7, number 107" in said.words["tree"]
    assert "is not the line that was sealed" in said.words["tree"]


def test_a_row_edited_plainly_fails_the_bag_and_the_tree(check, pack):
    ledger, files = pack
    name = f"{AUDIT}/log.jsonl"
    files[name] = files[name].replace(b'"state":"OPEN"', b'"state":"NONE"', 1)

    said = check(files, ledger.signer.vkey)

    assert said.code == 1
    assert said.failed == {"bag", "pack", "tree", "table"}


def test_a_row_left_out_is_caught_even_when_the_operator_signs_the_pack_anew(check, pack):
    ledger, files = pack

    def drop(lines):
        del lines[2]

    said = check(mended(with_log(files, drop), ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"complete"})
    assert "was left out of the pack" in said.words["complete"]


def test_the_periods_last_row_left_out_is_caught(check, pack):
    ledger, files = pack
    inside = [
        place
        for place, line in enumerate(files[f"{AUDIT}/log.jsonl"].split(b"\n")[:-1])
        if json.loads(line)["stream_seq"] == 8
    ]

    said = check(
        mended(with_log(files, lambda lines: lines.pop(inside[0])), ledger), ledger.signer.vkey
    )

    assert (said.code, said.failed) == (1, {"complete"})


def test_a_row_hidden_among_the_neighbours_is_caught(check, pack):
    ledger, files = pack
    moved = []
    files = with_log(files, lambda lines: moved.append(lines.pop(2)))
    near = [*files[f"{AUDIT}/neighbours.jsonl"].split(b"\n")[:-1], *moved]
    near.sort(key=lambda line: json.loads(line)["seq"])
    files[f"{AUDIT}/neighbours.jsonl"] = making.jsonl(near)

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"complete"})
    assert "left out of log.jsonl" in said.words["complete"]


def test_a_missing_neighbour_is_caught(check, pack):
    ledger, files = pack
    near = files[f"{AUDIT}/neighbours.jsonl"].split(b"\n")[:-1]
    near = [line for line in near if json.loads(line)["stream"] != making.SYSTEM]
    files[f"{AUDIT}/neighbours.jsonl"] = making.jsonl(near)

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"complete"})


def test_a_count_that_is_not_the_logs_is_caught(check, pack):
    ledger, files = pack
    files = change_json(files, lambda value: value["stream"].update(count=99))

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"complete"})
    assert "ledger.counted" in said.words["complete"]


def test_pak_03_a_line_outside_the_scope_is_caught(check, pack):
    ledger, files = pack
    foreign = [
        line
        for line in ledger.lines
        if json.loads(line)["stream"] == making.OTHER and json.loads(line)["seq"] == 3
    ]

    def add(lines):
        lines.append(foreign[0])
        lines.sort(key=lambda line: json.loads(line)["seq"])

    said = check(mended(with_log(files, add), ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"scope"})
    assert "lies outside the pack's system, period and matters" in said.words["scope"]


def test_a_foreign_line_among_the_neighbours_is_caught(check, pack):
    ledger, files = pack
    near = [*files[f"{AUDIT}/neighbours.jsonl"].split(b"\n")[:-1], ledger.lines[3]]
    near.sort(key=lambda line: json.loads(line)["seq"])
    files[f"{AUDIT}/neighbours.jsonl"] = making.jsonl(near)

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"scope"})


def test_a_period_told_otherwise_is_caught(check, pack):
    ledger, files = pack
    shorter = {"until": "2026-03-02T08:01:20+00:00"}
    files = change_json(files, lambda value: value["scope"].update(shorter))

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert said.code == 1
    assert {"scope", "complete"} <= said.failed


def test_a_table_that_says_otherwise_is_caught(check, pack):
    ledger, files = pack
    name = f"{AUDIT}/log.csv"
    files[name] = files[name].replace(b"incident.taken", b"incident.other", 1)

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"table"})
    assert "log.csv says incident.other for its verb" in said.words["table"]


def test_a_table_with_a_row_more_is_caught(check, pack):
    ledger, files = pack
    name = f"{AUDIT}/log.csv"
    files[name] += files[name].split(b"\n")[-2] + b"\n"

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"table"})


def test_a_table_without_the_column_seq_passes(check, pack):
    ledger, files = pack
    name = f"{AUDIT}/log.csv"
    files[name] = files[name].replace(b"seq,number", b"place,number", 1)

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert said.code == 0, said.words


def test_leaf_hashes_changed_are_caught(check, pack):
    ledger, files = pack
    name = f"{AUDIT}/leaf-hashes.bin"
    files[name] = files[name][:32] + bytes(32) + files[name][64:]

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert said.code == 1
    assert "tree" in said.failed


@pytest.mark.parametrize("number", [1, 4, None, "2", True])
def test_another_format_is_refused(check, pack, number):
    ledger, files = pack
    files = change_json(files, lambda value: value.update(format=number))

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"pack"})


def test_a_pack_stripped_to_an_export_is_refused(check, pack):
    ledger, files = pack
    bare = {
        f"x/{name.rpartition('audit/')[2]}": data
        for name, data in files.items()
        if "/audit/" in name and not name.endswith((".csv", "neighbours.jsonl"))
    }

    said = check(bare, ledger.signer.vkey)

    assert said.code == 1
    assert {"order", "tree"} <= said.failed


def test_another_number_of_lines_than_pack_json_says_is_caught(check, pack):
    ledger, files = pack
    files = change_json(files, lambda value: value["ledger"].update(entries=7))

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (1, {"scope"})


def test_a_count_older_than_the_period_leaves_a_gap_and_says_so(check):
    ledger = making.story(rounds=1)
    ledger.own("ledger.counted", {"streams": {making.SYSTEM: ledger.counts[making.SYSTEM]}})
    making.story(ledger, rounds=1)
    later = making.START + timedelta(days=1)
    files = making.pack(ledger, until=later)
    count = json.loads(files[f"{making.PACK}/data/pack.json"])["stream"]["count"]
    near = files[f"{AUDIT}/neighbours.jsonl"].split(b"\n")[:-1]
    files[f"{AUDIT}/neighbours.jsonl"] = making.jsonl(near[:-1])
    files = change_json(files, lambda value: value["stream"].update(count=count - 3))

    said = check(mended(files, ledger), ledger.signer.vkey)

    assert (said.code, said.failed) == (3, set()), said.words
    assert "nothing says what followed" in said.words["complete"]
