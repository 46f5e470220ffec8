"""The scorecards of all systems: a view for each reader, by unit and by system (REP-2).

All lines are listed lean and counted; what is shown is a bounded part of them, the worst first.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from governance.rules.figures import HARD, segment_words
from governance.rules.scorecards import (
    ALL,
    CATEGORY,
    ENGINEERING,
    ENVIRONMENT,
    LAGGING,
    LEADERSHIP,
    LEADING,
    OFF,
    OPERATIONS,
    REASONS,
    RETIRED,
    SEGMENT,
    STATES,
    UNCHOSEN,
    VIEWS,
    Tally,
    Wanted,
)
from governance.selectors.pages.scorecard_asked import TIMINGS, WAYS, Asked, Words
from governance.selectors.pages.scorecard_lines import MOST_SYSTEMS
from governance.selectors.pages.scorecard_list import Listed, listed, page_after, shown_lines
from governance.selectors.pages.scorecard_units import MOST_ROWS, Group, by_system, by_unit
from governance.selectors.pages.scorecard_words import MARKS, STATE_WORDS, url_of
from outbox.languages import spoken
from registry.models import System
from registry.selectors.keyset import TURNING
from telemetry.models import Kpi, Perspective

EACH, PAGE = 40, 100
SELECTED = mark_safe(" selected")  # noqa: S308  a constant
LABELS: dict[str, Words] = {
    ALL: gettext_lazy("Everything"),
    LEADERSHIP: gettext_lazy("Leadership"),
    OPERATIONS: gettext_lazy("Operations"),
    ENGINEERING: gettext_lazy("Engineering"),
}
SHOWS: dict[str, Words] = {
    ALL: gettext_lazy("Every series that is measured, and every KPI of a scorecard."),
    LEADERSHIP: gettext_lazy(
        "What was chosen for a scorecard, and outcomes: lagging KPIs of business, trust, support "
        "and sales. Production as a whole; segments where nothing else is measured."
    ),
    OPERATIONS: gettext_lazy(
        "How the service runs: operational, support and sales KPIs, and how fast everything is. "
        "Production as a whole; "
        "segments where nothing else is measured."
    ),
    ENGINEERING: gettext_lazy(
        "Technical, generative and agentic KPIs, and others that engineers usually answer for: "
        "every series with its segments, in every environment."
    ),
}
SAYS: dict[str, Words] = {
    LEADING: gettext_lazy("what moves first: act on these"),
    LAGGING: gettext_lazy("what came of it: judge by these"),
}


def scorecards_page(
    *, asked: Asked, visible: QuerySet[System], at: datetime, each: int = EACH, limit: int = PAGE
) -> dict[str, Any]:
    """Return what templates/governance/scorecards/page.html shows; three queries.

    Both timings are shown up to `each` lines; one alone by pages of `limit`.
    """
    found = listed(asked=asked, visible=visible)
    parts = _parts(found, asked, each, limit)
    lines = shown_lines(found, [fact for part in parts for fact in part["facts"]], at=at)
    drawn = iter(lines)
    filters = _filters(found, asked)
    for part in parts:
        part["lines"] = [next(drawn) for _fact in part["facts"]]
    return {
        "at": at,
        "asked": asked,
        "lead": _lead(found, Counter(fact.state for fact in found.facts)),
        "views": _views(found, asked),
        "view_label": LABELS[asked.view],
        "shows": SHOWS[asked.view],
        "left_out": left_out_words(found.out),
        "sums": _groups(found, asked),
        "parts": parts,
        "lines": lines,
        "total": len(found.facts),
        "cut": len(found.systems) == MOST_SYSTEMS,
        "systems_most": MOST_SYSTEMS,
        "is_whole": len(lines) == len(found.facts),
        "clear_url": Asked(view=asked.view, by=asked.by, as_of=asked.as_of).address(),
        "filters": filters,
        "narrowed": [(one["label"], one["chosen"]) for one in filters if one["chosen"]],
        "one_system": next(iter(found.systems.values()), None) if asked.system else None,
        "path": _trail(found, asked),
        "sheet_query": asked.address(after=asked.after)[1:],
    }


def left_out_words(out: Mapping[str, int]) -> list[tuple[str, int, str]]:
    """Return what a view leaves out as (reason, how many, in words)."""
    return [(why, out[why], _reason(why, out[why])) for why in REASONS if out[why]]


def _reason(why: str, count: int) -> str:
    words = {
        CATEGORY: ngettext("%(n)s KPI of another kind", "%(n)s KPIs of other kinds", count),
        UNCHOSEN: ngettext(
            "%(n)s that is no outcome and that nobody chose for a scorecard",
            "%(n)s that are no outcome and that nobody chose for a scorecard",
            count,
        ),
        SEGMENT: ngettext(
            "%(n)s segment of what is shown whole", "%(n)s segments of what is shown whole", count
        ),
        ENVIRONMENT: ngettext("%(n)s outside production", "%(n)s outside production", count),
        RETIRED: ngettext("%(n)s retired series", "%(n)s retired series", count),
        OFF: ngettext(
            "%(n)s series of a KPI that is switched off",
            "%(n)s series of KPIs that are switched off",
            count,
        ),
    }
    return words[why] % {"n": count}


def _parts(found: Listed, asked: Asked, each: int, limit: int) -> list[dict[str, Any]]:
    """The leading lines apart from the lagging; of one alone a page of its own."""
    parts = []
    for timing, label in TIMINGS.items():
        if asked.wanted.timing not in ("", timing):
            continue
        facts = [one for one in found.facts if (one.timing == LEADING) == (timing == LEADING)]
        alone = asked.wanted.timing == timing
        shown, further = (
            page_after(found, facts, asked.after, limit=limit) if alone else (facts[:each], "")
        )
        parts.append(
            {
                "timing": timing,
                "label": label,
                "says": SAYS[timing],
                "facts": shown,
                "total": len(facts),
                "more": not alone and len(facts) > len(shown),
                "all_url": asked.address(timing=timing),
                "pages": {
                    "shown": len(shown),
                    "total": len(facts),
                    "older_url": asked.address(after=further) if further else "",
                    "newer_url": asked.address() if alone and asked.after else "",
                    **TURNING,
                },
            }
        )
    return parts


def way_of(found: Listed, asked: Asked) -> str:
    """Return by what the lines are summed up: as asked, else by unit where there are several.

    Leadership reads one line a system.
    """
    if asked.by:
        return asked.by
    if asked.view == LEADERSHIP:
        return "system"
    units = {one.unit for one in found.scope.values()}
    return "unit" if len(units) > 1 else "system"


def groups_of(found: Listed, asked: Asked) -> list[Group]:
    """Return the sums, the worst first."""
    if way_of(found, asked) == "unit":
        return by_unit(found.facts, found.scope, found.measured, asked.unit, found.tree)
    rows = by_system(found.facts, found.scope, found.measured)
    # A filter of lines leaves out the systems that have none; a view never does.
    return [one for one in rows if one.all.total or asked.wanted == Wanted()]


def _groups(found: Listed, asked: Asked) -> dict[str, Any]:
    way, rows = way_of(found, asked), groups_of(found, asked)
    return {
        "way": way,
        "label": WAYS[way],
        "rows": [_group(one, found, asked) for one in rows[:MOST_ROWS]],
        "left": max(0, len(rows) - MOST_ROWS),
        "is_short": len(rows) < 2,
        "ways": [
            {"label": label, "url": asked.address(by=name), "current": name == way}
            for name, label in WAYS.items()
        ],
    }


def _group(one: Group, found: Listed, asked: Asked) -> dict[str, Any]:
    """A unit or a system as a row: what it opens, how its lines stand, the worst of them."""
    return {
        "name": one.name,
        "own": one.own,
        "url": _opens(one, asked),
        "system": one.system,
        "unit": found.tree.places[one.system.unit].name if one.system else "",
        "systems": one.systems,
        "silent": one.silent,
        "total": one.all.total,
        "bad": one.all.state == "critical",
        "leading": _tally(one.leading),
        "lagging": _tally(one.lagging),
        "unknown": one.all.states["unknown"],
        "unjudged": one.all.states["unjudged"],
        "fine": one.all.states["ok"],
        "worst": _worst(one, found),
    }


def _opens(one: Group, asked: Asked) -> str:
    if one.system is not None:
        return asked.address(system=one.system.slug, by="")
    return asked.address(unit=str(one.unit), by="system" if one.own else "")


def _tally(one: Tally) -> dict[str, Any]:
    """How the worst of some lines stands, and how many of them stand so."""
    if not one.total:
        return {"mark": "", "words": _("no KPI")}
    state = one.state
    words = _("%(n)s of %(all)s %(state)s") % {
        "n": one.states[state],
        "all": one.total,
        "state": str(STATE_WORDS[state]).lower(),
    }
    return {"mark": MARKS.get(state, state), "words": words}


def _worst(one: Group, found: Listed) -> dict[str, str] | None:
    """The line of a group that stands worst, unless all of them are in their bands."""
    fact = one.all.worst
    if fact is None or fact.state in ("ok", "unjudged"):
        return None
    system = found.systems[fact.system]
    segment = segment_words(fact.segment)
    return {
        "url": url_of(fact, system),
        "name": f"{fact.name}, {segment}" if segment else fact.name,
        "system": "" if one.system else system.name,
    }


def _lead(found: Listed, states: Mapping[str, int]) -> dict[str, Any]:
    """The situation in a sentence: '14 KPIs of 3 systems: 1 critical, 2 not known, 9 in band'."""
    words = [
        f"{states[state]}{HARD}{str(STATE_WORDS[state]).lower().replace(' ', HARD)}"
        for state in STATES
        if states[state]
    ]
    return {
        "kpis": len(found.facts),
        "systems": len({fact.system for fact in found.facts}),
        "silent": len(found.scope.keys() - found.measured),
        "said": ", ".join(words),
    }


def _views(found: Listed, asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "label": LABELS[view],
            "url": replace(asked, view=view).address(),
            "count": found.counts[view],
            "current": view == asked.view,
        }
        for view in VIEWS
    ]


def _trail(found: Listed, asked: Asked) -> list[dict[str, str]]:
    """The units above the one that is shown, each with its address."""
    return [
        {"name": found.tree.places[unit].name, "url": asked.address(unit=str(unit))}
        for unit in found.tree.path(asked.unit)
    ]


def _filters(found: Listed, asked: Asked) -> list[dict[str, Any]]:
    wanted = asked.wanted
    units = [(str(unit), f"{'  ' * depth}{name}") for unit, name, depth in found.tree.named()]
    systems = [(one.slug, one.name) for one in found.scope.values()]
    return [
        _choice("unit", _("Unit and below"), str(asked.unit or ""), units),
        _choice("system", _("System"), asked.system, systems),
        _choice("category", _("Kind of KPI"), wanted.category, _said(Kpi.Category.choices)),
        _choice("perspective", _("Perspective"), wanted.perspective, _said(Perspective.choices)),
        _choice("timing", _("Timing"), wanted.timing, _said(TIMINGS.items())),
        _choice("state", _("Standing"), wanted.state, _said(STATE_WORDS.items())),
        _choice("owner", _("Owner"), str(wanted.owner or ""), _owners(found)),
    ]


def _said(options: Iterable[tuple[str, Words]]) -> list[tuple[str, str]]:
    """Choices of ours in the reader's language; names of systems, units and people stay."""
    return [(value, spoken(words)) for value, words in options]


def _owners(found: Listed) -> list[tuple[str, str]]:
    """Who answers for a line of the view, by name."""
    named = {str(one.owner): one.owner_name for one in found.unfiltered}
    return sorted(named.items(), key=lambda one: one[1].lower())


def _choice(
    name: str, label: str, chosen: str, options: Iterable[tuple[str, Words]]
) -> dict[str, Any]:
    """A choice; its options are joined here, for systems are many and a template slow at them."""
    told = [(value, str(words)[:1].upper() + str(words)[1:]) for value, words in options]
    drawn = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, SELECTED if value == chosen else "", words) for value, words in told),
    )
    return {
        "name": name,
        "label": label,
        "options": drawn,
        "chosen": next((words.strip() for value, words in told if value == chosen), ""),
    }
