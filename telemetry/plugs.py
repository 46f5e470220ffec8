"""What this floor plugs into the outbox."""

from outbox import sweep_jobs
from telemetry.selectors.finding_kpis import register_found
from telemetry.selectors.past import register_past
from telemetry.services.doors import forget_refused
from telemetry.services.partitions import make_partitions
from telemetry.services.rollups import roll_up
from telemetry.services.tallies import extend_tallies


def register_plugs() -> None:
    """Register what each sweep does for the readings' tables."""
    register_past()
    register_found()
    sweep_jobs.register("partitions", make_partitions)
    sweep_jobs.register("daily rollups", roll_up)
    sweep_jobs.register("tallies", extend_tallies)
    sweep_jobs.register("refused rows", forget_refused)
