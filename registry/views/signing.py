"""What pages that sign share: whether a proof is asked for, and how a wrong one is told."""

from datetime import datetime, timedelta

from django import forms
from django.conf import settings
from django.http import HttpRequest

from ledger.rules.refusals import Forbidden
from registry.ceremony import PROOFS, SESSION_KEY
from registry.views.refused import put_on_form

READING = timedelta(seconds=60)


def asks_proof(request: HttpRequest, *, at: datetime) -> bool:
    """Whether the form asks for a proof: the last one in this session is too old to count.

    A minute is left for reading.
    """
    kept = request.session.get(SESSION_KEY)
    limit = timedelta(seconds=settings.SIGNATURE_FRESH_SECONDS) - READING
    return kept is None or at - datetime.fromisoformat(kept) > limit


def tell_proof(form: forms.Form, refusal: Forbidden, request: HttpRequest) -> None:
    """Tell above the form that the proof was wrong or missing. Raises any other refusal again."""
    if not set(refusal.fields) & set(PROOFS):
        raise refusal
    refusal.fields = {}
    put_on_form(form, refusal, request)
