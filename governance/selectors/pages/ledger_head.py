"""How it stands with the record: sealed to where, what waits, stamped outside, verified when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from ledger.selectors.anchors import Lag
from ledger.selectors.at_once import Question, Rows, at_once
from ledger.selectors.checkpoints import Seal
from ledger.selectors.standing import stand_of, standing_questions
from ledger.selectors.verifications import Verification

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
    """Return how it stands, kept for a few seconds; at most one query."""
    return standing_told(at_once(standing_asked()), at)


def standing_asked() -> dict[str, Question]:
    """Return what is asked for it, to ask it beside something else; nothing while it is kept."""
    return {} if cache.get(_key()) else standing_questions()


def standing_told(answers: Mapping[str, Rows], at: datetime) -> Standing:
    """Return how it stands by the answers to that."""
    kept: Standing | None = None if "queue" in answers else cache.get(_key())
    if kept is not None:
        return kept
    # What was kept may have run out since it was asked for.
    found = stand_of(answers if "queue" in answers else at_once(standing_questions()), at)
    age = at - found.oldest if found.oldest else None
    made = Standing(found.seal, found.waiting, age, found.lags, found.run)
    cache.set(_key(), made, settings.LEDGER_GLANCE_SECONDS)
    return made


def _key() -> str:
    return f"ledger-standing:{connection.settings_dict['NAME']}"
