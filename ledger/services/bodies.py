"""The bodies of many entries of one actor, each the same bytes as if it were written alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from ledger.rules.actors import Actor
from ledger.rules.canonical import canonical, key_of, plain
from ledger.rules.commitments import Label
from ledger.services.disclosures import Openings
from ledger.services.entries import body_of


@dataclass(frozen=True, slots=True)
class Draft:
    """One entry that is to be written with others; the fields are those of `append_entry`."""

    verb: str
    subject: tuple[str, str, Label]
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: Label = ""
    incident_id: UUID | None = None
    system_id: UUID | None = None
    details: Mapping[str, Any] | None = None


class Bodies:
    """The bodies of entries of one actor at one instant.

    What does not differ within a verb is brought to its bytes once, and so is a list that several
    drafts hold as the same object. What comes out is what `canonical(body_of(…))` would be.
    """

    def __init__(self, actor: Actor, at: datetime, openings: Openings) -> None:
        self.openings = openings
        self._actor, self._at = actor, at
        self._frames: dict[str, tuple[bytes, bytes, bytes]] = {}
        self._lists: dict[int, tuple[list[Any], orjson.Fragment]] = {}

    def of(self, draft: Draft) -> bytes:
        """Return the canonical bytes of a draft's body."""
        # An address is concealed under a salt of its own in each entry.
        if draft.before or draft.after or draft.reason or self._actor.address:
            return self._whole(draft)
        begin, where, end = self._frame(draft.verb)
        kind, key, label = draft.subject
        thing = self._bytes({"type": kind, "id": key, "label": label})
        details = b',"details":' + self._details(draft.details) if draft.details else b""
        incident = f',"incident":"{draft.incident_id}"' if draft.incident_id is not None else ""
        system = f',"system":"{draft.system_id}"' if draft.system_id is not None else ""
        return b"".join((
            begin, details, where, incident.encode(), b',"object":', thing, system.encode(), end,
        ))  # fmt: skip

    def _whole(self, draft: Draft) -> bytes:
        body = body_of(
            draft.verb,
            self._actor,
            self._at,
            draft.subject,
            draft.before,
            draft.after,
            draft.reason,
            draft.incident_id,
            draft.system_id,
            draft.details,
        )
        return canonical(body, self.openings.conceal)

    def _frame(self, verb: str) -> tuple[bytes, bytes, bytes]:
        """Return what stands before the details, between them and the incident, and at the end."""
        known = self._frames.get(verb)
        if known is None:
            nothing = ("", "", "")
            body = body_of(
                verb, self._actor, self._at, nothing, None, None, "", None, None, None
            )  # fmt: skip
            head = {name: body.pop(name) for name in ("application", "at")}
            where, _ = body.pop("from"), body.pop("object")
            known = self._frames[verb] = (
                self._bytes(head)[:-1],
                b',"from":' + self._bytes(where),
                b"," + self._bytes(body)[1:],
            )
        return known

    def _details(self, details: Mapping[str, Any]) -> bytes:
        conceal = self.openings.conceal
        shown = {
            key_of(key): self._list(value) if type(value) is list else plain(value, conceal)
            for key, value in details.items()
        }
        return orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)

    def _list(self, value: list[Any]) -> orjson.Fragment:
        known = self._lists.get(id(value))
        if known is None:
            # Held, so that no other list comes to stand at its place.
            written = orjson.dumps(plain(value, self.openings.conceal), option=orjson.OPT_SORT_KEYS)
            known = self._lists[id(value)] = value, orjson.Fragment(written)
        return known[1]

    def _bytes(self, value: dict[str, Any]) -> bytes:
        return canonical(value, self.openings.conceal)
