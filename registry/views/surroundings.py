"""Pages: what a system rests on: other systems, data sources, who answers for its knowledge."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ledger.rules.refusals import Conflict, Invalid, Missing
from outbox import clock
from registry.access import person_actor, signed_in
from registry.access.pages import system_to_act_on
from registry.forms.profile import (
    DependencyForm,
    KnowledgeForm,
    SourceChangeForm,
    SourceForm,
    WhyForm,
    tell,
)
from registry.models import DataSource, System
from registry.rules.statements import SPEAKING
from registry.selectors.dependencies import dependencies_of, dependency_of
from registry.selectors.profile import knowledge_of, people_near, sources_of
from registry.selectors.systems import systems_visible_to
from registry.services.surroundings import (
    add_data_source,
    add_dependency,
    assign_knowledge,
    change_data_source,
    end_data_source,
    end_dependency,
    end_knowledge,
)

MOST_OFFERED = 2000


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def dependencies(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what a system needs directly, and add one."""
    user, at = signed_in(request), clock.now()
    system = system_to_act_on(request, slug, act="describe", at=at)
    visible = systems_visible_to(user=user, at=at)
    offered = visible.exclude(pk=system.pk).exclude(kind=System.Kind.RECORD)
    form = DependencyForm(request.POST or None, systems=offered.order_by("name")[:MOST_OFFERED])
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        saved = _try(
            form,
            lambda: add_dependency(
                system_id=system.pk,
                on_system_id=UUID(given["on_system"]),
                kind=given["kind"],
                note=given["note"],
                actor=person_actor(request, user),
                at=at,
            ),
        )
        if saved:
            messages.success(request, _("Written down: it needs that system."))
            return redirect("system-dependencies", slug=slug)
    rows = dependencies_of(system_id=system.pk, visible=visible)
    return _page(request, "dependencies", system, form, at, rows=rows)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def sources(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a system's data sources, and add one."""
    user, at = signed_in(request), clock.now()
    system = system_to_act_on(request, slug, act="describe", at=at)
    form = SourceForm(request.POST or None, people=people_near(system=system))
    if request.method == "POST" and form.is_valid():
        actor = person_actor(request, user)
        saved = _try(
            form,
            lambda: add_data_source(system_id=system.pk, given=form.source(), actor=actor, at=at),
        )
        if saved:
            messages.success(request, _("Written down."))
            return redirect("system-data", slug=slug)
    rows = list(sources_of(system_id=system.pk))
    return _page(request, "sources", system, form, at, rows=rows)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def source(request: HttpRequest, slug: str, source_id: UUID) -> HttpResponse:
    """Change what is said of a data source."""
    user, at = signed_in(request), clock.now()
    system = system_to_act_on(request, slug, act="describe", at=at)
    row = _source(system, source_id)
    names = ("name", "kind", "holder", "personal_data", "legal_basis", "licence", "refresh")
    shown: dict[str, Any] = {name: getattr(row, name) for name in names}
    shown["owner"] = str(row.owner_id or "")
    people = people_near(system=system)
    form = SourceChangeForm(request.POST or None, people=people, initial=shown)
    if request.method == "POST" and form.is_valid():
        saved = _try(
            form,
            lambda: change_data_source(
                source_id=row.pk,
                system_id=system.pk,
                given=form.source(),
                reason=form.cleaned_data["reason"],
                actor=person_actor(request, user),
                at=at,
            ),
        )
        if saved:
            messages.success(request, _("Changed; on record with what stood there before."))
            return redirect("system-data", slug=slug)
    return _page(request, "source", system, form, at, row=row)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def knowledge(request: HttpRequest, slug: str) -> HttpResponse:
    """Show who answers for which domain, and name somebody."""
    user, at = signed_in(request), clock.now()
    system = system_to_act_on(request, slug, act="describe", at=at)
    if system.kind not in SPEAKING:
        raise Missing("kind_has_none", "Only assistants and agents have domains of knowledge.")
    form = KnowledgeForm(request.POST or None, people=people_near(system=system))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        saved = _try(
            form,
            lambda: assign_knowledge(
                system_id=system.pk,
                domain=given["domain"],
                person_id=UUID(given["person"]),
                review_on=given["review_on"],
                actor=person_actor(request, user),
                at=at,
            ),
        )
        if saved:
            messages.success(request, _("Named; whoever answered before is no longer named."))
            return redirect("system-knowledge", slug=slug)
    rows = list(knowledge_of(system_id=system.pk))
    return _page(request, "knowledge", system, form, at, rows=rows)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, slug: str, what: str, row_id: UUID) -> HttpResponse:
    """End a dependency, a data source or a domain, with the reason."""
    user, at = signed_in(request), clock.now()
    system = system_to_act_on(request, slug, act="describe", at=at)
    name, page = _to_end(system, what, row_id)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        service, key = ENDS[what]
        arguments: dict[str, Any] = {key: row_id, "reason": form.cleaned_data["reason"]}
        service(system_id=system.pk, actor=person_actor(request, user), at=at, **arguments)
        messages.success(request, _("Ended; the past keeps it."))
        return redirect(page, slug=slug)
    return _page(request, "end", system, form, at, name=name, back=page)


ENDS: dict[str, tuple[Callable[..., Any], str]] = {
    "dependency": (end_dependency, "dependency_id"),
    "data": (end_data_source, "source_id"),
    "knowledge": (end_knowledge, "owner_id"),
}


def _to_end(system: System, what: str, row_id: UUID) -> tuple[str, str]:
    """Return the name of what is to end and the page where it stands. Raises Missing."""
    if what == "dependency":
        row = dependency_of(system_id=system.pk, dependency_id=row_id)
        return f"{row.on_system.name}, {row.get_kind_display()}", "system-dependencies"
    if what == "data":
        return _source(system, row_id).name, "system-data"
    held = knowledge_of(system_id=system.pk).filter(pk=row_id).first()
    if held is None:
        raise Missing("not_there", "That is not there any more.")
    return held.domain, "system-knowledge"


def _source(system: System, source_id: UUID) -> DataSource:
    row = sources_of(system_id=system.pk).filter(pk=source_id).first()
    if row is None:
        raise Missing("not_there", "That is not there any more.")
    return row


def _try(form: forms.Form, call: Callable[[], Any]) -> bool:
    """Call a service; tell on the form what it says is wrong there."""
    try:
        call()
    except (Invalid, Conflict) as refusal:
        tell(form, refusal)
        return False
    return True


def _page(
    request: HttpRequest, page: str, system: System, form: forms.Form, at: Any, **more: Any
) -> HttpResponse:
    context = {"system": system, "form": form, "at": at} | more
    status = 400 if form.errors else 200
    return render(request, f"registry/profile/{page}.html", context, status=status)


ROOT = "systems/<slug:slug>/profile"
urlpatterns: list[URLPattern] = [
    path(f"{ROOT}/dependencies/", dependencies, name="system-dependencies"),
    path(
        f"{ROOT}/dependencies/<uuid:row_id>/end/",
        end,
        {"what": "dependency"},
        name="dependency-end",
    ),
    path(f"{ROOT}/data/", sources, name="system-data"),
    path(f"{ROOT}/data/<uuid:source_id>/", source, name="system-source"),
    path(f"{ROOT}/data/<uuid:row_id>/end/", end, {"what": "data"}, name="source-end"),
    path(f"{ROOT}/knowledge/", knowledge, name="system-knowledge"),
    path(f"{ROOT}/knowledge/<uuid:row_id>/end/", end, {"what": "knowledge"}, name="knowledge-end"),
]
