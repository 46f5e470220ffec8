"""The list of incidents: saved views, filters, one page of rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from governance.selectors.pages.stages import place_words
from incidents.models import Incident
from incidents.rules.transitions import ENDED, OPEN_STATES, STATE_WORDS
from incidents.selectors.pages import Filters, incident_lines
from incidents.selectors.visibility import systems_among
from registry.models import User

PAGE = 50
VIEWS: dict[str, str] = {
    "open": "Open",
    "mine": "Mine",
    "overdue": "Overdue",
    "closed": "Ended",
    "all": "All",
}
# What a row shows.
SHOWN = (
    "number",
    "kind",
    "title",
    "severity",
    "state",
    "closed_at",
    "waiting_for",
    "waiting_until",
    "system__name",
    "owner__name",
    "drill",
)
HEAD = (
    "Incident",
    "What",
    "System",
    "Severity",
    "Stage",
    "With",
    "Until (UTC)",
    "Opened (UTC)",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked the list for; what is none of the choices counts as not asked."""

    view: str
    state: str
    severity: str
    kind: str
    system: str
    words: str
    order: str
    after: str
    as_of: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The filters as they stand in an address, without the place in the list."""
        given = {
            "view": "" if self.view == "open" else self.view,
            "state": self.state,
            "severity": self.severity,
            "kind": self.kind,
            "system": self.system,
            "q": self.words,
            "order": "" if self.order == "opened" else self.order,
            "as_of": self.as_of,
        }
        return {name: value for name, value in given.items() if value}

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the view."""
        return bool(self.state or self.severity or self.kind or self.system or self.words)


def asked_of(query: Mapping[str, str], *, as_of: str = "") -> Asked:
    """Read what was asked from an address; `as_of` is the instant, as the door has read it."""
    return Asked(
        view=_one_of(query.get("view", ""), VIEWS, "open"),
        state=_one_of(query.get("state", ""), STATE_WORDS, ""),
        severity=_one_of(query.get("severity", ""), Incident.Severity.values, ""),
        kind=_one_of(query.get("kind", ""), Incident.Kind.values, ""),
        system=query.get("system", "")[:80],
        words=query.get("q", "").strip()[:80],
        order=_one_of(query.get("order", ""), ("opened", "due"), "opened"),
        after=query.get("after", "")[:200],
        as_of=as_of,
    )


def list_page(
    *, asked: Asked, visible: QuerySet[Incident], reader: User, at: datetime
) -> dict[str, Any]:
    """Return what templates/governance/incidents.html shows; at most six queries.

    `visible` are the incidents that the reader may see.
    """
    systems = list(systems_among(visible).values("slug", "name", "pk"))
    # Its key is known from here; a system without a case has none to list.
    key = next((one["pk"] for one in systems if one["slug"] == asked.system), None)
    found = incident_lines(
        visible=visible.none() if asked.system and key is None else visible,
        names=SHOWN,
        filters=_filters(asked, reader, key),
        at=at,
        after=asked.after,
        limit=PAGE,
    )
    return {
        "at": at,
        "asked": asked,
        "incidents": [{"incident": row, "place": place_words(row.state)} for row in found.rows],
        "views": _views(asked),
        "ends": [
            {
                "label": _("Keep this view"),
                "url": f"/desk/views/new/?page=incidents&{urlencode(asked.query)}",
            },
            {"label": "CSV", "url": f"/incidents/list.csv?{_with(asked, asked.after)}"},
        ],
        "systems": systems,
        "states": [(state, STATE_WORDS[state]) for state in STATE_WORDS],
        "severities": Incident.Severity.choices,
        "kinds": Incident.Kind.choices,
        "pages": {
            "shown": len(found.rows),
            "older_url": f"?{_with(asked, found.after)}" if found.after else "",
            "newer_url": f"?{urlencode(asked.query)}" if asked.after else "",
        },
    }


def sheet_rows(page: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """Return the rows of a list page as cells of HEAD."""
    return [_sheet_row(item["incident"], item["place"]) for item in page["incidents"]]


def _sheet_row(incident: Any, place: str) -> tuple[object, ...]:
    return (
        incident.number,
        incident.title,
        incident.system__name,
        incident.severity,
        place,
        incident.owner__name,
        _utc(incident.stage_due_at),
        _utc(incident.opened_at),
    )


def _filters(asked: Asked, reader: User, system_id: UUID | None) -> Filters:
    states: tuple[str, ...] = (asked.state,) if asked.state else ()
    if asked.view == "closed" and not states:
        states = tuple(ENDED)
    elif asked.view in ("open", "overdue", "mine") and not states:
        states = OPEN_STATES
    return Filters(
        states=states,
        severities=(asked.severity,) if asked.severity else (),
        kinds=(asked.kind,) if asked.kind else (),
        system_id=system_id,
        owner_id=reader.pk if asked.view == "mine" else None,
        overdue=asked.view == "overdue",
        words=asked.words,
        order="opened" if asked.view == "closed" else asked.order,
    )


def _views(asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": f"?{urlencode({**asked.query, 'view': name})}",
            "current": name == asked.view,
        }
        for name, label in VIEWS.items()
    ]


def _with(asked: Asked, after: str) -> str:
    return urlencode({**asked.query, **({"after": after} if after else {})})


def _one_of(given: str, known: Any, otherwise: str) -> str:
    return given if given in known else otherwise


def _utc(instant: datetime | None) -> str:
    return instant.strftime("%Y-%m-%d %H:%M") if instant else ""
