"""Commitments in place of personal values, with what opens them kept apart."""

import secrets
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from ledger.models import Disclosure
from ledger.rules.commitments import PREFIX, SALT_BYTES, Personal, commitment

MOST_KEPT = 20_000


@dataclass(slots=True)
class Opening:
    """What opens one commitment, and whether its row is known to be committed."""

    commitment: str
    salt: bytes
    value: Personal
    stored: bool = False

    def row(self) -> tuple[Any, ...]:
        """Return the columns of its Disclosure."""
        value = self.value
        return (self.commitment, value.subject, value.kind, self.salt, value.value, value.private)


# One salt serves a value as long as this process knows it: entries of one person share their
# name's commitment, which tells no more than the person's id beside it.
_known: dict[tuple[str, str, str, str], Opening] = {}


class Openings:
    """The disclosures that one entry needs. Call `conceal` for each value, then take `rows`."""

    def __init__(self) -> None:
        self.needed: dict[str, Opening] = {}

    def conceal(self, value: Personal) -> str:
        """Return the string that stands in the body for a value; an empty value stays empty."""
        if not value.value:
            return ""
        opening = _fresh(value) if value.fresh or value.private else _shared(value)
        if not opening.stored:
            self.needed[opening.commitment] = opening
        return f"{PREFIX}{opening.commitment}"

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows to insert, and remember after the commit that they are stored."""
        if self.needed:
            kept = list(self.needed.values())
            transaction.on_commit(lambda: _stored(kept))
        return [opening.row() for opening in self.needed.values()]


def forget(subject: str) -> None:
    """Drop what this process knows of a person, after an erasure."""
    for key in [key for key in _known if key[1] == subject]:
        _known.pop(key, None)


def _shared(value: Personal) -> Opening:
    key = (str(connection.settings_dict["NAME"]), value.subject, value.kind, value.value)
    opening = _known.get(key)
    if opening is None:
        if len(_known) >= MOST_KEPT:
            _known.clear()
        opening = _known.setdefault(key, _found(value) or _fresh(value))
    return opening


def _found(value: Personal) -> Opening | None:
    rows = Disclosure.objects.filter(
        subject=value.subject, kind=value.kind, value=value.value, private=False
    )
    row = rows.order_by("commitment").first()
    return Opening(row.commitment, bytes(row.salt), value, stored=False) if row else None


def _fresh(value: Personal) -> Opening:
    salt = secrets.token_bytes(SALT_BYTES)
    return Opening(commitment(salt, value.value), salt, value)


def _stored(openings: list[Opening]) -> None:
    for opening in openings:
        opening.stored = True
