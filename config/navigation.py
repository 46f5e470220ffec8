"""The rail's links: those pages that this installation has, with the counts that a door knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registry.rules.permits import PERMITS
from reports.selectors.retention_page import MAY_READ as KEEPING

Words = str | Promise

# Group, then the url name and the label of each page. A page that has no address yet is left out.
PAGES: tuple[tuple[Words, tuple[tuple[str, Words], ...]], ...] = (
    (
        _("Work"),
        (
            ("desk", _("My desk")),
            ("incidents", _("Incidents")),
            ("dockets", _("Committee")),
            ("meetings", _("Meetings")),
            ("clocks", _("Clocks")),
            ("on-call", _("On call")),
            ("drills", _("Fire drills")),
            ("acceptances", _("Accepted risks")),
        ),
    ),
    (
        _("Systems"),
        (
            ("fleet", _("Fleet")),
            ("scorecards", _("Scorecards")),
            ("figures", _("Figures")),
            ("systems", _("Systems")),
            ("coverage", _("Coverage")),
            ("suppliers", _("Suppliers")),
            ("answers", _("Answers")),
            ("concerns", _("Concerns")),
            ("mutes", _("Silences")),
        ),
    ),
    (
        _("Proof"),
        (
            ("controls", _("Controls")),
            ("oversight", _("Oversight")),
            ("packs", _("Evidence packs")),
            ("reports", _("Reports")),
            ("audit-room", _("Audit room")),
            ("authority-requests", _("Authority requests")),
            ("ledger", _("Ledger")),
        ),
    ),
    (
        _("Rules"),
        (
            ("policies", _("Policies")),
            ("workflow", _("Workflow")),
            ("kpis", _("KPIs")),
            ("governance_check", _("Governance check")),
            ("law", _("Law and dates")),
            ("people", _("People and access")),
            ("calendars", _("Calendars")),
            ("tokens", _("Service tokens")),
            ("messages", _("Messages")),
            ("connectors", _("Connectors")),
            ("uploads", _("Uploads")),
            ("imports", _("Import and export")),
            ("retention", _("Retention")),
            ("erasures", _("Erasures")),
            ("engine", _("Engine")),
            ("first-steps", _("First steps")),
        ),
    ),
)


# The pages of one system, in the order of its file: url name, label.
SYSTEM_PAGES: tuple[tuple[str, Words], ...] = (
    ("system", _("Overview")),
    ("system-profile", _("Who and what for")),
    ("system-scorecard", _("Scorecard")),
    ("system-measured", _("Measured")),
    ("system-thresholds", _("Thresholds")),
    ("system-objectives", _("Objectives")),
    ("system-drift", _("Drift and coverage")),
    ("system-canary", _("Canary set")),
    ("system-versions", _("Versions")),
    ("system-life", _("Life and gates")),
    ("system-stop", _("Stop")),
    ("system-orders", _("Standing orders")),
    ("system-probe", _("Probe")),
    ("system-classification", _("Classification")),
    ("system-obligations", _("Obligations")),
    ("system-assessments", _("Assessments")),
    ("system-documents", _("Documents")),
    ("system-controls", _("Controls")),
    ("system-oversight", _("Oversight")),
    ("system-telemetry", _("Telemetry")),
)


# Pages that only these roles open, whatever the unit they hold them for.
OPENED_BY: dict[str, frozenset[str]] = {
    "people": PERMITS["people.read"].roles,
    "tokens": PERMITS["administer"].roles,
    "messages": PERMITS["administer"].roles,
    "audit-room": PERMITS["audit.room"].roles,
    "authority-requests": PERMITS["request.read"].roles,
    "retention": KEEPING,
    "erasures": KEEPING,
    "engine": PERMITS["engine.read"].roles,
    "first-steps": PERMITS["administer"].roles,
}


@dataclass(frozen=True)
class Link:
    """One page of the rail; count is what waits there, 0 is not shown."""

    label: Words
    url: str
    count: int
    current: bool


@dataclass(frozen=True, eq=False)
class Group:
    """A named group of pages; the same one wherever the same pages are open and marked."""

    label: Words
    links: tuple[Link, ...]


def navigation(
    *, path: str, roles: frozenset[str], counts: Mapping[str, int] | None = None
) -> tuple[Group, ...]:
    """Build the groups for the page at `path`; counts go by url name. Empty groups are left out.

    What none of the reader's `roles` opens is left out too.
    """
    if counts:
        return _groups(roles, path, counts)
    below = [url for url in _addresses() if _is_here(url, path)]
    # What lies above the nearest address is above all that lies below it.
    return _kept(roles, max(below, default="", key=len))


@lru_cache(maxsize=512)
def _kept(roles: frozenset[str], here: str) -> tuple[Group, ...]:
    """What a reader with these roles is shown on every page at or below an address."""
    return _groups(roles, here, {})


@cache
def _addresses() -> tuple[str, ...]:
    links = [link for _, pages in PAGES for link in _links(pages, path="", counts={})]
    return tuple(link.url for link in links)


def _groups(roles: frozenset[str], path: str, counts: Mapping[str, int]) -> tuple[Group, ...]:
    groups = (
        Group(label, tuple(_links(_open(pages, roles), path=path, counts=counts)))
        for label, pages in PAGES
    )
    return tuple(group for group in groups if group.links)


def _open(
    pages: tuple[tuple[str, Words], ...], roles: frozenset[str]
) -> tuple[tuple[str, Words], ...]:
    return tuple(page for page in pages if page[0] not in OPENED_BY or roles & OPENED_BY[page[0]])


def system_pages(*, slug: str, path: str) -> tuple[Link, ...]:
    """Build the links to the pages of one system; one without an address yet is left out."""
    links = []
    for name, label in SYSTEM_PAGES:
        try:
            url = reverse(name, args=[slug])
        except NoReverseMatch:
            continue
        here = path == url or (name != "system" and path.startswith(url))
        links.append(Link(label, url, 0, here))
    return tuple(links)


def _links(
    pages: tuple[tuple[str, Words], ...], *, path: str, counts: Mapping[str, int]
) -> list[Link]:
    links = []
    for name, label in pages:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        links.append(Link(label, url, counts.get(name, 0), _is_here(url, path)))
    return links


def _is_here(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
