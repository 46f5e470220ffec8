"""How it stands with the record, as questions of one statement: seal, queue, stamps, last check."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from ledger.rules.claims import Claim
from ledger.selectors.anchors import Lag, lag_of
from ledger.selectors.at_once import Question, Rows
from ledger.selectors.checkpoints import Seal
from ledger.selectors.verifications import Verification

QUEUE = """
SELECT count(*) AS waiting, (
    SELECT at FROM ledger_entry WHERE id = (SELECT min(entry_id) FROM ledger_queue)
) AS oldest FROM ledger_queue
"""
SEAL = """
SELECT origin, size, encode(root, 'hex') AS root, note, sealed_at
FROM ledger_checkpoint ORDER BY id DESC LIMIT 1
"""
RUN = """
SELECT id, requested_at, requested_by, state, size, checked, claims, failure, first_bad, finished_at
FROM ledger_verificationrun WHERE state IN ('passed', 'failed') ORDER BY finished_at DESC LIMIT 1
"""
# A stamp covers every checkpoint before it: what is behind begins with the next one.
LAGS = """
SELECT authority.name, stamp.size, stamp.gen_time, (
    SELECT sealed_at FROM ledger_checkpoint WHERE id > coalesce(stamp.checkpoint_id, 0)
    ORDER BY id LIMIT 1
) AS behind, coalesce(state.error, '') AS error
FROM unnest(%s::text[]) WITH ORDINALITY AS authority(name, place)
LEFT JOIN LATERAL (
    SELECT anchor.checkpoint_id, anchor.gen_time, sealed.size
    FROM ledger_anchor anchor JOIN ledger_checkpoint sealed ON sealed.id = anchor.checkpoint_id
    WHERE anchor.authority = authority.name ORDER BY anchor.checkpoint_id DESC LIMIT 1
) AS stamp ON true
LEFT JOIN ledger_anchorstate state ON state.authority = authority.name
ORDER BY authority.place
"""


@dataclass(frozen=True, slots=True)
class Stand:
    """The newest seal, how many entries wait and since when, the authorities, the last check."""

    seal: Seal | None
    waiting: int
    oldest: datetime | None
    lags: list[Lag]
    run: Verification | None


def standing_questions() -> dict[str, Question]:
    """Return what is asked for it, for ledger.selectors.at_once."""
    return {
        "queue": (QUEUE, ()),
        "seal": (SEAL, ()),
        "run": (RUN, ()),
        "lags": (LAGS, (list(settings.LEDGER_TSA_URLS),)),
    }


def stand_of(answers: Mapping[str, Rows], at: datetime) -> Stand:
    """Return how it stands, by the answers to these questions."""
    ((waiting, oldest),) = answers["queue"]
    return Stand(
        seal=next((_seal(*row) for row in answers["seal"]), None),
        waiting=waiting,
        oldest=_instant(oldest),
        lags=[
            lag_of(name, size or 0, _instant(stamped), _instant(behind), error, at)
            for name, size, stamped, behind, error in answers["lags"]
        ],
        run=next((_run(*row) for row in answers["run"]), None),
    )


def _seal(origin: str, size: int, root: str, note: str, sealed_at: str) -> Seal:
    return Seal(origin, size, bytes.fromhex(root), note, datetime.fromisoformat(sealed_at))


def _run(
    key: str, asked: str, by: str, state: str, size: int, checked: int, claims: list[Any],
    failure: str, first_bad: int | None, finished: str | None,
) -> Verification:  # fmt: skip
    return Verification(
        id=UUID(key),
        requested_at=datetime.fromisoformat(asked),
        requested_by=by,
        state=state,
        size=size,
        checked=checked,
        claims=tuple(Claim(**claim) for claim in claims),
        failure=failure,
        first_bad=first_bad,
        finished_at=_instant(finished),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
