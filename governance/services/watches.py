"""Watches: a breach too small for an incident. One line from the owner; it closes by itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from governance.models import Watch
from governance.rules.breach import BreachKind
from governance.rules.policy_document import WatchRules
from governance.rules.severity import Severity
from governance.selectors.cases import Case, load_cases, of_kind
from governance.selectors.mutes import covering_mute
from governance.selectors.watches import breach_of_watch, owners_side
from governance.services.engine import EVALUATOR
from governance.services.openings import open_case
from governance.services.plans import seconds
from governance.services.turns import try_turns
from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import as_titled, of_machine, term, worded
from ledger.services.entries import append_entry
from outbox.models import Timer
from outbox.services.hints import nudge
from outbox.services.messages import queue_mail
from outbox.services.timers import arm_timer, cancel_timers
from registry.models import User
from registry.rules.instants import with_zone
from registry.selectors.people import people_with_role

DUE = "watch.due"
TRUST = "trust_compliance"
OPEN_STATES = (Watch.State.OPEN, Watch.State.ANSWERED)
LONGEST_LINE = 500


@transaction.atomic
def start_watch(*, case: Case, at: datetime) -> Watch:
    """Open a watch, tell the owner, and arm the timer that makes an incident of it.

    In a silence nobody is told, and its time counts from the silence's end.
    """
    rules, breach = case.policy.watch, case.breach
    mute = covering_mute(breach=breach, at=at)
    counts_from = at if mute is None else mute.until_at
    watch = Watch(
        dedup_key=case.key,
        system=case.system,
        standing_id=breach.standing_id,
        kind=breach.kind,
        title=case.title,
        summary=case.summary,
        onset_at=case.onset_at or at,
        detected_at=at,
        due_at=counts_from + timedelta(seconds=seconds(rules.after)),
    )
    watch.save(force_insert=True, at=at)
    _record("watch.opened", watch, EVALUATOR, at)
    arm_timer(
        kind=DUE,
        key=f"{watch.pk}:due",
        subject_id=watch.pk,
        due_at=watch.due_at,
        at=at,
        inputs={"after": rules.after, "from": counts_from.isoformat()},
    )
    if mute is None:
        _tell_owner(watch, at)
        if breach.category == TRUST:
            _tell_compliance(watch, at)
    return watch


def returns_too_often(*, watch: Watch, rules: WatchRules, at: datetime) -> bool:
    """Whether a new watch is the third (or so) of its cause within the time that counts."""
    since = at - timedelta(seconds=seconds(rules.third_within))
    rows = Watch.objects.filter(dedup_key=watch.dedup_key, detected_at__gt=since)
    return rows.exclude(state=Watch.State.PROMOTED).count() >= rules.returns


@transaction.atomic
def answer_watch(*, watch_id: UUID, line: str, actor: Actor, at: datetime) -> Watch:
    """Record the owner's one line on a watch. Raises Missing, Forbidden, Conflict, Invalid."""
    watch = lock_watch(watch_id)
    _require_owner(watch, actor, at)
    if watch.state not in OPEN_STATES:
        state = term(watch.get_state_display(), lowered=True)
        words = worded("This watch is {state} since it ended.", state=state)
        raise Conflict("watch_ended", words)
    text = line.strip()
    if not text or len(text) > LONGEST_LINE:
        raise Invalid(
            "line_needed",
            "Say in one line what is known.",
            fields={
                "line": worded("One line of at most {longest} characters.", longest=LONGEST_LINE)
            },
        )
    watch.state, watch.line = Watch.State.ANSWERED, text
    watch.answered_by_id, watch.answered_at = actor.person, at
    watch.save(update_fields=["state", "line", "answered_by", "answered_at"], at=at)
    _record("watch.answered", watch, actor, at, reason=text)
    return watch


@transaction.atomic
def close_watches(
    *, standing_ids: Sequence[int], at: datetime, measured: BreachKind | None = None
) -> int:
    """Close the watches of standings that are OK again, and return how many.

    `measured` as in `governance.services.cases.note_recovery`.
    """
    watches = Watch.objects.select_for_update(no_key=True).filter(
        of_kind(measured, "kind"), standing_id__in=standing_ids, state__in=OPEN_STATES
    )
    found = list(watches.order_by("pk"))
    for watch in found:
        watch.state, watch.ended_at = Watch.State.CLOSED, at
        watch.save(update_fields=["state", "ended_at"], at=at)
        cancel_timers(subject_id=watch.pk, reason="the series recovered", at=at)
        _record("watch.closed", watch, EVALUATOR, at)
    return len(found)


def fire_due(*, timer: Timer, at: datetime) -> None:
    """Make an incident of a watch whose time has run out; one that ended is left alone."""
    watch = lock_watch(timer.subject_id)
    if watch.state not in OPEN_STATES:
        return
    with acting_as(EVALUATOR):
        (case,) = load_cases(breaches=[breach_of_watch(watch)], at=at)
        open_case(case=case, severity=Severity.WATCH, watch=watch, at=at)


def lock_due(ids: Sequence[UUID]) -> set[UUID]:
    """Lock the watches, and the turns of their causes, that nobody else holds; return them."""
    keys = dict(Watch.objects.filter(pk__in=ids).values_list("pk", "dedup_key"))
    turns = try_turns(keys.values())
    rows = Watch.objects.select_for_update(no_key=True, skip_locked=True).filter(
        pk__in=[pk for pk, key in keys.items() if key in turns]
    )
    return set(rows.order_by("pk").values_list("pk", flat=True))


def lock_watch(watch_id: UUID) -> Watch:
    """Return a watch, locked. Raises Missing."""
    rows = Watch.objects.select_for_update(no_key=True, of=("self",))
    watch = rows.select_related("system__owner", "system__deputy").filter(pk=watch_id).first()
    if watch is None:
        raise Missing("unknown_watch", "There is no such watch.")
    return watch


def _require_owner(watch: Watch, actor: Actor, at: datetime) -> None:
    people = owners_side(system=watch.system, at=at)
    if actor.person in {person.pk for person in people}:
        return
    raise Forbidden(
        "not_the_owner",
        "You cannot answer this watch: the owner of the system does, the deputy or a delegate.",
        who_can=[person.name for person in people],
        recorded=True,
        subject=("watch", str(watch.pk), watch.title),
    )


def _tell_owner(watch: Watch, at: datetime) -> None:
    owner = watch.system.owner
    by = with_zone(watch.due_at, ZoneInfo(owner.zone))
    subject = worded("Answer in one line by {when}: {title}", when=by, title=as_titled(watch.title))
    what = worded(
        "It closes by itself when {system} recovers. After {when} it becomes an incident.",
        system=watch.system.name,
        when=by,
    )
    _mail(watch, owner, "task", subject, what, at)
    nudge("sweep")


def _tell_compliance(watch: Watch, at: datetime) -> None:
    """What touches rights or fairness is not the owner's alone to know of (INC-G)."""
    system = watch.system
    officers = people_with_role(
        role="compliance", unit_id=system.unit_id, system_id=system.pk, at=at
    )
    side = {person.pk for person in owners_side(system=system, at=at)}
    for officer in officers:
        if officer.pk in side:
            continue
        by = with_zone(watch.due_at, ZoneInfo(officer.zone))
        subject = worded(
            "Look at this watch by {when}: {title}", when=by, title=as_titled(watch.title)
        )
        what = worded(
            "A watch on trust and compliance goes to you too. {owner} answers it in one line; "
            "after {when} it becomes an incident.",
            owner=system.owner.name,
            when=by,
        )
        _mail(watch, officer, "information", subject, what, at)
    nudge("sweep")


def _mail(watch: Watch, person: User, kind: str, subject: str, what: str, at: datetime) -> None:
    url = f"{settings.PUBLIC_URL}/watches/{watch.pk}/"
    queue_mail(
        key=f"watch:{watch.pk}:{person.pk}",
        person_id=person.pk,
        address=person.email,
        subject=subject,
        body=worded(
            "{summary}\n\n{what}\n\n{url}\n", summary=of_machine(watch.summary), what=what, url=url
        ),
        subject_id=watch.pk,
        kind=kind,
        due_at=watch.due_at,
        url=url,
        at=at,
    )


def _record(verb: str, watch: Watch, actor: Actor, at: datetime, reason: str = "") -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("watch", str(watch.pk), watch.title),
        system_id=watch.system_id,
        reason=reason,
        after={"state": watch.state, "due": watch.due_at},
    )
