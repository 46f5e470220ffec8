"""How much the one document shows: less and less until it has room on its pages."""

from dataclasses import dataclass, replace

MOST_PAGES = 40


@dataclass(frozen=True)
class Limits:
    """How much of each kind the one document shows; the rest stands in annexes and files.

    `rows` of a list, `chapters` of systems, `chars` of a text that somebody typed; without
    `controls` the frameworks are told by article and clause alone.
    """

    incidents: int = 12
    charts: int = 12
    rows: int = 30
    chapters: int = 16
    chars: int = 700
    controls: bool = True
    annex: int = 12

    @property
    def said(self) -> int:
        """How many characters a text has room for where it is told at length."""
        return self.chars * 4

    def fewer(self, pages: int) -> "Limits":
        """Return smaller limits for a document that came to so many pages: first fewer rows."""
        share = min(0.75, 0.85 * MOST_PAGES / pages)
        return replace(
            self,
            incidents=int(self.incidents * share),
            charts=int(self.charts * share),
            rows=max(4, int(self.rows * share)),
            chapters=int(self.chapters * share),
            chars=max(80, int(self.chars * share)),
            controls=self.controls and pages < 2 * MOST_PAGES and self.rows == Limits().rows,
        )

    @property
    def least(self) -> bool:
        """Whether nothing more can be left out."""
        return self == self.fewer(MOST_PAGES)
