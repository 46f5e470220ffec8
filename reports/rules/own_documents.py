"""What is understood of an own framework, and what one version changes of another. Pure."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from ledger.rules.worded import either, joined, term, word, worded


class Aligned(Struct, frozen=True, kw_only=True):
    """A shipped provision that a control answers to, how sure that is, and why."""

    to: str
    confidence: str
    why: str


class OwnControl(Struct, frozen=True, kw_only=True):
    """A control of an own framework; `line` is where it begins, `applies_to` asks of a system."""

    id: str
    number: str
    kind: str
    title: str
    text: str
    shown_by: str
    wants: tuple[str, ...]
    owner: str
    fresh_days: int | None = None
    parent: str = ""
    applies_to: dict[str, list[str]] = {}
    crosswalk: tuple[Aligned, ...] = ()
    line: int = 0


class OwnFrameworkDocument(Struct, frozen=True, kw_only=True):
    """An own framework as it was understood."""

    id: str
    name: str
    edition: str
    kind: str
    about: str
    controls: tuple[OwnControl, ...]


def condition_words(asked: Mapping[str, Sequence[str]]) -> str:
    """Say a condition: 'kind agent or multi agent; risk high'; '' for none."""
    return joined("; ", [_asked(name, words) for name, words in asked.items()])


ASKED = {
    "kinds": word("kind"),
    "risk": word("risk"),
    "law": word("class by the AI Act"),
    "stage": word("stage of life"),
}


def _asked(name: str, words: Sequence[str]) -> str:
    plain = [one.replace("_", " ") for one in words]
    known = either(plain, between=" or ") if plain else ""
    return worded("{name} {words}", name=term(ASKED.get(name, name)), words=known)


class Change(Struct, frozen=True, kw_only=True):
    """One thing that a version changes: of the framework or of a control, before and after."""

    control: str
    what: str
    before: str
    after: str


def difference(
    before: OwnFrameworkDocument | None, after: OwnFrameworkDocument
) -> tuple[Change, ...]:
    """Return what `after` changes, in its order; what it takes away last."""
    held = {one.id: one for one in before.controls} if before else {}
    found = _fields("", before, after, ("name", "edition", "kind", "about")) if before else []
    for one in after.controls:
        was = held.pop(one.id, None)
        if was is None:
            found.append(Change(control=one.id, what=word("added"), before="", after=one.title))
        else:
            found += _fields(one.id, was, one, _COMPARED)
    found += [
        Change(control=key, what=word("taken away"), before=one.title, after="")
        for key, one in held.items()
    ]
    return tuple(found)


_COMPARED = (
    "number", "kind", "title", "text", "shown_by", "wants", "owner", "fresh_days", "parent",
    "applies_to", "crosswalk",
)  # fmt: skip


def _fields(key: str, was: Struct, now: Struct, names: Sequence[str]) -> list[Change]:
    pairs = [(name, getattr(was, name), getattr(now, name)) for name in names]
    return [
        Change(control=key, what=name, before=_words(name, old), after=_words(name, new))
        for name, old, new in pairs
        if old != new
    ]


def _words(name: str, value: object) -> str:
    said: dict[str, Callable[..., str]] = {
        "wants": "; ".join,
        "applies_to": condition_words,
        "crosswalk": lambda rows: "; ".join(
            f"{one.to} ({one.confidence}): {one.why}" for one in rows
        ),
    }
    if value is None:
        return ""
    return said[name](value) if name in said else str(value)
