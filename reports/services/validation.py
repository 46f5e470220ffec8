"""Checks of a finished pack: its form, its bag, its cells, and the auditor's own verifier.

Needs no database. The verifier runs as an auditor runs it: alone, in a process of its own.
"""

import csv
import hashlib
import io
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import bagit
import orjson
from django.conf import settings

from ledger.rules.canonical import canonical
from reports.render.bag import NOTE, TAG_FILES, TAG_MANIFEST
from reports.render.container import EPOCH
from reports.rules.cells import is_safe

MOST_FILES = 100_000
MOST_BYTES = 8 * 1024**3
LONGEST_NAME = 240
END_RECORD = 22
VERIFIER = "countersign_verify.py"
# Whose time stamps a pack carries is for the auditor to know (--tsa-ca).
AUTHORITY = "authority"
BEAT_SECONDS = 20


@dataclass(frozen=True)
class Finding:
    """One claim about the pack and whether it holds; `words` names the first fault."""

    claim: str
    holds: bool
    words: str = ""


@dataclass
class Report:
    """What was checked."""

    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every claim holds; nothing checked is not good."""
        return bool(self.findings) and all(item.holds for item in self.findings)

    @property
    def faults(self) -> list[str]:
        """The claims that do not hold, each with its first fault."""
        return [f"{item.claim}: {item.words}" for item in self.findings if not item.holds]


Beat = Callable[[], None]


class Fault(Exception):
    """A claim does not hold; the message says where."""


def validate_pack(path: Path, *, key: str = "", beat: Beat = lambda: None) -> Report:
    """Check a pack claim by claim, hostile archives first; never raises for a bad pack.

    `key` is the log's public key (vkey), from elsewhere than the pack; without it the verifier's
    claim does not hold. `beat` is called now and then while the verifier works. Returns a report
    whose `ok` says whether all hold. Later claims are not checked when the container cannot be
    trusted.
    """
    report = Report()
    if not _claim(report, "the container is a plain ZIP of stored files", lambda: _container(path)):
        return report
    with zipfile.ZipFile(path) as archive:
        top = archive.namelist()[0].partition("/")[0]
        checks: tuple[tuple[str, Callable[[], None]], ...] = (
            ("every file is listed and every listed file is there", lambda: _listed(archive, top)),
            ("every file has the digest that its manifest says", lambda: _digests(archive, top)),
            ("the bag is valid (RFC 8493)", lambda: _bag(archive, top)),
            ("pack.json is of this pack", lambda: _about(archive, top)),
            ("ledger lines are canonical and in order", lambda: _lines(archive, top)),
            ("no cell of a CSV file runs", lambda: _cells(archive)),
            ("an auditor's verifier passes it", lambda: _verified(path, key, beat)),
        )
        for claim, check in checks:
            _claim(report, claim, check)
    return report


def _verified(path: Path, key: str, beat: Beat) -> None:
    """Run the verifier alone, without our packages; its first bad claims are the fault."""
    command = [sys.executable, "-I", "-S", str(settings.BASE_DIR / VERIFIER), str(path), "--json"]
    command += ["--key", key] if key else []
    command += ["--tsa-ca", settings.LEDGER_TSA_CA] if settings.LEDGER_TSA_CA else []
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
        subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT) as process,
    ):
        code = _ended(process, beat)
        said.seek(0)
        words = said.read()
    bad = _bad_claims(words) if code in (0, 1, 3) else [words[-300:]]
    if bad:
        raise Fault("; ".join(bad[:3]))


def _bad_claims(words: str) -> list[str]:
    """Return what failed or was checked in part only, but for what an auditor alone can pin."""
    return [
        f"{item['claim']}: {item['words']}"
        for item in orjson.loads(words)["claims"]
        if item["result"] == "FAIL" or (item["partly"] and item["claim"] != AUTHORITY)
    ]


def _ended(process: subprocess.Popen[bytes], beat: Beat) -> int:
    while True:
        try:
            return process.wait(BEAT_SECONDS)
        except subprocess.TimeoutExpired:
            try:
                beat()
            except BaseException:
                process.kill()
                raise


def _claim(report: Report, claim: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except (Fault, bagit.BagError, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        report.findings.append(Finding(claim, False, str(error) or type(error).__name__))
        return False
    report.findings.append(Finding(claim, True))
    return True


def _container(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        _limits(entries)
        if archive.comment or entries[0].header_offset:
            raise Fault("bytes stand before the first file or after the last")
        for entry in entries:
            _entry(entry)
        names = [entry.filename for entry in entries]
        if names != sorted(names) or len({name.lower() for name in names}) != len(names):
            raise Fault("names are not sorted, or two differ by case alone")
        if len({name.partition("/")[0] for name in names}) != 1:
            raise Fault("there is more than one folder at the top")
        if path.stat().st_size != _expected(archive):
            raise Fault("the file is longer than what its directory lists")


def _expected(archive: zipfile.ZipFile) -> int:
    """Return the file's size if it holds its entries, its directory and nothing else."""
    directory = sum(
        46 + len(entry.filename.encode()) + len(entry.extra) + len(entry.comment)
        for entry in archive.infolist()
    )
    zip64 = 76 if len(archive.infolist()) > 65_535 or archive.start_dir >= 2**32 - 1 else 0
    return archive.start_dir + directory + zip64 + END_RECORD


def _limits(entries: list[zipfile.ZipInfo]) -> None:
    if not entries:
        raise Fault("the archive is empty")
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise Fault(f"it holds more than {MOST_FILES} files or {MOST_BYTES} bytes")


def _entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    parts = PurePosixPath(name).parts
    if name.startswith("/") or "\\" in name or ".." in parts or len(name) > LONGEST_NAME:
        raise Fault(f"a name leaves the folder or is too long: {name[:80]}")
    if unicodedata.normalize("NFC", name) != name:
        raise Fault(f"a name is not in its normal form: {name}")
    if entry.compress_type != zipfile.ZIP_STORED or entry.is_dir() or entry.flag_bits & 1:
        raise Fault(f"{name} is not a plain stored file")
    if entry.date_time != EPOCH or entry.external_attr >> 16 != 0o100644:
        raise Fault(f"{name} has another time or kind than a pack gives")


def _listed(archive: zipfile.ZipFile, top: str) -> None:
    there = {name.removeprefix(f"{top}/") for name in archive.namelist()}
    listed = set(_manifest(archive, top, "manifest-sha256.txt"))
    listed |= set(_manifest(archive, top, TAG_MANIFEST)) | {TAG_MANIFEST, NOTE}
    for name in sorted(there - listed):
        raise Fault(f"{name} is in no manifest")
    for name in sorted(listed - there):
        raise Fault(f"{name} is listed but missing")
    for name in sorted(set(TAG_FILES) - there):
        raise Fault(f"{name} is missing")


def _digests(archive: zipfile.ZipFile, top: str) -> None:
    for manifest in (TAG_MANIFEST, "manifest-sha256.txt"):
        for name, digest in _manifest(archive, top, manifest).items():
            if _sha256(archive, f"{top}/{name}") != digest:
                raise Fault(f"{name} was changed")


def _bag(archive: zipfile.ZipFile, top: str) -> None:
    """Let the BagIt library judge the unpacked bag; names were checked before."""
    with tempfile.TemporaryDirectory() as folder:
        archive.extractall(folder)
        bagit.Bag(str(Path(folder) / top)).validate(processes=1)


def _about(archive: zipfile.ZipFile, top: str) -> None:
    about = orjson.loads(archive.read(f"{top}/data/pack.json"))
    if about["pack"] != top:
        raise Fault(f"it is of {about['pack']}, the folder of {top}")
    if _sha256(archive, f"{top}/data/audit/log.jsonl") != about["ledger"]["sha256"]:
        raise Fault("the SHA-256 of log.jsonl is another")
    has_report = f"{top}/data/report.pdf" in archive.namelist()
    if has_report == bool(about["documents"]["missing"]):
        raise Fault("it says otherwise about report.pdf than what is there")


def _lines(archive: zipfile.ZipFile, top: str) -> None:
    place_in_tree = -1
    table = csv.DictReader(io.TextIOWrapper(archive.open(f"{top}/data/audit/log.csv"), "utf-8"))
    with archive.open(f"{top}/data/audit/log.jsonl") as lines:
        for place, line in enumerate(lines, start=1):
            exact = line.removesuffix(b"\n")
            row = next(table, None)
            if row is None or row["sha256_of_line"] != hashlib.sha256(exact).hexdigest():
                raise Fault(f"line {place} is not the one that log.csv numbers")
            if canonical(orjson.loads(exact)) != exact:
                raise Fault(f"line {place} is not canonical")
            if int(row["seq"]) <= place_in_tree:
                raise Fault(f"line {place} is out of order")
            place_in_tree = int(row["seq"])
    if next(table, None) is not None:
        raise Fault("log.csv numbers more lines than log.jsonl has")


def _cells(archive: zipfile.ZipFile) -> None:
    for name in archive.namelist():
        if not name.endswith(".csv"):
            continue
        for place, row in enumerate(_rows(archive, name), start=1):
            if not all(is_safe(text) for text in row):
                raise Fault(f"{name}, line {place}")


def _rows(archive: zipfile.ZipFile, name: str) -> Iterator[list[str]]:
    with io.TextIOWrapper(archive.open(name), "utf-8", newline="") as file:
        yield from csv.reader(file)


def _manifest(archive: zipfile.ZipFile, top: str, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in archive.read(f"{top}/{name}").decode().splitlines():
        digest, gap, listed = line.partition("  ")
        if not gap or listed in found:
            raise Fault(f"{name} is malformed at: {line[:80]}")
        found[listed] = digest
    return found


def _sha256(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
