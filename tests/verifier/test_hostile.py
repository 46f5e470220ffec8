"""Archives and files made to mislead: refused in words, with a code, never with a traceback."""

import io
import json
import os
import struct
import zipfile

import pytest

from countersign_verify import LONGEST_NAME
from reports.render.container import write_zip
from tests.verifier import making
from tests.verifier.conftest import run

TOP = "ledger-2026-03-02"


@pytest.fixture
def export(story):
    return making.export(story)


def odd(files, change=None, extra=(), order=sorted):
    """A ZIP that differs from the exact form by `change(item)` or by further entries."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in [*order(files), *extra]:
            item = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            item.create_system, item.external_attr = 3, 0o100644 << 16
            if change:
                change(item)
            archive.writestr(item, files.get(name, b"x"))
    return target.getvalue()


def refused(said, claim="container"):
    assert (said.code, said.failed) == (1, {claim}), said.words
    return said.words[claim]


def test_what_the_application_writes_has_the_exact_form(tmp_path, story, export, key):
    for name, data in export.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    write_zip(tmp_path / TOP, tmp_path / "export.zip")

    said = run(tmp_path / "export.zip", "--key", key, "--json")

    assert said.code == 0, said.words
    assert (tmp_path / "export.zip").read_bytes() == making.zipped(export)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../evil.txt", "leaves the folder"),
        (f"{TOP}/../../evil.txt", "leaves the folder"),
        ("/etc/passwd", "absolute"),
        (f"{TOP}/a//b", "absolute"),
        (f"{TOP}\\evil.txt", "absolute"),
        (f"{TOP}/a\\b", "a sign that not every system keeps"),
        (f"{TOP}/C:evil", "a sign that not every system keeps"),
        (f"{TOP}/a\x1bb", "a sign that not every system keeps"),
        (f"{TOP}/trailing. ", "a sign that not every system keeps"),
        (f"{TOP}/LOG.jsonl", "differ by case alone"),
        (f"{TOP}/log.jsonl/x", "is a folder too"),
        (f"{TOP}/Proofs/4.tlog-proof", "differ by case alone"),
        (f"{TOP}/cafe\u0301.txt", "normal form"),
        ("other/file.txt", "more than one folder"),
        (f"{TOP}/" + "n" * LONGEST_NAME, "longer than"),
    ],
)
def test_pak_08_a_name_that_misleads_is_refused(check, key, export, name, words):
    said = check(odd({**export, name: b"x"}), key)

    assert words in refused(said)


def test_a_name_twice_is_refused(check, key, export):
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = odd(export, extra=[f"{TOP}/proofs/3.tlog-proof"])

    assert "twice" in refused(check(data, key))


def mode(value):
    return lambda item: setattr(item, "external_attr", value << 16)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (mode(0o120777), "no regular file"),
        (mode(0o100755), "no regular file"),
        (lambda item: setattr(item, "date_time", (2026, 3, 2, 0, 0, 0)), "another time"),
        (lambda item: setattr(item, "compress_type", zipfile.ZIP_DEFLATED), "is compressed"),
        (lambda item: setattr(item, "create_system", 0), "exact form"),
        (lambda item: setattr(item, "comment", b"hello"), "a comment"),
        (lambda item: setattr(item, "extra", b"\x01\x99\x00\x00"), "do not fill the archive"),
    ],
)
def test_another_form_of_entries_is_refused(check, key, export, change, words):
    assert words in refused(check(odd(export, change), key))


def test_a_compressed_bomb_is_refused_without_unpacking_it(check, key):
    def deflate(item):
        item.compress_type = zipfile.ZIP_DEFLATED

    data = odd({f"{TOP}/log.jsonl": bytes(50_000_000)}, deflate)

    assert "is compressed" in refused(check(data, key))


def test_another_order_of_names_is_refused(check, key, export):
    data = odd(export, order=lambda files: sorted(files, reverse=True))

    assert "not sorted" in refused(check(data, key))


def test_pak_01_bytes_before_the_archive_are_refused(check, key, export):
    assert "before the first file" in refused(check(b"#!/bin/sh\n" + making.zipped(export), key))


def test_bytes_after_the_archive_are_refused(check, key, export):
    assert "after the end" in refused(check(making.zipped(export) + b"\n", key))


def test_an_archive_comment_is_refused(check, key, export):
    data = bytearray(making.zipped(export) + b"hello")
    data[-7:-5] = struct.pack("<H", 5)

    assert "comment" in refused(check(bytes(data), key))


def test_bytes_between_files_are_refused(check, key, export):
    data = making.zipped(export)
    second = data.index(b"PK\x03\x04", 4)

    refused(check(data[:second] + b"gap" + data[second:], key))


def test_an_encrypted_entry_is_refused(check, key, export):
    data = bytearray(making.zipped(export))
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1

    assert "encrypted" in refused(check(bytes(data), key))


def test_a_local_header_that_tells_another_name_is_refused(check, key, export):
    data = bytearray(making.zipped(export))
    data[30 + len(TOP) + 1] ^= 1

    assert "exact form" in refused(check(bytes(data), key))


def test_a_false_crc_in_both_headers_is_refused(check, key, export):
    data = bytearray(making.zipped(export))
    for mark, offset in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        place = data.index(mark) + offset
        data[place : place + 4] = bytes(4)

    assert "CRC-32 is false" in refused(check(bytes(data), key))


@pytest.mark.parametrize("offset", [20, 24])
def test_zip64_lies_about_sizes_are_refused(check, key, export, offset):
    data = bytearray(making.zipped(export))
    place = data.index(b"PK\x01\x02") + offset
    data[place : place + 4] = b"\xff" * 4

    refused(check(bytes(data), key))


def test_zip64_records_that_are_not_needed_are_refused(check, key, export):
    data = making.zipped(export)
    end, start = data[-22:], data.index(b"PK\x01\x02")
    count, size = struct.unpack("<HL", end[10:16])
    wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    wide += struct.pack("<4sLQL", b"PK\x06\x07", 0, len(data) - 22, 1)

    assert "exact form" in refused(check(data[:-22] + wide + end, key))


def test_a_directory_that_claims_a_giant_file_is_refused(check, key, export):
    data = bytearray(making.zipped(export))
    place = data.index(b"PK\x01\x02") + 20
    data[place : place + 8] = struct.pack("<2L", 0xFFFFFFF0, 0xFFFFFFF0)

    refused(check(bytes(data), key))


@pytest.mark.parametrize("left", [0, 1, 21, 22, 100, 5000, -1, -22, -23])
def test_a_truncated_archive_is_refused(check, key, export, left):
    refused(check(making.zipped(export)[:left], key))


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"%PDF-1.7\n", b"\x00" * 1000, bytes(range(256)) * 12]
)
def test_garbage_is_refused(check, key, data):
    refused(check(data, key))


def test_an_empty_archive_is_refused(check, key):
    refused(check(making.zipped({}), key))


def with_log(export, data):
    return {**export, f"{TOP}/log.jsonl": data}


def deep(levels):
    return b'{"entry":' + b"[" * levels + b"]" * levels + b"}\n"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda log: deep(65) + log, "nested deeper than 64"),
        (lambda log: deep(200_000) + log, "nested deeper than 64"),
        (lambda log: log.replace(b'"v":1', b'"v":' + b"9" * 5000, 1), "a number beyond"),
        (lambda log: log.replace(b'"v":1', b'"v":9007199254740992', 1), "a number beyond"),
        (lambda log: log.replace(b'"v":1', b'"v":1.5', 1), "which is no whole number"),
        (lambda log: log.replace(b'"v":1', b'"v":1e400', 1), "which is no whole number"),
        (lambda log: log.replace(b'"v":1', b'"v":NaN', 1), "which is no whole number"),
        (lambda log: log.replace(b'"v":1', b'"v":1,"v":1', 1), "a key twice"),
        (lambda log: log.replace(b'"v":1', b'"v": 1', 1), "not canonical"),
        (lambda log: log.replace(b'"v":1', b'"v":-0', 1), "not canonical"),
        (lambda log: log.replace(b"OPEN", b"\\u004fPEN", 1), "not canonical"),
        (lambda log: log.replace(b"OPEN", b"\\ud800", 1), "is no JSON"),
        (lambda log: log.replace(b"OPEN", b"\xff\xfe", 1), "is no JSON"),
        (lambda log: log.replace(b"OPEN", b"O\x00", 1), "is no JSON"),
        (lambda log: log.replace(b"\n", b"\r\n"), "not canonical"),
        (lambda log: b"\xef\xbb\xbf" + log, "byte order mark"),
        (lambda log: b"\n" + log, "is no JSON"),
        (lambda log: log + b"\n", "is no JSON"),
        (lambda log: log[:-1], "has no line end"),
        (lambda log: log[:-40], "has no line end"),
        (lambda log: b"[]\n" + log, "no sealed line"),
        (lambda log: b"null\n" + log, "no sealed line"),
        (lambda log: log.replace(b"\n", b"\n\n", 1), "is no JSON"),
        (lambda log: log.replace(b'"number":103', b'"number":true', 1), "another type"),
        (lambda log: log.replace(b'"number":103', b'"number":-3', 1), "of the form"),
        (lambda log: log.replace(b'"number":103', b'"numbers":103', 1), "other keys"),
        (lambda log: log.replace(b"incident.taken", b"x" * 5_000_000, 1), "longer than"),
    ],
)
def test_a_line_of_another_form_is_refused(check, key, export, change, words):
    said = check(with_log(export, change(export[f"{TOP}/log.jsonl"])), key)

    assert said.code == 1
    assert "lines" in said.failed
    assert words in said.words["lines"]


def test_the_place_of_a_bad_line_is_named(check, key, export):
    lines = export[f"{TOP}/log.jsonl"].split(b"\n")
    lines[9] = lines[9].replace(b'"v":1', b'"v":01')

    said = check(with_log(export, b"\n".join(lines)), key)

    assert "line 10" in said.words["lines"]
    assert '"seq":9' in said.words["lines"]


def test_a_log_without_line_ends_is_refused_within_memory(check, key, export):
    said = check(with_log(export, b"x" * 20_000_000), key)

    assert said.code == 1
    assert "longer than" in said.words["lines"]


def test_terminal_escapes_are_shown_not_obeyed(check, key):
    ledger = making.Ledger()
    ledger.record(who="\x1b[2J\u202egood")
    ledger.record(at=making.START + making.timedelta(days=9), who="\x1b[2J\u202egood")
    ledger.record()
    making.story(ledger)

    said = check(making.export(ledger), key)

    assert said.code == 1
    assert "\\x1b[2J\\u202egood" in said.words["times"]


SHARED = ("checkpoint", "checkpoints.jsonl", "keys.json", "disclosures.jsonl")
OF_PACKS = (
    "data/pack.json",
    "data/audit/log.csv",
    "data/audit/keys.json",
    "data/audit/neighbours.jsonl",
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
    "tagmanifest-sha256.note",
    "bagit.txt",
)


@pytest.mark.parametrize("name", [*SHARED, "proofs/3.tlog-proof"])
@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"[]", b"{}\n", b"null\n", b"\xff\n", deep(70), b"9" * 5000 + b"\n", b"\n\n\n\n",
     b'{"note":1,"sealed":2}\n', b'[{"vkey":5}]', b"\xe2\x80\x94 x y\n", b"x" * 70_000],
)  # fmt: skip
def test_nonsense_in_any_file_fails_in_words(check, key, export, name, data):
    said = check({**export, f"{TOP}/{name}": data}, key)

    empty_is_fine = name == "disclosures.jsonl" and not data
    assert said.code == (0 if empty_is_fine else 1)
    assert "verifier" not in said.failed


@pytest.mark.parametrize("name", OF_PACKS)
@pytest.mark.parametrize("data", [b"", b"\n", b"[]\n", b"{}", deep(70), b"\xff\xff", b'"\n'])
def test_nonsense_in_any_file_of_a_pack_fails_in_words(check, pack, name, data):
    ledger, files = pack

    said = check({**files, f"{making.PACK}/{name}": data}, ledger.signer.vkey)

    assert said.code == 1
    assert "verifier" not in said.failed


@pytest.mark.parametrize("change", ["scope", "stream", "log_scope", "ledger", "pack", "sealed"])
@pytest.mark.parametrize("value", [None, 7, "x", [], {}])
def test_nonsense_in_pack_json_fails_in_words(check, pack, change, value):
    ledger, files = pack
    about = json.loads(files[f"{making.PACK}/data/pack.json"])
    files[f"{making.PACK}/data/pack.json"] = making.canonical({**about, change: value})

    said = check(files, ledger.signer.vkey)

    assert said.code == 1
    assert "pack" in said.failed
    assert "verifier" not in said.failed


def test_a_missing_file_is_unreadable(key, tmp_path):
    said = run(tmp_path / "nothing.zip", "--key", key)

    assert (said.code, said.text) == (2, "")
    assert "cannot read" in said.errors


@pytest.mark.parametrize("option", ["--prev", "--tsa-ca"])
def test_nonsense_given_beside_the_pack_is_wrong_usage(tmp_path, story, export, key, option):
    (tmp_path / "e.zip").write_bytes(making.zipped(export))
    (tmp_path / "given").write_bytes(b"\xff nonsense")

    said = run(tmp_path / "e.zip", "--key", key, option, tmp_path / "given")

    assert (said.code, said.text) == (2, "")


def test_no_arguments_are_wrong_usage():
    assert run().code == 2


def unpacked(tmp_path, export):
    zipfile.ZipFile(io.BytesIO(making.zipped(export))).extractall(tmp_path / "out")
    return tmp_path / "out" / TOP


def test_a_link_in_a_folder_is_refused(tmp_path, export, key):
    folder = unpacked(tmp_path, export)
    (folder / "checkpoint").rename(tmp_path / "elsewhere")
    (folder / "checkpoint").symlink_to(tmp_path / "elsewhere")

    assert "no regular file" in refused(run(folder, "--key", key, "--json"))


def test_a_pipe_in_a_folder_is_refused(tmp_path, export, key):
    folder = unpacked(tmp_path, export)
    os.mkfifo(folder / "proofs" / "4.tlog-proof")

    assert "no regular file" in refused(run(folder, "--key", key, "--json"))


def test_a_name_that_is_no_utf8_in_a_folder_is_refused(tmp_path, export, key):
    folder = unpacked(tmp_path, export)
    (folder / os.fsdecode(b"\xff\xfe")).write_bytes(b"x")

    refused(run(folder, "--key", key, "--json"))


def test_an_empty_folder_is_refused(tmp_path, key):
    (tmp_path / "empty").mkdir()

    assert run(tmp_path / "empty", "--key", key).code == 1
