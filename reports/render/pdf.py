"""Markup to PDF: tagged, bookmarked, the same bytes for the same markup; fetches nothing.

Drawn in a process of its own, kept warm by reports/render/drawer.py: who collects, streams and
serves never holds the renderer, and a document that is too much for the machine ends alone.
"""

import atexit
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders

SHEETS = ("countersign.css", "paper.css", "report.css")
# Every element twice more, only to say how its box is measured: a fifth of the memory of a page.
EVERYWHERE = "*, *::before, *::after {"
WHERE_DRAWN = (
    "*, .case__head h2::before, .chain > li::before, .ledger-ref::before, .motion li::before, "
    ".toc__page::after, time[datetime]::after {"
)
APT = (
    "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 "
    "fonts-dejavu-core fonts-inter fonts-sil-charis fonts-jetbrains-mono"
)
TOO_SLOW = (
    "A document was not drawn within half an hour. Ask for a shorter period or for fewer systems, "
    "or try again when the machine that builds packs has less to do."
)
BEAT_SECONDS = 20
MOST_SECONDS = 1800
TRIES = 2


class PdfUnavailable(Exception):
    """The libraries that draw text are not installed; the message says which and how."""


class DrawingFailed(Exception):
    """The renderer raised an error, which the message holds."""


class DrawingEnded(Exception):
    """The process that draws was ended from outside, or late; the message says what to do."""


class TooLong(Exception):
    """The document has more pages than were asked for."""

    def __init__(self, pages: int) -> None:
        super().__init__(f"more than {pages} pages")
        self.pages = pages


@dataclass(frozen=True)
class Pdf:
    """A rendered document, how many pages it has, and the most memory that drawing took, bytes."""

    content: bytes
    pages: int
    peak: int = field(default=0, compare=False)

    def write(self, path: Path) -> None:
        """Write the document: whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_bytes(self.content)
        draft.replace(path)


class Drawer:
    """The warm process, and the folder over which documents come and go."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="drawing-"))
        self._said = b""
        paths = []
        for place, text in enumerate(sheets()):
            paths.append(self.folder / f"{place}.css")
            paths[-1].write_text(text, encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reports.render.drawer", *map(str, (self.folder, *paths))],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    @property
    def ended(self) -> bool:
        """Whether it does not draw any more: nobody asked for a while, or it was ended."""
        return self.process.poll() is not None

    def answer(self, beat: Callable[[], None]) -> dict[str, Any] | None:
        """Return what it says next, None if it ended instead; `beat` is called while it draws."""
        assert self.process.stdout is not None
        until = time.monotonic() + MOST_SECONDS
        while not self._said.endswith(b"\n"):
            if not select.select([self.process.stdout], [], [], BEAT_SECONDS)[0]:
                beat()
                if time.monotonic() > until:
                    raise DrawingEnded(TOO_SLOW)
                continue
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            if not piece:
                return None
            self._said += piece
        found: dict[str, Any] = json.loads(self._said)
        self._said = b""
        return found

    def ask(self, request: dict[str, Any]) -> None:
        """Ask for a document. Raises OSError where the process ended."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()

    def close(self) -> None:
        """End the process and what it draws; it does so itself when its input ends."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


_lock = threading.Lock()
_warm: dict[int, Drawer] = {}


def to_pdf(
    markup: str,
    identifier: str,
    *,
    most: int | None = None,
    beat: Callable[[], None] = lambda: None,
) -> Pdf:
    """Render markup as a tagged PDF/A-3 variant with the identifier's hash as its file id.

    `beat` is called now and then; with `most`, a longer document is left as soon as that shows.
    Raises PdfUnavailable, TooLong, DrawingEnded, DrawingFailed.
    """
    with _lock:
        ends = ""
        for _ in range(TRIES):
            drawer = renderer(beat)
            try:
                found = _drawn(drawer, markup, identifier, most, beat)
            except (TooLong, DrawingFailed):
                raise
            except BaseException:
                stop()
                raise
            if isinstance(found, Pdf):
                return found
            ends = found
        raise DrawingEnded(
            f"The process that draws PDFs was ended from outside ({ends}), most likely because the "
            "machine has too little memory: a document takes up to 250 MB. Give the machine that "
            "builds packs more, or ask for a shorter period or for fewer systems; then ask again."
        )


def renderer(beat: Callable[[], None] = lambda: None) -> Drawer:
    """Return this process's warm drawer, started where there is none. Raises PdfUnavailable."""
    known = _warm.get(os.getpid())
    if known is not None and not known.ended:
        return known
    stop()
    made = _warm[os.getpid()] = Drawer()
    said = made.answer(beat) or {}
    if "ready" not in said:
        stop()
        if "unavailable" in said:
            raise PdfUnavailable(f"PDFs need Pango, which is not installed. Run: {APT}")
        raise DrawingEnded("The process that draws PDFs does not start. The server's log says why.")
    return made


def stop() -> None:
    """End this process's drawer, if there is one."""
    known = _warm.pop(os.getpid(), None)
    if known is not None:
        known.close()


atexit.register(stop)


def _drawn(
    drawer: Drawer, markup: str, identifier: str, most: int | None, beat: Callable[[], None]
) -> Pdf | str:
    """Return the document, or by what its process was ended. Raises TooLong, DrawingFailed."""
    source, target = drawer.folder / "markup.html", drawer.folder / "drawn.pdf"
    source.write_text(markup, encoding="utf-8")
    target.unlink(missing_ok=True)
    request = {"markup": str(source), "to": str(target), "id": identifier, "most": most}
    try:
        drawer.ask(request)
        said = drawer.answer(beat)
    except OSError:
        said = None
    if said is None:
        return f"exit {drawer.process.wait(5)}"
    if "signal" in said:
        return signal.Signals(said["signal"]).name
    if "over" in said:
        raise TooLong(said["over"])
    if "error" in said:
        raise DrawingFailed(said["error"])
    return Pdf(content=target.read_bytes(), pages=said["pages"], peak=said["peak"])


def sheets() -> list[str]:
    """Return the style sheets of paper, in their order, without what paper does not need."""
    found = []
    for name in SHEETS:
        path = finders.find(name)
        if not isinstance(path, str):
            raise FileNotFoundError(f"the style sheet {name} is not among the static files")
        text = Path(path).read_text(encoding="utf-8")
        found.append(text.replace(EVERYWHERE, WHERE_DRAWN))
    return found
