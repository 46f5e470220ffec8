"""What stands in a body's papers on one motion: its words, what it rests on, what is known."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from governance.models import BreachCause, Decision, DissentStatement
from governance.selectors.motions import causes_of
from governance.selectors.pages.ballot import hearing_page
from governance.selectors.pages.pictures import picture
from governance.selectors.pages.seats import Hearing
from governance.selectors.pages.sections import (
    IMPLICATIONS,
    ROUND_STATES,
    findings_facts,
    signature,
)
from governance.selectors.pages.subjects import events_of_case, subject_of
from governance.selectors.similar_cases import similar_cases
from incidents.models import Findings, Incident, Validation
from incidents.rules.records import findings_record
from incidents.selectors.notes import count_notes
from registry.models import User
from registry.services.signatures import is_valid

DRAWN = 26
ROWS = 8
SIZE = (640.0, 250.0)
Page = dict[str, Any]


def motion_papers(
    *, decision: Decision, reader: User, visible: QuerySet[Incident], at: datetime
) -> Page:
    """Return what templates/reports/meeting_papers/motion.html shows of a motion.

    The reader may see its case. Votes of others are not in it; privileged notes are counted, never
    told.
    """
    hearing = Hearing(decision=decision, reader=reader, at=at)
    page, incident = hearing_page(hearing), decision.incident
    findings: Findings | None = page["findings"]
    causes = list(causes_of(incident))
    return {
        "decision": decision,
        "incident": incident,
        "system": incident.system,
        "state": page["state"],
        "word": page["word"],
        "actions": page["actions"],
        "conditions": page["conditions"],
        "rules": [fact for fact in page["facts"] if fact["label"] not in ("So far", "Counted")],
        "quorum": page["quorum"],
        "feasibility": page["feasibility"],
        "recused": len(page["recusals"]),
        "findings": findings,
        "findings_facts": findings_facts(findings) if findings else [],
        "signatures": _signatures(incident, findings, page["reviews"]),
        "reviews": [_review(one) for one in page["reviews"]],
        "evidence": page["evidence"],
        "charts": _charts(incident, causes, ZoneInfo(reader.zone)),
        "similar": similar_cases(incident=incident, visible=visible),
        "earlier": _earlier(decision),
        "dissents": _dissents(decision),
        "withheld": count_notes(incident=incident),
    }


def _signatures(
    incident: Incident, findings: Findings | None, reviews: Sequence[Validation]
) -> list[Page]:
    """Who signed the findings on which the motion was put, and the reviews of them."""
    if findings is None:
        return []
    own = signature(findings.signature, "Authorship", findings.record_sha256, findings.entry_number)
    if not is_valid(findings.signature, findings_record(incident.number, findings)):
        own |= {"state": "broken", "note": "counts as absent"}
    return [own] + [
        signature(one.signature, f"Review, {one.line}", one.findings_sha256, one.entry_number)
        for one in reviews
    ]


def _review(row: Validation) -> Page:
    return {
        "review": row,
        "line": row.get_line_display(),
        "facts": [
            {"label": "Severity", "value": row.severity, "note": row.severity_reason},
            {
                "label": "Authority",
                "value": IMPLICATIONS[row.implication],
                "note": row.implication_reason,
            },
            {"label": "Harm", "value": row.harm},
        ],
    }


def _charts(incident: Incident, causes: Sequence[BreachCause], zone: ZoneInfo) -> list[Page]:
    """The breached KPI with its bands: the first cause drawn, the others named."""
    if not causes:
        return []
    first = causes[0]
    subject = subject_of(series=first.standing.series, version=first.threshold_version, limit=DRAWN)
    drawn = picture(
        subject,
        events=events_of_case(incident, first.standing.series.environment),
        zone=zone,
        key=f"papers-{incident.number.lower()}",
        rows=ROWS,
        size=SIZE,
        paper=True,
    )
    return [drawn] if drawn else []


def _earlier(decision: Decision) -> list[Page]:
    """The rounds that were held on the case before, and how they ended."""
    rows = Decision.objects.filter(
        incident_id=decision.incident_id, created_at__lt=decision.created_at
    ).exclude(pk=decision.pk)
    found = []
    for row in rows.select_related("resolution", "committee").order_by("created_at"):
        state, word = ROUND_STATES[row.state]
        resolution = getattr(row, "resolution", None)
        found.append(
            {
                "decision": row,
                "state": state,
                "word": word,
                "told": resolution.words if resolution else "",
            }
        )
    return found


def _dissents(decision: Decision) -> list[DissentStatement]:
    """The signed statements of dissent on the case so far."""
    rows = DissentStatement.objects.filter(decision__incident_id=decision.incident_id)
    return list(rows.select_related("person", "decision").order_by("pk"))
