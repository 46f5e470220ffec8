"""Where evidence comes from: a module a topic; it says what to ask and what the answers tell."""

from reports.collectors.evidence import (
    decided,
    documents,
    incidents,
    ledger,
    measured,
    organisation,
    registered,
    tested,
    written,
)
from reports.selectors.evidence_sources import register

TOPICS = {
    "registered": registered,
    "written": written,
    "documents": documents,
    "tested": tested,
    "measured": measured,
    "incidents": incidents,
    "decided": decided,
    "organisation": organisation,
    "ledger": ledger,
}


def register_sources() -> None:
    """Register every source once; each is looked up in controls.yaml by its name."""
    for name, topic in TOPICS.items():
        register(name, topic.SOURCES, topic.asked, topic.told)
