"""Draws documents, each in a process that ends: `python -m reports.render.drawer FOLDER SHEET …`.

It stays warm between documents: the renderer is loaded and the style sheets are read, so that each
document costs a fork, and what it took of memory is given back whole. Nothing of Django is here,
and nothing is fetched. It ends when nobody asks for a while, and with who started it, also when
that was killed; it then removes FOLDER, over which documents come and go.

One line of JSON for each: {"markup": path, "to": path, "id": words, "most": pages or null} gives
{"pages": n, "peak": bytes}; {"over": n} for more pages than asked for; {"signal": n} where the
process was ended from outside; {"error": words}. The first line says {"ready": true} or
{"unavailable": words}.
"""

import gc
import hashlib
import io
import json
import logging
import os
import select
import shutil
import signal
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

VARIANT = "pdf/a-3a"
IDLE_SECONDS = 120
# Laid out pages refer to themselves: left to chance, what was thrown away stays in memory.
COLLECT_EVERY = 12
PROGRESS = "weasyprint.progress"
IN, OUT = 0, 1


class FetchRefused(Exception):
    """The markup asked for something outside itself."""


class TooManyPages(Exception):
    """The document has more pages than were asked for; it was left where that showed."""


class Pages(logging.Handler):
    """Hears of each page that is laid out: tidies up now and then, leaves at one too many."""

    def __init__(self, most: int | None) -> None:
        super().__init__()
        self._most = most
        self._heard = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count a page. Raises TooManyPages."""
        number = record.args[0] if isinstance(record.args, tuple) and record.args else None
        if "Page" not in record.msg or not isinstance(number, int):
            return
        if self._most is not None and number > self._most:
            raise TooManyPages
        self._heard += 1
        if self._heard % COLLECT_EVERY == 0:
            gc.collect()


def load() -> Any:
    """Return the renderer. Raises OSError where its system libraries are missing."""
    import weasyprint  # noqa: PLC0415  half a second and system libraries; only who draws needs it

    # It tells of every CSS property that only browsers know.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    return weasyprint


def draw(
    renderer: Any, sheets: Sequence[Any], markup: str, identifier: str, most: int | None = None
) -> tuple[bytes, int]:
    """Return a tagged PDF/A-3 variant with the identifier's hash as its file id, and its pages.

    No conformance is claimed: no validator has checked the result. Raises TooManyPages.
    """
    progress, pages = logging.getLogger(PROGRESS), Pages(most)
    progress.setLevel(logging.INFO)
    progress.propagate = False
    progress.addHandler(pages)
    try:
        document = renderer.HTML(string=markup, url_fetcher=refuse).render(
            stylesheets=sheets, pdf_variant=VARIANT, pdf_tags=True
        )
    finally:
        progress.removeHandler(pages)
    gc.collect()
    target = io.BytesIO()
    with warnings.catch_warnings():
        # The renderer leaves its colour profile to the garbage collector to close.
        warnings.simplefilter("ignore", ResourceWarning)
        document.write_pdf(
            target,
            pdf_identifier=hashlib.sha256(identifier.encode()).digest()[:16],
            pdf_variant=VARIANT,
            pdf_tags=True,
        )
    return target.getvalue(), len(document.pages)


def refuse(url: str, *_: object, **__: object) -> NoReturn:
    """Fetch nothing. Raises FetchRefused."""
    raise FetchRefused(f"a document fetches nothing from outside: {url}")


def main(folder: str, *paths: str) -> None:
    """Serve one document after the other until nobody asks; remove the folder."""
    try:
        _serve(paths)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(paths: Sequence[str]) -> None:
    try:
        renderer = load()
    except OSError as error:
        _say({"unavailable": str(error)})
        return
    texts = [Path(path).read_text(encoding="utf-8") for path in paths]
    sheets = [renderer.CSS(string=text, url_fetcher=refuse) for text in texts]
    gc.collect()
    gc.freeze()
    _say({"ready": True})
    while line := _line():
        _say(_drawn_apart(renderer, sheets, json.loads(line)))


def _line() -> bytes:
    """Return the next line; nothing at the end, or when none came for a while."""
    found = b""
    while not found.endswith(b"\n"):
        if not select.select([IN], [], [], IDLE_SECONDS)[0]:
            return b""
        piece = os.read(IN, 1 << 16)
        if not piece:
            return b""
        found += piece
    return found


def _drawn_apart(renderer: Any, sheets: Sequence[Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Draw in a process of its own and wait for it."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _draw_and_end(renderer, sheets, asked, writing)
    os.close(writing)
    said = _heard(reading, process)
    os.close(reading)
    _, status, used = os.wait4(process, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return {"signal": -code}
    found: dict[str, Any] = json.loads(said or b'{"error": "it said nothing"}')
    return found | {"peak": used.ru_maxrss * 1024}


def _heard(reading: int, process: int) -> bytes:
    """Return what the process says until it ends; end it if nobody waits for it any more."""
    watch = select.poll()
    watch.register(reading, select.POLLIN)
    watch.register(IN, select.POLLHUP)
    said = b""
    while True:
        ready = dict(watch.poll())
        if IN in ready:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            raise SystemExit(1)
        piece = os.read(reading, 1 << 16)
        if not piece:
            return said
        said += piece


def _draw_and_end(
    renderer: Any, sheets: Sequence[Any], asked: dict[str, Any], writing: int
) -> NoReturn:
    try:
        markup = Path(asked["markup"]).read_text(encoding="utf-8")
        content, pages = draw(renderer, sheets, markup, asked["id"], asked["most"])
        Path(asked["to"]).write_bytes(content)
        answer: dict[str, Any] = {"pages": pages}
    except TooManyPages:
        answer = {"over": asked["most"]}
    except BaseException:  # noqa: BLE001  whatever it was, who waits must hear of it
        answer = {"error": traceback.format_exc(limit=8)}
    os.write(writing, json.dumps(answer).encode())
    os._exit(0)


def _say(answer: dict[str, Any]) -> None:
    os.write(OUT, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
