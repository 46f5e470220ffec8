"""Which pages there are to look at: each address of the table, who opens it, with what in it.

A line is an address, the role that it is mainly for, and what stands in its places by the names of
the gallery. What is not looked at by the walk says here why.
"""

from tests.walks.access_table import TABLE
from tests.walks.more_pages import MORE

# How an address ends that is a file to download, and so no page.
FILES = (".csv", ".jsonl", ".json", ".txt", ".pdf", ".docx", "note", "proof", ".tsr", "tlog-proof",
         ".yaml", "/file", "/files/<uuid:file_id>", "/download")  # fmt: skip

OPENED = """
design/ | auditor
concerns/new/ | owner
/ | compliance
/ | executive
/ | auditor
/ | chair
?view=mine&due=week | owner
desk/keys/ | owner
desk/views/new/ | owner
desk/together/ | owner
me/calendar/ | owner
concerns/receipt/ | owner
/ | owner
workflow/ | auditor
on-call/ | compliance
drills/ | compliance
me/notices/ | owner
notifications/ | owner
first-steps/ | administrator
first-steps/people/ | administrator
first-steps/profile/ | compliance
first-steps/committee/ | administrator
first-steps/system/ | administrator
first-steps/systems/<slug:slug>/kpis/ | owner
help/ | owner
help/ | auditor
help/<str:article>/ | compliance | article='packs
help/<str:article>/ | engineer | article='engineers
search/ | compliance
search/?q=claims | compliance
search/?q=acuracy | owner
coverage/ | compliance
kpis/ | compliance
answers/ | owner
silences/ | owner
controls/ | compliance
controls/readiness/ | compliance
controls/statements/ | compliance
controls/frameworks/ | compliance
controls/frameworks/bring/ | compliance
controls/uploads/ | compliance
controls/gaps/ | compliance
systems/<slug:slug>/controls/ | compliance
controls/<slug:key>/ | compliance | key='ai-act
controls/<slug:key>/<str:provision_id>/ | compliance | key='ai-act provision_id='AIA-14
controls/<slug:key>/ | auditor | key='iso-42001
controls/<slug:key>/ | executive | key='nist-ai-rmf
controls/<slug:key>/<str:provision_id>/ | compliance | key='iso-42001 provision_id='ISO-7.2
controls/statements/<uuid:statement_id>/ | auditor | statement_id=statement
controls/statements/<uuid:statement_id>/ | compliance | statement_id=next_statement
controls/statements/<uuid:statement_id>/ | executive | statement_id=next_statement
controls/uploads/<uuid:upload_id>/ | auditor | upload_id=evidence
controls/uploads/<uuid:upload_id>/ | risk | upload_id=unread
controls/gaps/<uuid:gap_id>/ | owner | gap_id=gap
packs/ | auditor
packs/<str:number>/ | auditor | number=pack
packs/<str:number>/ | auditor | number=next_pack
papers/made/<uuid:paper_id>/ | executive | paper_id=paper
ledger/lists/<uuid:printout_id>/ | auditor | printout_id=printout
reports/<str:number>/ | auditor | number=board_report
reports/<str:number>/ | compliance | number=review
reports/<str:number>/ | risk | number=review
consequence-factors/<uuid:factor_id>/ | auditor | factor_id=factor
consequence-factors/<uuid:factor_id>/ | risk | factor_id=next_factor
retention/rules/<slug:kind>/ | compliance | kind='decision_events
consequence-factors/ | compliance
reports/new/ | compliance
reports/ | compliance
incidents/ | compliance
acceptances/ | compliance
oversight/ | compliance
systems/<slug:slug>/oversight/ | owner
audit/ | auditor
audit/questions/ | auditor
audit/sample/ | auditor
audit/sample/?list=incidents&system=&since=2026-11-01&until=2026-12-31&seed=s&n=5 | auditor
audit/questions/<str:number>/ | auditor | number=question
audit/questions/<str:number>/ | compliance | number=question
connectors/ | owner
connectors/doors/ | owner
uploads/ | owner
systems/ | compliance
fleet/ | executive
scorecards/ | executive
scorecards/?view=leadership | executive
figures/ | executive
committee/ | chair
roles/ | compliance
ledger/ | auditor
ledger/exceptions/ | auditor
law/ | compliance
law/clocks/ | compliance
people/setup/ | administrator
people/glass/ | administrator
clocks/ | compliance
committee/delegated/ | compliance
meetings/ | secretary
validation/small/ | compliance
me/interests/ | chair
systems/<slug:slug>/stop/ | owner
systems/<slug:slug>/standing-orders/ | owner
systems/<slug:slug>/canary/ | owner
systems/<slug:slug>/kpis/<int:series_id>/voids/ | owner
systems/<slug:slug>/thresholds/ | owner
systems/<slug:slug>/drift/ | engineer
systems/<slug:slug>/kpis/<int:series_id>/backtest/ | owner
systems/<slug:slug>/kpis/<int:series_id>/baseline/ | owner
systems/<slug:slug>/scorecard/ | owner
systems/<slug:slug>/elsewhere/ | owner
systems/<slug:slug>/objectives/ | owner
systems/<slug:slug>/measured/ | engineer
systems/<slug:slug>/probe/ | engineer
systems/<slug:slug>/obligations/ | compliance
systems/<slug:slug>/classification/ | compliance
systems/<slug:slug>/assessments/ | owner
systems/<slug:slug>/profile/ | owner
systems/<slug:slug>/profile/controls/versions/ | owner
systems/<slug:slug>/profile/scope/versions/ | owner
systems/<slug:slug>/profile/behaviour/versions/ | owner
systems/<slug:slug>/documents/ | owner
systems/<slug:slug>/telemetry/ | engineer
systems/<slug:slug>/versions/ | engineer
systems/<slug:slug>/versions/<path:label>/ | engineer
systems/<slug:slug>/life/ | owner
systems/<slug:slug>/life/evaluations/ | owner
committee/<str:number>/procedure/ | secretary | number=decision
incidents/<str:number>/parts/ | compliance | number=deciding
incidents/<str:number>/deadlines/ | owner | number=open
incidents/<str:number>/comments/ | owner | number=validation
systems/<slug:slug>/kpis/<int:series_id>/ | owner
systems/<slug:slug>/ | owner
incidents/report/ | owner
incidents/<str:number>/ | owner | number=open
incidents/<str:number>/ | owner | number=investigating
incidents/<str:number>/ | compliance | number=validation
incidents/<str:number>/ | secretary | number=waiting
incidents/<str:number>/ | chair | number=deciding
incidents/<str:number>/ | engineer | number=execution
incidents/<str:number>/ | engineer | number=compensated
incidents/<str:number>/ | verifier | number=verification
incidents/<str:number>/ | executive | number=accepted
incidents/<str:number>/ | auditor | number=closed
incidents/<str:number>/ | secretary | number=contained
incidents/<str:number>/ | compliance | number=reported
incidents/<str:number>/reports/ | compliance | number=reported
committee/<str:number>/ | chair | number=decision
committee/<str:number>/ | secretary | number=motion
committee/<str:number>/ | auditor | number=adopted
people/ | administrator
people/access/ | administrator
people/new/ | administrator
units/ | administrator
units/new/ | administrator
people/<uuid:person_id>/ | administrator
people/<uuid:person_id>/edit/ | administrator
people/<uuid:person_id>/roles/ | administrator
people/<uuid:person_id>/leave/ | administrator
people/<uuid:person_id>/delegations/ | administrator
people/<uuid:person_id>/leaving/ | administrator
units/<uuid:unit_id>/ | administrator
units/<uuid:unit_id>/rename/ | administrator
units/<uuid:unit_id>/move/ | administrator
erasures/ | compliance
retention/ | compliance
retention/preview/ | compliance
meetings/<str:number>/ | secretary | number=meeting
meetings/<str:number>/ | chair | number=meeting
meetings/<str:number>/ | secretary | number=ahead
meetings/<str:number>/ | auditor | number=ended
meetings/<str:number>/screen/ | chair | number=meeting
meetings/<str:number>/papers/ | chair | number=meeting
minutes/<str:number>/ | secretary | number=ended
authority-requests/<str:number>/ | compliance | number=request
programmes/<uuid:action_id>/ | engineer | action_id=action
drills/<uuid:drill_id>/ | compliance | drill_id=drill
drills/<uuid:drill_id>/ | auditor | drill_id=ended_drill
calls/<uuid:call_id>/ | owner | call_id=call
standing-orders/<uuid:order_id>/ | engineer | order_id=order
standing-orders/<uuid:order_id>/ | chair | order_id=put
incidents/<str:number>/reports/<slug:template>/ | compliance | number=reported template=gdpr
incidents/<str:number>/reports/<slug:template>/<int:version>/ \
    | auditor | number=reported template=gdpr version=one
acceptances/<str:number>/ | compliance | number=acceptance
acceptances/proposals/<str:number>/ | compliance | number=proposal
silences/<uuid:mute_id>/ | owner | mute_id=mute
systems/<slug:slug>/kpis/<int:series_id>/baseline/<uuid:baseline_id>/<slug:act>/ \
    | deputy | baseline_id=next_baseline act=approve
systems/<slug:slug>/thresholds/new/?series=<int:series_id> | owner
systems/<slug:slug>/thresholds/<uuid:version_id>/ | owner | version_id=threshold
kpis/<slug:kpi_id>/ | compliance | kpi_id='accuracy
answers/<slug:slug>/<str:key>/ | owner | key=answer
connectors/<uuid:connector_id>/ | owner | connector_id=connector
connectors/<uuid:connector_id>/change/ | owner | connector_id=connector
uploads/<uuid:upload_id>/ | owner | upload_id=upload
watches/<uuid:watch_id>/ | owner | watch_id=watch
systems/<slug:slug>/objectives/<slug:kind>/ | owner | kind='trend
systems/<slug:slug>/objectives/<slug:kind>/ | owner | kind='budget
systems/<slug:slug>/objectives/<slug:kind>/ | owner | kind='guardrail
systems/<slug:slug>/profile/controls/<int:version>/ | owner | slug=house version='1
^concerns/(?P<number>CON-\\d{4}-\\d{4,12})/$ | compliance | number=concern
authority-requests/ | compliance
authority-requests/new/ | compliance
meetings/new/ | secretary
on-call/<uuid:unit_id>/ | compliance
operations/engine/ | administrator
kpis/new/ | compliance
exchange/ | administrator
exchange/organisation/ | everywhere
exchange/registries/ | administrator
tokens/ | administrator
tokens/new/ | administrator
operations/messages/ | administrator
calendars/ | administrator
calendars/<str:name>/ | administrator
connectors/new/ | owner
connectors/new/?kind=prometheus | owner
concerns/ | compliance
concerns/named/ | compliance
incidents/<str:number>/motion/ | secretary | number=contained
systems/new/ | compliance
systems/<slug:slug>/regimes/ | compliance
systems/<slug:slug>/profile/edit/ | owner
systems/<slug:slug>/profile/dependencies/ | owner
systems/<slug:slug>/profile/data/ | owner
systems/<slug:slug>/profile/knowledge/ | owner
systems/<slug:slug>/profile/controls/ | owner
systems/<slug:slug>/profile/scope/ | owner
systems/<slug:slug>/profile/behaviour/ | owner
systems/<slug:slug>/version-draft/ | engineer
systems/<slug:slug>/life/fallback/ | engineer
systems/<slug:slug>/life/evaluations/new/ | owner
law/updates/ | compliance
law/organisation/ | compliance
documents/ | compliance
documents/expiring/ | compliance
suppliers/ | compliance
ledger/checkpoints/ | auditor
ledger/<int:number>/ | auditor | number='1
"""

# Not part of this walk, and where it is looked at or why there is nothing to look at.
LEFT_OUT = {
    "it takes changes only": (
        "incidents/<str:number>/notes/",
        "systems/<slug:slug>/assessments/new/",
        "systems/<slug:slug>/assessments/<slug:kind>/<int:number>/submit/",
        "systems/<slug:slug>/assessments/<slug:kind>/<int:number>/approve/",
        "systems/<slug:slug>/assessments/<slug:kind>/<int:number>/back/",
        "systems/<slug:slug>/assessments/<slug:kind>/<int:number>/notify/",
        "systems/<slug:slug>/profile/controls/<int:version>/approve/",
        "systems/<slug:slug>/profile/controls/<int:version>/withdraw/",
        "systems/<slug:slug>/profile/scope/<int:version>/approve/",
        "systems/<slug:slug>/profile/scope/<int:version>/withdraw/",
        "systems/<slug:slug>/profile/behaviour/<int:version>/approve/",
        "systems/<slug:slug>/profile/behaviour/<int:version>/withdraw/",
        "tokens/<slug:token_key>/rotate/",
        "tokens/<slug:token_key>/revoke/",
    ),
    "a file to keep": (
        "committee/<str:number>/procedure/document",
        "minutes/<str:number>/narratives/<int:narrative>",
        "ledger/checkpoint",
    ),
    "no page of ours, or no page at all": (
        "health/",
        "api/",
        "api/schema/",
        "metrics",
        "calendar/<str:secret>.ics",
    ),
}


def pages():
    """Yield (address with its places, role, what stands in them by name) for each line."""
    for one in OPENED.splitlines()[1:] + MORE.splitlines()[1:]:
        route, role, *rest = (part.strip() for part in one.split(" | "))
        filled = dict(part.split("=", 1) for part in " ".join(rest).split())
        yield ("" if route == "/" else route), role, filled


def line(route, role, filled):
    """Return a page as its line of OPENED says it."""
    places = " ".join(f"{name}={value}" for name, value in filled.items())
    return " | ".join(part for part in (route or "/", role, places) if part)


def query(route):
    """Return what follows the address of a page, from its question mark on."""
    return "".join(route.rpartition("/?")[1:])[1:] if "/?" in route else ""


def untold():
    """Return the pages of the table that are neither looked at nor said why not."""
    known = {route.removesuffix(query(route)) for route, _, _ in pages()}
    known |= {route for routes in LEFT_OUT.values() for route in routes}
    return [
        route
        for route, audience in TABLE.items()
        if audience not in ("change", "token", "machine")
        and not route.startswith("api/v1/")
        and not route.endswith(FILES)
        and route not in known
    ]
