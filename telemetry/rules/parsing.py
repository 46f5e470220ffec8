"""From the bytes of a body to typed rows; what cannot be read is named by row and field.

The whole body is decoded at once; only where that fails, row by row.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from ledger.rules.refusals import Invalid, TooLarge
from ledger.rules.worded import as_written, either, joined, term, word, worded
from telemetry.rules.doubled import refuse_doubled_members, refuse_doubled_names
from telemetry.rules.rows import Delivery, OnError, Rejection

R = TypeVar("R", bound=msgspec.Struct)

# Strings are matched first and kept, so that only bare words are found. One without an end is
# matched to the end of the body: looked for anew behind each quote it would cost the square.
BARE_WORD = re.compile(rb'"(?:[^"\\]|\\[\s\S])*+(?:"|\\?\Z)|-?\bInfinity\b|\bNaN\b')
AT_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
PATH_FIELD = re.compile(r"\.([A-Za-z_][A-Za-z_0-9]*)")
AT_BYTE = re.compile(r"\(byte (\d+)\)")
NAMED_FIELD = re.compile(r"field `([^`]+)`")
VALUES_A_ROW = 100
UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
WORDS = {
    "str": word("text"),
    "float": word("a number"),
    "int": word("a whole number"),
    "bool": word("true or false"),
    "datetime": word("an instant such as 2026-11-15T00:00:00Z"),
    "null": "null",
    "object": word("an object"),
    "array": word("a list"),
}
EXPECTED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
BOUND = re.compile(r"Expected `(\w+)` (of length )?([<>]=? \S+)")
BOUNDS = {
    ("str", True): word("Expected text of length {limit}."),
    ("array", True): word("Expected a list of length {limit}."),
    ("int", False): word("Expected a whole number {limit}."),
    ("float", False): word("Expected a number {limit}."),
}
NO_NUMBER = b'"\\u0000no number"'


def parse_json(body: bytes, *, key: str, row: type[R], most_rows: int) -> Delivery[R]:
    """Read {"on_error", "source", key: [row, …]}.

    Raises Invalid for what is no such document, naming the position, and TooLarge.
    """
    _refuse_too_many(body, most_rows)
    try:
        document = _decoder(key, row).decode(body)
    except UNREADABLE as error:
        return _row_by_row(body, error, key, row, most_rows)
    rows = document.rows
    if len(rows) > most_rows:
        raise _too_many(most_rows)
    refuse_doubled_members(body, document, lines=False)
    return Delivery(rows, range(1, len(rows) + 1), (), document.source, document.on_error)


def parse_lines(
    body: bytes, *, row: type[R], most_rows: int, source: str, on_error: OnError
) -> Delivery[R]:
    """Read one row a line (NDJSON); a line that is no row is told by number. Raises TooLarge."""
    if body.count(b"\n") > most_rows:
        raise _too_many(most_rows)
    decoder = msgspec.json.Decoder(row)
    try:
        rows = decoder.decode_lines(body)
    except UNREADABLE:
        lines = ((number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip())
        return _sorted_out(lines, decoder, source, on_error)
    refuse_doubled_members(body, rows, lines=True)
    return Delivery(rows, range(1, len(rows) + 1), (), source, on_error)


@lru_cache(maxsize=8)
def _decoder(key: str, row: Any) -> Any:
    return msgspec.json.Decoder(_document(key, list[row]))


def _document(key: str, rows: Any) -> Any:
    """Return the type of a document whose rows stand under `key`."""
    return msgspec.defstruct(
        "Document",
        [
            ("rows", rows, msgspec.field(name=key)),
            ("source", Annotated[str, Meta(max_length=120)], msgspec.field(default="")),
            ("on_error", OnError, msgspec.field(default="keep_good")),
        ],
        forbid_unknown_fields=True,
        omit_defaults=True,
    )


def _row_by_row(
    body: bytes, error: Exception, key: str, row: type[R], most_rows: int
) -> Delivery[R]:
    if body.count(b",") > VALUES_A_ROW * most_rows:
        raise malformed(error, body)
    document = _pieces(body, key)
    if len(document.rows) > most_rows:
        raise _too_many(most_rows)
    refuse_doubled_names(body)
    return _sorted_out(
        enumerate(document.rows, 1), msgspec.json.Decoder(row), document.source, document.on_error
    )


def _pieces(body: bytes, key: str) -> Any:
    """Return the document with its rows undecoded; NaN and Infinity become a text in them."""
    decoder = _decoder(key, msgspec.Raw)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise malformed(error, body) from error
    except UNREADABLE as error:
        cleaned = _without_bare_words(body, error)
    try:
        return decoder.decode(cleaned)
    except UNREADABLE as error:
        raise malformed(error, cleaned) from error


def _without_bare_words(body: bytes, error: Exception) -> bytes:
    """Turn NaN and Infinity into a text, so that the row which holds them can be named."""
    cleaned = BARE_WORD.sub(lambda m: m[0] if m[0][:1] == b'"' else NO_NUMBER, body)
    if cleaned == body:
        raise malformed(error, body) from error
    return cleaned


def _sorted_out(
    raw: Iterator[tuple[int, Any]] | Any, decoder: Any, source: str, on_error: OnError
) -> Delivery[Any]:
    rows, numbers, rejected = [], [], []
    for number, piece in raw:
        try:
            rows.append(decoder.decode(piece))
            numbers.append(number)
        except UNREADABLE as error:
            rejected.append(_rejection(number, bytes(piece), error))
    return Delivery(rows, numbers, rejected, source, on_error)


def _rejection(number: int, piece: bytes, error: Exception) -> Rejection:
    if not isinstance(error, msgspec.ValidationError):
        named = _bare_word_field(piece)
        reason = _no_number() if named else _no_json(error)
        return Rejection(number, named, reason)
    field, reason = field_and_reason(str(error))
    if NO_NUMBER in piece and "got `str`" in str(error):
        reason = _no_number()
    return Rejection(number, field, reason)


def _no_json(error: Exception) -> str:
    return worded("The row is no valid JSON: {why}.", why=term(_said(error)))


def _bare_word_field(piece: bytes) -> str:
    """Return the name of the field that holds NaN or Infinity in a line, '' where none does."""
    name = ""
    for found in BARE_WORD.finditer(piece):
        if found[0][:1] != b'"':
            return name
        name = found[0][1:-1].decode(errors="replace")
    return ""


def field_and_reason(message: str) -> tuple[str, str]:
    """Return the field and the reason in words of a message of the typed decoder."""
    found = AT_PATH.search(message)
    named = NAMED_FIELD.search(message)
    if named:
        missing = "missing required" in message
        return named[1], "This field is required." if missing else "There is no such field."
    field = ".".join(PATH_FIELD.findall(found["path"])) if found else ""
    return field, _in_words(AT_PATH.sub("", message))


def _in_words(message: str) -> str:
    if "timezone component" in message:
        return "The instant needs its time zone, such as Z or +01:00."
    found = EXPECTED.fullmatch(message)
    if found:
        return worded(
            "Expected {wanted}, got {got}.", wanted=_kinds(found[1]), got=_kinds(found[2])
        )
    bound = BOUND.fullmatch(message)
    known = BOUNDS.get((bound[1], bool(bound[2]))) if bound else None
    if bound and known:
        return worded(known, limit=bound[3])
    said = re.sub(r"`([^`]*)`", lambda m: str(_kinds(m[1])), message)
    return f"{said}."


def _kinds(names: str) -> str:
    """Return the types that a message of the decoder names as words, 'a number or null'."""
    return either([term(WORDS.get(name, name)) for name in names.split(" | ")], between=" or ")


def malformed(error: Exception, body: bytes) -> Invalid:
    """Return the refusal of a body that is no such document: what, and at which byte or field."""
    if isinstance(error, msgspec.ValidationError):
        field, reason = field_and_reason(str(error))
        named = as_written(field) or term("The body")
        return Invalid(
            "invalid_document",
            joined(": ", [named, reason]),
            fields={field: reason},
        )
    position = _position(error, body)
    line = body.count(b"\n", 0, position) + 1
    return Invalid(
        "malformed_json",
        worded(
            "The body is no valid JSON: {said}, at byte {position} (line {line}).",
            said=term(_said(error)),
            position=position,
            line=line,
        ),
        extra={"position": position, "line": line},
    )


def _position(error: Exception, body: bytes) -> int:
    if isinstance(error, UnicodeDecodeError):
        return _first_undecodable(body)
    found = AT_BYTE.search(str(error))
    return int(found[1]) if found else len(body)


def _first_undecodable(body: bytes) -> int:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return error.start
    return len(body)


def _said(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return word("it is nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return word("it is not UTF-8")
    said = AT_BYTE.sub("", str(error)).removeprefix("JSON is malformed: ").strip()
    return word("it ends too early") if "truncated" in said else said


def _no_number() -> str:
    return "NaN and Infinity are no numbers; send null, which is a bad reading."


def _refuse_too_many(body: bytes, most_rows: int) -> None:
    """Refuse before decoding what names more systems than there may be rows."""
    if body.count(b'"system"') > most_rows:
        raise _too_many(most_rows)


def _too_many(most_rows: int) -> TooLarge:
    return TooLarge(
        "too_many_rows",
        worded("One request takes at most {most_rows} rows; send several.", most_rows=most_rows),
    )


def rows_as_sent(body: bytes, key: str, numbers: Iterable[int], *, lines: bool) -> dict[int, Any]:
    """Return some rows of a body by number as they were sent, for who has to mend them.

    A row that cannot be read at all is left out, and so is every row of such a document.
    """
    try:
        sent = body.split(b"\n") if lines else _pieces(body, key).rows
    except (Invalid, msgspec.MsgspecError):
        return {}
    found = {}
    for number in numbers:
        try:
            found[number] = msgspec.json.decode(sent[number - 1])
        except (*UNREADABLE, IndexError):
            continue
    return found
