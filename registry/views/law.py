"""Pages: the law as data, and what one system owes."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from outbox import clock
from registry.access import signed_in
from registry.models import Provision
from registry.rules.obligations import ADOPTED, date_lines
from registry.selectors import law, law_pages
from registry.selectors.obligations import systems_owing
from registry.selectors.people import roles_of
from registry.selectors.regimes import clock_rules, profile_of, regime_questions
from registry.selectors.systems import systems_visible_to
from registry.views import obligations, regimes

# So many of the reader's systems are looked at on the page of a provision.
MOST_SYSTEMS = 200
MOST_FOUND = 100


@login_required
@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show the frameworks, the dates of the law with their status, and what is found."""
    at = clock.now()
    day, asked = law.seat_day(at), request.GET.get("q", "").strip()[:100]
    rows = list(law.milestones())
    dates = [(row, law_pages.milestone_when(row, day)) for row in rows]
    found = list(law.provisions(search=asked)[: MOST_FOUND + 1]) if asked else []
    context = {
        "frameworks": law.frameworks(),
        "coming": law.coming(day),
        "today": day,
        "law_dates": [pair for pair in dates if pair[0].status in ADOPTED],
        "open_dates": [pair for pair in dates if pair[0].status not in (*ADOPTED, "superseded")],
        "replaced": [pair for pair in dates if pair[0].status == "superseded"],
        "releases": law.releases(),
        "asked": asked,
        "found": found[:MOST_FOUND],
        "more": len(found) > MOST_FOUND,
        "at": at,
    }
    return render(request, "registry/law/overview.html", context)


@login_required
@never_cache
@require_GET
def framework(request: HttpRequest, key: str) -> HttpResponse:
    """Show one framework: its provisions by kind."""
    at, found = clock.now(), law.framework(key)
    every = law_pages.groups(list(law.provisions(of=key)))
    kind = request.GET.get("kind", "")
    kinds = [group["kind"] for group in every]
    chosen = kind if kind in kinds else (kinds[0] if kinds else "")
    context = {
        "framework": found,
        "kinds": every,
        "kind": chosen,
        "rows": _rows(next((one["rows"] for one in every if one["kind"] == chosen), []), at),
        "sources": law.sources_of(found.sources),
        "at": at,
    }
    return render(request, "registry/law/framework.html", context)


@login_required
@never_cache
@require_GET
def provision(request: HttpRequest, key: str, provision_id: str) -> HttpResponse:
    """Show one provision: who owes it, from when, on what evidence, and which systems do."""
    user, at = signed_in(request), clock.now()
    day, found = law.seat_day(at), law.provision(provision_id, of=key)
    visible = systems_visible_to(user=user, at=at).exclude(lifecycle="retired")
    systems = list(visible.select_related("owner").order_by("slug")[: MOST_SYSTEMS + 1])
    parts = list(law.parts_of(found.pk))
    named = [*found.sources, *(name for row in parts for name in row.sources)]
    context = {
        "framework": found.framework,
        "provision": found,
        "who": law_pages.role_words(found.who),
        "supporting": law_pages.role_words(found.supporting),
        "condition": law_pages.condition_words(found.condition) if found.condition else "",
        "dates": law_pages.provision_dates(found, day),
        "details": _details(found),
        "parts": parts,
        "owing": systems_owing(found, systems=systems[:MOST_SYSTEMS], at=at),
        "many_systems": len(systems) > MOST_SYSTEMS,
        "pairs": law.crosswalk_of(found.pk),
        "kpis": law.kpi_duties_of([found.pk]),
        "sources": law.sources_of(named),
        "checked": law_pages.checked_words(found.checked),
        "at": at,
    }
    return render(request, "registry/law/provision.html", context)


@login_required
@never_cache
@require_GET
def clocks(request: HttpRequest) -> HttpResponse:
    """Show every duty to report within a time, and whether the organisation falls under it."""
    user, at = signed_in(request), clock.now()
    profile = profile_of(None)
    asks = {question["id"]: question for question in regime_questions()}
    rows: list[dict[str, Any]]
    rows = [
        {"rule": rule, "regime": profile.of_rule(rule), "ask": asks.get(rule.applies_to)}
        for rule in clock_rules()
    ]
    context = {
        "rows": [row for row in rows if not row["rule"].superseded_in],
        "superseded": [row for row in rows if row["rule"].superseded_in],
        "today": law.seat_day(at),
        "may_decide": "compliance" in {role for role, _, _ in roles_of(user_id=user.pk, at=at)},
        "at": at,
    }
    return render(request, "registry/law/clocks.html", context)


def _rows(rows: list[Provision], at: Any) -> list[dict[str, Any]]:
    """Return provisions with their dates, two queries for all."""
    day, known = law.seat_day(at), law.law_with(rows)
    facts = {one.id: one for one in known.provisions}
    return [
        {
            "row": row,
            "who": law_pages.role_words(row.who),
            "dates": [
                law_pages.when(line, day)
                for line in date_lines(known, facts[row.pk], None)
                if line.reading == "own"
            ],
        }
        for row in rows
    ]


# What a page says of a provision beside evidence, in this order; words by key of `document`.
DETAILS = (
    "text",
    "limit",
    "only_where",
    "basis",
    "effect",
    "act",
    "gate",
    "any_of",
    "override",
    "duty",
    "consequence",
    "elements",
    "documents",
    "needs",
    "recipients",
    "registration",
    "rule",
    "max_eur",
    "max_pct",
    "max_eur_other",
    "retention",
    "retention_min",
    "penalty",
    "own_evidence",
    "precedence",
    "wrong_reading",
    "note",
)


def _details(row: Provision) -> list[dict[str, Any]]:
    found = [(key, row.document[key]) for key in DETAILS if row.document.get(key)]
    return [{"label": label_of(key), "lines": _lines(value)} for key, value in found]


def label_of(key: str) -> str:
    """Say what a field of a provision's document is, in English."""
    return _LABELS.get(key, key.capitalize())


def _lines(value: Any) -> list[str]:
    """Return what a field of a document says, line by line."""
    if not isinstance(value, list):
        return [f"{value:,}" if isinstance(value, int) else str(value)]
    return [
        f"{one['who']} ({one['basis']})" if isinstance(one, dict) else str(one) for one in value
    ]


_LABELS = {
    "any_of": "One of",
    "only_where": "Only where",
    "max_eur": "At most, EUR",
    "max_pct": "At most, percent of turnover",
    "max_eur_other": "At most otherwise, EUR",
    "retention": "Kept for",
    "retention_min": "Kept at least",
    "own_evidence": "What the record here gives",
    "wrong_reading": "Wrong readings around",
    "fria_excluded": "No assessment under Art. 27",
}

urlpatterns: list[URLPattern] = [
    path("law/", overview, name="law"),
    path("law/clocks/", clocks, name="law-clocks"),
    path("law/organisation/", regimes.organisation, name="law-organisation"),
    path("law/<slug:key>/", framework, name="law-framework"),
    path("law/<slug:key>/<str:provision_id>/", provision, name="law-provision"),
    path("systems/<slug:slug>/obligations/", obligations.system, name="system-obligations"),
    path("systems/<slug:slug>/regimes/", regimes.system, name="system-regimes"),
]
