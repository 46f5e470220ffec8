"""Entries as the API gives them."""

import hashlib
from typing import Any

from governance.selectors.pages.ledger_proof import Proof
from governance.selectors.pages.ledger_rows import exception_of
from governance.selectors.pages.record import sentence
from ledger.selectors.lines import Line, sealed_line_of
from ledger.selectors.reach import Reach
from ledger.selectors.search import Wanted, found_count, found_page

MOST = 200


def page_of(*, wanted: Wanted, reach: Reach, before: int | None, limit: int) -> dict[str, Any]:
    """Return a page of entries, the newest first, with how many there are in all."""
    settled = wanted.settled()
    size = max(1, min(limit, MOST))
    lines = found_page(wanted=settled, reach=reach, before=before, limit=size + 1)
    most = reach.most_counted
    count = found_count(wanted=settled, reach=reach, most=most)
    return {
        "results": [answer(line) for line in lines[:size]],
        "next": lines[size - 1].number if len(lines) > size else None,
        "count": min(count, most),
        "more": count > most,
    }


def answer(line: Line) -> dict[str, Any]:
    """Return one entry as data."""
    body = line.body
    who, thing = body["who"], body["object"]
    return {
        "number": line.number,
        "seq": line.seq,
        "stream": line.stream,
        "stream_seq": line.stream_seq,
        "sealed_at": line.sealed_at,
        "at": line.at,
        "verb": line.verb,
        "words": sentence(line),
        "actor": {
            "kind": line.actor_kind,
            "id": who["id"],
            "name": line.actor,
            "role": who.get("role", ""),
        },
        "object": {"type": thing["type"], "id": thing["id"], "label": line.label},
        "incident": body.get("incident"),
        "system": body.get("system"),
        "channel": (body.get("from") or {}).get("channel", ""),
        "reason": line.reason,
        "exception": exception_of(line),
        "before": body.get("before"),
        "after": body.get("after"),
        "details": body.get("details"),
    }


def full_answer(line: Line, proof: Proof | None) -> dict[str, Any]:
    """Return one entry with its exact bytes and its proof."""
    exact = sealed_line_of(line)
    return answer(line) | {
        "sha256": hashlib.sha256(line.bytes).hexdigest(),
        "body": line.bytes.decode(),
        "line": exact.decode() if exact else None,
        "proof": proof,
    }
