"""Who builds: a process of its own that gives way, so that neither pages nor deadlines wait."""

import os
import subprocess
import sys
from datetime import datetime

import structlog
from django.conf import settings

from outbox import clock
from reports.selectors.packs import waiting
from reports.services.building import build_waiting, clear_workshops

MOST_IN_A_ROW = 50
log = structlog.get_logger(__name__)
_started: list[subprocess.Popen[bytes]] = []


def build_or_start(at: datetime) -> int:
    """Build what waits, or start a process that does; return how many were built or started.

    With PACK_PROCESSES at 0 one pack is built here and now. Else up to so many processes of this
    one build; PACK_MOST_BUILDS bounds them over all machines. The process that calls does not wait.
    """
    if settings.PACK_PROCESSES == 0:
        return build_waiting(at)
    _started[:] = [process for process in _started if process.poll() is None]
    if not waiting(at=at).exists():
        if not _started:
            clear_workshops()
        return 0
    if len(_started) >= settings.PACK_PROCESSES:
        return 0
    _started.append(_start())
    return 1


def work_off() -> int:
    """Build what waits until nothing does; return how many. Gives way to every other process."""
    os.nice(settings.PACK_NICENESS)
    done = 0
    while done < MOST_IN_A_ROW and build_waiting(clock.now()):
        done += 1
    return done


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "pack", "work"]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL)
