"""The processes of one machine: web, worker, sweep, watchdog, started and stopped together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

import httpx

GRACE_SECONDS = 10
WORKER_LIVES = 100


class Fleet:
    """Child processes with a log file each; stopped in the reverse order of their start."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self.logs = logs
        self.environment = {**os.environ, **environment}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.arguments: dict[str, Sequence[str]] = {}
        self.lives: dict[str, int] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, arguments: Sequence[str], *, lives: int = 1) -> None:
        """Start a process under a name; its output goes to <name>.log.

        One with several lives is started again when it ends by itself.
        """
        self.arguments[name], self.lives[name] = arguments, lives
        with (self.logs / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                list(arguments), stdout=log, stderr=log, env=self.environment
            )

    def dead(self) -> list[str]:
        """Return the names of processes that ended by themselves and have no life left."""
        ended = [name for name, child in self.running.items() if child.poll() is not None]
        for name in ended:
            if self.lives[name] > 1:
                self.start(name, self.arguments[name], lives=self.lives[name] - 1)
        return [name for name in ended if self.running[name].poll() is not None]

    def stop(self) -> None:
        """End all, gently, then not."""
        children = list(reversed(self.running.values()))
        for child in children:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
        self.running.clear()

    def watch(self) -> str:
        """Wait until a signal comes or a process ends; return '' or the name of the dead one."""
        stopped: list[int] = []

        def _stop(number: int, frame: FrameType | None) -> None:
            stopped.append(number)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        while not stopped and not self.dead():
            time.sleep(0.3)
        return "" if stopped else self.dead()[0]

    def tail(self, name: str, lines: int = 15) -> str:
        """Return the end of a process's log."""
        text = (self.logs / f"{name}.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])


def manage(*arguments: str) -> list[str]:
    """Return the command line of one of our commands."""
    return [sys.executable, "manage.py", *arguments]


def web(port: int, workers: int) -> list[str]:
    """Return the command line of the web server on loopback."""
    return [
        sys.executable, "-m", "gunicorn", "config.wsgi:application",
        "--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", "4",
        "--preload", "--no-control-socket", "--graceful-timeout", "5",
        "--logger-class", "config.web_log.NamelessLogger",
    ]  # fmt: skip


def worker() -> list[str]:
    """Return the command line of the Celery worker."""
    return [
        sys.executable, "-m", "celery", "--app", "config", "worker",
        "--concurrency", "1", "--pool", "solo", "--loglevel", "WARNING",
        "--without-gossip", "--without-mingle",
    ]  # fmt: skip


def start_all(fleet: Fleet, *, port: int, workers: int = 2, every: float = 30) -> None:
    """Start web, worker, sweep and watchdog, and wait until a page comes back."""
    fleet.start("web", web(port, workers))
    # It carries hints only, and reads a message that is still being written as a broken one.
    fleet.start("worker", worker(), lives=WORKER_LIVES)
    fleet.start("sweep", manage("sweep", "--loop", "--every", str(every)))
    # It only looks and tells: where it falls, it is set up again, and nothing else stops for it.
    looking = manage("watchdog", "--loop", "--every", str(every))
    fleet.start("watchdog", looking, lives=WORKER_LIVES)
    wait_for(f"http://127.0.0.1:{port}/health/", fleet)


def wait_for(url: str, fleet: Fleet, seconds: float = 180) -> None:
    """Wait until `url` answers. Raises RuntimeError with the log if a process died first."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for name in fleet.dead():
            raise RuntimeError(f"{name} ended:\n{fleet.tail(name)}")
        try:
            httpx.get(url, timeout=5, trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{url} did not answer within {seconds:.0f} s:\n{fleet.tail('web')}")
