"""Ask for packs, build them, look into them."""

import datetime as dt
import io
import zipfile
from pathlib import Path

from django.conf import settings
from pypdf import PdfReader

from ledger.context import acting_as
from ledger.selectors.checkpoints import keys
from reports.models import Pack
from reports.rules.asked import Wanted
from reports.services.building import build_pack
from reports.services.packs import request_pack
from reports.services.validation import validate_pack
from tests.reports import story

LATER = dt.timedelta(minutes=1)


def asked(told, *, by=None, since=story.SINCE, until=story.AT, at=story.AT, as_of=None, **wanted):
    """Ask for a pack of the story's system, as the auditor unless told otherwise."""
    actor = story.person_actor(by or told.people.nils)
    what = Wanted(**{"system_id": told.system.pk} | wanted)
    with acting_as(actor):
        return request_pack(wanted=what, since=since, until=until, actor=actor, at=at, as_of=as_of)


def built(told, **changes):
    """Ask for a pack and build it."""
    pack = asked(told, **changes)
    build_pack(pack_id=pack.pk, at=story.AT)
    pack.refresh_from_db()
    return pack


def again(pack):
    """Put a pack back as if nobody had built it."""
    Pack.objects.filter(pk=pack.pk).update(state="queued", attempts=0, leased_until=None)
    build_pack(pack_id=pack.pk, at=story.AT + LATER)
    pack.refresh_from_db()
    return pack


def path_of(pack):
    """Return where the pack's file lies."""
    return Path(settings.MEDIA_ROOT) / pack.path


def log_key():
    """Return the log's public key, from the database and not from a pack."""
    return keys()[-1].vkey


def faults_of(pack):
    """Return what the server's check and the auditor's verifier find wrong with a pack."""
    return validate_pack(path_of(pack), key=log_key()).faults


def names_in(pack):
    """Return the files of a pack below its own folder."""
    with zipfile.ZipFile(path_of(pack)) as archive:
        return [name.partition("/")[2] for name in archive.namelist()]


def read(pack, name):
    """Return a file of a pack."""
    with zipfile.ZipFile(path_of(pack)) as archive:
        return archive.read(f"{pack.number}/{name}")


def report(pack):
    """Return the pack's PDF, opened."""
    return PdfReader(io.BytesIO(read(pack, "data/report.pdf")))
