"""Storms: so many notices at once that readers get summaries; operations are told."""

from datetime import datetime

from ledger.context import current_actor
from ledger.rules.actors import machine
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from outbox.contacts import contacts_of, operations
from outbox.models import Message, NoticeStorm
from outbox.rules.notices import NoticePolicy, is_storm
from outbox.services.messages import queue_mail


def watch_storm(*, policy: NoticePolicy, at: datetime) -> bool:
    """Begin or end a storm by what was queued lately, and return whether one is on.

    Runs inside the sorter's transaction, one at a time. A storm lasts until two summaries at
    least have gone, so that it does not come and go with each breath.
    """
    standing = NoticeStorm.objects.filter(ended_at=None).first()
    counted = (
        Message.objects.filter(
            urgent=False, form=Message.Form.SINGLE, created_at__gt=at - policy.storm_window
        )
        .exclude(kind="")
        .filter(created_at__lte=at)
        .count()
    )
    on = is_storm(counted=counted, stands=standing is not None, policy=policy)
    if on and standing is None:
        _begin(counted, at)
    if not on and standing is not None and at >= standing.began_at + policy.summary_every:
        _end(standing, at)
        return False
    return on or standing is not None


def _begin(counted: int, at: datetime) -> None:
    storm = NoticeStorm.objects.create(began_at=at, counted=counted)
    words = worded(
        "{number} notices came at once; they go out as summaries until it calms.", number=counted
    )
    subject = worded("Look into a storm of notices: {number} at once", number=counted)
    _enter("notices.storm_began", storm, words, at)
    _tell(storm, subject, words, "began", at)


def _end(storm: NoticeStorm, at: datetime) -> None:
    storm.ended_at = at
    storm.save(update_fields=["ended_at"])
    words = term("Notices go out singly and in bundles again. Nothing was dropped.")
    _enter("notices.storm_ended", storm, words, at)
    _tell(storm, term("The storm of notices is over"), words, "ended", at)


def _enter(verb: str, storm: NoticeStorm, words: str, at: datetime) -> None:
    append_entry(
        verb=verb,
        actor=current_actor() or machine("delivery"),
        at=at,
        subject=("notice_storm", str(storm.pk), str(storm)),
        details={"counted": storm.counted},
        reason=str(words),
    )


def _tell(storm: NoticeStorm, subject: str, body: str, when: str, at: datetime) -> None:
    for person_id, contact in contacts_of(operations(at)).items():
        queue_mail(
            key=f"storm:{storm.pk}:{when}:{person_id}",
            person_id=person_id,
            address=contact.mail,
            subject=subject,
            body=body,
            urgent=True,
            at=at,
        )
