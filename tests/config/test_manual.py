"""The help inside the product: guides by role, articles by page, what a field serves."""

import importlib
import os
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.test import Client
from markdown_it import MarkdownIt

from config.manual import articles as reading
from config.manual import translations
from config.manual.articles import GUIDES, articles, file_of, page_of
from config.manual.serving import FORMS, names_of, served_by
from config.manual.topics import ABOUT, GUIDE_OF, article_about, guides_for
from config.manual.translations import DOCS, NAMED, outdated, unmarked
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


# ---------------------------------------------------------------- in the reader's language
GERMAN = DOCS / "de"
TRANSLATED = sorted(file.relative_to(GERMAN).as_posix() for file in GERMAN.rglob("*.md"))


def named(english):
    """The line by which a translation names its English text."""
    return f"<!-- from {sha256(english.encode()).hexdigest()[:NAMED]} -->\n"


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder of articles in the place of docs/: three, of which one is German too."""
    english = "# Packs\n\nRead [the desk](desk.md#your-day).\n\n## Inside\n"
    texts = {
        "README.md": "| [packs.md](packs.md) | what is in them |\n"
        "| [desk.md](desk.md) | what waits |\n| [new.md](new.md) | not in the German table |\n",
        "packs.md": english,
        "desk.md": "# Desk\n\n## Your day\n\nIt begins.\n",
        "new.md": "# New\n\nText.\n",
        "de/README.md": "| [Pakete](packs.md) | was darin ist |\n"
        "| [Schreibtisch](desk.md) | was wartet |\n",
        "de/packs.md": f"{named(english)}# Nachweispakete\n\n"
        "Lesen Sie [den Tisch](desk.md#your-day).\n\n## Inhalt\n",
    }
    for name, text in texts.items():
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
    for module in (reading, translations, importlib.import_module("config.manual.drawing")):
        monkeypatch.setattr(module, "DOCS", tmp_path)
    return tmp_path


def rewritten(file, text):
    """Write a file anew, a second after it was last written: caches go by that."""
    at = file.stat().st_mtime_ns + 1_000_000_000
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(at, at))


@pytest.fixture
def german_reader(db):
    """A browser of somebody who reads German."""
    client = signed_in(person(unit=unit()))
    client.post("/language/", {"language": "de", "next": "/"})
    return client


def test_a_german_reader_sees_the_german_article_and_an_english_one_does_not(shelf, german_reader):
    page = german_reader.get("/help/packs/").content.decode()
    other = signed_in(person(unit=unit())).get("/help/packs/").content.decode()

    assert '<h1 lang="de">Nachweispakete</h1>' in page
    assert 'Lesen Sie <a href="/help/desk/#your-day">' in page
    assert '<h2 id="inside">Inhalt</h2>' in page
    assert "!-- from" not in page
    assert 'data-state="info"' not in page
    assert '<h1 lang="en">Packs</h1>' in other


def test_without_a_german_text_the_english_one_is_shown_with_a_note(shelf, german_reader):
    page = german_reader.get("/help/desk/").content.decode()

    assert '<h1 lang="en">Desk</h1>' in page
    assert 'data-state="info"' in page
    assert "language=en" not in page


def test_an_english_text_that_changed_since_is_said_and_linked(shelf, german_reader):
    german_reader.get("/help/packs/")
    rewritten(shelf / "packs.md", "# Packs\n\nAnother sentence.\n")

    page = german_reader.get("/help/packs/").content.decode()

    assert '<h1 lang="de">Nachweispakete</h1>' in page
    assert '<a href="?language=en" hreflang="en">' in page


def test_the_english_text_is_there_for_who_asks_for_it(shelf, german_reader):
    page = german_reader.get("/help/packs/?language=en").content.decode()

    assert '<h1 lang="en">Packs</h1>' in page
    assert '<a href="?">' in page


def test_a_translation_that_changes_is_read_anew(shelf):
    assert page_of("packs", "de")[0] == "Nachweispakete"
    rewritten(shelf / "de/packs.md", "# Pakete\n\nText.\n")

    title, page = page_of("packs", "de")

    assert title == "Pakete"
    # It does not name its English text any more.
    assert page.outdated


def test_the_list_is_german_and_says_what_is_not(shelf, german_reader):
    found = {one.slug: one for one in articles("de")}

    assert (found["packs"].title, found["packs"].about) == ("Nachweispakete", "Was darin ist")
    assert (found["packs"].language, found["packs"].written_in) == ("de", "de")
    assert (found["desk"].title, found["desk"].about) == ("Schreibtisch", "Was wartet")
    assert (found["desk"].language, found["desk"].written_in) == ("de", "en")
    assert (found["new"].title, found["new"].language) == ("New", "en")
    assert [one.title for one in articles()] == ["Packs", "Desk", "New"]


def test_a_translation_that_comes_is_listed(shelf):
    assert {one.slug: one.written_in for one in articles("de")}["new"] == "en"
    before = (shelf / "de").stat().st_mtime_ns

    (shelf / "de/new.md").write_text("<!-- from 0 -->\n# Neu\n\nText.\n", encoding="utf-8")
    os.utime(shelf / "de", ns=(before + 1_000_000_000, before + 1_000_000_000))

    assert {one.slug: one.written_in for one in articles("de")}["new"] == "de"


def test_a_german_section_has_the_anchor_of_the_english_one():
    drawing = importlib.import_module("config.manual.drawing")
    english = "## Your day\n\n### Keys\n"

    headings, html = drawing.drawn("## Ihr Tag\n\n### Tasten\n", folder=DOCS, like=english)
    others, _ = drawing.drawn("## Ihr Tag\n", folder=DOCS, like=english)

    assert headings == [("your-day", "Ihr Tag")]
    assert 'id="keys"' in html
    assert others == [("ihr-tag", "Ihr Tag")]


def test_every_article_is_in_the_german_table():
    assert {one.language for one in articles("de")} == {"de"}


def tokens_of(file):
    """The tokens of an article, with those inside of lines."""
    text = unmarked(file.read_text(encoding="utf-8"))
    for token in MarkdownIt("commonmark", {"html": False}).enable("table").parse(text):
        yield token
        yield from token.children or ()


def shape_of(file):
    """What a translation keeps: the levels of headings, code, and where links and pictures lead."""
    tokens = list(tokens_of(file))
    return {
        "headings": [one.tag for one in tokens if one.type == "heading_open"],
        "code": [one.content for one in tokens if one.type in {"fence", "code_block"}],
        "links": [one.attrGet("href") for one in tokens if one.type == "link_open"],
        "pictures": [Path(one.attrGet("src")).name for one in tokens if one.type == "image"],
    }


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_translation_keeps_headings_code_and_links(name):
    source = DOCS / name

    assert source.is_file()
    assert shape_of(GERMAN / name) == shape_of(source)


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_translation_names_the_english_text_and_has_a_title(name):
    first, title, *_ = (GERMAN / name).read_text(encoding="utf-8").splitlines()

    assert re.fullmatch(rf"<!-- from [0-9a-f]{{{NAMED}}} -->", first)
    assert title.startswith("# ")


def test_what_a_translation_names_is_the_whole_english_file(tmp_path):
    source = tmp_path / "packs.md"
    source.write_text("# Packs\n", encoding="utf-8")

    assert not outdated(named("# Packs\n") + "# Pakete\n", source)
    assert outdated(named("# Packs") + "# Pakete\n", source)
    assert outdated("# Pakete\n", source)
