"""The pack as a bag (BagIt 1.0, RFC 8493): manifests over the payload and over the tag files."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from reports.rules.things import Scope

CHUNK = 1 << 20
TAG_MANIFEST = "tagmanifest-sha256.txt"
# The log's signature over the digest of the tag manifest: the one file that no manifest lists.
NOTE = "tagmanifest-sha256.note"
TAG_FILES = ("VERIFY.txt", "bag-info.txt", "bagit.txt", "manifest-sha256.txt")


def write_manifests(bag: Path, scope: Scope) -> tuple[int, int]:
    """Write bagit.txt, bag-info.txt and both manifests; return (payload files, payload bytes).

    VERIFY.txt must stand already. The same payload gives the same bytes.
    """
    payload = payload_files(bag)
    count, size = len(payload), sum((bag / name).stat().st_size for name in payload)
    _write(bag / "bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    _write(bag / "bag-info.txt", _info(scope, count, size))
    _write(bag / "manifest-sha256.txt", _manifest(bag, payload))
    _write(bag / TAG_MANIFEST, _manifest(bag, TAG_FILES))
    return count, size


def payload_files(bag: Path) -> list[str]:
    """Return the payload's file names relative to the bag, sorted by code point."""
    return sorted(
        path.relative_to(bag).as_posix() for path in (bag / "data").rglob("*") if path.is_file()
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _manifest(bag: Path, names: Iterable[str]) -> str:
    return "".join(f"{sha256_of(bag / name)}  {name}\n" for name in names)


def _info(scope: Scope, count: int, size: int) -> str:
    lines = {
        "Source-Organization": scope.organisation,
        "External-Identifier": scope.number,
        "External-Description": f"Evidence of {_subject(scope)}, "
        f"{scope.since.isoformat()} to {scope.until.isoformat()}",
        "Bagging-Date": scope.as_of.date().isoformat(),
        "Payload-Oxum": f"{size}.{count}",
        "Bag-Software-Agent": scope.generator,
    }
    return "".join(f"{label}: {' '.join(words.split())}\n" for label, words in lines.items())


def _subject(scope: Scope) -> str:
    one = len(scope.systems) == 1 and not scope.systems[0].incidents
    return f"the AI system {scope.system}" if one else scope.subject


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
