"""The steps of building a pack: each leaves a piece on disk and is not done twice."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
from django.conf import settings

from reports.collectors.frameworks import collect_frameworks
from reports.render import lived, records
from reports.render.bag import write_manifests
from reports.render.folders import write_folders
from reports.render.index import write_index, write_pack_json, write_verify
from reports.render.pdf import PdfUnavailable
from reports.render.populations import write_populations, write_sample
from reports.render.register import write_registered
from reports.render.report import write_report
from reports.rules.conduct import Conduct
from reports.rules.content import (
    Content,
    Ledgered,
    Matters,
    Readings,
    Redaction,
    SealRecord,
    Things,
)
from reports.rules.frameworks import Frameworks, Registered
from reports.rules.shared import Shared
from reports.rules.withheld import redactions_of
from reports.services.collecting import (
    Collected,
    conduct_of,
    matters_of,
    readings_of,
    registered_of,
    shared,
    things_of,
)
from reports.services.copying import ledger
from reports.services.signing import bound, signed
from reports.services.workshop import Counted, Workshop


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """The PDFs: their pages, the report's first; why there are none."""

    pages: list[int]
    missing: str


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the recipient does not get."""

    redactions: list[Redaction]


def content_of(shop: Workshop) -> Content:
    """Return everything collected; runs what is not collected yet."""
    return replace(_collected(shop), redactions=shop.piece(LeftOut, left_out).redactions)


def _collected(shop: Workshop) -> Content:
    return Content(
        scope=shop.scope,
        seal=shop.piece(SealRecord, bound),
        systems=Collected(shop),
        shared=shop.piece(Shared, shared),
        ledger=shop.piece(Ledgered, ledger),
        frameworks=shop.piece(Frameworks, frameworks),
    )


def left_out(shop: Workshop) -> LeftOut:
    """Count what was left out for the recipient."""
    return LeftOut(redactions=redactions_of(_collected(shop)))


def things(shop: Workshop) -> Counted:
    """Collect the systems, what ran, the people and the rules."""
    return _each(shop, lambda one: one.piece(Things, things_of))


def readings(shop: Workshop) -> Counted:
    """Write every reading of the period; collect figures and bands."""
    return _each(shop, lambda one: one.piece(Readings, readings_of))


def matters(shop: Workshop) -> Counted:
    """Collect incidents, decisions, signatures, how that was lived with; judge the controls."""
    done = _each(shop, _matters)
    shop.piece(Shared, shared)
    shop.piece(Frameworks, frameworks)
    return done


def lists(shop: Workshop) -> Counted:
    """Write the records as files by section, the complete lists, the exceptions, the sample."""
    content = content_of(shop)
    for write in (
        records.write_systems,
        write_registered,
        records.write_people,
        records.write_kpis,
        records.write_matters,
        lived.write_conduct,
        lived.write_shared,
        write_populations,
        records.write_exceptions,
        write_sample,
    ):
        shop.beat()
        write(shop.data, content)
    return Counted()


def frameworks(shop: Workshop) -> Frameworks:
    """Judge the controls of the frameworks as of the pack's instant."""
    return shop.redactor.of(collect_frameworks(shop.scope))


def folders(shop: Workshop) -> Counted:
    """Write the folders of the frameworks, their controls with the evidence that is here."""
    content = content_of(shop)
    write_folders(shop.data, content, content.frameworks, shop.beat)
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


def _each(shop: Workshop, collect: Callable[[Workshop], object]) -> Counted:
    """Collect system by system: what was collected once is kept, also when the worker dies."""
    total = len(shop.scope.systems)
    for place, ref in enumerate(shop.scope.systems):
        shop.told(place, total)
        collect(shop.of(ref))
    return Counted()


def _matters(shop: Workshop) -> None:
    shop.piece(Matters, matters_of)
    shop.piece(Conduct, conduct_of)
    shop.piece(Registered, registered_of)


# The piece that each step of reports.rules.building.STEPS but the last leaves, and its function.
MAKERS: tuple[tuple[type[msgspec.Struct], Callable[[Workshop], msgspec.Struct]], ...] = (
    (SealRecord, bound),
    (Counted, things),
    (Counted, readings),
    (Counted, matters),
    (Ledgered, ledger),
    (Counted, lists),
    (Counted, folders),
    (Documents, documents),
    (Counted, bagged),
    (Counted, signed),
)
