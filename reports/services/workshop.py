"""Where one pack is made: the bag as it grows, and what each finished step left."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import msgspec
from django.conf import settings

from ledger.rules.refusals import TooLarge
from ledger.rules.worded import as_text, worded
from reports.rules import figures
from reports.rules.building import share
from reports.rules.redaction import Redactor
from reports.rules.things import Scope, SystemRef
from reports.services.leases import Lease

S = TypeVar("S", bound=msgspec.Struct)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many files a step left, and their bytes."""

    files: int = 0
    size: int = 0


class Waits(Exception):
    """The pack cannot go on yet; the message says what it waits for."""


class Scale:
    """The bag's bytes so far, counted as files are written; weighed anew by each step.

    `step` is the place of the step that is being done.
    """

    def __init__(self) -> None:
        self.size = 0
        self.step = 0

    def add(self, size: int) -> None:
        """Count a file that was written. Raises TooLarge beyond the setting."""
        self.size += size
        if self.size > settings.PACK_MAX_BYTES:
            raise TooLarge(
                "pack_too_large",
                worded(
                    "The pack would hold more than {size}. Ask for a shorter "
                    "period, or for several one after the other, or for fewer "
                    "systems; an administrator can raise PACK_MAX_BYTES.",
                    size=figures.size(settings.PACK_MAX_BYTES),
                ),
            )


@dataclass(frozen=True)
class Workshop:
    """The place of one pack, under the lease of who builds it.

    `frozen` is the size of the checkpoint that an earlier attempt bound the pack to, or None;
    `shelf` the short name of the system whose pieces these are, '' for those of the whole.
    """

    folder: Path
    scope: Scope
    lease: Lease
    frozen: int | None
    redactor: Redactor
    shelf: str = ""
    scale: Scale = field(default_factory=Scale)

    @property
    def bag(self) -> Path:
        """The bag, named like the pack."""
        return self.folder / self.scope.number

    @property
    def data(self) -> Path:
        """The bag's payload."""
        return self.bag / "data"

    def beat(self) -> None:
        """Renew the lease; steps call it before each part that takes long. Raises LeaseLost."""
        self.lease.save()

    def told(self, place: int, total: int) -> None:
        """Say how far a step is that goes from system to system. Raises LeaseLost."""
        words = f"{self.scope.systems[place].name}, {place + 1} of {total}" if total > 1 else ""
        self.lease.save(part=words, progress=share(self.scale.step, place / total))

    def of(self, ref: SystemRef) -> "Workshop":
        """Return the same place for the pieces of one system."""
        return replace(self, scope=self.scope.of(ref), shelf=ref.slug)

    def piece(self, kind: type[S], make: Callable[["Workshop"], S]) -> S:
        """Return what a step left, or run it and leave it: written whole or not at all."""
        path = self._path(kind, make)
        if path.exists():
            return msgspec.json.decode(path.read_bytes(), type=kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(parents=True, exist_ok=True)
        result = make(self)
        if not self.shelf:
            self.weigh()
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(msgspec.json.encode(result, enc_hook=as_text))
        draft.replace(path)
        return result

    def weigh(self) -> int:
        """Return the bag's bytes so far. Raises TooLarge beyond the setting."""
        self.scale.size = 0
        self.scale.add(sum(path.stat().st_size for path in self.bag.rglob("*") if path.is_file()))
        return self.scale.size

    def _path(self, kind: type[S], make: Callable[["Workshop"], S]) -> Path:
        name = f"{kind.__name__.lower()}-{make.__name__}.json"
        return self.folder / "pieces" / self.shelf / name
