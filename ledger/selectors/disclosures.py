"""Opening commitments: which values stand behind a body's `commit:…` strings."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db.models import QuerySet

from ledger.models import Disclosure
from ledger.rules.commitments import PATTERN, erased, withheld


class Opened:
    """The values of known commitments; what nothing opens any more reads 'erased (a1b2c3)'."""

    def __init__(self, values: dict[bytes, bytes]) -> None:
        self._values = values

    def open(self, body: bytes) -> bytes:
        """Return `body` with every commitment replaced by its value, as JSON for reading."""
        return PATTERN.sub(self._value, body)

    def text(self, text: str) -> str:
        """Return one value, such as a label, opened."""
        whole = orjson.loads(self.open(orjson.dumps(text)))
        return str(whole)

    def _value(self, found: re.Match[bytes]) -> bytes:
        digest = found.group(1)
        known = self._values.get(digest)
        return known if known is not None else erased(digest.decode()).encode()


def opened(bodies: Iterable[bytes]) -> Opened:
    """Return what opens the commitments of these bodies, with one query.

    What is private stays shut and reads 'withheld (a1b2c3)'.
    """
    return opened_by(disclosures_of(bodies))


def disclosures_of(bodies: Iterable[bytes]) -> QuerySet[Disclosure, Any]:
    """Return the query of what opens the commitments of these bodies, for `opened_by`."""
    wanted = sorted({digest.decode() for body in bodies for digest in PATTERN.findall(body)})
    rows: QuerySet[Disclosure, Any] = Disclosure.objects.filter(commitment__in=wanted)
    return rows.values_list("commitment", "value", "private")


def opened_by(rows: Iterable[Sequence[Any]]) -> Opened:
    """Return what opens commitments by the rows of that query."""
    return Opened(
        {
            digest.encode(): orjson.dumps(withheld(digest) if private else value)[1:-1]
            for digest, value, private in rows
        }
    )
