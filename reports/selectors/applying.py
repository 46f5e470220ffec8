"""For which systems a provision of the law applies, from when, in words."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

from ledger.rules.worded import worded
from registry.models import Provision
from registry.rules.obligations import Law, Obligation, date_lines
from registry.selectors.law import provision_fact, seat_day
from registry.selectors.law_pages import when
from reports.rules.controls import Applies, Dated


def applies_of(owing: Iterable[Obligation]) -> tuple[Applies, date | None]:
    """Return whether some systems owe it on the day; open is open, never no."""
    found = list(owing)
    words = {of_system(one) for one in found}
    if "yes" in words:
        return "yes", min((one.due for one in found if one.due), default=None)
    if "later" in words:
        return "later", min((one.due for one in found if one.due), default=None)
    return ("open", None) if words else ("no", None)


def of_system(one: Obligation) -> Applies:
    """Return whether one system owes it on the day."""
    if one.applies == "open" or one.due_now is None:
        return "open"
    return "yes" if one.due_now else "later"


def dated(row: Provision, law: Law, at: datetime, owing: Mapping[UUID, Obligation]) -> Dated:
    """Return from when it binds those who owe it, or by the law alone where nobody does."""
    day = seat_day(at)
    lines = {line for one in owing.values() for line in one.dates}
    if not owing:
        lines = set(date_lines(law, provision_fact(row), None))
    ordered = sorted(lines, key=lambda line: (line.date is None, line.date or day, line.reading))
    shown = [when(line, day) for line in ordered]
    words = tuple(dict.fromkeys(f"{one.words} ({one.status_words})" for one in shown))
    sure = next(iter(owing.values()), None)
    return Dated(status=sure.status if sure else "", words=words)


def nobody_owes(many: int) -> str:
    """Say that none of so many systems owes it."""
    if many == 1:
        return worded("The system does not owe it by its confirmed classification.")
    return worded(
        "None of these {number} systems owes it by its confirmed classification.", number=many
    )
