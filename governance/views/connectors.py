"""Pages: connectors, how each fares, what it asks; connected, changed and switched off."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.forms.connectors import ConnectorForm, Lines
from governance.services.polling import try_connector
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Refused
from ledger.rules.worded import term, worded
from outbox import clock
from outbox.languages import spoken
from registry.access import actor_of, signed_in
from registry.rules.permits import PERMITS, in_words
from registry.selectors.permits import refusal_for_system
from registry.selectors.systems import systems_visible_to
from telemetry.models import Connector, ConnectorRun, Series
from telemetry.selectors.catalogue import kpis_seen, units_of_reader
from telemetry.selectors.connectors import (
    FARES,
    connector_of,
    connectors_of,
    fares,
    in_order,
    runs_of,
    series_of_connector,
)
from telemetry.selectors.reach import systems_for, within_reach
from telemetry.services.connectors import (
    ACT,
    change_connector,
    define_connector,
    request_poll,
    switch_connector,
)

A_PAGE = 50
RUNS = 20
MENDED = (Invalid, Conflict)


@login_required
@require_GET
def connectors(request: HttpRequest) -> HttpResponse:
    """Show the connectors of the systems that the reader sees, a page at a time."""
    user, at = signed_in(request), clock.now()
    asked = {name: request.GET.get(name, "").strip()[:80] for name in ("search", "fares", "after")}
    rows = connectors_of(systems_visible_to(user=user, at=at), asked)
    if asked["after"]:
        rows = rows.filter(name__gt=asked["after"].replace("\0", ""))
    page = list(rows[: A_PAGE + 1])
    query = {name: asked[name] for name in ("search", "fares") if asked[name]}
    older = urlencode(query | {"after": page[A_PAGE - 1].name}) if len(page) > A_PAGE else ""
    context = {
        "rows": [(one, fares(one, at)) for one in page[:A_PAGE]],
        "asked": asked,
        "words": FARES,
        "page": {
            "shown": len(page[:A_PAGE]),
            "older_url": f"?{older}" if older else "",
            "newer_url": f"?{urlencode(query)}" if asked["after"] else "",
        },
        "may_define": systems_for(act=ACT, user=user, at=at).exists(),
        "at": at,
    }
    return render(request, "governance/connectors/list.html", context)


@login_required
@never_cache
@sensitive_post_parameters("secret", "user")
@sensitive_variables("form")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose a kind, then say where, how often and what."""
    user, at = signed_in(request), clock.now()
    systems = {one.slug: one for one in systems_for(act=ACT, user=user, at=at).order_by("name")}
    if not systems:
        raise _may_not()
    kind = request.GET.get("kind", "")
    if kind not in Connector.Kind.values:
        return render(request, "governance/connectors/kinds.html", {"kinds": Connector.Kind})
    form = ConnectorForm(
        request.POST or None,
        kind=kind,
        systems=[(slug, one.name) for slug, one in systems.items()],
        initial={"system": request.GET.get("system", ""), "every_seconds": 300},
    )
    lines = Lines(request.POST or None, kind=kind, kpis=_kpis(request))
    if request.method == "POST" and _are_valid(form, lines):
        try:
            made = define_connector(
                system_id=systems[form.cleaned_data["system"]].pk,
                kind=kind,
                wanted=form.wanted([one.line() for one in lines.used]),
                actor=actor_of(request),
                at=at,
            )
        except MENDED as refusal:
            _put(form, lines, refusal)
        else:
            messages.success(request, _("Connected. It is first asked within a minute."))
            return redirect("connector", connector_id=made.pk)
    return _form(request, form, lines, kind=kind)


@login_required
@never_cache
@require_GET
def connector(request: HttpRequest, connector_id: UUID) -> HttpResponse:
    """Show how a connector fares: last row taken, last row refused and why, its last polls."""
    user, at = signed_in(request), clock.now()
    systems = systems_visible_to(user=user, at=at)
    found = connector_of(
        connector_id, systems, may=within_reach(act=ACT, user=user, at=at, of="system__")
    )
    may_change = found.may_change  # type: ignore[attr-defined]  # asked along by connector_of
    context = _context(found, may_change=may_change, at=at)
    return render(request, "governance/connectors/one.html", context)


@login_required
@never_cache
@sensitive_post_parameters("secret", "user")
@sensitive_variables("form")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, connector_id: UUID) -> HttpResponse:
    """Change where, how often and what."""
    found, at = _permitted(request, connector_id), clock.now()
    form = ConnectorForm(
        request.POST or None,
        kind=found.kind,
        stored=found,
        initial={
            "name": found.name,
            "url": found.url,
            "every_seconds": found.every_seconds,
            "sign_in": found.sign_in,
        },
    )
    lines = Lines(request.POST or None, kind=found.kind, kpis=_kpis(request), stored=found.lines)
    if request.method == "POST" and _are_valid(form, lines):
        try:
            change_connector(
                connector_id=found.pk,
                expected_version=_version(request),
                wanted=form.wanted([one.line() for one in lines.used]),
                actor=actor_of(request),
                at=at,
            )
        except MENDED as refusal:
            _put(form, lines, refusal)
        else:
            messages.success(request, _("Changed. It is asked anew within a minute."))
            return redirect("connector", connector_id=found.pk)
    return _form(request, form, lines, kind=found.kind, found=found)


@login_required
@never_cache
@require_POST
def attempt(request: HttpRequest, connector_id: UUID) -> HttpResponse:
    """Ask now and show what would come; nothing is kept."""
    found = _permitted(request, connector_id)
    fetched, receipt, failure = try_connector(connector=found, at=clock.now())
    refused = {one.row: one for one in fetched.rejected}
    tried = {
        "failure": failure,
        "receipt": receipt,
        "count": fetched.count,
        "rows": [
            {"number": number, "what": in_order(what), "fault": refused.get(number)}
            for number, what in list(fetched.raw.items())[:50]
        ],
        "notes": fetched.notes[:20],
    }
    # Who may not change it is refused before.
    context = _context(found, may_change=True, at=clock.now()) | {"tried": tried}
    return render(request, "governance/connectors/one.html", context)


@login_required
@require_POST
def poll_now(request: HttpRequest, connector_id: UUID) -> HttpResponse:
    """Let a connector be asked at once."""
    found = _seen(request, connector_id)
    request_poll(connector_id=found.pk, actor=actor_of(request), at=clock.now())
    messages.success(request, _("It is asked within a minute."))
    return redirect("connector", connector_id=found.pk)


@login_required
@require_POST
def switch(request: HttpRequest, connector_id: UUID) -> HttpResponse:
    """Switch a connector off, or on again."""
    found = _seen(request, connector_id)
    switch_connector(
        connector_id=found.pk,
        expected_version=_version(request),
        active=request.POST.get("active") == "1",
        actor=actor_of(request),
        at=clock.now(),
    )
    return redirect("connector", connector_id=found.pk)


def _seen(request: HttpRequest, connector_id: UUID) -> Connector:
    """Return a connector of a system that the reader sees. Raises Missing."""
    systems = systems_visible_to(user=signed_in(request), at=clock.now())
    return connector_of(connector_id, systems)


def _permitted(request: HttpRequest, connector_id: UUID) -> Connector:
    """Return a connector that the reader may change. Raises Missing, Forbidden."""
    found = _seen(request, connector_id)
    refusal = _refusal(request, found)
    if refusal is not None:
        raise refusal
    return found


def _refusal(request: HttpRequest, found: Connector) -> Forbidden | None:
    return refusal_for_system(act=ACT, system=found.system, actor=actor_of(request), at=clock.now())


def _may_not() -> Forbidden:
    permit = PERMITS[ACT]
    who = in_words(permit.roles)
    return Forbidden(
        "role_missing",
        worded("You cannot {words}: that takes {who}.", words=term(permit.words), who=who),
        who_can=[who],
    )


def _kpis(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the KPIs that the reader may choose from, by name."""
    user, at = signed_in(request), clock.now()
    units = units_of_reader(systems=systems_visible_to(user=user, at=at), user=user, at=at)
    rows = kpis_seen(units=units).filter(off=False).order_by("name", "pk")
    return [(one.pk, f"{one.called} ({one.pk})") for one in rows.only("pk", "name")]


def _version(request: HttpRequest) -> int:
    sent = request.POST.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 9 else 0


def _are_valid(form: ConnectorForm, lines: Lines) -> bool:
    # Both are asked, so that all that is wrong is said at once.
    sound = [form.is_valid(), lines.are_valid()]
    if all(sound) and not lines.used:
        form.add_error(None, _("Ask at least one question: choose a KPI and say what is asked."))
        return False
    return all(sound)


def _put(form: ConnectorForm, lines: Lines, refusal: Refused) -> None:
    """Tell a refusal at the fields that it names, else above them."""
    rest = lines.put(refusal) if refusal.fields else {"": refusal.reason}
    for name, words in rest.items():
        form.add_error(name if name in form.fields else None, spoken(words))


def _form(
    request: HttpRequest,
    form: ConnectorForm,
    lines: Lines,
    *,
    kind: str,
    found: Connector | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "lines": lines,
        "kind": Connector.Kind(kind).label,
        "found": found,
    }
    code = 400 if form.errors or (request.method == "POST" and lines.errors) else 200
    return render(request, "governance/connectors/form.html", context, status=code)


def _context(found: Connector, *, may_change: bool, at: datetime) -> dict[str, Any]:
    return {
        "found": found,
        "report_url": settings.PUBLIC_URL.rstrip("/")
        + reverse("api-connector-report", args=[found.pk]),
        "state": found.state,
        "fares": fares(found, at),
        "words": FARES,
        "accepted_row": in_order(found.state.accepted_row),
        "rejected_row": in_order(found.state.rejected_row),
        "runs": [(run, _refused(run)) for run in runs_of(found.pk)[:RUNS]],
        "series": [(one, _cadence(one)) for one in series_of_connector(found)],
        "may_change": may_change,
        "at": at,
    }


def _refused(run: ConnectorRun) -> list[dict[str, Any]]:
    return [one | {"what": in_order(one["what"])} for one in run.refused]


def _cadence(series: Series) -> timedelta | None:
    return timedelta(seconds=series.cadence_seconds) if series.cadence_seconds else None
