"""What a recipient gets is said by the class of each field; none is forgotten (REP-1)."""

import msgspec
import pytest

from reports.rules import conduct, content, frameworks, shared
from reports.rules.redaction import (
    OPEN,
    PERSONS,
    POLICIES,
    SHAPES,
    TEXTS,
    WITHHELD,
    Redactor,
)
from reports.rules.shared import GlassRecord, Shared

INSPECT = msgspec.inspect
NESTED = (INSPECT.AnyType, INSPECT.DictType)


def texts_below(kind, seen):
    """Yield (field, whether it is of a shape of its own) of every text below a value type."""
    if isinstance(kind, INSPECT.StructType) and kind.cls not in seen:
        seen.add(kind.cls)
        for field in kind.fields:
            yield from parts(field.name, field.type, seen)


def parts(name, kind, seen):
    """Yield a field itself where it is text, else what is below it."""
    if isinstance(kind, INSPECT.StrType):
        yield name, False
    elif isinstance(kind, NESTED):
        yield name, True
    elif isinstance(kind, INSPECT.ListType):
        yield from parts(name, kind.item_type, seen)
    elif isinstance(kind, INSPECT.UnionType):
        for part in kind.types:
            yield from parts(name, part, seen)
    else:
        yield from texts_below(kind, seen)


def every_text():
    """Return the text fields below everything that is collected."""
    tops = (content.Things, content.Readings, content.Matters, conduct.Conduct, shared.Shared)
    tops += (frameworks.Frameworks, frameworks.Registered)
    seen = set()
    return {found for top in tops for found in texts_below(INSPECT.type_info(top), seen)}


def test_every_text_that_is_collected_has_a_class():
    known = PERSONS | TEXTS | SHAPES | OPEN

    missing = {name for name, _ in every_text()} - known

    assert missing == set()


def test_no_field_has_two_classes():
    tables = [PERSONS, TEXTS, SHAPES, OPEN]

    doubled = {name for name in set.union(*map(set, tables)) if sum(name in t for t in tables) > 1}

    assert doubled == set()


def glass():
    """Return a value with a name and typed texts."""
    return Shared(
        glasses=[
            GlassRecord(
                person="Jonas Weber",
                over="Claims",
                reason="The pager rang.",
                from_at="2027-01-01T00:00:00Z",
                until_at="2027-01-01T01:00:00Z",
                reviewed_by="",
                reviewed_at=None,
                verdict="",
                review="",
            )
        ]
    )


@pytest.mark.parametrize("recipient", ["auditor", "internal", "authority"])
def test_who_gets_everything_gets_the_same_value(recipient):
    value = glass()

    assert Redactor(recipient, b"key").of(value) is value


def test_a_customer_gets_pseudonyms_and_no_typed_text():
    (found,) = Redactor("customer", b"key").of(glass()).glasses

    assert found.person.startswith("Person ")
    assert (found.reason, found.over, found.review) == (WITHHELD, "Claims", "")


def test_a_pseudonym_holds_within_a_pack_and_links_no_two_packs():
    one, other = Redactor("customer", b"one"), Redactor("customer", b"other")

    names = [each.person("Jonas Weber") for each in (one, one, other)]

    assert names[0] == names[1] != names[2]


def test_only_an_auditor_and_ourselves_get_everything_opened():
    assert {who for who, policy in POLICIES.items() if policy.openings is None} == {
        "auditor",
        "internal",
    }
