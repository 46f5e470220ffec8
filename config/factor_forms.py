"""Forms of the second factor: what fails is on record and counts against one lock."""

from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ledger.context import acting_as
from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden
from outbox import clock
from registry.access import anonymous_actor, person_actor
from registry.access.guessing import count_failure, refuse_if_locked
from registry.models import User
from registry.services.codes import use_code
from registry.services.sign_ins import record_failed_factor, record_renamed_key, record_used_code

WRONG = _("That did not match. A code is good for half a minute, and for one use.")
WRONG_KEY = _("The passkey did not answer, or it is not yours. Try again, or take another way.")
# What a browser sends for a passkey is a few kilobytes at most.
LONGEST_KEY = 60_000


class CodeForm(forms.Form):
    """The code of an authenticator app, or a recovery code; each is good once."""

    user: User
    authenticator: Authenticator

    def clean_code(self) -> str:
        """Use the code up. Raises ValidationError, which is on record and counted."""
        code, request = str(self.cleaned_data["code"]).strip(), context.request
        _let_in(request, self.user)
        found = _row_of(self.user, code)
        if found is None:
            _note_failure(request, self.user, "code")
            raise ValidationError(WRONG, code="incorrect_code")
        found.user = self.user
        self.authenticator = found
        return code


class SignInCodeForm(CodeForm, AuthenticateForm):
    """At the sign-in."""


class ConfirmCodeForm(CodeForm, ReauthenticateForm):
    """Within a session."""


class KeyForm(forms.Form):
    """A passkey's answer to the question of this session."""

    user: User | None

    def clean_credential(self) -> Authenticator:
        """Check the answer. Raises ValidationError, which is on record and counted."""
        request, user = context.request, self.user
        if user is not None:
            _let_in(request, user)
        try:
            return super().clean_credential()  # type: ignore[misc]  # of the form beside it
        except (ValidationError, TypeError, ValueError, KeyError, AttributeError) as error:
            if user is not None:
                _note_failure(request, user, "passkey")
            raise ValidationError(WRONG_KEY, code="incorrect_code") from error


class SignInKeyForm(KeyForm, AuthenticateWebAuthnForm):
    """As the second factor of a sign-in."""


class ConfirmKeyForm(KeyForm, ReauthenticateWebAuthnForm):
    """Within a session."""


class PasskeyForm(KeyForm, LoginWebAuthnForm):
    """In place of address, password and code; the passkey says whose it is."""


class AddKeyForm(AddWebAuthnForm):
    """A new passkey, with a name to tell it from the others."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        required=False,
        help_text=_("How you tell it from your others: 'phone', 'key on my ring'."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].label = _("Sign in with it alone")
        self.fields["passwordless"].help_text = _(
            "It then asks for your finger, face or PIN each time, and no password is needed."
        )

    def clean(self) -> dict[str, Any]:
        """Refuse what is no passkey at all, in words."""
        try:
            return super().clean()
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise ValidationError(WRONG_KEY, code="incorrect_code") from error


class RenameKeyForm(EditWebAuthnForm):
    """Another name for a passkey."""

    name = forms.CharField(label=_("Name"), max_length=60)

    def save(self) -> Authenticator:
        """Keep the name and put on record that it changed."""
        renamed: Authenticator = super().save()
        user = renamed.user
        actor = person_actor(context.request, user)
        record_renamed_key(user=user, actor=actor, at=clock.now())
        return renamed


def _let_in(request: HttpRequest, user: User) -> None:
    try:
        refuse_if_locked(request, user)
    except Forbidden as refusal:
        # The page of the lock says how long; the middleware of axes shows it.
        request.axes_locked_out = True  # type: ignore[attr-defined]
        request.axes_credentials = {"email": user.email}  # type: ignore[attr-defined]
        raise ValidationError(refusal.reason, code="too_many_login_attempts") from refusal


def _row_of(user: User, code: str) -> Authenticator | None:
    """Return the row whose code this is, the code used up."""
    rows = Authenticator.objects.filter(user=user)
    if use_code(user=user, code=code):
        return rows.get(type=Authenticator.Type.TOTP)
    recovery = rows.filter(type=Authenticator.Type.RECOVERY_CODES).first()
    if recovery is None or not RecoveryCodes(recovery).validate_code(code):
        return None
    recovery.refresh_from_db()
    _note_used(context.request, user, len(RecoveryCodes(recovery).get_unused_codes()))
    return recovery


def _note_used(request: HttpRequest, user: User, left: int) -> None:
    with acting_as(person_actor(request, user)) as actor:
        record_used_code(user=user, left=left, actor=actor, at=clock.now())


def _note_failure(request: HttpRequest, user: User, method: str) -> None:
    actor: Actor = person_actor(request, user) if request.user == user else anonymous_actor(request)
    record_failed_factor(user=user, method=method, actor=actor, at=clock.now())
    count_failure(request, user)
