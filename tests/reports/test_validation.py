"""Whoever changes a pack is caught, and told where."""

import hashlib
import io
import shutil
import zipfile

import pytest

from reports.services.validation import Report, validate_pack
from tests.reports import packing, story


@pytest.fixture
def pack_file(db, without_pango, tmp_path):
    """A valid pack's file, to tamper with."""
    path = tmp_path / "pack.zip"
    shutil.copy(packing.path_of(packing.built(story.closed_story())), path)
    return path


def rewritten(path, change):
    """Write the pack anew with its files changed, all else as a pack has it."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    top = next(iter(files)).partition("/")[0]
    change(files, top)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr, entry.create_system = 0o100644 << 16, 3
            archive.writestr(entry, files[name])
    path.write_bytes(target.getvalue())
    return validate_pack(path, key=packing.log_key())


def listed_anew(files, top):
    """Mend both manifests, as somebody does who knows how a bag works."""
    for manifest, chosen in (
        ("manifest-sha256.txt", lambda name: name.startswith("data/")),
        ("tagmanifest-sha256.txt", lambda name: "/" not in name and "tagmanifest" not in name),
    ):
        names = sorted(name.removeprefix(f"{top}/") for name in files)
        files[f"{top}/{manifest}"] = "".join(
            f"{hashlib.sha256(files[f'{top}/{name}']).hexdigest()}  {name}\n"
            for name in names
            if chosen(name)
        ).encode()


def test_an_untouched_pack_rewritten_the_same_way_is_valid(pack_file):
    report = rewritten(pack_file, lambda files, top: None)

    assert report.ok, report.faults


def test_one_changed_byte_is_found_and_named(pack_file):
    def change(files, top):
        name = f"{top}/data/incidents/inc-2026-00041.json"
        files[name] = files[name].replace(b"INVESTIGATING", b"INVESTIGATINg")

    report = rewritten(pack_file, change)

    assert "data/incidents/inc-2026-00041.json was changed" in report.faults[0]


@pytest.mark.full
def test_a_changed_manifest_is_found(pack_file):
    def change(files, top):
        name = f"{top}/data/people/roles.csv"
        files[name] += b"x\n"
        digest = hashlib.sha256(files[name]).hexdigest()
        lines = files[f"{top}/manifest-sha256.txt"].decode().splitlines()
        lines = [f"{digest}  {line[66:]}" if line.endswith("roles.csv") else line for line in lines]
        files[f"{top}/manifest-sha256.txt"] = ("\n".join(lines) + "\n").encode()

    report = rewritten(pack_file, change)

    assert "manifest-sha256.txt was changed" in report.faults[0]


@pytest.mark.full
def test_an_added_file_is_found(pack_file):
    report = rewritten(pack_file, lambda files, top: files.update({f"{top}/data/more.txt": b"x"}))

    assert "data/more.txt is in no manifest" in report.faults[0]


@pytest.mark.full
def test_a_foreign_tag_file_is_found(pack_file):
    report = rewritten(pack_file, lambda files, top: files.update({f"{top}/note.txt": b"x"}))

    assert "note.txt is in no manifest" in report.faults[0]


@pytest.mark.full
def test_a_removed_file_is_found(pack_file):
    report = rewritten(pack_file, lambda files, top: files.pop(f"{top}/data/people/roles.csv"))

    assert "data/people/roles.csv is listed but missing" in report.faults[0]


@pytest.mark.full
def test_an_edited_ledger_line_is_found_though_all_manifests_were_mended(pack_file):
    def change(files, top):
        name = f"{top}/data/audit/log.jsonl"
        files[name] = files[name].replace(b'"verb":"incident.', b'"verb":"incidenx.', 1)
        listed_anew(files, top)

    report = rewritten(pack_file, change)

    assert [fault.partition(":")[0] for fault in report.faults] == [
        "pack.json is of this pack",
        "ledger lines are canonical and in order",
        "an auditor's verifier passes it",
    ]


@pytest.mark.full
def test_a_removed_ledger_line_is_found_though_all_manifests_were_mended(pack_file):
    def change(files, top):
        name = f"{top}/data/audit/log.jsonl"
        files[name] = b"\n".join(files[name].split(b"\n")[1:])
        listed_anew(files, top)

    report = rewritten(pack_file, change)

    assert "line 1 is not the one that log.csv numbers" in report.faults[2]


@pytest.mark.full
def test_a_formula_in_a_cell_is_found(pack_file):
    def change(files, top):
        files[f"{top}/data/people/roles.csv"] += b"=HYPERLINK(1),,,,,,\n"
        listed_anew(files, top)

    report = rewritten(pack_file, change)

    assert any(fault.startswith("no cell of a CSV file runs") for fault in report.faults)


@pytest.mark.full
def test_bytes_after_the_archive_are_refused(pack_file):
    pack_file.write_bytes(pack_file.read_bytes() + b"more")

    report = validate_pack(pack_file)

    assert not report.ok


@pytest.mark.full
def test_bytes_before_the_archive_are_refused(pack_file):
    pack_file.write_bytes(b"#!/bin/sh\n" + pack_file.read_bytes())

    report = validate_pack(pack_file)

    assert "bytes stand before the first file" in report.faults[0]


@pytest.mark.full
@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "EP\\x", "x" * 300])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, name):
    path = tmp_path / "hostile.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("placeholder", (1980, 1, 1, 0, 0, 0))
        entry.filename = name
        archive.writestr(entry, b"x")

    report = validate_pack(path)

    assert "a name leaves the folder" in report.faults[0]


@pytest.mark.full
def test_a_compressed_pack_is_refused(pack_file):
    with zipfile.ZipFile(pack_file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(pack_file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)

    report = validate_pack(pack_file)

    assert "is not a plain stored file" in report.faults[0]


@pytest.mark.full
def test_a_file_that_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "pack.zip"
    path.write_bytes(b"nothing of the kind")

    report = validate_pack(path)

    assert not report.ok


@pytest.mark.full
def test_nothing_checked_is_not_good():
    assert not Report().ok
