"""Reading of many answers on record: a search by their words, labels taken along as a file."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.utils.crypto import salted_hmac

from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from ledger.selectors.search import is_recorded
from ledger.services.entries import append_entry
from registry.models import System
from registry.selectors.permits import person_needed
from registry.services.access import require_system_permit
from telemetry.rules.label_sets import LabelSet
from telemetry.rules.labels import Label, newest
from telemetry.selectors.answer_words import LOOK
from telemetry.selectors.answers import Asked
from telemetry.selectors.label_sets import LabelledEvent, labelled_events

AGAIN = timedelta(hours=1)
LONGEST = 2000
SEARCHED = "answer.searched"


def note_search(
    *, asked: Asked, lookable: Collection[UUID], actor: Actor, at: datetime
) -> int | None:
    """Put on record that somebody looked for words in answers; the same search once an hour.

    The words may name somebody, so the ledger holds a commitment to them. Nothing where no answer
    was searched. Returns the entry's number.
    """
    if not asked.words or asked.after or not lookable:
        return None
    key = salted_hmac("answers by words", f"{asked.system}\n{asked.words}").hexdigest()[:32]
    if is_recorded(
        verb=SEARCHED, actor_id=actor.id, object_type="answers", object_id=key, since=at - AGAIN
    ):
        return None
    with transaction.atomic():
        return append_entry(
            verb=SEARCHED,
            actor=actor,
            at=at,
            subject=("answers", key, f"answers of {len(lookable)} systems"),
            details={
                "words": Personal(asked.words, subject=actor.id, kind="text"),
                "system": asked.system,
                "systems": len(lookable),
                "days": asked.days,
            },
        )


@transaction.atomic
def export_labels(
    *, system: System, days: int, content: bool, reason: str, actor: Actor, at: datetime
) -> LabelSet:
    """Return the labelled events of a system as JSON lines, the oldest first, and put it on record.

    With `content` question, answer, sources and truth stand in it, else neither. Raises Forbidden,
    Invalid (no reason).
    """
    require_system_permit(act=LOOK, system=system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed(LOOK, ("system", str(system.pk), system.name))
    said = reason.strip()
    if not said or len(said) > LONGEST or "\x00" in said:
        words = worded("Say why, in at most {longest} characters.", longest=LONGEST)
        raise Invalid("reason_needed", words, fields={"reason": words})
    events = labelled_events(system_id=system.pk, since=at - timedelta(days=days), until=at)
    lines = b"".join(_line(one, content) for one in events)
    entry = append_entry(
        verb="answer.exported",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        reason=said,
        system_id=system.pk,
        details={
            "events": len(events),
            "days": days,
            "content": content,
            "sha256": sha256(lines).hexdigest(),
        },
    )
    return LabelSet(lines, len(events), entry)


def _line(one: LabelledEvent, content: bool) -> bytes:
    event, by_kind = one.event, defaultdict(list)
    labels = [row for row in one.labels if content or row.kind != "truth"]
    for row in labels:
        by_kind[row.kind].append(Label(row.labelled_at, row.reviewer, row.value))
    said: dict[str, Any] = {
        "system": one.slug,
        "event_id": event.event_id,
        "at": event.at,
        "version": event.version_label,
        "environment": event.environment,
        "topic": event.topic,
        "labels": newest(by_kind),
        "by_reviewer": [
            {
                "kind": row.kind,
                "value": row.value,
                "reviewer": row.reviewer,
                "labelled_at": row.labelled_at,
            }
            for row in labels
        ],
    }
    if content:
        said |= {"question": event.question, "answer": event.answer, "sources": event.sources}
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
