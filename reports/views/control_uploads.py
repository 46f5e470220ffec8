"""Pages of uploads to controls: the list, one of them with its review, its file."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ledger.rules.refusals import Refused
from outbox import clock
from registry.access import person_actor, signed_in
from registry.access.uploads import file_answer
from registry.models import User
from registry.selectors.keyset import page_behind
from registry.selectors.people import people_near
from registry.views.refused import put_on_form
from reports.forms.board import ReasonForm
from reports.forms.statements import ReviewForm, UploadForm
from reports.models import ControlUpload
from reports.selectors.statements import (
    REVIEW,
    UPLOAD,
    control_choices,
    refusal_for_evidence,
    require_reader,
    upload_seen,
    uploads,
)
from reports.services.control_uploads import (
    add_control_upload,
    review_control_upload,
    take_out_upload,
    withdraw_control_upload,
)

State = ControlUpload.State


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Show uploads, of one control for `?provision=`, and take another one."""
    at, user = clock.now(), signed_in(request)
    require_reader(user=user, at=at)
    provision = request.GET.get("provision", "")[:40]
    form = _form(request, user, provision, at) if _may(request, UPLOAD, at) else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            made = add_control_upload(
                provision=form.cleaned_data["provision"],
                given=form.given(),
                upload=form.cleaned_data["file"],
                actor=person_actor(request, user),
                at=at,
            )
        except Refused as refusal:
            put_on_form(form, refusal, request)
        else:
            messages.success(request, _("Kept. It counts once somebody else has reviewed it."))
            return redirect("control-upload", upload_id=made.pk)
    page = page_behind(uploads(provision), by="-uploaded_at", after=request.GET.get("after", ""))
    context = {
        "rows": page.rows,
        "page": page.links({"provision": provision}),
        "provision": provision,
        "form": form,
        "at": at,
    }
    status = 400 if form is not None and form.errors else 200
    return render(request, "reports/controls/uploads.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Show an upload; review it, withdraw it."""
    at, user = clock.now(), signed_in(request)
    row = upload_seen(upload_id, user=user, at=at)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    review = ReviewForm(request.POST if act == "review" else None, auto_id="review_%s")
    withdraw = ReasonForm(request.POST if act == "withdraw" else None, auto_id="withdraw_%s")
    form = {"review": review, "withdraw": withdraw}.get(act)
    if form is not None and form.is_valid() and _done(request, row, act, form, at):
        return redirect("control-upload", upload_id=row.pk)
    may = _may(request, REVIEW, at)
    own = row.uploaded_by_id == user.pk
    context = {
        "row": row,
        "review": review,
        "withdraw": withdraw,
        "own": own,
        "may_review": row.state == State.WAITING and may and not own,
        "may_withdraw": row.state in (State.WAITING, State.REVIEWED) and (own or may),
        "at": at,
    }
    status = 400 if form is not None and form.errors else 200
    return render(request, "reports/controls/upload.html", context, status=status)


@login_required
@never_cache
@require_GET
def upload_file(request: HttpRequest, upload_id: UUID) -> FileResponse:
    """Send the file of an upload, compared with its hash a moment ago; on record."""
    at, user = clock.now(), signed_in(request)
    row = upload_seen(upload_id, user=user, at=at)
    file = take_out_upload(row=row, actor=person_actor(request, user), at=at)
    return file_answer(file, name=row.file_name, media_type=row.media_type, sha256=row.sha256)


def _form(request: HttpRequest, user: User, provision: str, at: datetime) -> UploadForm:
    return UploadForm(
        request.POST or None,
        request.FILES or None,
        controls=control_choices(),
        people=people_near(user=user, at=at),
        initial={"provision": provision, "owner": str(user.pk)},
    )


def _done(request: HttpRequest, row: ControlUpload, act: str, form: Any, at: datetime) -> bool:
    given = form.cleaned_data
    own: dict[str, Any] = {
        "upload_id": row.pk,
        "actor": person_actor(request, signed_in(request)),
        "at": at,
    }
    try:
        if act == "review":
            accepted = given["accepted"] == "yes"
            review_control_upload(accepted=accepted, said=given["said"], **own)
        else:
            withdraw_control_upload(reason=given["reason"], **own)
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return False
    messages.success(request, _("On record."))
    return True


def _may(request: HttpRequest, act: str, at: datetime) -> bool:
    actor = person_actor(request, signed_in(request))
    return refusal_for_evidence(act=act, actor=actor, at=at) is None


urlpatterns = [
    path("controls/uploads/", overview, name="control-uploads"),
    path("controls/uploads/<uuid:upload_id>/", upload, name="control-upload"),
    path("controls/uploads/<uuid:upload_id>/file", upload_file, name="control-upload-file"),
]
