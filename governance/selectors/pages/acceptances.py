"""Pages of accepted risks: the register, and the file of one; the section on an incident's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils import timezone

from governance.rules.act_words import ACTS
from governance.selectors.pages.record import entries_of
from governance.selectors.risks import conditions_of, decisions_of_risks
from incidents.models import AcceptanceProposal, Incident, RiskAcceptance
from incidents.rules.acceptances import FIELDS, TREATMENTS
from incidents.rules.transitions import RISK_ACCEPTED
from incidents.selectors.acceptance_grounds import events_asked, events_told
from incidents.selectors.acceptance_pages import NEAR, Page, page_of, page_rows
from incidents.selectors.acceptances import (
    Shown,
    acceptances_visible,
    chain_of,
    proposal_faults,
    proposals_visible,
    shown,
)
from incidents.selectors.gates import possible_commands
from incidents.selectors.instances import Columns, asked_columns, instances_of
from incidents.selectors.proposal_facts import Facts, facts_asked, facts_told
from incidents.selectors.visibility import systems_among
from ledger.rules.worded import joined, term, worded
from ledger.selectors.at_once import Rows, at_once
from ledger.selectors.lines import lines_of_object
from outbox.models import Timer
from registry.models import User

PAGE = 50
MOST_PROPOSALS = 20
VIEWS = {"running": "Running", "near": "Ends within 30 days", "over": "Over", "all": "All"}
HEAD = (
    "Acceptance",
    "Incident",
    "System",
    "State",
    "Owner",
    "Covers",
    "Limit",
    "From",
    "From (UTC)",
    "Until",
    "Until (UTC)",
    "Renewals",
)
COMMANDS = ("review_acceptance", "risk_removed")
TOLD = {"review": "Review at half term", "expiry": "It ends", "near": "Its end comes near"}
MARKS = {"Valid": "ok", "Expired": "critical", "Void": "critical"}
LABELS = {field.name: field.label for field in FIELDS}
CASE = ("id", "number", "kind", "state", "severity", "system_id", "closed_at")
ROW: Columns = {
    "": [one.attname for one in RiskAcceptance._meta.concrete_fields],
    "incident": CASE,
    "incident__system": ("id", "name", "lifecycle"),
    "owner": ("id", "name", "is_active", "deactivated_at"),
}
PROPOSAL: Columns = {
    "": [one.attname for one in AcceptanceProposal._meta.concrete_fields],
    "incident": (*CASE, "plan", "risk_tier", "environment", "cycle", "parent_id"),
    "incident__system": ("id", "name", "lifecycle", "legal_class"),
}
"""What a row of the register shows and needs, read in one statement with the proposals."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked the register for; what is none of the choices counts as not asked."""

    view: str
    system: str
    after: str
    as_of: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The filters as they stand in an address, without the place in the list."""
        given = {
            "view": "" if self.view == "running" else self.view,
            "system": self.system,
            "as_of": self.as_of,
        }
        return {name: value for name, value in given.items() if value}


def asked_of(query: Mapping[str, str], *, as_of: str = "") -> Asked:
    """Read what was asked from an address; `as_of` is the instant, as the door has read it."""
    view = query.get("view", "")
    return Asked(
        view=view if view in VIEWS else "running",
        system=query.get("system", "").replace("\x00", " ")[:80],
        after=query.get("after", "")[:200],
        as_of=as_of,
    )


def register_page(*, asked: Asked, visible: QuerySet[Incident], at: datetime) -> dict[str, Any]:
    """Return what templates/governance/acceptances/list.html shows, in a constant number of reads.

    `visible` are the incidents that the reader may see. Raises Invalid for a bad cursor.
    """
    read = _read(asked, visible, at)
    return {
        "at": at,
        "asked": asked,
        "rows": [row_of(one) for one in read.page.rows],
        "proposals": [
            {"proposal": one, **proposal_row(one, at, facts=read.facts)}
            for one in read.proposed
        ],
        "views": [
            {"label": label, "url": f"?{urlencode({**asked.query, 'view': name})}",
             "current": name == asked.view}
            for name, label in VIEWS.items()
        ],
        "ends": [{"label": "CSV", "url": f"/acceptances/list.csv?{_with(asked, asked.after)}"}],
        "systems": [
            {"slug": slug, "name": name} for slug, name in read.systems
        ],
        "pages": {
            "shown": len(read.page.rows),
            "older_url": f"?{_with(asked, read.page.after)}" if read.page.after else "",
            "newer_url": f"?{urlencode(asked.query)}" if asked.after else "",
        },
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Read:
    """What the register shows, as it was read; `systems` are the short names and the names."""

    page: Page
    proposed: Sequence[AcceptanceProposal]
    facts: Facts
    systems: Rows


def _read(asked: Asked, visible: QuerySet[Incident], at: datetime) -> _Read:
    """Read the rows and the proposals in one statement, in a second one what stands beside."""
    rows = acceptances_visible(visible)
    read = page_rows(
        visible=rows, at=at, view=asked.view, system=asked.system, after=asked.after, limit=PAGE
    )
    first = at_once(
        {
            "rows": asked_columns(read, ROW),
            "proposals": asked_columns(_proposed(visible), PROPOSAL),
        }
    )
    kept = instances_of(RiskAcceptance, ROW, first["rows"])
    proposed = instances_of(AcceptanceProposal, PROPOSAL, first["proposals"])
    beside = at_once(
        {
            # Not of accepted risks alone: to know of which system one is took every one.
            "systems": systems_among(visible).values_list("slug", "name"),
            **events_asked(kept[:PAGE], at),
            **facts_asked([(one.incident, one.terms) for one in proposed]),
        }
    )
    return _Read(
        page=page_of(kept, events_told(kept[:PAGE], beside), at=at, limit=PAGE),
        proposed=proposed,
        facts=facts_told(beside),
        systems=beside["systems"],
    )


def sheet_rows(page: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """Return the rows of a register page as cells of HEAD."""
    return [_sheet_row(item) for item in page["rows"]]


def file_page(
    *, row: RiskAcceptance, reader: User, at: datetime, may_act: bool = True
) -> dict[str, Any]:
    """Return what templates/governance/acceptances/one.html shows; without acts for the past."""
    chain = chain_of(row)
    one = next(item for item in shown(chain, at) if item.acceptance.pk == row.pk)
    return {
        "at": at,
        "one": row_of(one),
        "row": one.acceptance,
        "incident": one.acceptance.incident,
        "decision": decisions_of_risks([row]).get(row.decision_id),
        "conditions": conditions_of(row, at),
        "chain": [row_of(item) for item in shown(chain, at)] if len(chain) > 1 else [],
        "told": _told(row, at) if may_act else [],
        "acts": _acts(one.acceptance, reader, at) if may_act else [],
        "entries": entries_of(
            lines_of_object(object_type="acceptance", object_id=str(row.pk)), about=row.number
        ),
    }


def accepted_of(incident: Incident, at: datetime) -> list[dict[str, Any]]:
    """Return the acceptances of an incident, the newest first, as its page shows them."""
    rows = RiskAcceptance.objects.filter(incident=incident).select_related(
        "incident__system", "owner", "renewal_of"
    )
    return [row_of(one) for one in shown(rows.order_by("-from_at"), at)]


def row_of(one: Shown) -> dict[str, Any]:
    """Return an acceptance as rows and heads show it: its mark, its word, its limit in words."""
    row = one.acceptance
    near = one.validity.valid and row.until_at - one.at <= NEAR
    return {
        "shown": one,
        "acceptance": row,
        "mark": "warning" if near else MARKS.get(one.word, "none"),
        "word": worded("{word}, ends soon", word=term(one.word)) if near else one.word,
        "treatment": dict(TREATMENTS)[row.treatment],
        "limit": limit_words(row),
        "unrecorded": not one.validity.valid and not one.is_recorded,
    }


def limit_words(row: RiskAcceptance) -> str:
    """Return the limit of an acceptance as people read it."""
    if row.limit_value is None:
        return str(row.limit_words)
    value = f"{row.limit_value:.6g}"
    told = f"{row.kpi} {value}" if row.kpi else value
    return f"{told}; {row.limit_words}" if row.limit_words else told


def _proposed(visible: QuerySet[Incident]) -> QuerySet[AcceptanceProposal]:
    rows = proposals_visible(visible).filter(state=AcceptanceProposal.State.PROPOSED)
    return rows.order_by("-proposed_at", "-id")[:MOST_PROPOSALS]


def proposal_row(
    row: AcceptanceProposal, at: datetime, *, facts: Facts | None = None
) -> dict[str, Any]:
    """Return what a proposal says and what stands against deciding on it, in words."""
    missing = proposal_faults(incident=row.incident, values=row.terms, at=at, facts=facts)
    return {
        "said": [
            {"label": LABELS[name], "value": _value(name, value)}
            for name, value in row.terms.items()
            if name in LABELS
        ],
        "missing": [
            joined(": ", [term(LABELS.get(name, name)), words]) for name, words in missing.items()
        ],
        "no_end": "until_at" not in row.terms,
    }


def _value(name: str, value: Any) -> str:
    if name == "treatment":
        return term(dict(TREATMENTS).get(str(value), value))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _told(row: RiskAcceptance, at: datetime) -> list[dict[str, Any]]:
    """What is still to be told of it, and when; the past of it stands in the record."""
    armed = Timer.objects.filter(
        subject_id=row.incident_id,
        key__startswith=f"acceptance:{row.pk}:",
        state=Timer.State.ARMED,
        due_at__gt=at,
    )
    return [
        {"at": timer.due_at, "words": TOLD.get(timer.payload["which"], TOLD["near"])}
        for timer in armed.order_by("due_at")
    ]


def _acts(row: RiskAcceptance, reader: User, at: datetime) -> Sequence[dict[str, Any]]:
    """What the reader may do about it, or why not; nothing where it is over and noted."""
    if row.incident.state != RISK_ACCEPTED or row.state != RiskAcceptance.State.ACTIVE:
        return []
    possible = possible_commands(incident=row.incident, user=reader, at=at)
    return [
        {
            "command": one.command.name,
            "words": ACTS[one.command.name],
            "refusal": one.refusal,
            "first": one.command.name == COMMANDS[0],
        }
        for one in possible
        if one.command.name in COMMANDS
    ]


def _sheet_row(item: Mapping[str, Any]) -> tuple[object, ...]:
    row: RiskAcceptance = item["acceptance"]
    return (
        row.number,
        row.incident.number,
        row.incident.system.name,
        item["word"],
        row.owner.name,
        item["shown"].scope,
        item["limit"],
        _here(row.from_at),
        f"{row.from_at:%Y-%m-%d %H:%M}",
        _here(row.until_at),
        f"{row.until_at:%Y-%m-%d %H:%M}",
        row.renewals,
    )


def _here(instant: datetime) -> str:
    """An instant in the reader's zone, with the zone."""
    return f"{timezone.localtime(instant):%Y-%m-%d %H:%M %Z}"


def _with(asked: Asked, after: str) -> str:
    return urlencode({**asked.query, **({"after": after} if after else {})})
