"""Documents of a pack: one against the bare renderer, and long evidence by section.

One document: the same markup through the renderer as it comes: tables laid out automatically, no
tags, no variant, no identifier; both in a warm process. Long evidence: sections as packs draw them,
each in a process that ends, against one long document drawn by the bare renderer in a process that
holds nothing else.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.__main__ import ROOT
from bench.measure import interleave, line
from reports.render.drawer import draw, load
from reports.render.pdf import sheets

ROUNDS = {"small": 3, "full": 7}
ROWS = {"small": 240, "full": 700}
SECTIONS = {"small": 8, "full": 12}
AUTOMATIC = ".sheet .table { table-layout: auto !important; }"
WORKER_BYTES = 250 * 1024**2
# One long document, by nothing but the renderer.
WHOLE = """
import json, resource, sys
import weasyprint
from pathlib import Path
text, *sheets = [Path(name).read_text() for name in sys.argv[1:]]
css = [weasyprint.CSS(string=sheet) for sheet in sheets]
document = weasyprint.HTML(string=text).render(stylesheets=css)
document.write_pdf(sys.argv[1] + ".pdf")
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"pages": len(document.pages), "peak": peak}))
"""
# A process that builds: warm before it is told to begin, as in the middle of a pack.
CHILD = """
import json, sys
import django
django.setup()
from bench.pdf import markup
from reports.render.pdf import to_pdf
to_pdf("<p>warm</p>", "warm")
print("warm", flush=True)
sys.stdin.readline()
text = markup(int(sys.argv[1]))
drawn = [to_pdf(text, f"s{n}") for n in range(int(sys.argv[2]))]
pages, peak = sum(one.pages for one in drawn), max(one.peak for one in drawn)
print(json.dumps({"pages": pages, "peak": peak}))
"""


def run(size: str) -> Iterator[dict[str, Any]]:
    """Yield the lines of one document and of long evidence."""
    yield _one(ROWS[size], ROUNDS[size])
    yield from _long(ROWS[size], SECTIONS[size])


def markup(rows: int) -> str:
    """Return a report's tables: fixed columns, repeated heads, links and page numbers."""
    cells = "".join(
        f'<tr><th scope="row" id="r{n}">INC-2026-{n:05}</th><td>Claims of one group were approved '
        f"less often than those of another, {n}</td><td>21 Jan 2027</td><td>major, closed</td>"
        f'<td class="num"><a class="toc__page" href="#r{n}"></a></td></tr>'
        for n in range(rows)
    )
    heads = zip(
        ("Number", "What", "Opened", "State", "Page"),
        ("w-number", "", "w-date", "w-18", "w-8"),
        strict=True,
    )
    columns = "".join(f'<th scope="col" class="{width}">{word}</th>' for word, width in heads)
    return (
        '<html lang="en"><head><title>Bench</title></head><body class="p-report">'
        '<main class="sheets"><section class="sheet"><h1>Evidence</h1><h2>Incidents</h2>'
        f'<table class="table"><thead><tr>{columns}</tr></thead><tbody>{cells}</tbody></table>'
        "</section></main></body></html>"
    )


def _one(rows: int, rounds: int) -> dict[str, Any]:
    text = markup(rows)
    renderer = load()
    ready = [renderer.CSS(string=sheet) for sheet in sheets()]
    _bare(text)
    ours, bare = interleave(
        lambda: _seconds(lambda: draw(renderer, ready, text, "bench")),
        lambda: _seconds(lambda: _bare(text)),
        rounds,
    )
    return line(
        "pdf_document",
        value=ours,
        base=bare,
        gate=1.10,
        stretch=1.0,
        better="lower",
        unit="seconds",
        pages=draw(renderer, ready, text, "bench")[1],
    )


def _bare(text: str) -> bytes:
    renderer = load()
    made: bytes = renderer.HTML(string=text).write_pdf(
        stylesheets=[renderer.CSS(string=sheet) for sheet in (*sheets(), AUTOMATIC)]
    )
    return made


def _long(rows: int, sections: int) -> Iterator[dict[str, Any]]:
    whole = _whole(rows * sections)
    single, (alone,) = _drawn(rows, [sections])
    double, _ = _drawn(rows, [sections - sections // 2, sections // 2])
    yield line(
        "pdf_long_evidence_peak",
        value=alone["peak"],
        base=whole["peak"],
        gate=0.35,
        stretch=0.21,
        better="lower",
        unit="bytes",
        pages=alone["pages"],
        worker_bytes=alone["peak"],
        allowed=WORKER_BYTES,
    )
    yield line(
        "pdf_long_evidence_two_processes",
        value=1 / double,
        base=1 / single,
        gate=1.6,
        stretch=2.0,
        better="higher",
        unit="documents per second",
    )


def _whole(rows: int) -> dict[str, int]:
    with TemporaryDirectory() as folder:
        texts = [markup(rows), *sheets(), AUTOMATIC]
        names = [f"{folder}/{place}" for place in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            Path(name).write_text(text, encoding="utf-8")
        command = [sys.executable, "-c", WHOLE, *names]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, int] = json.loads(done.stdout)
    return found


def _drawn(rows: int, shares: list[int]) -> tuple[float, list[dict[str, int]]]:
    """Draw sections in as many processes as there are shares; return the seconds, what each said.

    The clock runs from when all are warm until the last one is done.
    """
    heap = [_start(rows, count) for count in shares]
    for one in heap:
        _said(one)
    started = time.perf_counter()
    for one in heap:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    found = [json.loads(_said(one)) for one in heap]
    seconds = time.perf_counter() - started
    for one in heap:
        one.communicate()
    return seconds, found


def _start(rows: int, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CHILD, str(rows), str(count)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)


def _said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    said = process.stdout.readline()
    if not said:
        raise RuntimeError("a process that draws ended badly")
    return said


def _seconds(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return time.process_time() - started
