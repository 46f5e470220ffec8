"""Pages: files of readings, looked at first, then taken in while their progress is told."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.forms.uploads import ReadingForm, UploadForm
from governance.services.upload_imports import import_upload
from governance.services.uploads import (
    REHEARSED,
    is_small,
    read_upload,
    request_import,
    settle_upload,
)
from ledger.rules.refusals import Conflict, Invalid, TooLarge
from outbox import clock
from outbox.languages import spoken
from registry.access import actor_of, signed_in
from registry.access.uploads import limited_upload
from registry.forms.told import put
from registry.selectors.keyset import page_behind
from telemetry.connectors.delimited import MOST_BYTES
from telemetry.models import Upload
from telemetry.selectors.uploads import (
    faults_told,
    first_lines,
    systems_for_upload,
    upload_for,
    uploads_for,
)
from telemetry.services.uploads import Settled, withdraw_upload

SHOWN = 50
FAULTS = 100
MENDED = (Invalid, Conflict, TooLarge)


@limited_upload
@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def uploads(request: HttpRequest) -> HttpResponse:
    """Show one's files, and take another one to look at."""
    user, at = signed_in(request), clock.now()
    named = list(systems_for_upload(user=user, at=at).order_by("name").values_list("slug", "name"))
    form = UploadForm(
        request.POST or None,
        request.FILES or None,
        systems=named,
        initial={"system": request.GET.get("system", "")},
    )
    if request.method == "POST" and form.is_valid():
        found = _read(request, form)
        if found is not None:
            return redirect("upload", upload_id=found.pk)
    page = page_behind(
        uploads_for(user), by="-uploaded_at", after=request.GET.get("after", ""), size=SHOWN
    )
    context = {
        "rows": page.rows,
        "page": page.links(),
        "form": form,
        "may_upload": bool(named),
        "at": at,
    }
    code = 400 if form.errors else 200
    return render(request, "governance/uploads/list.html", context, status=code)


@login_required
@never_cache
@require_GET
def upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Show a file: its first lines, each fault by line, how far it is taken in."""
    return _show(request, upload_for(upload_id, signed_in(request)))


@login_required
@require_POST
def settle(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Take how a file is read."""
    found = upload_for(upload_id, signed_in(request))
    form = _form(found, request)
    if not form.is_valid():
        return _show(request, found, form)
    try:
        settle_upload(
            upload_id=found.pk,
            expected_version=_version(request),
            settled=Settled(**form.said()),
            actor=actor_of(request),
            at=clock.now(),
        )
    except Invalid as refusal:
        put(form, refusal)
        return _show(request, found, form)
    messages.success(request, _("The lines were looked at anew."))
    return redirect("upload", upload_id=found.pk)


@login_required
@require_POST
def take_in(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Take a file in as it was looked at; many lines are left to a worker."""
    at = clock.now()
    found = request_import(
        upload_id=upload_for(upload_id, signed_in(request)).pk,
        expected_version=_version(request),
        without_bad=request.POST.get("without_bad") == "on",
        actor=actor_of(request),
        at=at,
    )
    if is_small(found):
        done = import_upload(upload_id=found.pk, at=at)
        if done.state == Upload.State.IMPORTED:
            messages.success(request, _("Taken in."))
    return redirect("upload", upload_id=found.pk)


@login_required
@require_POST
def withdraw(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Put a file aside."""
    found = upload_for(upload_id, signed_in(request))
    withdraw_upload(upload_id=found.pk, actor=actor_of(request), at=clock.now())
    messages.success(request, _("Put aside."))
    return redirect("uploads")


def _read(request: HttpRequest, form: UploadForm) -> Upload | None:
    """Read the file of a form; what is not right stands on the form afterwards."""
    file = form.cleaned_data["file"]
    try:
        return read_upload(
            name=file.name or "file",
            content=file.read(MOST_BYTES + 1),
            kind=form.cleaned_data["kind"],
            every={name: form.cleaned_data[name] for name in ("system", "window")},
            actor=actor_of(request),
            at=clock.now(),
        )
    except MENDED as refusal:
        form.add_error("file", spoken(refusal.reason))
        return None


def _form(found: Upload, request: HttpRequest | None = None) -> ReadingForm:
    options = found.options
    every = {f"every-{name}": said for name, said in options.get("every", {}).items()}
    marks = {name: options.get(name) for name in ("decimal", "zone")}
    data = request.POST if request is not None and request.method == "POST" else None
    return ReadingForm(data, kind=found.kind, columns=found.columns, initial=every | marks)


def _version(request: HttpRequest) -> int:
    sent = request.POST.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 9 else 0


def _show(request: HttpRequest, found: Upload, form: ReadingForm | None = None) -> HttpResponse:
    is_open = found.state == Upload.State.READ
    after = request.GET.get("after", "")
    begin = int(after) if after.isdecimal() and len(after) < 10 else 0
    told = faults_told(found.pk, at_import=not is_open and found.state != Upload.State.WITHDRAWN)
    faults = list(told.filter(number__gt=begin)[: FAULTS + 1])
    context: dict[str, Any] = {
        "found": found,
        "lines": first_lines(found),
        "faults": faults[:FAULTS],
        "more": faults[FAULTS - 1].number if len(faults) > FAULTS else 0,
        "good": found.rows - found.faults,
        "tried": found.options.get("tried", {}),
        "rehearsed": REHEARSED,
        "form": form or (_form(found) if is_open else None),
        "is_open": is_open,
        "under_way": found.state == Upload.State.IMPORTING,
        "progress": _progress(found),
        "at": clock.now(),
    }
    code = 400 if form is not None and form.errors else 200
    return render(request, "governance/uploads/one.html", context, status=code)


def _progress(found: Upload) -> dict[str, Any]:
    return {
        "title": _("Taking in"),
        "done": found.done,
        "total": found.rows,
        "unit": _("lines"),
        "share": found.done * 100 // max(found.rows, 1),
        "state": "running",
        "text": _("You can leave this page and come back."),
    }
