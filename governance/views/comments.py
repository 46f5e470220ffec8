"""Comments on a case: all of them, writing one, withdrawing one, and the files that came along."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.forms.comments import CommentForm, WithdrawForm, comment_form_of, people_choices
from governance.selectors.begun import opened
from governance.selectors.pages.comments import comments_far, correction_of
from governance.selectors.pages.visibility import incident_as_read, incident_of_number
from governance.views.forms import acting, note, tell
from incidents.models import Incident
from incidents.selectors.cast import Cast
from incidents.selectors.comments import file_of_comment, people_to_tell
from incidents.services.comments import (
    Said,
    Written,
    take_out_file,
    withdraw_comment,
    write_comment,
)
from ledger.rules.refusals import Conflict, Invalid, Refused, TooLarge
from outbox import clock
from registry.access import moment_of, signed_in
from registry.access.uploads import file_answer, limited_upload
from registry.forms.told import put

MENDED = (Invalid, TooLarge, Conflict)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
@limited_upload
def comments(request: HttpRequest, number: str) -> HttpResponse:
    """Show the comments of a case, now or at an instant, page by page; take another one."""
    if request.method == "POST":
        return _write(request, number)
    moment = moment_of(request, now=clock.now())
    found = incident_of_number(number=number, user=signed_in(request), at=moment.now)
    moment.require(began=found.opened_at, what=opened(found.number))
    before = _comment_in(request.GET.get("before", ""))
    with moment.reading():
        incident = incident_as_read(incident_id=found.pk) if moment.as_of else found
        return _show(request, incident, before=before, moment=moment)


@login_required
@never_cache
@require_POST
def withdraw(request: HttpRequest, number: str, comment_id: UUID) -> HttpResponse:
    """Mark a comment as withdrawn, and go back to it."""
    at = clock.now()
    incident = incident_of_number(number=number, user=signed_in(request), at=at)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        words = _("Say why, in at most 2,000 characters.")
        raise Invalid("reason_missing", words, fields={"reason": words})
    row = withdraw_comment(
        incident_id=incident.pk,
        comment_id=comment_id,
        reason=form.cleaned_data["reason"],
        actor=acting(request),
        at=at,
    )
    tell(request, _("Marked as withdrawn; what it said stays on record."), row.entry_number)
    return redirect(f"{reverse('incident', args=[number])}#comments")


@login_required
@never_cache
@require_GET
def file(request: HttpRequest, number: str, file_id: UUID) -> FileResponse:
    """Send a file of a comment, compared with its hash a moment ago; that is on record."""
    at = clock.now()
    incident = incident_of_number(number=number, user=signed_in(request), at=at)
    row = file_of_comment(incident=incident, file_id=file_id)
    kept = take_out_file(file=row, incident=incident, actor=acting(request), at=at)
    return file_answer(kept, name=row.name, media_type=row.media_type, sha256=row.sha256)


def _write(request: HttpRequest, number: str) -> HttpResponse:
    at, reader = clock.now(), signed_in(request)
    incident = incident_of_number(number=number, user=reader, at=at)
    people = people_to_tell(incident=incident, cast=Cast(incident, at), without=reader.pk)
    form = CommentForm(
        request.POST, request.FILES, people=people_choices(people), auto_id="comment_%s"
    )
    if not form.is_valid():
        return _show(request, incident, form=form, status=400)
    try:
        written = write_comment(
            incident_id=incident.pk,
            said=_said(form),
            uploads=form.cleaned_data["files"],
            actor=acting(request),
            at=at,
        )
    except MENDED as refusal:
        return _mend(request, incident, form, refusal)
    tell(request, _told(written), written.comment.entry_number)
    return redirect(f"{reverse('incident', args=[number])}#comment-{written.comment.pk}")


def _said(form: CommentForm) -> Said:
    given = form.cleaned_data
    return Said(
        text=given["text"],
        tell=form.picked,
        records=form.named,
        corrects=given["corrects"],
        key=given["key"],
    )


def _told(written: Written) -> str:
    """Say what became of a comment: who is told of it, and which @ named nobody."""
    words = [_("Your comment stands.")]
    if written.told:
        names = ", ".join(one.name for one in written.told)
        words.append(_("Told: %(names)s.") % {"names": names})
    if written.nobody:
        typed = ", ".join(f"@{one}" for one in written.nobody[:5])
        words.append(
            ngettext(
                "%(typed)s is nobody's name, so it told nobody.",
                "%(typed)s are nobody's names, so they told nobody.",
                len(written.nobody),
            )
            % {"typed": typed}
        )
    return " ".join(words)


def _mend(
    request: HttpRequest, incident: Incident, form: CommentForm, refusal: Refused
) -> HttpResponse:
    note(refusal, request)
    put(form, refusal)
    return _show(request, incident, form=form, status=refusal.status)


def _show(
    request: HttpRequest,
    incident: Incident,
    *,
    before: UUID | None = None,
    moment: Any = None,
    form: CommentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    moment = moment or moment_of(request, now=clock.now())
    reader = signed_in(request) if moment.as_of is None else None
    cast = Cast(incident, moment.at)
    found = comments_far(
        incident=incident, cast=cast, reader=reader, before=before, stay=moment.query
    )
    said = request.GET.get("corrects", "") or request.POST.get("corrects", "")
    corrected = correction_of(incident, said) if found["may_write"] and said else None
    context = {
        "incident": incident,
        "system": incident.system,
        "comments": found,
        "corrected": corrected,
        "comment_form": form or comment_form_of(found, corrected.pk if corrected else None),
        "moment": moment,
        "at": moment.at,
        "began": incident.opened_at,
    }
    return render(request, "governance/incident/comments_page.html", context, status=status)


def _comment_in(said: str) -> UUID | None:
    """Return the comment before which an address asks for more, None for the newest."""
    try:
        return UUID(said) if said else None
    except ValueError:
        return None
