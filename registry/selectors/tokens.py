"""What a service token may do, and which tokens an administrator looks after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from ledger.rules.refusals import Forbidden, Missing
from ledger.rules.worded import word, worded
from registry.models import ServiceToken, System, Unit, User
from registry.rules.permits import PERMITS, in_words
from registry.selectors.access import units_administered_by

SOON = timedelta(days=14)
# State of a token, and how it is said; 'working' holds all that open the door.
STATES = (word("working"), word("ending"), word("replaced"), word("expired"), word("revoked"))


@dataclass(frozen=True, slots=True)
class TokenPage:
    """A page of tokens, newest first; `after` asks for the next, '' on the last."""

    rows: Sequence[ServiceToken]
    after: str


def token_allows(token: ServiceToken, scope: str, system_slug: str) -> bool:
    """Whether a token holds a scope for a system. A token reaches only systems that it names."""
    return scope in token.scopes and token_systems(token).filter(slug=system_slug).exists()


def token_systems(token: ServiceToken) -> QuerySet[System]:
    """Return the systems that a token reaches."""
    reached: QuerySet[System] = System.objects.filter(pk__in=token.systems.values("pk"))
    return reached


def state_of(token: ServiceToken, at: datetime) -> str:
    """Return what a token is at an instant: one of STATES; 'ending' still works."""
    if token.revoked_at is not None:
        return "revoked"
    if token.expiry is None or token.expiry <= at:
        return "expired"
    if token.overlap_until is not None:
        return "ending" if token.overlap_until > at else "replaced"
    return "ending" if token.expiry <= at + SOON else "working"


def tokens_kept_by(*, user: User, at: datetime) -> QuerySet[ServiceToken]:
    """Return the tokens of the service accounts that somebody administers.

    Raises Forbidden for who administers none.
    """
    units = units_administered_by(user=user, at=at)
    if not units:
        words = in_words(PERMITS["administer"].roles)
        raise Forbidden(
            "role_missing",
            worded("You cannot see service tokens: that takes {words}.", words=words),
            who_can=[words],
        )
    rows: QuerySet[ServiceToken] = ServiceToken.objects.filter(user__unit_id__in=units)
    return rows.select_related("user__unit", "replaces", "replaced_by").prefetch_related("systems")


def token_kept_by(*, token_key: str, user: User, at: datetime) -> ServiceToken:
    """Return one of them by its public first characters. Raises Forbidden, Missing."""
    found = tokens_kept_by(user=user, at=at).filter(token_key=token_key).first()
    if found is None:
        raise Missing("unknown_token", "There is no such token.")
    return found


def found_tokens(
    *, user: User, asked: Mapping[str, str] | None = None, at: datetime, size: int = 50
) -> TokenPage:
    """Return a page of the tokens that somebody administers.

    `asked` may hold `search` (looked for in names, accounts, systems and public first characters),
    `state` (one of STATES) and `after` (what the page before gave). Raises Forbidden.
    """
    given = {name: text.replace("\0", "") for name, text in (asked or {}).items()}
    rows = tokens_kept_by(user=user, at=at).filter(_in_state(given.get("state", ""), at))
    if search := given.get("search"):
        rows = rows.filter(_named(search)).distinct()
    if after := given.get("after"):
        last = rows.model.objects.filter(token_key=after).first()
        if last is not None:
            older = Q(created__lt=last.created) | Q(token_key__lt=last.token_key)
            rows = rows.filter(Q(created__lte=last.created) & older)
    page = list(rows.order_by("-created", "-token_key")[: size + 1])
    return TokenPage(page[:size], page[size - 1].token_key if len(page) > size else "")


def accounts_kept_by(*, user: User, at: datetime) -> QuerySet[User]:
    """Return the service accounts that somebody administers, by name."""
    units = units_administered_by(user=user, at=at)
    rows: QuerySet[User] = User.objects.filter(
        kind=User.Kind.SERVICE, is_active=True, unit_id__in=units
    )
    return rows.order_by("name", "pk")


def reachable_for(*, user: User, at: datetime) -> tuple[QuerySet[System], QuerySet[Unit]]:
    """Return the systems that somebody may open to a token, and the units for a new account."""
    units = units_administered_by(user=user, at=at)
    systems = System.objects.filter(unit_id__in=units, sample="").exclude(kind=System.Kind.RECORD)
    return systems.order_by("name", "pk"), Unit.objects.filter(pk__in=units).order_by("name")


def _named(search: str) -> Q:
    plain = search[:80]
    return (
        Q(name__icontains=plain)
        | Q(user__name__icontains=plain)
        | Q(token_key__startswith=plain)
        | Q(systems__slug__icontains=plain)
        | Q(systems__name__icontains=plain)
    )


def _in_state(state: str, at: datetime) -> Q:
    alive = Q(revoked_at__isnull=True, expiry__gt=at)
    open_overlap = Q(overlap_until__isnull=True) | Q(overlap_until__gt=at)
    conditions = {
        "working": alive & open_overlap,
        "ending": alive & open_overlap & (Q(expiry__lte=at + SOON) | Q(overlap_until__gt=at)),
        "replaced": alive & Q(overlap_until__lte=at),
        "expired": Q(revoked_at__isnull=True) & ~Q(expiry__gt=at),
        "revoked": Q(revoked_at__isnull=False),
    }
    return conditions.get(state, Q())
