"""Several cases at once: what will happen and who is told, then the act, then what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.forms.fields import payload_of
from governance.rules.meetings import MOST_SIGNED
from governance.views.forms import acting, asks_password, new_key, note, proof, put_on_form, tell
from ledger.rules.refusals import Missing, Refused
from outbox import clock
from registry.access import signed_in
from registry.models import User
from registry.views.refused import in_full
from reports.forms.desk import AcknowledgeForm, AssignForm, CloseForm
from reports.rules.desk import MOST_TOGETHER
from reports.selectors.together import COMMANDS, Chosen, chosen_cases, successors_of
from reports.services.together import Picked, Together, act_together, close_together

LONGEST_MARK = 60


@dataclass(frozen=True, slots=True)
class Words:
    """How an act on several is said: title, button, what it does, who hears of it."""

    title: Promise
    button: Promise
    happens: Promise
    told: Promise


WORDS: Mapping[str, Words] = {
    "acknowledge": Words(
        gettext_lazy("Take several in hand"),
        gettext_lazy("Acknowledge"),
        gettext_lazy(
            "Each case is acknowledged by itself, with these answers. A 'yes' starts a "
            "provisional clock on each of them at once, counted from now. This cannot be undone."
        ),
        gettext_lazy("Compliance is told of each clock that starts; nobody else is mailed."),
    ),
    "answer": Words(
        gettext_lazy("Answer in one line"),
        gettext_lazy("Answer"),
        gettext_lazy(
            "Your line stands with the watch, which closes by itself when its readings recover. If "
            "they do not, it becomes an incident at its deadline."
        ),
        gettext_lazy("Nobody is mailed."),
    ),
    "assign": Words(
        gettext_lazy("Give several to somebody"),
        gettext_lazy("Assign"),
        gettext_lazy(
            "Each case gets the new owner or deputy, with your reason. Deadlines run on as they "
            "are; what was done stays done by who did it."
        ),
        gettext_lazy("Who owns each case from then on, and who deputises, is told."),
    ),
    "close": Words(
        gettext_lazy("Close several small cases"),
        gettext_lazy("Close those and sign"),
        gettext_lazy(
            "One signature closes them; each case keeps a signature of its own, bound to its "
            "record. They end here, and a closed case is only reopened with a reason."
        ),
        gettext_lazy("The owner and the deputy of each case are told."),
    ),
}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def together(request: HttpRequest) -> HttpResponse:
    """Show what an act would do to those chosen, or do it."""
    given = request.POST if request.method == "POST" else request.GET
    act = given.get("act", "acknowledge" if request.method == "GET" else "")
    if act not in COMMANDS:
        raise Missing("unknown_act", "There is no such act on several cases.")
    page = _page(request, act, _picked(given.getlist("case")))
    if request.method != "POST":
        return _show(request, page, _form(page, None))
    return _carry_out(request, page)


@dataclass(frozen=True, slots=True)
class _Page:
    """What the page is about: the act, who reads, when, what was chosen and how it stands."""

    act: str
    reader: User
    at: datetime
    picked: Sequence[Picked]
    chosen: Sequence[Chosen]

    @property
    def may(self) -> list[Chosen]:
        return [one for one in self.chosen if one.may]

    @property
    def words(self) -> Words:
        only_watches = bool(self.may) and all(one.watch is not None for one in self.may)
        return WORDS["answer" if only_watches else self.act]


def _page(request: HttpRequest, act: str, picked: Sequence[Picked]) -> _Page:
    reader, at = signed_in(request), clock.now()
    marks = [one.mark for one in picked]
    chosen = chosen_cases(act=act, marks=marks, user=reader, actor=acting(request), at=at)
    return _Page(act, reader, at, picked, chosen)


def _picked(given: Sequence[str]) -> list[Picked]:
    """What was chosen: 'mark' of the desk, 'mark seen' of the page on which it was looked at."""
    found: dict[str, Picked] = {}
    for typed in given[: 2 * MOST_TOGETHER]:
        mark, _space, seen = typed.replace("\x00", "")[:140].partition(" ")
        found.setdefault(mark[:LONGEST_MARK], Picked(mark[:LONGEST_MARK], seen))
    return list(found.values())[:MOST_TOGETHER]


def _form(page: _Page, posted: Any) -> forms.Form:
    may = page.may
    if page.act == "acknowledge":
        return AcknowledgeForm(
            posted,
            cases=any(one.incident for one in may),
            watches=any(one.watch for one in may),
        )
    if page.act == "assign":
        return AssignForm(posted, people=successors_of(may))
    return CloseForm(posted)


def _carry_out(request: HttpRequest, page: _Page) -> HttpResponse:
    form = _form(page, request.POST)
    if not page.picked or not form.is_valid():
        return _show(request, page, form, status=400)
    run: Callable[[HttpRequest, _Page, forms.Form], Together]
    run = _close if page.act == "close" else _act
    try:
        done = run(request, page, form)
    except Refused as refusal:
        if isinstance(refusal, Missing) or (refusal.status == 403 and not refusal.fields):
            raise
        note(refusal, request)
        wrong = put_on_form(form, refusal)
        return _show(request, page, form, status=refusal.status, password_error=wrong)
    return _tell(request, page, done)


def _act(request: HttpRequest, page: _Page, form: forms.Form) -> Together:
    return act_together(
        act=page.act,
        cases=page.picked,
        payload=payload_of({name: value for name, value in form.cleaned_data.items() if value}),
        key=request.POST.get("key", "").replace("\x00", "")[:60] or new_key(),
        actor=acting(request),
        at=page.at,
    )


def _close(request: HttpRequest, page: _Page, form: forms.Form) -> Together:
    return close_together(
        cases=page.picked,
        lessons=form.cleaned_data.get("lessons", ""),
        ceremony=proof(request),
        actor=acting(request),
        at=clock.now(),
    )


def _tell(request: HttpRequest, page: _Page, done: Together) -> HttpResponse:
    """Go back to the desk where all went well; else say one by one what was refused and why."""
    number = len(done.done)
    words = {
        "acknowledge": ngettext(
            "%(number)d is taken in hand.", "%(number)d are taken in hand.", number
        ),
        "assign": ngettext(
            "%(number)d case is assigned.", "%(number)d cases are assigned.", number
        ),
        "close": ngettext(
            "%(number)d case is closed, with a signature of its own.",
            "%(number)d cases are closed, each with a signature of its own.",
            number,
        ),
    }
    said = words[page.act] % {"number": number}
    if not done.refused:
        tell(request, said)
        return redirect("desk")
    titles = {one.number: one for one in page.chosen} | {one.mark: one for one in page.chosen}
    refused = [
        {"mark": mark, "case": titles.get(mark), "why": in_full(refusal)}
        for mark, refusal in done.refused
    ]
    context = {"said": said if number else "", "refused": refused, "words": page.words}
    status = 200 if number else 409
    return render(request, "reports/desk/together_done.html", context, status=status)


def _show(
    request: HttpRequest,
    page: _Page,
    form: forms.Form,
    *,
    status: int = 200,
    password_error: str = "",
) -> HttpResponse:
    may = page.may
    context = {
        "act": page.act,
        "words": page.words,
        "form": form,
        "may": may,
        "refused": [
            {"case": one, "why": in_full(one.refusal)} for one in page.chosen if one.refusal
        ],
        "told": sorted({name for one in may for name in one.told}),
        "key": request.POST.get("key", "").replace("\x00", "")[:60] or new_key(),
        "most": MOST_SIGNED,
        "reader": page.reader,
        "ask_password": page.act == "close" and asks_password(request, at=page.at),
        "password_error": password_error,
        "at": page.at,
    }
    return render(request, "reports/desk/together.html", context, status=status)


urlpatterns = [path("desk/together/", together, name="desk-together")]
