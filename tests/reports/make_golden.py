"""Made the files in golden/ once, with the application itself; what it made must verify for ever.

Run only to add the files of a new format: `pytest tests/reports/make_golden.py`; it overwrites
nothing.
"""

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from ledger.context import acting_as
from ledger.rules.commitments import Personal
from ledger.services.rotation import rotate_key
from ledger.services.sealing import seal
from reports.render.index import FORMAT
from reports.services.exports import write_export
from tests.reports import packing, story

GOLDEN = Path(__file__).parent / "golden"
KINDS = ("pack", "organisation", "ledger")


@pytest.mark.django_db
def test_make_the_files_of_this_format(tmp_path):
    told = story.closed_story()
    seal(at=story.AT)
    first = packing.log_key()
    with acting_as(story.ENGINE):
        rotate_key(reason="Yearly.", actor=story.ENGINE, at=story.AT)
    story.entry(
        "incident.evidence_added",
        story.ENGINE,
        story.AT - dt.timedelta(days=1),
        ("incident", str(told.incident.pk), told.incident.number),
        incident_id=told.incident.pk,
        details={"advice": Personal("What counsel said.", kind="text", private=True)},
    )
    pack = packing.built(told, since=story.OPENED, until=story.AT)
    story.another_system(told)
    whole = packing.built(told, since=story.OPENED, until=story.AT, breadth="organisation")
    write_export(path=tmp_path / "ledger.zip", at=story.AT, actor=story.ENGINE)

    put(packing.path_of(pack), f"pack-{FORMAT}.zip")
    put(packing.path_of(whole), f"organisation-{FORMAT}.zip")
    put(tmp_path / "ledger.zip", f"ledger-{FORMAT}.zip")
    keys = {"oldest": first, "newest": packing.log_key()}
    known = {f"{name}-{FORMAT}.zip": keys for name in KINDS}
    told_before = GOLDEN / "keys.json"
    before = json.loads(told_before.read_text()) if told_before.exists() else {}
    told_before.write_text(json.dumps(known | before, indent=1, sort_keys=True) + "\n")


def put(made, name):
    """Keep a file unless one of that name is there."""
    if not (GOLDEN / name).exists():
        shutil.copyfile(made, GOLDEN / name)
