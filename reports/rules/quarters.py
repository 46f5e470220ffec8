"""Quarters of a year, and the two kinds of reports about one."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

KINDS = {"board": "Board report", "review": "Performance review"}
FIRST_YEAR, LAST_YEAR = 2000, 2199


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months of a year, 1 to 4, in days at the organisation's seat."""

    year: int
    number: int

    @property
    def first_day(self) -> date:
        """The first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        """The last day."""
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        """The quarter after it."""
        if self.number == 4:
            return Quarter(self.year + 1, 1)
        return Quarter(self.year, self.number + 1)

    @property
    def before(self) -> "Quarter":
        """The quarter before it."""
        if self.number == 1:
            return Quarter(self.year - 1, 4)
        return Quarter(self.year, self.number - 1)

    @property
    def name(self) -> str:
        """How a person writes it: 'Q3 2026'."""
        return f"Q{self.number} {self.year}"

    @property
    def key(self) -> str:
        """How an address writes it: '2026-Q3'."""
        return f"{self.year}-Q{self.number}"

    def since(self, zone: str) -> datetime:
        """Return the instant at which it begins at the seat."""
        return datetime.combine(self.first_day, time(), tzinfo=ZoneInfo(zone))

    def until(self, zone: str) -> datetime:
        """Return the instant at which it is over at the seat."""
        return self.next.since(zone)


def quarter_of(day: date) -> Quarter:
    """Return the quarter that a day lies in."""
    return Quarter(day.year, (day.month + 2) // 3)


def parse_quarter(text: str) -> Quarter | None:
    """Read '2026-Q3'; None for anything else."""
    year, _gap, number = text.strip().upper().partition("-Q")
    if len(year) != 4 or not (year + number).isascii() or not (year + number).isdigit():
        return None
    if len(number) != 1 or not 1 <= int(number) <= 4 or not FIRST_YEAR <= int(year) <= LAST_YEAR:
        return None
    return Quarter(int(year), int(number))
