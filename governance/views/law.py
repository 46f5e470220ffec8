"""The page of updates to the law's data: what one changes for whom, before it is applied."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.selectors.law_updates import update_for
from outbox import clock
from registry.access import person_actor, signed_in
from registry.selectors.law import releases
from registry.selectors.permits import refusal_anywhere
from registry.services.reference import load_reference

SUBJECT = ("reference", "law", "the law as data")


class LoadForm(forms.Form):
    """Why an update is applied."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Such as: read by legal on 3 March. It stands in the record."),
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def updates(request: HttpRequest) -> HttpResponse:
    """Show what the shipped reference data would change, and apply it."""
    user, at = signed_in(request), clock.now()
    actor = person_actor(request, user)
    refusal = refusal_anywhere(act="reference.load", actor=actor, at=at, subject=SUBJECT)
    form = LoadForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        loaded = load_reference(actor=actor, at=at, reason=form.cleaned_data["reason"])
        if loaded.repeated:
            messages.info(request, _("Nothing to load: this is the newest release."))
        else:
            messages.success(request, _("Loaded. Classifications that rest on it are open again."))
        return redirect("law-updates")
    update = update_for(user=user, at=at)
    context = {
        "plan": update.plan,
        "clocks": update.clocks,
        "releases": releases(),
        "form": form,
        "refusal": refusal,
        "at": at,
    }
    return render(
        request, "governance/law_updates.html", context, status=400 if form.errors else 200
    )
