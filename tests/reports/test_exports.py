"""The bare ledger leaves the house as one file that the verifier checks whole."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from ledger.rules.refusals import Conflict
from ledger.selectors.lines import lines_of_object, newest_number
from ledger.services.erasures import Known, erase_values, printed_rows
from ledger.services.sealing import seal
from reports.services.exports import write_export
from tests.reports import forging, packing, story

pytestmark = pytest.mark.django_db


def exported(path, at=story.AT):
    """Write an export as the auditor."""
    people = story.closed_story().people
    return write_export(path=path, at=at, actor=story.person_actor(people.nils))


def names_in(path):
    """Return the files of an export below its folder."""
    with zipfile.ZipFile(path) as archive:
        return [name.partition("/")[2] for name in archive.namelist()]


def test_an_export_holds_every_leaf_and_passes_the_verifier(tmp_path):
    done = exported(tmp_path / "ledger.zip")

    found = forging.verdict(tmp_path / "ledger.zip", "--key", packing.log_key())

    lines = forging.unpacked(tmp_path / "ledger.zip")["log.jsonl"].splitlines()
    assert found == (0, {})
    assert [json.loads(line)["seq"] for line in lines] == list(range(done.size))
    assert names_in(tmp_path / "ledger.zip") == [
        "checkpoint",
        "checkpoints.jsonl",
        "disclosures.jsonl",
        "keys.json",
        "log.jsonl",
    ]


def test_an_export_as_a_plain_folder_passes_too(tmp_path):
    exported(tmp_path / "ledger.zip")
    shutil.unpack_archive(tmp_path / "ledger.zip", tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()

    found = forging.verdict(folder, "--key", packing.log_key())

    assert found == (0, {})


def test_a_line_taken_out_of_an_export_is_found(tmp_path):
    path = tmp_path / "ledger.zip"
    exported(path)
    files = forging.unpacked(path)
    files["log.jsonl"] = b"\n".join(
        files["log.jsonl"].split(b"\n")[:1] + files["log.jsonl"].split(b"\n")[2:]
    )
    forging.repack(path, files)

    code, failed = forging.verdict(path, "--key", packing.log_key())

    assert code == 1
    assert "seq 1 was due" in " ".join(failed.values())


def test_an_export_is_on_record_with_who_and_what(tmp_path):
    done = exported(tmp_path / "ledger.zip")

    (line,) = [
        line
        for line in lines_of_object(object_type="ledger", object_id="countersign.localhost/ledger")
        if line.verb == "ledger.exported"
    ]

    assert line.actor == "Nils Bergström"
    assert line.body["details"] == {
        "lines": done.size,
        "sha256": done.sha256,
        "bytes": (tmp_path / "ledger.zip").stat().st_size,
    }


def test_the_same_checkpoint_gives_the_same_bytes(tmp_path, monkeypatch):
    first = exported(tmp_path / "first.zip")
    newest = newest_number()
    monkeypatch.setattr("reports.services.exports.seal", lambda at: None)

    second = write_export(path=tmp_path / "second.zip", at=story.AT, actor=story.ENGINE)

    assert newest_number() == newest + 1
    assert second.sha256 == first.sha256


def test_what_was_erased_is_opened_in_no_export_and_its_lines_still_stand(tmp_path):
    people = story.closed_story().people
    seal(at=story.AT)
    known = Known(subject=people.jonas.pk, name=people.jonas.name, email=people.jonas.email)
    with transaction.atomic():
        subject = ("user", str(known.subject), known.pseudonym)
        rows = printed_rows(known)
        number = story.entry("person.erased", story.ENGINE, story.AT, subject, touched=rows)
        erase_values(known=known, entry=number, at=story.AT)

    write_export(path=tmp_path / "ledger.zip", at=story.AT, actor=story.ENGINE)

    files = forging.unpacked(tmp_path / "ledger.zip")
    assert not any(b"Jonas Weber" in data for data in files.values())
    assert b"Maren Vogt" in files["disclosures.jsonl"]
    assert forging.verdict(tmp_path / "ledger.zip", "--key", packing.log_key()) == (0, {})


def test_an_export_that_fails_leaves_no_file_behind(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("no space")

    monkeypatch.setattr("reports.services.exports.write_zip", refuse)

    with pytest.raises(OSError, match="no space"):
        exported(tmp_path / "ledger.zip")

    assert list(tmp_path.glob("*.zip")) == list(tmp_path.glob(".export*")) == []


def test_an_empty_ledger_that_cannot_be_sealed_is_refused_in_words(tmp_path, ledger_folder):
    ledger_folder.mkdir()
    (ledger_folder / "key").write_text("no key")

    with pytest.raises(Conflict, match="Nothing of the ledger is sealed yet"):
        exported(tmp_path / "ledger.zip")


def test_the_command_writes_the_file_and_tells_its_digest(tmp_path, capsys):
    story.base()

    call_command("export_ledger", str(tmp_path / "ledger.zip"), "--json")

    told = json.loads(capsys.readouterr().out)
    assert Path(told["file"]).stat().st_size == told["bytes"]
    assert forging.verdict(told["file"], "--key", packing.log_key()) == (0, {})


def test_the_command_refuses_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("export_ledger", str(tmp_path / "nowhere" / "ledger.zip"))
