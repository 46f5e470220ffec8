"""Pages of silences."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.forms.measuring import MuteForm, ReasonForm
from governance.selectors.mutes import visible_mute
from governance.selectors.pages.mutes import choices_of, list_page, mute_page
from governance.services.mutes import approve_mute, ask_mute, end_mute, refuse_mute
from governance.views.forms import acting, note, put_on_form, tell
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox import clock
from registry.access import signed_in, visible_system, visible_systems
from registry.selectors.systems import systems_visible_to


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def mutes(request: HttpRequest) -> HttpResponse:
    """Show the silences over the reader's systems, and ask for one."""
    reader, at = signed_in(request), clock.now()
    visible = systems_visible_to(user=reader, at=at)
    systems, kpis = choices_of(visible)
    given = {"system": request.GET.get("system", "")}
    form = MuteForm(request.POST or None, systems=systems, kpis=kpis, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            mute = ask_mute(
                system_id=visible_system(request, form.cleaned_data["system"], at).pk,
                cover=form.cover(),
                reason=form.cleaned_data["reason"],
                from_at=form.begins(at),
                until_at=form.cleaned_data["until_at"],
                actor=acting(request),
                at=at,
            )
        except (Invalid, Forbidden) as refused:
            note(refused, request)
            put_on_form(form, refused)
        else:
            waits = _("Asked for; it holds once a second person agrees.")
            tell(request, waits if mute.approved_at is None else _("It is silent until its end."))
            return redirect("mute", mute_id=mute.pk)
    context = {**list_page(visible=visible, at=at), "form": form, "systems": systems}
    status = 400 if form.errors else 200
    return render(request, "governance/mutes/list.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def mute(request: HttpRequest, mute_id: UUID) -> HttpResponse:
    """Show one silence; agree to it, refuse it, or end it."""
    reader, at = signed_in(request), clock.now()
    found = visible_mute(mute_id=mute_id, visible=visible_systems(request, at))
    form = ReasonForm(request.POST if request.POST.get("act") in ("refuse", "end") else None)
    act = request.POST.get("act", "")
    if request.method == "POST" and (act == "approve" or form.is_valid()):
        try:
            told = _carry_out(request, mute_id, act, form)
        except (Invalid, Conflict) as refused:
            put_on_form(form, refused)
        else:
            tell(request, told)
            return redirect("mute", mute_id=mute_id)
    context = {
        **mute_page(mute=found, user=reader, actor=acting(request), at=at),
        "form": form,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "governance/mutes/one.html", context, status=status)


def _carry_out(request: HttpRequest, mute_id: UUID, act: str, form: ReasonForm) -> str:
    """Do what was asked and return what is said of it. Raises Invalid for an act that is none."""
    actor, at = acting(request), clock.now()
    if act == "approve":
        approve_mute(mute_id=mute_id, actor=actor, at=at)
        return _("Agreed: it is silent until its end.")
    reason = form.cleaned_data["reason"]
    if act == "refuse":
        refuse_mute(mute_id=mute_id, reason=reason, actor=actor, at=at)
        return _("Refused.")
    if act != "end":
        raise Invalid("unknown_act", _("There is no such step."))
    end_mute(mute_id=mute_id, reason=reason, actor=actor, at=at)
    return _("Ended: what still breaches starts its deadlines now.")
