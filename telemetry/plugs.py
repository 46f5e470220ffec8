"""What this floor plugs into the outbox."""

from outbox import sweep_jobs
from telemetry.services.partitions import make_partitions


def register_plugs() -> None:
    """Register what each sweep does for the readings' tables."""
    sweep_jobs.register("partitions", make_partitions)
