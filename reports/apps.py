"""The floor of reports."""

from django.apps import AppConfig

from outbox import sweep_jobs
from reports import paper_kinds
from reports.verbs import register_verbs


class ReportsConfig(AppConfig):
    """Registers what this floor adds to the registers of the floors below."""

    name = "reports"

    def ready(self) -> None:
        """Register verbs, kinds of documents, jobs of the sweep, and the check for the renderer."""
        from registry.services.files import keep_named  # noqa: PLC0415  needs models
        from reports.collectors import checks as sources  # noqa: F401, PLC0415  as below
        from reports.collectors.evidence import register_sources  # noqa: PLC0415  needs models
        from reports.render import checks  # noqa: F401, PLC0415  the registry exists only now
        from reports.render.board import BOARD_REPORT  # noqa: PLC0415  needs models
        from reports.render.minutes import MINUTES  # noqa: PLC0415  needs models
        from reports.render.statement import STATEMENT  # noqa: PLC0415  needs models
        from reports.selectors.statements import files_named  # noqa: PLC0415  needs models
        from reports.services.builders import build_or_start  # noqa: PLC0415  needs models
        from reports.services.organisation import write_waiting  # noqa: PLC0415  needs models
        from reports.services.printouts import make_waiting  # noqa: PLC0415  needs models
        from reports.services.retention import run_daily  # noqa: PLC0415  needs models

        register_verbs()
        register_sources()
        paper_kinds.register("minutes", MINUTES)
        paper_kinds.register("board-report", BOARD_REPORT)
        paper_kinds.register("statement", STATEMENT)
        keep_named(files_named)
        sweep_jobs.register("packs", build_or_start)
        sweep_jobs.register("printouts", make_waiting)
        sweep_jobs.register("retention", run_daily)
        sweep_jobs.register("organisation", write_waiting)
