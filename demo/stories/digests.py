"""What identifies a version: SHA-256 of its trained parameters, or of its program and settings."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest_of_numbers(lists: Iterable[Iterable[float]]) -> str:
    """SHA-256 over lists of numbers, to six places, so that no machine's last bit counts."""
    seal = hashlib.sha256()
    for numbers in lists:
        seal.update(" ".join(f"{number:.6f}" for number in numbers).encode() + b"\n")
    return seal.hexdigest()


def digest_of_files(paths: Iterable[Path], settings: str) -> str:
    """SHA-256 over the settings and the bytes of the files, in this order."""
    seal = hashlib.sha256(settings.encode())
    for path in paths:
        seal.update(hashlib.sha256(path.read_bytes()).digest())
    return seal.hexdigest()
