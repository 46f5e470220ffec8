"""Pages of controls: frameworks, their controls, one control, readiness on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import signed_in
from registry.access.instants import Moment, moment_of
from registry.models import Framework
from registry.selectors.law import seat_day
from registry.views.sheets import sheet
from reports.rules.controls import STATES, Control, ControlScope, in_counts
from reports.selectors import control_pages as pages
from reports.selectors.controls import (
    control_frameworks,
    control_standing,
    framework_among,
    readiness,
)

HEAD = (
    "framework", "control", "reference", "title", "state", "applies", "due", "evidence",
    "newest", "fresh_until", "coverage", "owner", "missing", "reason", "signed_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for: whose controls, at which instant."""

    moment: Moment
    reader: pages.Reader
    scope: ControlScope

    @property
    def context(self) -> dict[str, Any]:
        """What every page of controls needs."""
        return {
            "moment": self.moment,
            "at": self.moment.at,
            "reader": self.reader,
            "system": self.reader.system,
            "query": pages.link_query(self.reader, self.moment.query),
        }


def asked(request: HttpRequest, slug: str = "") -> Asked:
    """Read a request. Raises Forbidden, Missing, Invalid."""
    user, now = signed_in(request), clock.now()
    moment = moment_of(request, now=now)
    reader = pages.reader_of(
        user=user, now=now, at=moment.at, slug=slug or request.GET.get("system", "")[:80]
    )
    scope = pages.scope_of(reader, at=moment.at, past=moment.as_of is not None)
    return Asked(moment, reader, scope)


@login_required
@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show how every framework stands, for all systems of the reader or one of them."""
    return _overview(request, asked(request))


@login_required
@never_cache
@require_GET
def of_system(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how every framework stands for one system."""
    return _overview(request, asked(request, slug))


def _overview(request: HttpRequest, found: Asked) -> HttpResponse:
    frameworks, controls = control_standing(scope=found.scope)
    context = found.context | {
        "summaries": [pages.summary(one, controls[one.pk]) for one in frameworks],
        "day": pages.day_of("", at=found.moment.at),
    }
    return render(request, "reports/controls/overview.html", context)


@login_required
@never_cache
@require_GET
def framework(request: HttpRequest, key: str) -> HttpResponse:
    """Show the controls of one framework."""
    found = asked(request)
    row, controls = _of_framework(key, found)
    chosen = request.GET.get("state", "")
    shown = [one for one in controls if one.state == chosen]
    views = pages.views_of(controls, chosen)
    context = found.context | {
        "framework": row,
        "summary": pages.summary(row, controls),
        "views": views,
        "groups": pages.groups_of(controls if views[0].current else shown),
    }
    return render(request, "reports/controls/framework.html", context)


@login_required
@never_cache
@require_GET
def control(request: HttpRequest, key: str, provision_id: str) -> HttpResponse:
    """Show one control: its evidence, what is wanting, what else the evidence serves."""
    found = asked(request)
    frameworks, every = control_standing(scope=found.scope)
    row = framework_among(frameworks, key)
    one = pages.control_in(every[key], provision_id)
    context = found.context | {
        "framework": row,
        "control": one,
        "lines": pages.lines_of(one, every, found.moment.at),
        "through": pages.through_of(one, {known.pk: known.name for known in frameworks}),
    }
    return render(request, "reports/controls/control.html", context)


@login_required
@never_cache
@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """Show how it will stand on a day if nothing is done, and what to do in which order."""
    found = asked(request)
    frameworks = control_frameworks(then=found.scope.then)
    given, faults = request.GET.get("on", ""), {}
    try:
        day = pages.day_of(given, at=found.moment.at)
    except Invalid as refusal:
        day, faults = pages.day_of("", at=found.moment.at), refusal.fields
    told = readiness(frameworks=[one.pk for one in frameworks], scope=found.scope, day=day)
    context = found.context | {
        "told": told,
        "day": day,
        "today": seat_day(found.moment.at),
        "given": given or day.isoformat(),
        "error": faults.get("on", ""),
        "summaries": _summaries(frameworks, told.controls),
        "lead": in_counts(told.counts),
    }
    return render(
        request, "reports/controls/readiness.html", context, status=400 if faults else 200
    )


@login_required
@never_cache
@require_GET
def controls_sheet(request: HttpRequest, key: str) -> HttpResponse:
    """Send the controls of a framework as CSV, as the page shows them."""
    found = asked(request)
    row, controls = _of_framework(key, found)
    chosen = request.GET.get("state", "")
    shown = [one for one in controls if chosen not in STATES or one.state == chosen]
    name = f"controls-{row.pk}{found.moment.stamp}"
    return sheet(name, HEAD, [_cells(one) for one in shown])


def _of_framework(key: str, found: Asked) -> tuple[Framework, list[Control]]:
    """Return a framework and its controls. Raises Missing."""
    frameworks, controls = control_standing(scope=found.scope, framework=key)
    return framework_among(frameworks, key), controls[key]


def _summaries(frameworks: Sequence[Framework], controls: Sequence[Control]) -> list[pages.Summary]:
    return [
        pages.summary(row, [one for one in controls if one.framework == row.pk])
        for row in frameworks
    ]


def _cells(one: Control) -> list[object]:
    return [
        one.framework,
        one.provision,
        one.reference,
        one.title,
        one.state,
        pages.applies_words(one),
        one.due or "",
        "; ".join(f"{piece.label} ({piece.count})" for piece in one.evidence if piece.count),
        one.newest.isoformat() if one.newest else "",
        one.fresh_until.isoformat() if one.fresh_until else "",
        one.covered,
        one.owner,
        " | ".join(one.missing),
        one.reason,
        one.signed_by,
    ]
