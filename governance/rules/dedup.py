"""The key under which one cause is one incident, however often and however badly it is read."""

import hashlib
from uuid import UUID


def dedup_key(*, system_id: UUID, kpi_id: str, segment: str, environment: str, kind: str) -> str:
    """Return the SHA-256 of system, KPI, segment, environment and kind, as hex.

    The organisation is the installation. Severity, value, threshold and model version are left
    out on purpose: they change while the cause stays.
    """
    parts = [str(system_id), kpi_id, segment, environment, kind]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
