"""What the pages and the API of retention show: rules, holds, runs, requests to erase."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Subquery

from governance.selectors.erasures import may_be_asked_for, requests
from governance.selectors.pages.ledger_reach import may_read_organisation
from incidents.models import Incident
from incidents.selectors.visibility import incidents_visible_to
from ledger.rules.refusals import Forbidden, Missing
from ledger.rules.worded import worded
from ledger.selectors.lines import Line, instants_of, lines_of_verb
from registry.models import ErasureRequest, LegalHold, RetentionRule, System, User
from registry.rules.permits import PERMITS, in_words
from registry.rules.retention import cutoff
from registry.selectors.access import people_seen_by
from registry.selectors.holds import holds_in_force, words_of
from registry.selectors.keyset import PAGE, Keyset
from registry.selectors.people import roles_of
from registry.selectors.systems import systems_visible_to

MAY_READ = frozenset({"compliance", "risk", "executive", "board", "auditor", "administrator"})
VERB = "retention.ran"
RUNS = 14
WAITS = "waits"
LOOKED_BACK = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of these pages, and what they may do there."""

    user: User
    roles: frozenset[str]

    def may(self, act: str) -> bool:
        """Whether a role of theirs permits it."""
        return bool(self.roles & PERMITS[act].roles)


def reader_of(*, user: User, at: datetime) -> Reader:
    """Return the reader. Raises Forbidden for whom these pages are not meant."""
    roles = frozenset(role for role, _, _ in roles_of(user_id=user.pk, at=at))
    if roles & MAY_READ:
        return Reader(user, roles)
    words = in_words(MAY_READ)
    raise Forbidden(
        "role_missing",
        worded("You cannot read how long records are kept: that takes {words}.", words=words),
        who_can=[words],
    )


def rule_rows(*, at: datetime) -> list[dict[str, Any]]:
    """Return every rule with its bases, and before which instant its records go."""
    return [
        {
            "rule": rule,
            "keep": in_time(rule.keep_days),
            "floor": in_time(rule.floor_days) if rule.floor_days else "",
            "before": cutoff(keep_days=rule.keep_days, at=at) if rule.drops else None,
            "own": rule.keep_days != rule.shipped_days,
        }
        for rule in RetentionRule.objects.all()
    ]


def rule_by_kind(kind: str) -> RetentionRule:
    """Return a rule. Raises Missing."""
    rule = RetentionRule.objects.filter(pk=kind).first()
    if rule is None:
        raise Missing("unknown_rule", worded("There is no retention rule {kind!r}.", kind=kind))
    return rule


def holds_seen_by(*, user: User, at: datetime) -> Q:
    """Return the condition that a hold is on what somebody sees, on everything, or theirs."""
    return (
        Q(scope=LegalHold.Scope.EVERYTHING)
        | Q(owner=user)
        | Q(system__in=systems_visible_to(user=user, at=at).values("pk"))
        | Q(person__in=people_seen_by(user=user, at=at).values("pk"))
    )


def hold_rows(*, user: User, at: datetime) -> list[dict[str, Any]]:
    """Return the holds in force that somebody sees, with what they cover in words."""
    rows = holds_in_force(at).filter(holds_seen_by(user=user, at=at))
    return [{"hold": hold, "what": words_of(hold)} for hold in rows]


def ended_holds(*, user: User, at: datetime, limit: int = 20) -> list[dict[str, Any]]:
    """Return the holds that ended and that somebody sees, the newest first."""
    rows = LegalHold.objects.exclude(pk__in=holds_in_force(at).values("pk"))
    rows = rows.filter(holds_seen_by(user=user, at=at))
    found = rows.select_related("system", "person", "owner", "ended_by").order_by("-from_at")
    return [{"hold": hold, "what": words_of(hold)} for hold in found[:limit]]


def hold_by_id(hold_id: UUID, *, user: User, at: datetime) -> LegalHold:
    """Return a hold that somebody sees, with what it names. Raises Missing."""
    rows = LegalHold.objects.select_related("system", "person", "owner", "ended_by")
    rows = rows.filter(holds_seen_by(user=user, at=at))
    hold = rows.filter(pk=hold_id).first()
    if hold is None:
        raise Missing("unknown_hold", "There is no such hold.")
    return hold


def runs(*, user: User, at: datetime, limit: int = RUNS) -> list[dict[str, Any]]:
    """Return the last runs with what they dropped and what holds kept, the newest first.

    The names of what was dropped and held are for who reads the organisation as a whole.
    """
    found = lines_of_verb(verb=VERB, since=at - LOOKED_BACK, limit=limit)
    whole = may_read_organisation(user=user, at=at)
    return [_run(line, whole=whole) for line in found]


def next_run(at: datetime) -> datetime:
    """Return when the next daily run is due; it comes with the sweep after that."""
    last = instants_of(verb=VERB, actor_id="retention", limit=1)
    return max(last[0] + timedelta(days=1), at) if last else at


def requests_seen_by(
    *, user: User, at: datetime, units: Sequence[UUID] | None = None
) -> QuerySet[ErasureRequest]:
    """Return the requests to erase people whom somebody looks into; `units` where they are known.

    Those are the units of people that they look into (registry.selectors.access).
    """
    seen = people_seen_by(user=user, at=at, units=units)
    return requests().filter(person__in=seen.values("pk"))


def request_page(rows: QuerySet[ErasureRequest], *, after: str = "") -> Keyset[ErasureRequest]:
    """Return a page of requests, those that wait first, then the newest; one query.

    `after` is the key of the last row that was shown, behind WAITS where that one waited still.
    """
    waits, _, key = after.rpartition(":")
    place = _place_of(key)
    waiting = rows.filter(state=ErasureRequest.State.ASKED)
    others = rows.exclude(state=ErasureRequest.State.ASKED)
    if place is None:
        parts = [waiting, others]
    elif waits:
        parts = [waiting.filter(place), others]
    else:
        parts = [others.filter(place)]
    # Each by its own index: ordered as one they would all be read to find the first ones.
    first, *more = [one.order_by("-asked_at", "-pk")[: PAGE + 1] for one in parts]
    found = sorted(first.union(*more, all=True) if more else first, key=_newest_waiting)
    shown = found[:PAGE]
    last = _marked(shown[-1]) if len(found) > PAGE else ""
    return Keyset(shown, last, after if place is not None else "")


def _place_of(key: str) -> Q | None:
    """Return the condition of what stands behind a request, None for no such key."""
    try:
        last = UUID(key)
    except ValueError:
        return None
    asked_at = Subquery(ErasureRequest.objects.filter(pk=last).values("asked_at"))
    return Q(asked_at__lte=asked_at) & (Q(asked_at__lt=asked_at) | Q(pk__lt=last))


def _marked(row: ErasureRequest) -> str:
    waits = row.state == ErasureRequest.State.ASKED
    return f"{WAITS}:{row.pk}" if waits else str(row.pk)


def _newest_waiting(row: ErasureRequest) -> tuple[bool, float, int]:
    decided = row.state != ErasureRequest.State.ASKED
    return (decided, -row.asked_at.timestamp(), -row.pk.int)


def request_by_id(request_id: UUID, *, user: User, at: datetime) -> ErasureRequest:
    """Return a request to erase somebody whom the reader looks into. Raises Missing."""
    asked = requests_seen_by(user=user, at=at).filter(pk=request_id).first()
    if asked is None:
        raise Missing("unknown_request", "There is no such request.")
    return asked


def holdable(*, user: User, at: datetime) -> tuple[QuerySet[System], QuerySet[User]]:
    """Return the systems and the people that somebody's hold may name: those that they see."""
    people = people_seen_by(user=user, at=at).filter(kind=User.Kind.PERSON)
    return systems_visible_to(user=user, at=at).order_by("name"), people.order_by("name")


def erasable_people(
    *, user: User, at: datetime, words: str = "", units: Sequence[UUID] | None = None
) -> QuerySet[User]:
    """Return the people whom somebody looks into and whose erasure may be asked for, by name.

    `words` stand in the name or the address.
    """
    # Two conditions on the same accounts: as an 'in' the second one would read them all.
    found = may_be_asked_for() & people_seen_by(user=user, at=at, units=units)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(email__icontains=words))
    return found


def incident_to_hold(number: str, *, user: User, at: datetime) -> Incident | None:
    """Return an incident that somebody sees by its number, None for no such one."""
    visible = incidents_visible_to(user=user, at=at)
    return visible.filter(number__iexact=number.strip()).first()


def in_time(days: int) -> str:
    """Say a time as people do: '10 years', '6 months', '30 days'."""
    if days >= 365:
        years = round(days / 365.25)
        return worded("{number} year" if years == 1 else "{number} years", number=years)
    if days >= 180:
        return worded("{number} months", number=round(days / 30.5))
    return worded("{number} day" if days == 1 else "{number} days", number=days)


def _run(line: Line, *, whole: bool) -> dict[str, Any]:
    kinds = dict((line.body.get("details") or {}).get("kinds") or {})
    names = dict(RetentionRule.objects.values_list("kind", "name"))
    return {
        "at": line.at,
        "number": line.number,
        "kinds": [
            {
                "name": names.get(kind, kind),
                "dropped": told.get("dropped", 0),
                "names": _some(told.get("names") or ()) if whole else "",
                "held": list((told.get("held") or {}).values()) if whole else [],
                "left": told.get("left", ""),
            }
            for kind, told in kinds.items()
        ],
    }


def _some(names: Iterable[str], most: int = 12) -> str:
    known = list(names)
    more, named = len(known) - most, ", ".join(known[:most])
    if more <= 0:
        return named
    return worded("{names} and {number} more", names=named, number=more)
