"""Who must have a second factor reaches nothing else before (GOV-4)."""

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator as Row

from config.identity import REQUIRED_ROLES, check_roles
from ledger.rules.refusals import Misconfigured
from registry.models import User
from tests.config.sign_in.people import (
    add_key,
    browser,
    code_of,
    confirm,
    enter,
    factors_of,
    person,
    with_app,
    with_recovery_codes,
)
from tests.governance.organisation import organised
from tests.registry.factories import AT, role, sign_in, token, unit

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TOTP = "/accounts/2fa/totp/"


@pytest.fixture(autouse=True)
def required(settings):
    settings.REQUIRE_SECOND_FACTOR_FOR = REQUIRED_ROLES


def holding(name):
    who = person()
    role(who, name, unit=unit(), until_at=AT + 300 * DAY if name == "auditor" else None)
    return who


@pytest.mark.parametrize(
    "name", ["administrator", "compliance", "risk", "executive", "board", "emergency"]
)
def test_such_a_role_is_sent_to_set_up_a_factor_and_told_why(client, name):
    sign_in(client, holding(name))

    answer = client.get("/systems/", follow=True)

    assert answer.redirect_chain[0][0] == "/accounts/2fa/?next=%2Fsystems%2F"
    assert "Set up a second factor first" in answer.content.decode()


@pytest.mark.parametrize("name", ["engineer", "auditor", "secretary"])
def test_other_roles_go_on(client, name):
    sign_in(client, holding(name))

    assert client.get("/systems/").status_code == 200


def test_a_role_that_ended_asks_for_nothing(client):
    who = person()
    role(who, "compliance", unit=unit(), at=AT - 9 * DAY, until_at=AT - DAY)
    sign_in(client, who)

    assert client.get("/systems/").status_code == 200


def test_a_role_that_is_given_meanwhile_counts_at_once(client):
    who = person()
    sign_in(client, who)
    role(who, "risk", unit=unit())

    assert client.get("/systems/").status_code == 302


def test_who_sits_in_a_committee_votes_with_a_second_factor_only(client):
    of = organised(levels=())

    answers = []
    for who in (of.members[0], of.substitutes[0]):
        sign_in(client, who)
        answers.append(client.get("/systems/").status_code)

    assert answers == [302, 302]


def test_the_first_account_of_an_installation_needs_one_too(client):
    who = User.objects.create_superuser("root@example.org", "Root", "a-long-enough-password")
    sign_in(client, who)

    assert client.get("/systems/").status_code == 302


def test_the_api_says_it_as_a_problem(client):
    sign_in(client, holding("compliance"))

    answer = client.get("/api/v1/systems/")

    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_needed")
    assert answer.json()["set_up_at"] == "/accounts/2fa/"


@pytest.mark.parametrize("sent", ["Token csn_x", "Bearer x", "Nonsense"])
def test_a_header_does_not_lead_round_it(client, sent):
    sign_in(client, holding("compliance"))

    answer = client.get("/api/v1/systems/", headers={"Authorization": sent})

    assert answer.status_code in (401, 403)


def test_a_service_token_needs_no_second_factor(client):
    _, plaintext = token()

    answer = client.get("/api/v1/me", headers={"Authorization": f"Token {plaintext}"})

    assert answer.status_code == 200


def test_nothing_is_changed_by_a_form_that_is_sent_anyway(client):
    sign_in(client, holding("administrator"))

    answer = client.post("/tokens/new/", {"name": "x"})

    assert answer.status_code == 403
    assert "second factor" in answer.content.decode()


def test_setting_up_signing_out_and_health_stay_open(client):
    who = holding("administrator")
    enter(client, who)

    paths = ["/accounts/2fa/", "/accounts/reauthenticate/", "/accounts/logout/", "/health/"]
    answers = [client.get(path).status_code for path in paths]
    confirm(client)

    assert answers == [200, 200, 200, 200]
    assert client.get(f"{TOTP}activate/").status_code == 200


def test_with_an_app_everything_is_open_again(client):
    who = holding("administrator")
    enter(client, who)
    confirm(client)
    client.get(f"{TOTP}activate/")

    client.post(f"{TOTP}activate/", {"code": code_of(client.session["mfa.totp.secret"])})

    assert client.get("/tokens/").status_code == 200


def test_a_passkey_is_a_second_factor_too():
    client = browser()
    who = holding("administrator")
    enter(client, who)
    confirm(client)

    add_key(client, alone=False)

    assert client.get("/tokens/").status_code == 200


def test_recovery_codes_alone_are_none(client):
    who = holding("compliance")
    with_recovery_codes(who)
    sign_in(client, who)

    assert client.get("/systems/").status_code == 302


def test_the_last_factor_stays_where_one_is_needed(client):
    who = holding("administrator")
    secret = with_app(who)
    enter(client, who)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    confirm(client)

    answer = client.post(f"{TOTP}deactivate/")

    assert "your role needs one" in answer.content.decode()
    assert factors_of(who) == ["totp"]


def test_the_last_passkey_stays_where_one_is_needed():
    client = browser()
    who = holding("administrator")
    enter(client, who)
    confirm(client)
    add_key(client)
    key = Row.objects.get(user=who, type="webauthn").pk

    answer = client.post(f"/accounts/2fa/webauthn/keys/{key}/remove/", follow=True)

    assert "your role needs one" in answer.content.decode()
    assert "webauthn" in factors_of(who)


def test_one_of_two_may_go():
    client = browser()
    who = holding("administrator")
    enter(client, who)
    confirm(client)
    add_key(client)
    with_app(who)

    client.post(f"{TOTP}deactivate/")

    assert factors_of(who) == ["recovery_codes", "webauthn"]


def test_the_demo_says_that_nothing_is_required(client, settings):
    settings.DEMO, settings.REQUIRE_SECOND_FACTOR_FOR = True, frozenset()
    sign_in(client, holding("administrator"))

    page = client.get("/accounts/2fa/").content.decode()

    assert "no role needs a second factor here" in page


def test_a_role_that_does_not_exist_is_refused_at_the_start():
    with pytest.raises(Misconfigured, match="wizard"):
        check_roles(["compliance", "wizard"])
