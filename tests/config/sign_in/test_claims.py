"""What an ID token must say: each way in which it proves nothing is refused (GOV-4).

The provider is a stand-in here that answers in this process; test_single_sign_on.py has a real one.
"""

import time
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from config.identity import Oidc
from config.single_sign_on.claims import (
    Refused,
    read_id_token,
    subject_of,
    vouches_for_second_factor,
)
from tests.config.sign_in.people import door, entries, person, refused, signed_in_as

ISSUER, CLIENT = "https://id.example.org", "countersign"
LOGIN, BACK = "/accounts/oidc/oidc/login/", "/accounts/oidc/oidc/login/callback/"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PROVIDER = Oidc(
    issuer=ISSUER,
    client_id=CLIENT,
    secret="between-us-two",
    name="Nordhaven ID",
    scopes=("openid", "email"),
    token_auth_method="client_secret_post",
    trusts_address=False,
    mfa_acr=frozenset({"urn:two"}),
    mfa_amr=frozenset({"mfa"}),
    origins=(ISSUER,),
)


def published(key=KEY, **changes):
    found = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return found | {"kid": "one", "use": "sig"} | changes


def claims(**changes):
    now = int(time.time())
    said = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "person-7",
        "iat": now,
        "exp": now + 300,
        "auth_time": now,
        "nonce": "n",
        "email": "lena@example.org",
        "email_verified": True,
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def signed(said=None, *, key=KEY, algorithm="RS256", kid="one"):
    headers = {"kid": kid} if kid else {}
    return jwt.encode(said or claims(), key, algorithm=algorithm, headers=headers)


def read(token, keys=None):
    keys = keys or {"keys": [published()]}
    return read_id_token(token, keys=keys, issuer=ISSUER, client=CLIENT)


def test_a_good_token_is_read():
    assert read(signed())["sub"] == "person-7"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://id.example.com"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": []},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"sub": None},
    ],
)
def test_a_token_that_says_something_else_is_refused(changes):
    with pytest.raises(Refused):
        read(signed(claims(**changes)))


def test_a_token_by_another_key_is_refused():
    with pytest.raises(Refused):
        read(signed(key=OTHER))


def test_a_token_by_a_key_that_is_not_published_is_refused():
    with pytest.raises(Refused):
        read(signed(kid="two"))


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_anybody_could_make_is_refused(algorithm):
    forged = jwt.encode(
        claims(), None if algorithm == "none" else "x" * 40, algorithm, headers={"kid": "one"}
    )

    with pytest.raises(Refused):
        read(forged)


def test_a_published_secret_is_no_key():
    forged = jwt.encode(claims(), "x" * 40, "HS256", headers={"kid": "one"})

    with pytest.raises(Refused):
        read(forged, {"keys": [{"kty": "oct", "k": "eHh4", "kid": "one"}]})


@pytest.mark.parametrize("keys", [{}, {"keys": None}, {"keys": [7]}, {"keys": [{"kid": "one"}]}])
def test_keys_that_are_none_are_refused(keys):
    with pytest.raises(Refused):
        read(signed(), keys or {"nothing": 1})


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "\x00", "é.é.é"])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(Refused):
        read(token)


def test_another_provider_never_speaks_for_the_same_person():
    assert subject_of(claims()) != subject_of(claims(iss="https://id.example.com"))


@pytest.mark.parametrize(
    ("said", "vouched"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "urn:two"}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": "mfa"}, False),
        ({"acr": ["urn:two"]}, False),
        ({}, False),
    ],
)
def test_only_what_is_configured_stands_for_a_second_factor(said, vouched):
    assert vouches_for_second_factor(said, PROVIDER) is vouched


# ------------------------------------------------------------------ the whole way, in this process


class StandIn:
    """The provider's side of the wire: discovery, keys, the token of the code."""

    def __init__(self):
        self.said, self.sent, self.config = {}, {}, {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def get(self, url, **more):
        if url.endswith("openid-configuration"):
            found = {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
            }
            return reply(found | self.config)
        return reply({"keys": [published()]})

    def request(self, method, url, **more):
        self.sent = more["data"]
        return reply({"access_token": "a", "id_token": signed(claims(**self.said))})


def reply(body):
    return SimpleNamespace(
        json=lambda: body,
        raise_for_status=lambda: None,
        status_code=200,
        headers={"content-type": "application/json"},
    )


@pytest.fixture
def there(settings, monkeypatch):
    """A stand-in for the provider, and the site configured for it."""
    settings.OIDC, settings.SINGLE_SIGN_ON = PROVIDER, True
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [PROVIDER.app()]}}
    provider = StandIn()
    monkeypatch.setattr(
        "config.single_sign_on.adapter.SingleSignOnAdapter.get_requests_session",
        lambda adapter: provider,
    )
    return provider


def through(client, there, **said):
    """Leave for the provider and come back with an ID token that says this."""
    asked = parse_qs(urlsplit(client.post(LOGIN)["Location"]).query)
    there.said = {"nonce": asked["nonce"][0]} | said
    return client.get(f"{BACK}?code=c&state={asked['state'][0]}")


@pytest.mark.django_db
def test_the_code_is_exchanged_with_its_verifier_and_signs_in(client, there):
    who = person(email="lena@example.org")

    through(client, there)

    assert signed_in_as(client) == who
    assert len(there.sent["code_verifier"]) >= 43


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://id.example.com"},
        {"aud": "another-client"},
        {"exp": 1_700_000_000},
        {"email_verified": False},
        {"email_verified": "true-ish"},
        {"email": "nobody@example.org"},
        {"email": ["lena@example.org"]},
        {"email": None},
        {"sub": 7},
    ],
)
def test_an_answer_that_proves_nothing_signs_nobody_in(client, there, said):
    person(email="lena@example.org")

    answer = through(client, there, **said)

    assert answer.status_code in (403, 502)
    assert signed_in_as(client) is None


@pytest.mark.django_db
def test_a_discovery_document_of_somebody_else_is_not_followed(client, there):
    person(email="lena@example.org")
    asked = parse_qs(urlsplit(client.post(LOGIN)["Location"]).query)
    there.config = {"issuer": "https://id.example.com"}

    answer = client.get(f"{BACK}?code=c&state={asked['state'][0]}")

    assert answer.status_code in (403, 502)
    assert signed_in_as(client) is None


@pytest.mark.django_db
def test_a_refused_answer_is_on_record(client, there):
    through(client, there, nonce="another")

    assert b"single sign-on: unproved" in bytes(entries("user.sign_in_failed")[0].body)


@pytest.mark.django_db
def test_an_old_sign_in_there_is_no_fresh_proof_here(client, there):
    who = person(email="lena@example.org")

    through(client, there, auth_time=int(time.time()) - 3600)

    assert signed_in_as(client) == who
    assert refused(door(who, client)) == "reauthentication_needed"


@pytest.mark.django_db
def test_without_configuration_there_is_no_such_door(client):
    answers = [client.post(LOGIN), client.get(BACK), client.post("/accounts/oidc/other/login/")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert "single sign-on" not in client.get("/accounts/login/").content.decode().lower()
