"""Uploads as evidence of a control: added, reviewed by another person, withdrawn, taken out."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.db import transaction

from governance.selectors.permissions import person_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from registry.models import Provision, User
from registry.selectors.law import seat_day
from registry.services.files import Kept, Upload, keep_file, open_kept
from reports.models import ControlUpload
from reports.selectors.control_reading import control_provisions
from reports.selectors.statements import REVIEW, UPLOAD, refusal_for_evidence
from reports.services.factors import reason_of

State = ControlUpload.State
LONGEST_TITLE, LONGEST_LINK = 200, 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUpload:
    """What is uploaded: its title, a link where it is no file, its owner, its last day."""

    title: str
    owner_id: UUID
    link: str = ""
    valid_until: date | None = None


@transaction.atomic
def add_control_upload(
    *, provision: str, given: GivenUpload, upload: Upload | None, actor: Actor, at: datetime
) -> ControlUpload:
    """Add a file or a link to a control; it counts for nothing until another person reviewed it.

    Raises Missing, Forbidden, Invalid (fields by name), TooLarge.
    """
    row = control_provisions().filter(pk=provision.replace("\x00", "")).first()
    if row is None:
        raise Missing("unknown_control", "There is no such control.")
    _require(UPLOAD, actor, at)
    person = person_of(actor, words="upload evidence", subject=_subject(row))
    title, link = given.title.strip(), given.link.strip()
    faults = _faults(title, link, given, upload, at)
    if faults:
        raise Invalid("not_understood", "Something needs mending.", fields=faults)
    kept = keep_file(upload=upload) if upload is not None else Kept("", 0, "", "")
    made = ControlUpload(
        id=uuid4(),
        provision=row,
        title=title,
        link=link,
        sha256=kept.sha256,
        file_name=kept.name[:200],
        media_type=kept.media_type,
        size=kept.size,
        valid_until=given.valid_until,
        owner_id=given.owner_id,
        uploaded_by_id=person,
        uploaded_at=at,
    )
    made.save(force_insert=True, at=at)
    after = {"title": title, "link": link, "sha256": kept.sha256, "size": kept.size}
    after |= {"valid_until": given.valid_until, "owner": given.owner_id}
    _record("control_upload.added", made, actor, at, after=after)
    return made


@transaction.atomic
def review_control_upload(
    *, upload_id: UUID, accepted: bool, said: str, actor: Actor, at: datetime
) -> ControlUpload:
    """Say whether an upload shows the control; not by who uploaded it.

    Raises Missing, Forbidden, Invalid, Conflict (it is reviewed or withdrawn already).
    """
    row = _locked(upload_id)
    _require(REVIEW, actor, at)
    subject = _subject(row.provision)
    person = person_of(actor, words="review evidence", subject=subject)
    if person == row.uploaded_by_id:
        raise Forbidden(
            "own_upload",
            "You cannot review this: you uploaded it.",
            who_can=["somebody else who may review evidence of controls"],
            recorded=True,
            subject=subject,
        )
    if row.state != State.WAITING:
        raise _over(row)
    row.said = reason_of(said)
    row.state = State.REVIEWED if accepted else State.REFUSED
    row.reviewed_by_id, row.reviewed_at = person, at
    row.save(at=at)
    states = {"before": {"state": "waiting"}, "after": {"state": str(row.state)}}
    _record("control_upload.reviewed", row, actor, at, reason=row.said, **states)
    return row


@transaction.atomic
def withdraw_control_upload(
    *, upload_id: UUID, reason: str, actor: Actor, at: datetime
) -> ControlUpload:
    """Withdraw an upload: it stays on record and counts for nothing any more.

    By who uploaded it, or who may review. Raises Missing, Forbidden, Invalid, Conflict.
    """
    row = _locked(upload_id)
    if actor.person != row.uploaded_by_id:
        _require(REVIEW, actor, at)
    if row.state not in (State.WAITING, State.REVIEWED):
        raise _over(row)
    before = {"state": str(row.state)}
    row.state, row.ended_at, row.said = State.WITHDRAWN, at, reason_of(reason)
    row.save(at=at)
    after = {"state": "withdrawn"}
    _record("control_upload.withdrawn", row, actor, at, before=before, after=after, reason=row.said)
    return row


@transaction.atomic
def take_out_upload(*, row: ControlUpload, actor: Actor, at: datetime) -> IO[bytes]:
    """Open the file of an upload, compared with its hash, and put that on record.

    Who may see it, the door has asked. Raises Missing (a link), Conflict (its bytes changed).
    """
    if not row.sha256:
        raise Missing("no_file", "This upload is a link, there is no file of it.")
    file = open_kept(row.sha256)
    if file is None:
        raise Conflict(
            "file_changed",
            "It cannot be given out: its file is not the one that was uploaded any more.",
        )
    _record("control_upload.taken_out", row, actor, at)
    return file


def _faults(
    title: str, link: str, given: GivenUpload, upload: Upload | None, at: datetime
) -> dict[str, str]:
    faults = {}
    if not title or len(title) > LONGEST_TITLE or "\x00" in title:
        faults["title"] = worded(
            "Say what it is, in at most {longest_title} characters.", longest_title=LONGEST_TITLE
        )
    if (upload is None) == (not link):
        faults["file"] = "Give a file, or a link: one of them."
    elif link and not _is_link(link):
        faults["link"] = "Write a link that begins with https:// or http://."
    if given.valid_until is not None and given.valid_until < seat_day(at):
        faults["valid_until"] = "That day has passed: it would show nothing."
    people = User.objects.filter(pk=given.owner_id, is_active=True, kind=User.Kind.PERSON)
    if not people.exists():
        faults["owner"] = "There is no such person."
    return faults


def _is_link(link: str) -> bool:
    if len(link) > LONGEST_LINK or any(letter.isspace() or ord(letter) < 32 for letter in link):
        return False
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.netloc)


def _require(act: str, actor: Actor, at: datetime) -> None:
    refusal = refusal_for_evidence(act=act, actor=actor, at=at)
    if refusal is not None:
        raise refusal


def _locked(upload_id: UUID) -> ControlUpload:
    rows = ControlUpload.objects.select_for_update(of=("self",)).select_related("provision")
    row = rows.filter(pk=upload_id).first()
    if row is None:
        raise Missing("unknown_upload", "There is no such upload.")
    return row


def _over(row: ControlUpload) -> Conflict:
    return Conflict(
        "upload_settled",
        worded(
            "This upload is settled: {state}.", state=term(row.get_state_display(), lowered=True)
        ),
        extra={"present": {"state": str(row.state)}},
    )


def _subject(row: Provision) -> tuple[str, str, str]:
    return "provision", row.pk, row.reference


def _record(
    verb: str,
    row: ControlUpload,
    actor: Actor,
    at: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=_subject(row.provision),
        before=before,
        after=after,
        reason=reason,
        details={"upload": row.pk, "sha256": row.sha256},
    )
