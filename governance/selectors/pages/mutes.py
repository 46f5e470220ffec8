"""Pages of silences: the list with its form, one silence with what it kept quiet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from governance.models import Mute
from governance.selectors.mutes import cases_in, mutes_of, state_of
from governance.selectors.pages.visibility import incidents_visible_to
from ledger.rules.actors import Actor
from ledger.rules.worded import as_written, joined, term, word, worded
from registry.models import System, User
from registry.selectors.permits import refusal_for_system
from telemetry.models import Kpi, Series

MOST_SHOWN = 100
# The mark of a state, and its word.
MARKS = {
    "asked": ("pending", "Waits for agreement"),
    "refused": ("none", "Refused"),
    "planned": ("pending", "Planned"),
    "running": ("suppressed", "Silent now"),
    "over": ("ok", "Over"),
    "ended": ("ok", "Ended early"),
}


@dataclass(frozen=True, slots=True)
class MuteRow:
    """A silence with where it stands."""

    mute: Mute
    state: str
    mark: str
    word: str

    @property
    def covers(self) -> str:
        """What it covers, in words."""
        mute = self.mute
        parts = [as_written(mute.kpi.called) if mute.kpi else term(word("every KPI"))]
        parts += [as_written(mute.segment)] if mute.segment else []
        if mute.environment:
            parts.append(worded("in {environment}", environment=term(mute.environment)))
        return joined(", ", parts)


def row_of(mute: Mute, at: datetime) -> MuteRow:
    """Return a silence as pages show it."""
    state = state_of(mute, at)
    return MuteRow(mute, state, *MARKS[state])


def list_page(*, visible: QuerySet[System], at: datetime) -> dict[str, Any]:
    """Return the newest silences over what the reader sees, those that hold or wait first."""
    rows = [row_of(mute, at) for mute in mutes_of(visible=visible)[: MOST_SHOWN + 1]]
    order = {"asked": 0, "running": 1, "planned": 2}
    shown = sorted(rows[:MOST_SHOWN], key=lambda row: order.get(row.state, 3))
    return {"rows": shown, "more": len(rows) > MOST_SHOWN, "at": at}


def choices_of(visible: QuerySet[System]) -> tuple[Sequence[System], Sequence[Kpi]]:
    """Return the systems that the reader sees and the KPIs that they have series of."""
    systems = list(visible.order_by("name"))
    measured = Series.objects.filter(system__in=systems).values("kpi_id")
    return systems, list(Kpi.objects.filter(pk__in=measured).order_by("name"))


def mute_page(*, mute: Mute, user: User, actor: Actor, at: datetime) -> dict[str, Any]:
    """Return one silence, what opened in it as far as the reader sees it, and who may do what."""
    seen = incidents_visible_to(user=user, at=at)
    row = row_of(mute, at)
    waits, running = row.state == "asked", row.state in ("planned", "running")
    return {
        "row": row,
        "mute": mute,
        "cases": cases_in(mute=mute).filter(incident__in=seen)[:MOST_SHOWN],
        "may_decide": waits
        and mute.asked_by_id != user.pk
        and _may("mute.approve", mute, actor, at),
        "waits": waits,
        "may_end": running and _may("mute.end", mute, actor, at),
        "at": at,
    }


def _may(act: str, mute: Mute, actor: Actor, at: datetime) -> bool:
    return refusal_for_system(act=act, system=mute.system, actor=actor, at=at) is None
