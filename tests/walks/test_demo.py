"""The demo plays its story by itself to the end, as somebody sees it who starts it."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from reports.services.validation import validate_pack

pytestmark = pytest.mark.full

NOT_FOR_IT = ("COUNTERSIGN_TESTING", "DATABASE_URL", "DATABASE_OWNER_URL", "DJANGO_SETTINGS_MODULE")


def test_the_story_plays_to_four_closed_cases_and_a_valid_pack(tmp_path):
    pack = tmp_path / "pack.zip"
    environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_IT}

    done = subprocess.run(
        [
            sys.executable, "manage.py", "demo", "--no-serve", "--json", "--server", "pg-demo-test",
            "--port", "8600", "--keep-pack", str(pack),
        ],
        env=environment | {"COUNTERSIGN_DEMO": "1"},
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert (told["systems"], told["incidents"], told["decisions"]) == (5, 4, 4)
    assert (told["closed"], told["pack_valid"]) == (4, True)
    assert told["measurements"] > 0 < told["decision_events"]
    assert told["refused"] == 12
    assert "faults" not in told
    assert validate_pack(pack, key=told["pack_key"]).faults == []
