"""Lints the templates: what a strict policy, a screen reader or the house style would refuse.

Run as a script: prints one line a finding (file:line: rule: what) and exits 1 if there is any.
A finding is silenced in its own line by the comment {# lint: allow <rule> #}.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("templates",)

COMMENT = re.compile(r"{%\s*comment\b.*?{%\s*endcomment\s*%}|{#.*?#}|<!--.*?-->", re.S)
TEMPLATE_PART = re.compile(r"{%.*?%}|{{.*?}}", re.S)
TAG = re.compile(r"<([a-zA-Z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.S)
QUIET_INPUTS = re.compile(r"""\btype\s*=\s*["']?(hidden|submit|button|reset|image)\b""")
DATA_SCRIPT = re.compile(r"""\btype\s*=\s*["']application/json["']""")


class Finding(NamedTuple):
    """One finding: where, which rule, what to do."""

    line: int
    rule: str
    what: str


class Text(NamedTuple):
    """A template: as written without its comments, and with its template parts blanked."""

    source: str
    markup: str

    def line(self, position: int) -> int:
        """Give the line of a position, from 1."""
        return self.source.count("\n", 0, position) + 1


Rule = Callable[[Text], Iterator[Finding]]


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _stand_in(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", "x", match.group()) if match.group().startswith("{{") else _blank(match)


def _pattern(rule: str, pattern: str, what: str, *, source: bool = False) -> Rule:
    compiled = re.compile(pattern, re.I | re.S)

    def find(text: Text) -> Iterator[Finding]:
        for match in compiled.finditer(text.source if source else text.markup):
            yield Finding(text.line(match.start()), rule, what)

    return find


def _scripts(text: Text) -> Iterator[Finding]:
    for match in re.finditer(r"<script\b([^>]*)>(.*?)</script>", text.markup, re.S | re.I):
        if "src" in match.group(1).lower() or DATA_SCRIPT.search(match.group(1)):
            continue
        yield Finding(text.line(match.start()), "script", "a script lives in static/, not inline")


def _forms(text: Text) -> Iterator[Finding]:
    for match in re.finditer(r"<form\b(.*?)>(.*?)</form>", text.source, re.S | re.I):
        opening, inside = match.groups()
        is_post = re.search(r"""\bmethod\s*=\s*["']?get\b""", opening, re.I) is None
        if is_post and "csrf_token" not in inside:
            yield Finding(text.line(match.start()), "csrf", "a form that changes needs csrf_token")


def _headers(text: Text) -> Iterator[Finding]:
    for name, attributes, position in _tags(text):
        if name == "th" and not re.search(r"\bscope\s*=", attributes):
            yield Finding(text.line(position), "scope", "a th says scope=col or scope=row")


def _controls(text: Text) -> Iterator[Finding]:
    named = set(re.findall(r"""<label\b[^<>]*?\bfor\s*=\s*["']([^"']+)""", text.source))
    for name, attributes, position in _tags(text):
        if name not in ("input", "select", "textarea") or QUIET_INPUTS.search(attributes):
            continue
        written = text.source[position : position + len(name) + len(attributes) + 2]
        own = re.search(r"""\bid\s*=\s*["']([^"']+)""", written)
        spoken = re.search(r"\baria-label(ledby)?\s*=", attributes)
        if not (spoken or (own and own.group(1) in named) or _inside_label(text, position)):
            yield Finding(text.line(position), "label", "a control has a label or an aria-label")


def _inside_label(text: Text, position: int) -> bool:
    before = text.markup[:position].lower()
    return before.rfind("<label") > before.rfind("</label>")


def _images(text: Text) -> Iterator[Finding]:
    for name, attributes, position in _tags(text):
        if name == "img" and not re.search(r"\balt\s*=", attributes):
            yield Finding(text.line(position), "alt", "an img has an alt, empty if it decorates")


def _buttons(text: Text) -> Iterator[Finding]:
    for match in re.finditer(r"<button\b[^<>]*>(.*?)</button>", text.source, re.S | re.I):
        spoken = re.sub(r"<[^<>]*>|{#.*?#}|{%\s*icon.*?%}", "", match.group(1), flags=re.S).strip()
        if not spoken and "aria-label" not in match.group().split(">", 1)[0]:
            yield Finding(text.line(match.start()), "button", "a button says what it does")


def _tags(text: Text) -> Iterator[tuple[str, str, int]]:
    for match in TAG.finditer(text.markup):
        yield match.group(1).lower(), match.group(2), match.start()


RULES: tuple[Rule, ...] = (
    _pattern("style", r"<[^<>]*\sstyle\s*=", "no inline style: a class in static/countersign.css"),
    _pattern("style", r"<style\b", "no style element: a class in static/countersign.css"),
    _pattern("handler", r"<[^<>]*\son[a-z]+\s*=", "no event handler in markup"),
    _pattern("handler", r"<[^<>]*\shx-on\b", "no hx-on: it is evaluated, which the policy refuses"),
    _pattern("handler", r"javascript:", "no javascript: address"),
    _pattern("host", r"""\b(href|src|action|srcset)\s*=\s*["']?\s*(https?:)?//""", "no other host"),
    _pattern("script", r"""<[^<>]*\bhx-(vals|headers)\s*=\s*["']js:""", "no evaluated hx value"),
    _pattern("words", r">\s*Submit\s*<|\bOops\b|\bClick here\b", "a button is verb and object"),
    _pattern("words", r"""value\s*=\s*["']Submit["']""", "a button is verb and object"),
    _pattern(
        "query",
        r"{[{%][^}%]*(\.objects\b|\.filter\b|\.exclude\b|_set\b|\.all\b)",
        "no query in a template: the selector gives what is shown",
        source=True,
    ),
    _pattern(
        "permission",
        r"{%\s*(el)?if\b[^%]*(\bperms\b|is_staff|is_superuser|has_perm|\.role\s*==|groups\b)",
        "no permission logic in a template: the door decides",
        source=True,
    ),
    _pattern(
        "permission", r"{%\s*(load\s+rules|test_rule|has_perm)\b", "the door decides", source=True
    ),
    _pattern(
        "unsafe",
        r"\|\s*safe\b|{%\s*autoescape\s+off",
        "markup is made safe where it is made",
        source=True,
    ),
    _scripts,
    _forms,
    _headers,
    _controls,
    _images,
    _buttons,
)


def lint(source: str) -> list[Finding]:
    """Give the findings in the source of one template, by line."""
    bare = COMMENT.sub(_blank, source)
    text = Text(bare, TEMPLATE_PART.sub(_stand_in, bare))
    lines = source.split("\n")
    found = {finding for rule in RULES for finding in rule(text)}
    return sorted(
        finding for finding in found if f"lint: allow {finding.rule}" not in lines[finding.line - 1]
    )


def main(root: Path = ROOT) -> int:
    """Lint every template below the root; print findings; give the exit code."""
    files = [file for folder in FOLDERS for file in sorted((root / folder).rglob("*.html"))]
    if not files:
        sys.stdout.write(f"no templates below {root}: the lint would prove nothing\n")
        return 1
    findings = 0
    for file in files:
        for finding in lint(file.read_text(encoding="utf-8")):
            findings += 1
            place = f"{file.relative_to(root)}:{finding.line}"
            sys.stdout.write(f"{place}: {finding.rule}: {finding.what}\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
