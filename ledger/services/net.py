"""A look at the net itself: whoever switches a trigger off and on again leaves a trace.

The owner of the tables can disable a trigger, change rows and enable it again. The catalog's row of
the trigger is another one afterwards, and the last look stands in the ledger, sealed.
"""

from collections.abc import Mapping
from datetime import datetime

import orjson
from django.db import transaction

from ledger.models import Entry, Epoch
from ledger.rules.net import Difference, compare
from ledger.selectors.changes import meshes, newest_migration, newest_of
from ledger.services.own_entries import write_own
from ledger.services.reconciliation import RECONCILER, origin

CHANGED = "ledger.net_changed"
RECORDED = "ledger.net_recorded"


@transaction.atomic
def look_at_net(at: datetime) -> int:
    """Compare the triggers with the last look; returns how many are not as they were.

    The first look, and what migrations made since the last one, is recorded; anything else is an
    exception. A job of the sweep. Two sweeps at once record the same twice at most.
    """
    last, now = newest_of(CHANGED, RECORDED), meshes()
    details = orjson.loads(bytes(last.body))["details"] if last else {}
    known: Mapping[str, str] = details.get("triggers", {})
    if known == now:
        return 0
    difference = compare(known, now)
    migration = newest_migration()
    expected = not known or _restored_since(last) or details.get("migration") != migration
    off = {name: said for name, said in difference.worse.items() if said == "is off"}
    strange = off if expected else difference.worse
    _record(difference, strange, now, migration, at)
    return len(strange)


def _restored_since(last: Entry | None) -> bool:
    return last is not None and Epoch.objects.filter(entry_id__gt=last.pk).exists()


def _record(
    difference: Difference,
    strange: Mapping[str, str],
    now: Mapping[str, str],
    migration: str,
    at: datetime,
) -> None:
    write_own(
        CHANGED if strange else RECORDED,
        origin=origin(),
        at=at,
        details={
            "migration": migration,
            "new": list(difference.new),
            "changed": dict(difference.worse),
            "strange": dict(strange),
            "triggers": dict(now),
        },
        actor=RECONCILER,
    )
