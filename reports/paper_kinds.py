"""The documents that a worker draws beside packs and lists of the ledger, each under its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from registry.models import User
    from reports.render.pdf import Pdf


@dataclass(frozen=True, slots=True)
class Paper:
    """What a document is of: its title, its file's name (no ending), the page that it belongs to.

    `subject` is (type, id, label) of what its download tells of. `binds` is what a document is
    bound to when it is asked for, kept with that; `note` says on its page what became of it.
    """

    title: str
    file_name: str
    back: str
    subject: tuple[str, str, str]
    system_id: UUID | None = None
    incident_id: UUID | None = None
    note: str = ""
    binds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PaperKind:
    """How a kind of document comes about; both see the record with the eyes of who asked.

    `check` says what the document is of; it raises Missing, Forbidden or Invalid for who may not
    have it or for a query that cannot be read. `draw` renders it; it raises PdfUnavailable.
    """

    check: Callable[[Mapping[str, str], "User", datetime], Paper]
    draw: Callable[[Mapping[str, str], "User", datetime], "Pdf"]


_kinds: dict[str, PaperKind] = {}


def register(name: str, kind: PaperKind) -> None:
    """Add a kind under its name; done in `AppConfig.ready()`. Raises ValueError if it is taken."""
    if _kinds.setdefault(name, kind) != kind:
        raise ValueError(f"the kind of document {name!r} is registered twice")


def kind_of(name: str) -> PaperKind | None:
    """Return a kind, None where there is none of that name."""
    return _kinds.get(name)
