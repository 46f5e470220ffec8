"""Pages of authorities' requests: the list, one to register, one with what is done on it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.forms.requests import (
    AnswerForm,
    BackForm,
    EvidenceForm,
    ReceiptForm,
    RequestForm,
    SendForm,
    VersionForm,
    WithholdForm,
)
from governance.models import AuthorityRequest
from governance.selectors.requests import (
    held_by,
    may,
    open_points,
    request_by_number,
    require_reader,
    visible_requests,
)
from governance.services.request_answers import (
    add_evidence,
    agree_withholding,
    answer_question,
    withhold,
)
from governance.services.requests import (
    mark_ready,
    record_receipt,
    register_request,
    send_answer,
    take_back,
)
from governance.views.forms import acting, note, put_on_form, tell
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox import clock
from registry.access import signed_in
from registry.models import User
from registry.selectors import systems_visible_to
from registry.selectors.permits import refusal_anywhere

State = AuthorityRequest.State
SHOWN = 100
DONE = {
    "answer": gettext_lazy("The answer is saved."),
    "evidence": gettext_lazy("The evidence is added."),
    "withhold": gettext_lazy("Proposed; another person must agree."),
    "ready": gettext_lazy("It waits for a second person, who sends it."),
    "back": gettext_lazy("The answer is open again."),
    "send": gettext_lazy("Recorded as sent."),
    "receipt": gettext_lazy("The receipt is recorded."),
}


@login_required
@never_cache
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """Show the requests that the reader may see, the next one due first, answered ones last."""
    reader, at = signed_in(request), clock.now()
    held = held_by(user=reader, at=at)
    require_reader(user=reader, at=at, held=held)
    rows = visible_requests(user=reader, at=at, held=held)
    waiting = rows.filter(state__in=(State.OPEN, State.READY)).order_by("due_at", "pk")
    answered = rows.exclude(state__in=(State.OPEN, State.READY)).order_by("-sent_at", "pk")
    context = {
        "waiting": waiting[:SHOWN],
        "answered": answered[:SHOWN],
        "may_write": may("request.write", user=reader, at=at, held=held),
        "at": at,
    }
    return render(request, "governance/requests/list.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Register a request."""
    reader, at = signed_in(request), clock.now()
    subject = ("organisation", "requests", "requests")
    refusal = refusal_anywhere(act="request.write", actor=acting(request), at=at, subject=subject)
    if refusal is not None:
        raise refusal
    systems = systems_visible_to(user=reader, at=at).order_by("name")
    given = {"received_at": at.replace(second=0, microsecond=0)}
    form = RequestForm(request.POST or None, systems=systems, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            row = register_request(
                asked=form.asked(),
                system_ids=form.system_ids(),
                incident_numbers=form.incident_numbers(),
                hold=form.cleaned_data["hold"],
                actor=acting(request),
                at=at,
            )
        except (Invalid, Forbidden) as refused:
            note(refused, request)
            put_on_form(form, refused)
        else:
            tell(request, _("Registered as %s.") % row.number)
            return redirect("authority-request", row.number)
    status = 400 if form.errors else 200
    return render(request, "governance/requests/new.html", {"form": form, "at": at}, status=status)


@login_required
@never_cache
@require_GET
def one(request: HttpRequest, number: str) -> HttpResponse:
    """Show a request with its answers and what the reader can do."""
    return _show(request, number)


@login_required
@never_cache
@require_POST
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do one thing on a request; what can be mended is told on its form."""
    if act not in FORMS:
        raise Http404
    reader, at = signed_in(request), clock.now()
    row = request_by_number(number=number, user=reader, at=at)
    form = _form(act, row, request.POST)
    if form.is_valid():
        try:
            ACTS[act](request, row, form.cleaned_data)
        except (Invalid, Conflict) as refused:
            put_on_form(form, refused)
        else:
            tell(request, str(DONE[act]))
            return redirect("authority-request", number)
    return _show(request, number, forms_of={act: form}, status=400)


@login_required
@never_cache
@require_POST
def agree(request: HttpRequest, number: str, item_id: UUID) -> HttpResponse:
    """Agree that something is withheld."""
    agree_withholding(number=number, item_id=item_id, actor=acting(request), at=clock.now())
    tell(request, _("Agreed: it is withheld."))
    return redirect("authority-request", number)


def _show(
    request: HttpRequest,
    number: str,
    *,
    forms_of: dict[str, forms.Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    reader, at = signed_in(request), clock.now()
    row = request_by_number(number=number, user=reader, at=at)
    wanted = _possible(row, reader, at)
    context: dict[str, Any] = {
        "row": row,
        "questions": [_question(one) for one in row.questions.all()],
        "withheld": row.withheld.all(),
        "scopes": row.scopes.all(),
        "missing": open_points(row) if row.state == State.OPEN else [],
        "forms": {name: _form(name, row, None) for name in wanted} | (forms_of or {}),
        "may_agree": row.state == State.OPEN and may("request.write", user=reader, at=at),
        "reader": reader,
        "act": next(iter(forms_of or {}), ""),
        "at": at,
    }
    return render(request, "governance/requests/one.html", context, status=status)


def _question(question: Any) -> dict[str, Any]:
    answers = list(question.answers.all())
    return {
        "question": question,
        "newest": answers[0] if answers else None,
        "earlier": answers[1:],
        "evidence": question.evidence.all(),
    }


def _possible(row: AuthorityRequest, reader: User, at: Any) -> list[str]:
    """Return what the reader can do at the state; who said that it is ready does not send it."""
    writes = may("request.write", user=reader, at=at)
    if row.state == State.OPEN:
        return ["answer", "evidence", "withhold", "ready"] if writes else []
    if row.state == State.SENT:
        return ["receipt"] if writes else []
    if row.state != State.READY:
        return []
    sends = may("request.send", user=reader, at=at) and row.ready_by_id != reader.pk
    return [*(["send"] if sends else []), *(["back"] if writes else [])]


FORMS: dict[str, type[forms.Form]] = {
    "answer": AnswerForm,
    "evidence": EvidenceForm,
    "withhold": WithholdForm,
    "ready": VersionForm,
    "back": BackForm,
    "send": SendForm,
    "receipt": ReceiptForm,
}


def _form(name: str, row: AuthorityRequest, data: Any) -> forms.Form:
    kwargs: dict[str, Any] = {"initial": {"version": row.version}, "auto_id": f"{name}_%s"}
    if name in ("answer", "evidence", "withhold"):
        kwargs["questions"] = list(row.questions.all())
    return FORMS[name](data, **kwargs)


def _at(request: HttpRequest, row: AuthorityRequest) -> dict[str, Any]:
    return {"number": row.number, "actor": acting(request), "at": clock.now()}


def _ready(request: HttpRequest, row: AuthorityRequest, given: dict[str, Any]) -> None:
    mark_ready(expected_version=given["version"], **_at(request, row))


def _back(request: HttpRequest, row: AuthorityRequest, given: dict[str, Any]) -> None:
    take_back(reason=given["reason"], expected_version=given["version"], **_at(request, row))


def _send(request: HttpRequest, row: AuthorityRequest, given: dict[str, Any]) -> None:
    send_answer(
        how=given["how"],
        sent_at=given["sent_at"],
        late_reason=given["late_reason"],
        expected_version=given["version"],
        **_at(request, row),
    )


def _receipt(request: HttpRequest, row: AuthorityRequest, given: dict[str, Any]) -> None:
    record_receipt(**given, **_at(request, row))


ACTS: dict[str, Callable[[HttpRequest, AuthorityRequest, dict[str, Any]], Any]] = {
    "answer": lambda request, row, given: answer_question(**given, **_at(request, row)),
    "evidence": lambda request, row, given: add_evidence(**given, **_at(request, row)),
    "withhold": lambda request, row, given: withhold(**given, **_at(request, row)),
    "ready": _ready,
    "back": _back,
    "send": _send,
    "receipt": _receipt,
}
