"""The help inside the product: guides by role, articles by page, what a field serves."""

import importlib
import re
from functools import cache

import pytest
import yaml
from django.conf import settings
from django.test import Client

from config.manual.articles import GUIDES, articles, file_of, page_of
from config.manual.serving import FORMS, names_of, served_by
from config.manual.topics import ABOUT, GUIDE_OF, article_about, guides_for
from config.navigation import PAGES, SYSTEM_PAGES
from registry.models import RoleAssignment
from tests.incidents.factory import grant, person
from tests.registry.factories import unit

INSIDE = re.compile(r'href="(/help/[^"#]*)(?:#([^"]*))?"')


def signed_in(user):
    """A browser of somebody."""
    client = Client()
    client.force_login(user)
    return client


def slugs():
    """The slugs of all articles."""
    return [one.slug for one in articles()]


def test_every_role_has_a_guide_and_every_guide_is_listed_as_one():
    assert set(RoleAssignment.Role.values) <= set(GUIDE_OF)
    assert set(GUIDE_OF.values()) <= set(slugs())
    assert {one.slug for one in articles() if one.guide} == set(GUIDES)


@pytest.mark.parametrize("name", [page[0] for _, pages in PAGES for page in pages])
def test_every_page_of_the_rail_has_an_article(name):
    assert article_about(name) in slugs()


@pytest.mark.parametrize("name", [page[0] for page in SYSTEM_PAGES])
def test_every_page_of_a_system_has_an_article(name):
    assert article_about(name) in slugs()


def test_a_page_is_told_about_by_the_longest_name_that_fits():
    assert article_about("system-thresholds") == "thresholds"
    assert article_about("system-profile") == "systems"
    assert article_about("nowhere") is None
    assert set(ABOUT.values()) <= set(slugs())


def test_who_holds_no_role_is_shown_the_guide_of_owners():
    assert guides_for([]) == ["owners"]
    assert guides_for(["risk", "compliance"]) == ["compliance"]


@pytest.mark.parametrize("slug", slugs())
def test_every_article_is_drawn_and_its_links_lead_somewhere(slug):
    title, page = page_of(slug)

    assert title
    assert page.html
    assert "](" not in re.sub(r"<(code|pre)[^>]*>.*?</\1>", "", page.html, flags=re.S)
    for address, anchor in INSIDE.findall(page.html):
        _, other = page_of(address.removeprefix("/help/").rstrip("/"))
        assert not anchor or f'id="{anchor}"' in other.html, f"{address}#{anchor}"


def test_html_in_an_article_is_shown_as_text(tmp_path, settings):
    drawing = importlib.import_module("config.manual.drawing")

    _, html = drawing.drawn("<script>alert(1)</script> [x](javascript:alert)", folder=tmp_path)

    assert "<script" not in html
    assert "javascript:" not in html.replace("[x](javascript:alert)", "")


@pytest.mark.parametrize("slug", ["../secret", "etc", "README", "a" * 61, "decisions-0001"])
def test_only_articles_are_read(slug):
    assert file_of(slug) is None


def test_the_help_opens_with_the_guide_of_the_reader_s_role(db):
    reader = person(unit=unit())
    grant(reader, "auditor", unit=reader.unit)

    page = signed_in(reader).get("/help/").content.decode()

    mine, _, rest = page.partition('id="help-guides"')
    assert "/help/auditors/" in mine
    assert "/help/owners/" in rest


def test_help_about_a_page_opens_its_article(db):
    client = signed_in(person(unit=unit()))

    assert client.get("/help/?about=packs").url == "/help/packs/"
    assert client.get("/help/?about=%00").status_code == 200
    assert client.get("/help/packs/").status_code == 200
    assert client.get("/help/no-such/").status_code == 404


def fields_that_serve():
    """Each form and field that is said to serve something, with the provisions."""
    return [
        (form, field, served) for form, fields in FORMS.items() for field, served in fields.items()
    ]


@cache
def provisions():
    """The ids of the law and the standard, as the reference data has them."""
    folder = settings.BASE_DIR / "registry/reference"
    texts = [
        (folder / f"{name}.yaml").read_text(encoding="utf-8") for name in ("ai_act", "iso_42001")
    ]
    return {row["id"] for text in texts for row in yaml.safe_load(text)["provisions"]}


def form_class(name):
    """The class of a form by its listed name."""
    app, _, wanted = name.partition(".")
    folder = settings.BASE_DIR / app / "forms"
    for file in sorted(folder.glob("*.py")):
        module = importlib.import_module(f"{app}.forms.{file.stem}")
        found = getattr(module, wanted, None)
        if found is not None and found.__module__ == module.__name__:
            yield found


@pytest.mark.parametrize(("form", "field", "served"), fields_that_serve())
def test_what_a_field_serves_is_a_field_and_provisions_that_exist(form, field, served):
    holders = [one for one in form_class(form) if field in one.base_fields]

    assert holders
    assert set(served) <= provisions()


def test_a_field_shows_what_it_serves_with_a_link():
    form = next(form_class("registry.WhatFor"))

    found = served_by(names_of(form), "purpose")

    assert [one.label for one in found] == ["AI Act Art. 26(1)", "ISO/IEC 42001 A.9.4"]
    assert found[0].url == "/law/ai-act/AIA-26.1/"
    assert served_by(names_of(form), "name") == []
