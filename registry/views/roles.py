"""Pages of what a person holds: roles granted and ended, leave, delegation."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ledger.rules.refusals import Refused
from outbox import clock
from registry.access import person_actor, signed_in
from registry.forms.access import (
    DelegationForm,
    LeaveForm,
    ReasonForm,
    RoleForm,
    begin_of,
    end_of,
    named,
    scope_of,
)
from registry.models import System, Unit, User
from registry.selectors.access import (
    away,
    delegation_seen_by,
    leave_seen_by,
    people_to_choose,
    person_seen_by,
    role_seen_by,
    units_administered_by,
)
from registry.selectors.systems import systems_visible_to
from registry.services.delegations import end_delegation, end_leave, record_delegation, record_leave
from registry.services.roles import end_role, grant_role
from registry.views.refused import take

TEMPLATE = "registry/access/act.html"


@login_required
@require_http_methods(["GET", "POST"])
def grant(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Give a person a role for a unit or system that the reader administers."""
    user, at = signed_in(request), clock.now()
    found = person_seen_by(person_id=person_id, user=user, at=at)
    units, systems = _administered(user, at)
    form = RoleForm(request.POST or None, units=units, systems=systems)
    if request.method == "POST" and form.is_valid() and _granted(request, form, found, user, at):
        messages.success(request, _("Granted. It stands in their access, with your name."))
        return redirect("person", found.pk)
    return _act(
        request,
        form,
        found,
        title=_("Grant a role"),
        say=_(
            "A role shows what is in its scope and permits what the role may. "
            "Grant the least that the work needs."
        ),
        foot=_("On record with your name. Nobody grants a role to themselves."),
        button=_("Grant the role"),
    )


@login_required
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, role_id: UUID) -> HttpResponse:
    """End a role."""
    user, at = signed_in(request), clock.now()
    row = role_seen_by(role_id=role_id, user=user, at=at)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor, reason = person_actor(request, user), form.cleaned_data["reason"]
        end_role(assignment_id=row.pk, reason=reason, actor=actor, at=at)
        messages.success(request, _("The role has ended."))
        return redirect("person", row.user_id)
    scope = row.system or row.unit
    return _act(
        request,
        form,
        row.user,
        title=_("End the role: %(role)s, %(scope)s")
        % {"role": row.get_role_display(), "scope": scope},
        say=_("What they no longer see is gone from their pages at once; what they did stays."),
        foot=_("On record with its reason."),
        button=_("End the role"),
    )


@login_required
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Record that a person is away."""
    user, at = signed_in(request), clock.now()
    found = person_seen_by(person_id=person_id, user=user, at=at)
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            record_leave(
                user_id=found.pk,
                from_at=begin_of(form.cleaned_data["first"], found.zone),
                until_at=end_of(form.cleaned_data["last"], found.zone),
                actor=person_actor(request, user),
                at=at,
            )
        except Refused as refusal:
            take(form, refusal, request)
        else:
            messages.success(request, _("Recorded. Whoever picks people sees it."))
            return redirect("person", found.pk)
    return _act(
        request,
        form,
        found,
        title=_("Leave"),
        say=_(
            "Nothing is sent to who is away: their delegate or deputy is told instead. "
            "A deadline runs on."
        ),
        foot=_("Whole days in the zone of the person."),
        button=_("Record the leave"),
    )


@login_required
@require_POST
def back(request: HttpRequest, leave_id: UUID) -> HttpResponse:
    """End a leave now."""
    user, at = signed_in(request), clock.now()
    row = leave_seen_by(leave_id=leave_id, user=user, at=at)
    end_leave(leave_id=row.pk, actor=person_actor(request, user), at=at)
    messages.success(request, _("The leave has ended."))
    return redirect("person", row.user_id)


@login_required
@require_http_methods(["GET", "POST"])
def delegate(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Let somebody act for a person for a time."""
    user, at = signed_in(request), clock.now()
    found = person_seen_by(person_id=person_id, user=user, at=at)
    people = people_to_choose(user=user, at=at).exclude(pk=found.pk)
    gone = away(people=[row.pk for row in people], at=at)
    systems = systems_visible_to(user=found, at=at).order_by("name")
    units = Unit.objects.filter(systems__in=systems.values("pk")).distinct().order_by("name")
    form = DelegationForm(
        request.POST or None, people=named(people, gone), units=units, systems=systems
    )
    if request.method == "POST" and form.is_valid() and _lent(request, form, found, user, at):
        messages.success(request, _("Recorded. Every act of theirs will say for whom."))
        return redirect("person", found.pk)
    return _act(
        request,
        form,
        found,
        title=_("Delegation"),
        say=_(
            "The delegate sees and does what this person may, for the time given. "
            "It cannot be passed on, and counts against both in the segregation of duties."
        ),
        foot=_("On record with its reason; every act names both."),
        button=_("Let them act"),
    )


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, delegation_id: UUID) -> HttpResponse:
    """End a delegation early."""
    user, at = signed_in(request), clock.now()
    row = delegation_seen_by(delegation_id=delegation_id, user=user, at=at)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor, reason = person_actor(request, user), form.cleaned_data["reason"]
        end_delegation(delegation_id=row.pk, reason=reason, actor=actor, at=at)
        messages.success(request, _("The delegation has ended."))
        return redirect("person", row.principal_id if row.delegate_id != user.pk else user.pk)
    return _act(
        request,
        form,
        row.principal,
        title=_("End: %(delegate)s acts for %(principal)s")
        % {"delegate": row.delegate.name, "principal": row.principal.name},
        say=_("What was done under it stays as it is."),
        foot=_("On record with its reason."),
        button=_("End the delegation"),
    )


def _administered(user: User, at: Any) -> tuple[QuerySet[Unit], QuerySet[System]]:
    ids = units_administered_by(user=user, at=at)
    units: QuerySet[Unit] = Unit.objects.filter(pk__in=ids)
    systems: QuerySet[System] = System.objects.filter(unit_id__in=ids)
    return units.order_by("name"), systems.order_by("name")


def _granted(request: HttpRequest, form: RoleForm, found: User, user: User, at: Any) -> bool:
    given = form.cleaned_data
    first, last = given["from_day"], given["until_day"]
    try:
        grant_role(
            user_id=found.pk,
            role=given["role"],
            **scope_of(given["scope"]),
            from_at=max(begin_of(first, user.zone), at) if first else None,
            until_at=end_of(last, user.zone) if last else None,
            reason=given["reason"],
            actor=person_actor(request, user),
            at=at,
        )
    except Refused as refusal:
        refusal.fields = {
            {"until": "until_day"}.get(name, name): words for name, words in refusal.fields.items()
        }
        take(form, refusal, request)
        return False
    return True


def _lent(request: HttpRequest, form: DelegationForm, found: User, user: User, at: Any) -> bool:
    given = form.cleaned_data
    try:
        record_delegation(
            principal_id=found.pk,
            delegate_id=UUID(given["delegate"]),
            **scope_of(given["scope"]),
            from_at=begin_of(given["first"], found.zone),
            until_at=end_of(given["last"], found.zone),
            reason=given["reason"],
            actor=person_actor(request, user),
            at=at,
        )
    except Refused as refusal:
        take(form, refusal, request)
        return False
    return True


def _act(request: HttpRequest, form: Any, found: User, **words: str) -> HttpResponse:
    context = {"form": form, "found": found, "at": clock.now()} | words
    return render(request, TEMPLATE, context, status=400 if form.errors else 200)
