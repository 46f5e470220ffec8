"""The bag as one ZIP file: stored, sorted, fixed times, so that the same bag is the same bytes."""

import shutil
import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)
MODE = 0o100644
UNIX = 3


def write_zip(bag: Path, target: Path) -> None:
    """Write every file of the bag below a folder named like it, streamed, in order of names."""
    names = sorted(path.relative_to(bag).as_posix() for path in bag.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name in names:
            source = bag / name
            with (
                source.open("rb") as read,
                archive.open(_entry(f"{bag.name}/{name}", source.stat().st_size), "w") as written,
            ):
                shutil.copyfileobj(read, written, 1 << 20)


def _entry(name: str, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_STORED
    entry.create_system = UNIX
    entry.external_attr = MODE << 16
    entry.file_size = size
    return entry
