"""Comments on a case: written once, corrected by a further one, withdrawn by a mark; never gone."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from uuid import UUID, uuid5

from django.db import transaction

from incidents.link_kinds import Record
from incidents.models import (
    Comment,
    CommentFile,
    CommentMention,
    CommentWithdrawal,
    EvidenceLink,
    Incident,
)
from incidents.rules.comments import (
    LONGEST_REASON,
    MOST_COMMENTS,
    MOST_FILES,
    MOST_TOLD,
    cleaned,
    why_refused,
)
from incidents.selectors.cast import Cast
from incidents.selectors.comments import (
    comment_of,
    may_withdraw,
    refusal_to_comment,
)
from incidents.selectors.linkable import records_named
from incidents.selectors.mentions import named_in, picked_from
from incidents.selectors.visibility import incidents_visible_to
from incidents.services.notices import tell
from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import joined, worded
from ledger.services.entries import append_entry
from registry.models import User
from registry.services.files import Kept, Upload, keep_file, open_kept

EXCERPT = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody says on a case.

    `tell` are people picked from the list, beside those whom an @ in the text names; `records` are
    addresses or numbers of records of the product; `corrects` is the comment that it sets right.
    The same `key` of the same person is one comment.
    """

    text: str
    tell: Sequence[UUID] = ()
    records: Sequence[str] = ()
    corrects: UUID | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A comment, who is told of it, and what was typed behind an @ that is nobody's name."""

    comment: Comment
    told: Sequence[User]
    nobody: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a comment holds once everything about it has been looked at."""

    text: str
    told: Sequence[User]
    nobody: Sequence[str]
    records: Sequence[Record]
    corrects: Comment | None


def write_comment(
    *,
    incident_id: UUID,
    said: Said,
    uploads: Sequence[Upload] = (),
    actor: Actor,
    at: datetime,
) -> Written:
    """Write a comment on a case, open or ended, and tell those whom it names.

    By whoever sees the case but auditors; nobody else is told than who may see it. Files are kept
    before the transaction. Raises Missing, Forbidden, Invalid (fields text, tell, records, files),
    TooLarge, Conflict.
    """
    incident, writer = _seen(incident_id, actor, at)
    cast = Cast(incident, at)
    _require_commenter(incident, cast, actor)
    comment_id = uuid5(incident.pk, f"{writer.pk}:{said.key}") if said.key else None
    known = Comment.objects.filter(pk=comment_id).first() if comment_id else None
    if known is not None:
        return Written(comment_of(incident=incident, comment_id=known.pk), ())
    wanted = _wanted(incident, said, writer, cast, at)
    if len(uploads) > MOST_FILES:
        words = worded("At most {most} files with one comment.", most=MOST_FILES)
        raise Invalid("too_many_files", words, fields={"files": words})
    kept = [_kept(one) for one in uploads]
    with transaction.atomic():
        locked = Incident.objects.select_for_update(no_key=True, of=("self",)).get(pk=incident.pk)
        # The same form may have been sent twice at once: the other one has committed by now.
        if comment_id and Comment.objects.filter(pk=comment_id).exists():
            return Written(comment_of(incident=incident, comment_id=comment_id), ())
        _check_room(locked)
        comment = Comment(incident=incident, author=writer, text=wanted.text, made_at=at,
                          corrects=wanted.corrects)  # fmt: skip
        comment.pk = comment_id or comment.pk
        _keep(comment, wanted, kept, actor, at)
        _notify(comment, wanted.told, at)
    return Written(comment, wanted.told, wanted.nobody)


@transaction.atomic
def withdraw_comment(
    *, incident_id: UUID, comment_id: UUID, reason: str, actor: Actor, at: datetime
) -> CommentWithdrawal:
    """Mark a comment as withdrawn, with the reason: by its author, or compliance of the case.

    What it said stays on record. Raises Missing, Forbidden, Invalid, Conflict.
    """
    incident, person = _seen(incident_id, actor, at)
    Incident.objects.select_for_update(no_key=True, of=("self",)).get(pk=incident.pk)
    comment = comment_of(incident=incident, comment_id=comment_id)
    if not may_withdraw(comment, person=person.pk, cast=Cast(incident, at)):
        raise Forbidden(
            "not_your_part",
            worded(
                "You cannot withdraw this comment: that takes {author} or a compliance officer.",
                author=comment.author.name,
            ),
            who_can=[comment.author.name, "a compliance officer"],
            recorded=True,
            subject=_subject(incident),
        )
    if CommentWithdrawal.objects.filter(comment=comment).exists():
        raise Conflict("withdrawn_already", "This comment is withdrawn already.")
    why = cleaned(reason)
    fault = why_refused(why, LONGEST_REASON) if why else "Say why."
    if fault:
        raise Invalid("reason_missing", fault, fields={"reason": fault})
    row = CommentWithdrawal(comment=comment, by=person, reason=why, at=at)
    row.entry_number = _record(
        "incident.comment_withdrawn", incident, actor, at,
        details={"comment": comment.pk, "entry": comment.entry_number},
        reason=Personal(why, kind="text"),
    )  # fmt: skip
    row.save(force_insert=True)
    return row


@transaction.atomic
def take_out_file(
    *, file: CommentFile, incident: Incident, actor: Actor, at: datetime
) -> IO[bytes]:
    """Open a file of a comment, compared with its hash, and put that on record.

    Who may see it, the door has asked.
    """
    found = open_kept(file.sha256)
    verb = "incident.comment_file_taken_out" if found else "incident.comment_file_changed"
    _record(verb, incident, actor, at, details={"file": file.pk, "sha256": file.sha256})
    if found is None:
        raise Conflict(
            "file_changed",
            "It cannot be given out: its file is not the one that was uploaded any more.",
        )
    return found


def _seen(incident_id: UUID, actor: Actor, at: datetime) -> tuple[Incident, User]:
    """Return the case and the person who acts. Raises Forbidden for a machine, Missing."""
    person = User.objects.filter(pk=actor.person, is_active=True).first() if actor.person else None
    if person is None:
        raise Forbidden(
            "person_needed",
            "A comment is what a person says; a machine reports by its own doors.",
            recorded=True,
        )
    rows = incidents_visible_to(user=person, at=at).select_related("system", "owner", "deputy")
    found: Incident | None = rows.filter(pk=incident_id).first()
    if found is None:
        raise Missing("not_found", "There is no such incident that you may see.")
    return found, person


def _require_commenter(incident: Incident, cast: Cast, actor: Actor) -> None:
    refusal = refusal_to_comment(incident=incident, cast=cast, person=actor.person)
    if refusal is not None:
        raise refusal


def _wanted(incident: Incident, said: Said, writer: User, cast: Cast, at: datetime) -> _Wanted:
    text = cleaned(said.text)
    fault = why_refused(text)
    if fault:
        raise Invalid("text_not_right", fault, fields={"text": fault})
    corrects = None
    if said.corrects is not None:
        corrects = comment_of(incident=incident, comment_id=said.corrects)
    named, nobody = named_in(incident=incident, text=text, cast=cast, at=at)
    picked = picked_from(incident=incident, ids=said.tell, cast=cast, at=at)
    told = {one.pk: one for one in (*named, *picked) if one.pk != writer.pk}
    if len(told) > MOST_TOLD:
        words = worded("At most {most} people are told of one comment.", most=MOST_TOLD)
        raise Invalid("too_many_told", words, fields={"tell": words})
    records = records_named(given=said.records, reader=writer, at=at)
    return _Wanted(text, list(told.values()), nobody, records, corrects)


def _kept(upload: Upload) -> Kept:
    """Keep a file. Raises Invalid, TooLarge, told at the field `files`."""
    try:
        return keep_file(upload=upload)
    except Invalid as refusal:
        raise Invalid(refusal.code, refusal.reason, fields={"files": refusal.reason}) from refusal


def _check_room(incident: Incident) -> None:
    if incident.comments.count() >= MOST_COMMENTS:
        words = worded("This case has as many comments as it can take: {most}.", most=MOST_COMMENTS)
        raise Conflict("too_many", words)


def _keep(
    comment: Comment, wanted: _Wanted, kept: Sequence[Kept], actor: Actor, at: datetime
) -> None:
    """Write the entry, then the rows that it tells of."""
    details: dict[str, object] = {
        "comment": comment.pk,
        "text": Personal(comment.text, kind="text", fresh=True),
        "sha256": hashlib.sha256(comment.text.encode()).hexdigest(),
        "told": [one.on_record for one in wanted.told],
        "files": [{"name": one.name, "sha256": one.sha256, "size": one.size} for one in kept],
        "records": [{"kind": one.kind, "address": one.address, "sha256": one.sha256}
                    for one in wanted.records],
    }  # fmt: skip
    if wanted.corrects is not None:
        details |= {"corrects": wanted.corrects.pk}
    number = _record("incident.commented", comment.incident, actor, at, details=details)
    comment.entry_number = number
    comment.save(force_insert=True)
    beside = {"comment": comment, "entry_number": number}
    for one in wanted.told:
        CommentMention(person=one, at=at, **beside).save(force_insert=True)
    for file in kept:
        CommentFile(
            sha256=file.sha256, size=file.size, media_type=file.media_type, name=file.name,
            added_at=at, **beside,
        ).save(force_insert=True)  # fmt: skip
    for record in wanted.records:
        EvidenceLink(
            kind=record.kind, address=record.address, label=record.label, sha256=record.sha256,
            added_at=at, **beside,
        ).save(force_insert=True)  # fmt: skip


def _notify(comment: Comment, people: Sequence[User], at: datetime) -> None:
    """Tell those whom a comment names, as each wants to hear of what names them."""
    text = comment.text
    said = text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()} …"
    words = joined("\n\n", [worded("{who} wrote:", who=comment.author.name), said])
    tell(
        comment.incident, people, task="mention", key=f"mention:{comment.pk}", due_at=None, at=at,
        words=words, urgent=False,
    )  # fmt: skip


def _record(
    verb: str,
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    details: Mapping[str, object],
    reason: Personal | str = "",
) -> int:
    return append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=_subject(incident),
        details=details,
        reason=reason,
        incident_id=incident.pk,
        system_id=incident.system_id,
    )


def _subject(incident: Incident) -> tuple[str, str, str]:
    return "incident", str(incident.pk), incident.number
