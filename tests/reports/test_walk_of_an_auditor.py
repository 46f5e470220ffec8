"""REP-1, AUD-1: five requests of an auditor, answered from the pack alone.

The commands are read out of docs/auditors.md and run as they stand there, in an empty folder with
the pack and the verifier, by a Python that has nothing of ours.
"""

import datetime as dt
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from countersign_verify import SAMPLED
from tests.reports import packing, story

DOCUMENT = Path(settings.BASE_DIR) / "docs/auditors.md"
PYTHON = Path(sys.base_prefix) / "bin"


def commands():
    """Return the commands of the walk by the head that they stand under."""
    walk = (
        DOCUMENT.read_text().partition("## Five requests")[2].partition("\n### What it proves")[0]
    )
    parts = re.split(r"^### (?=\d)", walk, flags=re.M)
    return [(part.partition("\n")[0], re.findall(r"```sh\n(.*?)```", part, re.S)) for part in parts]


def followed(pack, folder):
    """Follow the walk with a pack in an empty folder; return what each part printed."""
    folder.mkdir()
    shutil.copy(packing.path_of(pack), folder / f"{pack.number}.zip")
    shutil.copy(Path(settings.BASE_DIR) / "countersign_verify.py", folder)
    said = []
    for head, blocks in commands():
        assert blocks, f"no command under {head}"
        said.append("".join(_run(block, pack, folder) for block in blocks))
    return said


def _run(block, pack, folder):
    words = block.replace("EP-2026-00001", pack.number).replace("<vkey>", packing.log_key())
    done = subprocess.run(
        ["/bin/bash", "-euc", words],
        cwd=folder,
        env={"PATH": f"{PYTHON}:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def told_with_more():
    """Tell the story and open six cases more, so that five are a sample."""
    told = story.closed_story()
    for number in range(42, 48):
        story.incident(
            told,
            number=f"INC-2026-{number:05}",
            title=f"Another case, {number}",
            opened_at=story.OPENED + dt.timedelta(hours=number),
        )
    return told


def check(said, told):
    """Check what the walk must answer."""
    checked, incidents, drawn, roles, refused, decided = said
    assert "EXIT 0" in checked
    assert "FAIL" not in checked
    assert incidents.count("INC-2026-") == 7
    assert "7 on the list; opened in the log and not on it: none" in incidents
    assert drawn.count("DRAWN") == 5
    assert "Maren Vogt | Compliance officer | Claims | given by Claire Dubois" in roles
    assert "Jonas Weber | POST /incidents/validate on INC-2026-00041 | You cannot" in refused
    assert re.search(r"line \d+ of the log, as sealed request.refused", refused)
    assert "findings of Jonas Weber" in decided
    assert "decided on the findings above" in decided
    assert decided.count("  vote: ") >= 3
    assert "  outcome: adopted" in decided
    assert "  ordered: Roll back" in decided
    assert "BAD" not in "".join(said)


@pytest.mark.django_db
def test_the_walk_answers_five_requests_from_the_pack_alone(tmp_path, without_pango):
    told = told_with_more()
    pack = packing.built(told)

    said = followed(pack, tmp_path / "empty")

    check(said, told)


@pytest.mark.full
@pytest.mark.django_db
def test_the_walk_answers_them_from_the_pack_of_an_organisation_too(tmp_path):
    told = told_with_more()
    story.another_system(told)
    pack = packing.built(told, breadth="organisation", kind="everything")

    said = followed(pack, tmp_path / "empty")

    check(said, told)


def test_the_walk_samples_a_list_that_a_pack_has():
    words = "".join(block for _, blocks in commands() for block in blocks)

    names = re.findall(r"--sample (\S+) \d+", words)

    assert names
    assert set(names) <= set(SAMPLED)
