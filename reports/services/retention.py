"""The daily run of retention: drops what is beyond its time, spares what is held, tells owners."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from governance.selectors.pages.ledger_reach import may_read_organisation
from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.rules.commitments import Personal
from ledger.rules.worded import joined, term, word, worded
from ledger.selectors.lines import instants_of
from ledger.services.entries import append_entry
from ledger.services.erasures import write_list
from outbox.services.forgetting import forget_mail, old_mail
from outbox.services.messages import queue_mail
from outbox.services.replies import forget_replies
from registry.models import LegalHold, RetentionRule, User
from registry.rules.retention import Cover, Dropped, Met, cutoff, met
from registry.selectors.holds import words_of
from registry.services.forgetting import drop_addresses, drop_attempts, drop_sessions
from reports.models import Pack
from reports.selectors.packs import systems_of
from reports.selectors.retention import full_cover
from telemetry.services.retention import (
    drop_events,
    drop_heartbeats,
    drop_months,
    drop_quarantined,
)

RETENTION = machine("retention")
VERB = "retention.ran"
EVERY = timedelta(days=1)
SENT = word("the text of sent mail")
ONE_AT_A_TIME = 4_201_031  # the advisory lock of a run


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run dropped, or would drop, of one kind, and before which instant."""

    rule: RetentionRule
    before: datetime
    dropped: Dropped


def told_to(ran: Sequence[Ran], *, user: User, at: datetime) -> list[Ran]:
    """Return what a run would drop; its names only for who reads the organisation as a whole."""
    if may_read_organisation(user=user, at=at):
        return list(ran)
    return [replace(one, dropped=replace(one.dropped, names=(), met=())) for one in ran]


def run_daily(at: datetime) -> int:
    """Run once a day, as a job of the sweep; returns how much was dropped."""
    last = instants_of(verb=VERB, actor_id=RETENTION.id, limit=1)
    if last and at - last[0] < EVERY:
        return 0
    with acting_as(RETENTION):
        return sum(one.dropped.count for one in run_retention(at=at))


@transaction.atomic
def run_retention(*, at: datetime, dry: bool = False, actor: Actor = RETENTION) -> list[Ran]:
    """Drop what is beyond its rule and under no hold; one entry tells everything.

    With `dry` nothing is changed and nothing is written. A second run beside this one does nothing.
    """
    if not dry and not _alone():
        return []
    covered = full_cover(at)
    ran = [
        _run(rule, at, covered, dry)
        for rule in RetentionRule.objects.filter(drops=True)
        if rule.pk in DROPPERS
    ]
    if dry or not ran:
        return ran
    write_list()
    append_entry(
        verb=VERB,
        actor=actor,
        at=at,
        subject=("retention", f"{at:%Y-%m-%d}", f"the records of {at:%Y-%m-%d}"),
        details={"kinds": {one.rule.pk: _told(one) for one in ran if _worth(one.dropped)}},
    )
    _tell_owners(ran, at)
    return ran


def _run(rule: RetentionRule, at: datetime, covered: Cover, dry: bool) -> Ran:
    before = cutoff(keep_days=rule.keep_days, at=at)
    return Ran(rule, before, DROPPERS[rule.pk](before=before, cover=covered, dry=dry))


def _drop_mail(*, before: datetime, cover: Cover, dry: bool = False) -> Dropped:
    """Empty old mail, but of people and incidents under a hold."""
    if cover.everything:
        return Dropped(met=met(cover.everything, SENT))
    mail = old_mail(before=before)
    people, cases = list(cover.people), list(cover.incidents)
    held = mail.filter(person_id__in=people) | mail.filter(subject_id__in=cases)
    pairs = set(held.values_list("person_id", "subject_id"))
    kept = [one for pair in pairs for one in _met_mail(*pair, cover)]
    free = mail.exclude(pk__in=held.values("pk"))
    count = free.count() if dry else forget_mail(mail=free)
    return Dropped(count=count, met=tuple(dict.fromkeys(kept)))


def _met_mail(person: UUID | None, case: UUID | None, cover: Cover) -> Iterable[Met]:
    holds = cover.people.get(person, ()) if person else ()
    holds += cover.incidents.get(case, ()) if case else ()
    return met(holds, SENT)


def _drop_packs(*, before: datetime, cover: Cover, dry: bool = False) -> Dropped:
    """Delete old packs' files, but of held systems; the packs themselves stay on record."""
    home = Path(settings.MEDIA_ROOT)
    old = Pack.objects.filter(built_at__lt=before).exclude(path="")
    names: list[str] = []
    kept: list[Met] = []
    for pack in old.order_by("number"):
        if not (home / pack.path).exists():
            continue
        holds = _holds_of(pack, cover)
        kept += met(holds, pack.number)
        if not holds:
            names.append(pack.number)
            if not dry:
                transaction.on_commit(partial((home / pack.path).unlink, missing_ok=True))
    return Dropped(count=len(names), names=tuple(names), met=tuple(kept))


def _holds_of(pack: Pack, cover: Cover) -> tuple[UUID, ...]:
    """Return the holds over any system of a pack, each once."""
    named = [UUID(item.id) for item in systems_of(pack)]
    found = [hold for system in named for hold in cover.of_system(system)]
    return tuple(dict.fromkeys(found))


def _drop_replies(*, before: datetime, cover: Cover, dry: bool = False) -> Dropped:
    """Drop answers whose time is over; a hold keeps none, for they repeat what is on record."""
    return Dropped() if dry else Dropped(count=forget_replies(before + EVERY))


DROPPERS: dict[str, Callable[..., Dropped]] = {
    "decision_events": drop_events,
    "measurements": partial(drop_months, parent="telemetry_measurement"),
    "heartbeats": drop_heartbeats,
    "quarantined_readings": drop_quarantined,
    "messages": _drop_mail,
    "pack_files": _drop_packs,
    "sign_in_attempts": drop_attempts,
    "network_addresses": drop_addresses,
    "sessions": drop_sessions,
    "replies": _drop_replies,
}


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        return bool(cursor.fetchone()[0])


def _worth(dropped: Dropped) -> bool:
    return bool(dropped.count or dropped.names or dropped.met or dropped.left)


def _told(one: Ran) -> dict[str, Any]:
    """What the entry keeps of one kind; what a hold kept may name people."""
    dropped = one.dropped
    held: dict[str, list[str]] = {}
    for each in dropped.met:
        held.setdefault(str(each.hold), []).append(each.words)
    told: dict[str, Any] = {"before": one.before, "dropped": dropped.count}
    if dropped.names:
        told["names"] = list(dropped.names)
    if held:
        told["held"] = {
            hold: Personal("; ".join(dict.fromkeys(words)), kind="text")
            for hold, words in held.items()
        }
    return told | ({"left": dropped.left} if dropped.left else {})


def _tell_owners(ran: list[Ran], at: datetime) -> None:
    """Tell each owner, once for each hold, that retention met it and what stays because of it."""
    words: dict[UUID, list[str]] = {}
    for one in ran:
        for each in one.dropped.met:
            words.setdefault(each.hold, []).append(
                worded("{rule}: {words}", rule=term(one.rule.name), words=each.words)
            )
    rows = LegalHold.objects.filter(pk__in=list(words))
    for hold in rows.select_related("owner", "system", "person"):
        _tell(hold, hold.owner, words[hold.pk], at)


def _tell(hold: LegalHold, owner: User, kept: list[str], at: datetime) -> None:
    what = words_of(hold)
    queue_mail(
        key=f"retention-met-hold:{hold.pk}",
        person_id=owner.pk,
        address=owner.email,
        subject=worded("Retention met your hold on {what}", what=what),
        body=worded(
            "These records are beyond their time and stay, because you hold {what}: {reason}\n\n"
            "{kept}\n\nEnd the hold when it is needed no more; they go with the next daily run."
            "\n\n{url}\n",
            what=what,
            reason=hold.reason,
            kept=joined("\n", dict.fromkeys(kept)),
            url=f"{settings.PUBLIC_URL}/retention/",
        ),
        subject_id=hold.pk,
        at=at,
    )
