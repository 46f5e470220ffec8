"""The rows of the scorecards, on a page and on paper: written without a look-up for each cell."""

from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from config import marks
from governance.languages import measured
from governance.rules.figures import number
from governance.selectors.pages.scorecard import trend_of
from governance.selectors.pages.scorecard_words import Guard, Line
from outbox.languages import say_date, spoken
from telemetry.models import Perspective
from telemetry.rules.kpi_words import of_scorecard

register = template.Library()
HEADS = (
    gettext_noop("Trend"),
    gettext_noop("Now"),
    gettext_noop("Baseline"),
    gettext_noop("Target, limits"),
    gettext_noop("Guardrail"),
    gettext_noop("Standing"),
    gettext_noop("Who, and what is done"),
)


@register.simple_tag(takes_context=True)
def scorecard_lines(context: Context, lines: Sequence[Line], named: bool = True) -> SafeString:
    """`{% scorecard_lines part.lines %}`: a row a KPI; the system's name unless `named` is false.

    All text is escaped here.
    """
    paper, query = bool(context.get("paper")), _query(context)
    heads = [escape(_(one)) for one in HEADS]
    drawn = [_row(one, heads, query, named=named, paper=paper) for one in lines]
    return mark_safe("\n".join(drawn))  # noqa: S308  every text in it is escaped


def _row(line: Line, heads: Sequence[str], query: str, *, named: bool, paper: bool) -> str:
    bad = ' data-row="bad"' if line.fact.state == "critical" else ""
    spark = trend_of(line.score, paper=paper) if line.score else ""
    cells = (
        ("", spark or _label("–")),
        (' class="num"', _now(line)),
        (' class="num" data-drop', escape(line.baseline) or _label(_("none"))),
        ("", _target(line)),
        ("", _guard(line.guard, query, paper=paper)),
        ("", _standing(line, paper=paper)),
        ("", escape(line.owner) + _under(escape(spoken(of_scorecard(line.on_breach))))),
    )
    drawn = "".join(
        f'<td{kind} data-label="{head}"><div>{cell}</div></td>'
        for (kind, cell), head in zip(cells, heads, strict=True)
    )
    place = f'<br><span class="label">{_place(line, query, named=named, paper=paper)}</span>'
    name = _link(line.url, line.name, query, paper=paper)
    return f'<tr{bad}><th scope="row">{name}{place}</th>{drawn}</tr>'


def _place(line: Line, query: str, *, named: bool, paper: bool) -> str:
    perspective = _perspective(line.fact.perspective, get_language())
    if not named:
        return perspective
    url = reverse("system", args=[line.system.slug])
    return f"{_link(url, line.system.name, query, paper=paper)}, {perspective.lower()}"


def _now(line: Line) -> str:
    now = _figure(line.now, line)
    told = f"<b>{escape(now)}</b>" if line.value is not None else _label(now)
    cases = f"n {number(line.cases)}" if line.cases is not None else ""
    return told + _under(escape(_figure(line.interval, line))) + _under(escape(cases))


def _target(line: Line) -> str:
    target = escape(_figure(line.target, line)) if line.target else _label(_("no target"))
    limits = escape(_figure(line.bands, line) if line.bands else _("no approved band"))
    usual = escape(_figure(line.baseline, line))
    narrow = f"{escape(_('baseline'))} {usual}" if line.baseline else ""
    again = f'<div class="label scorecards__narrow">{narrow}</div>' if narrow else ""
    return f"{target}{_under(limits)}{again}"


def _figure(told: str, line: Line) -> str:
    return measured(told, own=line.details.kpi.own)


def _guard(guard: Guard | None, query: str, *, paper: bool) -> str:
    if guard is None:
        return _label(_("none"))
    if not guard.state:
        return _label(guard.called)
    if not guard.url:
        return f"{escape(guard.called)}<div>{_status(guard.mark, guard.words, paper)}</div>"
    limit = f" {_('of')} {measured(guard.limit)}" if guard.limit else ""
    status = _status(guard.mark, f"{measured(guard.now)}{limit}", paper)
    spoken = "" if paper else f'<span class="visually-hidden"> {escape(guard.words)}</span>'
    return f"{_link(guard.url, guard.called, query, paper=paper)}<div>{status}{spoken}</div>"


def _standing(line: Line, *, paper: bool) -> str:
    status = f"<div>{_status(line.mark, line.words, paper)}</div>"
    if line.since is None:
        return status
    day = say_date(localtime(line.since), "j M Y") if paper else marks.instant(line.since, "date")
    return status + _under(f"{escape(_('since'))} {day}")


def _link(url: str, words: str, query: str, *, paper: bool) -> str:
    """A link on a page; on paper the words alone, for it cannot be followed."""
    if paper:
        return escape(words)
    return f'<a href="{escape(url)}{query}">{escape(words)}</a>'


def _under(drawn: str) -> str:
    return f'<div class="label">{drawn}</div>' if drawn else ""


def _label(words: str) -> str:
    return f'<span class="label">{escape(words)}</span>'


def _query(context: Context) -> str:
    query = getattr(context.get("moment"), "query", "")
    return f"?{escape(query)}" if query else ""


def _status(mark: str, said: str, paper: bool) -> str:
    return str(marks.status(mark, said, paper=paper))


@lru_cache(maxsize=64)
def _perspective(value: str, language: str | None) -> str:
    return str(escape(Perspective(value).label))
