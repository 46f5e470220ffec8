"""The provider as allauth knows it: PKCE, a nonce, and nothing that a visitor can change."""

import secrets
from collections.abc import Sequence
from typing import Any

from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.http import HttpRequest, HttpResponse

from config.single_sign_on.claims import kept, subject_of
from config.single_sign_on.protocol import Connection


class Provider(OpenIDConnectProvider):
    """OpenID Connect with one provider, set by the environment."""

    oauth2_adapter_class = Connection
    supports_token_authentication = False

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        """Send the visitor to the provider; the nonce comes back in the ID token."""
        nonce = secrets.token_urlsafe(24)
        kwargs["auth_params"] = {**(kwargs.get("auth_params") or {}), "nonce": nonce}
        data = {**(data or {}), "nonce": nonce}
        return super().redirect(request, process, next_url=next_url, data=data, **kwargs)

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        """Return what the site asks for; allauth would take more from the address."""
        return dict(self.get_auth_params())

    def get_scope_from_request(self, request: HttpRequest) -> Sequence[str]:
        """Return the scopes of the site; allauth would take more from the address."""
        return list(self.get_scope())

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return the person's name at the provider."""
        return subject_of(data["id_token"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return what is kept beside the link."""
        return kept(data["id_token"])


provider_classes = [Provider]
