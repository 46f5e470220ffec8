"""Memory of a web worker under gunicorn with --preload, after 180 requests of different pages.

Every page that has an address without arguments, pages of systems and incidents, the lists of the
API and its description, asked through the socket by one reader until 180 were answered. RSS and PSS
are those of /proc/<pid>/smaps_rollup. RSS counts what the workers share with their parent in full,
PSS divides it among them; the gate is on RSS. The base is the parent before the first request.
"""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from bench.filling import fill
from bench.load import Volume
from bench.measure import line
from config.processes import web
from tests.registry import factories as registry

REQUESTS = 180
GATE, STRETCH = 150, 120
WORKERS = 2
VOLUME = Volume(systems=40, days=2, incidents=1000, hot_readings=500)
# They end the session, or are for somebody who is not signed in.
LEFT_OUT = ("accounts/", "admin/", "health/", "api/schema/")
DESCRIPTION = "/api/schema/"


def run(size: str) -> Iterator[dict[str, Any]]:
    """Yield the line of a worker's memory; the size changes nothing."""
    filled = fill(VOLUME, say=lambda words: None)
    reader = get_user_model().objects.get(pk=filled.reader.pk)
    client = Client()
    registry.sign_in(client, reader)
    cookie = f"sessionid={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    slugs = [system.slug for system in filled.systems[:3]]
    asked = [*_addresses(), *(f"/systems/{slug}/" for slug in slugs)]
    # Each worker is asked for the description as well: whoever answers keeps what it costs.
    addresses = list(islice(cycle([*asked, DESCRIPTION]), REQUESTS - 2 * WORKERS))
    addresses += [DESCRIPTION] * (2 * WORKERS)
    port = _free_port()
    server = subprocess.Popen(web(port, WORKERS), cwd=settings.BASE_DIR, env=os.environ.copy())
    try:
        _wait(port)
        before = _memory(server.pid)["Rss"]
        statuses = [_ask(port, address, cookie) for address in addresses]
        workers = [_memory(pid) for pid in _children(server.pid)]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    largest = max(workers, key=lambda found: found["Rss"])
    yield line(
        "memory_of_a_worker",
        value=largest["Rss"],
        base=before,
        ratio=largest["Rss"],
        gate=GATE,
        stretch=STRETCH,
        better="lower",
        unit="MB of RSS; the gate is on the value, the base is the parent at its start",
        pss=round(max(found["Pss"] for found in workers), 1),
        requests=len(statuses),
        answered=sum(status < 400 for status in statuses),
        different=len(set(addresses)),
    )


def _addresses() -> list[str]:
    """Return every address without arguments, that can be read, in the order of the resolver."""
    found = dict.fromkeys(f"/{route}" for route in _routes(get_resolver().url_patterns, ""))
    return [one for one in found if not one[1:].startswith(LEFT_OUT)]


def _routes(patterns: list[Any], before: str) -> Iterator[str]:
    for one in patterns:
        route = before + str(one.pattern)
        if "<" in route or "^" in route:
            continue
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route


def _ask(port: int, address: str, cookie: str) -> int:
    """Read an address through the socket to its end; return the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=180)
    connection.request("GET", address, headers={"Cookie": cookie, "Host": "localhost"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def _memory(pid: int) -> dict[str, float]:
    """Return Rss and Pss of a process in megabytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    found = {parts[0].rstrip(":"): int(parts[1]) / 1024 for parts in map(str.split, lines[1:])}
    return {name: found[name] for name in ("Rss", "Pss")}


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(one) for one in text.split()]


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _wait(port: int) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            if _ask(port, "/health/", "") in (200, 503):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("gunicorn did not answer within 90 seconds")
