"""Who reads the ledger is in the ledger: the room once a day, a search once an hour, every file.

A single look at an entry is no entry of its own: it would breed an entry with each look, and the
day's opening of the room says already that somebody read.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction

from governance.rules.ledger_filter import Asked
from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.selectors.at_once import Question
from ledger.selectors.search import Wanted, is_recorded, recorded_asked
from ledger.services.entries import append_entry

ROOM_AGAIN = timedelta(days=1)
SEARCH_AGAIN = timedelta(hours=1)
FREE_TEXT = ("person", "about")
ROOM, SEARCH, FILE = "ledger", "ledger_search", "ledger_file"


def noted_asked(*, asked: Asked, actor: Actor, at: datetime) -> Question:
    """Return what is asked to know whether a reading is on record, to ask it beside the page."""
    verb, kind, key, since = _reading_of(asked)
    return recorded_asked(
        verb=verb, actor_id=actor.id, object_type=kind, object_id=key, since=at - since
    )


def note_reading(
    *, asked: Asked, wanted: Wanted, actor: Actor, at: datetime, noted: bool | None = None
) -> int | None:
    """Put on record that somebody opened the room or searched it, unless that was done lately.

    The room once a day and person, the same filter once an hour. Returns the entry's number.
    `noted` is the answer to `noted_asked`, where the caller has it.
    """
    verb, kind, key, since = _reading_of(asked)
    if noted is None:
        given = {"actor_id": actor.id, "object_type": kind, "object_id": key}
        noted = is_recorded(verb=verb, since=at - since, **given)
    if noted:
        return None
    with transaction.atomic():
        return append_entry(
            verb=verb,
            actor=actor,
            at=at,
            subject=(kind, key, _label(asked)),
            details=filter_on_record(asked, wanted, actor) if asked.is_filtered else None,
        )


@transaction.atomic
def note_download(
    *,
    form: str,
    rows: int,
    asked: Asked,
    wanted: Wanted,
    actor: Actor,
    at: datetime,
    newest: int | None = None,
    sha256: str = "",
) -> int:
    """Put a file of the ledger on record, with its filter and how many entries it holds.

    `newest` is the last number that it may hold, `sha256` the file's own where it is kept.
    """
    return append_entry(
        verb="ledger.downloaded",
        actor=actor,
        at=at,
        subject=(FILE, form, f"{rows} entries as {form}"),
        details={
            "form": form,
            "entries": rows,
            "newest": newest or wanted.newest,
            **({"sha256": sha256} if sha256 else {}),
            **filter_on_record(asked, wanted, actor),
        },
    )


@transaction.atomic
def note_proof(*, form: str, number: int, seq: int | None, actor: Actor, at: datetime) -> int:
    """Put on record that somebody took one entry's line or proof along."""
    return append_entry(
        verb="ledger.downloaded",
        actor=actor,
        at=at,
        subject=(FILE, form, f"entry {number} as {form}"),
        details={"form": form, "entries": 1, "number": number, "seq": seq},
    )


def filter_on_record(asked: Asked, wanted: Wanted, actor: Actor) -> Mapping[str, Any]:
    """Return a filter as the ledger keeps it: free text, which may be a name, as a commitment."""
    said: dict[str, Any] = dict(asked.query)
    for name in FREE_TEXT:
        if said.get(name):
            said[name] = Personal(said[name], subject=actor.id, kind="text")
    return {
        "filter": said,
        "list": "exceptions" if asked.exceptions else "entries",
        "people": list(wanted.actor_ids or [])[:-1],
    }


def _reading_of(asked: Asked) -> tuple[str, str, str, timedelta]:
    """Return verb, type and key of the entry about a reading, and how long one stands for all."""
    if not asked.is_filtered:
        return "ledger.consulted", ROOM, settings.LEDGER_ORIGIN, ROOM_AGAIN
    return "ledger.searched", SEARCH, _digest(asked), SEARCH_AGAIN


def _digest(asked: Asked) -> str:
    data = orjson.dumps([asked.query, asked.exceptions], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(data).hexdigest()[:32]


def _label(asked: Asked) -> str:
    what = "exceptions" if asked.exceptions else "the ledger"
    return f"{what}, by {', '.join(asked.query)}" if asked.is_filtered else what
