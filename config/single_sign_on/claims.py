"""What an ID token must say, and what its claims stand for (OpenID Connect Core 1.0)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import jwt
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

from config.identity import Oidc

# Signatures by a key pair only: a shared secret would let the provider's clients forge for us.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
LEEWAY_SECONDS = 60
REQUIRED = ["iss", "aud", "exp", "iat", "sub"]
# What of the claims is kept beside the link: who vouched and how, nothing about the person.
KEPT = ("iss", "auth_time", "acr", "amr")


class Refused(OAuth2Error):
    """An answer of the provider that proves nothing; the words say why."""


def read_id_token(
    token: str, *, keys: Mapping[str, Any], issuer: str, client: str
) -> dict[str, Any]:
    """Return the claims of an ID token. Raises Refused.

    Checked are the signature (by a key of the provider), issuer, audience, authorised party,
    expiry and the claims that must be there.
    """
    try:
        header = jwt.get_unverified_header(token)
        claims: dict[str, Any] = jwt.decode(
            token,
            key=_key_of(header, keys),
            algorithms=ALGORITHMS,
            issuer=issuer,
            audience=client,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise Refused(f"the ID token does not hold: {error}") from error
    if isinstance(claims["aud"], list) and claims.get("azp", client) != client:
        raise Refused("the ID token was issued for another client")
    return claims


def _key_of(header: Mapping[str, Any], keys: Mapping[str, Any]) -> Any:
    if header.get("alg") not in ALGORITHMS:
        raise Refused("the ID token is not signed by a key pair")
    known = keys.get("keys")
    if not isinstance(known, list):
        raise Refused("the provider publishes no keys")
    fitting = [key for key in known if isinstance(key, dict) and key.get("use", "sig") == "sig"]
    if "kid" in header:
        fitting = [key for key in fitting if key.get("kid") == header["kid"]]
    if len(fitting) != 1 or fitting[0].get("kty") == "oct":
        raise Refused("no key of the provider fits the ID token")
    return jwt.PyJWK.from_json(json.dumps(fitting[0]), algorithm=header["alg"]).key


def subject_of(claims: Mapping[str, Any]) -> str:
    """Return what names a person at their provider: a hash over issuer and subject.

    With the issuer in it another provider can never speak for the same person.
    """
    return hashlib.sha256(f"{claims['iss']}\n{claims['sub']}".encode()).hexdigest()


def kept(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of the claims."""
    return {name: claims[name] for name in KEPT if name in claims}


def vouches_for_second_factor(claims: Mapping[str, Any], provider: Oidc | None) -> bool:
    """Whether the claims say that the provider asked for a second factor (RFC 8176)."""
    if provider is None:
        return False
    amr = claims.get("amr")
    methods = {str(one) for one in amr} if isinstance(amr, list) else set()
    return str(claims.get("acr", "")) in provider.mfa_acr or bool(methods & provider.mfa_amr)
