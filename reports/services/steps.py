"""The steps of building a pack: each leaves a piece on disk and is not done twice."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
from django.conf import settings

from ledger.rules.refusals import TooLarge
from reports.collectors.decisions import collect_decisions
from reports.collectors.deliveries import collect_batches, collect_event_days
from reports.collectors.incidents import collect_incidents, collect_watches
from reports.collectors.lines import collect_lines, refusal
from reports.collectors.people import collect_absences, collect_roles
from reports.collectors.readings import COLUMNS, collect_series, collect_thresholds
from reports.collectors.signatures import collect_signatures
from reports.collectors.system import (
    collect_deployments,
    collect_lifecycle,
    collect_policies,
    collect_system,
    collect_versions,
)
from reports.render import records
from reports.render.audit import write_log
from reports.render.bag import write_manifests
from reports.render.index import write_index, write_pack_json, write_verify
from reports.render.pdf import PdfUnavailable
from reports.render.report import write_report
from reports.render.tables import write_rows
from reports.rules import figures
from reports.rules.content import Content, Ledgered, Matters, Readings, Things
from reports.rules.things import Scope

S = TypeVar("S", bound=msgspec.Struct)


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """The PDFs: their pages, the report's first; why there are none."""

    pages: list[int]
    missing: str


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many files a step left, and their bytes."""

    files: int = 0
    size: int = 0


@dataclass(frozen=True)
class Workshop:
    """Where one pack is made: the bag as it grows, and a piece for each finished step.

    `beat` renews the lease; steps call it before each part that takes long.
    """

    folder: Path
    scope: Scope
    beat: Callable[[], None]

    @property
    def bag(self) -> Path:
        """The bag, named like the pack."""
        return self.folder / self.scope.number

    @property
    def data(self) -> Path:
        """The bag's payload."""
        return self.bag / "data"

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

    def content(self) -> Content:
        """Return everything collected; runs what is not collected yet."""
        return Content(
            scope=self.scope,
            things=self.piece(Things, things),
            readings=self.piece(Readings, readings),
            matters=self.piece(Matters, matters),
            ledger=self.piece(Ledgered, ledger),
        )


def things(shop: Workshop) -> Things:
    """Collect the system, what ran, the people and the rules."""
    scope = shop.scope
    return Things(
        system=collect_system(scope),
        versions=collect_versions(scope),
        deployments=collect_deployments(scope),
        lifecycle=collect_lifecycle(scope),
        roles=collect_roles(scope),
        absences=collect_absences(scope),
        policies=collect_policies(scope),
    )


def readings(shop: Workshop) -> Readings:
    """Write every reading of the period to a file of its series; collect figures and bands."""
    found = []
    for item in collect_series(shop.scope):
        shop.beat()
        write_rows(shop.data / item.file, COLUMNS, item.rows())
        shop.weigh()
        found.append(item.record())
    return Readings(
        series=found,
        thresholds=collect_thresholds(shop.scope),
        batches=collect_batches(shop.scope),
        event_days=collect_event_days(shop.scope),
    )


def matters(shop: Workshop) -> Matters:
    """Collect incidents, watches, decisions and signatures."""
    incidents = collect_incidents(shop.scope)
    decisions = collect_decisions(shop.scope, [item.id for item in incidents])
    return Matters(
        incidents=incidents,
        watches=collect_watches(shop.scope),
        decisions=decisions,
        signatures=collect_signatures(shop.scope, incidents, decisions),
    )


def ledger(shop: Workshop) -> Ledgered:
    """Write the ledger lines in scope, exactly; collect the refusals among them."""
    known = shop.piece(Matters, matters)
    lines = collect_lines(shop.scope, known.incidents, known.decisions)
    written = write_log(shop.data / "audit", lines)
    numbers = {item.id: item.number for item in known.incidents}
    return Ledgered(
        entries=written.entries,
        first=written.first,
        last=written.last,
        newest_at=written.newest_at,
        sha256=written.digest.hexdigest(),
        refusals=[refusal(line, numbers) for line in written.refused],
    )


def lists(shop: Workshop) -> Counted:
    """Write the records as files by section."""
    content = shop.content()
    for write in (
        records.write_system,
        records.write_kpis,
        records.write_matters,
        records.write_populations,
        records.write_exceptions,
    ):
        write(shop.data, content)
    return Counted()


def documents(shop: Workshop) -> Documents:
    """Draw the report; without its system libraries the pack is made and says so."""
    try:
        return Documents(pages=write_report(shop.data, shop.content(), shop.beat), missing="")
    except PdfUnavailable as error:
        return Documents(pages=[], missing=str(error))


def bagged(shop: Workshop) -> Counted:
    """Write contents, pack.json, VERIFY.txt and the manifests; count what is in the bag."""
    content = shop.content()
    drawn = shop.piece(Documents, documents)
    write_pack_json(shop.data, content, drawn.pages, drawn.missing, settings.PACK_MAX_BYTES)
    write_index(shop.data, content, drawn.missing)
    write_verify(shop.bag, content)
    files, size = write_manifests(shop.bag, shop.scope)
    return Counted(files=files, size=size)


# The piece that each step of reports.rules.building.STEPS but the last leaves, and its function.
MAKERS: tuple[tuple[type[msgspec.Struct], Callable[[Workshop], msgspec.Struct]], ...] = (
    (Things, things),
    (Readings, readings),
    (Matters, matters),
    (Ledgered, ledger),
    (Counted, lists),
    (Documents, documents),
    (Counted, bagged),
)
