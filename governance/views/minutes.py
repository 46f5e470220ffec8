"""Pages of minutes: read, drawn up, signed, added to; as an editable document."""

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

from governance.forms.meetings import AddendumForm, EmptyForm, MinutesForm, NarrativeForm
from governance.selectors.minutes import sections_of_minutes, subject_of_number
from governance.selectors.pages.minutes import minutes_page
from governance.services.minutes import (
    add_addendum,
    attach_narrative,
    draft_minutes,
    sign_minutes,
)
from governance.services.minutes_files import DOCX, to_docx
from governance.views.forms import acting, asks_password, carry_out, proof
from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import signed_in
from registry.access.uploads import file_answer, limited_upload
from registry.services.downloads import record_download
from registry.services.files import keep_file, open_kept

Page = dict[str, Any]


@login_required
@never_cache
@require_GET
def minutes(request: HttpRequest, number: str) -> HttpResponse:
    """Show the minutes of a meeting or of a round."""
    return _show(request, _page(request, number))


@login_required
@never_cache
@require_POST
@limited_upload
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do one thing on minutes; what can be mended is told on its form."""
    if act not in ACTS:
        raise Http404
    page = _page(request, number)
    form = FORMS[act](request.POST, request.FILES)
    return carry_out(
        request,
        form,
        run=lambda: ACTS[act](request, page, form),
        show=lambda status, wrong: _show(
            request, page, {act: form}, status=status, password_error=wrong
        ),
        done=lambda: redirect("minutes", number),
    )


@login_required
@never_cache
@require_GET
def document(request: HttpRequest, number: str) -> HttpResponse:
    """Send the minutes as a Word document that may be edited; the download is on record."""
    page = _page(request, number)
    row = _row(page)
    title = str(page["title"])
    content = to_docx(title=title, under=page["under"], sections=sections_of_minutes(row))
    record_download(
        what="minutes, editable",
        subject=("minutes", str(row.pk), title),
        rows=1,
        asked={"format": "docx"},
        actor=acting(request),
        at=page["at"],
    )
    answer = HttpResponse(content, content_type=DOCX)
    answer["Content-Disposition"] = f'attachment; filename="minutes-{page["number"]}.docx"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@login_required
@never_cache
@require_GET
def narrative(request: HttpRequest, number: str, narrative: int) -> HttpResponse:
    """Send a draft narrative, compared with its hash a moment ago."""
    page = _page(request, number)
    found = next((one for one in page["narratives"] if one.pk == narrative), None)
    file = open_kept(found.sha256) if found is not None else None
    if found is None or file is None:
        raise Missing("unknown_document", "There is no such document, or it is not what was kept.")
    return file_answer(  # type: ignore[return-value]
        file, name=found.file_name, media_type=found.media_type, sha256=found.sha256
    )


def _page(request: HttpRequest, number: str) -> Page:
    reader, at = signed_in(request), clock.now()
    meeting, decision = subject_of_number(number=number, user=reader, at=at)
    return minutes_page(meeting=meeting, decision=decision, reader=reader, at=at)


def _row(page: Page) -> Any:
    if page["row"] is None:
        raise Missing("unknown_minutes", "No minutes were drawn up yet.")
    return page["row"]


def _draft(request: HttpRequest, page: Page, form: Any) -> str:
    meeting, decision = page["meeting"], page["decision"]
    draft_minutes(
        meeting_id=meeting.pk if meeting else None,
        decision_id=decision.pk if decision else None,
        actor=acting(request),
        at=page["at"],
    )
    return _("Drawn up from the records.")


def _sign(request: HttpRequest, page: Page, form: Any) -> str:
    row = sign_minutes(
        minutes_id=_row(page).pk,
        expected_sha256=form.cleaned_data["sha256"],
        ceremony=proof(request),
        actor=acting(request),
        at=page["at"],
    )
    return _("Signed: %s.") % row.get_state_display().lower()


def _amend(request: HttpRequest, page: Page, form: Any) -> str:
    row = add_addendum(
        minutes_id=_row(page).pk,
        text=form.cleaned_data["text"],
        ceremony=proof(request),
        actor=acting(request),
        at=page["at"],
    )
    return _("Addendum %d is signed.") % row.number


def _attach(request: HttpRequest, page: Page, form: Any) -> str:
    attach_narrative(
        minutes_id=_row(page).pk,
        document=keep_file(upload=form.cleaned_data["file"]),
        note=form.cleaned_data["note"],
        actor=acting(request),
        at=page["at"],
    )
    return _("Attached as a draft narrative; the record stays as it is.")


ACTS: dict[str, Callable[[HttpRequest, Page, Any], str]] = {
    "draft": _draft,
    "sign": _sign,
    "addendum": _amend,
    "narrative": _attach,
}
FORMS: dict[str, type[forms.Form]] = {
    "draft": EmptyForm,
    "sign": MinutesForm,
    "addendum": AddendumForm,
    "narrative": NarrativeForm,
}


def _show(
    request: HttpRequest,
    page: Page,
    bound: dict[str, forms.Form] | None = None,
    *,
    status: int = 200,
    password_error: str = "",
) -> HttpResponse:
    first = {"sha256": page["row"].sha256} if page["row"] else {}
    shown = {name: FORMS[name](initial=first, auto_id=f"{name}_%s") for name in page["offered"]}
    context = page | {
        "forms": shown | (bound or {}),
        "reader": signed_in(request),
        "ask_password": asks_password(request, at=page["at"]),
        "password_error": password_error,
    }
    return render(request, "governance/meetings/minutes.html", context, status=status)


urlpatterns = [
    path("minutes/<str:number>/", minutes, name="minutes"),
    path("minutes/<str:number>/minutes.docx", document, name="minutes-document"),
    path("minutes/<str:number>/narratives/<int:narrative>", narrative, name="minutes-narrative"),
    path("minutes/<str:number>/<slug:act>/", act, name="minutes-act"),
]
