"""Pages: import and export."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.rules.refusals import Conflict, Invalid, TooLarge
from outbox import clock
from outbox.languages import spoken
from registry.access import actor_of, signed_in
from registry.access.attachments import bill_answer
from registry.forms.exchange import RegistryForm, SettleForm, UploadForm
from registry.forms.told import put
from registry.models import Import, System
from registry.rules.exchange.tables import MOST_BYTES
from registry.selectors.exchange import (
    holds_everywhere,
    import_for,
    imports_for,
    may_import,
    model_registries,
    recorded_elsewhere,
)
from registry.selectors.import_page import page_of_rows, questions_of
from registry.selectors.keyset import page_behind
from registry.selectors.permits import refusal_anywhere
from registry.selectors.systems import no_such_system, systems_visible_to
from registry.services.exchange import (
    apply_import,
    change_registry,
    connect_registry,
    read_import,
    read_registry,
    request_apply,
    settle_import,
    withdraw_import,
)
from registry.services.exchange.applying import is_small
from registry.services.exchange.bills import take_bill
from registry.services.exchange.settling import Settled

MENDED = (Invalid, Conflict, TooLarge)
ACTIONS = ("blocked", "create", "update", "same", "skip")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Show what was read in, and take a file."""
    user, at = signed_in(request), clock.now()
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        found = _upload(request, form)
        if found is not None:
            return redirect("import", import_id=found.pk)
    page = page_behind(
        imports_for(user=user, at=at), by="-uploaded_at", after=request.GET.get("after", "")
    )
    connect = refusal_anywhere(
        act="registry.connect", actor=actor_of(request), at=at, subject=("page", "exchange", "")
    )
    context = {
        "imports": page.rows,
        "page": page.links(),
        "may_import": may_import(user=user, at=at),
        "may_connect": connect is None,
        "may_export": holds_everywhere(act="organisation.export", user_id=user.pk, at=at),
        "registries": model_registries(),
        "form": form,
        "at": at,
    }
    code = 400 if form.errors else 200
    return render(request, "registry/exchange/overview.html", context, status=code)


@login_required
@never_cache
@require_GET
def one_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show an import: what its rows are read as, what is wrong, what would be done."""
    found = import_for(import_id=import_id, user=signed_in(request), at=clock.now())
    return _show(request, found)


@login_required
@require_POST
def settle(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Take how an import is read."""
    user, at = signed_in(request), clock.now()
    found = import_for(import_id=import_id, user=user, at=at)
    form = _settle_form(request, found)
    if not form.is_valid():
        return _show(request, found, form)
    try:
        settle_import(
            import_id=found.pk,
            expected_version=_version(request),
            settled=Settled(**form.settled()),
            actor=actor_of(request),
            at=at,
        )
    except Invalid as refusal:
        put(form, refusal)
        return _show(request, found, form)
    messages.success(request, _("The rows were looked at anew."))
    return redirect("import", import_id=found.pk)


@login_required
@require_POST
def apply(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Apply an import as it was looked at."""
    user, at = signed_in(request), clock.now()
    found = import_for(import_id=import_id, user=user, at=at)
    request_apply(
        import_id=found.pk, expected_version=_version(request), actor=actor_of(request), at=at
    )
    if is_small(found):
        done = apply_import(import_id=found.pk, at=at)
        if done.state == Import.State.APPLIED:
            messages.success(request, _("Applied: everything that was shown, in one step."))
    return redirect("import", import_id=found.pk)


@login_required
@require_POST
def withdraw(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Put an import aside."""
    at = clock.now()
    found = import_for(import_id=import_id, user=signed_in(request), at=at)
    withdraw_import(import_id=found.pk, actor=actor_of(request), at=at)
    messages.success(request, _("Put aside: nothing of it was applied."))
    return redirect("imports")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def registries(request: HttpRequest) -> HttpResponse:
    """Show the model registries, and connect another one."""
    at = clock.now()
    refusal = refusal_anywhere(
        act="registry.connect", actor=actor_of(request), at=at, subject=("page", "exchange", "")
    )
    if refusal is not None:
        raise refusal
    form = RegistryForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _connect(request, form):
        messages.success(request, _("Connected. Reading it shows its versions before anything."))
        return redirect("model-registries")
    context = {"registries": model_registries(), "form": form, "at": at}
    code = 400 if form.errors else 200
    return render(request, "registry/exchange/registries.html", context, status=code)


@login_required
@require_POST
def read_one(request: HttpRequest, registry_id: UUID) -> HttpResponse:
    """Read a model registry into an import to look at."""
    found = read_registry(registry_id=registry_id, actor=actor_of(request), at=clock.now())
    return redirect("import", import_id=found.pk)


@login_required
@require_POST
def switch(request: HttpRequest, registry_id: UUID) -> HttpResponse:
    """Switch a model registry off, or on again."""
    active = request.POST.get("active") == "1"
    change_registry(registry_id=registry_id, active=active, actor=actor_of(request), at=clock.now())
    return redirect("model-registries")


@login_required
@never_cache
@require_GET
def mlbom(request: HttpRequest) -> HttpResponse:
    """Send the bill of materials of every system that the reader may see."""
    user, at = signed_in(request), clock.now()
    systems = systems_visible_to(user=user, at=at)
    content = take_bill(systems=systems, actor=actor_of(request), at=at)
    return bill_answer(content, "systems")


@login_required
@never_cache
@require_GET
def system_mlbom(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the bill of materials of one system."""
    user, at = signed_in(request), clock.now()
    systems = systems_visible_to(user=user, at=at).filter(slug=slug)
    found = _seen(systems.first(), slug)
    content = take_bill(systems=systems, one=found, actor=actor_of(request), at=at)
    return bill_answer(content, slug)


@login_required
@never_cache
@require_GET
def elsewhere(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what other records say of a system's past: unsigned, and marked so."""
    user, at = signed_in(request), clock.now()
    found = _seen(systems_visible_to(user=user, at=at).filter(slug=slug).first(), slug)
    rows = list(recorded_elsewhere(system_id=found.pk)[:500])
    context = {"system": found, "rows": rows, "at": at}
    return render(request, "registry/exchange/elsewhere.html", context)


def _seen(found: System | None, slug: str) -> System:
    if found is None:
        raise no_such_system(slug)
    return found


def _version(request: HttpRequest) -> int:
    """Return the version of the import that the page showed; one that never was where it lacks."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 9 else 0


def _upload(request: HttpRequest, form: UploadForm) -> Import | None:
    """Read the file of a form; what is not right stands on the form afterwards."""
    file = form.cleaned_data["file"]
    try:
        return read_import(
            name=file.name or "file",
            content=file.read(MOST_BYTES + 1),
            kind=form.cleaned_data["kind"],
            actor=actor_of(request),
            at=clock.now(),
        )
    except MENDED as refusal:
        form.add_error("file", spoken(refusal.reason))
        return None


def _connect(request: HttpRequest, form: RegistryForm) -> bool:
    given = form.cleaned_data
    try:
        connect_registry(
            name=given["name"],
            url=given["url"],
            sign_in=given["sign_in"],
            secrets=form.secrets(),
            actor=actor_of(request),
            at=clock.now(),
        )
    except MENDED as refusal:
        put(form, refusal)
        return False
    return True


def _settle_form(request: HttpRequest, found: Import) -> SettleForm:
    at = clock.now()
    questions = questions_of(found, user=signed_in(request), at=at)
    given = {name: found.options.get(name) for name in ("date_order", "hidden", "without_bad")}
    return SettleForm(
        request.POST or None, columns=found.columns, questions=questions, initial=given
    )


def _show(request: HttpRequest, found: Import, form: SettleForm | None = None) -> HttpResponse:
    action = request.GET.get("action", "")
    after = request.GET.get("after", "")
    key = int(after) if after.isdecimal() and len(after) < 18 else 0
    rows, more = page_of_rows(found, action=action if action in ACTIONS else "", after=key)
    is_open = found.state == Import.State.READ
    if form is None and is_open:
        form = _settle_form(request, found)
    context: dict[str, Any] = {
        "found": found,
        "rows": rows,
        "more": more,
        "action": action,
        "totals": _totals(found),
        "form": form,
        "is_open": is_open,
        # Nothing is applied while rows have problems.
        "waits": any(actions.get("blocked") for actions in found.counts.values()),
        "under_way": found.state == Import.State.APPLYING,
        "progress": {
            "title": _("Applying"),
            "share": found.progress,
            "state": "running",
            "text": _("You can leave this page and come back."),
        },
        "at": clock.now(),
    }
    code = 400 if form is not None and form.errors else 200
    return render(request, "registry/exchange/import.html", context, status=code)


def _totals(found: Import) -> list[tuple[str, str, int]]:
    """Return (action, its words, how many rows) in the order that a person looks."""
    words = {
        "blocked": _("with problems"),
        "create": _("to make"),
        "update": _("to change"),
        "same": _("there already"),
        "skip": _("left out"),
    }
    counts = {name: 0 for name in ACTIONS}
    for actions in found.counts.values():
        for name, count in actions.items():
            counts[name] += count
    return [(name, words[name], count) for name, count in counts.items() if count]


urlpatterns: list[URLPattern] = [
    path("exchange/", overview, name="imports"),
    path("exchange/registries/", registries, name="model-registries"),
    path("exchange/registries/<uuid:registry_id>/read", read_one, name="model-registry-read"),
    path("exchange/registries/<uuid:registry_id>/switch", switch, name="model-registry-switch"),
    path("exchange/mlbom.cdx.json", mlbom, name="mlbom"),
    path("exchange/<uuid:import_id>/", one_import, name="import"),
    path("exchange/<uuid:import_id>/settle", settle, name="import-settle"),
    path("exchange/<uuid:import_id>/apply", apply, name="import-apply"),
    path("exchange/<uuid:import_id>/withdraw", withdraw, name="import-withdraw"),
    path("systems/<slug:slug>/mlbom.cdx.json", system_mlbom, name="system-mlbom"),
    path("systems/<slug:slug>/elsewhere/", elsewhere, name="system-elsewhere"),
]
