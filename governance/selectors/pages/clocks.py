"""The page of all clocks, and what one case says about its reports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from incidents.models import Incident, RegulatoryClock
from incidents.rules.clock_facts import AWARENESS, COLUMN_OF, FACTS
from incidents.selectors.clock_facts import facts_of
from incidents.selectors.clock_pages import clock_page, rules_in_force
from incidents.selectors.clock_reasons import not_due_anywhere, not_due_of
from incidents.selectors.clock_rules import seat
from incidents.selectors.clocks import ClockLine, clocks_of
from incidents.selectors.report_drafts import drafts_of, regimes_of
from ledger.rules.worded import word, worded
from registry.models import ClockRule
from registry.rules.shipped import shipped

MOST_SENT = 100


def overview(
    *,
    incidents: QuerySet[Incident],
    at: datetime,
    after: str = "",
    rules: Sequence[ClockRule] | None = None,
) -> dict[str, Any]:
    """Return what templates/governance/clocks/list.html shows; `rules` where they are known."""
    page = clock_page(incidents=incidents, at=at, after=after)
    known = rules_in_force(incidents=incidents) if rules is None else rules
    return {
        "rows": [clock_row(line) for line in page.lines],
        "next": page.after,
        "not_due": not_due_anywhere(rules=known, today=at.astimezone(seat()).date()),
        "at": at,
    }


def clock_row(line: ClockLine) -> dict[str, Any]:
    """Return a clock with its words: whose awareness, what binds, what comes next."""
    clock = line.clock
    return {
        "line": line,
        "clock": clock,
        "incident": clock.incident,
        "period": period_of(clock),
        "counted": clock.get_counted_as_display(),
        "next": next_step(clock),
    }


def period_of(clock: RegulatoryClock) -> str:
    """Say how long a clock is: '72 h', '15 days', or the words of the law."""
    hours = clock.rule.hours
    if not hours:
        return shipped(clock.rule.period)
    if hours % 24 == 0 and hours > 72:
        return worded("{amount} days", amount=hours // 24)
    return worded("{hours} h", hours=hours)


def next_step(clock: RegulatoryClock) -> str:
    """Say what is to be done next about a clock."""
    if not clock.runs:
        sent = word("nothing: a report was sent")
        return sent if clock.submission_id else word("nothing: it was ended")
    if clock.state == RegulatoryClock.State.CONFIRMED:
        return word("send the report and record it")
    if clock.incident.state in ("OPEN", "INVESTIGATING"):
        return word("the owner's findings; the report may be sent before")
    return word("compliance confirms or ends it by a signed reason")


def reports_page(incident: Incident, at: datetime, *, past: bool = False) -> dict[str, Any]:
    """Return what templates/governance/clocks/case.html shows, now or at a `past` instant."""
    facts = facts_of(incident)
    return {
        "incident": incident,
        "system": incident.system,
        "instants": _instants(incident),
        "facts": [{"words": words, "fact": facts.get(name)} for name, words in FACTS.items()],
        "rows": [clock_row(line) for line in clocks_of(incident=incident, at=at)],
        "not_due": not_due_of(incident, past=past),
        "regimes": regimes_of(incident),
        "drafts": drafts_of(incident).order_by("regime", "-version")[:50],
        "submissions": incident.submissions.select_related("submitted_by", "report")
        .prefetch_related(
            Prefetch("clocks", RegulatoryClock.objects.select_related("rule"), to_attr="met")
        )
        .order_by("-submitted_at", "-pk")[:MOST_SENT],
        "at": at,
    }


def _instants(incident: Incident) -> list[dict[str, Any]]:
    """The instants of a case, in the order in which they are asked for; the unknown ones too."""
    names = {"occurred": word("It happened"), **AWARENESS}
    found = [{"words": word("It was detected"), "at": incident.detected_at}]
    found += [
        {"words": words, "at": getattr(incident, COLUMN_OF[which])}
        for which, words in names.items()
    ]
    return found
