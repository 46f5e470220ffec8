"""Whether a duty to report binds already: statutory, or an advisory clock (CLK-02, CLK-03)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ledger.rules.worded import word, worded

STATUTORY, ADVISORY = "statutory", "advisory"
ADVISORY_WORDS = "advisory clock (not binding yet)"
NO_DATE_YET = word("{status}: the law gives no date yet")
NO_DATE = {
    "draft_guidance": word("draft guidance: the law gives no date yet"),
    "adopted_not_yet_applicable": word("adopted not yet applicable: the law gives no date yet"),
}
NOT_YET = word("it binds from {day} on; known before that")
NOT_YET_BY_COUNSEL = word("as counsel reads it, it binds from {day} on; known before that")
SINCE = word("binding since {day}")
SINCE_BY_COUNSEL = word("as counsel reads it, binding since {day}")


@dataclass(frozen=True, slots=True)
class Binding:
    """Statutory or advisory, and why."""

    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Legacy:
    """What is known of a version: placed on the market when, its design changed since, or not."""

    placed_on_market_at: datetime | None = None
    significant_design_change: bool | None = None


def binding_of(
    aware_at: datetime,
    *,
    status: str,
    statutory_from: date | None,
    zone: ZoneInfo,
    legacy: Legacy | None = None,
    counsel: bool = False,
) -> Binding:
    """Return whether a clock binds: the awareness decides, and in doubt it binds (CLK-02).

    A date begins at 00:00 at the organisation's seat (CLK-03). `legacy` is given for rules that a
    system placed on the market before meets only after a significant design change (Art. 111(2));
    what is not known of it does not make it one.
    """
    if statutory_from is None:
        if status == "in_force":
            return Binding(STATUTORY, word("in force"))
        told = status.replace("_", " ")
        return Binding(ADVISORY, NO_DATE.get(status) or worded(NO_DATE_YET, status=told))
    begins = datetime.combine(statutory_from, time(), tzinfo=zone)
    day = statutory_from.isoformat()
    if aware_at < begins:
        return Binding(ADVISORY, worded(NOT_YET_BY_COUNSEL if counsel else NOT_YET, day=day))
    if legacy is not None and _is_legacy(legacy, begins):
        return Binding(
            ADVISORY,
            worded(
                "on the market before {day}, and not changed significantly in its design", day=day
            ),
        )
    return Binding(STATUTORY, worded(SINCE_BY_COUNSEL if counsel else SINCE, day=day))


def _is_legacy(legacy: Legacy, begins: datetime) -> bool:
    placed = legacy.placed_on_market_at
    return placed is not None and placed < begins and legacy.significant_design_change is False
