"""The ledger's lines of a pack: copied exactly, with what proves them."""

from ledger.selectors.extracts import lines_of_sealed_matter, neighbours_of, spans_of
from reports.collectors.lines import matter_of, refusal
from reports.render.audit import write_log, write_neighbours
from reports.render.seals import (
    write_disclosures,
    write_hashes,
    write_proofs,
    write_witnesses,
)
from reports.render.sorting import Sorted
from reports.rules.content import Ledgered, Matters, StreamRecord
from reports.services.collecting import matters_of
from reports.services.signing import seal_of
from reports.services.workshop import Workshop

MOST_PROOFS = 10_000


def ledger(shop: Workshop) -> Ledgered:
    """Write the sealed lines in scope, exactly, and what proves them; collect the refusals."""
    seal, folder = seal_of(shop), shop.data / "audit"
    numbers, objects = _cited(shop)
    matter = matter_of(shop.scope, sorted(numbers), sorted(objects), seal.size)
    policy = shop.redactor.policy
    with Sorted(shop.folder / "commitments.db") as commitments:
        written = write_log(
            folder,
            lines_of_sealed_matter(matter),
            commitments=commitments,
            named=policy.names,
            beat=shop.beat,
        )
        opened = write_disclosures(folder, commitments, policy.openings)
        withheld = len(commitments) - opened
    shop.beat()
    spans = spans_of(matter)
    around = write_neighbours(folder, neighbours_of(matter, spans))
    if written.entries < seal.size:
        write_hashes(folder, seal.size)
    shop.beat()
    systems = {item.id: item.slug for item in shop.scope.systems}
    return Ledgered(
        entries=written.entries,
        first=written.first,
        last=written.last,
        newest_at=written.newest_at,
        sha256=written.digest.hexdigest(),
        streams=[
            StreamRecord(id=span.stream, first=span.first, last=span.last, count=span.count)
            for span in spans
        ],
        incidents=sorted(numbers),
        objects=sorted(objects),
        neighbours=around,
        proofs=write_proofs(folder, written.alone[-MOST_PROOFS:], seal),
        unproved=max(0, len(written.alone) - MOST_PROOFS),
        stamps=write_witnesses(folder, seal, shop.scope.since),
        opened=opened,
        withheld=withheld,
        refusals=[shop.redactor.of(refusal(line, numbers, systems)) for line in written.refused],
    )


def _cited(shop: Workshop) -> tuple[dict[str, str], set[str]]:
    """Return the incidents of the pack, id to number, and the ids of its further objects."""
    numbers: dict[str, str] = {}
    objects: set[str] = {shop.scope.request} - {""}
    for ref in shop.scope.systems:
        known = shop.of(ref).piece(Matters, matters_of)
        numbers |= {item.id: item.number for item in known.incidents}
        objects |= {item.id for item in known.decisions}
    return numbers, objects
