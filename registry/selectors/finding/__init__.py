"""What of this floor is found by the search, one kind a file."""

from registry.search_sources import register
from registry.selectors.finding.documents import DOCUMENTS
from registry.selectors.finding.people import PEOPLE
from registry.selectors.finding.provisions import PROVISIONS
from registry.selectors.finding.suppliers import SUPPLIERS


def register_found() -> None:
    """Register the kinds of this floor."""
    for source in (PEOPLE, PROVISIONS, SUPPLIERS, DOCUMENTS):
        register(source)
