"""Guessing: what fails counts against one lock for each account and address, kept by axes."""

from datetime import datetime, timedelta

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest

from ledger.context import acting_as
from ledger.rules.refusals import Forbidden
from ledger.rules.worded import worded
from outbox import clock
from registry.access.actors import address_of, anonymous_actor, person_actor
from registry.models import User
from registry.services.sign_ins import record_lock


def refuse_if_locked(request: HttpRequest, user: User) -> None:
    """Refuse who guessed too often, before anything is compared. Raises Forbidden."""
    if settings.AXES_ENABLED and not AxesProxyHandler.is_allowed(request, _as_typed(user)):
        raise locked_out(request, user)


def count_failure(request: HttpRequest, user: User) -> None:
    """Count a wrong code or passkey like a wrong password; the one that locks is on record."""
    AxesProxyHandler.user_login_failed(__name__, _as_typed(user), request)
    note_lock(request, user)


def note_lock(request: HttpRequest, user: User | None) -> None:
    """Put the lock on record at the attempt that closed it; the later ones find it closed."""
    failures = getattr(request, "axes_failures_since_start", None)
    if user is None or failures != settings.AXES_FAILURE_LIMIT:
        return
    own = person_actor(request, user) if request.user == user else anonymous_actor(request)
    with acting_as(own) as actor:
        record_lock(user=user, actor=actor, at=clock.now())
    request.axes_failures_since_start = None  # type: ignore[attr-defined]


def locked_out(request: HttpRequest, user: User) -> Forbidden:
    """Return the refusal in words, with how long it lasts.

    The door says so itself; the middleware of axes would replace its page.
    """
    request.axes_locked_out = False  # type: ignore[attr-defined]
    until = opens_at(request, user.email)
    return Forbidden(
        "too_many_attempts",
        worded(
            "Too many wrong attempts: wait {minutes_until} minutes, or ask an administrator.",
            minutes_until=minutes_until(until, clock.now()),
        ),
        who_can=["an administrator"],
        recorded=True,
        subject=("user", str(user.pk), user.on_record),
        extra={"until": until.isoformat()} if until else {},
    )


def opens_at(request: HttpRequest, typed: str) -> datetime | None:
    """Return when the lock on an address typed from this place ends, None if there is none."""
    rows = AccessAttempt.objects.filter(username__iexact=typed, ip_address=address_of(request))
    newest = rows.order_by("-attempt_time").values_list("attempt_time", flat=True).first()
    cool_off = get_cool_off(request)
    return newest + cool_off if newest and cool_off else None


def minutes_until(until: datetime | None, at: datetime) -> int:
    """Return whole minutes until an instant, at least one."""
    if until is None:
        return 60
    return max(1, -((at - until) // timedelta(minutes=1)))


def _as_typed(user: User) -> dict[str, str]:
    return {"email": user.email}
