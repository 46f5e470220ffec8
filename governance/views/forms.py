"""What doors with forms share: the reader, the proof of a signature, refusals told at fields."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from governance.rules.figures import number
from ledger.context import current_actor
from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Missing, Refused
from ledger.services.entries import record_refusal
from outbox import clock
from outbox.languages import spoken
from registry.ceremony import PROOFS, SESSION_KEY, reauthenticate_by_form
from registry.services.signatures import Ceremony

PASSWORD = "password"  # noqa: S105  the name of a field


def acting(request: HttpRequest) -> Actor:
    """Return who acts in this request. Raises Forbidden for nobody."""
    actor = current_actor()
    if actor is None or actor.person is None:
        raise Forbidden("not_signed_in", "Sign in first.")
    return actor


def new_key() -> str:
    """Return a key by which a form that is sent twice is known."""
    return uuid4().hex


def proof(request: HttpRequest) -> Ceremony:
    """Return the proof of who signs: given with the form, or a moment ago in this session.

    Raises Forbidden with the field of the proof.
    """
    return reauthenticate_by_form(request)


def asks_password(request: HttpRequest, *, at: datetime, limit: int | None = None) -> bool:
    """Whether the form asks for the password: the last entry in this session is too old to count.

    A minute is left for reading; who takes longer is asked then, with the text kept.
    """
    kept = request.session.get(SESSION_KEY)
    fresh = min(settings.SIGNATURE_FRESH_SECONDS, limit or settings.SIGNATURE_FRESH_SECONDS)
    return kept is None or at - datetime.fromisoformat(kept) > timedelta(seconds=fresh - 60)


def tell(request: HttpRequest, words: str, entry: int | None = None) -> None:
    """Leave a message for the next page, with the number of the ledger entry."""
    told = spoken(words)
    if entry:
        told = _("{words} Recorded as № {number}.").format(words=told, number=number(entry))
    messages.success(request, told)


def put_on_form(form: forms.Form, refusal: Refused) -> str:
    """Tell a refusal at the fields that it names; return what it says of the proof, if it does.

    Returns '' where neither password, code nor passkey is concerned.
    """
    wrong_proof = ""
    for name, words in refusal.fields.items():
        if name in PROOFS:
            wrong_proof = spoken(refusal.reason)
        else:
            form.add_error(name if name in form.fields else None, spoken(words))
    if not refusal.fields:
        form.add_error(None, spoken(refusal.reason))
    return wrong_proof


def note(refusal: Refused, request: HttpRequest) -> None:
    """Write a refusal that is told on the form itself into the ledger, if it must be there."""
    actor = current_actor()
    if refusal.recorded and actor is not None:
        record_refusal(
            refusal=refusal,
            actor=actor,
            at=clock.now(),
            attempted=f"{request.method} {request.path}",
        )


def carry_out(
    request: HttpRequest,
    form: forms.Form,
    *,
    run: Callable[[], str],
    show: Callable[[int, str], HttpResponse],
    done: Callable[[], HttpResponse],
) -> HttpResponse:
    """Do what a form asks and leave for `done` with the words of `run`; tell on it what it lacks.

    `show` draws the page again from a status and what is wrong with the proof ('' where nothing
    is). Raises Refused for what no other entry mends: a thing that is not there, no right to do it.
    """
    if not form.is_valid():
        return show(400, "")
    try:
        words = run()
    except Refused as refusal:
        if isinstance(refusal, Missing) or (refusal.status == 403 and not refusal.fields):
            raise
        note(refusal, request)
        return show(refusal.status, put_on_form(form, refusal))
    tell(request, words)
    return done()
