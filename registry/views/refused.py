"""How a form shows what a service refused; what must be on record is written there too."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from ledger.rules.refusals import Forbidden, Missing, Refused
from ledger.services.entries import record_refusal
from outbox import clock
from outbox.languages import spoken
from registry.access import actor_of


def put_on_form(form: Any, refusal: Refused, request: HttpRequest) -> None:
    """Put a refusal beside its fields, or above the form with who could instead."""
    if refusal.recorded:
        record_refusal(
            refusal=refusal,
            actor=actor_of(request),
            at=clock.now(),
            attempted=f"{request.method} {request.path}",
        )
    known = {name: words for name, words in refusal.fields.items() if name in form.fields}
    for name, words in known.items():
        form.add_error(name, spoken(words))
    if not known:
        form.add_error(None, in_full(refusal))


def in_full(refusal: Refused) -> str:
    """Say why, and who can, in the reader's language."""
    reason = spoken(refusal.reason)
    if not refusal.who_can:
        return reason
    who = ", ".join(spoken(one) for one in refusal.who_can)
    return _("%(reason)s Who can: %(who)s.") % {"reason": reason, "who": who}


def take(form: Any, refusal: Refused, request: HttpRequest) -> None:
    """Put a refusal on the form, but raise what is about the reader and not about what was typed.

    What they may not do at all, and what is not there, is a page of its own.
    """
    if isinstance(refusal, Forbidden | Missing) and not set(refusal.fields) & set(form.fields):
        raise refusal
    put_on_form(form, refusal, request)
