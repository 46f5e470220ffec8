"""Pages: service tokens, listed, issued, replaced, revoked. A plaintext is shown once."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from ledger.rules.refusals import Conflict, Refused
from outbox import clock
from registry.access import person_actor, signed_in
from registry.forms.tokens import RevokeForm, RotateForm, TokenForm
from registry.models import ServiceToken, System
from registry.selectors.tokens import (
    STATES,
    accounts_kept_by,
    found_tokens,
    reachable_for,
    state_of,
    token_kept_by,
)
from registry.services.tokens import (
    issue_first_token,
    issue_token,
    revoke_token,
    rotate_token,
)
from registry.views.refused import take

SENT = "token_forms"
KEPT_FORMS = 20
REVOKED = "revoke_%s"
"""How the fields of the second form of the page are told apart from those of the first."""


@login_required
@require_GET
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the tokens that the reader looks after, a page at a time."""
    user, at = signed_in(request), clock.now()
    asked = {name: request.GET.get(name, "").strip() for name in ("search", "state", "after")}
    page = found_tokens(user=user, asked=asked, at=at)
    query = {name: asked[name] for name in ("search", "state") if asked[name]}
    context = {
        "rows": [(token, state_of(token, at), list(token.systems.all())) for token in page.rows],
        "asked": asked,
        "states": STATES,
        "page": {
            "shown": len(page.rows),
            "older_url": f"?{urlencode(query | {'after': page.after})}" if page.after else "",
            "newer_url": f"?{urlencode(query)}" if asked["after"] else "",
        },
        "at": at,
    }
    return render(request, "registry/tokens/list.html", context)


@login_required
@never_cache
@sensitive_variables("plaintext")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Issue a token; the answer shows it once."""
    user, at = signed_in(request), clock.now()
    accounts = accounts_kept_by(user=user, at=at)
    found_tokens(user=user, at=at, size=1)
    systems, units = reachable_for(user=user, at=at)
    form = TokenForm(
        request.POST or None, accounts=accounts, systems=systems, units=units, reader=user, at=at
    )
    if request.method == "POST" and form.is_valid():
        refuse_twice(request)
        try:
            token, plaintext = _issue(request, form, systems)
        except Refused as refusal:
            take(form, refusal, request)
        else:
            return shown(request, token, plaintext)
    context = {"form": form, "key": uuid4().hex}
    return render(request, "registry/tokens/new.html", context, status=400 if form.errors else 200)


@login_required
@never_cache
@require_GET
def token(request: HttpRequest, token_key: str) -> HttpResponse:
    """Show one token: what it may do, until when, when it was used, what took its place."""
    user, at = signed_in(request), clock.now()
    return _page(request, token_kept_by(token_key=token_key, user=user, at=at))


@login_required
@never_cache
@sensitive_variables("plaintext")
@require_http_methods(["POST"])
def rotate(request: HttpRequest, token_key: str) -> HttpResponse:
    """Replace a token; the answer shows the new one once."""
    user, at = signed_in(request), clock.now()
    old = token_kept_by(token_key=token_key, user=user, at=at)
    form = RotateForm(request.POST, reader=user, at=at)
    if not form.is_valid():
        return _page(request, old, rotating=form)
    refuse_twice(request)
    try:
        made, plaintext = rotate_token(
            token_key=token_key, actor=person_actor(request, user), at=at, **form.given()
        )
    except Refused as refusal:
        take(form, refusal, request)
        return _page(request, old, rotating=form)
    return shown(request, made, plaintext)


@login_required
@require_http_methods(["POST"])
def revoke(request: HttpRequest, token_key: str) -> HttpResponse:
    """End a token now."""
    user, at = signed_in(request), clock.now()
    found = token_kept_by(token_key=token_key, user=user, at=at)
    form = RevokeForm(request.POST, auto_id=REVOKED)
    if not form.is_valid():
        return _page(request, found, revoking=form)
    reason = form.cleaned_data["reason"]
    revoke_token(token_key=token_key, reason=reason, actor=person_actor(request, user), at=at)
    messages.success(request, _("Revoked: whoever uses it is refused from now on."))
    return redirect("token", token_key=token_key)


def shown(request: HttpRequest, token: ServiceToken, plaintext: str) -> HttpResponse:
    """Answer with the page that shows a plaintext; it is in this answer and nowhere else."""
    context = {"token": token, "plaintext": plaintext}
    answer = render(request, "registry/tokens/shown.html", context, status=201)
    answer["Cache-Control"] = "no-store, private"
    return answer


def refuse_twice(request: HttpRequest) -> None:
    """Refuse a form that was sent already: a reload would issue another token. Raises Conflict."""
    key, sent = request.POST.get("key", "")[:40], request.session.get(SENT, [])
    if key in sent:
        raise Conflict(
            "sent_twice",
            "This form was sent already: its token was shown then, and is shown no second time.",
        )
    request.session[SENT] = [*sent, key][-KEPT_FORMS:]


def _page(
    request: HttpRequest,
    token: ServiceToken,
    *,
    rotating: RotateForm | None = None,
    revoking: RevokeForm | None = None,
) -> HttpResponse:
    user, at = signed_in(request), clock.now()
    bad = any(form is not None and form.errors for form in (rotating, revoking))
    context = {
        "token": token,
        "state": state_of(token, at),
        "systems": list(token.systems.all()),
        "replaced_by": getattr(token, "replaced_by", None),
        "rotating": rotating or RotateForm(reader=user, at=at),
        "revoking": revoking or RevokeForm(auto_id=REVOKED),
        "key": uuid4().hex,
        "at": at,
    }
    return render(request, "registry/tokens/token.html", context, status=400 if bad else 200)


def _issue(request: HttpRequest, form: TokenForm, systems: Any) -> tuple[ServiceToken, str]:
    user, at = signed_in(request), clock.now()
    given = form.cleaned_data
    chosen: list[System] = list(systems.filter(slug__in=given["systems"]))
    common: dict[str, Any] = {
        "name": given["name"],
        "scopes": given["scopes"],
        "systems": chosen,
        "expires_at": form.expires_at(),
        "actor": person_actor(request, user),
        "at": at,
    }
    if given["account"]:
        account = accounts_kept_by(user=user, at=at).get(pk=given["account"])
        return issue_token(user=account, **common)
    return issue_first_token(
        account=given["new_account"].strip(), unit_id=UUID(given["unit"]), **common
    )


urlpatterns: list[URLPattern] = [
    path("tokens/", tokens, name="tokens"),
    path("tokens/new/", new, name="token-new"),
    path("tokens/<slug:token_key>/", token, name="token"),
    path("tokens/<slug:token_key>/rotate/", rotate, name="token-rotate"),
    path("tokens/<slug:token_key>/revoke/", revoke, name="token-revoke"),
]
