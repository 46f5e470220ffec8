"""Pages: documents of a system and of the organisation, their versions, reviews and files."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ledger.rules.refusals import Conflict, Invalid, Missing, TooLarge
from outbox import clock
from registry.access import actor_of, signed_in
from registry.access.uploads import file_answer, limited_upload
from registry.forms.documents import DocumentForm, ReviewForm, VersionForm, WithdrawForm
from registry.forms.told import put
from registry.models import Document, DocumentVersion, System
from registry.selectors.documents import (
    document_visible,
    documents_of_organisation,
    documents_of_system,
    expiring_near,
    newest_first,
    standing_of,
    version_of,
    works_here,
)
from registry.selectors.keyset import TURNING, page_behind
from registry.selectors.people import people_near
from registry.selectors.permits import refusal_anywhere, refusal_for_system
from registry.selectors.systems import no_such_system, systems_visible_to
from registry.services.documents import add_document, add_version, review_version, withdraw_document
from registry.services.documents_out import changed_since, take_out

MENDED = (Invalid, TooLarge, Conflict)
WORDS = {
    "draft": ("pending", "Waits for its review"),
    "in_force": ("ok", "In force"),
    "expired": ("overdue", "Expired"),
    "ahead": ("pending", "Valid from a later day"),
    "refused": ("critical", "Refused"),
    "replaced": ("none", "Replaced"),
}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
@limited_upload
def system_documents(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the documents of a system, and take another one."""
    at = clock.now()
    system = _system(request, slug, at)
    return _overview(request, system, documents_of_system(system=system), at)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
@limited_upload
def organisation_documents(request: HttpRequest) -> HttpResponse:
    """Show the documents of the organisation, and take another one."""
    at = clock.now()
    if not works_here(user=signed_in(request), at=at):
        raise Missing("not_found", "There is nothing here, or it is not yours to see.")
    return _overview(request, None, documents_of_organisation(), at)


@login_required
@never_cache
@require_GET
def expiring(request: HttpRequest) -> HttpResponse:
    """Show what has run out or soon will, of everything that the reader sees."""
    user, at = signed_in(request), clock.now()
    rows = expiring_near(
        systems=systems_visible_to(user=user, at=at),
        organisation=works_here(user=user, at=at),
        at=at,
    )
    page = page_behind(rows, by="expires_on", after=request.GET.get("after", ""))
    shown = [_shown(row, at) | {"url": page_of(row.document)} for row in page.rows]
    context = {"rows": shown, "page": page.links() | TURNING, "at": at}
    return render(request, "registry/documents/expiring.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
@limited_upload
def document(request: HttpRequest, document_id: UUID, act: str = "") -> HttpResponse:
    """Show one document with its versions; take the next one, a review, a withdrawal."""
    at = clock.now()
    found = _document(request, document_id, at)
    if act and act not in ACTS:
        raise Missing("not_found", "There is nothing here, or it is not yours to see.")
    form: forms.Form | None = None
    if request.method == "POST" and act:
        form = ACTS[act][0](request.POST, request.FILES, auto_id=f"{act}_%s")
        if form.is_valid() and _carry_out(request, found, form, act, at):
            messages.success(request, ACTS[act][1])
            return HttpResponseRedirect(page_of(found))
    context = _page(request, found, at)
    if form is not None:
        context["forms"] = context["forms"] | {act: form}
    code = 400 if form is not None else 200
    return render(request, "registry/documents/document.html", context, status=code)


@login_required
@never_cache
@require_GET
def download(request: HttpRequest, document_id: UUID, number: int) -> HttpResponse:
    """Send the file of a version, compared with its hash a moment ago; on record."""
    at = clock.now()
    version = version_of(document=_document(request, document_id, at), number=number)
    file = take_out(version=version, actor=actor_of(request), at=at)
    if file is None:
        raise changed_since(version)
    return file_answer(  # type: ignore[return-value]
        file, name=version.name, media_type=version.media_type, sha256=version.sha256
    )


def page_of(document: Document) -> str:
    """Return the address of a document's page."""
    return reverse("document", args=[document.pk])


def _overview(request: HttpRequest, system: System | None, rows: Any, at: datetime) -> HttpResponse:
    people = people_near(user=signed_in(request), at=at)
    may = _may(request, "document.write", system, at)
    given = {"owner": str(signed_in(request).pk)}
    form = DocumentForm(request.POST or None, request.FILES or None, people=people, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_document(
                system_id=system.pk if system else None,
                upload=form.cleaned_data["file"],
                terms=form.terms(),
                **form.values(),
                actor=actor_of(request),
                at=at,
            )
        except MENDED as refusal:
            put(form, refusal)
        else:
            messages.success(request, _("Uploaded. It counts once its reviewer has accepted it."))
            return HttpResponseRedirect(page_of(made))
    page = page_behind(rows, by="title", after=request.GET.get("after", ""))
    listed = [
        {"document": row, "newest": _shown(newest_first(row)[0], at), "url": page_of(row)}
        for row in page.rows
    ]
    context = {
        "system": system,
        "rows": listed,
        "page": page.links() | TURNING,
        "form": form,
        "may_write": may,
        "at": at,
    }
    return render(
        request, "registry/documents/overview.html", context, status=400 if form.errors else 200
    )


def _page(request: HttpRequest, found: Document, at: datetime) -> dict[str, Any]:
    versions = [_shown(one, at) for one in newest_first(found)]
    newest: DocumentVersion = versions[0]["version"]
    stands = {"version": found.version}
    user = signed_in(request)
    waits = newest.state == DocumentVersion.State.DRAFT and found.withdrawn_at is None
    named = found.reviewer_id == user.pk or _may(request, "document.review", found.system, at)
    may_write = found.withdrawn_at is None and _may(request, "document.write", found.system, at)
    looked = stands | {"number": newest.number, "sha256": newest.sha256}
    return {
        "document": found,
        "system": found.system,
        "versions": versions,
        "newest": versions[0],
        "may_write": may_write,
        "may_review": waits and named and newest.uploaded_by_id != user.pk,
        "waits": waits,
        "own": newest.uploaded_by_id == user.pk,
        "forms": {
            "versions": VersionForm(initial=stands, auto_id="versions_%s"),
            "review": ReviewForm(initial=looked, auto_id="review_%s"),
            "withdraw": WithdrawForm(initial=stands, auto_id="withdraw_%s"),
        },
        "at": at,
    }


def _shown(version: DocumentVersion, at: datetime) -> dict[str, Any]:
    state, words = WORDS[standing_of(version, at=at)]
    return {"version": version, "state": state, "words": _(words)}


def _carry_out(
    request: HttpRequest, found: Document, form: forms.Form, act: str, at: datetime
) -> bool:
    """Do what a form asks for; what is not right stands on the form afterwards."""
    given = form.cleaned_data
    common: dict[str, Any] = {
        "document_id": found.pk,
        "expected_version": given["version"] or 0,
        "actor": actor_of(request),
        "at": at,
    }
    try:
        if isinstance(form, VersionForm):
            add_version(upload=given["file"], terms=form.terms(), **common)
        elif act == "review":
            review_version(
                number=given["number"],
                sha256=given["sha256"],
                accepted=given["outcome"] == "accept",
                reason=given["reason"],
                **common,
            )
        else:
            withdraw_document(reason=given["reason"], **common)
    except MENDED as refusal:
        put(form, refusal)
        return False
    return True


def _may(request: HttpRequest, act: str, system: System | None, at: datetime) -> bool:
    actor = actor_of(request)
    if system is not None:
        return refusal_for_system(act=act, system=system, actor=actor, at=at) is None
    subject = ("document", "", "")
    return refusal_anywhere(act=f"{act}.organisation", actor=actor, at=at, subject=subject) is None


def _system(request: HttpRequest, slug: str, at: datetime) -> System:
    rows = systems_visible_to(user=signed_in(request), at=at).filter(slug=slug)
    found = rows.select_related("owner", "deputy", "unit").first()
    if found is None:
        raise no_such_system(slug)
    return found


def _document(request: HttpRequest, document_id: UUID, at: datetime) -> Document:
    user = signed_in(request)
    return document_visible(
        document_id=document_id,
        systems=systems_visible_to(user=user, at=at),
        organisation=works_here(user=user, at=at),
    )


ACTS: dict[str, tuple[type[forms.Form], str]] = {
    "versions": (VersionForm, "Uploaded. It counts once its reviewer has accepted it."),
    "review": (ReviewForm, "Your review is on record."),
    "withdraw": (WithdrawForm, "Withdrawn. It stays on record and counts for nothing."),
}

urlpatterns: list[URLPattern] = [
    path("systems/<slug:slug>/documents/", system_documents, name="system-documents"),
    path("documents/", organisation_documents, name="documents"),
    path("documents/expiring/", expiring, name="documents-expiring"),
    path("documents/<uuid:document_id>/", document, name="document"),
    path("documents/<uuid:document_id>/<slug:act>/", document, name="document-act"),
    path("documents/<uuid:document_id>/versions/<int:number>/file", download, name="document-file"),
]
