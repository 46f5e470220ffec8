"""Sorting: what waits for a reader goes alone, or a carrier is made that holds it.

A carrier is an ordinary message under a key of its own, written in the same transaction that ties
the notices to it: a process killed before the commit leaves them waiting, one killed after it
leaves a message that is delivered like any other. One sorter works at a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Max, Q
from django.db.models.functions import Coalesce, Greatest

from outbox.contacts import Contact, contacts_of
from outbox.digest_leads import lead_of
from outbox.languages import speaking, spoken
from outbox.models import Message
from outbox.notice_policy import notice_policy
from outbox.rules.carriers import Carried, Item, compose
from outbox.rules.leads import Lead, lead_data, led
from outbox.rules.notices import Later, NoticePolicy, Reader, Sorted, Waiting, sort_for_reader
from outbox.services.messages import copy_to_chat
from outbox.services.storms import watch_storm

log = structlog.get_logger(__name__)
SORTER = 7_203_114
MOST = 20_000
HELD = Q(state=Message.State.QUEUED, held=True)


@transaction.atomic
def sort_notices(*, at: datetime) -> int:
    """Sort what waits; return how many messages are ready to go for it.

    Another sorter at work is left to it.
    """
    if not _alone():
        return 0
    policy = notice_policy(at)
    storm = watch_storm(policy=policy, at=at)
    rows = _waiting(at)
    if not rows:
        return 0
    contacts = contacts_of([row.person_id for row in rows if row.person_id])
    return sum(
        _sort_one(list(own), contacts, policy, storm, at)
        for _, own in groupby(rows, key=lambda row: (row.person_id, row.drill))
    )


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SORTER])
        found = cursor.fetchone()
    return bool(found and found[0])


def _waiting(at: datetime) -> list[Message]:
    """Return what is due, and what its readers wait for besides: it may go along."""
    due = Message.objects.filter(HELD, next_attempt_at__lte=at)
    readers = due.order_by().values("person_id").distinct()
    own = Message.objects.filter(HELD, person_id__in=readers).filter(
        Q(next_attempt_at__lte=at) | Q(in_digest=False)
    )
    return list(own.order_by("person_id", "drill", "created_at", "id").select_for_update()[:MOST])


def _sort_one(
    rows: Sequence[Message],
    contacts: Mapping[UUID, Contact],
    policy: NoticePolicy,
    storm: bool,
    at: datetime,
) -> int:
    person_id = rows[0].person_id
    contact = (contacts.get(person_id) if person_id else None) or Contact()
    reader = _reader(person_id, rows, contact, policy, at)
    found = sort_for_reader([_plain(row, at) for row in rows], reader, policy, storm=storm, at=at)
    _put_off(found.later)
    _keep_here(found.here, at)
    if found.now:
        with speaking(contact.language):
            _release(found, {row.pk: row for row in rows}, contact, at)
    return bool(found.now)


def _plain(row: Message, at: datetime) -> Waiting:
    return Waiting(
        id=row.pk,
        kind=row.kind,
        created_at=row.created_at,
        due_at=row.due_at,
        group=row.group,
        in_digest=row.in_digest and row.next_attempt_at <= at,
    )


def _reader(
    person_id: UUID | None,
    rows: Sequence[Message],
    contact: Contact,
    policy: NoticePolicy,
    at: datetime,
) -> Reader:
    told = Message.objects.filter(
        person_id=person_id, channel="mail", urgent=False, held=False, drill=rows[0].drill
    ).exclude(kind="")
    # What was told lately cannot be older than the longest window that is asked for.
    since = at - max(policy.ceiling_window, policy.summary_every, policy.least_interval)
    went = Greatest("created_at", Coalesce("sent_at", "created_at"))
    lately = told.filter(carried_by=None).annotate(went=went).filter(went__gt=since, went__lte=at)
    instants = sorted(lately.values_list("went", flat=True))
    groups = {row.group for row in rows if row.group}
    last = (
        told.filter(group__in=groups).order_by().values_list("group").annotate(went=Max(went))
        if groups
        else ()
    )
    return Reader(
        zone=contact.zone,
        digest_hour=contact.digest_hour,
        digest_kinds=contact.digest,
        product_kinds=contact.in_product,
        recent=tuple(one for one in instants if one > at - policy.ceiling_window),
        last_at=instants[-1] if instants else None,
        groups=dict(last),
    )


def _put_off(later: Mapping[UUID, Later]) -> None:
    together: dict[Later, list[UUID]] = {}
    for one, until in later.items():
        together.setdefault(until, []).append(one)
    for until, ids in together.items():
        Message.objects.filter(pk__in=ids).update(
            next_attempt_at=until.at, in_digest=until.in_digest
        )


def _keep_here(ids: Sequence[UUID], at: datetime) -> None:
    """Say that a notice has reached its reader in the product, and is mailed to nobody."""
    if ids:
        Message.objects.filter(pk__in=ids).update(
            held=False, channel="product", state=Message.State.DELIVERED, delivered_at=at
        )


def _release(found: Sorted, rows: Mapping[UUID, Message], contact: Contact, at: datetime) -> None:
    chosen = [rows[one] for one in found.now]
    if found.form == "single":
        Message.objects.filter(pk=chosen[0].pk).update(held=False, next_attempt_at=at)
        told = chosen[0]
    else:
        told = _carry(found.form, chosen, contact, at)
    copy_to_chat(message=told, kinds=frozenset(row.kind for row in chosen), at=at)


def _carry(form: str, rows: Sequence[Message], contact: Contact, at: datetime) -> Message:
    items = [_item(row) for row in rows]
    words = _composed(form, items)
    lead = _lead(rows[0], at) if form == "digest" else None
    if lead is not None:
        words = led(lead, words)
    first = min(rows, key=lambda row: (row.due_at is None, row.due_at or at, row.created_at))
    carrier = Message.objects.create(
        key=f"{form}:{rows[0].pk}:{at.timestamp()}",
        channel="mail",
        person_id=first.person_id,
        address=contact.mail or rows[-1].address,
        subject=words.subject,
        body=words.body,
        subject_id=_one({row.subject_id for row in rows}),
        kind=first.kind,
        drill=first.drill,
        due_at=first.due_at,
        form=form,
        payload={"lead": lead_data(lead, [(one.subject, one.link) for one in items])}
        if lead is not None
        else None,
        next_attempt_at=at,
        created_at=at,
    )
    Message.objects.filter(pk__in=[row.pk for row in rows]).update(held=False, carried_by=carrier)
    return carrier


def _composed(form: str, items: Sequence[Item]) -> Carried:
    """Return the words of a carrier in the language that is spoken."""
    words = compose(form, items)
    return Carried(spoken(words.subject), spoken(words.body))


def _lead(row: Message, at: datetime) -> Lead | None:
    """Return the reader's desk for their digest; a rehearsal's digest and a defect have none."""
    if row.drill:
        return None
    try:
        with transaction.atomic():
            return lead_of(row.person_id, at)
    except Exception:
        # What must be told is told, whatever becomes of the lines above it.
        log.exception("digest_without_desk", person=str(row.person_id))
        return None


def _item(row: Message) -> Item:
    return Item(
        subject=row.subject,
        body=row.body,
        link=row.traced_url if row.url else "",
        about=str(row.subject_id or ""),
        due_at=row.due_at,
        created_at=row.created_at,
    )


def _one(found: Iterable[UUID | None]) -> UUID | None:
    """Return the only subject, or None where a carrier is about several."""
    several = set(found)
    return several.pop() if len(several) == 1 else None
