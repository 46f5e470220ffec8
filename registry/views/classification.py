"""Pages: the classification of a system under the Act, its questionnaire, its risk tier."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.rules.refusals import Forbidden, Invalid, Missing
from outbox import clock
from outbox.languages import spoken
from registry.access import person_actor, signed_in, visible_system
from registry.access.pages import asked, system_to_act_on
from registry.ceremony import reauthenticate_by_form
from registry.forms.questionnaires import AnswersForm
from registry.forms.second_person import (
    ReasonForm,
    StepForm,
    SubmitForm,
    TierForm,
)
from registry.models import Classification, System
from registry.rules.questionnaires import is_asked, read
from registry.selectors.classification import (
    QUESTIONNAIRE,
    classification_by_number,
    classifications_of,
    open_classification,
    open_tier_change,
)
from registry.selectors.classification_page import (
    classification_page,
    judged,
    may,
    one_page,
    progress_of,
)
from registry.selectors.questionnaires import in_language, newest_form
from registry.services.classification import (
    confirm_classification,
    reopen_classification,
    save_answers,
    send_back_classification,
    start_classification,
    submit_classification,
)
from registry.services.tiers import decide_tier, propose_tier
from registry.views.signing import asks_proof, tell_proof

Step = Callable[[HttpRequest, System, forms.Form, datetime], str]


@login_required
@never_cache
@require_GET
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the class that stands, with its reasons, and what is being written."""
    return _overview(request, slug)


def _overview(
    request: HttpRequest, slug: str, failed: str = "", form: forms.Form | None = None
) -> HttpResponse:
    found, moment = asked(request, slug)
    reader, allowed = signed_in(request), {}
    if moment.as_of is None:
        draft = open_classification(found.pk)
        allowed = may(system=found, reader=reader, draft=draft, at=moment.now)
    with moment.reading():
        then = System.objects.select_related("owner", "deputy", "unit").get(pk=found.pk)
        page = classification_page(system=then, at=moment.at)
        shown = _forms(page) | ({failed: form} if failed else {})
        page |= {"moment": moment, "began": found.registered_at, "may": allowed, "forms": shown}
        page |= {"ask": asks_proof(request, at=moment.now), "signer": reader.email}
        status = 400 if failed else 200
        return render(request, "registry/classification/overview.html", page, status=status)


def _forms(page: dict[str, Any]) -> dict[str, forms.Form]:
    system, draft = page["system"], page["draft"]
    seen = {"version": draft.version if draft else 0}
    return {
        "submit": SubmitForm(initial=seen),
        "confirm": StepForm(initial=seen, asks=_("Why you agree"), auto_id="confirm_%s"),
        "back": StepForm(initial=seen, asks=_("What is to be mended"), auto_id="back_%s"),
        "reopen": ReasonForm(auto_id="reopen_%s"),
        "tier": TierForm(
            initial={"version": system.version}, present=system.risk_tier, auto_id="tier_%s"
        ),
        "tier_decide": ReasonForm(auto_id="decide_%s"),
    }


@login_required
@never_cache
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a draft and go to its first section."""
    at = clock.now()
    system = visible_system(request, slug, at)
    actor = person_actor(request, signed_in(request))
    row = start_classification(system_id=system.pk, actor=actor, at=at)
    first = newest_form(QUESTIONNAIRE).sections[0]["id"]
    return redirect("classification-section", slug=slug, number=row.number, section=first)


@login_required
@require_GET
def one(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show one classification with its answers, and what changed against the one before."""
    found, moment = asked(request, slug)
    with moment.reading():
        row = classification_by_number(system_id=found.pk, number=number)
        rows = classifications_of(system_id=found.pk).filter(number__lt=number)
        before = rows.exclude(state__in=Classification.OPEN).first()
        page = one_page(row=row, before=before) | {
            "system": found, "moment": moment, "began": row.started_at, "at": moment.now,
        }  # fmt: skip
        return render(request, "registry/classification/one.html", page)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def section(request: HttpRequest, slug: str, number: int, section: str) -> HttpResponse:
    """Answer a section of a draft; saved as it is, complete or not."""
    user, at = signed_in(request), clock.now()
    system = system_to_act_on(request, slug, act="classification.write", at=at)
    row = classification_by_number(system_id=system.pk, number=number)
    if row.state != Classification.State.DRAFT:
        return redirect("classification-one", slug=slug, number=number)
    form, here = in_language(newest_form(QUESTIONNAIRE)), section
    part = next((one for one in form.sections if one["id"] == here), None)
    if part is None:
        raise Missing("unknown_section", "There is no such section.")
    answers = read(row.answers)
    filled = AnswersForm(
        request.POST or None, answers=answers, version=row.version, reasons=form.reasons,
        questions=[one for one in part["questions"] if is_asked(one, answers)],
    )  # fmt: skip
    if request.method == "POST" and filled.is_valid():
        try:
            saved = save_answers(
                classification_id=row.pk, expected_version=filled.cleaned_data["version"],
                answers=filled.given(), actor=person_actor(request, user), at=at,
            )  # fmt: skip
        except Invalid as refusal:
            filled.tell(refusal)
        else:
            return _onward(request, slug, saved, part)
    page = {
        "system": system, "row": row, "part": part, "form": filled, "at": at,
        "progress": progress_of(form, answers), "outcome": judged(form, answers),
    }  # fmt: skip
    status = 400 if filled.errors else 200
    return render(request, "registry/classification/section.html", page, status=status)


def _onward(
    request: HttpRequest, slug: str, row: Classification, part: dict[str, Any]
) -> HttpResponse:
    """Go to the next section, or stay where an answer has opened another question here."""
    answers, form = read(row.answers), in_language(newest_form(QUESTIONNAIRE))
    # A field that was on the form leaves its reason in the request, though nothing be chosen.
    seen = {name.partition("_")[2] for name in request.POST}
    fresh = [
        one for one in part["questions"] if is_asked(one, answers) and one["id"] not in seen
    ]  # fmt: skip
    if fresh and "done" not in request.POST:
        messages.info(request, _("Saved. What you answered opens further questions here."))
        return redirect("classification-section", slug, row.number, part["id"])
    ids = [one["id"] for one in form.sections]
    following = ids[ids.index(part["id"]) + 1 :]
    if "done" in request.POST or not following:
        messages.success(request, _("Saved as a draft."))
        return redirect("system-classification", slug)
    return redirect("classification-section", slug, row.number, following[0])


@login_required
@never_cache
@require_POST
def act(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """Take a step of two persons on what is open here; what is not right stands on the page."""
    at = clock.now()
    system = visible_system(request, slug, at)
    form = _posted(request, step, system)
    if form.is_valid():
        try:
            told = STEPS[step](request, system, form, at)
        except Invalid as refusal:
            form.add_error(None, spoken(refusal.reason))
            _tell_known(form, refusal)
        except Forbidden as refusal:
            tell_proof(form, refusal, request)
        else:
            messages.success(request, told)
            return redirect("system-classification", slug)
    failed = "tier_decide" if step in ("tier-agree", "tier-decline") else step
    return _overview(request, slug, failed, form)


def _tell_known(form: forms.Form, refusal: Invalid) -> None:
    for name, words in refusal.fields.items():
        if name in form.fields:
            form.add_error(name, spoken(words))


def _posted(request: HttpRequest, step: str, system: System) -> forms.Form:
    if step == "submit":
        return SubmitForm(request.POST)
    if step in ("confirm", "back"):
        return StepForm(request.POST, auto_id=f"{step}_%s")
    if step == "tier":
        return TierForm(request.POST, present=system.risk_tier, auto_id="tier_%s")
    return ReasonForm(request.POST, auto_id="reopen_%s" if step == "reopen" else "decide_%s")


def _open_row(system: System) -> Classification:
    row = open_classification(system.pk)
    if row is None:
        raise Missing("nothing_open", "No classification of this system is open.")
    return row


def _submit(request: HttpRequest, system: System, form: forms.Form, at: datetime) -> str:
    submit_classification(
        classification_id=_open_row(system).pk, expected_version=form.cleaned_data["version"],
        ceremony=reauthenticate_by_form(request),
        actor=person_actor(request, signed_in(request)), at=at,
    )  # fmt: skip
    return _("Submitted and signed: a second person confirms it or sends it back.")


def _confirm(request: HttpRequest, system: System, form: forms.Form, at: datetime) -> str:
    confirm_classification(
        classification_id=_open_row(system).pk, expected_version=form.cleaned_data["version"],
        reason=form.cleaned_data["reason"], ceremony=reauthenticate_by_form(request),
        actor=person_actor(request, signed_in(request)), at=at,
    )  # fmt: skip
    return _("Confirmed and signed: this class stands from now on.")


def _back(request: HttpRequest, system: System, form: forms.Form, at: datetime) -> str:
    send_back_classification(
        classification_id=_open_row(system).pk, expected_version=form.cleaned_data["version"],
        reason=form.cleaned_data["reason"], actor=person_actor(request, signed_in(request)), at=at,
    )  # fmt: skip
    return _("It is a draft again, with your reason.")


def _reopen(request: HttpRequest, system: System, form: forms.Form, at: datetime) -> str:
    actor = person_actor(request, signed_in(request))
    reason = form.cleaned_data["reason"]
    reopen_classification(system_id=system.pk, reason=reason, actor=actor, at=at)
    return _("Opened again. The class stands until another one is confirmed.")


def _tier(request: HttpRequest, system: System, form: forms.Form, at: datetime) -> str:
    row = propose_tier(
        system_id=system.pk, to_tier=form.cleaned_data["to_tier"],
        reason=form.cleaned_data["reason"], expected_version=form.cleaned_data["version"],
        actor=person_actor(request, signed_in(request)), at=at,
    )  # fmt: skip
    if row.applied_at is not None:
        return _("Raised at once; a second person agrees or declines.")
    return _("Proposed: it is lowered when a second person agrees.")


def _decide(agreed: bool) -> Step:
    def decide(request: HttpRequest, system: System, form: forms.Form, at: datetime) -> str:
        row = open_tier_change(system.pk)
        if row is None:
            raise Missing("nothing_open", "No change of the risk tier waits.")
        decide_tier(
            change_id=row.pk, agreed=agreed, reason=form.cleaned_data["reason"],
            actor=person_actor(request, signed_in(request)), at=at,
        )  # fmt: skip
        return _("Decided, and on record.")

    return decide


STEPS: dict[str, Step] = {
    "submit": _submit,
    "confirm": _confirm,
    "back": _back,
    "reopen": _reopen,
    "tier": _tier,
    "tier-agree": _decide(True),
    "tier-decline": _decide(False),
}

HERE = "systems/<slug:slug>/classification/"
urlpatterns: list[URLPattern] = [
    path(HERE, overview, name="system-classification"),
    path(f"{HERE}start/", start, name="classification-start"),
    *(path(f"{HERE}{step}/", act, {"step": step}, name=f"classification-{step}") for step in STEPS),
    path(f"{HERE}<int:number>/", one, name="classification-one"),
    path(f"{HERE}<int:number>/<slug:section>/", section, name="classification-section"),
]
