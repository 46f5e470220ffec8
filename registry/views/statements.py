"""Pages: operating controls, declared scope, behaviour policy; drafted, approved, withdrawn."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.rules.refusals import Invalid, Missing
from outbox import clock
from registry.access import person_actor, signed_in
from registry.access.pages import asked, system_to_act_on
from registry.forms.profile import WhyForm, tell
from registry.forms.statements import FORMS, initial_of
from registry.models.statements import Statement
from registry.selectors.profile import (
    KINDS,
    in_force,
    newest_version,
    people_near,
    statement_of,
    versions_of_statement,
)
from registry.selectors.profile_page import LEADS, TITLES, kinds_for, may
from registry.selectors.setup import may_approve_own
from registry.selectors.statement_words import changed, facts_of
from registry.services.statements import (
    approve_statement,
    draft_behaviour,
    draft_controls,
    draft_scope,
    withdraw_statement,
)

DRAFTS: dict[str, Any] = {
    "controls": draft_controls,
    "scope": draft_scope,
    "behaviour": draft_behaviour,
}
STATES = {"draft": "pending", "in_force": "ok", "replaced": "none", "withdrawn": "none"}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Write the next version of a statement, beginning with the newest wording."""
    user, at = signed_in(request), clock.now()
    system = system_to_act_on(request, slug, act="statement.draft", at=at)
    if kind not in kinds_for(system):
        raise Missing("unknown_statement", "This system has no such statement.")
    newest = newest_version(KINDS[kind], system.pk)
    shown = initial_of(kind, newest) | {"newest": newest.version if newest else 0}
    form = FORMS[kind](request.POST or None, people=people_near(system=system), initial=shown)
    if request.method == "POST" and form.is_valid():
        try:
            made = DRAFTS[kind](
                system_id=system.pk,
                given=form.given(),
                newest=form.cleaned_data["newest"],
                reason=form.cleaned_data["reason"],
                actor=person_actor(request, user),
                at=at,
            )
        except Invalid as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("Written as a draft: somebody else approves it."))
            return redirect("statement", slug=slug, kind=kind, version=made.version)
    context = _named(kind) | {"system": system, "form": form, "newest": newest, "at": at}
    status = 400 if form.errors else 200
    return render(request, "registry/profile/draft.html", context, status=status)


@login_required
@never_cache
@require_GET
def statement(request: HttpRequest, slug: str, kind: str, version: int) -> HttpResponse:
    """Show one version of a statement, and what it changes against the one in force."""
    return _statement(request, slug, kind, version, WhyForm())


@login_required
@never_cache
@require_POST
def decide(request: HttpRequest, slug: str, kind: str, version: int, act: str) -> HttpResponse:
    """Approve or withdraw a draft."""
    found, moment = asked(request, slug)
    form = WhyForm(request.POST)
    service = approve_statement if act == "approve" else withdraw_statement
    if form.is_valid():
        service(
            kind=kind,
            system_id=found.pk,
            version=version,
            reason=form.cleaned_data["reason"],
            actor=person_actor(request, signed_in(request)),
            at=moment.now,
        )
        told = _("In force from now on.") if act == "approve" else _("Withdrawn; it stays here.")
        messages.success(request, told)
        return redirect("statement", slug=slug, kind=kind, version=version)
    return _statement(request, slug, kind, version, form)


@login_required
@require_GET
def versions(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Show every version of a statement, newest first."""
    found, moment = asked(request, slug)
    with moment.reading():
        rows = list(versions_of_statement(kind=kind, system_id=found.pk)[:200])
        context = _named(kind) | {
            "system": found,
            "rows": [{"row": row, "state": STATES[row.state]} for row in rows],
            "moment": moment,
            "began": found.registered_at,
            "at": moment.at,
        }
        return render(request, "registry/profile/versions.html", context)


def _statement(
    request: HttpRequest, slug: str, kind: str, version: int, form: WhyForm
) -> HttpResponse:
    found, moment = asked(request, slug)
    reader = signed_in(request)
    allowed = may(system=found, reader=reader, at=moment.now) if moment.as_of is None else {}
    alone = bool(allowed) and may_approve_own(
        act="statement.approve", version=version, person_id=reader.pk,
        unit_id=found.unit_id, system=found, at=moment.now,
    )  # fmt: skip
    with moment.reading():
        row = statement_of(kind=kind, system_id=found.pk, version=version)
        is_draft = row.state == Statement.State.DRAFT
        held = in_force(KINDS[kind], found.pk) if is_draft else None
        facts = facts_of(row, held=held)
        context = _named(kind) | {
            "system": found,
            "row": row,
            "state": STATES[row.state],
            "facts": facts,
            "held": held,
            "changed": changed(facts),
            "is_draft": is_draft,
            "own": row.author_id == reader.pk and not alone,
            "may": allowed,
            "form": form,
            "moment": moment,
            "began": row.drafted_at,
            "at": moment.at,
        }
        status = 400 if form.errors else 200
        return render(request, "registry/profile/statement.html", context, status=status)


def _named(kind: str) -> dict[str, str]:
    if kind not in TITLES:
        raise Missing("unknown_statement", "There is no such kind of statement.")
    return {"kind": kind, "title": TITLES[kind], "lead": LEADS[kind]}


def _paths(kind: str) -> list[URLPattern]:
    """One set of addresses a kind, so that no other word is taken for one."""
    root, given = f"systems/<slug:slug>/profile/{kind}/", {"kind": kind}
    return [
        path(root, draft, given, name=f"{kind}-draft"),
        path(f"{root}versions/", versions, given, name=f"{kind}-versions"),
        path(f"{root}<int:version>/", statement, given, name="statement"),
        path(
            f"{root}<int:version>/approve/",
            decide,
            given | {"act": "approve"},
            name="statement-approve",
        ),
        path(
            f"{root}<int:version>/withdraw/",
            decide,
            given | {"act": "withdraw"},
            name="statement-withdraw",
        ),
    ]


urlpatterns: list[URLPattern] = [one for kind in KINDS for one in _paths(kind)]
