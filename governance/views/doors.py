"""Pages: what senders bring through each door: the last row taken, every row refused and why."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from governance.views.sheets import csv_response
from outbox import clock
from registry.access import signed_in
from registry.selectors.systems import systems_visible_to
from telemetry.models import DoorRun, DoorState
from telemetry.rules.excerpts import HIDDEN
from telemetry.selectors.doors import (
    deliveries_of,
    door_of,
    doors_of,
    in_order,
    lines_in,
    lines_of,
    refuses,
)

ASKED = ("search", "door", "refused", "after")
A_PAGE = 50
DELIVERIES = 20
ROWS_SHOWN = 20


@login_required
@require_GET
def doors(request: HttpRequest) -> HttpResponse:
    """Show the doors of the systems that the reader sees, a page at a time."""
    user, at = signed_in(request), clock.now()
    asked = {name: request.GET.get(name, "").strip()[:80] for name in ASKED}
    rows = doors_of(systems_visible_to(user=user, at=at), asked)
    page = list(rows[: A_PAGE + 1])
    query = {name: said for name, said in asked.items() if said and name != "after"}
    older = urlencode(query | {"after": page[A_PAGE - 1].pk}) if len(page) > A_PAGE else ""
    context = {
        "rows": [(one, refuses(one)) for one in page[:A_PAGE]],
        "asked": asked,
        "kinds": DoorState.Door.choices,
        "page": {
            "shown": len(page[:A_PAGE]),
            "older_url": f"?{older}" if older else "",
            "newer_url": f"?{urlencode(query)}" if asked["after"] else "",
        },
        "at": at,
    }
    return render(request, "governance/doors/list.html", context)


@login_required
@never_cache
@require_GET
def door(request: HttpRequest, state_id: int) -> HttpResponse:
    """Show one door: the last row taken, the last refused and why, deliveries with refusals."""
    found = _seen(request, state_id)
    runs = list(deliveries_of(found)[:DELIVERIES])
    context = {
        "found": found,
        "refuses": refuses(found),
        "accepted_row": in_order(found.door, found.accepted_row),
        "rejected_row": in_order(found.door, found.rejected_row),
        "runs": [(run, _shown(run), max(0, run.rejected - ROWS_SHOWN)) for run in runs],
        "has_rows": any(run.rows for run in runs),
        "at": clock.now(),
    }
    return render(request, "governance/doors/one.html", context)


@login_required
@never_cache
@require_GET
def refused_csv(request: HttpRequest, state_id: int) -> HttpResponse:
    """Send the rows that were refused within two weeks as CSV, a column for each field."""
    found = _seen(request, state_id)
    lines = list(lines_of(deliveries_of(found)))
    names = list(in_order(found.door, {name: "" for one in lines for name in one.row}))
    head = ["delivered_at", "sender", "row", "field", "reason", *names]
    return csv_response(
        request,
        name=f"refused-{found.system.slug}-{found.door}",
        head=head,
        rows=[
            [
                one.run.at.isoformat(),
                one.run.sender,
                one.number,
                one.field,
                one.reason,
                *(_cell(one.row.get(name, "")) for name in names),
            ]
            for one in lines
        ],
        subject=("door", str(found.pk), f"{found.get_door_display()}, {found.system.name}"),
        at=clock.now(),
        system_id=found.system_id,
    )


def _seen(request: HttpRequest, state_id: int) -> DoorState:
    """Return a door of a system that the reader sees. Raises Missing."""
    systems = systems_visible_to(user=signed_in(request), at=clock.now())
    return door_of(state_id, systems)


def _shown(run: DoorRun) -> list[dict[str, object]]:
    rows = list(lines_in(run))[:ROWS_SHOWN]
    return [
        {
            "number": one.number,
            "field": one.field,
            "reason": one.reason,
            "what": in_order(run.state.door, one.row),
        }
        for one in rows
    ]


def _cell(said: str) -> str:
    # What is not shown on the page is left empty, so that the file can be mended and sent again.
    return "" if said == HIDDEN else said
