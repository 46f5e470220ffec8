"""The page of a remediation programme: stated, carried out in batches, signed by two sides."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.forms.programmes import BatchForm, ReconciliationForm, StatementForm
from governance.selectors.pages.programmes import initial_of, programme_page
from governance.views.forms import PASSWORD, acting, asks_password, note, proof, put_on_form, tell
from incidents.selectors.programmes import programme_action
from incidents.selectors.visibility import incidents_visible_to
from incidents.services.programmes import plan_programme, record_batch
from incidents.services.reconciling import reconcile
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import term, word
from outbox import clock
from registry.access import Moment, moment_of, signed_in

ACTS: dict[str, type[forms.Form]] = {
    "state": StatementForm,
    "batch": BatchForm,
    "sign": ReconciliationForm,
}
MENDED = ("password_wrong", "code_wrong", "passkey_wrong", "reauthentication_needed")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def programme(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Show a programme with its figures; state it, record a batch, or sign for one side."""
    moment = moment_of(request, now=clock.now())
    if moment.as_of is not None and request.method != "POST":
        return _show_past(request, action_id, moment)
    return _show(request, action_id, moment)


def _show(request: HttpRequest, action_id: UUID, moment: Moment) -> HttpResponse:
    reader, at = signed_in(request), moment.now
    visible = incidents_visible_to(user=reader, at=at)
    action = programme_action(action_id=action_id, visible=visible)
    page = programme_page(action=action, reader=reader, at=at)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    bound = ACTS[act](request.POST) if act in ACTS else None
    wrong_proof = ""
    if bound is not None and bound.is_valid():
        try:
            told = _carry_out(request, action_id, act, bound, page)
        except (Invalid, Conflict) as refused:
            put_on_form(bound, refused)
        except Forbidden as refused:
            if refused.code not in MENDED:
                raise
            note(refused, request)
            wrong_proof = put_on_form(bound, refused)
        else:
            tell(request, told)
            return redirect("programme", action_id=action_id)
    context = {
        **page,
        "moment": moment,
        "forms": _forms(act, bound, page),
        "opened": act,
        "password_error": wrong_proof,
        "ask_password": bool(request.POST.get(PASSWORD)) or asks_password(request, at=at),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "governance/programme.html", context, status=status)


def _show_past(request: HttpRequest, action_id: UUID, moment: Moment) -> HttpResponse:
    """Show a programme as it was, with nothing to be done on it."""
    reader = signed_in(request)
    visible = incidents_visible_to(user=reader, at=moment.now)
    action = programme_action(action_id=action_id, visible=visible)
    moment.require(began=action.ordered_at, what=term(word("the programme was ordered")))
    seen = moment.kept(visible.filter(pk=action.incident_id))
    with moment.reading():
        then = programme_action(action_id=action_id, visible=seen)
        page = programme_page(action=then, reader=reader, at=moment.at, may_act=False)
        return render(request, "governance/programme.html", {**page, "moment": moment})


def _carry_out(
    request: HttpRequest, action_id: UUID, act: str, form: Any, page: dict[str, Any]
) -> str:
    actor, at = acting(request), clock.now()
    if act == "state":
        plan_programme(
            action_id=action_id,
            values=form.payload(),
            expected_version=form.cleaned_data.get("version"),
            actor=actor,
            at=at,
        )
        return _("The programme is stated.")
    if act == "batch":
        record_batch(action_id=action_id, values=form.payload(), actor=actor, at=at)
        return _("The batch is recorded.")
    reconcile(
        action_id=action_id,
        side=page["side"],
        rest=form.cleaned_data["rest"],
        ceremony=proof(request),
        actor=actor,
        at=at,
    )
    return _("Signed.")


def _forms(act: str, bound: forms.Form | None, page: dict[str, Any]) -> dict[str, forms.Form]:
    """Return the forms of the page; the one that was sent holds what was typed."""
    read = page["read"]
    statement = StatementForm(initial=initial_of(read.programme)) if read else StatementForm()
    rest = {"rest": read.programme.rest} if read else {}
    found: dict[str, forms.Form] = {
        "state": statement,
        "batch": BatchForm(),
        "sign": ReconciliationForm(initial=rest),
    }
    if bound is not None:
        found[act] = bound
    for name, form in found.items():
        form.auto_id = f"{name}_%s"
    return found
