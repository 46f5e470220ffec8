"""What readers are told, found in the sources: messages of Python files and of templates.

A message is what a gettext call, `worded`, `titled` or `term` is given; the reason and the fields
of a refusal; the labels of choices; and, in the rules, a text that reads as a sentence or stands in
a table of words (`config.extraction_tables`). Templates are read by Django's own parser.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeGuard

from django.template import engines
from django.template.base import Node, Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils.translation import trim_whitespace

from config.catalogue import Entry
from config.extraction_helpers import through_helpers
from config.extraction_law import of_law
from config.extraction_reference import of_reference
from config.extraction_tables import in_tables
from governance.rules import field_words, verb_subjects
from incidents.rules import notices
from ledger import verbs
from ledger.rules.worded import TITLE
from registry.rules import recorded_roles

FLOORS = (
    "config", "outbox", "ledger", "registry", "telemetry", "incidents", "governance", "reports",
)  # fmt: skip
SINGLE = {"_", "_lazy", "gettext", "gettext_lazy", "gettext_noop", "worded", "term", "word", "Gap"}
PLURAL = {"ngettext", "ngettext_lazy", "worded_number"}
REFUSALS = {"Refused", "Invalid", "Forbidden", "Missing", "Conflict", "TooLarge", "SealRefused"}
FAULTS = {"faults", "found", "wrong", "missing", "problems", "fields", "errors"}
SENTENCE = re.compile(r"[A-Z'“(][^\n{}<>]* [^\n]*[a-z.:?!)'”]|[^\n]* [^\n]*[.?!]")
"""A text of the rules that readers may meet: more than a word, and written as one writes."""
RULES = re.compile(r"/rules/|/selectors/guard_tables/")
"""Where sentences are found without a mark."""
TOLD = re.compile(r"[A-Z'“(][^\n{}<>]* [^\n{}<>]*[.?!]")
"""A whole sentence: what is refused and answered above the rules, where other texts are many."""
TELLING = re.compile(
    r"/(selectors|services|connectors|forms|access)/|/ceremony\.py|second_factor\.py"
)
FOR_MACHINES = re.compile(r"/(citations|metrics|documentation|instants|minutes_files)\.py")
"""Where none are: help of metrics and of the schema, files of the record, and tables of two
languages (`outbox.rules.citations`), whose parts are translated there."""
CODE = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|FROM|WHERE)\b|\|\||::|\\")


def messages(root: Path) -> list[Entry]:
    """Return every message of the product, with the files in which it stands."""
    found: dict[tuple[str, str], Entry] = {}
    for place, entry in _all(root):
        there = found.setdefault(entry.key, entry)
        there.plural = there.plural or entry.plural
        there.places = tuple(sorted({*there.places, place}))
    return list(found.values())


def _all(root: Path) -> Iterator[tuple[str, Entry]]:
    for floor in FLOORS:
        for file in sorted((root / floor).rglob("*.py")):
            place = str(file.relative_to(root))
            if "/migrations/" not in place:
                yield from ((place, entry) for entry in of_python(file.read_text(), place))
    for file in sorted((root / "templates").rglob("*.*")):
        place = str(file.relative_to(root))
        yield from ((place, entry) for entry in of_template(file.read_text()))
    yield from of_reference(root)
    yield from of_law(root)


# ---------------------------------------------------------------- Python
def of_python(source: str, place: str = "") -> Iterator[Entry]:
    """Return the messages of a Python file."""
    tree = ast.parse(source)
    constants = _constants(tree.body)
    docstrings = {id(one) for one in (*_docstrings(tree), *_plurals(tree))}
    sentence = _sentence_of(place)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.ClassDef) and _is_choices(node):
            yield from _labels(node)
        elif isinstance(node, ast.FunctionDef):
            yield from _of_function(node, constants)
        elif isinstance(node, ast.Constant) and sentence and id(node) not in docstrings:
            yield from _of_text(node, sentence)
    yield from (Entry(text) for text in through_helpers(tree, REFUSALS, _told, _given))
    yield from in_tables(place, tree)
    yield from _of_record(place, tree)


def _of_call(call: ast.Call) -> Iterator[Entry]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    texts = [text for one in call.args for text in _texts(one)]
    if name in SINGLE and texts:
        yield from (Entry(text) for one in call.args[:1] for text in _texts(one))
    elif name in PLURAL and len(texts) > 1:
        yield Entry(texts[0], texts[1])
    elif name == "Command":
        yield from (Entry(text, context=notices.CONTEXT) for text in _texts(call.args[1]))
        yield from (Entry(text) for text in _texts(call.args[1]))
    elif name == "titled":
        yield from (Entry(text, context=TITLE) for one in call.args[:1] for text in _texts(one))
    elif name in ("pgettext", "pgettext_lazy", "in_context") and len(texts) > 1:
        yield Entry(texts[1], context=texts[0])


def _of_function(function: ast.FunctionDef, constants: dict[str, list[str]]) -> Iterator[Entry]:
    """What a function refuses with, directly or by a name that it or its module gave a text."""
    named = constants | _constants(list(ast.walk(function)))
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and _is_fault(node.targets[0]):
            yield from (Entry(text) for text in _texts(node.value))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in REFUSALS:
            for told in _told(node):
                texts = named.get(told.id, []) if isinstance(told, ast.Name) else _texts(told)
                yield from (Entry(text) for text in texts)


def _given(value: ast.expr, function: ast.FunctionDef) -> list[str]:
    """The texts that a function gives: as they are, or by a name that it gave them."""
    if isinstance(value, ast.Name):
        return _constants(ast.walk(function)).get(value.id, [])
    return _texts(value)


def _told(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args[1:2]
    for keyword in call.keywords:
        if keyword.arg in ("reason", "who_can", "fields"):
            yield from _within(keyword.value)


def _within(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.Dict):
        yield from value.values
    elif isinstance(value, ast.List):
        yield from value.elts
    else:
        yield value


def _is_fault(target: ast.expr) -> bool:
    return isinstance(target, ast.Subscript) and getattr(target.value, "id", "") in FAULTS


def _constants(nodes: Iterable[ast.AST]) -> dict[str, list[str]]:
    """Names that are given a text, with every text that they may hold."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).extend(_texts(node.value))
    return found


def _texts(value: ast.expr) -> list[str]:
    """The texts that an expression may come to: one, or one for each way it may go."""
    if isinstance(value, ast.Constant):
        return [value.value] if isinstance(value.value, str) and value.value.strip() else []
    if isinstance(value, ast.IfExp):
        return _texts(value.body) + _texts(value.orelse)
    if isinstance(value, ast.BoolOp):
        return [text for one in value.values for text in _texts(one)]
    return []


def _is_choices(node: ast.ClassDef) -> bool:
    return any(str(getattr(base, "attr", "")).endswith("Choices") for base in node.bases)


def _labels(node: ast.ClassDef) -> Iterator[Entry]:
    """The labels of choices; one that is not written out is made of the name, as Django does."""
    for row in node.body:
        if isinstance(row, ast.Assign) and isinstance(row.targets[0], ast.Name):
            written = row.value.elts[-1:] if isinstance(row.value, ast.Tuple) else []
            texts = [text for one in written for text in _texts(one)]
            yield Entry(texts[0] if texts else row.targets[0].id.replace("_", " ").title())


def _sentence_of(place: str) -> re.Pattern[str] | None:
    """Return what is a message in a file without being marked as one; None where nothing is."""
    if FOR_MACHINES.search(place):
        return None
    if RULES.search(place):
        return SENTENCE
    return TOLD if TELLING.search(place) else None


def _of_text(node: ast.Constant, sentence: re.Pattern[str]) -> Iterator[Entry]:
    text = node.value
    if isinstance(text, str) and sentence.fullmatch(text) and not CODE.search(text):
        yield Entry(text)


def _plurals(tree: ast.AST) -> Iterator[ast.AST]:
    """What is said of a number has its message by the call."""
    for node in ast.walk(tree):
        name = getattr(getattr(node, "func", None), "id", "")
        if isinstance(node, ast.Call) and name in PLURAL:
            yield from node.args


def _docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        if isinstance(node, ast.JoinedStr):
            yield from node.values


# ---------------------------------------------------------------- the record and its mails
VERBS_OF = re.compile(r"\w+/verbs\.py|ledger/apps\.py|outbox/apps\.py")
"""Where verbs of the record are registered: tables of their words, or calls that name them."""


WORDS_IN_CONTEXT: dict[str, tuple[str, Iterable[str]]] = {
    "governance/rules/verb_subjects.py": (verb_subjects.THING, verb_subjects.THINGS),
    "governance/rules/field_words.py": (field_words.CONTEXT, field_words.FIELDS),
    "registry/rules/recorded_roles.py": (recorded_roles.CONTEXT, recorded_roles.ROLES),
}
"""Modules with words of the record that are said by translations of their own."""


def _of_record(place: str, tree: ast.Module) -> Iterator[Entry]:
    """The words of verbs, what verbs are about, and what mails on a case ask for."""
    if VERBS_OF.fullmatch(place):
        for name, words in _registered(tree):
            yield Entry(words, context=verbs.CONTEXT)
            prefix = name.partition(".")[0]
            yield Entry(verb_subjects.subject_of(prefix), context=verb_subjects.CONTEXT)
    context, own = WORDS_IN_CONTEXT.get(place, ("", ()))
    yield from (Entry(one, context=context) for one in sorted(own))
    if place == "incidents/rules/notices.py":
        for _, words in _pairs(tree, r"[a-z_]+"):
            yield Entry(words, context=notices.CONTEXT)


def _registered(tree: ast.Module) -> Iterator[tuple[str, str]]:
    groups = {"EXCEPTIONS"} if any(_named(row, "VERBS") for row in tree.body) else set()
    for row in tree.body:
        if not any(_named(row, name) for name in groups):
            yield from _pairs(row, r"[a-z_]+\.[a-z_]+")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "register":
            texts = [text for one in node.args for text in _texts(one)]
            if len(texts) == 2:
                yield texts[0], texts[1]


def _named(row: ast.AST, name: str) -> bool:
    return isinstance(row, ast.Assign) and getattr(row.targets[0], "id", "") == name


def _pairs(tree: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    """Entries of dictionaries whose key is such a name: the key, and its text or first text."""
    for node in ast.walk(tree):
        for key, value in zip(node.keys, node.values, strict=True) if _is_dict(node) else ():
            first = value.elts[0] if isinstance(value, ast.Tuple) else value
            for text in _texts(first):
                if isinstance(key, ast.Constant) and re.fullmatch(name, str(key.value)):
                    yield str(key.value), text


def _is_dict(node: ast.AST) -> TypeGuard[ast.Dict]:
    return isinstance(node, ast.Dict)


# ---------------------------------------------------------------- templates
def of_template(source: str) -> Iterator[Entry]:
    """Return the messages of a template, as its nodes would ask for them."""
    backend: Any = engines["django"]
    template = Template(source, engine=backend.engine)
    for node in _nodes(template.nodelist):
        if isinstance(node, TranslateNode):
            yield from _of_translate(node)
        elif isinstance(node, BlockTranslateNode):
            yield _of_block(node)
        yield from (Entry(text) for text in _of_arguments(node))


def _nodes(nodes: Iterable[Any]) -> Iterator[Node]:
    for node in nodes:
        yield node
        for name in dict.fromkeys((*getattr(node, "child_nodelists", ()), "nodelist")):
            yield from _nodes(getattr(node, name, None) or ())


def _of_translate(node: TranslateNode) -> Iterator[Entry]:
    literal = node.filter_expression.var
    text = literal if isinstance(literal, str) else getattr(literal, "literal", None)
    if isinstance(text, str) and text.strip():
        # The node asks for it with its percent signs doubled.
        yield Entry(str(text).replace("%", "%%"), context=_plain(node.message_context))


def _of_block(node: BlockTranslateNode) -> Entry:
    tidy = trim_whitespace if node.trimmed else str
    one = tidy(node.render_token_list(node.singular)[0])
    many = tidy(node.render_token_list(node.plural)[0]) if node.plural else ""
    return Entry(one, many, context=_plain(node.message_context))


def _plain(expression: Any) -> str:
    return str(expression.var) if expression is not None else ""


def _of_arguments(node: Node) -> Iterator[str]:
    """Texts written `_("…")` where a tag or a filter takes a value."""
    token = getattr(node, "token", None)
    for found in re.finditer(r"""_\((["'])(.+?)\1\)""", getattr(token, "contents", "") or ""):
        yield found.group(2)
