"""Packs and exports that the application once made verify for ever, and only as they were made."""

import json
from pathlib import Path

import pytest

import countersign_verify
from reports.render.index import FORMAT
from tests.reports import forging
from tests.reports.make_golden import KINDS

GOLDEN = Path(__file__).parent / "golden"
QUICK = ("ledger-2.zip", "ledger-3.zip", "pack-2.zip")
KEYS = json.loads((GOLDEN / "keys.json").read_text())


@pytest.mark.parametrize("which", ["oldest", "newest"])
@pytest.mark.parametrize("name", sorted(KEYS))
def test_a_golden_file_passes_under_every_key_of_its_log(name, which):
    found = forging.verdict(GOLDEN / name, "--key", KEYS[name][which])

    assert found == (0, {})


@pytest.mark.parametrize(
    "name",
    [
        name if name in QUICK else pytest.param(name, marks=pytest.mark.full)
        for name in sorted(KEYS)
    ],
)
def test_one_changed_bit_in_any_file_of_a_golden_file_is_found(name, tmp_path, capsys):
    files = forging.unpacked(GOLDEN / name)
    passed = []

    for changed in files:
        data = bytearray(files[changed])
        data[len(data) // 2] ^= 1
        held = tmp_path / "held.zip"
        held.write_bytes((GOLDEN / name).read_bytes())
        forging.repack(held, files | {changed: bytes(data)})
        if countersign_verify.main([str(held), "--key", KEYS[name]["newest"]]) != 1:
            passed.append(changed)

    assert len(files) > 4
    assert passed == []


@pytest.mark.parametrize("name", ["pack-2.zip", "pack-3.zip", "organisation-3.zip"])
def test_a_golden_pack_holds_what_a_pack_is_about(name):
    files = forging.unpacked(GOLDEN / name)

    about = json.loads(files["data/pack.json"])
    lines = forging.lines_of(files)

    assert files["data/report.pdf"].startswith(b"%PDF-")
    assert about["format"] == int(name.partition("-")[2][0])
    assert len(lines) == about["ledger"]["entries"] > 10
    assert about["ledger"]["withheld"] == 1
    assert not any(b"What counsel said." in data for data in files.values())


def test_there_is_a_golden_pack_of_the_format_that_is_made_now():
    kept = {name for name in KEYS if name.endswith(f"-{FORMAT}.zip")}

    assert kept == {f"{kind}-{FORMAT}.zip" for kind in KINDS}


def test_a_sample_of_a_golden_pack_is_drawn_again():
    said = forging.said(
        GOLDEN / "organisation-3.zip", "--key", KEYS["organisation-3.zip"]["newest"]
    )

    claims = {one["claim"]: one for one in said["claims"]}

    assert (claims["sample"]["result"], claims["complete"]["result"]) == ("PASS", "PASS")
    assert "organisation" in claims["scope"]["words"]
