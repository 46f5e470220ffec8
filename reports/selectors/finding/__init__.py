"""What of this floor is found by the search, one kind a file."""

from registry.search_sources import register
from reports.selectors.finding.packs import PACKS
from reports.selectors.finding.papers import REPORTS


def register_found() -> None:
    """Register the kinds of this floor."""
    register(PACKS)
    register(REPORTS)
