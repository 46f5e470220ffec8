"""Pages: which regimes of reporting the organisation, or one system, falls under (CLK-13)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ledger.rules.refusals import Invalid, Refused
from outbox import clock
from outbox.languages import spoken
from registry.access import person_actor, signed_in
from registry.forms.law import RegimesForm, regimes_initial
from registry.selectors.permits import refusal_anywhere, refusal_for_system
from registry.selectors.regimes import (
    clock_rules,
    organisation_profile,
    profile_of,
    regime_questions,
    system_regimes,
)
from registry.services.regimes import set_organisation_profile, set_system_regimes
from registry.views.obligations import readable_system


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def organisation(request: HttpRequest) -> HttpResponse:
    """Show the organisation's reporting regimes, and decide on them."""
    user, at = signed_in(request), clock.now()
    actor, row, questions = person_actor(request, user), organisation_profile(), regime_questions()
    subject = ("organisation", "reporting-regimes", "the organisation")
    refusal = refusal_anywhere(act="regimes.set", actor=actor, at=at, subject=subject)
    version, answers = (row.version, row.answers) if row else (0, {})
    form = RegimesForm(
        request.POST or None,
        questions=questions,
        initial=regimes_initial(questions, answers, version),
    )
    if request.method == "POST" and form.is_valid() and _said(form):
        given = form.cleaned_data
        try:
            set_organisation_profile(
                answers=form.answers(),
                expected_version=given["version"],
                reason=given["reason"],
                actor=actor,
                at=at,
            )
        except Invalid as refused:
            _show(form, refused)
        else:
            messages.success(request, _("Saved. Clocks of new answers arm accordingly."))
            return redirect("law-organisation")
    context = {
        "form": form,
        "row": row,
        "regimes": _lines(questions, profile_of(None)),
        "refusal": refusal,
        "at": at,
    }
    return _page(request, "registry/law/organisation.html", context, form)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def system(request: HttpRequest, slug: str) -> HttpResponse:
    """Show where a system differs from the organisation, and decide on it."""
    found, at, questions = readable_system(request, slug), clock.now(), regime_questions()
    actor, row = person_actor(request, signed_in(request)), system_regimes(found.pk)
    refusal = refusal_for_system(act="regimes.set", system=found, actor=actor, at=at)
    version, answers = (row.version, row.answers) if row else (0, {})
    form = RegimesForm(
        request.POST or None,
        questions=questions,
        of_system=True,
        initial=regimes_initial(questions, answers, version),
    )
    if request.method == "POST" and form.is_valid() and _said(form):
        given = form.cleaned_data
        try:
            set_system_regimes(
                system=found,
                answers=form.answers(),
                expected_version=given["version"],
                reason=given["reason"],
                actor=actor,
                at=at,
            )
        except Invalid as refused:
            _show(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("system-regimes", slug)
    context = {
        "system": found,
        "form": form,
        "row": row,
        "regimes": _lines(questions, profile_of(found.pk)),
        "refusal": refusal,
        "at": at,
    }
    return _page(request, "registry/law/system_regimes.html", context, form)


def _said(form: RegimesForm) -> bool:
    """Whether there is any question to answer: the reference data must be loaded first."""
    if not form.questions:
        form.add_error(None, _("No regime is loaded yet: run manage.py load_reference."))
    return bool(form.questions)


def _show(form: RegimesForm, refused: Refused) -> None:
    """Put what a service found wrong beside the fields."""
    for name, words in (refused.fields or {"": refused.reason}).items():
        form.add_error(name if name in form.fields else None, spoken(words))


def _lines(questions: list[dict[str, Any]], profile: Any) -> list[dict[str, Any]]:
    rules = [rule for rule in clock_rules() if not rule.superseded_in]
    return [
        {
            "question": question,
            "regime": profile.of_fact(question["id"]),
            "rules": [rule for rule in rules if rule.applies_to == question["id"]],
        }
        for question in questions
    ]


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], form: RegimesForm
) -> HttpResponse:
    return render(request, template, context, status=400 if form.errors else 200)
