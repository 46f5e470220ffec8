"""Pages: impact assessments of a system."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.rules.refusals import Forbidden, Invalid
from outbox import clock
from registry.access import person_actor, signed_in, visible_system
from registry.access.pages import asked, system_to_act_on
from registry.ceremony import reauthenticate_by_form
from registry.forms.questionnaires import AnswersForm
from registry.forms.second_person import (
    NotifyForm,
    StepForm,
    SubmitAssessmentForm,
)
from registry.models import ImpactAssessment, System
from registry.rules.questionnaires import asked as asked_questions
from registry.rules.questionnaires import read
from registry.selectors.assessments import assessment_by_number
from registry.selectors.assessments_page import assessments_page, may, one_page
from registry.selectors.questionnaires import in_language, newest_form
from registry.services.assessments import (
    approve_assessment,
    note_notification,
    save_assessment,
    send_back_assessment,
    start_assessment,
    submit_assessment,
)
from registry.views.refused import put_on_form
from registry.views.signing import asks_proof, tell_proof

Step = Callable[[HttpRequest, ImpactAssessment, dict[str, Any], datetime], str]


@login_required
@require_GET
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the assessments of a system by kind, what is asked for, and what is missing."""
    found, moment = asked(request, slug)
    allowed = {}
    if moment.as_of is None:
        allowed = may(system=found, reader=signed_in(request), at=moment.now)
    with moment.reading():
        then = System.objects.get(pk=found.pk)
        page = assessments_page(system=then, at=moment.at)
        page |= {"moment": moment, "began": found.registered_at, "may": allowed}
        return render(request, "registry/assessments/overview.html", page)


@login_required
@never_cache
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a draft of a kind, and go to it."""
    at = clock.now()
    system = visible_system(request, slug, at)
    actor = person_actor(request, signed_in(request))
    kind = request.POST.get("kind", "")
    row = start_assessment(system_id=system.pk, kind=kind, actor=actor, at=at)
    return redirect("assessment-edit", slug=slug, kind=row.kind, number=row.number)


@login_required
@never_cache
@require_GET
def one(request: HttpRequest, slug: str, kind: str, number: int) -> HttpResponse:
    """Show one version of an assessment, now or at an instant."""
    return _one(request, slug, kind, number)


def _one(
    request: HttpRequest,
    slug: str,
    kind: str,
    number: int,
    failed: str = "",
    form: forms.Form | None = None,
) -> HttpResponse:
    found, moment = asked(request, slug)
    allowed, shown = {}, {}
    if moment.as_of is None:
        row = assessment_by_number(system_id=found.pk, kind=kind, number=number)
        allowed = may(system=found, reader=signed_in(request), row=row, at=moment.now)
        shown = _forms(row) | ({failed: form} if failed else {})
    with moment.reading():
        row = assessment_by_number(system_id=found.pk, kind=kind, number=number)
        page = one_page(row=row, at=moment.at) | {
            "system": found, "moment": moment, "began": row.started_at,
            "may": allowed, "forms": shown, "ask": asks_proof(request, at=moment.now),
            "signer": signed_in(request).email,
        }  # fmt: skip
        status = 400 if failed else 200
        return render(request, "registry/assessments/one.html", page, status=status)


def _forms(row: ImpactAssessment) -> dict[str, Any]:
    seen = {"version": row.version}
    return {
        "submit": SubmitAssessmentForm(initial=seen),
        "approve": StepForm(initial=seen, asks=_("What your review found"), auto_id="approve_%s"),
        "back": StepForm(initial=seen, asks=_("What is to be mended"), auto_id="back_%s"),
        "notify": NotifyForm(initial=seen, auto_id="notify_%s"),
    }


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str, kind: str, number: int) -> HttpResponse:
    """Fill in a draft; saved as it is, complete or not."""
    user, at = signed_in(request), clock.now()
    system = system_to_act_on(request, slug, act="assessment.write", at=at)
    row = assessment_by_number(system_id=system.pk, kind=kind, number=number)
    if row.state != ImpactAssessment.State.DRAFT:
        return redirect("assessment-one", slug=slug, kind=kind, number=number)
    form, answers = in_language(newest_form(kind)), read(row.answers)
    filled = AnswersForm(
        request.POST or None, questions=asked_questions(form.document, answers), answers=answers,
        version=row.version, reasons=form.reasons,
    )  # fmt: skip
    if request.method == "POST" and filled.is_valid():
        try:
            save_assessment(
                assessment_id=row.pk, expected_version=filled.cleaned_data["version"],
                answers=filled.given(), actor=person_actor(request, user), at=at,
            )  # fmt: skip
        except Invalid as refusal:
            filled.tell(refusal)
        else:
            messages.success(request, _("Saved as a draft."))
            return redirect("assessment-one", slug=slug, kind=kind, number=number)
    page = {"system": system, "row": row, "questionnaire": form, "form": filled, "at": at}
    page["parts"] = _parts(form.sections, filled)
    status = 400 if filled.errors else 200
    return render(request, "registry/assessments/edit.html", page, status=status)


def _parts(sections: list[dict[str, Any]], form: AnswersForm) -> list[dict[str, Any]]:
    rows = {row["question"]["id"]: row for row in form.rows()}
    return [
        {
            "title": part["title"],
            "rows": [rows[one["id"]] for one in part["questions"] if one["id"] in rows],
        }
        for part in sections
    ]


@login_required
@never_cache
@require_POST
def act(request: HttpRequest, slug: str, kind: str, number: int, step: str) -> HttpResponse:
    """Take a step on an assessment; what is not right stands on its page."""
    at = clock.now()
    system = visible_system(request, slug, at)
    row = assessment_by_number(system_id=system.pk, kind=kind, number=number)
    form = _posted(request, step)
    if form.is_valid():
        try:
            told = STEPS[step](request, row, form.cleaned_data, at)
        except Invalid as refusal:
            put_on_form(form, refusal, request)
        except Forbidden as refusal:
            tell_proof(form, refusal, request)
        else:
            messages.success(request, told)
            return redirect("assessment-one", slug=slug, kind=kind, number=number)
    return _one(request, slug, kind, number, step, form)


def _posted(request: HttpRequest, step: str) -> forms.Form:
    if step == "submit":
        return SubmitAssessmentForm(request.POST)
    if step in ("approve", "back"):
        return StepForm(request.POST, auto_id=f"{step}_%s")
    return NotifyForm(request.POST, auto_id="notify_%s")


def _submit(
    request: HttpRequest, row: ImpactAssessment, given: dict[str, Any], at: datetime
) -> str:
    submit_assessment(
        assessment_id=row.pk, expected_version=given["version"], expires_on=given["expires_on"],
        ceremony=reauthenticate_by_form(request),
        actor=person_actor(request, signed_in(request)), at=at,
    )  # fmt: skip
    return _("Submitted and signed: a second person reviews it.")


def _approve(
    request: HttpRequest, row: ImpactAssessment, given: dict[str, Any], at: datetime
) -> str:
    approve_assessment(
        assessment_id=row.pk, expected_version=given["version"], reason=given["reason"],
        ceremony=reauthenticate_by_form(request),
        actor=person_actor(request, signed_in(request)), at=at,
    )  # fmt: skip
    return _("Reviewed and signed: it is in force from now on.")


def _back(request: HttpRequest, row: ImpactAssessment, given: dict[str, Any], at: datetime) -> str:
    send_back_assessment(
        assessment_id=row.pk, expected_version=given["version"], reason=given["reason"],
        actor=person_actor(request, signed_in(request)), at=at,
    )  # fmt: skip
    return _("It is a draft again, with your reason.")


def _notify(
    request: HttpRequest, row: ImpactAssessment, given: dict[str, Any], at: datetime
) -> str:
    note_notification(
        assessment_id=row.pk, expected_version=given["version"],
        notified_on=given["notified_on"], notified_to=given["notified_to"],
        reference=given["reference"], actor=person_actor(request, signed_in(request)), at=at,
    )  # fmt: skip
    return _("Written down: the authority was told.")


STEPS: dict[str, Step] = {
    "submit": _submit,
    "approve": _approve,
    "back": _back,
    "notify": _notify,
}

HERE = "systems/<slug:slug>/assessments/"
ROW = f"{HERE}<slug:kind>/<int:number>/"
urlpatterns: list[URLPattern] = [
    path(HERE, overview, name="system-assessments"),
    path(f"{HERE}new/", start, name="assessment-start"),
    path(ROW, one, name="assessment-one"),
    path(f"{ROW}edit/", edit, name="assessment-edit"),
    *(path(f"{ROW}{step}/", act, {"step": step}, name=f"assessment-{step}") for step in STEPS),
]
