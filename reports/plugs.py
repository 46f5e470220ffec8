"""What this floor adds to the registers of the floors below."""

from incidents import link_kinds
from outbox import digest_leads, sweep_jobs
from registry.services.files import keep_named
from reports import paper_kinds
from reports.collectors.evidence import register_sources
from reports.render.board import BOARD_REPORT
from reports.render.meeting_papers import PAPERS
from reports.render.minutes import MINUTES
from reports.render.scorecards import SCORECARD
from reports.render.statement import STATEMENT
from reports.selectors.desk_leads import lead_for
from reports.selectors.finding import register_found
from reports.selectors.linkable import find_pack
from reports.selectors.past import register_past
from reports.selectors.statements import files_named
from reports.services.builders import build_or_start
from reports.services.organisation import write_waiting
from reports.services.printouts import make_waiting
from reports.services.retention import run_daily
from reports.verbs import register_verbs


def register_plugs() -> None:
    """Register verbs, sources, kinds of documents, and the jobs of the sweep."""
    register_verbs()
    register_sources()
    register_found()
    register_past()
    paper_kinds.register("minutes", MINUTES)
    paper_kinds.register("papers", PAPERS)
    paper_kinds.register("board-report", BOARD_REPORT)
    paper_kinds.register("statement", STATEMENT)
    paper_kinds.register("scorecard", SCORECARD)
    keep_named(files_named)
    digest_leads.register(lead_for)
    link_kinds.register("pack", find_pack)
    sweep_jobs.register("packs", build_or_start)
    sweep_jobs.register("printouts", make_waiting)
    sweep_jobs.register("retention", run_daily)
    sweep_jobs.register("organisation", write_waiting)
