"""ISO/IEC 42001 A.3.3: the real web server, every log switched on, keeps nothing of a sender.

The sender comes from an address of its own on loopback, so that it can be searched for.
"""

import http.client
import os
import re
import socket
import subprocess
from urllib.parse import urlencode

import psycopg
import pytest
from django.conf import settings

from config.processes import web
from tests.faults.processes import wait_until

pytestmark = pytest.mark.full
SENDER, AGENT = "127.77.66.55", "MarkedBrowser/9.9"
HEADERS = {
    "User-Agent": AGENT,
    "Referer": "http://intranet.example/who-i-am",
    "Cookie": "sessionid=markedcookie; csrftoken=markedcookie",
    "X-Forwarded-For": "198.51.100.23",
    "Content-Type": "application/x-www-form-urlencoded",
}
MARKS = (SENDER, AGENT, "who-i-am", "markedcookie", "198.51.100.23")
PATIENCE_SECONDS = 60


@pytest.fixture
def web_server(own_database, tmp_path):
    """A web server with its access log and its debug log in one file; yields port and file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "web.log"
    environment = os.environ | {
        "COUNTERSIGN_TESTING": "1",
        "DATABASE_URL": own_database,
        "LOG_LEVEL": "DEBUG",
        "EMAIL_URL": "dummymail://",
    }
    more = ["--access-logfile", "-", "--log-level", "debug", "--capture-output"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*web(port, 1), *more], env=environment, cwd=settings.BASE_DIR, stdout=out, stderr=out
        )
    try:
        wait_until(lambda: _is_up(port), process=process)
        yield port, log
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _is_up(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def asked(port, verb, path, fields=None):
    """Send a request from the sender's own address; return the status and the page."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=30, source_address=(SENDER, 0)
    )
    connection.request(verb, path, urlencode(fields or {}), HEADERS)
    answer = connection.getresponse()
    assert path.startswith("/health") or answer.getheader("Set-Cookie") is None
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def unreadable(port):
    """Send what is no request at all."""
    with socket.create_connection(("127.0.0.1", port), source_address=(SENDER, 0)) as raw:
        raw.sendall(b"NO SUCH REQUEST\x00\r\n\r\n")
        raw.recv(1000)


def everything(url):
    """Return every row of every table as text."""
    held = []
    with psycopg.connect(url) as session:
        tables = session.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition"
        ).fetchall()
        for (table,) in tables:
            held += [row[0] for row in session.execute(f'SELECT t::text FROM "{table}" t')]
    text = "\n".join(held)
    blobs = re.findall(r"\\x([0-9a-f]{8,})", text)
    return text + "".join(bytes.fromhex(one).decode("utf-8", "replace") for one in blobs)


def test_neither_the_server_nor_the_database_keeps_who_sent_it(web_server, own_database):
    port, log = web_server
    _, page = asked(port, "GET", "/concerns/new/")
    key = re.search(r'name="token" value="([^"]+)"', page)[1]
    said = {"where": "claims", "what": "It refuses widows.", "harm": "yes", "token": key}

    sent = asked(port, "POST", "/concerns/new/", said)[0]
    failed = [
        asked(port, "POST", "/concerns/new/", {"where": "x"})[0],
        asked(port, "POST", "/concerns/receipt/", {"code": "AAAA"})[0],
        asked(port, "PUT", "/concerns/new/")[0],
        asked(port, "GET", "/concerns/new/nothing")[0],
    ]
    unreadable(port)
    wait_until(lambda: "Invalid request" in log.read_text(errors="replace"))

    written = log.read_text(errors="replace")
    held = everything(own_database)
    assert (sent, failed) == (201, [400, 404, 405, 404])
    assert "widows" in held
    assert [mark for mark in MARKS if mark in held] == []
    assert [mark for mark in MARKS if mark in written] == []
    assert "Invalid request" in written


def test_the_search_would_find_a_sender_of_other_pages(web_server):
    port, log = web_server

    asked(port, "GET", "/health/")
    # The debug log names the path before the access log names who asked.
    wait_until(lambda: SENDER in log.read_text(errors="replace"))

    assert "/health/" in log.read_text(errors="replace")
