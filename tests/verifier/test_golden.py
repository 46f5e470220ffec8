"""Packs and exports of earlier versions verify for ever; any changed byte does not."""

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.verifier.conftest import run

GOLDEN = Path(__file__).parent / "golden"
FILES = json.loads((GOLDEN / "golden.json").read_text())
CASES = [
    (name, facts[which], facts)
    for name, facts in FILES.items()
    for which in ("key", "older")
    if which in facts
]


def options(facts):
    """What an auditor would hold beside a golden file."""
    found = []
    for option, name in (("--prev", "prev"), ("--tsa-ca", "tsa")):
        if name in facts:
            found += [option, GOLDEN / facts[name]]
    return found


@pytest.mark.parametrize(("name", "key", "facts"), CASES)
def test_a_golden_file_verifies(name, key, facts):
    said = run(GOLDEN / f"{name}.zip", "--key", key, *options(facts), "--json")

    assert (said.code, said.failed) == (0, set()), said.words


@pytest.mark.parametrize("name", FILES)
def test_a_golden_file_unpacked_verifies(tmp_path, name):
    zipfile.ZipFile(GOLDEN / f"{name}.zip").extractall(tmp_path)

    said = run(tmp_path, "--key", FILES[name]["key"], *options(FILES[name]), "--json")

    assert said.code == 0, said.words


@pytest.mark.parametrize("name", FILES)
def test_a_golden_file_under_a_foreign_key_fails(name):
    foreign = FILES["reopened" if name != "reopened" else "full"]["key"]

    said = run(GOLDEN / f"{name}.zip", "--key", foreign, "--json")

    assert said.code == (3 if name == "reopened" else 1)


PACK = (GOLDEN / "partial.zip").read_bytes()
# The folder is shared by all examples; each puts back what it changed.
SHARED = [HealthCheck.function_scoped_fixture]


@settings(deadline=None, suppress_health_check=SHARED)
@given(place=st.integers(0, len(PACK) - 1), flip=st.integers(1, 255))
def test_any_changed_byte_of_a_pack_is_caught(tmp_path, place, flip):
    changed = bytearray(PACK)
    changed[place] ^= flip
    path = tmp_path / "changed.zip"
    path.write_bytes(changed)

    facts = FILES["partial"]
    said = run(path, "--key", facts["key"], *options(facts), "--json")

    assert said.code == 1
    assert "verifier" not in said.failed


def unpacked(name):
    """A golden file's files by name."""
    with zipfile.ZipFile(GOLDEN / f"{name}.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


PLACES = {
    name: [(file, place) for file, data in unpacked(name).items() for place in range(len(data))]
    for name in ("partial", "full")
}


@pytest.fixture
def folders(tmp_path):
    """The golden pack and the golden export as folders."""
    for name in PLACES:
        zipfile.ZipFile(GOLDEN / f"{name}.zip").extractall(tmp_path / name)
    return tmp_path


def said_of_changed(folder, name, where, flip):
    """What is said of a folder with one byte changed, which is put back afterwards."""
    path, place = folder / name / where[0], where[1]
    data = path.read_bytes()
    path.write_bytes(data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :])
    facts = FILES[name]
    said = run(folder / name, "--key", facts["key"], *options(facts), "--json")
    path.write_bytes(data)
    return said


@settings(deadline=None, suppress_health_check=SHARED)
@given(where=st.sampled_from(PLACES["partial"]), flip=st.integers(1, 255))
def test_any_changed_byte_of_a_file_is_caught_in_a_folder_too(folders, where, flip):
    said = said_of_changed(folders, "partial", where, flip)

    assert said.code == 1
    assert "verifier" not in said.failed


@settings(deadline=None, suppress_health_check=SHARED)
@given(where=st.sampled_from(PLACES["full"]), flip=st.integers(1, 255))
def test_any_changed_byte_of_an_export_is_caught_or_says_nothing_of_the_ledger(
    folders, where, flip
):
    said = said_of_changed(folders, "full", where, flip)

    # keys.json has no authority, and kind and subject of a disclosure are no part of the ledger.
    free = where[0].endswith(("keys.json", "disclosures.jsonl"))
    assert said.code == 1 or (free and said.code == 0)
    assert "verifier" not in said.failed


@pytest.mark.full
def test_no_bit_of_a_whole_pack_can_be_flipped(tmp_path):
    path, facts = tmp_path / "changed.zip", FILES["partial"]
    missed = []
    for place in range(len(PACK)):
        path.write_bytes(PACK[:place] + bytes([PACK[place] ^ 1]) + PACK[place + 1 :])
        if run(path, "--key", facts["key"], *options(facts), "--json").code != 1:
            missed.append(place)

    assert missed == []
