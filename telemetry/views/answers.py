"""Pages of answers: the masked list, the worst slices, one answer with its looks and reviews."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.rules.refusals import Conflict, Invalid, Missing
from outbox import clock
from registry.access import actor_of, moment_of, signed_in, visible_system, visible_systems
from registry.forms.told import put
from registry.models import System
from registry.selectors.permits import refusal_for_system
from telemetry.forms.answers import ExportForm, LookForm, SendForm, VerdictForm
from telemetry.models import AnswerReview
from telemetry.render.label_file import json_lines_file
from telemetry.selectors.answer_reviews import (
    looks_at,
    reviewers_for,
    reviews_of,
    reviews_waiting_for,
)
from telemetry.selectors.answer_words import as_listed, systems_listed
from telemetry.selectors.answers import (
    OUTCOMES,
    PERIODS,
    REACTIONS,
    Asked,
    Page,
    answers_page,
    asked_of,
    event_by_key,
)
from telemetry.selectors.slices import slices_of
from telemetry.services.answer_reads import export_labels, note_search
from telemetry.services.answers import Looked, give_verdict, look_at_answer, send_to_review

MENDED = (Invalid, Conflict)
MOST_CHOICES = 500


@login_required
@never_cache
@require_GET
def answers(request: HttpRequest) -> HttpResponse:
    """Show one page of the list, and the slices of a system that is chosen."""
    moment, asked = moment_of(request, now=clock.now()), asked_of(request.GET)
    seen, reader = visible_systems(request, moment.now), signed_in(request)
    kept, systems = moment.kept(seen), systems_listed(systems=seen, user=reader, at=moment.now)
    searched = (one for one in systems if asked.system in ("", one.slug))
    lookable = {one.pk for one in searched if one.looked_into}  # type: ignore[attr-defined]  # asked along
    note_search(asked=asked, lookable=lookable, actor=actor_of(request), at=moment.now)
    with moment.reading():
        if moment.as_of is not None:
            systems = list(as_listed(kept))
        page = answers_page(asked=asked, systems=systems, at=moment.at, lookable=lookable)
        chosen = next((one for one in systems if one.slug == asked.system), None)
        slices, worst = _slices(chosen, asked, moment.at)
        context = {
            "asked": asked,
            "page": page,
            "pages": _pages(page, asked, moment.text),
            "systems": systems[:MOST_CHOICES],
            "chosen": chosen,
            "slices": slices,
            "worst": worst,
            "waiting": reviews_waiting_for(user=reader, systems=kept),
            "lookable": bool(lookable),
            "export": ExportForm(auto_id="export_%s") if chosen and chosen.pk in lookable else None,
            "reactions": REACTIONS,
            "outcomes": OUTCOMES,
            "periods": PERIODS,
            "moment": moment,
            "at": moment.at,
        }
        return render(request, "telemetry/answers/list.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Show one answer masked; look at it, send it to review, give the verdict."""
    at = clock.now()
    system = visible_system(request, slug, at)
    event = event_by_key(system=system, key=key)
    seen, may = reviews_of(event, reader=signed_in(request).pk), _may(request, system, at)
    reviews = list(seen.rows)
    mine = _mine(request, reviews)
    known = _forms(request, system, may, mine, reviews, at)
    act = request.POST.get("act", "")
    looked = None
    if request.method == "POST":
        if act not in known:
            raise Missing("not_found", "There is nothing here, or it is not yours to do.")
        done, looked = _carry_out(request, system, key, known[act], act, mine, at)
        if done:
            return redirect("answer", slug=slug, key=key)
    context = {
        "system": system,
        "event": event,
        "looked": looked,
        "looks": looks_at(event),
        "reviews": reviews,
        "hidden": seen.hidden,
        "forms": known,
        "at": at,
    }
    refused = any(form.errors for form in known.values())
    return render(request, "telemetry/answers/answer.html", context, status=400 if refused else 200)


@login_required
@never_cache
@require_POST
def labels_file(request: HttpRequest, slug: str) -> HttpResponse:
    """Hand out the labelled answers of a system as JSON lines, with the reason on record."""
    at = clock.now()
    system = visible_system(request, slug, at)
    form = ExportForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Not taken along: say why, and how far back."))
        return redirect(f"{reverse('answers')}?{urlencode({'system': slug})}")
    found = export_labels(
        system=system,
        days=int(form.cleaned_data["days"]),
        content=form.cleaned_data["content"],
        reason=form.cleaned_data["reason"],
        actor=actor_of(request),
        at=at,
    )
    return json_lines_file(found, name=f"labels-{slug}-{at:%Y%m%d}.jsonl")


def _slices(chosen: System | None, asked: Asked, at: datetime) -> tuple[list[Any], list[Any]]:
    return ([], []) if chosen is None else slices_of(system=chosen, days=asked.days, at=at)


def _pages(page: Page, asked: Asked, as_of: str) -> dict[str, Any]:
    """Return what components/pagination.html shows."""
    stay = asked.query | ({"as_of": as_of} if as_of else {})
    older = f"?{urlencode(stay | {'after': page.older})}" if page.older else ""
    newest = f"?{urlencode(stay)}" if asked.after else ""
    return {
        "shown": len(page.events),
        "older_url": older,
        "newer_url": newest,
        "newer_word": _("Newest"),
    }


def _may(request: HttpRequest, system: System, at: datetime) -> dict[str, bool]:
    actor = actor_of(request)
    acts = {"look": "answer.look", "send": "answer.send", "verdict": "answer.review"}
    return {
        name: refusal_for_system(act=act, system=system, actor=actor, at=at) is None
        for name, act in acts.items()
    }


def _mine(request: HttpRequest, reviews: list[AnswerReview]) -> AnswerReview | None:
    """Return the review that waits for the reader."""
    user = signed_in(request)
    waiting = (one for one in reviews if one.state == AnswerReview.State.WAITING)
    return next((one for one in waiting if one.reviewer_id == user.pk), None)


def _forms(
    request: HttpRequest,
    system: System,
    may: dict[str, bool],
    mine: AnswerReview | None,
    reviews: list[AnswerReview],
    at: datetime,
) -> dict[str, forms.Form]:
    """Return the forms that the reader may use, the sent one with what was typed."""
    act, me = request.POST.get("act", ""), signed_in(request).pk
    waits = any(one.state == AnswerReview.State.WAITING for one in reviews)
    found: dict[str, forms.Form] = {}
    if may["look"]:
        found["look"] = LookForm(request.POST if act == "look" else None, auto_id="look_%s")
    if may["verdict"] and mine is not None:
        found["verdict"] = VerdictForm(
            request.POST if act == "verdict" else None, auto_id="verdict_%s"
        )
    if may["send"] and not waits:
        done = {one.reviewer_id for one in reviews}
        people = [
            one
            for one in reviewers_for(system=system, at=at)
            if one.pk != me and one.pk not in done
        ]
        found["send"] = SendForm(
            request.POST if act == "send" else None, people=people, auto_id="send_%s"
        )
    return found


def _carry_out(
    request: HttpRequest,
    system: System,
    key: str,
    form: forms.Form,
    act: str,
    mine: AnswerReview | None,
    at: datetime,
) -> tuple[bool, Looked | None]:
    """Do what was asked: whether it is done and shown elsewhere, or what was looked at."""
    if not form.is_valid():
        return False, None
    given, actor = form.cleaned_data, actor_of(request)
    try:
        if act == "look":
            looked = look_at_answer(
                system=system, key=key, reason=given["reason"], actor=actor, at=at
            )
            messages.success(request, _("Your look is on record."))
            return False, looked
        if act == "send":
            reviewer = UUID(given["reviewer"])
            send_to_review(
                system=system,
                key=key,
                reason=given["reason"],
                reviewer_id=reviewer,
                actor=actor,
                at=at,
            )
            messages.success(request, _("Sent: it waits for its reviewer."))
        elif mine is not None:
            give_verdict(review_id=mine.pk, **given, actor=actor, at=at)
            messages.success(request, _("Your verdict is on record."))
    except MENDED as refusal:
        put(form, refusal)
        return False, None
    return True, None


urlpatterns: list[URLPattern] = [
    path("answers/", answers, name="answers"),
    path("answers/<slug:slug>/labels.jsonl", labels_file, name="answer-labels"),
    path("answers/<slug:slug>/<str:key>/", answer, name="answer"),
]
