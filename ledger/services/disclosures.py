"""Commitments in place of personal values, with what opens them kept apart."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from ledger.models import Disclosure, Entry
from ledger.rules.commitments import PATTERN, PREFIX, SALT_BYTES, Personal, commitment

MOST_KEPT = 20_000
# An address takes a new salt now and then, so that what is older can end by its time limit.
RENEWED = {"address": timedelta(days=30)}


@dataclass(slots=True)
class Opening:
    """What opens one commitment, and whether its row is known to be committed."""

    commitment: str
    salt: bytes
    value: Personal
    at: datetime
    stored: bool = False

    def row(self) -> tuple[Any, ...]:
        """Return the columns of its Disclosure."""
        of = self.value
        return (self.commitment, of.subject, of.kind, self.salt, of.value, of.private, self.at)

    def serves(self, at: datetime) -> bool:
        """Whether an entry of that instant may share the salt."""
        limit = RENEWED.get(self.value.kind)
        return limit is None or at - self.at < limit


# One salt serves a value as long as this process knows it: entries of one person share their
# name's commitment, which tells no more than the person's id beside it.
_known: dict[tuple[str, str, str, str], Opening] = {}


class Openings:
    """The disclosures that one entry needs. Call `conceal` for each value, then take `rows`."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.needed: dict[str, Opening] = {}

    def conceal(self, value: Personal) -> str:
        """Return the string that stands in the body for a value; an empty value stays empty."""
        if not value.value:
            return ""
        alone = value.fresh or value.private
        opening = _fresh(value, self.at) if alone else _shared(value, self.at)
        if not opening.stored:
            self.needed[opening.commitment] = opening
        return f"{PREFIX}{opening.commitment}"

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows to insert, and remember after the commit that they are stored."""
        if self.needed:
            kept = list(self.needed.values())
            transaction.on_commit(lambda: _stored(kept))
        return [opening.row() for opening in self.needed.values()]


def reveal(*, object_type: str, object_id: str, kind: str) -> int:
    """Open what the entries of an object kept private under a kind; returns how many values.

    Call it inside the transaction of the entry that tells why they are open now.
    """
    bodies = Entry.objects.filter(object_type=object_type, object_id=object_id)
    digests = {
        found.decode()
        for body in bodies.values_list("body", flat=True)
        for found in PATTERN.findall(bytes(body))
    }
    shut = Disclosure.objects.filter(commitment__in=digests, kind=kind, private=True)
    return shut.update(private=False)


def reveal_entry(*, number: int, kind: str) -> int:
    """Open what one entry kept private under a kind; returns how many values.

    Call it inside the transaction of the entry that tells why they are open now.
    """
    body = Entry.objects.values_list("body", flat=True).get(pk=number)
    digests = {found.decode() for found in PATTERN.findall(bytes(body))}
    shut = Disclosure.objects.filter(commitment__in=digests, kind=kind, private=True)
    return shut.update(private=False)


def old_values(
    *, kind: str, before: datetime, but_of: Collection[str] = ()
) -> QuerySet[Disclosure]:
    """Return what opens values of a kind since before an instant, but of some subjects."""
    return Disclosure.objects.filter(kind=kind, at__lt=before).exclude(subject__in=but_of)


def forget(subject: str) -> None:
    """Drop what this process knows of a person, after an erasure."""
    for key in [key for key in _known if key[1] == subject]:
        _known.pop(key, None)


def _shared(value: Personal, at: datetime) -> Opening:
    key = (str(connection.settings_dict["NAME"]), value.subject, value.kind, value.value)
    opening = _known.get(key)
    if opening is None or not opening.serves(at):
        if len(_known) >= MOST_KEPT:
            _known.clear()
        opening = _known[key] = _found(value, at) or _fresh(value, at)
    return opening


def _found(value: Personal, at: datetime) -> Opening | None:
    rows = Disclosure.objects.filter(
        subject=value.subject, kind=value.kind, value=value.value, private=False
    )
    row = rows.order_by("-at", "commitment").first()
    found = Opening(row.commitment, bytes(row.salt), value, row.at) if row else None
    return found if found is not None and found.serves(at) else None


def _fresh(value: Personal, at: datetime) -> Opening:
    salt = secrets.token_bytes(SALT_BYTES)
    return Opening(commitment(salt, value.value), salt, value, at)


def _stored(openings: list[Opening]) -> None:
    for opening in openings:
        opening.stored = True
