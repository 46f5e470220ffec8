"""How it stands with the record: sealed to where, what waits, stamped outside, verified when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from ledger.selectors.anchors import Lag, lag
from ledger.selectors.checkpoints import Seal, newest_seal, unsealed
from ledger.selectors.verifications import Verification, newest_verification

FEW_TURNS = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """What the head of the reading room says.

    `age` is how long the oldest entry has waited for its seal, None where none waits.
    """

    seal: Seal | None
    waiting: int
    age: timedelta | None
    lags: list[Lag]
    run: Verification | None

    @property
    def is_late(self) -> bool:
        """Whether an entry has waited for longer than a few turns of the sealer."""
        turn = timedelta(seconds=settings.LEDGER_SEAL_SECONDS)
        return self.age is not None and self.age > FEW_TURNS * turn

    @property
    def root(self) -> str:
        """The root in hex, '' before the first seal."""
        return self.seal.root.hex() if self.seal else ""


def standing(at: datetime) -> Standing:
    """Return how it stands, kept for a few seconds.

    A fixed number of queries, two more for each outside authority.
    """
    key = f"ledger-standing:{connection.settings_dict['NAME']}"
    found: Standing | None = cache.get(key)
    if found is None:
        found = _look(at)
        cache.set(key, found, settings.LEDGER_GLANCE_SECONDS)
    return found


def _look(at: datetime) -> Standing:
    waiting, oldest = unsealed()
    return Standing(
        seal=newest_seal(),
        waiting=waiting,
        age=at - oldest if oldest else None,
        lags=lag(at),
        run=newest_verification(),
    )
