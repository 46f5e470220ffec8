"""The Celery that hints go through: ours, though the package does not import it."""

import subprocess
import sys
import threading

from celery import current_app
from django.conf import settings

BEFORE_THE_SITE = """
import sys
import config.web_log
print("celery" in sys.modules)
"""


def test_it_is_the_current_one_in_every_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(current_app.main))
    thread.start()
    thread.join()

    assert [*found, current_app.main] == ["countersign", "countersign"]


def test_it_is_not_imported_before_the_site_has_left_out_what_it_does_not_need():
    done = subprocess.run(
        [sys.executable, "-c", BEFORE_THE_SITE],
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=True,
        text=True,
    )

    assert done.stdout.strip() == "False"
