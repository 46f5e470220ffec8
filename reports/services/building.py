"""Building a pack: step by step under a lease, resumed after a kill, whole or not at all."""

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.refusals import Refused
from ledger.services.entries import append_entry
from reports.models import Pack
from reports.render.bag import sha256_of
from reports.render.container import write_zip
from reports.rules.building import STEPS, share
from reports.selectors.packs import scope_of, waiting
from reports.services.leases import MOST_ATTEMPTS, Lease, LeaseLost, take
from reports.services.steps import MAKERS, Documents, Workshop, documents

PACKER = machine("packs")
TRY_AGAIN = timedelta(minutes=1)
log = structlog.get_logger(__name__)


def build_waiting(at: datetime) -> int:
    """Build the pack that waits longest and return 1, or 0 when none waits: one of every sweep."""
    pack_id = waiting(at=at).values_list("id", flat=True).first()
    if pack_id is None:
        clear_workshops()
        return 0
    return int(build_pack(pack_id=pack_id, at=at))


def clear_workshops() -> None:
    """Remove what a worker left that died after its pack was ready."""
    shops = home() / "building"
    left = [shop for shop in shops.iterdir() if shop.is_dir()] if shops.is_dir() else []
    busy = Pack.objects.filter(state__in=(Pack.State.QUEUED, Pack.State.BUILDING))
    names = {str(pack_id) for pack_id in busy.values_list("id", flat=True)} if left else set()
    for shop in left:
        if shop.name not in names:
            shutil.rmtree(shop, ignore_errors=True)


def build_pack(*, pack_id: UUID, at: datetime) -> bool:
    """Build a pack, or go on where a killed worker stopped; True when it is ready.

    Does nothing where another worker holds the lease. A refusal (too large) fails the pack at
    once, any other error after so many attempts; both say why on the pack and in the ledger.
    """
    lease = take(pack_id=pack_id, at=at)
    if lease is None:
        return False
    with acting_as(PACKER):
        try:
            _build(lease)
        except LeaseLost:
            log.warning("pack_lease_lost", pack=str(pack_id), attempt=lease.attempt)
            return False
        except Refused as refusal:
            _fail(lease, refusal.reason)
            return False
        except Exception:  # noqa: BLE001  whatever it was, the pack must say that it stopped
            log.exception("pack_failed", pack=str(pack_id), attempt=lease.attempt)
            _stop(lease)
            return False
    return True


def _build(lease: Lease) -> None:
    pack = Pack.objects.select_related("system", "requested_by").get(pk=lease.pack_id)
    if lease.attempt > MOST_ATTEMPTS:
        raise Refused("pack_stopped", f"Building stopped {MOST_ATTEMPTS} times. Start it again.")
    shop = Workshop(
        folder=home() / "building" / str(pack.pk), scope=scope_of(pack), beat=lease.save
    )
    for place, (words, (kind, make)) in enumerate(zip(STEPS[:-1], MAKERS, strict=True)):
        lease.save(step=words, progress=share(place))
        shop.piece(kind, make)
    lease.save(step=STEPS[-1], progress=share(len(MAKERS)))
    path = _packed(shop)
    _finish(lease, pack, shop, path)
    shutil.rmtree(shop.folder, ignore_errors=True)


def _packed(shop: Workshop) -> Path:
    """Write the ZIP file beside its place, then move it there under the name of its content."""
    draft = shop.folder / f"{shop.scope.number}.{os.getpid()}.zip"
    write_zip(shop.bag, draft)
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
    lease.finish(
        state=Pack.State.READY,
        step="",
        progress=100,
        failure="",
        built_at=moment,
        path=path.relative_to(settings.MEDIA_ROOT).as_posix(),
        **done,
    )
    _record("pack.built", pack, moment, done)


@transaction.atomic
def _fail(lease: Lease, reason: str) -> None:
    pack = Pack.objects.get(pk=lease.pack_id)
    lease.finish(state=Pack.State.FAILED, failure=reason)
    _record("pack.failed", pack, lease.moment(), {"reason": reason})
    shutil.rmtree(home() / "building" / str(pack.pk), ignore_errors=True)


def _stop(lease: Lease) -> None:
    """After a defect: let the pack be tried again a little later, at last say that it failed."""
    if lease.attempt >= MOST_ATTEMPTS:
        _fail(lease, "Building stopped by an error each time. The server's log says which.")
        return
    lease.put_off(until=lease.moment() + TRY_AGAIN, state=Pack.State.QUEUED)


def _record(verb: str, pack: Pack, at: datetime, details: dict[str, object]) -> None:
    append_entry(
        verb=verb,
        actor=PACKER,
        at=at,
        subject=("pack", str(pack.pk), pack.number),
        system_id=pack.system_id,
        details=details,
        touched=[f"reports_pack:{pack.pk}"],
    )


def home() -> Path:
    """Return the folder of all packs."""
    return Path(settings.MEDIA_ROOT) / "packs"
