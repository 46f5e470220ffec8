"""Pages of people: the list, one person with what they hold, a new one, changes."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.rules.refusals import Refused
from outbox import clock
from registry.access import person_actor, signed_in
from registry.forms.access import InviteForm, PersonForm
from registry.models import Unit, User
from registry.selectors.access import (
    COUNTED,
    delegations_around,
    leaves_of,
    person_seen_by,
    require_reach,
    require_reader,
    roles_held_by,
    units_administered_by,
)
from registry.selectors.people_list import Asked, found_people
from registry.services.invitations import change_person, invite_again, invite_person
from registry.views.refused import take


@login_required
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Show the accounts that the reader may look into, a page at a time."""
    user, at = signed_in(request), clock.now()
    reach = require_reach(user=user, at=at)
    asked = Asked.of(request.GET)
    page = found_people(asked=asked, user=user, at=at, units=reach.units)
    context = {
        "asked": asked,
        "rows": page.rows,
        "views": _views(asked, page.counts),
        "units": page.units,
        "pages": {
            "shown": len(page.rows),
            "older_url": f"?{urlencode(asked.query | {'after': page.after})}" if page.after else "",
            "newer_url": f"?{urlencode(asked.query)}" if asked.after else "",
        },
        "may_administer": bool(reach.administered),
        "at": at,
    }
    return render(request, "registry/access/people.html", context)


@login_required
@require_GET
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Show a person: what they hold, who acts for them, when they are away."""
    user, at = signed_in(request), clock.now()
    found = person_seen_by(person_id=person_id, user=user, at=at)
    administered = units_administered_by(user=user, at=at)
    oneself = found.pk == user.pk
    administers = found.unit_id in administered
    roles = list(roles_held_by(person=found, at=at))
    context = {
        "found": found,
        "roles": [row for row in roles if row.until_at is None or row.until_at > at],
        "former": [row for row in roles if row.until_at is not None and row.until_at <= at],
        "leaves": leaves_of(person=found, at=at),
        "delegations": delegations_around(person=found, at=at),
        "oneself": oneself,
        "administers": administers and not oneself,
        "administered": set(administered),
        "may_lend": found.is_active and found.kind == User.Kind.PERSON and (oneself or administers),
        "is_person": found.kind == User.Kind.PERSON,
        "at": at,
    }
    return render(request, "registry/access/person.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Invite a person into a unit that the reader administers."""
    user, at = signed_in(request), clock.now()
    units = Unit.objects.filter(pk__in=units_administered_by(user=user, at=at)).order_by("name")
    require_reader(user=user, at=at)
    form = InviteForm(request.POST or None, units=units)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            made = invite_person(
                unit_id=UUID(given.pop("unit")), **given, actor=person_actor(request, user), at=at
            )
        except Refused as refusal:
            take(form, refusal, request)
        else:
            messages.success(request, _("Invited. Now say which role they hold."))
            return redirect("role-grant", made.pk)
    return _form(request, form, "registry/access/invite.html", {"units": units, "at": at})


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Change what is said of a person."""
    user, at = signed_in(request), clock.now()
    found = person_seen_by(person_id=person_id, user=user, at=at)
    administered = units_administered_by(user=user, at=at)
    units = Unit.objects.filter(pk__in=administered).order_by("name")
    given: dict[str, Any] = {"name": found.name, "title": found.title, "zone": found.zone}
    given |= {"unit": str(found.unit_id)}
    form = PersonForm(request.POST or None, units=units, initial=given)
    if request.method == "POST" and form.is_valid():
        wanted = dict(form.cleaned_data)
        try:
            change_person(
                user_id=found.pk,
                unit_id=UUID(wanted.pop("unit")),
                **wanted,
                actor=person_actor(request, user),
                at=at,
            )
        except Refused as refusal:
            take(form, refusal, request)
        else:
            messages.success(request, _("Saved."))
            return redirect("person", found.pk)
    context = {"found": found, "may": found.unit_id in administered, "at": at}
    return _form(request, form, "registry/access/edit.html", context)


@login_required
@require_POST
def again(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Write the invitation once more."""
    user, at = signed_in(request), clock.now()
    found = person_seen_by(person_id=person_id, user=user, at=at)
    invite_again(user_id=found.pk, actor=person_actor(request, user), at=at)
    messages.success(request, _("The invitation is on its way once more."))
    return redirect("person", found.pk)


def _views(asked: Asked, counts: dict[str, int]) -> list[dict[str, object]]:
    labels = {
        "persons": _("Persons"),
        "services": _("Service accounts"),
        "former": _("Deactivated"),
    }
    return [
        {"label": label, "url": f"?view={name}", "count": _counted(counts[name]),
         "current": asked.view == name}
        for name, label in labels.items()
    ]  # fmt: skip


def _counted(number: int) -> int | str:
    """Return a number as a link shows it: one beyond which nobody counted as more than that."""
    return number if number <= COUNTED else f"> {number_format(COUNTED, force_grouping=True)}"


def _form(request: HttpRequest, form: Any, template: str, context: dict[str, Any]) -> HttpResponse:
    status = 400 if form.errors else 200
    return render(request, template, context | {"form": form}, status=status)
