"""Pages of a person's own means to sign in, where allauth's do less than is needed."""

from typing import Any
from urllib.parse import quote

from allauth.account.decorators import reauthentication_required
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from config.second_factor import is_required_of, lacks_second_factor
from outbox import clock
from registry.access import person_actor, signed_in
from registry.selectors.means import means_of, sessions_of
from registry.services.codes import use_code
from registry.services.sessions import end_session, end_sessions


@method_decorator(never_cache, name="dispatch")
class Overview(IndexView):
    """The means of the reader, and whether their role needs a second factor."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the role asks for."""
        user = signed_in(self.request)
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "means": means_of(user=user),
            "missing": lacks_second_factor(self.request),
            "required": bool(settings.REQUIRE_SECOND_FACTOR_FOR) and is_required_of(user),
            "demo": settings.DEMO,
            "sessions": len(sessions_of(user=user)),
            "next_url": self.request.GET.get("next", ""),
        }


class ActivateApp(ActivateTOTPView):
    """Set up an app; the code that proves it is used up with that."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it up."""
        response: HttpResponse = super().form_valid(form)
        use_code(user=signed_in(self.request), code=form.cleaned_data["code"])
        return response


@method_decorator(never_cache, name="dispatch")
class RecoveryCodes(ViewRecoveryCodesView):
    """The recovery codes, shown once, to print or to keep as a file."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the file: it is in the page, for the codes are shown no second time."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if context["can_view_codes"]:
            lines = "\r\n".join(["Countersign, recovery codes", *context["unused_codes"], ""])
            context["file"] = f"data:text/plain;charset=utf-8,{quote(lines)}"
        return context


@method_decorator(reauthentication_required(app="allauth.mfa"), name="dispatch")
class RemoveKey(RemoveWebAuthnView):
    """Remove a passkey, unless it is the last second factor of somebody who needs one."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove it, or say why not."""
        if not get_adapter().can_delete_authenticator(self.get_object()):
            words = get_adapter().error_messages["cannot_delete_authenticator"]
            messages.error(self.request, words)
            return HttpResponseRedirect(reverse("mfa_list_webauthn"))
        return super().form_valid(form)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Show where the reader is signed in, and end one session or all others."""
    user = signed_in(request)
    key = request.session.session_key or ""
    if request.method == "POST":
        return _end(request, key)
    context = {"sessions": sessions_of(user=user), "current": key}
    return render(request, "account/sessions.html", context)


def _end(request: HttpRequest, key: str) -> HttpResponse:
    user, at = signed_in(request), clock.now()
    actor = person_actor(request, user)
    one = request.POST.get("session", "")
    if one.isascii() and one.isdigit() and len(one) < 18:
        end_session(user=user, session_id=int(one), actor=actor, at=at)
        messages.success(request, _("That session has ended."))
    else:
        ended = end_sessions(user=user, but=key, actor=actor, at=at)
        messages.success(request, _("%(ended)s other sessions have ended.") % {"ended": ended})
    return redirect("account_sessions")
