"""Fields of a command: every fault at once, each by its name, in words."""

import datetime as dt
import uuid

import pytest

from incidents.rules.fields import Field, read_fields

KEY = uuid.UUID(int=7)


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("text", "  words ", "words"),
        ("choice", "a", "a"),
        ("integer", 12, 12),
        ("integer", "12", 12),
        ("integer", 0, 0),
        ("boolean", True, True),
        ("boolean", False, False),
        ("boolean", "on", True),
        ("boolean", "no", False),
        ("instant", "2026-11-16T10:00:00+01:00", dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)),
        ("uuid", str(KEY), KEY),
        ("list", [1], [1]),
        ("map", {"a": 1}, {"a": 1}),
    ],
)
def test_a_field_reads_its_kind(kind, given, value):
    field = Field("it", "It", kind, choices=(("a", "A"),))

    assert read_fields((field,), {"it": given}) == ({"it": value}, {})


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", 5),
        ("text", "\x00"),
        ("text", "x" * 20_001),
        ("choice", "b"),
        ("choice", ["a"]),
        ("integer", -1),
        ("integer", True),
        ("integer", 1.5),
        ("integer", "١٢"),
        ("integer", 2**31),
        ("boolean", "maybe"),
        ("boolean", 1),
        ("instant", "2026-11-16T10:00:00"),
        ("instant", "tomorrow"),
        ("instant", 5),
        ("uuid", "7"),
        ("uuid", 7),
        ("list", "abc"),
        ("map", [1]),
    ],
)
def test_a_wrong_value_is_a_fault_of_its_field(kind, given):
    field = Field("it", "It", kind, choices=(("a", "A"),))

    values, faults = read_fields((field,), {"it": given})

    assert list(faults) == ["it"]
    assert values == {}


@pytest.mark.parametrize("given", [{}, {"it": None}, {"it": "  "}])
def test_what_is_required_must_be_there(given):
    assert read_fields((Field("it", "It"),), given)[1] == {"it": "This is required."}


def test_what_is_optional_is_none_when_absent():
    assert read_fields((Field("it", "It", required=False),), {}) == ({"it": None}, {})


def test_every_fault_is_told_at_once_and_so_is_what_no_field_is_called():
    fields = (Field("one", "One"), Field("two", "Two", "integer"))

    _, faults = read_fields(fields, {"two": "x", "three": 3})

    assert set(faults) == {"one", "two", "three"}
