"""The catalogue of translations: read and written as .po, compiled to .mo, with Python alone.

The .po is what people edit; the .mo beside it is what gettext reads, committed with it, so that a
fresh clone speaks every language without a build step. Format: GNU gettext manual, "PO Files",
"MO Files".
"""

import ast
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MAGIC = 0x950412DE
CONTEXT = "\x04"
WIDTH = 90


@dataclass(slots=True)
class Entry:
    """One message: context, singular, plural ('' for none), its translations, where it stands."""

    message: str
    plural: str = ""
    context: str = ""
    said: list[str] = field(default_factory=list)
    places: tuple[str, ...] = ()
    fuzzy: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What one message differs from another by."""
        return self.context, self.message

    @property
    def is_translated(self) -> bool:
        """Whether every form is there and nobody has doubted it."""
        return bool(self.said) and all(self.said) and not self.fuzzy


def read(path: Path) -> list[Entry]:
    """Read a .po, its header first. ValueError: a line that is none of a .po."""
    entries = []
    for block in path.read_text().split("\n\n"):
        entry = _entry(block.splitlines())
        if entry is not None:
            entries.append(entry)
    return entries


def _entry(lines: Sequence[str]) -> Entry | None:
    parts: dict[str, list[str]] = {}
    entry, name = Entry(""), ""
    for line in lines:
        if line.startswith("#"):
            _comment(entry, line)
        elif line.startswith('"'):
            parts[name].append(ast.literal_eval(line))
        elif line:
            name, text = line.split(" ", 1)
            parts[name] = [ast.literal_eval(text)]
    if "msgid" not in parts:
        return None
    whole = {name: "".join(texts) for name, texts in parts.items()}
    entry.message, entry.plural = whole["msgid"], whole.get("msgid_plural", "")
    entry.context = whole.get("msgctxt", "")
    entry.said = [whole[name] for name in sorted(whole) if name.startswith("msgstr")]
    return entry


def _comment(entry: Entry, line: str) -> None:
    if line.startswith("#:"):
        entry.places += tuple(line[2:].split())
    elif line.startswith("#,"):
        entry.fuzzy = "fuzzy" in line


def write(path: Path, header: str, entries: Iterable[Entry]) -> None:
    """Write a .po: the header, then the messages by the first place in which they stand."""
    blocks = [_block(Entry("", said=[header]))]
    blocks += [_block(entry) for entry in sorted(entries, key=lambda one: (one.places, one.key))]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(blocks) + "\n")


def _block(entry: Entry) -> str:
    lines = [f"#: {place}" for place in entry.places]
    lines += ["#, fuzzy"] if entry.fuzzy else []
    lines += _quoted("msgctxt", entry.context) if entry.context else []
    lines += _quoted("msgid", entry.message)
    if not entry.plural:
        return "\n".join([*lines, *_quoted("msgstr", entry.said[0] if entry.said else "")])
    lines += _quoted("msgid_plural", entry.plural)
    for place, said in enumerate(entry.said or ["", ""]):
        lines += _quoted(f"msgstr[{place}]", said)
    return "\n".join(lines)


def _quoted(name: str, text: str) -> list[str]:
    """Write a string as a .po has it, a long one in lines that end where a word ends."""
    if len(text) < WIDTH and "\n" not in text:
        return [f"{name} {_quote(text)}"]
    pieces, piece = [], ""
    for word in text.replace("\n", "\n\0").replace(" ", " \0").split("\0"):
        if piece and (piece.endswith("\n") or len(piece) + len(word) > WIDTH):
            pieces.append(piece)
            piece = ""
        piece += word
    return [f'{name} ""', *(_quote(one) for one in [*pieces, piece] if one)]


def _quote(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + '"'


def compiled(entries: Iterable[Entry]) -> bytes:
    """Return the .mo of a catalogue; what is empty or doubted is left out and stays English."""
    pairs = sorted(_pair(entry) for entry in entries if entry.is_translated)
    start = 28 + 16 * len(pairs)
    keys = b"".join(key + b"\0" for key, _said in pairs)
    tables = [_table([key for key, _said in pairs], start)]
    tables.append(_table([said for _key, said in pairs], start + len(keys)))
    second = 28 + 8 * len(pairs)
    head = struct.pack("<7I", MAGIC, 0, len(pairs), 28, second, 0, start)
    return head + b"".join(tables) + keys + b"".join(said + b"\0" for _key, said in pairs)


def _pair(entry: Entry) -> tuple[bytes, bytes]:
    context = f"{entry.context}{CONTEXT}" if entry.context else ""
    key = context + entry.message + (f"\0{entry.plural}" if entry.plural else "")
    return key.encode(), "\0".join(entry.said).encode()


def _table(texts: Sequence[bytes], start: int) -> bytes:
    rows = []
    for text in texts:
        rows.append(struct.pack("<2I", len(text), start))
        start += len(text) + 1
    return b"".join(rows)
