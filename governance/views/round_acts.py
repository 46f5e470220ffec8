"""Beside a round: its conditions, recusals after voting, declared interests, what delegates did."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.forms.ballots import AnswerForm, InterestForm, SettledForm, ShownForm
from governance.models import DeclaredInterest
from governance.selectors.delegated import delegated_page, month_of
from governance.selectors.pages.visibility import decision_of_number, incidents_visible_to
from governance.services.conditions import settle_condition, show_condition
from governance.services.interests import declare_interest, end_interest
from governance.services.recusals import answer_recusal
from governance.views.forms import acting, put_on_form, tell
from ledger.rules.refusals import Invalid, Refused
from outbox import clock
from registry.access import signed_in
from registry.selectors.systems import systems_visible_to

SHOWN = 200


@login_required
@require_POST
def condition_act(request: HttpRequest, number: str, condition: int, act: str) -> HttpResponse:
    """Show that a condition is met, or settle it."""
    at, reader = clock.now(), signed_in(request)
    decision = decision_of_number(number=number, user=reader, at=at)
    if act == "show":
        typed = _typed(ShownForm(request.POST))
        show_condition(
            decision_id=decision.pk, number=condition, actor=acting(request), at=at, **typed
        )
        tell(request, _("It is on record as shown; somebody else sees to it."))
    elif act == "settle":
        typed = _typed(SettledForm(request.POST))
        settle_condition(
            decision_id=decision.pk, number=condition, actor=acting(request), at=at, **typed
        )
        tell(request, _("The condition is settled."))
    else:
        raise Http404
    return HttpResponseRedirect(reverse("ballot", args=[number]) + "#conditions")


@login_required
@require_POST
def recusal_answer(request: HttpRequest, number: str, request_id: int) -> HttpResponse:
    """Accept or decline a recusal after voting, as who chairs the round."""
    at, reader = clock.now(), signed_in(request)
    decision = decision_of_number(number=number, user=reader, at=at)
    typed = _typed(AnswerForm(request.POST))
    row = answer_recusal(
        decision_id=decision.pk, request_id=request_id, actor=acting(request), at=at, **typed
    )
    tell(request, _("Answered: %(state)s.") % {"state": row.get_state_display().lower()})
    return HttpResponseRedirect(reverse("ballot", args=[number]))


@login_required
@require_http_methods(["GET", "POST"])
def interests(request: HttpRequest) -> HttpResponse:
    """Show the reader's declared interests, and let them declare one."""
    at, reader = clock.now(), signed_in(request)
    systems = list(systems_visible_to(user=reader, at=at).order_by("name")[:SHOWN])
    form = InterestForm(request.POST or None, systems=systems)
    if request.method == "POST" and form.is_valid():
        refusal = _declare(request, form, at)
        if refusal is None:
            tell(request, _("Declared. You are recused by rule from rounds on it from now on."))
            return HttpResponseRedirect(reverse("my-interests"))
    rows = DeclaredInterest.objects.filter(person=reader).select_related("system")
    context = {"form": form, "rows": rows.order_by("-from_at")[:SHOWN], "at": at}
    status = 400 if form.errors else 200
    return render(request, "governance/interests.html", context, status=status)


@login_required
@require_POST
def interest_end(request: HttpRequest, interest: UUID) -> HttpResponse:
    """End an interest of the reader's own."""
    end_interest(interest_id=interest, actor=acting(request), at=clock.now())
    tell(request, _("It has ended; it recuses you from no round that is convened from now on."))
    return HttpResponseRedirect(reverse("my-interests"))


@login_required
@require_GET
def delegated(request: HttpRequest) -> HttpResponse:
    """Show what delegates decided in a month, for the committee to look at (SEG-15)."""
    at, reader = clock.now(), signed_in(request)
    month = request.GET.get("month", "")
    begins, _ends = month_of(month, at=at)
    after = request.GET.get("after", "")[:80]
    visible = incidents_visible_to(user=reader, at=at)
    rows, older = delegated_page(visible=visible, month=month, at=at, after=after)
    shown = begins.strftime("%Y-%m")
    pages = {
        "shown": len(rows),
        "older_url": f"?{urlencode({'month': shown, 'after': older})}" if older else "",
        "newer_url": f"?month={shown}" if after else "",
    }
    context = {"rows": rows, "begins": begins, "month": shown, "pages": pages, "at": at}
    return render(request, "governance/delegated.html", context)


def _declare(request: HttpRequest, form: InterestForm, at: Any) -> Refused | None:
    """Declare what was typed; a refusal that can be mended is told on the form."""
    system = form.cleaned_data["system"]
    try:
        declare_interest(
            system_id=UUID(system) if system else None,
            words=form.cleaned_data["words"],
            actor=acting(request),
            at=at,
        )
    except Refused as refusal:
        put_on_form(form, refusal)
        return refusal
    return None


def _typed(form: forms.Form) -> dict[str, Any]:
    """Return what was typed. Raises Invalid with each field."""
    if form.is_valid():
        return dict(form.cleaned_data)
    fields = {name: str(errors[0]) for name, errors in form.errors.items()}
    raise Invalid("fields_missing_or_wrong", next(iter(fields.values())), fields=fields)
