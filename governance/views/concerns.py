"""A concern as an officer looks into it: read, answered, made a case, or closed with a reason."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from governance.forms.concerns import AnswerForm, CaseForm, SecondForm, WhyForm
from governance.services.concerns import open_concern_case
from governance.views.forms import acting, put_on_form
from ledger.rules.refusals import Conflict, Invalid, Missing
from outbox import clock
from registry.access import signed_in
from registry.models import Concern
from registry.selectors.concerns import concern_of_number, systems_to_link
from registry.services.concerns import (
    answer_concern,
    decide_dismissal,
    dismiss_concern,
    read_concern,
)

State = Concern.State
DONE = {
    "answer": "Sent. They find it with their receipt.",
    "dismiss": "On record.",
    "second": "On record.",
    "case": "An incident is open; its owner is told, but not by whom it was raised.",
}


@login_required
@never_cache
@require_GET
def concern(request: HttpRequest, number: str) -> HttpResponse:
    """Show a concern; before it was opened only that it is there."""
    found, at = _asked(request, number)
    return _show(request, found, at)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Open a concern for reading, or carry out what a form asks for."""
    found, at = _asked(request, number)
    if request.method != "POST":
        return _show(request, found, at)
    if act == "read":
        read_concern(concern_id=found.pk, actor=acting(request), at=at)
        return redirect("concern", number=number)
    forms = _forms(request, found, at, act)
    if act not in forms:
        raise Missing("not_found", "There is nothing here, or it is not yours to see.")
    if forms[act].is_valid() and _carry_out(request, found, forms[act], act, at):
        messages.success(request, _(DONE[act]))
        return redirect("concern", number=number)
    return _show(request, found, at, forms, act)


def _carry_out(request: HttpRequest, found: Concern, form: Any, act: str, at: datetime) -> bool:
    """Do what a form asks for; what is not right stands on the form afterwards."""
    try:
        CARRY_OUT[act](request, found, form, at)
    except (Invalid, Conflict) as refusal:
        put_on_form(form, refusal)
        return False
    return True


def _asked(request: HttpRequest, number: str) -> tuple[Concern, datetime]:
    at = clock.now()
    return concern_of_number(number=number, user=signed_in(request), at=at), at


def _show(
    request: HttpRequest,
    found: Concern,
    at: datetime,
    forms: dict[str, Any] | None = None,
    act: str = "",
) -> HttpResponse:
    reader = signed_in(request)
    given = forms or _forms(request, found, at)
    context = {
        "concern": found,
        "is_read": found.state != State.RECEIVED,
        "is_open": found.state in (State.READ, State.DISMISSAL),
        "own": found.raised_by_id == reader.pk,
        "may_second": found.state == State.DISMISSAL and found.dismissed_by_id != reader.pk,
        "lines": list(found.messages.select_related("officer").order_by("at", "pk")),
        "due_at": found.received_at + timedelta(hours=settings.CONCERN_UNREAD_HOURS),
        "forms": given,
        "act": act,
        "at": at,
    }
    code = 400 if act and given[act].errors else 200
    return render(request, "governance/concerns/concern.html", context, status=code)


def _forms(request: HttpRequest, found: Concern, at: datetime, sent: str = "") -> dict[str, Any]:
    """Return the forms of the page by act; the one that was sent holds what was typed."""

    def given(act: str) -> dict[str, Any]:
        stands = {"version": found.version}
        return {
            "data": request.POST if act == sent else None,
            "auto_id": f"{act}_%s",
            "initial": stands | ({"person_harmed": found.harm} if act == "case" else {}),
        }

    systems = systems_to_link(user=signed_in(request), at=at)
    return {
        "answer": AnswerForm(**given("answer")),
        "dismiss": WhyForm(**given("dismiss")),
        "second": SecondForm(**given("second")),
        "case": CaseForm(**given("case"), systems=systems),
    }


def _answer(request: HttpRequest, found: Concern, form: Any, at: datetime) -> None:
    answer_concern(
        concern_id=found.pk, text=form.cleaned_data["text"], actor=acting(request), at=at
    )


def _dismiss(request: HttpRequest, found: Concern, form: Any, at: datetime) -> None:
    dismiss_concern(
        concern_id=found.pk,
        expected_version=form.cleaned_data["version"],
        reason=form.cleaned_data["reason"],
        actor=acting(request),
        at=at,
    )


def _second(request: HttpRequest, found: Concern, form: Any, at: datetime) -> None:
    decide_dismissal(
        concern_id=found.pk,
        expected_version=form.cleaned_data["version"],
        agreed=form.cleaned_data["outcome"] == "agree",
        reason=form.cleaned_data["reason"],
        actor=acting(request),
        at=at,
    )


def _case(request: HttpRequest, found: Concern, form: Any, at: datetime) -> None:
    open_concern_case(
        concern_id=found.pk,
        expected_version=form.cleaned_data["version"],
        system_id=UUID(form.cleaned_data["system"]),
        account=form.account(),
        actor=acting(request),
        at=at,
    )


CARRY_OUT = {"answer": _answer, "dismiss": _dismiss, "second": _second, "case": _case}
