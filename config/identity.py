"""Sign-in settings from the environment: who needs a second factor, OIDC, SAML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import environ

from ledger.rules.refusals import Misconfigured

# Who decides, who may stop systems, who gives access; 'voter' is anybody with a committee's seat.
REQUIRED_ROLES = frozenset(
    {"administrator", "compliance", "risk", "executive", "board", "emergency", "voter"}
)
KNOWN_ROLES = REQUIRED_ROLES | {"secretary", "auditor", "engineer", "everybody"}
SAML_APPLICATION = "allauth.socialaccount.providers.saml"
SAML_PACKAGE = "onelogin"


@dataclass(frozen=True, slots=True)
class Oidc:
    """An OpenID provider; `mfa_acr` and `mfa_amr` are claims that stand for a second factor."""

    issuer: str
    client_id: str
    secret: str
    name: str
    scopes: tuple[str, ...]
    token_auth_method: str
    trusts_address: bool
    mfa_acr: frozenset[str]
    mfa_amr: frozenset[str]
    origins: tuple[str, ...]

    def app(self) -> dict[str, Any]:
        """Return it as allauth is told of it."""
        settings: dict[str, Any] = {
            "server_url": self.issuer,
            "oauth_pkce_enabled": True,
            "scope": list(self.scopes),
        }
        if self.token_auth_method:
            settings["token_auth_method"] = self.token_auth_method
        return {
            "provider_id": "oidc",
            "name": self.name,
            "client_id": self.client_id,
            "secret": self.secret,
            "settings": settings,
        }


@dataclass(frozen=True, slots=True)
class Saml:
    """A SAML identity provider, by its metadata's address or by its three values."""

    name: str
    client_id: str
    settings: Mapping[str, Any]
    trusts_address: bool
    origins: tuple[str, ...]
    application: str = SAML_APPLICATION

    def app(self) -> dict[str, Any]:
        """Return it as allauth is told of it."""
        return {
            "provider_id": "saml",
            "name": self.name,
            "client_id": self.client_id,
            "settings": dict(self.settings),
        }


def check_roles(roles: Sequence[str]) -> frozenset[str]:
    """Return the roles of REQUIRE_SECOND_FACTOR_FOR. Raises Misconfigured for an unknown one."""
    unknown = sorted(set(roles) - KNOWN_ROLES)
    if unknown:
        raise Misconfigured(
            f"REQUIRE_SECOND_FACTOR_FOR names {unknown[0]!r}; known are "
            f"{', '.join(sorted(KNOWN_ROLES))}."
        )
    return frozenset(roles)


def oidc_of(env: environ.Env, *, plain_http: bool) -> Oidc | None:
    """Return the provider of OIDC_*, None without OIDC_ISSUER. Raises Misconfigured.

    `plain_http` allows a provider without TLS, as tests and demos run one.
    """
    issuer = env.str("OIDC_ISSUER", default="").rstrip("/")
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if parts.scheme != "https" and not (plain_http and parts.scheme == "http"):
        raise Misconfigured(f"OIDC_ISSUER must be an https address, not {issuer!r}.")
    client_id = env.str("OIDC_CLIENT_ID", default="")
    if not client_id:
        raise Misconfigured("OIDC_ISSUER is set but OIDC_CLIENT_ID is not.")
    return Oidc(
        issuer=issuer,
        client_id=client_id,
        secret=env.str("OIDC_CLIENT_SECRET", default=""),
        name=env.str("OIDC_NAME", default="Single sign-on"),
        scopes=tuple(env.list("OIDC_SCOPES", default=["openid", "profile", "email"])),
        token_auth_method=env.str("OIDC_TOKEN_AUTH_METHOD", default=""),
        trusts_address=env.bool("OIDC_TRUST_EMAIL", default=False),
        mfa_acr=frozenset(env.list("OIDC_MFA_ACR", default=[])),
        mfa_amr=frozenset(env.list("OIDC_MFA_AMR", default=["mfa"])),
        origins=(_origin(issuer), *env.list("OIDC_ORIGINS", default=[])),
    )


def saml_of(env: environ.Env) -> Saml | None:
    """Return the provider of SAML_*, None without them. Raises Misconfigured.

    The package that speaks SAML is an extra: whoever sets SAML_* without it is told its name.
    """
    metadata = env.str("SAML_METADATA_URL", default="")
    entity, sso = env.str("SAML_ENTITY_ID", default=""), env.str("SAML_SSO_URL", default="")
    if not (metadata or entity or sso):
        return None
    if find_spec(SAML_PACKAGE) is None:
        raise Misconfigured(
            "SAML_* is set, but the package that speaks SAML is not installed: "
            "pip install 'countersign[saml]'."
        )
    certificate = env.str("SAML_CERTIFICATE", default="")
    if not metadata and not (entity and sso and certificate):
        raise Misconfigured(
            "SAML needs SAML_METADATA_URL, or SAML_ENTITY_ID, SAML_SSO_URL and SAML_CERTIFICATE."
        )
    provider: dict[str, Any] = {"entity_id": entity} if entity else {}
    provider |= (
        {"metadata_url": metadata} if metadata else {"sso_url": sso, "x509cert": certificate}
    )
    return Saml(
        name=env.str("SAML_NAME", default="Single sign-on"),
        client_id=env.str("SAML_ORGANISATION", default="countersign"),
        settings=_saml_settings(env, provider),
        trusts_address=env.bool("SAML_TRUST_EMAIL", default=False),
        origins=(_origin(sso or metadata), *env.list("SAML_ORIGINS", default=[])),
    )


def _saml_settings(env: environ.Env, provider: dict[str, Any]) -> dict[str, Any]:
    return {
        "idp": provider,
        "attribute_mapping": {
            "uid": env.str("SAML_UID", default="urn:oasis:names:tc:SAML:attribute:subject-id"),
            "email": env.str("SAML_EMAIL", default="urn:oid:0.9.2342.19200300.100.1.3"),
        },
        "advanced": {
            "reject_idp_initiated_sso": True,
            "want_assertion_signed": True,
            "authn_request_signed": False,
        },
    }


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
