"""Files that people upload: looked at, named by their content, kept, found again unchanged.

They lie below FILES_DIR/documents, named by their SHA-256, written before the commit of the row
that names them. A file whose row never came is an orphan, which a job of the sweep removes.
"""

import codecs
import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Protocol
from xml.etree.ElementTree import ParseError

import filetype  # type: ignore[import-untyped]
import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse
from django.conf import settings

from ledger.rules.refusals import Invalid, TooLarge
from ledger.rules.worded import worded
from registry.models import DocumentVersion
from registry.rules.files import (
    ENDS,
    MAIN_PARTS,
    TEXTS,
    TYPES,
    extension_of,
    harmless_name,
    why_ends_refused,
    why_name_refused,
    why_package_refused,
    why_parts_refused,
    why_text_refused,
)

ORPHANED_AFTER = timedelta(hours=24)
SWEPT_EVERY = timedelta(hours=1)
LARGEST_TYPES = 1024 * 1024
CHUNK = 256 * 1024
_last_swept: list[datetime] = []
_named_elsewhere: list[Callable[[Sequence[str]], set[str]]] = []


class Upload(Protocol):
    """A file as a door hands it over: its name as sent, its bytes in pieces."""

    name: str | None

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the bytes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that lies in the store."""

    sha256: str
    size: int
    media_type: str
    name: str


def keep_file(*, upload: Upload) -> Kept:
    """Look at an upload and keep it under its SHA-256; a file that is there already serves.

    Never more than one piece of it is in memory. Raises TooLarge, Invalid (field `file`).
    """
    name = harmless_name(upload.name or "")
    _refuse(why_name_refused(name))
    home = _home()
    home.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=home, prefix="incoming-", delete=False) as draft:
        path = Path(draft.name)
        try:
            sha256, size = _receive(upload.chunks(CHUNK), draft)
            _look(path, extension_of(name))
            target = path_of(sha256)
            target.parent.mkdir(exist_ok=True)
            path.replace(target)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return Kept(sha256, size, TYPES[extension_of(name)], name)


def path_of(sha256: str) -> Path:
    """Return where a file of this content lies."""
    return _home() / sha256[:2] / sha256


def open_kept(sha256: str) -> IO[bytes] | None:
    """Return a kept file, its bytes compared with its name a moment ago; None where they differ.

    What is read is what was compared: the handle is the same.
    """
    try:
        file = path_of(sha256).open("rb")
    except OSError:
        return None
    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
        file.close()
        return None
    file.seek(0)
    return file


def keep_named(names: Callable[[Sequence[str]], set[str]]) -> None:
    """Register rows of a higher floor that name files: of some hashes, those that they name."""
    if names not in _named_elsewhere:
        _named_elsewhere.append(names)


def sweep_orphans(at: datetime) -> int:
    """Remove files that no document names and that are older than a day; once an hour."""
    if _last_swept and at - _last_swept[-1] < SWEPT_EVERY:
        return 0
    _last_swept[:] = [at]
    before = (at - ORPHANED_AFTER).timestamp()
    old = [path for path in _files() if path.stat().st_mtime < before]
    named = set(
        DocumentVersion.objects.filter(sha256__in=[path.name for path in old]).values_list(
            "sha256", flat=True
        )
    )
    for names in _named_elsewhere:
        named |= names([path.name for path in old])
    gone = [path for path in old if path.name not in named]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _home() -> Path:
    return Path(settings.MEDIA_ROOT) / "documents"


def _files() -> list[Path]:
    return [path for path in _home().glob("**/*") if path.is_file()]


def _refuse(reason: str) -> None:
    if reason:
        raise Invalid("file_refused", reason, fields={"file": reason})


def _receive(chunks: Iterable[bytes], draft: IO[bytes]) -> tuple[str, int]:
    """Write the pieces, and return their SHA-256 and size. Raises TooLarge, Invalid."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        if size > settings.DOCUMENT_MAX_BYTES:
            words = worded(
                "A file may have at most {document_max_bytes} MB.",
                document_max_bytes=settings.DOCUMENT_MAX_BYTES // 1024 // 1024,
            )
            raise TooLarge("file_too_large", words, fields={"file": words})
        digest.update(chunk)
        draft.write(chunk)
    draft.flush()
    os.fsync(draft.fileno())
    _refuse("" if size else "This file is empty.")
    return digest.hexdigest(), size


def _look(path: Path, extension: str) -> None:
    """Raise Invalid where the bytes are not what the extension says."""
    head, tail = _ends(path)
    _refuse(why_ends_refused(extension, head, tail))
    if extension in MAIN_PARTS:
        _look_into_package(path, extension)
    elif extension in TEXTS:
        _read_text(path)
        if extension == "json":
            _read_json(path)
    else:
        guessed = filetype.guess_mime(head)
        _refuse("" if guessed == TYPES[extension] else "These bytes are of another kind of file.")


def _ends(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        head = file.read(ENDS)
        file.seek(max(0, path.stat().st_size - ENDS))
        return head, file.read()


def _look_into_package(path: Path, extension: str) -> None:
    with _package(path) as package:
        listed = package.infolist()
        entries = [(one.filename, one.compress_size, one.file_size) for one in listed]
        _refuse(why_package_refused(extension, entries))
        types = package.getinfo("[Content_Types].xml")
        _refuse("This is no Office document." if types.file_size > LARGEST_TYPES else "")
        with package.open(types) as part:
            declared = [one.get("ContentType", "") for one in parse(part).iter()]
        _refuse(why_parts_refused(extension, declared))


@contextmanager
def _package(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a package; what is wrong with it is the sender's to hear."""
    damaged = (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError)
    unreadable = (ParseError, DefusedXmlException, EOFError, ValueError, KeyError, zlib.error)
    try:
        with zipfile.ZipFile(path) as package:
            yield package
    except (*damaged, *unreadable) as error:
        words = "This Office document is damaged, or locked by a password."
        raise Invalid("file_refused", words, fields={"file": words}) from error


def _read_text(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                _refuse(why_text_refused(decoder.decode(chunk)))
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        _refuse("This text is not written in UTF-8. Save it as UTF-8 and send it again.")


def _read_json(path: Path) -> None:
    try:
        msgspec.json.decode(path.read_bytes().removeprefix(codecs.BOM_UTF8), type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        _refuse("This is not JSON, though its name says so.")
