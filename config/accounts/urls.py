"""Addresses below /accounts/ that stand before those of allauth, some in their place."""

from django.urls import path

from config.accounts import help, means, proving
from config.views import no_own_address, no_own_identity

urlpatterns = [
    path("email/", no_own_address),
    path("3rdparty/", no_own_identity),
    path("3rdparty/signup/", no_own_identity),
    path("reauthenticate/", proving.ByPassword.as_view(), name="account_reauthenticate"),
    path("2fa/reauthenticate/", proving.ByCode.as_view(), name="mfa_reauthenticate"),
    path(
        "2fa/webauthn/reauthenticate/",
        proving.ByPasskey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("confirmed/", proving.confirmed, name="account_confirmed"),
    path("passkey/options/", proving.passkey_options, name="account_passkey_options"),
    path("2fa/", means.Overview.as_view(), name="mfa_index"),
    path("2fa/totp/activate/", means.ActivateApp.as_view(), name="mfa_activate_totp"),
    path("2fa/recovery-codes/", means.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path(
        "2fa/webauthn/keys/<int:pk>/remove/", means.RemoveKey.as_view(), name="mfa_remove_webauthn"
    ),
    path("sessions/", means.sessions, name="account_sessions"),
    path("people/<uuid:user_id>/", help.help_person, name="account_help"),
]
