"""Pages of standing orders: of one system, and one order with its vote and its drills."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.forms.containment import DrillForm, OrderForm, VoteForm, WithdrawalForm
from governance.models import StandingOrder
from governance.selectors.orders import visible_order
from governance.selectors.pages.orders import list_page, order_page
from governance.services.standing_orders import (
    Order,
    put_order,
    record_drill,
    vote_on_order,
    withdraw_order,
)
from governance.views.forms import PASSWORD, acting, asks_password, note, proof, put_on_form, tell
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Refused
from outbox import clock
from registry.access import signed_in, visible_system, visible_systems
from registry.models import System

FORMS: dict[str, type[forms.Form]] = {
    "vote": VoteForm,
    "drill": DrillForm,
    "withdraw": WithdrawalForm,
}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def orders(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the standing orders of a system, and put one to the committee."""
    at = clock.now()
    system = visible_system(request, slug, at)
    form = OrderForm(request.POST or None, system=system)
    if request.method == "POST" and form.is_valid():
        try:
            order = _put(request, system, form)
        except (Invalid, Conflict, Forbidden) as refused:
            note(refused, request)
            put_on_form(form, refused)
        else:
            tell(request, _("Put to the committee. It holds once more than half adopt it."))
            return redirect("standing-order", order_id=order.pk)
    context = {**list_page(system=system, user=signed_in(request), at=at), "form": form}
    status = 400 if form.errors else 200
    return render(request, "governance/orders/list.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show one order; vote on it, record a drill, or withdraw it."""
    at, reader = clock.now(), signed_in(request)
    found = visible_order(order_id=order_id, systems=visible_systems(request, at), person=reader.pk)
    act = request.POST.get("act", "")
    typed = {name: form(request.POST if name == act else None) for name, form in FORMS.items()}
    password_error = ""
    if request.method == "POST" and act in typed and typed[act].is_valid():
        try:
            told = _carry_out(request, found, act, typed[act])
        except Refused as refused:
            note(refused, request)
            password_error = put_on_form(typed[act], refused)
        else:
            tell(request, told)
            return redirect("standing-order", order_id=order_id)
    context: dict[str, Any] = {
        **order_page(order=found, user=reader, at=at),
        **{f"{name}_form": form for name, form in typed.items()},
        "ask_password": bool(request.POST.get(PASSWORD)) or asks_password(request, at=at),
        "password_error": password_error,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "governance/orders/one.html", context, status=status)


def _put(request: HttpRequest, system: System, form: OrderForm) -> StandingOrder:
    typed, at = form.cleaned_data, clock.now()
    return put_order(
        system_id=system.pk,
        given=Order(
            rule=typed["rule"],
            action=typed["action"],
            scope=typed["scope"],
            reason=typed["reason"],
            valid_from=typed["valid_from"] or at,
            valid_until=typed["valid_until"],
            kpi_id=typed["kpi"],
            limit_value=typed["limit_value"],
            environment=typed["environment"],
        ),
        actor=acting(request),
        at=at,
    )


def _carry_out(request: HttpRequest, order: StandingOrder, act: str, form: forms.Form) -> str:
    typed, at, actor = form.cleaned_data, clock.now(), acting(request)
    if act == "vote":
        vote_on_order(
            order_id=order.pk,
            in_favour=typed["vote"] == "for",
            reason=typed["reason"],
            ceremony=proof(request),
            actor=actor,
            at=at,
        )
        return _("Your vote is recorded.")
    if act == "drill":
        record_drill(
            order_id=order.pk,
            passed=typed["passed"] == "yes",
            seconds=typed["seconds"],
            found=typed["found"],
            evidence=typed["evidence"],
            actor=actor,
            at=at,
        )
        return _("The drill is recorded.")
    withdraw_order(order_id=order.pk, reason=typed["reason"], actor=actor, at=at)
    return _("Withdrawn.")
