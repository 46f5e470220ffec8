"""Sign-in settings: what is missing is named at the start (GOV-4)."""

import importlib.util

import environ
import pytest

from config import identity
from config.identity import oidc_of, saml_of
from ledger.rules.refusals import Misconfigured

OIDC = {
    "OIDC_ISSUER": "https://id.example.org/realm/",
    "OIDC_CLIENT_ID": "countersign",
    "OIDC_CLIENT_SECRET": "s",
}
SAML = {
    "SAML_ENTITY_ID": "https://id.example.org/saml",
    "SAML_SSO_URL": "https://login.example.org/saml/sso",
    "SAML_CERTIFICATE": "MIIC",
}


def env(**values):
    """Return an environment with these values alone."""
    made = environ.Env()
    made.ENVIRON = values
    return made


def test_without_settings_there_is_no_single_sign_on():
    assert oidc_of(env(), plain_http=False) is None
    assert saml_of(env()) is None


def test_a_provider_is_told_to_the_library_with_pkce():
    app = oidc_of(env(**OIDC), plain_http=False).app()

    assert app["settings"]["oauth_pkce_enabled"] is True
    assert app["settings"]["server_url"] == "https://id.example.org/realm"


def test_forms_may_lead_to_the_provider():
    made = oidc_of(env(**OIDC, OIDC_ORIGINS="https://login.example.org"), plain_http=False)

    assert made.origins == ("https://id.example.org", "https://login.example.org")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"OIDC_ISSUER": "http://id.example.org"}, "https"),
        ({"OIDC_ISSUER": "id.example.org"}, "https"),
        ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID"),
    ],
)
def test_nonsense_is_refused_at_the_start(changes, words):
    with pytest.raises(Misconfigured, match=words):
        oidc_of(env(**OIDC | changes), plain_http=False)


def test_saml_without_its_package_names_the_extra(monkeypatch):
    monkeypatch.setattr(identity, "SAML_PACKAGE", "no_such_package_at_all")

    with pytest.raises(Misconfigured) as refusal:
        saml_of(env(**SAML))

    assert "pip install 'countersign[saml]'" in str(refusal.value)


def test_saml_is_configured_by_metadata_or_by_its_three_values(monkeypatch):
    monkeypatch.setattr(identity, "SAML_PACKAGE", "json")

    by_values = saml_of(env(**SAML)).app()["settings"]
    by_metadata = saml_of(env(SAML_METADATA_URL="https://id.example.org/metadata")).app()

    assert by_values["idp"]["sso_url"] == SAML["SAML_SSO_URL"]
    assert by_metadata["settings"]["idp"] == {"metadata_url": "https://id.example.org/metadata"}
    assert by_values["advanced"]["reject_idp_initiated_sso"] is True


def test_half_of_saml_is_refused(monkeypatch):
    monkeypatch.setattr(identity, "SAML_PACKAGE", "json")

    with pytest.raises(Misconfigured, match="SAML_CERTIFICATE"):
        saml_of(env(SAML_ENTITY_ID="https://id.example.org/saml"))


def test_the_name_of_the_package_is_the_one_that_speaks_saml():
    provider = importlib.util.find_spec(identity.SAML_APPLICATION)

    source = importlib.util.find_spec(f"{provider.name}.utils").loader.get_data(
        f"{provider.submodule_search_locations[0]}/utils.py"
    )

    assert f"from {identity.SAML_PACKAGE}".encode() in source
