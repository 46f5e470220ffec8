"""How the tables of this floor were at an instant, where their history leaves something out."""

from ledger.selectors.past import register, with_history
from reports.models import CalendarFeed, Report

# The figures of a draft are kept as they were drawn last; those of an earlier drawing are gone.
FIGURES = "CASE WHEN h.drawn_at = b.drawn_at THEN b.figures ELSE '' END"
# What is issued never changes; before that there is no frozen text.
CONTENT = "CASE WHEN h.state = 'issued' THEN b.content ELSE '' END"


def register_past() -> None:
    """Register the sources; the other reports, factors and statements have their history."""
    register(Report, with_history(figures=FIGURES, content=CONTENT))
    # The hash of a secret never changes; it is not copied into the history.
    register(CalendarFeed, with_history(secret_sha256="b.secret_sha256"))  # noqa: S106  a column
