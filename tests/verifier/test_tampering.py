"""What must be caught: each way to falsify a ledger or a pack, and the claim that catches it."""

import json
from datetime import datetime, timedelta

import pytest

from tests.verifier import making

TOP = "ledger-2026-03-02"


def lines_of(files, top=TOP):
    return files[f"{top}/log.jsonl"].split(b"\n")[:-1]


def with_lines(files, lines, top=TOP):
    return {**files, f"{top}/log.jsonl": making.jsonl(lines)}


def edited(line, **fields):
    """A line with other fields of its entry, canonical again."""
    value = json.loads(line)
    value["entry"].update(fields)
    return making.canonical(value)


@pytest.fixture
def export(story):
    return making.export(story)


def test_a_row_edited_in_an_export_is_caught_and_bracketed(check, key, export):
    lines = lines_of(export)
    lines[7] = edited(lines[7], reason="nothing happened")

    said = check(with_lines(export, lines), key)

    assert said.code == 1
    assert {"tree", "checkpoints"} <= said.failed
    assert "one of seq 4 to 8" in said.words["tree"]


def test_a_row_edited_beside_leaf_hashes_is_named_exactly(check, key, export, story):
    lines = lines_of(export)
    lines[7] = edited(lines[7], reason="nothing happened")
    files = with_lines(export, lines) | {f"{TOP}/leaf-hashes.bin": b"".join(story.leaves)}

    said = check(files, key)

    assert said.code == 1
    assert said.words["tree"].startswith(
        "seq 7, number 107, verb incident.taken, who Ada Lovelace (person), at 2026-03-02T08:00:49"
    )


def test_a_row_deleted_is_caught_and_named(check, key, export):
    lines = lines_of(export)
    del lines[7]

    said = check(with_lines(export, lines), key)

    assert said.code == 1
    assert {"order", "tree", "checkpoints"} <= said.failed
    assert "seq 8, number 108" in said.words["order"]
    assert "seq 7 was due here" in said.words["order"]


def test_a_row_deleted_and_the_rest_renumbered_is_caught(check, key, story):
    made = making.forged(story, lambda lines: lines.pop(7))
    files = making.export(story) | {
        f"{TOP}/log.jsonl": making.jsonl(made.lines),
    }

    said = check(files, key)

    assert said.code == 1
    assert {"tree", "checkpoints"} <= said.failed
    assert "order" not in said.failed


def test_rows_swapped_are_caught(check, key, export):
    lines = lines_of(export)
    lines[6], lines[7] = lines[7], lines[6]

    said = check(with_lines(export, lines), key)

    assert said.code == 1
    assert {"order", "tree"} <= said.failed


def test_a_row_added_at_the_end_is_caught(check, key, export, story):
    ledger = making.story()
    ledger.record("incident.reopened")

    said = check(with_lines(export, ledger.lines), key)

    assert said.code == 1
    assert "lines were added after it" in said.words["tree"]


def test_a_log_cut_is_caught_against_its_checkpoint(check, key, export):
    said = check(with_lines(export, lines_of(export)[:-3]), key)

    assert said.code == 1
    assert "the log was cut" in said.words["tree"]


def cut_export(size_place):
    """An export cut back to an earlier checkpoint in every file."""
    ledger = making.story()
    ledger.checkpoints = ledger.checkpoints[: size_place + 1]
    size = ledger.checkpoints[-1][0]
    ledger.lines, ledger.leaves = ledger.lines[:size], ledger.leaves[:size]
    return making.export(ledger)


def test_a_log_cut_with_its_checkpoint_is_caught_by_an_earlier_one(check, key, story):
    said = check(cut_export(2), key, prev=story.checkpoints[3][1].encode())

    assert (said.code, said.failed) == (1, {"previous"})
    assert "the log was cut" in said.words["previous"]


def test_a_log_cut_with_its_checkpoint_is_caught_by_the_least_size(check, key):
    said = check(cut_export(2), key, min_size=20)

    assert (said.code, said.failed) == (1, {"size"})


def test_a_key_swapped_is_caught_by_the_pinned_one(check, key, story):
    thief = making.Signer("thief")
    made = making.forged(story, lambda lines: None, thief)

    said = check(making.export(made), key)

    assert said.code == 1
    assert "keys" in said.failed
    assert "the pinned key" in said.words["keys"]


def test_a_key_swapped_beneath_the_first_leaf_is_caught(check, key, story):
    ledger = making.story()
    ledger.signer = making.Signer("thief")
    ledger.checkpoints = [
        (size, ledger.note(size), sealed) for size, _, sealed in ledger.checkpoints
    ]

    said = check(making.export(ledger), key)

    assert said.code == 1
    assert {"checkpoint", "checkpoints"} <= said.failed


def test_everything_signed_anew_with_another_key_is_caught_by_an_earlier_checkpoint(check, story):
    thief = making.Signer("thief")
    made = making.forged(story, lambda lines: lines.pop(7), thief)

    said = check(making.export(made), prev=story.checkpoints[2][1].encode())

    assert (said.code, said.failed) == (1, {"previous"})
    assert "the key was swapped" in said.words["previous"]


def test_everything_signed_anew_with_the_same_key_is_caught_by_an_earlier_checkpoint(
    check, key, story
):
    made = making.forged(story, lambda lines: lines.pop(7))

    alone = check(making.export(made), key)
    held = check(making.export(made), key, prev=story.checkpoints[2][1].encode())

    assert alone.code == 0, alone.words
    assert (held.code, held.failed) == (1, {"previous"})
    assert "rewritten" in held.words["previous"]


def test_a_history_rewritten_after_the_earlier_checkpoint_is_not_claimed_to_be_seen(
    check, key, story
):
    made = making.forged(story, lambda lines: lines.pop(20))

    said = check(making.export(made), key, prev=story.checkpoints[0][1].encode())

    assert said.code == 0


def test_a_restored_backup_that_went_on_in_silence_is_caught(check, key, story):
    restored = making.story(rounds=2)
    restored.now += timedelta(hours=1)
    making.story(restored, rounds=3)

    said = check(making.export(restored), key, prev=story.checkpoints[3][1].encode())

    assert (said.code, said.failed) == (1, {"previous"})


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_checkpoint_edited_is_caught(check, key, story, part):
    export = making.export(story)
    note = story.checkpoints[-1][1].split("\n")
    note[part] = ("other.example/ledger", "21", making.b64(bytes(32)))[part]

    said = check(export | {f"{TOP}/checkpoint": "\n".join(note).encode()}, key)

    assert said.code == 1
    assert "checkpoint" in said.failed


def test_a_listed_checkpoint_edited_is_caught(check, key, story):
    ledger = making.story()
    size, note, sealed = ledger.checkpoints[1]
    text = note.replace(f"\n{size}\n", f"\n{size - 1}\n")
    ledger.checkpoints[1] = (size, text, sealed)

    said = check(making.export(ledger), key)

    assert (said.code, said.failed) == (1, {"checkpoints"})


def test_a_checkpoint_listed_twice_or_out_of_order_is_caught(check, key):
    ledger = making.story()
    ledger.checkpoints.insert(2, ledger.checkpoints[0])

    said = check(making.export(ledger), key)

    assert (said.code, said.failed) == (1, {"checkpoints"})


def test_another_seal_time_of_a_checkpoint_is_caught(check, key):
    ledger = making.story()
    size, note, _ = ledger.checkpoints[1]
    ledger.checkpoints[1] = (size, note, "2026-03-02T08:00:49.500000Z")

    said = check(making.export(ledger), key)

    assert (said.code, said.failed) == (1, {"checkpoints"})


def test_a_clock_set_back_is_caught_even_when_all_is_signed(check, key, story):
    def back(lines):
        seal = datetime.fromisoformat(lines[9]["sealed"]) - timedelta(hours=1)
        lines[10]["sealed"] = seal.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        lines[10]["entry"]["at"] = (seal - timedelta(seconds=9)).isoformat()

    said = check(making.export(making.forged(story, back)), key)

    assert (said.code, said.failed) == (1, {"times"})
    assert "seq 10" in said.words["times"]
    assert "the clock was set back" in said.words["times"]


def test_an_entry_dated_after_its_seal_is_caught(check, key, story):
    def ahead(lines):
        lines[10]["entry"]["at"] = "2026-03-02T09:00:00+00:00"

    said = check(making.export(making.forged(story, ahead)), key)

    assert (said.code, said.failed) == (1, {"times"})
    assert "lies after its own seal" in said.words["times"]


def test_an_entry_sealed_twice_is_caught_even_when_all_is_signed(check, key, story):
    def twice(lines):
        lines[10]["number"] = lines[4]["number"]

    said = check(making.export(making.forged(story, twice)), key)

    assert (said.code, said.failed) == (1, {"order"})
    assert "104 is sealed twice" in said.words["order"]


def test_a_gap_in_a_stream_is_caught_even_when_all_is_signed(check, key):
    ledger = making.story(rounds=2)
    ledger.counts[making.SYSTEM] += 1
    making.story(ledger, rounds=1)

    said = check(making.export(ledger), key)

    assert (said.code, said.failed) == (1, {"streams"})
    assert "left out or moved" in said.words["streams"]


def test_an_entry_in_the_wrong_stream_is_caught(check, key, story):
    def moved(lines):
        lines[-1]["stream"] = making.OTHER

    said = check(making.export(making.forged(story, moved)), key)

    assert (said.code, said.failed) == (1, {"streams"})


def test_a_heartbeat_that_counts_otherwise_is_caught(check, key):
    ledger = making.story()
    ledger.own("ledger.heartbeat", {"streams": {making.SYSTEM: 3}})
    ledger.checkpoint()

    said = check(making.export(ledger), key)

    assert (said.code, said.failed) == (1, {"streams"})
    assert "ledger.heartbeat" in said.words["streams"]


def counted_together(ledger, **wrong):
    """Seal a heartbeat that names one stream and counts the others together, `wrong` by so many."""
    rest = [count for name, count in ledger.counts.items() if name != making.SYSTEM]
    others = {"streams": len(rest), "lines": sum(rest)}
    for name, more in wrong.items():
        others[name] += more
    told = {"streams": {making.SYSTEM: ledger.counts[making.SYSTEM]}, "others": others}
    ledger.own("ledger.heartbeat", told)
    ledger.checkpoint()
    return making.export(ledger)


def test_a_heartbeat_of_very_many_streams_counts_the_others_together(check, key):
    ledger = making.story()

    said = check(counted_together(ledger), key)

    assert (said.code, said.failed) == (0, set()), said.words
    assert "3 streams without a gap, as 2 counts in the log itself say" in said.words["streams"]


@pytest.mark.parametrize("wrong", [{"lines": -1}, {"lines": 1}, {"streams": -1}, {"streams": 1}])
def test_a_heartbeat_that_counts_the_others_otherwise_is_caught(check, key, wrong):
    ledger = making.story()

    said = check(counted_together(ledger, **wrong), key)

    assert (said.code, said.failed) == (1, {"streams"})
    assert "counts the lines of further streams otherwise" in said.words["streams"]
    assert "ledger.heartbeat" in said.words["streams"]


def test_a_disclosure_that_opens_nothing_true_is_caught(check, key):
    ledger = making.story()
    ledger.disclosures[3]["value"] = "Grace Hopper"

    said = check(making.export(ledger), key)

    assert (said.code, said.failed) == (1, {"disclosures"})
    assert "does not open its commitment" in said.words["disclosures"]


def test_a_proof_of_another_leaf_is_caught(check, key, story):
    export = making.export(story)
    export[f"{TOP}/proofs/4.tlog-proof"] = story.proof(3).replace(b"index 3", b"index 4")

    said = check(export, key)

    assert (said.code, said.failed) == (1, {"proofs"})


def test_a_proof_to_a_foreign_checkpoint_is_caught(check, key, story):
    made = making.forged(story, lambda lines: lines.pop(7))
    export = making.export(story) | {f"{TOP}/proofs/3.tlog-proof": made.proof(3)}

    said = check(export, key)

    assert (said.code, said.failed) == (1, {"proofs"})


def test_keys_json_that_says_otherwise_is_caught(check, key, story):
    thief = making.Signer("thief")
    listed = making.canonical([{"vkey": thief.vkey, "from_size": 0, "to_size": None}])

    said = check(making.export(story) | {f"{TOP}/keys.json": listed}, key)

    assert said.code == 1
    assert "keys" in said.failed


def test_keys_json_is_no_authority(check, story):
    thief = making.Signer("thief")
    made = making.forged(story, lambda lines: lines.pop(7), thief)

    said = check(making.export(made))

    assert said.code == 3


def test_a_file_that_belongs_to_no_export_is_refused(check, key, story):
    said = check(making.export(story) | {f"{TOP}/README.txt": b"trust me"}, key)

    assert (said.code, said.failed) == (1, {"layout"})
