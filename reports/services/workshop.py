"""Where one pack is made: the bag as it grows, and what each finished step left."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
from django.conf import settings

from ledger.rules.refusals import TooLarge
from reports.rules import figures
from reports.rules.things import Scope
from reports.services.leases import Lease

S = TypeVar("S", bound=msgspec.Struct)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many files a step left, and their bytes."""

    files: int = 0
    size: int = 0


class Waits(Exception):
    """The pack cannot go on yet; the message says what it waits for."""


@dataclass(frozen=True)
class Workshop:
    """The place of one pack, under the lease of who builds it.

    `frozen` is the size of the checkpoint that an earlier attempt bound the pack to, or None.
    """

    folder: Path
    scope: Scope
    lease: Lease
    frozen: int | None

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

    def piece(self, kind: type[S], make: Callable[["Workshop"], S]) -> S:
        """Return what a step left, or run it and leave it: written whole or not at all."""
        path = self.folder / "pieces" / f"{kind.__name__.lower()}-{make.__name__}.json"
        if path.exists():
            return msgspec.json.decode(path.read_bytes(), type=kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(parents=True, exist_ok=True)
        result = make(self)
        self.weigh()
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(msgspec.json.encode(result))
        draft.replace(path)
        return result

    def weigh(self) -> int:
        """Return the bag's bytes so far. Raises TooLarge beyond the setting."""
        size = sum(path.stat().st_size for path in self.bag.rglob("*") if path.is_file())
        if size > settings.PACK_MAX_BYTES:
            raise TooLarge(
                "pack_too_large",
                f"The pack would hold more than {figures.size(settings.PACK_MAX_BYTES)}. Ask for a "
                "shorter period, or for several one after the other; an administrator can raise "
                "PACK_MAX_BYTES.",
            )
        return size
