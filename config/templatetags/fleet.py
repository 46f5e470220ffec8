"""The rows of long lists: their cells are written without a template's look-up for each."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from config import marks
from governance.selectors.pages.fleet import COLUMNS, Cell, OpenCase, Row
from incidents.models import Incident
from ledger.rules.worded import term
from outbox.languages import spoken
from registry.models import System

register = template.Library()
HEADS = (
    gettext_noop("Kind"),
    gettext_noop("Tier / law"),
    gettext_noop("Life"),
    gettext_noop("Live"),
    gettext_noop("KPIs"),
    gettext_noop("Watches"),
    gettext_noop("Open incidents"),
)
SIMULATED, STOPPED = gettext_noop("partly simulated"), gettext_noop("stopped")
NONE_LIVE, NONE_OPEN = gettext_noop("nothing"), gettext_noop("nothing open")
TIER, WITH_DATA, OPEN = gettext_noop("Tier / law"), gettext_noop("With data"), gettext_noop("Open")
NOTHING = '<td class="muted" data-label="{}">–</td>'


@register.simple_tag
def fleet_rows(rows: Sequence[Row], query: str = "") -> SafeString:
    """`{% fleet_rows rows moment.query %}`: one row a system; all text is escaped here."""
    base, tail = reverse("systems"), f"?{escape(query)}" if query else ""
    labels = [(name, escape(label)) for name, label in COLUMNS]
    drawn = [_row(row, base, tail, labels) for row in rows]
    return mark_safe("\n".join(drawn))  # noqa: S308  every text in it is escaped


@register.simple_tag
def system_rows(rows: Sequence[Mapping[str, Any]], query: str = "") -> SafeString:
    """`{% system_rows rows moment.query %}`: the list of systems; all text is escaped here."""
    words = [escape(_(one)) for one in HEADS]
    systems, incidents, given = reverse("systems"), reverse("incidents"), escape(query)
    links = (systems, f"?{given}" if given else "", incidents, f"&amp;{given}" if given else "")
    drawn = [_system_row(row, links, words) for row in rows]
    return mark_safe("\n".join(drawn))  # noqa: S308  every text in it is escaped


def _system_row(
    row: Mapping[str, Any], links: tuple[str, str, str, str], words: Sequence[str]
) -> str:
    system, language = row["system"], get_language()
    kind, tier, life, live, kpis, watches, cases = words
    bad = ' data-row="bad"' if row["state"] == "critical" else ""
    simulated = _note(SIMULATED, language) if system.simulated else ""
    return (
        f'<tr{bad}><th scope="row"><a href="{links[0]}{system.slug}/{links[1]}">'
        f'{escape(system.name)}</a><br><span class="label">{escape(system.owner.name)}, '
        f"{escape(system.unit.name)}</span></th>"
        f'<td data-label="{kind}" data-drop>{_kind(system.kind, language)}{simulated}</td>'
        f'<td data-label="{tier}">{_tier(system.risk_tier, system.legal_class, language)}</td>'
        f'<td data-label="{life}">{_status(row["life"], str(row["life_words"]), language)}</td>'
        f'<td data-label="{live}">{_live(system, language)}</td>'
        f'<td data-label="{kpis}">{_status(row["state"], row["words"], language)}</td>'
        f'<td class="num" data-label="{watches}">{row["watches"]}</td>'
        f'<td class="num" data-label="{cases}">{_count(row["incidents"], system.slug, links)}</td>'
        "</tr>"
    )


def _live(system: System, language: str | None) -> str:
    label = getattr(system, "live_label", None)
    if not label:
        return f'<span class="label">{_word(NONE_LIVE, language)}</span>'
    stopped = _note(STOPPED, language) if getattr(system, "live_suspended", False) else ""
    return f"{escape(label)}{stopped}"


def _count(incidents: int, slug: str, links: tuple[str, str, str, str]) -> str:
    if not incidents:
        return "0"
    return f'<a href="{links[2]}?system={slug}{links[3]}">{incidents}</a>'


def _note(said: str, language: str | None) -> str:
    return f'<br><span class="label">{_word(said, language)}</span>'


@lru_cache(maxsize=4096)
def _kind(kind: str, language: str | None) -> str:
    return str(escape(spoken(System.Kind(kind).label)))


def _row(row: Row, base: str, tail: str, labels: Sequence[tuple[str, str]]) -> str:
    system = row.system
    cells = "".join([_cell(row.cells.get(name), label) for name, label in labels])
    return (
        f'<tr><th scope="row"><a href="{base}{system.slug}/{tail}">{escape(system.name)}</a><br>'
        f'<span class="label">{escape(system.owner)}</span></th>'
        f'<td data-drop data-label="{_word(TIER, get_language())}">'
        f"{_tier(system.risk_tier, system.legal_class, get_language())}</td>{cells}"
        f'<td class="num" data-drop data-label="{_word(WITH_DATA, get_language())}">'
        f"{_heard(row.heard)}</td>"
        f'<td data-label="{_word(OPEN, get_language())}">{_cases(row.cases)}</td></tr>'
    )


def _cell(cell: Cell | None, label: str) -> str:
    if cell is None:
        return NOTHING.format(label)
    mark = cell.mark
    lies = {"critical": ' data-cell="bad"', "none": ' data-cell="void"'}.get(mark, "")
    return f'<td data-label="{label}"{lies}>{_status(mark, cell.words, get_language())}</td>'


def _cases(cases: Sequence[OpenCase]) -> str:
    if not cases:
        return f'<span class="muted">{_word(NONE_OPEN, get_language())}</span>'
    first = cases[0]
    state = _word(str(Incident.State(first.state).label), get_language())
    due = "" if first.due_at is None else f", {marks.instant(first.due_at, 'short')}"
    numbers = ", ".join(
        f'<a href="{reverse("incident", args=[case.number])}">{case.number}</a> '
        f"{_grave(case.severity)}"
        for case in cases[:3]
    )
    more = f" +{len(cases) - 3}" if len(cases) > 3 else ""
    return f'<b>{state}</b>{due}<br><span class="label">{numbers}{more}</span>'


def _grave(severity: str) -> str:
    return escape(spoken(term(Incident.Severity(severity).label, lowered=True)))


def _heard(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}".replace("%", "\u00a0%")


# Few of them, shown thousands of times; the language is part of the key.
@lru_cache(maxsize=4096)
def _status(mark: str, said: str, language: str | None) -> str:
    return str(marks.status(mark, said))


@lru_cache(maxsize=4096)
def _tier(tier: str, legal: str, language: str | None) -> str:
    return (
        f"{escape(spoken(System.Tier(tier).label))}<br>"
        f'<span class="label">{escape(spoken(System.LegalClass(legal).label))}</span>'
    )


@lru_cache(maxsize=4096)
def _word(said: str, language: str | None) -> str:
    return escape(_(said))
