"""An administrator's help with somebody's sign-in: unlock, end sessions, take away lost factors."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from axes.models import AccessAttempt
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ledger.rules.refusals import Missing, Refused
from outbox import clock
from outbox.languages import spoken
from registry.access import person_actor, signed_in
from registry.models import User
from registry.selectors.means import means_of, sessions_of
from registry.selectors.permits import refusal_for_unit
from registry.services.means import reset_second_factors, unlink_identity, unlock_person
from registry.services.sessions import end_sessions


class HelpForm(forms.Form):
    """What is done, and why."""

    act = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        choices=[
            ("unlock", gettext_lazy("Unlock: let them try again now")),
            ("sessions", gettext_lazy("End all of their sessions")),
            ("factors", gettext_lazy("Remove every second factor: they lost theirs")),
            ("unlink", gettext_lazy("Unlink single sign-on")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        help_text=gettext_lazy("How you made sure who asked. It stands in the record."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def help_person(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Show how a person signs in, and do one of four things about it."""
    reader, at = signed_in(request), clock.now()
    actor = person_actor(request, reader)
    person = User.objects.filter(pk=user_id, kind=User.Kind.PERSON).first()
    if person is None:
        raise Missing("unknown_person", "There is no such person.")
    subject = ("user", str(person.pk), person.on_record)
    refusal = refusal_for_unit(
        act="administer", unit_id=person.unit_id, actor=actor, at=at, subject=subject
    )
    if refusal is not None:
        raise refusal
    form = HelpForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _do(request, form, person):
        return redirect("account_help", user_id=person.pk)
    context = {"person": person, "form": form, **_seen(person)}
    return render(request, "account/help.html", context, status=400 if form.errors else 200)


def _seen(person: User) -> dict[str, Any]:
    attempts = AccessAttempt.objects.filter(username__iexact=person.email)
    return {
        "means": means_of(user=person),
        "sessions": len(sessions_of(user=person)),
        "failures": sum(attempts.values_list("failures_since_start", flat=True)),
        "limit": settings.AXES_FAILURE_LIMIT,
    }


def _do(request: HttpRequest, form: HelpForm, person: User) -> bool:
    act, reason = form.cleaned_data["act"], form.cleaned_data["reason"]
    given: dict[str, Any] = {
        "reason": reason,
        "actor": person_actor(request, signed_in(request)),
        "at": clock.now(),
    }
    acts: dict[str, tuple[Callable[..., int], str]] = {
        "unlock": (unlock_person, _("Unlocked: they can try again now.")),
        "factors": (reset_second_factors, _("Removed: they are asked to set up another one.")),
        "unlink": (unlink_identity, _("Unlinked: the next sign-in there links anew.")),
    }
    try:
        if act == "sessions":
            end_sessions(user=person, **given)
            messages.success(request, _("All of their sessions have ended."))
        else:
            service, words = acts[act]
            service(user_id=person.pk, **given)
            messages.success(request, words)
    except Refused as refusal:
        if refusal.recorded:
            raise
        form.add_error(None, spoken(refusal.reason))
        return False
    return True
