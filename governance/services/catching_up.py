"""After a downtime: what a person should have been told is told once, in one digest, in order."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ledger.arrays import among
from ledger.rules.worded import word, worded_number
from outbox.languages import spoken_to
from outbox.models import Message
from outbox.rules.mails import Mail, marked
from outbox.set_inserts import insert_rows
from registry.models import User

LEAD = word(
    "For a time nothing was sent. These steps are late; each was taken once, in order, and every "
    "next level waits until you had time to answer."
)
KEY = "catch-up:"
DRILL = "drill"


@dataclass(frozen=True, slots=True)
class Late:
    """One line for the digest of a person; a rehearsal's stand in one of their own."""

    person: User
    text: str
    drill: bool


@transaction.atomic
def add_to_digests(*, lines: Sequence[Late], at: datetime) -> None:
    """Add lines, in order, to the digests of what one sweep found late for people, or begin them.

    The caller's transaction holds it: a digest and the firings that it tells of come together.
    """
    if not lines:
        return
    people = {one.person.pk: one.person for one in lines}
    begun: defaultdict[tuple[UUID, bool], list[Message]] = defaultdict(list)
    for message in _of_this_sweep(list(people), at):
        begun[UUID(message.key.split(":")[1]), message.drill].append(message)
    texts: defaultdict[tuple[UUID, bool], list[str]] = defaultdict(list)
    for one in lines:
        said = spoken_to(one.text, one.person.language)
        texts[one.person.pk, one.drill].append(" ".join(said.split()))
    new = []
    for (person, drill), added in texts.items():
        known = begun[person, drill]
        waiting = next((one for one in known if one.state == Message.State.QUEUED), None)
        if waiting is None:
            new.append(_row(people[person], added, drill, len(known), at))
        else:
            _add(waiting, added, people[person].language)
    insert_rows(Message, new, skip_known=True)


def _of_this_sweep(people: Sequence[UUID], at: datetime) -> list[Message]:
    rows = Message.objects.select_for_update().filter(
        person_id__in=among(people), created_at=at, key__startswith=KEY
    )
    return list(rows.order_by("key"))


def _row(person: User, lines: list[str], drill: bool, begun: int, at: datetime) -> dict[str, Any]:
    """Return the row of a new digest; `begun` are those of this sweep that went out already."""
    parts = [str(person.pk), at.isoformat(), *([DRILL] if drill else [])]
    mail = Mail(
        key=KEY + ":".join(parts) + (f":{begun}" if begun else ""),
        person_id=person.pk,
        address=person.email,
        subject=marked(
            _subject(len(lines), person.language), drill=drill, language=person.language
        ),
        body=_body(lines, person.language),
        drill=drill,
    )
    return {"id": uuid.uuid4(), "key": mail.key, **mail.columns(at)}


def _add(waiting: Message, added: list[str], language: str) -> None:
    lines = [*_lines(waiting.body), *added]
    waiting.body = _body(lines, language)
    waiting.subject = marked(_subject(len(lines), language), drill=waiting.drill, language=language)
    waiting.save(update_fields=["body", "subject"])


def _body(lines: list[str], language: str) -> str:
    lead = spoken_to(LEAD, language)
    return f"{lead}\n\n" + "\n".join(lines) + f"\n\n{settings.PUBLIC_URL}/\n"


def _lines(body: str) -> list[str]:
    return body.split("\n\n")[1].splitlines()


def _subject(count: int, language: str) -> str:
    said = worded_number(
        "Catch up on {number} matter: overdue, told late",
        "Catch up on {number} matters: overdue, told late",
        number=count,
    )
    return spoken_to(said, language)
