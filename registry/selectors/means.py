"""By which means a person can prove who they are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from registry.models import RoleAssignment, User
from registry.selectors.people import in_force

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True, slots=True)
class Means:
    """What a person has: a password, an app that shows codes, passkeys, single sign-on."""

    password: bool
    codes: bool
    passkeys: int
    recovery: bool
    single_sign_on: bool

    @property
    def second_factor(self) -> bool:
        """Whether one of them is a second factor."""
        return self.codes or bool(self.passkeys)

    @property
    def only_password(self) -> bool:
        """Whether the password is all that they have."""
        return self.password and not self.second_factor and not self.single_sign_on


def means_of(*, user: User) -> Means:
    """Return a person's means, with two queries."""
    types = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    linked = bool(settings.SINGLE_SIGN_ON) and SocialAccount.objects.filter(user=user).exists()
    return Means(
        password=user.has_usable_password(),
        codes=Authenticator.Type.TOTP in types,
        passkeys=types.count(Authenticator.Type.WEBAUTHN),
        recovery=Authenticator.Type.RECOVERY_CODES in types,
        single_sign_on=linked,
    )


def has_second_factor(*, user_id: UUID) -> bool:
    """Whether a person has an app that shows codes or a passkey."""
    return bool(Authenticator.objects.filter(user_id=user_id, type__in=FACTORS).exists())


def holds_one_of(*, user_id: UUID, roles: Collection[str], at: datetime) -> bool:
    """Whether a person holds one of these roles anywhere, at the instant."""
    rows = RoleAssignment.objects.filter(in_force(at), user_id=user_id, role__in=roles)
    return rows.exists()


def sessions_of(*, user: User) -> list[UserSession]:
    """Return a person's sessions that still open something, newest first."""
    rows = list(UserSession.objects.filter(user=user).order_by("-created_at", "-pk"))
    alive = SessionStore.get_model_class().objects.filter(
        session_key__in=[row.session_key for row in rows]
    )
    keys = set(alive.values_list("session_key", flat=True))
    return [row for row in rows if row.session_key in keys]
