"""Pages of the auditor's room: what is there, the questions, one question."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.views.forms import acting, note, put_on_form, tell
from governance.views.sheets import csv_response
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox import clock
from registry.access import signed_in
from registry.selectors.keyset import page_behind
from reports.forms.room import (
    AcceptForm,
    AskForm,
    BackForm,
    ProofForm,
    SayForm,
    WithdrawForm,
)
from reports.models import AuditQuestion
from reports.selectors import room, room_pages
from reports.selectors.cases import RolesBySystem
from reports.selectors.pack_rights import packs_for
from reports.services.room import (
    ROOM,
    accept_answer,
    add_audit_evidence,
    answer_auditor,
    ask_auditee,
    send_back,
    withdraw_question,
)
from reports.views import samples

State = AuditQuestion.State
QUESTIONS_HEAD = (
    "number", "state", "scope", "about", "question", "asked_by", "asked_at", "due_at", "settled_by",
    "settled_at", "place", "kind", "words", "by", "at", "ledger_entry", "evidence",
)  # fmt: skip
DONE = {
    "answer": gettext_lazy("Your answer is on record."),
    "evidence": gettext_lazy("The evidence is added."),
    "back": gettext_lazy("It waits for another answer."),
    "accept": gettext_lazy("The answer is accepted."),
    "withdraw": gettext_lazy("The question is withdrawn; it stays on record."),
}
FORMS: dict[str, type[forms.Form]] = {
    "answer": SayForm,
    "evidence": ProofForm,
    "accept": AcceptForm,
    "back": BackForm,
    "withdraw": WithdrawForm,
}


@login_required
@never_cache
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """Show what is in scope until when, and where everything is."""
    user, at = signed_in(request), clock.now()
    held = RolesBySystem(user_id=user.pk, at=at)
    roles = room.require_room(user=user, at=at, held=held)
    given: dict[str, Any] = {"user": user, "at": at, "held": held}
    context = {
        "audits": room.audits_of(**given) if "auditor" in roles else [],
        "auditors": room.auditors_within(**given) if roles - {"auditor"} else [],
        "places": room_pages.places(roles),
        "packs": [one for one in packs_for(**given) if one.state == "ready"][:10],
        "asked": room.questions_at_a_glance(room.visible_questions(**given)),
        "may_ask": "auditor" in roles,
        "at": at,
    }
    return render(request, "reports/audit/room.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def questions(request: HttpRequest) -> HttpResponse:
    """Show the questions that the reader sees, the next one due first, and take another."""
    user, at = signed_in(request), clock.now()
    held = RolesBySystem(user_id=user.pk, at=at)
    room.require_questions(user=user, at=at, held=held)
    form = _ask_form(request, held, at)
    if request.method == "POST" and form.is_valid():
        try:
            row = ask_auditee(asking=form.asking(), actor=acting(request), at=at)
        except (Invalid, Forbidden) as refused:
            note(refused, request)
            put_on_form(form, refused)
        else:
            tell(request, _("Asked as %s.") % row.number)
            return redirect("audit-question", row.number)
    rows = room.visible_questions(user=user, at=at, held=held)
    page = page_behind(rows, by="-asked_at", after=request.GET.get("after", ""))
    context = {
        "rows": page.rows,
        "page": page.links(),
        "form": form if form.fields["scope"].choices else None,  # type: ignore[attr-defined]
        "at": at,
    }
    status = 400 if form.errors else 200
    return render(request, "reports/audit/questions.html", context, status=status)


def _ask_form(request: HttpRequest, held: RolesBySystem, at: datetime) -> AskForm:
    due = (at + timedelta(days=7)).replace(second=0, microsecond=0)
    return AskForm(
        request.POST or None,
        systems=room.systems_to_ask(held),
        units=room.units_to_ask(held),
        initial={
            "due_at": due,
            "about": request.GET.get("about", ""),
            "about_key": request.GET.get("key", "")[:120],
        },
    )


@login_required
@never_cache
@require_GET
def questions_sheet(request: HttpRequest) -> HttpResponse:
    """Send every question that the reader sees, with answers and evidence, as CSV."""
    user, at = signed_in(request), clock.now()
    room.require_questions(user=user, at=at)
    rows = room.with_answers(room.visible_questions(user=user, at=at)).order_by("number")
    lines = [line for row in rows for line in _lines(row)]
    name = "audit-questions"
    return csv_response(request, name=name, head=QUESTIONS_HEAD, rows=lines, subject=ROOM, at=at)


def _lines(row: AuditQuestion) -> list[list[object]]:
    evidence = "; ".join(f"{one.title} ({one.reference})" for one in row.evidence.all())
    head: list[object] = [
        row.number,
        row.state,
        row.system.slug if row.system else row.unit.name if row.unit else "",
        f"{row.about} {row.about_key}".strip(),
        row.text,
        row.asked_by.name,
        row.asked_at.isoformat(),
        row.due_at.isoformat(),
        row.settled_by.name if row.settled_by else "",
        row.settled_at.isoformat() if row.settled_at else "",
    ]
    said: list[list[object]] = [
        [one.place, one.kind, one.text, one.given_by.name, one.at.isoformat(), one.entry_number]
        for one in row.answers.all()
    ]
    return [[*head, *one, evidence] for one in said or [[""] * 6]]


@login_required
@never_cache
@require_GET
def question(request: HttpRequest, number: str) -> HttpResponse:
    """Show a question with its answers and what the reader can do."""
    return _show(request, number)


@login_required
@never_cache
@require_POST
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do one thing on a question; what can be mended is told on its form."""
    if act not in FORMS:
        raise Http404
    user, at = signed_in(request), clock.now()
    row = room.question_by_number(number=number, user=user, at=at)
    form = _form(act, row, request.POST)
    if form.is_valid():
        given = {"number": number, "actor": acting(request), "at": at}
        try:
            _do(act, form.cleaned_data, given)
        except (Invalid, Conflict) as refused:
            put_on_form(form, refused)
        else:
            tell(request, str(DONE[act]))
            return redirect("audit-question", number)
    return _show(request, number, wrong={act: form})


def _do(act: str, typed: dict[str, Any], given: dict[str, Any]) -> None:
    version: dict[str, Any] = {"expected_version": typed.get("version")}
    steps: dict[str, Callable[[], object]] = {
        "answer": lambda: answer_auditor(text=typed["text"], **given),
        "evidence": lambda: add_audit_evidence(**typed, **given),
        "accept": lambda: accept_answer(**version, **given),
        "back": lambda: send_back(text=typed["text"], **version, **given),
        "withdraw": lambda: withdraw_question(reason=typed["reason"], **version, **given),
    }
    steps[act]()


def _show(
    request: HttpRequest, number: str, *, wrong: dict[str, forms.Form] | None = None
) -> HttpResponse:
    user, at = signed_in(request), clock.now()
    row = room.question_by_number(number=number, user=user, at=at)
    wanted = room.acts_on(row=row, user=user, at=at)
    context = {
        "row": row,
        "answers": row.answers.all(),
        "evidence": row.evidence.all(),
        "about_url": room_pages.about_url(row),
        "who": room.who_answers(row=row),
        "forms": {name: _form(name, row, None) for name in wanted} | (wrong or {}),
        "wrong": next(iter(wrong or {}), ""),
        "at": at,
    }
    status = 400 if wrong else 200
    return render(request, "reports/audit/question.html", context, status=status)


def _form(name: str, row: AuditQuestion, data: Any) -> forms.Form:
    return FORMS[name](data, initial={"version": row.version}, auto_id=f"{name}_%s")


urlpatterns = [
    path("audit/", audit, name="audit-room"),
    path("audit/questions/", questions, name="audit-questions"),
    path("audit/questions/list.csv", questions_sheet, name="audit-questions-sheet"),
    path("audit/questions/<str:number>/", question, name="audit-question"),
    path("audit/questions/<str:number>/<slug:act>/", act, name="audit-question-act"),
    *samples.urlpatterns,
]
