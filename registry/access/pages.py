"""What the doors of one system ask first: who may see it, who may act on it, at which instant."""

from datetime import datetime

from django.http import HttpRequest
from rest_framework.request import Request

from ledger.rules.refusals import Forbidden
from ledger.rules.worded import worded
from outbox import clock
from registry.access.instants import Moment, moment_of
from registry.access.permissions import actor_of, visible_system
from registry.models import System
from registry.rules.permits import PERMITS, in_words, why_not
from registry.selectors.permits import refusal_for_system


def asked(request: HttpRequest | Request, slug: str) -> tuple[System, Moment]:
    """Return a system that the reader may see now, and the instant that they ask for.

    Raises Missing, also for an instant before the system was registered; Invalid.
    """
    now = clock.now()
    found = visible_system(request, slug, now)
    moment = moment_of(request, now=now)
    moment.require(began=found.registered_at, what=worded("{name} was registered", name=found.name))
    return found, moment


def system_to_act_on(request: HttpRequest, slug: str, *, act: str, at: datetime) -> System:
    """Return a system on which the reader may do this. Raises Missing; Forbidden with who can."""
    system = visible_system(request, slug, at)
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
