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
from governance.selectors.begun import put
from governance.selectors.orders import orders_of, visible_order
from governance.selectors.pages.orders import list_page, order_page
from governance.services.order_votes import vote_on_order
from governance.services.standing_orders import (
    Order,
    put_order,
    record_drill,
    withdraw_order,
)
from governance.views.forms import PASSWORD, acting, asks_password, note, proof, put_on_form, tell
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Refused
from outbox import clock
from registry.access import Moment, moment_of, signed_in, visible_systems
from registry.access.pages import asked
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
    """Show the standing orders of a system, as they are or were, and put one to the committee."""
    system, moment = asked(request, slug)
    if moment.as_of is not None and request.method != "POST":
        return _orders_then(request, system, moment)
    at = moment.now
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
    context |= {"moment": moment, "began": system.registered_at, "at": at}
    status = 400 if form.errors else 200
    return render(request, "governance/orders/list.html", context, status=status)


def _orders_then(request: HttpRequest, system: System, moment: Moment) -> HttpResponse:
    """Show the orders of a system as they were, with nothing to be done."""
    began = system.registered_at
    with moment.reading():
        then = System.objects.get(pk=system.pk)
        page = list_page(system=then, user=signed_in(request), at=moment.at, may_act=False)
        page |= {"moment": moment, "began": began, "at": moment.at}
        return render(request, "governance/orders/list.html", page)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show one order; vote on it, record a drill, or withdraw it."""
    moment, reader = moment_of(request, now=clock.now()), signed_in(request)
    at, visible = moment.now, visible_systems(request, moment.now)
    found = visible_order(order_id=order_id, systems=visible, person=reader.pk)
    if moment.as_of is not None and request.method != "POST":
        return _order_then(request, found, moment)
    act = request.POST.get("act", "")
    typed = {
        name: form(request.POST if name == act else None, auto_id=f"{name}_%s")
        for name, form in FORMS.items()
    }
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
        "moment": moment,
        "began": found.put_at,
        "at": at,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "governance/orders/one.html", context, status=status)


def _order_then(request: HttpRequest, found: StandingOrder, moment: Moment) -> HttpResponse:
    """Show an order as it was: its votes, drills and firings until then."""
    moment.require(began=found.put_at, what=put(found.number))
    began = found.put_at
    with moment.reading():
        then = orders_of(systems=System.objects.all()).get(pk=found.pk)
        page = order_page(order=then, user=signed_in(request), at=moment.at, may_act=False)
        page |= {"moment": moment, "began": began, "at": moment.at}
        return render(request, "governance/orders/one.html", page)


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
            case_kinds=typed["case_kinds"],
            least_severity=typed["least_severity"],
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
