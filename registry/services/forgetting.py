"""What accounts leave beside the record, not kept for long: attempts, addresses, sessions."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.functions import Now

from ledger.rules.worded import word, worded
from ledger.services.disclosures import old_values
from registry.models import User
from registry.rules.retention import Cover, Dropped, Met, met


@transaction.atomic
def drop_attempts(*, before: datetime, cover: Cover, dry: bool = False) -> Dropped:
    """Drop old attempts to sign in: what strangers typed, and the counters against guessing."""
    if cover.everything:
        return Dropped(met=met(cover.everything, word("attempts to sign in")))
    held = User.objects.filter(pk__in=list(cover.people)).values_list("email", "name", "pk")
    emails = {email: pk for email, _, pk in held}
    found = [
        model.objects.filter(attempt_time__lt=before).exclude(username__in=list(emails))
        for model in (AccessAttempt, AccessFailureLog, AccessLog)
    ]
    typed = old_values(kind="typed", before=before)
    count = sum(rows.count() for rows in found) + typed.count()
    if not dry:
        for rows in found:
            rows.delete()
        typed.delete()
    return Dropped(count=count)


@transaction.atomic
def drop_addresses(*, before: datetime, cover: Cover, dry: bool = False) -> Dropped:
    """Forget from which network address somebody acted long ago, but for people under a hold."""
    if cover.everything:
        return Dropped(met=met(cover.everything, word("network addresses")))
    kept = {str(person) for person in cover.people}
    held = old_values(kind="address", before=before).filter(subject__in=kept)
    rows = old_values(kind="address", before=before, but_of=kept)
    count = rows.count() if dry else rows.delete()[0]
    return Dropped(count=count, met=_met(set(held.values_list("subject", flat=True)), cover))


@transaction.atomic
def drop_sessions(*, before: datetime, cover: Cover, dry: bool = False) -> Dropped:
    """Drop sessions that ended; a hold keeps none, for nobody can use or read one.

    The framework ends them by the wall clock, so nothing that it still takes goes.
    """
    rows = Session.objects.filter(expire_date__lt=before).filter(expire_date__lt=Now())
    if dry:
        return Dropped(count=rows.count())
    count = rows.delete()[0]
    # Beside each stood from which browser and address; it is of no use without the session.
    alive = Session.objects.values("session_key")
    UserSession.objects.filter(created_at__lt=before).exclude(session_key__in=alive).delete()
    return Dropped(count=count)


def _met(subjects: set[str], cover: Cover) -> tuple[Met, ...]:
    people = User.objects.filter(pk__in=[pk for pk in cover.people if str(pk) in subjects])
    return tuple(
        one
        for person in people
        for one in met(cover.of_person(person.pk), worded("addresses of {name}", name=person.name))
    )
