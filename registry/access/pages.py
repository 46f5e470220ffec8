"""What the pages of one system ask first: who may see it, who may act on it, at which instant."""

from datetime import datetime

from django.http import HttpRequest

from ledger.rules.refusals import Forbidden
from outbox import clock
from registry.access.instants import Moment, moment_of
from registry.access.permissions import actor_of, signed_in
from registry.models import System
from registry.rules.permits import PERMITS, in_words, why_not
from registry.selectors.permits import refusal_for_system
from registry.selectors.systems import no_such_system, systems_visible_to


def asked(request: HttpRequest, slug: str) -> tuple[System, Moment]:
    """Return a system that the reader may see now, and the instant that they ask for.

    Raises Missing, also for an instant before the system was registered; Invalid.
    """
    now = clock.now()
    found = system_seen(request, slug, now)
    moment = moment_of(request, now=now)
    moment.require(began=found.registered_at, what=f"{found.name} was registered")
    return found, moment


def system_seen(request: HttpRequest, slug: str, at: datetime) -> System:
    """Return a system that the reader may see. Raises Missing, for not theirs alike."""
    rows = systems_visible_to(user=signed_in(request), at=at).filter(slug=slug)
    found = rows.select_related("owner", "deputy", "unit").first()
    if found is None:
        raise no_such_system(slug)
    return found


def system_to_act_on(request: HttpRequest, slug: str, *, act: str, at: datetime) -> System:
    """Return a system on which the reader may do this. Raises Missing; Forbidden with who can."""
    system = system_seen(request, slug, at)
    refusal = refusal_for_system(act=act, system=system, actor=actor_of(request), at=at)
    if refusal is not None:
        refusal.recorded = request.method == "POST"
        raise refusal
    return system


def require(*, act: str, allowed: bool) -> None:
    """Raise Forbidden for an act that nothing allows the reader anywhere."""
    if not allowed:
        words = why_not(act, []) or ""
        raise Forbidden("role_missing", words, who_can=[in_words(PERMITS[act].roles)])
