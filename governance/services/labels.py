"""Labels of decision events in: stored, their windows computed again and judged, at once."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from governance.services.evaluation import judge
from governance.services.intake import Receipt
from ledger.retries import retried
from ledger.rules.actors import Actor
from registry.models import System
from telemetry.rules.rows import Delivery, LabelRow
from telemetry.services.labels import compute_labelled, record_labels


@retried
@transaction.atomic
def take_in_labels(
    *, delivery: Delivery[LabelRow], reach: QuerySet[System], actor: Actor, at: datetime
) -> Receipt:
    """Store labels of events of the systems in `reach`; judge what they change, in one transaction.

    A figure that changed is a revised reading and judged like one. Raises Invalid (see
    `record_labels`).
    """
    recorded = record_labels(delivery=delivery, reach=reach, actor=actor, at=at)
    computed = compute_labelled(recorded=recorded, actor=actor, at=at)
    opened = judge(recorded=computed, at=at)
    return Receipt(
        batch_id=recorded.batch_id,
        accepted=len(recorded.inserted),
        repeated=recorded.repeated,
        rejected=recorded.rejected,
        incidents=opened,
        computed=len(computed.inserted),
    )
