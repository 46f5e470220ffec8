"""What stands on every page twice is kept as it was drawn, but for what is the request's own."""

import re

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import translation

from config.navigation import navigation
from tests.registry.factories import role, sign_in, unit, user

NEXT = re.compile(r'name="next" value="([^"]*)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def marked(path):
    """Return the addresses that the rail marks as the present page."""
    groups = navigation(path=path, roles=frozenset())
    return [link.url for group in groups for link in group.links if link.current]


def rail(path):
    """Draw the rail of a page."""
    shown = Context({"nav": navigation(path=path, roles=frozenset())})
    return Template("{% load rail %}{% rail nav 'nav' %}").render(shown)


def test_the_rail_marks_the_page_and_what_lies_below_it_and_no_other():
    assert marked("/incidents/") == ["/incidents/"]
    assert marked("/incidents/INC-2026-0001/") == ["/incidents/"]
    assert marked("/systems/") == ["/systems/"]
    assert marked("/nowhere/") == []


def test_the_rail_is_drawn_for_each_page_and_language():
    english, other = rail("/incidents/"), rail("/systems/")
    with translation.override("de"):
        german = rail("/incidents/")

    assert 'href="/incidents/" aria-current="page">Incidents' in english
    assert 'href="/systems/" aria-current="page">Systems' in other
    assert 'href="/incidents/" aria-current="page">Vorfälle' in german
    assert rail("/incidents/") == english


@pytest.mark.django_db
def test_the_readers_own_forms_lead_back_to_the_page_and_carry_the_requests_token():
    reader = user(of=unit())
    role(reader, "compliance", unit=reader.unit)
    client, other = sign_in(Client(), reader), sign_in(Client(), user(of=reader.unit))

    systems = client.get("/systems/?q=a&kind=agent").content.decode()
    incidents = other.get("/incidents/").content.decode()

    # Appearance and language, in the rail's menu and in the top bar.
    assert NEXT.findall(systems) == ["/systems/?q=a&amp;kind=agent"] * 4
    assert NEXT.findall(incidents) == ["/incidents/"] * 4
    assert len(set(TOKEN.findall(systems))) == len(set(TOKEN.findall(incidents))) == 1
    assert set(TOKEN.findall(systems)) != set(TOKEN.findall(incidents))


@pytest.mark.django_db
def test_the_token_of_the_readers_own_forms_is_taken():
    reader = user(of=unit())
    client = sign_in(Client(enforce_csrf_checks=True), reader)
    page = client.get("/systems/").content.decode()

    body = {"theme": "dark", "next": "/systems/"}
    without = client.post("/theme/", body)
    given = client.post("/theme/", body | {"csrfmiddlewaretoken": TOKEN.findall(page)[0]})

    assert (without.status_code, given.status_code) == (403, 302)
    shown = client.get("/systems/").content.decode()
    assert shown.count('name="theme" value="dark" aria-pressed="true"') == 2
