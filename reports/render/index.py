"""data/index.html, data/pack.json and VERIFY.txt: the pack's own words about itself."""

from pathlib import Path
from textwrap import fill
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone, translation

from reports.render.bag import payload_files
from reports.render.claims import not_proved, proved
from reports.render.contents import sections_of
from reports.render.report import MOST_PAGES, Limits
from reports.render.tables import write_json
from reports.rules import figures
from reports.rules.content import Content
from reports.rules.gaps import gaps_of

FORMAT = 2
WIDTH = 100


def write_pack_json(
    data: Path, content: Content, pages: list[int], missing: str, bytes_allowed: int
) -> None:
    """Write what was asked for, what is in it, what is left out and why, in machine's words."""
    scope, matters = content.scope, content.matters
    write_json(
        data / "pack.json",
        {
            "format": FORMAT,
            "pack": scope.number,
            "scope": scope,
            "period": "since is in, until is out; readings by the end of their window",
            "entries": "the system's in the period, its incidents' and motions' until as_of",
            "as_of": "records as collected after the request; evidence written later is left out",
            "counts": {
                "series": len(content.readings.series),
                "readings": sum(item.count for item in content.readings.series),
                "incidents": len(matters.incidents),
                "decisions": len(matters.decisions),
                "signatures": len(matters.signatures),
                "ledger_entries": content.ledger.entries,
                "gaps": len(gaps_of(content)),
            },
            "seal": content.seal,
            "stream": content.ledger.stream,
            "log_scope": {
                "system": scope.system_id,
                "incidents": [item.id for item in matters.incidents],
                "objects": [item.id for item in matters.decisions],
            },
            "ledger": content.ledger,
            "documents": {
                "report_pages": pages[0] if pages else None,
                "annex_pages": pages[1:],
                "missing": missing,
            },
            "caps": {
                "report_pages": MOST_PAGES,
                "incidents_in_report": Limits().incidents,
                "charts_in_report": Limits().charts,
                "bytes": bytes_allowed,
            },
            "redactions": [],
            "sealed": True,
            "signed": True,
            "proved": proved(content),
            "not_proved": not_proved(content),
        },
    )


def write_index(data: Path, content: Content, missing: str) -> None:
    """Write the contents as a page that opens without a network and without script."""
    gaps = gaps_of(content)
    context = {
        "content": content,
        "scope": content.scope,
        "sections": sections_of(content, gaps),
        "gaps": gaps,
        "folders": _folders(data),
        "missing": missing,
        "proved": proved(content),
        "not_proved": not_proved(content),
        "paper": True,
        "at": content.scope.as_of,
    }
    with timezone.override(ZoneInfo(content.scope.zone)), translation.override("en"):
        markup = render_to_string("reports/pack/index.html", context)
    (data / "index.html").write_text(markup, encoding="utf-8", newline="\n")


def write_verify(bag: Path, content: Content) -> None:
    """Write how to check the pack, and what that proves and what not."""
    context = {
        "scope": content.scope,
        "seal": content.seal,
        "stamps": content.ledger.stamps,
        "proved": [_item(sentence) for sentence in proved(content)],
        "not_proved": [_item(sentence) for sentence in not_proved(content)],
    }
    with translation.override("en"):
        text = render_to_string("reports/pack/VERIFY.txt", context)
    (bag / "VERIFY.txt").write_text(text, encoding="utf-8", newline="\n")


def _item(sentence: str) -> str:
    return fill(sentence, WIDTH, initial_indent="- ", subsequent_indent="  ")


def _folders(data: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the payload's files with their sizes by folder, those at the top first."""
    found: dict[str, list[tuple[str, str]]] = {"pack": []}
    for path in payload_files(data.parent):
        name = path.removeprefix("data/")
        if name == "index.html":
            continue
        folder = name.rpartition("/")[0] or "pack"
        found.setdefault(folder, []).append((name, figures.size((data / name).stat().st_size)))
    return list(found.items())
