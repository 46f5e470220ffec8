"""The code flow behind the scenes: discovery, the ID token, the person's own claims."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from config.single_sign_on.claims import Refused, read_id_token


class Connection(OpenIDConnectOAuth2Adapter):
    """The connection to the provider for one request. `state` is what was stashed on leaving."""

    state: dict[str, Any] | None = None

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's discovery document; it must speak for the issuer that was configured."""
        found: dict[str, Any] = super().openid_config
        provider = settings.OIDC
        if provider is None or str(found.get("issuer", "")).rstrip("/") != provider.issuer:
            raise Refused("the provider's discovery document names another issuer")
        return found

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> Any:
        """Return who the provider says it is. Raises Refused."""
        given = kwargs["response"].get("id_token")
        if not given:
            raise Refused("the provider sent no ID token")
        config = self.openid_config
        claims = read_id_token(
            given, keys=self._keys(config), issuer=config["issuer"], client=app.client_id
        )
        expected = ((self.state or {}).get("data") or {}).get("nonce", "")
        if not expected or not constant_time_compare(str(claims.get("nonce", "")), expected):
            raise Refused("the ID token answers another request (nonce)")
        data = {"id_token": claims}
        if "email" not in claims and config.get("userinfo_endpoint"):
            data["userinfo"] = self._person(token.token, claims)
        return self.get_provider().sociallogin_from_response(request, data)

    def _keys(self, config: dict[str, Any]) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            answer = session.get(config["jwks_uri"])
            answer.raise_for_status()
            found = answer.json()
        return found if isinstance(found, dict) else {}

    def _person(self, access_token: str, claims: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._fetch_user_info(access_token)
        if found.get("sub") != claims["sub"]:
            raise Refused("the provider described another person than the ID token names")
        return found


class Callback(OAuth2CallbackView):
    """The way back: the state must be one that this session left with, and is good once."""

    def _get_state(self, request: HttpRequest, provider: Any) -> tuple[Any, Any]:
        state, response = super()._get_state(request, provider)
        self.adapter.state = state
        return state, response
