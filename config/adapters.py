"""Sign-in through allauth: accounts are made by administrators, every sign-in is on record."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest

from ledger.context import acting_as, enter
from outbox import clock
from registry.access import anonymous_actor, person_actor
from registry.ceremony import note_sign_in
from registry.models import User
from registry.services.sign_ins import (
    record_failed_sign_in,
    record_means,
    record_sign_in,
    record_sign_out,
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """No sign-up; sign-ins, failed ones, sign-outs and changed means are ledger entries."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themselves."""
        return False

    @transaction.atomic
    def login(self, request: HttpRequest, user: User) -> None:
        """Sign the person in and record it."""
        super().login(request, user)
        actor = person_actor(request, user)
        enter(actor)
        at = clock.now()
        note_sign_in(request, at=at)
        record_sign_in(user=user, actor=actor, at=at)

    @transaction.atomic
    def logout(self, request: HttpRequest) -> None:
        """Record who leaves, then sign them out."""
        user = request.user
        if isinstance(user, User):
            record_sign_out(user=user, actor=person_actor(request, user), at=clock.now())
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record a failed sign-in: the address that was tried as typed, nothing else."""
        super().authentication_failed(request, **credentials)
        tried = str(credentials.get("email") or credentials.get("username") or "")
        record_failed_sign_in(
            tried=tried,
            known=User.objects.filter(email__iexact=tried).first(),
            actor=anonymous_actor(request),
            at=clock.now(),
        )

    def set_password(self, user: User, password: str) -> None:
        """Save a new password as the person whose it is, also where a mailed link proved them."""
        with acting_as(person_actor(self.request, user)):
            super().set_password(user, password)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Called by allauth for every change of a person's means to sign in: record it, tell."""
        with acting_as(person_actor(self.request, user)) as actor:
            record_means(change=template_prefix, user=user, actor=actor, at=clock.now())
        super().send_notification_mail(template_prefix, user, context, email)
