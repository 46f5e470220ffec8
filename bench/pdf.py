"""Documents of a pack: one against the bare renderer, and long evidence by section.

One document: the same markup through the renderer as it comes: tables laid out automatically, no
tags, no variant, no identifier. Long evidence: sections in processes of their own against one long
document.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.__main__ import ROOT
from bench.measure import interleave, line
from reports.render.pdf import load, sheets, to_pdf

ROUNDS = {"small": 3, "full": 7}
ROWS = {"small": 240, "full": 900}
SECTIONS = {"small": 4, "full": 12}
AUTOMATIC = ".sheet .table { table-layout: auto !important; }"
WORKER_BYTES = 250 * 1024**2
CHILD = """
import json, resource, sys
import django
django.setup()
from bench.pdf import markup
from reports.render.pdf import to_pdf
pages = sum(to_pdf(markup(int(sys.argv[1])), f"s{n}").pages for n in range(int(sys.argv[2])))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
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
    _bare(text)
    ours, bare = interleave(
        lambda: _seconds(lambda: to_pdf(text, "bench")),
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
        pages=to_pdf(text, "bench").pages,
    )


def _bare(text: str) -> bytes:
    renderer = load()
    made: bytes = renderer.HTML(string=text).write_pdf(
        stylesheets=[renderer.CSS(string=sheet) for sheet in (*sheets(), AUTOMATIC)]
    )
    return made


def _long(rows: int, sections: int) -> Iterator[dict[str, Any]]:
    whole = _child(rows * sections, 1)
    started = time.perf_counter()
    alone = _child(rows, sections)
    single = time.perf_counter() - started
    started = time.perf_counter()
    halves = [_start(rows, sections // 2) for _ in range(2)]
    for half in halves:
        _said(half)
    double = time.perf_counter() - started
    more = {"pages": alone["pages"], "worker_bytes": alone["peak"], "allowed": WORKER_BYTES}
    yield line(
        "pdf_long_evidence_peak",
        value=alone["peak"],
        base=whole["peak"],
        gate=0.35,
        stretch=0.21,
        better="lower",
        unit="bytes",
        **more,
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


def _start(rows: int, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CHILD, str(rows), str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _said(process: "subprocess.Popen[str]") -> dict[str, int]:
    out, _ = process.communicate()
    if process.returncode:
        raise RuntimeError("a process that draws ended badly")
    found: dict[str, int] = json.loads(out)
    return found


def _child(rows: int, count: int) -> dict[str, int]:
    return _said(_start(rows, count))


def _seconds(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return time.process_time() - started
