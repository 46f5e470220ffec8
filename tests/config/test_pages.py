"""The pages around the work: sign-in, errors, the account, the design page, the shell."""

import re

import pytest
from django.test import Client

from ledger.context import acting_as
from ledger.rules.actors import machine
from registry.models.people import User

pytestmark = pytest.mark.django_db

INLINE = re.compile(r"<[^<>]*\s(style|on[a-z]+)=|<style|<script(?![^>]*\b(src=|application/json))")


@pytest.mark.parametrize(
    "address",
    ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/"],
)
def test_a_signed_out_page_is_in_the_design_and_fits_the_strict_policy(client: Client, address):
    page = client.get(address).content.decode()

    assert 'class="plain__paper"' in page
    assert INLINE.search(page) is None


def test_a_wrong_password_is_said_at_the_top_and_keeps_the_address(client: Client):
    sent = {"login": "nobody@nordhaven.example", "password": "wrong"}

    page = client.post("/accounts/login/", sent).content.decode()

    assert "Not signed in." in page
    assert 'value="nobody@nordhaven.example"' in page


def test_an_address_without_a_page_says_so_with_its_code(client: Client):
    answer = client.get("/there-is-nothing-here/")

    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


def test_a_form_from_another_session_is_refused_in_words():
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post("/accounts/login/", {"login": "a@b.example", "password": "x"})

    assert answer.status_code == 403
    assert "This form is no longer valid" in answer.content.decode()


def test_the_chosen_theme_is_set_by_the_server(client: Client):
    client.cookies["theme"] = "dark"

    page = client.get("/accounts/login/").content.decode()

    assert 'data-theme="dark"' in page


def test_a_theme_that_does_not_exist_is_ignored(client: Client):
    client.cookies["theme"] = "glass"

    page = client.get("/accounts/login/").content.decode()

    assert "data-theme" not in page


def test_the_design_page_shows_every_component(client: Client):
    page = client.get("/design/").content.decode()

    for name in ("stages", "signature", "notice", "gate", "vote", "chart", "record", "progress"):
        assert f'class="{name}' in page
    assert INLINE.search(page) is None


@pytest.fixture
def reader(client: Client) -> Client:
    person = User(email="maren@nordhaven.example", name="Maren Vogt")
    person.set_password("a-password-for-a-test")
    with acting_as(machine("set-up", kind="command")):
        person.save()
    client.post("/accounts/login/", {"login": person.email, "password": "a-password-for-a-test"})
    client.post("/accounts/reauthenticate/", {"password": "a-password-for-a-test"})
    return client


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/logout/",
        "/accounts/reauthenticate/",
    ],
)
def test_a_page_of_the_account_is_in_the_design_and_fits_the_strict_policy(reader, address):
    answer = reader.get(address)
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "Countersign</title>" in page
    assert "countersign.css" in page
    assert INLINE.search(page) is None


def test_the_shell_names_the_reader_and_lets_them_sign_out(reader):
    page = reader.get("/design/").content.decode()

    assert '<span class="person__name">Maren Vogt</span>' in page
    assert 'action="/accounts/logout/"' in page
