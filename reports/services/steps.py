"""The steps of building a pack: each leaves a piece on disk and is not done twice."""

from collections.abc import Callable

import msgspec
from django.conf import settings

from ledger.selectors.extracts import lines_of_sealed_matter, neighbours_of, span_of
from reports.collectors.decisions import collect_decisions
from reports.collectors.deliveries import collect_batches, collect_event_days
from reports.collectors.incidents import collect_incidents, collect_watches
from reports.collectors.lines import matter_of, refusal
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
from reports.render.audit import write_log, write_neighbours
from reports.render.bag import write_manifests
from reports.render.index import write_index, write_pack_json, write_verify
from reports.render.pdf import PdfUnavailable
from reports.render.report import write_report
from reports.render.seals import (
    write_disclosures,
    write_hashes,
    write_proofs,
    write_witnesses,
)
from reports.render.tables import write_rows
from reports.rules.content import (
    Content,
    Ledgered,
    Matters,
    Readings,
    SealRecord,
    StreamRecord,
    Things,
)
from reports.services.signing import bound, seal_of, signed
from reports.services.workshop import Counted, Workshop


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """The PDFs: their pages, the report's first; why there are none."""

    pages: list[int]
    missing: str


def content_of(shop: Workshop) -> Content:
    """Return everything collected; runs what is not collected yet."""
    return Content(
        scope=shop.scope,
        seal=shop.piece(SealRecord, bound),
        things=shop.piece(Things, things),
        readings=shop.piece(Readings, readings),
        matters=shop.piece(Matters, matters),
        ledger=shop.piece(Ledgered, ledger),
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
    """Write the sealed lines in scope, exactly, and what proves them; collect the refusals."""
    known, seal = shop.piece(Matters, matters), seal_of(shop)
    matter = matter_of(shop.scope, known.incidents, known.decisions, seal.size)
    folder = shop.data / "audit"
    written = write_log(folder, lines_of_sealed_matter(matter))
    shop.beat()
    around = write_neighbours(folder, neighbours_of(matter))
    stamps = write_witnesses(folder, seal, shop.scope.since)
    if written.entries < seal.size:
        write_hashes(folder, seal.size)
    span = span_of(matter)
    opened = write_disclosures(folder, written.commitments)
    numbers = {item.id: item.number for item in known.incidents}
    return Ledgered(
        entries=written.entries,
        first=written.first,
        last=written.last,
        newest_at=written.newest_at,
        sha256=written.digest.hexdigest(),
        stream=StreamRecord(id=matter.stream, first=span.first, last=span.last, count=span.count),
        neighbours=around,
        proofs=write_proofs(folder, written.alone, seal),
        stamps=stamps,
        opened=opened,
        withheld=len(written.commitments) - opened,
        refusals=[refusal(line, numbers) for line in written.refused],
    )


def lists(shop: Workshop) -> Counted:
    """Write the records as files by section."""
    content = content_of(shop)
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
        return Documents(pages=write_report(shop.data, content_of(shop), shop.beat), missing="")
    except PdfUnavailable as error:
        return Documents(pages=[], missing=str(error))


def bagged(shop: Workshop) -> Counted:
    """Write contents, pack.json, VERIFY.txt and the manifests; count what is in the bag."""
    content = content_of(shop)
    drawn = shop.piece(Documents, documents)
    write_pack_json(shop.data, content, drawn.pages, drawn.missing, settings.PACK_MAX_BYTES)
    write_index(shop.data, content, drawn.missing)
    write_verify(shop.bag, content)
    files, size = write_manifests(shop.bag, shop.scope)
    return Counted(files=files, size=size)


# The piece that each step of reports.rules.building.STEPS but the last leaves, and its function.
MAKERS: tuple[tuple[type[msgspec.Struct], Callable[[Workshop], msgspec.Struct]], ...] = (
    (SealRecord, bound),
    (Things, things),
    (Readings, readings),
    (Matters, matters),
    (Ledgered, ledger),
    (Counted, lists),
    (Documents, documents),
    (Counted, bagged),
    (Counted, signed),
)
