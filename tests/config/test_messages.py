"""Every string of a page can be translated, and the German catalogue is whole (issue 8).

What these tests list is mended by wrapping a text, or by `bin/messages extract` and a translation.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType

from config.catalogue import read
from config.extraction import messages

ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "locale" / "de" / "LC_MESSAGES" / "django.po"
HOLES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*(?:![rsa])?(?::[^}]*)?\}")
SHOWN = {"aria-label", "title", "placeholder", "alt", "data-label", "data-words"}
"""Attributes that a reader sees or hears."""
NAMES = {
    "Countersign", "UTC", "SHA-256", "API", "JSON", "CSV", "PDF", "YAML", "Markdown", "KPI", "AI",
    "Prometheus", "MLflow", "Evidently", "OpenTelemetry", "Alertmanager", "CycloneDX", "ISO", "EU",
    "Act", "NIST", "RMF", "PSI", "KS", "JS", "C2SP", "Ed", "tlog-checkpoint", "tsr", "yaml",
    "Lines", "Enter", "Esc", "SHA", "SHA-", "SP", "DRILL", "IEC", "RFC", "SAML", "OIDC", "PromQL",
    "Django", "min", "max", "id", "true", "false", "json",
}  # fmt: skip
"""Names and abbreviations that are the same in every language."""
UNSPOKEN = (
    "templates/design", "templates/icons.html", "templates/reports/pack/", "templates/500.html",
    "templates/help/", "templates/reports/printout/", "templates/reports/paper.html",
    "templates/reports/board/paper.html", "templates/reports/controls/statement_paper.html",
    "templates/reports/meeting_papers/",
)  # fmt: skip
"""The sheet of components, icons, articles; documents of the record, which stay in its language."""


# ---------------------------------------------------------------- templates
class Sheet(HTMLParser):
    """Collects the words that stand in a template as they are."""

    def __init__(self):
        super().__init__()
        self.found, self.skipped = [], 0

    def handle_starttag(self, tag, attrs):
        self.skipped += tag in ("script", "style", "code", "pre")
        for name, value in attrs:
            if name in SHOWN and words_in(value or ""):
                self.found.append(f"{name}: {value}")

    def handle_endtag(self, tag):
        self.skipped -= tag in ("script", "style", "code", "pre")

    def handle_data(self, data):
        if not self.skipped and words_in(data):
            self.found.append(" ".join(data.split()))


def words_in(text):
    """Words that would have to be said otherwise in another language."""
    plain = re.sub(r"&[a-z]+;|https?://\S+|\S*__\S*|\bp-\w+|manage\.py \w+|-v\b", " ", text)
    return [one for one in re.findall(r"[A-Za-z][A-Za-z-]+", plain) if one not in NAMES]


def untranslatable(source):
    """Text of a template that stands outside of every translation."""
    sheet, text, inside = Sheet(), [], ""
    for token in Lexer(source).tokenize():
        name = token.contents.split(" ", 1)[0] if token.token_type == TokenType.BLOCK else ""
        if inside:
            inside = "" if name == f"end{inside}" else inside
        elif name in ("blocktranslate", "blocktrans", "comment"):
            inside = name
        elif token.token_type == TokenType.TEXT:
            text.append(token.contents)
        else:
            text.append(" ")
    sheet.feed("".join(text))
    sheet.close()
    return sheet.found


def test_every_text_of_a_template_can_be_translated():
    files = [file for file in sorted((ROOT / "templates").rglob("*.html"))]
    places = {file: str(file.relative_to(ROOT)) for file in files}

    found = [
        f"{place}: {text}"
        for file, place in places.items()
        if not place.startswith(UNSPOKEN)
        for text in untranslatable(file.read_text())
    ]

    assert len(files) > 400
    assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Not wrapped</p>", ["Not wrapped"]),
        ('<p>{% translate "Wrapped" %}</p>', []),
        ("<p>{% blocktranslate %}Wrapped <b>too</b>{% endblocktranslate %}</p>", []),
        ('<td data-label="Owner">{{ name }}</td>', ["data-label: Owner"]),
        ("{# A comment #}<code>manage.py seal</code> 12 UTC", []),
    ],
)
def test_a_planted_text_is_found(source, found):
    assert untranslatable(source) == found


# ---------------------------------------------------------------- the catalogue
@pytest.fixture(scope="module")
def german():
    """The German catalogue without its header."""
    return read(CATALOGUE)[1:]


@pytest.mark.full
def test_the_catalogue_holds_every_message_and_no_other(german):
    sources = {entry.key for entry in messages(ROOT)}
    known = {entry.key for entry in german}

    assert sorted(sources - known) == [], "run bin/messages extract"
    assert sorted(known - sources) == [], "run bin/messages extract"


def test_every_message_is_said_in_german(german):
    missing = [f"{one.places[:1]}: {one.message}" for one in german if not one.is_translated]

    assert len(german) > 7500
    assert missing == []


def test_every_plural_has_its_two_forms(german):
    wrong = [one.message for one in german if len(one.said) != (2 if one.plural else 1)]

    assert wrong == []


def test_what_is_put_into_a_message_is_put_into_its_translation(german):
    wrong = [
        (one.message, said)
        for one in german
        for place, said in enumerate(one.said)
        if holes(said) - holes(one.message) - holes(one.plural)
        or (not one.plural and holes(said) != holes(one.message))
    ]

    assert wrong == []


def holes(text):
    """The parts that a message names; how a number is written may differ."""
    return {re.split(r"[!:]", one)[0].rstrip("}") for one in HOLES.findall(text)}


def test_a_message_keeps_the_line_ends_and_blanks_at_its_ends(german):
    wrong = [
        one.message
        for one in german
        for said in one.said
        if (one.message[:1] == " ") != (said[:1] == " ") or one.message[-1:] == "\n" != said[-1:]
    ]

    assert wrong == []
