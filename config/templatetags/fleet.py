"""The rows of the fleet: thousands of cells, written without a template's look-up for each."""

from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config import marks
from governance.selectors.pages.fleet import COLUMNS, Cell, OpenCase, Row
from incidents.models import Incident
from registry.models import System

register = template.Library()
NOTHING = '<td class="muted" data-label="{}">–</td>'


@register.simple_tag
def fleet_rows(rows: Sequence[Row], query: str = "") -> SafeString:
    """`{% fleet_rows rows moment.query %}`: one row a system; all text is escaped here."""
    base, tail = reverse("systems"), f"?{escape(query)}" if query else ""
    labels = [(name, escape(label)) for name, label in COLUMNS]
    return mark_safe("\n".join([_row(row, base, tail, labels) for row in rows]))  # noqa: S308


def _row(row: Row, base: str, tail: str, labels: Sequence[tuple[str, str]]) -> str:
    system = row.system
    cells = "".join([_cell(row.cells.get(name), label) for name, label in labels])
    return (
        f'<tr><th scope="row"><a href="{base}{system.slug}/{tail}">{escape(system.name)}</a><br>'
        f'<span class="label">{escape(system.owner)}</span></th>'
        f'<td data-drop data-label="{_word("Tier / law", get_language())}">'
        f"{_tier(system.risk_tier, system.legal_class, get_language())}</td>{cells}"
        f'<td class="num" data-drop data-label="{_word("With data", get_language())}">'
        f"{_heard(row.heard)}</td>"
        f'<td data-label="{_word("Open", get_language())}">{_cases(row.cases)}</td></tr>'
    )


def _cell(cell: Cell | None, label: str) -> str:
    if cell is None:
        return NOTHING.format(label)
    mark = cell.mark
    lies = {"critical": ' data-cell="bad"', "none": ' data-cell="void"'}.get(mark, "")
    return f'<td data-label="{label}"{lies}>{_status(mark, cell.words, get_language())}</td>'


def _cases(cases: Sequence[OpenCase]) -> str:
    if not cases:
        return f'<span class="muted">{_word("nothing open", get_language())}</span>'
    first = cases[0]
    state = _word(str(Incident.State(first.state).label), get_language())
    due = "" if first.due_at is None else f", {marks.instant(first.due_at, 'short')}"
    numbers = ", ".join(
        f'<a href="{reverse("incident", args=[case.number])}">{case.number}</a> {case.severity}'
        for case in cases[:3]
    )
    more = f" +{len(cases) - 3}" if len(cases) > 3 else ""
    return f'<b>{state}</b>{due}<br><span class="label">{numbers}{more}</span>'


def _heard(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}".replace("%", "\u00a0%")


# Few of them, shown thousands of times; the language is part of the key.
@lru_cache(maxsize=4096)
def _status(mark: str, said: str, language: str | None) -> str:
    return str(marks.status(mark, said))


@lru_cache(maxsize=4096)
def _tier(tier: str, legal: str, language: str | None) -> str:
    return (
        f"{escape(System.Tier(tier).label)}<br>"
        f'<span class="label">{escape(System.LegalClass(legal).label)}</span>'
    )


@lru_cache(maxsize=4096)
def _word(said: str, language: str | None) -> str:
    return escape(_(said))
