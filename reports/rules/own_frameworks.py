"""A framework that an organisation brings as YAML: read with every fault and its line. Pure.

Nothing is passed over in silence: a name that nobody knows is a fault, so what is kept is all that
was written. What its controls want are sources of evidence that the product has.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.rules.worded import worded
from reports.rules.control_map import OWNERS, parse_need
from reports.rules.own_documents import Aligned, OwnControl, OwnFrameworkDocument
from reports.rules.plain_yaml import Fault, Listed, Named, Node, NotRead, Text, read_plain

KEY = re.compile(r"[a-z][a-z0-9-]{1,18}[a-z0-9]")
CONTROL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,18}")
# Names of pages beside the frameworks, and the folders of shipped ones in a pack.
RESERVED = frozenset({"gaps", "statements", "uploads", "readiness", "frameworks", "made"})
KINDS = ("policy", "contract", "standard", "guideline", "law")
CONTROL_KINDS = ("control", "clause")
CONFIDENCE = ("high", "medium", "low")
# What a condition may ask of a system; each named thing must hold, any of its words will do.
ASKED: Mapping[str, tuple[str, ...]] = {
    "kinds": ("predictive", "assistant", "agent", "multi_agent"),
    "risk": ("low", "medium", "high"),
    "law": ("prohibited", "high_risk", "transparency", "minimal"),
    "stage": ("proposed", "assessed", "approved", "pilot", "production", "suspended"),
}
MOST_CONTROLS, MOST_WANTS, MOST_ALIGNED = 300, 12, 20
MOST_DAYS = 3650
MOST_FAULTS = 200
ANYBODY = "compliance"


@dataclass(frozen=True, slots=True)
class Known:
    """What an own framework may name: sources of evidence, shipped provisions, ids not to take."""

    sources: Collection[str]
    provisions: Collection[str]
    taken: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read: the document where nothing is wrong, else every fault by its line."""

    document: OwnFrameworkDocument | None
    faults: tuple[Fault, ...]


def read_framework(text: str, known: Known) -> Understood:
    """Read a text; every fault is told with its line, the first two hundred of them."""
    try:
        root = read_plain(text)
    except NotRead as error:
        return Understood(None, (error.fault,))
    if not isinstance(root, Named):
        words = "framework: names with values are expected, such as 'id: house-rules'."
        return Understood(None, (Fault(root.line, words),))
    reading = _Reading(known)
    document = reading.framework(root)
    faults = tuple(sorted(set(reading.faults))[:MOST_FAULTS])
    return Understood(None if faults else document, faults)


@dataclass
class _Reading:
    """One reading: what is known, and the faults that were found so far."""

    known: Known
    faults: list[Fault] = field(default_factory=list)

    def framework(self, root: Node) -> OwnFrameworkDocument:
        """Read the whole."""
        rows = self.named(root, ("id", "name", "edition", "kind", "about", "controls"), "framework")
        line = root.line
        return OwnFrameworkDocument(
            id=self._key(rows, line),
            name=self.text(rows, "name", 120, line, needed=True),
            edition=self.text(rows, "edition", 200, line, needed=True),
            kind=self.word(rows, "kind", KINDS, line, "policy"),
            about=self.text(rows, "about", 2000, line),
            controls=self._controls(rows.get("controls"), line),
        )

    def _key(self, rows: Mapping[str, Node], line: int) -> str:
        key = self.text(rows, "id", 40, line, needed=True)
        at = rows["id"].line if "id" in rows else line
        if key and not KEY.fullmatch(key):
            self.fault(at, "id: 3 to 20 small letters, digits and hyphens, a letter first.")
        elif key in RESERVED or key in self.known.taken:
            self.fault(at, worded("id: {key} is taken; choose another one.", key=repr(key)))
        return key

    def _controls(self, node: Node | None, line: int) -> tuple[OwnControl, ...]:
        if not isinstance(node, Listed) or not node.items:
            self.fault(node.line if node else line, "controls: a list with at least one control.")
            return ()
        if len(node.items) > MOST_CONTROLS:
            here = len(node.items)
            words = worded(
                "controls: at most {most}, here are {here}.", most=MOST_CONTROLS, here=here
            )
            self.fault(node.line, words)
            return ()
        found = tuple(self._control(item) for item in node.items)
        self._check_ids(found)
        return found

    def _check_ids(self, found: Sequence[OwnControl]) -> None:
        first: dict[str, int] = {}
        for one in found:
            # A pack keeps folders by id, and some disks know no difference of case.
            seen = first.setdefault(one.id.lower(), one.line)
            if one.id and seen != one.line:
                words = worded(
                    "id: {id} stands already on line {line}.", id=repr(one.id), line=seen
                )
                self.fault(one.line, words)
        for one in found:
            if one.parent and (one.parent.lower() not in first or one.parent == one.id):
                words = worded(
                    "parent: {parent} is no other control here.", parent=repr(one.parent)
                )
                self.fault(one.line, words)

    def _control(self, node: Node) -> OwnControl:
        names = (
            "id", "number", "kind", "title", "text", "shown_by", "wants", "owner", "fresh_days",
            "parent", "applies_to", "crosswalk",
        )  # fmt: skip
        rows, line = self.named(node, names, "control"), node.line
        key = self.text(rows, "id", 40, line, needed=True)
        if key and not CONTROL_ID.fullmatch(key):
            words = "id: up to 19 letters, digits, dots, hyphens; a letter or digit first."
            self.fault(rows["id"].line, words)
        owner = self.word(rows, "owner", sorted(OWNERS), line, ANYBODY)
        return OwnControl(
            id=key,
            number=self.text(rows, "number", 40, line) or key,
            kind=self.word(rows, "kind", CONTROL_KINDS, line, "control"),
            title=self.text(rows, "title", 200, line, needed=True),
            text=self.text(rows, "text", 4000, line),
            shown_by=self.text(rows, "shown_by", 500, line),
            wants=self._wants(rows.get("wants"), line),
            owner=owner,
            fresh_days=self._days(rows.get("fresh_days")),
            parent=self.text(rows, "parent", 40, line),
            applies_to=self._condition(rows.get("applies_to")),
            crosswalk=self._aligned(rows.get("crosswalk")),
            line=line,
        )

    def _wants(self, node: Node | None, line: int) -> tuple[str, ...]:
        found = self.words(node, "wants", line, MOST_WANTS)
        if not found:
            self.fault(node.line if node else line, "wants: name at least one source of evidence.")
        counted = [self._check_want(one) for one in found]
        if found and not any(counted):
            self.fault(found[0].line, "wants: one at least must count, so without '+shown'.")
        return tuple(one.text for one in found)

    def _check_want(self, one: Text) -> bool:
        """Check what one want names; return whether it counts."""
        need = parse_need([one.text], owner=ANYBODY)
        for name in need.sources:
            if name not in self.known.sources:
                words = worded("wants: {name} is no source of evidence.", name=repr(name[:60]))
                self.fault(one.line, words)
        return bool(need.counted)

    def _days(self, node: Node | None) -> int | None:
        if node is None or node == Text(node.line, ""):
            return None
        text = node.text if isinstance(node, Text) else ""
        if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= MOST_DAYS:
            words = worded("fresh_days: a number of days from 1 to {most}.", most=MOST_DAYS)
            self.fault(node.line, words)
            return None
        return int(text)

    def _condition(self, node: Node | None) -> dict[str, list[str]]:
        if node is None:
            return {}
        rows = self.named(node, tuple(ASKED), "applies_to")
        found = {}
        for name, below in rows.items():
            words = self.words(below, f"applies_to, {name}", below.line, len(ASKED[name]))
            for one in words:
                if one.text not in ASKED[name]:
                    self.fault(one.line, _none_of(f"applies_to, {name}", one.text, ASKED[name]))
            if not words:
                field = f"applies_to, {name}"
                said = worded("{field}: name at least one, or leave it out.", field=field)
                self.fault(below.line, said)
            found[name] = [one.text for one in words]
        return found

    def _aligned(self, node: Node | None) -> tuple[Aligned, ...]:
        if node is None:
            return ()
        if not isinstance(node, Listed) or len(node.items) > MOST_ALIGNED:
            words = worded("crosswalk: a list of at most {most}.", most=MOST_ALIGNED)
            self.fault(node.line, words)
            return ()
        return tuple(self._pair(item) for item in node.items)

    def _pair(self, node: Node) -> Aligned:
        rows, line = self.named(node, ("to", "confidence", "why"), "crosswalk"), node.line
        to = self.text(rows, "to", 40, line, needed=True)
        if to and to not in self.known.provisions:
            words = worded("crosswalk: {to} is no shipped provision.", to=repr(to))
            self.fault(rows["to"].line, words)
        return Aligned(
            to=to,
            confidence=self.word(rows, "confidence", CONFIDENCE, line, ""),
            why=self.text(rows, "why", 500, line, needed=True),
        )

    def fault(self, line: int, words: str) -> None:
        """Put a fault on record."""
        self.faults.append(Fault(line, words))

    def named(self, node: Node, names: Sequence[str], what: str) -> dict[str, Node]:
        """Return values by name; unknown and doubled names are faults."""
        if not isinstance(node, Named):
            words = worded("{field}: names with values are expected here.", field=what)
            self.fault(node.line, words)
            return {}
        found: dict[str, Node] = {}
        for name, value in node.pairs:
            if name.text not in names:
                self.fault(name.line, _unknown(what, name.text[:60], names))
            elif name.text in found:
                words = worded(
                    "{field}: {name} stands there twice.", field=what, name=repr(name.text)
                )
                self.fault(name.line, words)
            else:
                found[name.text] = value
        return found

    def text(
        self, rows: Mapping[str, Node], name: str, longest: int, line: int, *, needed: bool = False
    ) -> str:
        """Return a text; too long, no text, or none where one is needed, is a fault."""
        node = rows.get(name)
        if node is None or node == Text(node.line, ""):
            if needed:
                at = node.line if node else line
                self.fault(at, worded("{field}: it is missing.", field=name))
            return ""
        if not isinstance(node, Text):
            self.fault(node.line, worded("{field}: a text is expected here.", field=name))
            return ""
        if len(node.text) > longest:
            self.fault(node.line, _too_long(name, longest, len(node.text)))
        return node.text[:longest]

    def word(
        self, rows: Mapping[str, Node], name: str, known: Sequence[str], line: int, without: str
    ) -> str:
        """Return one of some words, `without` where none is said; '' means that one is needed."""
        said = self.text(rows, name, 60, line, needed=not without) or without
        if said and said not in known:
            self.fault(rows[name].line, _none_of(name, said, known))
        return said

    def words(self, node: Node | None, what: str, line: int, most: int) -> list[Text]:
        """Return a list of texts; one text alone is a list of one."""
        if node is None or node == Text(node.line, ""):
            return []
        found = node.items if isinstance(node, Listed) else [node]
        texts = [one for one in found if isinstance(one, Text) and one.text]
        if len(texts) != len(found):
            words = worded("{field}: a list of words is expected here.", field=what)
            self.fault(node.line, words)
        if len(texts) > most:
            self.fault(node.line, worded("{field}: at most {most}.", field=what, most=most))
        return texts[:most]


def _none_of(name: str, said: str, known: Sequence[str]) -> str:
    return worded(
        "{field}: {said} is none of {known}.", field=name, said=repr(said), known=", ".join(known)
    )


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    return worded(
        "{field}: {name} is not known; there are {known}.",
        field=what,
        name=repr(name),
        known=", ".join(known),
    )


def _too_long(name: str, most: int, here: int) -> str:
    return worded(
        "{field}: at most {most} characters, here {here}.", field=name, most=most, here=here
    )
