"""A person's own choices on notices, and what the outbox is told of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from outbox import contacts
from outbox.contacts import Contact
from outbox.rules.addresses import chat_fault, named, page_fault
from outbox.rules.notices import KINDS
from outbox.secrets import decrypt, encrypt
from outbox.services.messages import queue_chat, queue_mail, queue_page
from registry.models import NoticePreference, RoleAssignment, User
from registry.selectors.people import in_force

NEVER_LATER = frozenset({"reminder"})
"""What cannot wait for a digest: it is late already."""
MAY_STAY = frozenset({"information", "mention"})
"""What may stand in the product alone: nothing waits for its reader."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chooses. An address of None stays as it was, '' takes it away."""

    digest_hour: int
    digest: Sequence[str] = ()
    by_chat: Sequence[str] = ()
    in_product: Sequence[str] = ()
    page: str | None = None
    chat: str | None = None


@transaction.atomic
def set_preference(
    *, choices: Choices, expected_version: int, actor: Actor, at: datetime
) -> NoticePreference:
    """Keep one's own choices; nobody chooses for somebody else.

    `expected_version` is 0 before the first time. Addresses are kept encrypted; the record names
    them only. Raises Forbidden, Invalid, Conflict.
    """
    if actor.person is None:
        raise Forbidden("person_needed", "Notices are a person's own matter, not a token's.")
    user = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=actor.person)
    row = NoticePreference.objects.filter(user=user).first()
    made = row or NoticePreference(user=user)
    if made.version != expected_version:
        raise Conflict(
            "stale_version",
            worded("Your choices changed meanwhile: version {version}.", version=made.version),
        )
    before, known = _told(made), addresses_of(made)
    wanted = {
        "page": known["page"] if choices.page is None else choices.page.strip(),
        "chat": known["chat"] if choices.chat is None else choices.chat.strip(),
    }
    _refuse(choices, wanted)
    _set(made, choices, wanted)
    made.save(force_insert=row is None, at=at)
    append_entry(
        verb="notices.preferred",
        actor=actor,
        at=at,
        subject=("user", str(user.pk), user.on_record),
        before=before,
        after=_told(made),
    )
    return made


@transaction.atomic
def queue_trial(*, actor: Actor, at: datetime) -> int:
    """Send a trial by every way that a person has, marked as one; return how many were queued.

    Raises Forbidden.
    """
    if actor.person is None:
        raise Forbidden("person_needed", "Notices are a person's own matter, not a token's.")
    user = User.objects.get(pk=actor.person)
    found = contacts_by_id([user.pk])[user.pk]
    subject = term("Trial: nothing to do")
    body = term("You asked for this trial. If you read it, this way reaches you.")
    key = f"trial:{user.pk}:{at.isoformat()}"
    queue_mail(
        key=f"{key}:mail", person_id=user.pk, address=user.email, subject=subject, body=body, at=at
    )
    if found.page:
        queue_page(
            key=f"{key}:page",
            person_id=user.pk,
            subject=subject,
            body=body,
            severity="minor",
            drill=True,
            at=at,
        )
    if found.chat:
        queue_chat(key=f"{key}:chat", person_id=user.pk, subject=subject, body=body, at=at)
    return 1 + bool(found.page) + bool(found.chat)


@transaction.atomic
def forget_preference(*, person: User, at: datetime) -> None:
    """Empty the addresses of somebody who is erased; the erasure's entry tells of it."""
    row = NoticePreference.objects.filter(user=person).first()
    if row is not None:
        row.page_name = row.chat_name = ""
        row.secrets, row.by_chat, row.version = b"", [], row.version + 1
        row.save(at=at)
        history = NoticePreference.history.model.objects.filter(user_id=person.pk)
        history.update(page_name="", chat_name="")


def addresses_of(row: NoticePreference | None) -> dict[str, str]:
    """Return the addresses for pages and chats in the clear, '' where there is none."""
    if row is None or not bytes(row.secrets):
        return {"page": "", "chat": ""}
    page, chat = decrypt(bytes(row.secrets))
    return {"page": page, "chat": chat}


def contacts_by_id(person_ids: Sequence[UUID]) -> Mapping[UUID, Contact]:
    """Return how active people are reached, for the outbox."""
    people = User.objects.filter(pk__in=person_ids, is_active=True, kind=User.Kind.PERSON)
    chosen = {row.user_id: row for row in NoticePreference.objects.filter(user__in=person_ids)}
    return {person.pk: _contact(person, chosen.get(person.pk)) for person in people}


def operations(at: datetime) -> list[UUID]:
    """Return the active administrators, for the outbox."""
    rows = RoleAssignment.objects.filter(in_force(at), role="administrator", user__is_active=True)
    return list(rows.order_by("user_id").values_list("user_id", flat=True).distinct())


def register_contacts() -> None:
    """Tell the outbox how people are reached."""
    contacts.register(contacts_by_id, operations=operations)


def _contact(person: User, row: NoticePreference | None) -> Contact:
    if row is None:
        return Contact(mail=person.email, zone=person.zone, language=person.language)
    return Contact(
        mail=person.email,
        zone=person.zone,
        language=person.language,
        digest_hour=row.digest_hour,
        digest=frozenset(row.digest) - NEVER_LATER,
        by_chat=frozenset(row.by_chat),
        in_product=frozenset(row.in_product) & MAY_STAY,
        **addresses_of(row),
    )


def _refuse(choices: Choices, wanted: Mapping[str, str]) -> None:
    faults = {
        "page": page_fault(wanted["page"]),
        "chat": chat_fault(wanted["chat"]),
        "digest": _kinds_fault(choices.digest, NEVER_LATER),
        "by_chat": _kinds_fault(choices.by_chat, frozenset()),
        "in_product": _here_fault(choices),
        "digest_hour": "" if 0 <= choices.digest_hour <= 23 else "An hour from 0 to 23.",
    }
    if choices.by_chat and not wanted["chat"] and not faults["by_chat"]:
        faults["by_chat"] = "Name your chat first."
    found = {name: words for name, words in faults.items() if words}
    if found:
        raise Invalid("bad_choices", "Some choices cannot be kept.", fields=found)


def _kinds_fault(kinds: Sequence[str], refused: frozenset[str]) -> str:
    if set(kinds) - set(KINDS):
        return worded("There is no such kind of notice; {kinds}.", kinds=", ".join(KINDS))
    if set(kinds) & refused:
        return "What is late already does not wait for a digest."
    return ""


def _here_fault(choices: Choices) -> str:
    kinds = frozenset(choices.in_product)
    if kinds - MAY_STAY:
        return "What waits for you, or is late, goes by mail: nobody may miss it."
    if kinds & {*choices.digest, *choices.by_chat}:
        return "Either it stands in the product alone, or it goes out too."
    return ""


def _set(row: NoticePreference, choices: Choices, wanted: Mapping[str, str]) -> None:
    row.digest_hour = choices.digest_hour
    row.digest = sorted(set(choices.digest))
    row.by_chat = sorted(set(choices.by_chat))
    row.in_product = sorted(set(choices.in_product))
    row.page_name = named(wanted["page"])[:200] if wanted["page"] else ""
    row.chat_name = named(wanted["chat"])[:200] if wanted["chat"] else ""
    has_any = wanted["page"] or wanted["chat"]
    row.secrets = encrypt([wanted["page"], wanted["chat"]]) if has_any else b""
    row.version += 1


def _told(row: NoticePreference) -> dict[str, object]:
    """What the record says: never an address."""
    return {
        "digest_hour": row.digest_hour,
        "digest": list(row.digest),
        "by_chat": list(row.by_chat),
        "in_product": list(row.in_product),
        "paged": bool(row.page_name),
        "chat": bool(row.chat_name),
    }
