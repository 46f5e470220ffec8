"""The page of small cases that wait for validation: several closed by one ceremony (T25)."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.forms.meetings import SmallCasesForm
from governance.rules.meetings import MOST_SIGNED
from governance.selectors.small_cases import small_cases
from governance.services.small_cases import ListedCase, close_small_many
from governance.views.forms import acting, asks_password, note, proof, put_on_form, tell
from ledger.rules.refusals import Missing, Refused
from outbox import clock
from registry.access import signed_in


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def small(request: HttpRequest) -> HttpResponse:
    """Show the small cases that wait for the reader, and close those chosen."""
    if request.method != "POST":
        return _show(request, SmallCasesForm())
    form = SmallCasesForm(request.POST)
    form.is_valid()
    try:
        signed = close_small_many(
            cases=_chosen(request),
            lessons=form.cleaned_data.get("lessons", ""),
            ceremony=proof(request),
            actor=acting(request),
            at=clock.now(),
        )
    except Refused as refusal:
        if isinstance(refusal, Missing) or (refusal.status == 403 and not refusal.fields):
            raise
        note(refusal, request)
        wrong = put_on_form(form, refusal)
        return _show(request, form, status=refusal.status, password_error=wrong)
    told = {"number": signed.items.count(), "hash": signed.sha256[:12]}
    tell(request, _("%(number)d cases are closed, each signed by itself, as list %(hash)s.") % told)
    return redirect("small-cases")


def _chosen(request: HttpRequest) -> list[ListedCase]:
    """The cases that were chosen, with the findings that stood beside them: 'number hash'."""
    found = []
    for typed in request.POST.getlist("case")[: 2 * MOST_SIGNED]:
        number, _space, sha256 = typed[:140].partition(" ")
        found.append(ListedCase(number.replace("\x00", ""), sha256))
    return found


def _show(
    request: HttpRequest, form: SmallCasesForm, *, status: int = 200, password_error: str = ""
) -> HttpResponse:
    at, reader = clock.now(), signed_in(request)
    rows = small_cases(user=reader, actor=acting(request), at=at)
    chosen = set(request.POST.getlist("case"))
    context: dict[str, Any] = {
        "at": at,
        "form": form,
        "reader": reader,
        "closable": [one for one in rows if one.may_close],
        "others": [one for one in rows if not one.may_close],
        "chosen": chosen,
        "most": MOST_SIGNED,
        "ask_password": asks_password(request, at=at),
        "password_error": password_error,
    }
    return render(request, "governance/meetings/small_cases.html", context, status=status)


urlpatterns = [path("validation/small/", small, name="small-cases")]
