"""What an uploaded file may be: its name made harmless, its bytes agreeing with its extension.

Content decides; the extension only has to agree. What can act when it is opened (programs,
scripts, macros, HTML, SVG, archives) is refused, and so is a file that is two things at once.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence

from ledger.rules.worded import term, word, worded

LONGEST_NAME = 120
# How much of both ends of a file the rules look at, bytes.
ENDS = 66_000
OFFICE = "application/vnd.openxmlformats-officedocument."
MAIN_PARTS = {
    "docx": f"{OFFICE}wordprocessingml.document",
    "xlsx": f"{OFFICE}spreadsheetml.sheet",
    "pptx": f"{OFFICE}presentationml.presentation",
}
TEXTS = {
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "json": "application/json",
}
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    **MAIN_PARTS,
    **TEXTS,
}
IN_WORDS = word("PDF, Word, Excel, PowerPoint, PNG, JPEG, plain text, Markdown, CSV or JSON")
ZIP_END = b"PK\x05\x06"
PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
MARKUP = re.compile(rb"\s*(<!doctype|<html|<svg|<\?xml|<script|<head|<body|<!--|#!)", re.IGNORECASE)
RESERVED = re.compile(r'[<>:"|?*%`$;&\'\\/]')
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
MOST_ENTRIES = 5_000
MOST_INFLATED = 500 * 1024 * 1024
HIGHEST_RATIO = 200
ACTIVE_PARTS = re.compile(
    r"(vbaproject|vbadata)[^/]*\.bin$|/activex/|"
    r"\.(exe|dll|js|vbs|bat|cmd|scr|ps1|jar|com)$",
    re.IGNORECASE,
)


def harmless_name(given: str) -> str:
    """Return a file's name without paths, control and direction characters, cut to a length.

    The extension is kept, in small letters. An empty name becomes 'document'.
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", given))[-1]
    shown = "".join(" " if _is_space(one) else one for one in last if _is_shown(one))
    bare = re.sub(r"\s+", " ", RESERVED.sub("_", shown)).strip(" .")
    stem, dot, extension = bare.rpartition(".")
    if not dot:
        stem, extension = bare, ""
    stem = stem.strip(" .") or "document"
    if DEVICES.fullmatch(stem.partition(".")[0]):
        stem = f"_{stem}"
    ending = f".{extension.lower()[:10]}" if extension else ""
    return f"{stem[: LONGEST_NAME - len(ending)].rstrip(' .')}{ending}"


def _is_space(one: str) -> bool:
    return one in "\t\r\n" or unicodedata.category(one) == "Zs"


def _is_shown(one: str) -> bool:
    """Whether a character is seen as itself: no control, direction, private or half character."""
    return _is_space(one) or unicodedata.category(one)[0] != "C"


def extension_of(name: str) -> str:
    """Return the extension of a harmless name, '' without one."""
    return name.rpartition(".")[2] if "." in name else ""


def why_name_refused(name: str) -> str:
    """Return why a file of this name is not taken, '' where its bytes decide."""
    extension = extension_of(name)
    if extension in TYPES:
        return ""
    if extension:
        return worded(
            "We do not take a file that ends in .{extension}. Send {in_words}.",
            extension=extension,
            in_words=term(IN_WORDS),
        )
    return worded(
        "We do not take a file without an extension. Send {in_words}.", in_words=term(IN_WORDS)
    )


def why_ends_refused(extension: str, head: bytes, tail: bytes) -> str:
    """Return why the two ends of a file are not what its extension says, '' where they are.

    `head` and `tail` are its first and last ENDS bytes.
    """
    check = {"pdf": _pdf, "png": _png, "jpg": _jpeg, "jpeg": _jpeg}.get(extension)
    if check is not None:
        return check(head, tail)
    return _zip(head, tail) if extension in MAIN_PARTS else _text(head)


def _pdf(head: bytes, tail: bytes) -> str:
    if not head.startswith(b"%PDF-"):
        return "This is not a PDF, though its name says so."
    _before, mark, after = tail.rpartition(b"%%EOF")
    if not mark:
        return "This PDF does not end like one: it is cut off or damaged."
    return (
        "" if not after.strip(b"\r\n\t \x00") else "This PDF carries something else behind its end."
    )


def _png(head: bytes, tail: bytes) -> str:
    if not head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "This is not a PNG, though its name says so."
    return "" if tail.endswith(PNG_END) else "This PNG carries something else behind its end."


def _jpeg(head: bytes, tail: bytes) -> str:
    if not head.startswith(b"\xff\xd8\xff"):
        return "This is not a JPEG, though its name says so."
    ends = tail.rstrip(b"\x00").endswith(b"\xff\xd9")
    return (
        "" if ends and ZIP_END not in tail else "This JPEG carries something else behind its end."
    )


def _zip(head: bytes, tail: bytes) -> str:
    if not head.startswith(b"PK\x03\x04"):
        return "This is no Office document, though its name says so."
    place = tail.rfind(ZIP_END)
    exact = place >= 0 and len(tail) - place == 22
    return "" if exact else "This Office document carries something else behind its end."


def _text(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf")
    if MARKUP.match(start):
        return "This is a web page, a drawing or a script, not plain text."
    if b"%PDF-" in start[:1024]:
        return "This is a PDF, though its name says that it is text."
    return ""


def why_package_refused(extension: str, entries: Sequence[tuple[str, int, int]]) -> str:
    """Return why an Office package is refused by what it lists, '' where nothing speaks against it.

    `entries` are (name, packed bytes, unpacked bytes).
    """
    names = [name for name, _, _ in entries]
    if "[Content_Types].xml" not in names:
        return "This is an archive, not an Office document."
    if len(names) > MOST_ENTRIES or len(set(names)) != len(names):
        return "This Office document is put together in a way that we do not take."
    if any(name.startswith("/") or ".." in name.split("/") or "\\" in name for name in names):
        return "This Office document names places outside itself."
    if any(ACTIVE_PARTS.search(name) for name in names):
        return worded(
            "This document carries macros or a program. Save it without them, as .{extension}.",
            extension=extension,
        )
    packed, unpacked = sum(row[1] for row in entries), sum(row[2] for row in entries)
    if unpacked > MOST_INFLATED or unpacked > HIGHEST_RATIO * max(packed, 50_000):
        return "This Office document unpacks to far more than it holds."
    return ""


def why_parts_refused(extension: str, content_types: Collection[str]) -> str:
    """Return why an Office package is refused by the types that it declares, '' where it is not."""
    declared = " ".join(content_types).lower()
    if "macroenabled" in declared or "vbaproject" in declared:
        return worded(
            "This document carries macros. Save it without them, as .{extension}.",
            extension=extension,
        )
    main = f"{MAIN_PARTS[extension]}.main+xml".lower()
    if main not in declared:
        return worded(
            "This Office document is of another kind than .{extension} says.", extension=extension
        )
    return ""


def why_text_refused(chunk: str) -> str:
    """Return why a piece of decoded text is refused: control characters make it no text."""
    if any(ord(one) < 32 and one not in "\t\n\r\f" or ord(one) == 127 for one in chunk):
        return "This is not plain text: it holds control characters."
    return ""
