"""What was left out of a pack for its recipient, counted from what it holds. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from reports.rules.content import Content, Redaction
from reports.rules.redaction import POLICIES, PSEUDONYM, SHAPES, WITHHELD

NAMES = "names of people, each in place of a pseudonym"
TEXTS = "what people typed: narratives, reasons, lessons"
WHOLE = "whole texts of rules, motions and plans; their hashes stand"
FILES = "files that were uploaded to controls; their hashes stand"
ABSENCES = "leaves and delegations"
OPENINGS = "what opens personal values in the ledger's lines"
LINES = "The ledger's lines stand exactly as they were sealed, with the reasons that were typed."
ASKED = "agreed by two persons not to be handed over: {what}"


def redactions_of(content: Content) -> list[Redaction]:
    """Return what this recipient does not get and why; nothing for an auditor and ourselves."""
    policy = POLICIES[content.scope.recipient]
    counted: Counter[str] = Counter()
    for item in content.systems:
        for part in (item.things, item.readings, item.matters, item.conduct, item.registered):
            counted.update(_marks(part))
    for shared in (content.shared, content.frameworks):
        counted.update(_marks(shared))
    found = [Redaction(what=what, why=policy.why, count=counted[what]) for what in sorted(counted)]
    found += _files(content)
    if not policy.absences:
        found.append(Redaction(what=ABSENCES, why=policy.why, count=0))
    if policy.openings is not None:
        held = content.ledger.withheld
        found.append(Redaction(what=OPENINGS, why=f"{policy.why}. {LINES}", count=held))
    return [*found, *_asked(content)]


def _files(content: Content) -> Iterator[Redaction]:
    kept_back = sum(1 for one in content.frameworks.uploads if one.sha256)
    recipient = content.scope.recipient
    if kept_back and not gives_files(recipient):
        yield Redaction(what=FILES, why=POLICIES[recipient].why, count=kept_back)


def gives_files(recipient: str) -> bool:
    """Whether a recipient gets uploaded files: nobody can leave names and words out of these."""
    policy = POLICIES[recipient]
    return policy.names and policy.texts


def _asked(content: Content) -> Iterator[Redaction]:
    for request in content.shared.requests:
        if request.id != content.scope.request:
            continue
        for item in request.withheld:
            if item.approved_at is not None:
                yield Redaction(what=ASKED.format(what=item.what), why=item.reason, count=1)


def _marks(value: Any) -> Iterator[str]:
    """Yield the class of every mark that a redactor left."""
    if isinstance(value, list):
        for item in value:
            yield from _marks(item)
    elif isinstance(value, Struct):
        for field in fields(value):
            yield from _marks_of_field(field.name, getattr(value, field.name))
    elif isinstance(value, str):
        yield from _mark(value)


def _marks_of_field(name: str, value: Any) -> Iterator[str]:
    if name in SHAPES and value in (WITHHELD, {"withheld": WITHHELD}):
        yield WHOLE
    else:
        yield from _marks(value)


def _mark(value: str) -> Iterator[str]:
    if value == WITHHELD:
        yield TEXTS
    elif value.startswith(PSEUDONYM) and len(value) == len(PSEUDONYM) + 8:
        yield NAMES
