"""A web worker leaves out what it never needs: libraries of the sealer, of packs, of rotas."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.full
LEFT_OUT = ("weasyprint", "openpyxl", "docx", "rfc3161_client", "icalendar", "sqlite3", "greenlet")
SAYS = f"""
import config.wsgi, sys
print([name for name in {LEFT_OUT!r} if sys.modules.get(name)])
"""


def test_what_only_other_processes_need_is_not_loaded_by_the_web():
    environment = {**os.environ, "COUNTERSIGN_TESTING": "1"}

    done = subprocess.run(
        [sys.executable, "-c", SAYS],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )

    assert done.stdout.strip() == "[]"
