"""YAML files: plain words only. No tags, no references, no deep nests, no name said twice."""

from typing import Any

import yaml

from ledger.rules.refusals import Invalid, TooLarge
from ledger.rules.worded import term, word, worded
from registry.connectors.delimited import check_row, decode
from registry.rules.exchange.fields import KINDS
from registry.rules.exchange.tables import MOST_ROWS, Row, Table, clean

DEEPEST = 6
PLAIN_TAGS = "tag:yaml.org,2002:"
MOST_EVENTS = MOST_ROWS * 60


def read_yaml(content: bytes) -> list[Table]:
    """Return a table for each kind: a list of rows, or lists under the names of the kinds.

    Every scalar is read as the text that stands there. Raises Invalid, TooLarge.
    """
    text, _ = decode(content)
    try:
        _check_events(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise Invalid(
            "bad_yaml", worded("The file is no YAML that can be read: {where}", where=_where(error))
        ) from None
    if isinstance(root, yaml.SequenceNode):
        return [_table("", root)]
    if not isinstance(root, yaml.MappingNode):
        raise _shape("The file holds no list of rows.")
    return [_table(*pair) for pair in _kinds(root)]


def _check_events(text: str) -> None:
    """Refuse what makes a small file large or strange, before anything is built."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        _check_event(event)
        if depth > DEEPEST:
            raise _shape(worded("It is nested more than {deepest} levels deep.", deepest=DEEPEST))
        if count > MOST_EVENTS:
            raise TooLarge(
                "too_many_rows",
                worded("The file has more than {most_rows:,} rows.", most_rows=MOST_ROWS),
            )


def _check_event(event: Any) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise _shape("References (& and *) are not read: write the value out.", event)
    tag = getattr(event, "tag", None)
    if tag and not tag.startswith(PLAIN_TAGS) or str(tag).startswith("tag:yaml.org,2002:python"):
        raise _shape(worded("The tag {tag} is not read.", tag=tag), event)


def _kinds(root: yaml.MappingNode) -> list[tuple[str, yaml.SequenceNode]]:
    pairs: list[tuple[str, yaml.SequenceNode]] = []
    for key, value in root.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if name not in KINDS:
            raise _shape(
                worded(
                    "{name!r} is no kind of rows; there are {kinds}.",
                    name=name,
                    kinds=", ".join(KINDS),
                ),
                key,
            )
        if any(known == name for known, _ in pairs):
            raise _shape(worded("{name} stands there twice.", name=name), key)
        if not isinstance(value, yaml.SequenceNode):
            raise _shape(worded("Below {name} there is no list.", name=name), value)
        pairs.append((name, value))
    return pairs


def _table(kind: str, rows: yaml.SequenceNode) -> Table:
    columns: dict[str, None] = {}
    found = []
    for place, node in enumerate(rows.value, start=1):
        if not isinstance(node, yaml.MappingNode):
            raise _shape("Each row is a list of names with values.", node)
        cells = _cells(node)
        check_row(list(cells.values()), place, node.start_mark.line + 1)
        columns.update(dict.fromkeys(cells))
        found.append(Row(node.start_mark.line + 1, cells))
    return Table(kind, tuple(columns), tuple(found))


def _cells(node: yaml.MappingNode) -> dict[str, str]:
    cells: dict[str, str] = {}
    for key, value in node.value:
        name = clean(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if not name or name in cells:
            raise _shape(worded("{name!r} stands twice in one row, or is no name.", name=name), key)
        cells[name] = _text(value)
    return cells


def _text(node: Any) -> str:
    if isinstance(node, yaml.ScalarNode):
        return "" if node.tag.endswith(":null") else clean(node.value)
    if isinstance(node, yaml.SequenceNode) and all(
        isinstance(one, yaml.ScalarNode) for one in node.value
    ):
        return ", ".join(clean(one.value) for one in node.value)
    raise _shape("A value is a text or a list of texts.", node)


def _shape(words: str, where: Any = None) -> Invalid:
    mark = getattr(where, "start_mark", None)
    return Invalid(
        "bad_yaml",
        worded("Line {line}: {words}", line=mark.line + 1, words=words) if mark else words,
    )


def _where(error: Exception) -> str:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if not mark:
        return term(word("it is nested too deep or damaged."))
    return worded("line {line}, {problem}.", line=mark.line + 1, problem=problem)
