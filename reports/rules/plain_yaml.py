"""YAML as plain words with their lines: texts, lists and names, nothing that builds. Pure.

Every scalar is the text that stands there, so 'no' is a word and 1.10 keeps its nought. References,
tags, several documents, deep nests and characters that cannot be kept are refused with the line.
"""

from dataclasses import dataclass
from typing import Any

import yaml

from ledger.rules.worded import Amount, term, worded

LONGEST = 512 * 1024
DEEPEST = 8
MOST_EVENTS = 60_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong, and on which line; 0 where it is of the whole."""

    line: int
    words: str

    def __str__(self) -> str:
        return self.said

    @property
    def said(self) -> str:
        """The fault as a sentence with its line."""
        if not self.line:
            return term(self.words)
        return worded("Line {line}: {words}", line=self.line, words=term(self.words))


class NotRead(ValueError):
    """The text cannot be read at all; `fault` says where and why."""

    def __init__(self, line: int, words: str) -> None:
        self.fault = Fault(line, words)
        super().__init__(str(self.fault))


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar; '' for nothing."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A list."""

    line: int
    items: "list[Node]"


@dataclass(frozen=True, slots=True)
class Named:
    """Names with values, in their order; a name that stands there twice is kept twice."""

    line: int
    pairs: "list[tuple[Text, Node]]"


Node = Text | Listed | Named


def decode(content: bytes) -> str:
    """Return a file as text. Raises NotRead for what is no UTF-8."""
    if len(content) > LONGEST:
        raise NotRead(0, worded("The file has more than {most} KB.", most=LONGEST // 1024))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotRead(line, "This is no UTF-8: save the file as UTF-8.") from None


def read_plain(text: str) -> Node:
    """Return what stands in a text. Raises NotRead."""
    if len(text) > LONGEST:
        raise NotRead(0, worded("It has more than {most} KB.", most=LONGEST // 1024))
    for number, line in enumerate(text.split("\n"), start=1):
        _check_letters(line, number)
    try:
        return _built(text)
    except yaml.MarkedYAMLError as error:
        raise _marked(error) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, NotRead):
            raise
        raise NotRead(0, "This is no YAML that can be read.") from None


class _Builder:
    """Builds nodes of events without recursion; what is open stands in `open`."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.open: list[Listed | Named] = []
        self.names: list[Text | None] = []

    def take(self, event: Any, line: int) -> None:
        """Take what an event brings."""
        if isinstance(event, yaml.ScalarEvent):
            self._put(Text(line, _said(event, line)))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._put(Listed(line, []))
        elif isinstance(event, yaml.MappingStartEvent):
            self._put(Named(line, []))
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
            self.names.pop()

    def _put(self, node: Node) -> None:
        """Put a node where it belongs: an item, a name of the open mapping, its value."""
        if not self.open:
            self.root = node
        elif isinstance(self.open[-1], Listed):
            self.open[-1].items.append(node)
        else:
            self._pair(self.open[-1], node)
        if isinstance(node, Text):
            return
        self.open.append(node)
        self.names.append(None)
        if len(self.open) > DEEPEST:
            words = worded("It is nested more than {deepest} levels deep.", deepest=DEEPEST)
            raise NotRead(node.line, words)

    def _pair(self, mapping: Named, node: Node) -> None:
        name = self.names[-1]
        if name is not None:
            mapping.pairs.append((name, node))
            self.names[-1] = None
        elif isinstance(node, Text):
            self.names[-1] = node
        else:
            raise NotRead(node.line, "A name must be one word or text.")


def _built(text: str) -> Node:
    builder, documents = _Builder(), 0
    for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        line = (event.start_mark.line if event.start_mark else 0) + 1
        documents += isinstance(event, yaml.DocumentStartEvent)
        _check_event(event, line)
        if documents > 1:
            raise NotRead(line, "There is a second document: put one framework into one file.")
        if count > MOST_EVENTS:
            words = worded("It holds more than {most} values.", most=Amount(f"{MOST_EVENTS:,}"))
            raise NotRead(line, words)
        builder.take(event, line)
    if builder.root is None:
        raise NotRead(0, "There is nothing in it.")
    return builder.root


def _check_event(event: Any, line: int) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise NotRead(line, "References (& and *) are not read: write the value out.")
    tag = getattr(event, "tag", None)
    if tag:
        words = worded("Tags are not read: take {tag} away.", tag=repr(str(tag)[:60]))
        raise NotRead(line, words)


def _said(event: Any, line: int) -> str:
    plain = event.style in (None, "")
    if plain and event.value in NOTHING:
        return ""
    _check_letters(event.value, line)
    return str(event.value).strip()


def _check_letters(text: str, line: int) -> None:
    for letter in text:
        code = ord(letter)
        if (code < 32 and letter not in "\n\t\r") or code == 127 or 0xD800 <= code <= 0xDFFF:
            sign = f"U+{code:04X}"
            raise NotRead(
                line, worded("There is a character that cannot be kept ({sign}).", sign=sign)
            )


def _marked(error: yaml.MarkedYAMLError) -> NotRead:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    problem = (error.problem or "").strip()[:200]
    if not problem:
        return NotRead(line, "This is no YAML: it cannot be read.")
    return NotRead(line, worded("This is no YAML: {problem}.", problem=problem))
