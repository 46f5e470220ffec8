"""How a case ended, in a reader's words. Pure.

The record and English pages have the name of the resolution: 'rolled_back'.
"""

from incidents.rules.command_fields import RESOLUTIONS
from ledger.rules.worded import shortened, word

KNOWN = {
    **dict(RESOLUTIONS),
    "small_case": word("Closed as a small case"),
    "dismissed": word("Dismissed"),
    "passed_silenced": word("Passed while silenced"),
    "rehearsed": word("Rehearsed"),
    "false_positive": word("False positive"),
    "data_fault": word("Data fault"),
    "duplicate": word("Duplicate"),
}


def ended_as(resolution: str) -> str:
    """Return a resolution as doors say it; one that is not known stays as it is."""
    label = KNOWN.get(resolution)
    return shortened(resolution, label) if label else resolution
