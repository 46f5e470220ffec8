"""Whether a duty to report binds already: statutory, or an advisory clock (CLK-02, CLK-03)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

STATUTORY, ADVISORY = "statutory", "advisory"
ADVISORY_WORDS = "advisory clock (not binding yet)"


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
            return Binding(STATUTORY, "in force")
        return Binding(ADVISORY, f"{status.replace('_', ' ')}: the law gives no date yet")
    begins = datetime.combine(statutory_from, time(), tzinfo=zone)
    whose = "as counsel reads it, " if counsel else ""
    if aware_at < begins:
        return Binding(ADVISORY, f"{whose}it binds from {statutory_from} on; known before that")
    if legacy is not None and _is_legacy(legacy, begins):
        return Binding(
            ADVISORY,
            f"on the market before {statutory_from}, and not changed significantly in its design",
        )
    return Binding(STATUTORY, f"{whose}binding since {statutory_from}")


def _is_legacy(legacy: Legacy, begins: datetime) -> bool:
    placed = legacy.placed_on_market_at
    return placed is not None and placed < begins and legacy.significant_design_change is False
