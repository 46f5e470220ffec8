"""Pages of units: the tree, one unit with who has access, a new one, a name, a move."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ledger.rules.refusals import Refused
from outbox import clock
from registry.access import person_actor, signed_in
from registry.forms.access import MoveForm, RenameForm, UnitForm
from registry.models import System, Unit, User, WorkCalendar
from registry.selectors.access import (
    COUNTED,
    access_in,
    effect_of_move,
    inherited_by,
    require_reach,
    require_reader,
    tree_of,
    unit_seen_by,
    units_administered_by,
)
from registry.selectors.units import units_below
from registry.services.people import create_unit
from registry.services.units import move_unit, rename_unit
from registry.views.refused import take


@login_required
@require_GET
def units(request: HttpRequest) -> HttpResponse:
    """Show the units that the reader may look into, as a tree."""
    user, at = signed_in(request), clock.now()
    reach = require_reach(user=user, at=at)
    context = {
        "nodes": tree_of(reach.units),
        "most": COUNTED,
        "may_administer": bool(reach.administered),
        "at": at,
    }
    return render(request, "registry/access/units.html", context)


@login_required
@require_GET
def unit(request: HttpRequest, unit_id: UUID) -> HttpResponse:
    """Show a unit: what stands below it, who has which role here and from above."""
    user, at = signed_in(request), clock.now()
    seen = require_reader(user=user, at=at)
    found = unit_seen_by(unit_id=unit_id, user=user, at=at)
    people = User.objects.filter(unit=found, is_active=True).order_by("kind", "name")
    context = {
        "found": found,
        "parent": found.parent if found.parent_id in seen else None,
        "children": Unit.objects.filter(parent=found).order_by("name"),
        "systems": System.objects.filter(unit=found).order_by("name"),
        "people": people,
        "own": access_in(units=[found.pk], at=at).order_by("role", "user__name"),
        "inherited": inherited_by(unit=found, at=at),
        "may": found.pk in units_administered_by(user=user, at=at),
        "at": at,
    }
    return render(request, "registry/access/unit.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Create a unit below one that the reader administers."""
    user, at = signed_in(request), clock.now()
    require_reader(user=user, at=at)
    parents = Unit.objects.filter(pk__in=units_administered_by(user=user, at=at)).order_by("name")
    calendars = WorkCalendar.objects.filter(unit__in=parents).distinct().order_by("name", "version")
    given = {"parent": request.GET.get("below", "")}
    form = UnitForm(request.POST or None, units=parents, calendars=calendars, initial=given)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            made = create_unit(
                name=wanted["name"].strip(),
                parent_id=UUID(wanted["parent"]),
                calendar_id=UUID(wanted["calendar"]),
                actor=person_actor(request, user),
                at=at,
            )
        except Refused as refusal:
            take(form, refusal, request)
        else:
            messages.success(request, _("Created. Roles from above hold here already."))
            return redirect("unit", made.pk)
    return _form(request, form, "registry/access/unit_new.html", {"may": parents.exists()})


@login_required
@require_http_methods(["GET", "POST"])
def rename(request: HttpRequest, unit_id: UUID) -> HttpResponse:
    """Give a unit another name."""
    user, at = signed_in(request), clock.now()
    found = unit_seen_by(unit_id=unit_id, user=user, at=at)
    form = RenameForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        actor = person_actor(request, user)
        try:
            rename_unit(unit_id=found.pk, **form.cleaned_data, actor=actor, at=at)
        except Refused as refusal:
            take(form, refusal, request)
        else:
            messages.success(request, _("Renamed. What is on record keeps the old name."))
            return redirect("unit", found.pk)
    return _form(request, form, "registry/access/unit_rename.html", {"found": found})


@login_required
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, unit_id: UUID) -> HttpResponse:
    """Show who gains and who loses access by a move, then move."""
    user, at = signed_in(request), clock.now()
    found = unit_seen_by(unit_id=unit_id, user=user, at=at)
    below = units_below(unit_ids=[found.pk])
    administered = set(units_administered_by(user=user, at=at)) - {*below, found.parent_id}
    targets = Unit.objects.filter(pk__in=administered).order_by("name")
    asked = request.POST.get("parent") or request.GET.get("parent", "")
    target = next((row for row in targets if str(row.pk) == asked), None)
    form = MoveForm(request.POST or None, units=targets, initial={"parent": asked})
    if request.method == "POST" and form.is_valid():
        try:
            move_unit(
                unit_id=found.pk,
                parent_id=UUID(form.cleaned_data["parent"]),
                reason=form.cleaned_data["reason"],
                actor=person_actor(request, user),
                at=at,
            )
        except Refused as refusal:
            take(form, refusal, request)
        else:
            messages.success(request, _("Moved. Roles are inherited from the new place."))
            return redirect("unit", found.pk)
    context = {"found": found, "targets": targets, "target": target}
    if target is not None:
        context["effect"] = effect_of_move(unit=found, parent=target, at=at)
    return _form(request, form, "registry/access/unit_move.html", context)


def _form(request: HttpRequest, form: Any, template: str, context: dict[str, Any]) -> HttpResponse:
    status = 400 if form.errors else 200
    return render(request, template, context | {"form": form, "at": clock.now()}, status=status)
