"""data/index.html, data/pack.json and VERIFY.txt: the pack's own words about itself."""

from pathlib import Path
from textwrap import fill
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from outbox.languages import render_for_record
from reports.render.bag import payload_files
from reports.render.claims import fingerprint, not_proved, proved
from reports.render.contents import sections_of, tallied
from reports.render.fitting import MOST_PAGES, Limits
from reports.render.folder_pages import overview
from reports.render.tables import write_json
from reports.rules import figures
from reports.rules.asked import KINDS, RECIPIENTS
from reports.rules.content import Content, Redaction
from reports.rules.exceptions import exceptions_of
from reports.rules.gaps import gaps_of
from reports.rules.sampling import DRAWN, SAMPLED

FORMAT = 3
WIDTH = 100


def write_pack_json(
    data: Path, content: Content, pages: list[int], missing: str, bytes_allowed: int
) -> None:
    """Write what was asked for, what is in it, what is left out and why, in machine's words."""
    scope, ledger = content.scope, content.ledger
    tally = tallied(content).counts
    write_json(
        data / "pack.json",
        {
            "format": FORMAT,
            "pack": scope.number,
            "scope": scope,
            "period": "since is in, until is out; readings by the end of their window",
            "entries": "the systems' in the period (of a whole organisation simply all of the "
            "period), its incidents' and motions' until as_of",
            "as_of": "records as collected after the request; evidence written later is left out",
            "counts": {
                "systems": tally["systems"],
                "series": tally["series"],
                "readings": tally["readings"],
                "incidents": tally["incidents"],
                "decisions": tally["decisions"],
                "signatures": tally["signatures"],
                "ledger_entries": ledger.entries,
                "gaps": len(gaps_of(content)),
            },
            "seal": content.seal,
            "streams": ledger.streams,
            "log_scope": {
                "everything": scope.everything,
                "systems": scope.streams,
                "incidents": ledger.incidents,
                "objects": ledger.objects,
            },
            "ledger": {
                "entries": ledger.entries,
                "first": ledger.first,
                "last": ledger.last,
                "newest_at": ledger.newest_at,
                "sha256": ledger.sha256,
                "neighbours": ledger.neighbours,
                "proofs": ledger.proofs,
                "unproved": ledger.unproved,
                "stamps": ledger.stamps,
                "opened": ledger.opened,
                "withheld": ledger.withheld,
            },
            "sample": {"seed": content.seal.root, "lists": SAMPLED, "most": DRAWN},
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
            "redactions": content.redactions,
            "sealed": True,
            "signed": True,
            "proved": proved(content, tally["signatures"]),
            "not_proved": not_proved(content),
        },
    )


def write_index(data: Path, content: Content, missing: str) -> None:
    """Write the contents as a page that opens without a network and without script."""
    gaps = gaps_of(content)
    context = {
        "content": content,
        "scope": content.scope,
        "kind": KINDS[content.scope.kind],
        "recipient": RECIPIENTS[content.scope.recipient],
        "sections": sections_of(content, gaps, len(exceptions_of(content))),
        "gaps": gaps,
        "frameworks": overview(content, gaps),
        "folders": _folders(data),
        "missing": missing,
        "proved": proved(content, _signed(content)),
        "not_proved": not_proved(content),
        "paper": True,
        "at": content.scope.as_of,
    }
    with timezone.override(ZoneInfo(content.scope.zone)), translation.override("en"):
        markup = render_for_record("reports/pack/index.html", context)
    (data / "index.html").write_text(markup, encoding="utf-8", newline="\n")


def write_verify(bag: Path, content: Content) -> None:
    """Write how to check the pack, and what that proves and what not."""
    context = {
        "scope": content.scope,
        "kind": KINDS[content.scope.kind],
        "recipient": RECIPIENTS[content.scope.recipient],
        "seal": content.seal,
        "fingerprint": fingerprint(content.seal.key),
        "stamps": content.ledger.stamps,
        "drawn": DRAWN,
        "lists": [fill(_lists(), WIDTH, initial_indent="    ", subsequent_indent="    ")],
        "redactions": [_item(_left_out(item)) for item in content.redactions],
        "proved": [_item(sentence) for sentence in proved(content, _signed(content))],
        "not_proved": [_item(sentence) for sentence in not_proved(content)],
    }
    with translation.override("en"):
        text = render_for_record("reports/pack/VERIFY.txt", context)
    (bag / "VERIFY.txt").write_text(text, encoding="utf-8", newline="\n")


def _signed(content: Content) -> int:
    return sum(len(item.matters.signatures) for item in content.systems)


def _lists() -> str:
    """Say of which columns a row's key is made, list by list."""
    return "; ".join(f"{name}: {'/'.join(columns)}" for name, columns in SAMPLED.items())


def _left_out(item: Redaction) -> str:
    places = f" ({figures.number(item.count)} places)" if item.count else ""
    return f"{item.what}{places}: {item.why}"


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
