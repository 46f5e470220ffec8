"""A motion's procedure: a meeting demanded, recorded votes, dissent, a decision taken outside."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from governance.forms.meetings import (
    CountersignForm,
    DissentForm,
    OutsideForm,
    ReasonForm,
    RecordForm,
    RecordVoteForm,
    RefuseForm,
)
from governance.models import Decision
from governance.selectors.pages.procedure import procedure_page
from governance.selectors.pages.visibility import decision_of_number
from governance.services.dissents import add_dissent
from governance.services.meeting_rounds import demand_meeting
from governance.services.recorded_decisions import (
    certify_decision,
    record_decision,
    refuse_decision,
)
from governance.services.recorded_votes import countersign_vote, record_vote
from governance.views.forms import acting, asks_password, carry_out, proof
from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import signed_in
from registry.access.uploads import file_answer, limited_upload
from registry.services.files import keep_file, open_kept

Page = dict[str, Any]


@login_required
@never_cache
@require_GET
def procedure(request: HttpRequest, number: str) -> HttpResponse:
    """Show how a motion is decided, and what the reader can do beside voting."""
    return _show(request, _page(request, number))


@login_required
@never_cache
@require_POST
@limited_upload
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do one thing; what can be mended is told on its form."""
    if act not in ACTS:
        raise Http404
    page = _page(request, number)
    form = _form(act, page, request.POST, request.FILES)
    return carry_out(
        request,
        form,
        run=lambda: ACTS[act](request, page, form),
        show=lambda status, wrong: _show(
            request, page, {act: form}, status=status, password_error=wrong
        ),
        done=lambda: redirect("motion-procedure", number),
    )


@login_required
@never_cache
@require_GET
def document(request: HttpRequest, number: str) -> HttpResponse:
    """Send the document of a decision taken outside, compared with its hash a moment ago."""
    page = _page(request, number)
    row = page["outside"]
    file = open_kept(row.sha256) if row is not None else None
    if row is None or file is None:
        raise Missing("unknown_document", "There is no such document, or it is not what was kept.")
    return file_answer(  # type: ignore[return-value]
        file, name=row.file_name, media_type=row.media_type, sha256=row.sha256
    )


def _page(request: HttpRequest, number: str) -> Page:
    reader, at = signed_in(request), clock.now()
    decision = decision_of_number(number=number, user=reader, at=at)
    return procedure_page(decision=decision, reader=reader, at=at)


def _demand(request: HttpRequest, page: Page, form: Any) -> str:
    demand_meeting(
        decision_id=page["decision"].pk,
        reason=form.cleaned_data["reason"],
        actor=acting(request),
        at=page["at"],
    )
    return _("It is decided in a meeting now. Everybody was told.")


def _record(request: HttpRequest, page: Page, form: Any) -> str:
    given = form.cleaned_data
    row = record_vote(
        decision_id=page["decision"].pk,
        seat_number=given["seat"],
        vote=given["vote"],
        reason=given["reason"],
        actor=acting(request),
        at=page["at"],
    )
    return _("Recorded. It counts once %s has countersigned it.") % row.person.name


def _countersign(request: HttpRequest, page: Page, form: Any) -> str:
    countersign_vote(
        recorded_id=form.cleaned_data["recorded"],
        expected_motion_sha256=form.cleaned_data["motion"],
        ceremony=proof(request),
        actor=acting(request),
        at=page["at"],
    )
    return _("Countersigned: your vote counts.")


def _dissent(request: HttpRequest, page: Page, form: Any) -> str:
    add_dissent(
        decision_id=page["decision"].pk,
        text=form.cleaned_data["text"],
        ceremony=proof(request),
        actor=acting(request),
        at=page["at"],
    )
    return _("Your dissent is signed; it stands in the minutes.")


def _outside(request: HttpRequest, page: Page, form: Any) -> str:
    record_decision(
        decision_id=page["decision"].pk,
        taken=form.taken(),
        document=keep_file(upload=form.cleaned_data["file"]),
        expected_motion_sha256=form.cleaned_data["motion"],
        ceremony=proof(request),
        actor=acting(request),
        at=page["at"],
    )
    return _("Attached and certified by you. A second person certifies it; then it counts.")


def _certify(request: HttpRequest, page: Page, form: Any) -> str:
    decision = certify_decision(
        recorded_id=form.cleaned_data["recorded"],
        expected_record_sha256=form.cleaned_data["record"],
        ceremony=proof(request),
        actor=acting(request),
        at=page["at"],
    )
    return _("Certified by two persons: %s.") % decision.get_state_display().lower()


def _refuse(request: HttpRequest, page: Page, form: Any) -> str:
    refuse_decision(
        recorded_id=form.cleaned_data["recorded"],
        reason=form.cleaned_data["reason"],
        actor=acting(request),
        at=page["at"],
    )
    return _("Not certified; it stands on record and counts for nothing.")


ACTS: dict[str, Callable[[HttpRequest, Page, Any], str]] = {
    "demand": _demand,
    "record": _record,
    "countersign": _countersign,
    "dissent": _dissent,
    "outside": _outside,
    "certify": _certify,
    "refuse": _refuse,
}


def _form(act: str, page: Page, data: Any = None, files: Any = None) -> forms.Form:
    decision: Decision = page["decision"]
    own, waiting = page["own_recorded"], page["waiting"]
    motion = {"motion": decision.motion_sha256}
    record = {"recorded": waiting.pk, "record": waiting.record_sha256} if waiting else {}
    made: dict[str, Callable[[], forms.Form]] = {
        "demand": lambda: ReasonForm(data, auto_id="demand_%s"),
        "record": lambda: RecordVoteForm(data, electors=page["electors"], auto_id="record_%s"),
        "countersign": lambda: CountersignForm(
            data, initial=motion | {"recorded": own.pk if own else ""}, auto_id="counter_%s"
        ),
        "dissent": lambda: DissentForm(data, auto_id="dissent_%s"),
        "outside": lambda: OutsideForm(data, files, initial=motion, auto_id="outside_%s"),
        "certify": lambda: RecordForm(data, initial=record, auto_id="certify_%s"),
        "refuse": lambda: RefuseForm(data, initial=record, auto_id="refuse_%s"),
    }
    return made[act]()


def _show(
    request: HttpRequest,
    page: Page,
    bound: dict[str, forms.Form] | None = None,
    *,
    status: int = 200,
    password_error: str = "",
) -> HttpResponse:
    shown = {name: _form(name, page) for name in page["offered"]} | (bound or {})
    context = page | {
        "forms": shown,
        "reader": signed_in(request),
        "ask_password": asks_password(request, at=page["at"]),
        "password_error": password_error,
    }
    return render(request, "governance/meetings/procedure.html", context, status=status)


urlpatterns = [
    path("committee/<str:number>/procedure/", procedure, name="motion-procedure"),
    path("committee/<str:number>/procedure/document", document, name="outside-document"),
    path("committee/<str:number>/procedure/<slug:act>/", act, name="motion-procedure-act"),
]
