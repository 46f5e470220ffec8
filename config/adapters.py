"""Sign-in through allauth: accounts are made by administrators, every sign-in is on record."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest

from ledger.context import enter
from ledger.services.entries import append_entry
from outbox import clock
from registry.access import anonymous_actor, person_actor
from registry.ceremony import note_sign_in
from registry.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """No sign-up; sign-ins and failed sign-ins are ledger entries."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themselves."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign the person in and record it."""
        super().login(request, user)
        actor = person_actor(request, user)
        enter(actor)
        at = clock.now()
        note_sign_in(request, at=at)
        with transaction.atomic():
            append_entry(
                verb="user.signed_in",
                actor=actor,
                at=at,
                subject=("user", str(user.pk), user.name),
            )

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record a failed sign-in: the address that was tried as typed, nothing else."""
        super().authentication_failed(request, **credentials)
        tried = str(credentials.get("email") or credentials.get("username") or "")[:120]
        with transaction.atomic():
            append_entry(
                verb="user.sign_in_failed",
                actor=anonymous_actor(request),
                at=clock.now(),
                subject=("user", tried, tried),
            )
