"""Building a pack: step by step under a lease, resumed after a kill, whole or not at all."""

import hmac
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from ledger.context import acting_as
from ledger.rules.refusals import Refused
from ledger.rules.worded import worded
from outbox.languages import recording
from outbox.services.hints import nudge
from reports.models import Pack
from reports.render.bag import sha256_of
from reports.render.container import write_zip
from reports.render.pdf import DrawingEnded
from reports.rules.building import CHECKING, PACKING, STEPS, share
from reports.rules.content import SealRecord
from reports.rules.redaction import Redactor
from reports.selectors.packs import by_turn, scope_of
from reports.services.leases import MOST_ATTEMPTS, Lease, LeaseLost, take
from reports.services.packer import PACKER, record_building
from reports.services.signing import bound
from reports.services.steps import MAKERS, Documents, documents
from reports.services.validation import validate_pack
from reports.services.workshop import Waits, Workshop

JOB = "packs"
TRY_AGAIN = timedelta(minutes=1)
LOOK_AGAIN = timedelta(seconds=2)
STOPPED = "Building stopped by an error each time. The server's log says which."
log = structlog.get_logger(__name__)


def build_waiting(at: datetime) -> int:
    """Build the pack whose turn it is and return 1, or 0 when none waits: one of every sweep.

    Who has none being built goes first, then whose last one was ready longest ago, then the oldest
    request; at most PACK_MOST_BUILDS at a time. A pack that cannot go on, for it waits to be
    sealed or signed, does not hold up the others.
    """
    packs = by_turn(at=at)
    if not packs:
        clear_workshops()
    for pack_id in packs:
        done = build_pack(pack_id=pack_id, at=at, most=settings.PACK_MOST_BUILDS)
        if done or not Pack.objects.filter(pk=pack_id).exclude(waits_for="").exists():
            return int(done)
    return 0


def clear_workshops() -> None:
    """Remove what a worker left that died after its pack was ready."""
    shops = home() / "building"
    left = [shop for shop in shops.iterdir() if shop.is_dir()] if shops.is_dir() else []
    busy = Pack.objects.filter(state__in=(Pack.State.QUEUED, Pack.State.BUILDING))
    names = {str(pack_id) for pack_id in busy.values_list("id", flat=True)} if left else set()
    for shop in left:
        if shop.name not in names:
            shutil.rmtree(shop, ignore_errors=True)


@recording()
def build_pack(*, pack_id: UUID, at: datetime, most: int | None = None) -> bool:
    """Build a pack, or go on where a killed worker stopped; True when it is ready.

    Does nothing where another worker holds the lease, or `most` packs are being built already. A
    pack that waits for the sealer is put off a little, which counts as no attempt. A refusal (too
    large) fails the pack at once, any other error after so many attempts; both say why on the pack
    and in the ledger.
    """
    lease = take(pack_id=pack_id, at=at, most=most)
    if lease is None:
        return False
    with acting_as(PACKER):
        return _attempted(lease)


def _attempted(lease: Lease) -> bool:
    pack = str(lease.pack_id)
    try:
        _build(lease)
    except LeaseLost:
        log.warning("pack_lease_lost", pack=pack, attempt=lease.attempt)
    except Waits as reason:
        _wait(lease, str(reason))
    except Refused as refusal:
        _fail(lease, refusal.reason)
    except Exception as error:  # noqa: BLE001  whatever it was, the pack must say that it stopped
        log.exception("pack_failed", pack=pack, attempt=lease.attempt)
        _stop(lease, str(error) if isinstance(error, DrawingEnded) else STOPPED)
    else:
        return True
    return False


def _build(lease: Lease) -> None:
    pack = Pack.objects.select_related("requested_by").get(pk=lease.pack_id)
    if lease.attempt > MOST_ATTEMPTS:
        raise Refused(
            "pack_stopped",
            worded(
                "Building stopped {most_attempts} times. Start it again.",
                most_attempts=MOST_ATTEMPTS,
            ),
        )
    folder = home() / "building" / str(pack.pk)
    shop = Workshop(
        folder=folder,
        scope=scope_of(pack),
        lease=lease,
        frozen=pack.checkpoint_size,
        redactor=redactor_of(pack),
    )
    for place, (words, (kind, make)) in enumerate(zip(STEPS[:-2], MAKERS, strict=True)):
        shop.scale.step = place
        lease.save(step=words, part="", progress=share(place), waits_for="")
        shop.piece(kind, make)
    path = _packed(shop)
    _finish(lease, pack, shop, path)
    shutil.rmtree(shop.folder, ignore_errors=True)


def _packed(shop: Workshop) -> Path:
    """Write the ZIP file beside its place, check it, then move it there, named by its content.

    Raises Refused for a pack that an auditor's verifier would fail.
    """
    shop.lease.save(step=PACKING, progress=share(STEPS.index(PACKING)))
    draft = shop.folder / f"{shop.scope.number}.{os.getpid()}.zip"
    write_zip(shop.bag, draft)
    shop.lease.save(step=CHECKING, progress=share(STEPS.index(CHECKING)))
    report = validate_pack(draft, key=shop.piece(SealRecord, bound).key, beat=shop.beat)
    if not report.ok:
        raise Refused(
            "pack_not_valid",
            worded("It fails its own check: {faults}", faults="; ".join(report.faults[:3])),
        )
    digest = sha256_of(draft)
    path = home() / digest[:2] / f"{digest}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft.replace(path)
    return path


@transaction.atomic
def _finish(lease: Lease, pack: Pack, shop: Workshop, path: Path) -> None:
    drawn = shop.piece(Documents, documents)
    moment = lease.moment()
    done = {
        "sha256": path.stem,
        "size": path.stat().st_size,
        "files": sum(item.is_file() for item in shop.bag.rglob("*")),
        "pages": drawn.pages[0] if drawn.pages else None,
        "missing": drawn.missing,
    }
    seal = shop.piece(SealRecord, bound)
    lease.finish(
        state=Pack.State.READY,
        step="",
        progress=100,
        failure="",
        waits_for="",
        key=seal.key,
        built_at=moment,
        path=path.relative_to(settings.MEDIA_ROOT).as_posix(),
        **done,
    )
    _record("pack.built", pack, moment, done | {"checkpoint": seal.size})


@transaction.atomic
def _fail(lease: Lease, reason: str) -> None:
    pack = Pack.objects.get(pk=lease.pack_id)
    lease.finish(state=Pack.State.FAILED, failure=reason)
    _record("pack.failed", pack, lease.moment(), {"reason": reason})
    shutil.rmtree(home() / "building" / str(pack.pk), ignore_errors=True)


def _wait(lease: Lease, words: str) -> None:
    """Let the pack be looked at again soon; an attempt that only waited counts as none."""
    until = lease.moment() + LOOK_AGAIN
    lease.put_off(until=until, waits_for=words, attempts=lease.attempt - 1)
    nudge(JOB, after=LOOK_AGAIN.total_seconds())


def _stop(lease: Lease, words: str) -> None:
    """After a defect: let the pack be tried again a little later, at last say that it failed."""
    if lease.attempt >= MOST_ATTEMPTS:
        _fail(lease, words)
        return
    lease.put_off(until=lease.moment() + TRY_AGAIN, state=Pack.State.QUEUED)


def _record(verb: str, pack: Pack, at: datetime, details: dict[str, object]) -> None:
    record_building(
        verb=verb,
        pack_id=pack.pk,
        number=pack.number,
        system_id=pack.system_id,
        at=at,
        details=details,
    )


def redactor_of(pack: Pack) -> Redactor:
    """Return what redacts for the pack's recipient; its pseudonyms hold within this one pack."""
    key = hmac.new(settings.SECRET_KEY.encode(), f"pack {pack.pk}".encode(), "sha256").digest()
    return Redactor(pack.recipient, key)


def home() -> Path:
    """Return the folder of all packs."""
    return Path(settings.MEDIA_ROOT) / "packs"
