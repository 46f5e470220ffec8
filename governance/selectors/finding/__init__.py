"""What of this floor is found by the search, one kind a file."""

from governance.selectors.finding.acceptances import ACCEPTANCES
from governance.selectors.finding.entries import ENTRIES
from governance.selectors.finding.incidents import INCIDENTS
from governance.selectors.finding.meetings import MEETINGS
from governance.selectors.finding.minutes import MINUTES
from governance.selectors.finding.motions import MOTIONS
from governance.selectors.finding.policies import POLICIES
from governance.selectors.finding.systems import SYSTEMS
from registry.search_sources import register

FOUND = (SYSTEMS, INCIDENTS, MOTIONS, ACCEPTANCES, MEETINGS, MINUTES, POLICIES, ENTRIES)


def register_found() -> None:
    """Register the kinds of this floor."""
    for source in FOUND:
        register(source)
