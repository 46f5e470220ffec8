"""A question to another product over HTTP: bounded in time and size, never inside by accident.

The address is resolved once and checked by the guard of webhooks, so that a name which turns
inside between two look-ups is not followed. Redirects, proxies of the environment and compressed
answers are not taken.
"""

import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from ledger.rules.worded import term, worded
from outbox.channels.webhook import AddressRefused, pinned
from registry.connectors.mlflow import Access
from telemetry.connectors.documents import Unreadable, read_document

TIMEOUT = httpx.Timeout(8.0, connect=5.0)
LONGEST = 12.0
"""Seconds for a whole question and its answer, however slowly it drips, its head too."""
MOST_ANSWER = 8 * 1024 * 1024
BUSY = (429, 503)
SECONDS = re.compile(r"\d{1,9}", re.ASCII)


class NoAnswer(Exception):
    """Nothing that can be used came; `reason` is told to people and holds no credential.

    `retry_after` are the seconds that the other side asked to be left alone for.
    """

    def __init__(self, reason: str, *, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the JSON and the instant that the server says it was last changed, '' for none."""

    body: Any
    last_modified: str = ""


def ask(
    access: Access,
    path: str,
    *,
    form: Mapping[str, str] | None = None,
    document: Mapping[str, Any] | None = None,
    query: Mapping[str, str] | None = None,
) -> Answer:
    """Send a GET, or a POST with a form or a JSON document, and return the answer.

    Raises NoAnswer.
    """
    cutoff = _Cutoff()
    try:
        url, host = pinned(access.url.rstrip("/") + path if path else access.url)
        with (
            cutoff.running(),
            httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "POST" if form is not None or document is not None else "GET",
                url,
                params=query,
                data=form,
                json=document,
                headers=_headers(access, host),
                extensions={"sni_hostname": _name_of(host), "trace": cutoff.see},
            ) as response,
        ):
            return _answer(response)
    except AddressRefused as error:
        raise NoAnswer(worded("The address is refused: {why}.", why=term(error.args[0]))) from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
        if cutoff.is_late:
            raise _too_slow() from None
        raise NoAnswer(
            worded(
                "It does not answer ({error}): look whether it runs.", error=type(error).__name__
            )
        ) from None


class _Cutoff:
    """Cuts the connection once the whole question has taken too long.

    Time-outs of reading begin anew with every byte: a head that drips could hold a sweep for days.
    """

    def __init__(self) -> None:
        self.is_late = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count while the question is asked."""
        timer = threading.Timer(LONGEST, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def see(self, event: str, told: Mapping[str, Any]) -> None:
        """Note the connection as it is made, plain and then under TLS."""
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        with self._lock:
            self._socket = told["return_value"].get_extra_info("socket")
        if self.is_late:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            self.is_late = True
            if self._socket is not None:
                try:
                    # Of the plain class: that of TLS would take its state from under the reader.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
                except OSError:
                    return


def _headers(access: Access, host: str) -> dict[str, str]:
    return {
        **access.headers(),
        "Host": host,
        "Accept": "application/json",
        # A compressed answer could grow without end before its size is known.
        "Accept-Encoding": "identity",
        "User-Agent": "Countersign",
    }


def _name_of(host: str) -> str:
    return host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]


def _answer(response: httpx.Response) -> Answer:
    _check(response)
    content = _content(response)
    if response.status_code != 200:
        raise NoAnswer(_refusal(response.status_code, _said(content)))
    try:
        body = read_document(content)
    except Unreadable as error:
        raise NoAnswer(error.reason) from None
    return Answer(body, response.headers.get("Last-Modified", ""))


def _refusal(code: int, said: str) -> str:
    if said:
        return worded("It answered {code}: {said}.", code=code, said=said)
    return worded("It answered {code}.", code=code)


def _check(response: httpx.Response) -> None:
    code = response.status_code
    if code in BUSY:
        raise NoAnswer(
            worded("It answered {code}: it is busy.", code=code),
            retry_after=_retry_after(response),
        )
    if code in (401, 403):
        raise NoAnswer(worded("It does not let us in ({code}): look at the credential.", code=code))
    if 300 <= code < 400:
        raise NoAnswer(
            worded("It answered {code}, a redirect: name the address that it leads to.", code=code)
        )
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NoAnswer("It answered compressed although it was asked not to.")


def _retry_after(response: httpx.Response) -> int | None:
    """Return the seconds of Retry-After; as a date it is not read, and the back-off holds."""
    said = response.headers.get("Retry-After", "").strip()
    return int(said) if SECONDS.fullmatch(said) else None


def _content(response: httpx.Response) -> bytes:
    until = time.monotonic() + LONGEST
    content = bytearray()
    for piece in response.iter_raw():
        content += piece
        if len(content) > MOST_ANSWER:
            raise NoAnswer(
                worded(
                    "The answer is larger than {most} MiB: ask for less.",
                    most=MOST_ANSWER // 2**20,
                )
            )
        if time.monotonic() > until:
            raise _too_slow()
    return bytes(content)


def _too_slow() -> NoAnswer:
    seconds = f"{LONGEST:.0f}"
    return NoAnswer(worded("The answer took longer than {seconds} seconds.", seconds=seconds))


def _said(content: bytes) -> str:
    """Return the reason that an error document names, '' for none."""
    try:
        document = orjson.loads(content[:20_000])
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    said = document.get("error") or document.get("message")
    return re.sub(r"[\x00-\x1f\x7f]+", " ", said)[:300] if isinstance(said, str) else ""
