"""Markdown of docs/ as HTML of the product: links lead to the help, tables and code fit."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.templatetags.static import static
from django.urls import reverse
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

from config.manual.articles import file_of, slug_of
from config.manual.translations import DOCS

PICTURES = "pictures/"
ELSEWHERE = ("http://", "https://")
CLASSES = {"table_open": "table table--tight", "fence": "code", "code_block": "code"}


def drawn(text: str, *, folder: Path, like: str = "") -> tuple[list[tuple[str, str]], str]:
    """Return the sections as (anchor, text), and the HTML. Links start in `folder`.

    HTML in the text is shown as text. A link to a file that is no article is its words alone.
    A translation has the anchors of the text that it is `like`, so that links into it hold.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    anchors = _anchors(tokens)
    if like:
        others = reader.parse(like)
        anchors = _anchors(others) if _levels(others) == _levels(tokens) else anchors
    headings = list(_anchored(tokens, anchors))
    for token in tokens:
        if token.type in CLASSES:
            token.attrJoin("class", CLASSES[token.type])
        if token.type == "th_open":
            token.attrSet("scope", "col")
        if token.children:
            token.children = _linked(token.children, folder)
    return headings, str(reader.renderer.render(tokens, reader.options, {}))


def _headings(tokens: Sequence[Token]) -> list[tuple[Token, str]]:
    """Return where each heading opens, and its words."""
    return [
        (opening, "".join(one.content for one in inside.children or () if one.content))
        for opening, inside in zip(tokens, tokens[1:], strict=False)
        if opening.type == "heading_open"
    ]


def _levels(tokens: Sequence[Token]) -> list[str]:
    return [opening.tag for opening, _ in _headings(tokens)]


def _anchors(tokens: Sequence[Token]) -> list[str]:
    """Return an anchor for every heading, each another one."""
    taken: list[str] = []
    for _, said in _headings(tokens):
        anchor = slugify(said) or "section"
        while anchor in taken:
            anchor += "-more"
        taken.append(anchor)
    return taken


def _anchored(tokens: Sequence[Token], anchors: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give every heading its anchor; yield those of the sections."""
    for (opening, said), anchor in zip(_headings(tokens), anchors, strict=True):
        opening.attrSet("id", anchor)
        if opening.tag == "h2":
            yield anchor, said


def _linked(children: Sequence[Token], folder: Path) -> list[Token]:
    """Lead links to the help, pictures to the static files; drop links that lead to neither."""
    found: list[Token] = []
    dropped: list[bool] = []
    for token in children:
        if token.type == "link_open":
            target = _target(str(token.attrGet("href") or ""), folder)
            dropped.append(target is None)
            if target is None:
                continue
            token.attrSet("href", target)
        elif token.type == "link_close" and dropped.pop():
            continue
        elif token.type == "image":
            _pictured(token)
        found.append(token)
    return found


def _target(href: str, folder: Path) -> str | None:
    if href.startswith(("#", *ELSEWHERE)):
        return href
    path, _, anchor = href.partition("#")
    file = (folder / path).resolve()
    if not file.is_relative_to(DOCS) or file.suffix != ".md":
        return None
    slug = slug_of(file.relative_to(DOCS).as_posix())
    if file_of(slug) is None:
        return None
    return reverse("help-article", args=[slug]) + (f"#{anchor}" if anchor else "")


def _pictured(token: Token) -> None:
    source = str(token.attrGet("src") or "")
    token.attrSet("src", static(f"help/{source.rpartition(PICTURES)[2]}"))
    token.attrSet("loading", "lazy")
    token.attrSet("class", "help__picture")
