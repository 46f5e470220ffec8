"""The fields of a command: what it needs, read from plain data, every fault told at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from ledger.rules.worded import worded

Kind = Literal["text", "choice", "integer", "boolean", "instant", "uuid", "list", "map"]
LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a command: its kind, whether it must be there, and how it is asked for."""

    name: str
    label: str
    kind: Kind = "text"
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    longest: int = LONGEST_TEXT


class _Fault(ValueError):
    """A value that a field does not take; the message is for the user."""


def read_fields(
    fields: tuple[Field, ...], payload: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return (values, faults by field). An absent optional field is None; unknown ones are faults.

    Instants are aware datetimes in UTC, uuids UUID, texts stripped.
    """
    faults = {name: "There is no such field." for name in payload if name not in _names(fields)}
    values: dict[str, Any] = {}
    for field in fields:
        try:
            values[field.name] = _read(field, payload.get(field.name))
        except _Fault as fault:
            faults[field.name] = fault.args[0]
    return values, faults


def _names(fields: tuple[Field, ...]) -> frozenset[str]:
    return frozenset(field.name for field in fields)


def _read(field: Field, value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        if field.required:
            raise _Fault("This is required.")
        return None
    return READERS[field.kind](field, value)


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise _Fault("This is a text.")
    if len(value) > field.longest:
        raise _Fault(worded("This has at most {most} characters.", most=field.longest))
    return value


def _choice(field: Field, value: Any) -> str:
    known = [key for key, _ in field.choices]
    if value not in known:
        raise _Fault(worded("This is one of: {values}.", values=", ".join(known)))
    return str(value)


def _integer(field: Field, value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise _Fault("This is a whole number, not negative.")
    return value


def _boolean(field: Field, value: Any) -> bool:
    known = {"true": True, "on": True, "yes": True, "false": False, "no": False}
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    if not isinstance(value, bool):
        raise _Fault("This is true or false.")
    return value


def _instant(field: Field, value: Any) -> datetime:
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _Fault("This is an instant such as 2026-11-20T09:00:00Z.") from error
    if instant.tzinfo is None:
        raise _Fault("This instant needs its time zone, such as Z or +01:00.")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise _Fault("This instant is out of range.") from error


def _uuid(field: Field, value: Any) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise _Fault("This is no identifier.") from error


def _list(field: Field, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise _Fault("This is a list.")
    return list(value)


def _map(field: Field, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _Fault("This is an object with named values.")
    return dict(value)


READERS: dict[Kind, Callable[[Field, Any], Any]] = {
    "text": _text,
    "choice": _choice,
    "integer": _integer,
    "boolean": _boolean,
    "instant": _instant,
    "uuid": _uuid,
    "list": _list,
    "map": _map,
}
