"""Putting a motion on an incident that waits for its decision."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.forms.motion_parameters import name_of
from governance.forms.motions import MOST_ACTIONS, ActionForm, MotionForm, action_forms, put_faults
from governance.models import Decision
from governance.selectors.pages.motion import motion_choices, motion_page
from governance.selectors.pages.visibility import incident_of_number
from governance.services.motions import propose_motion
from governance.views.forms import acting, tell
from incidents.models import Incident
from ledger.rules.refusals import Refused
from outbox import clock
from registry.access import signed_in


@login_required
@require_http_methods(["GET", "POST"])
def motion(request: HttpRequest, number: str) -> HttpResponse:
    """Show the form of a motion, with one more action where that was asked for, or put it."""
    at, reader = clock.now(), signed_in(request)
    incident = incident_of_number(number=number, user=reader, at=at)
    context = motion_page(incident=incident, reader=reader, at=at)
    choices = motion_choices(incident=incident, at=at)
    lifted = _lifted(request, choices)
    if request.method != "POST" and context["running"] is not None and not lifted:
        return HttpResponseRedirect(reverse("ballot", args=[context["running"].number]))
    if request.method != "POST" and context["refusal"] is not None:
        raise context["refusal"]
    if request.method != "POST":
        form = MotionForm(replaceable=context["replaceable"])
        actions = action_forms(None, 1, **choices)
        actions[0].initial = {**actions[0].initial, **lifted}
        return _show(request, context, form, actions)
    count = _count(request)
    if "more" in request.POST or "less" in request.POST:
        kept = _kept(request, context)
        return _show(request, context, kept, _kept_actions(request, count, choices))
    form = MotionForm(request.POST, replaceable=context["replaceable"])
    actions = action_forms(request.POST, count, **choices)
    return _put(request, incident, context, form, actions)


def _lifted(request: HttpRequest, choices: dict[str, Any]) -> dict[str, str]:
    """How an action begins that lifts the measure of `?lift=`; {} where none is."""
    for one in choices["containments"]:
        if str(one.pk) == request.GET.get("lift", ""):
            measure = f"{one.get_kind_display()}: {one.scope}"
            return {
                "type": "lift",
                name_of("lift", "containment_id"): str(one.pk),
                "words": _("The emergency measure is lifted (%(measure)s).") % {"measure": measure},
            }
    return {}


def _put(
    request: HttpRequest,
    incident: Incident,
    context: dict[str, Any],
    form: MotionForm,
    actions: list[ActionForm],
) -> HttpResponse:
    is_valid = all([form.is_valid(), *(one.is_valid() for one in actions)])
    if not is_valid and context["may_propose"]:
        return _show(request, context, form, actions, status=400)
    try:
        decision = _propose(request, incident, context, form, actions, is_valid=is_valid)
    except Refused as refusal:
        if refusal.status != 400 or not refusal.fields:
            raise
        put_faults(form, actions, refusal.fields)
        return _show(request, context, form, actions, status=400)
    put = _("Motion %(number)s is put. The chair or the secretary convenes on it.")
    tell(request, put % {"number": decision.number})
    return HttpResponseRedirect(reverse("ballot", args=[decision.number]))


def _propose(
    request: HttpRequest,
    incident: Incident,
    context: dict[str, Any],
    form: MotionForm,
    actions: list[ActionForm],
    *,
    is_valid: bool,
) -> Decision:
    typed: dict[str, Any] = {"title": "", "reason": "", "conditions": [], "actions": []}
    if is_valid:
        typed = {
            "title": form.cleaned_data["title"],
            "reason": form.cleaned_data["reason"],
            "conditions": form.conditions(),
            "actions": [one.row() for one in actions],
            "procedure": form.cleaned_data["procedure"],
        }
        replaced = form.cleaned_data.get("supersedes")
        typed["supersedes_id"] = UUID(replaced) if replaced else None
    return propose_motion(incident_id=incident.pk, actor=acting(request), at=context["at"], **typed)


def _count(request: HttpRequest) -> int:
    """How many actions the form has after a press of 'one more' or 'one less'."""
    typed = request.POST.get("count", "1")
    count = int(typed) if typed.isdecimal() else 1
    count += ("more" in request.POST) - ("less" in request.POST)
    return min(max(count, 1), MOST_ACTIONS)


def _kept(request: HttpRequest, context: dict[str, Any]) -> MotionForm:
    """The form with what was typed, not judged yet."""
    typed = {name: request.POST.get(name, "") for name in MotionForm.base_fields}
    return MotionForm(initial=typed, replaceable=context["replaceable"])


def _kept_actions(request: HttpRequest, count: int, choices: dict[str, Any]) -> list[ActionForm]:
    forms = action_forms(None, count, **choices)
    for form in forms:
        form.initial = {name: request.POST.get(form.add_prefix(name), "") for name in form.fields}
    return forms


def _show(
    request: HttpRequest,
    context: dict[str, Any],
    form: MotionForm,
    actions: list[ActionForm],
    *,
    status: int = 200,
) -> HttpResponse:
    shown = context | {
        "form": form,
        "actions": actions,
        "count": len(actions),
        "may_add": len(actions) < MOST_ACTIONS,
        "may_drop": len(actions) > 1,
    }
    return render(request, "governance/motion.html", shown, status=status)
