"""The floor of reports."""

from django.apps import AppConfig

from outbox import sweep_jobs
from reports.verbs import register_verbs


class ReportsConfig(AppConfig):
    """Registers what this floor adds to the registers of the floors below."""

    name = "reports"

    def ready(self) -> None:
        """Register verbs, the jobs for packs and retention, and the check for the PDF renderer."""
        from reports.render import checks  # noqa: F401, PLC0415  the registry exists only now
        from reports.services.building import build_waiting  # noqa: PLC0415  needs models
        from reports.services.organisation import write_waiting  # noqa: PLC0415  needs models
        from reports.services.printouts import make_waiting  # noqa: PLC0415  needs models
        from reports.services.retention import run_daily  # noqa: PLC0415  needs models

        register_verbs()
        sweep_jobs.register("packs", build_waiting)
        sweep_jobs.register("printouts", make_waiting)
        sweep_jobs.register("retention", run_daily)
        sweep_jobs.register("organisation", write_waiting)
