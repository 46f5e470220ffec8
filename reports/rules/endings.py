"""Why something is over, as the record keeps it."""

from ledger.rules.worded import worded


def replaced_by(version: int) -> str:
    """Return why a version is over whose place another one took."""
    return worded("replaced by version {version}", version=version)
