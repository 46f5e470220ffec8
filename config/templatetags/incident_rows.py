"""The rows of the list of incidents, written without a template's look-up for each cell."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from config import marks
from incidents.models import Incident
from outbox.languages import spoken, spoken_title

register = template.Library()
HEADS = (
    gettext_noop("What"),
    gettext_noop("System"),
    gettext_noop("Severity"),
    gettext_noop("Stage"),
    gettext_noop("Owner"),
    gettext_noop("Until"),
)


@register.simple_tag
def incident_rows(items: Sequence[Mapping[str, Any]], at: datetime, query: str = "") -> SafeString:
    """`{% incident_rows incidents at moment.query %}`: all text is escaped here."""
    base, tail = reverse("incidents"), f"?{escape(query)}" if query else ""
    words = [escape(_(one)) for one in HEADS]
    rows = [_row(item["incident"], spoken(item["place"]), base, tail, words, at) for item in items]
    return mark_safe("\n".join(rows))  # noqa: S308  every text in it is escaped


def _row(one: Any, place: str, base: str, tail: str, words: Sequence[str], at: datetime) -> str:
    what, system, severity, stage, owner, until = words
    kind = f"<br>{_label(Incident.Kind(one.kind).label)}" if one.kind == "integrity" else ""
    drill = f'<br><span class="tag">{escape(_("DRILL"))}</span>' if one.drill else ""
    waits = f"<br>{_waits(one, at)}" if one.waiting_for else ""
    return (
        f'<tr><th scope="row" class="nowrap"><a href="{base}{one.number}/{tail}">{one.number}</a>'
        f'</th><td data-label="{what}">{escape(spoken_title(one.title))}{kind}{drill}</td>'
        f'<td data-label="{system}" data-drop>{escape(one.system__name)}</td>'
        f'<td data-label="{severity}">{_severity(one.severity, get_language())}</td>'
        f'<td data-label="{stage}">{escape(place)}{waits}</td>'
        f'<td data-label="{owner}" data-drop>{escape(one.owner__name)}</td>'
        f'<td data-label="{until}">{_until(one, at)}</td></tr>'
    )


def _waits(one: Any, at: datetime) -> str:
    """Whom it waits for and by when; it pauses nothing."""
    words = str(escape(f"{_('waits for')} {one.waiting_for}"))
    if one.waiting_until:
        words += f", {escape(_('expected'))} {marks.instant(one.waiting_until, at=at)}"
    return f'<span class="label">{words}</span>'


def _until(one: Any, at: datetime) -> str:
    if one.closed_at:
        ended = marks.instant(one.closed_at, at=at)
        return f'<span class="label">{escape(_("ended"))} {ended}</span>'
    if one.stage_due_at:
        return str(marks.deadline(one.stage_due_at, at=at))
    return _label(_("no deadline"))


def _label(words: str) -> str:
    return f'<span class="label">{escape(words)}</span>'


@lru_cache(maxsize=256)
def _severity(level: str, language: str | None) -> str:
    return str(marks.severity(level))
