"""Erasing a person from the evidence: what opens their values goes, printed names give way.

No leaf changes, so no root does. That it was done stands in the ledger by the person's id, and in a
list outside the database, so that a restored backup can be made to forget again.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from ledger.models import Disclosure, Erasure
from ledger.rules.erasures import pseudonym_of
from ledger.services.disclosures import forget

FILE = "erasures.jsonl"
PRINTED = "SELECT countersign_erase_printed(%s, %s, %s, %s, %s)"
SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Known:
    """Who is erased: the id, and how the person is called and reached until then."""

    subject: UUID
    name: str
    email: str = ""
    title: str = ""

    @property
    def needles(self) -> list[str]:
        """What is looked for inside sentences of the product."""
        return [value for value in (self.email, self.name) if len(value) >= SHORTEST]

    @property
    def pseudonym(self) -> str:
        """What stands in place of the name from now on."""
        return pseudonym_of(self.subject)


def printed_rows(known: Known) -> list[str]:
    """Return 'table:pk' of the append-only rows that print the name: the entry carries them."""
    return _printed(known, apply=False)


def count_values(known: Known) -> int:
    """Return how many values about the person can be opened now."""
    return Disclosure.objects.filter(_about(known)).count()


@transaction.atomic
def erase_values(*, known: Known, entry: int, at: datetime) -> None:
    """Delete what opens values about a person, replace printed names, refuse new values.

    `entry` is the number of the entry that tells of it, written before in the same transaction,
    with `printed_rows` among its touched rows. Doing it again changes nothing.
    """
    Erasure.objects.get_or_create(
        subject=str(known.subject), defaults={"at": at, "entry_id": entry}
    )
    _printed(known, apply=True)
    Disclosure.objects.filter(_about(known)).delete()
    forget(str(known.subject))
    transaction.on_commit(write_list)


def erased_subjects() -> set[str]:
    """Return the ids of the erased, as the database knows them."""
    return set(Erasure.objects.values_list("subject", flat=True))


def listed_subjects() -> list[str]:
    """Return the ids on the list outside the database, in its order, each once."""
    file = _file()
    if not file.exists():
        return []
    rows = (orjson.loads(line) for line in file.read_bytes().splitlines() if line.strip())
    return list(dict.fromkeys(str(row["subject"]) for row in rows))


def write_list() -> int:
    """Append the erasures that the list outside lacks, and return how many: also after a crash."""
    listed = set(listed_subjects())
    rows = [row for row in Erasure.objects.order_by("entry_id") if row.subject not in listed]
    if not rows:
        return 0
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as out:
        for row in rows:
            told = {"subject": row.subject, "at": row.at.isoformat(), "entry": row.entry_id}
            out.write(orjson.dumps(told) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    return len(rows)


def _about(known: Known) -> Q:
    """What is about the person, and sentences of the product in which the name stands."""
    about = Q(subject=str(known.subject))
    for needle in known.needles:
        about |= Q(kind="text", value__contains=needle)
    return about


def _printed(known: Known, *, apply: bool) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(PRINTED, (known.subject, known.needles, known.title, known.pseudonym, apply))
        return sorted({str(row[0]) for row in cursor.fetchall()})


def _file() -> Path:
    return Path(settings.LEDGER_DIR) / FILE
