"""The committee: its docket, the page of a motion, votes, and what who leads a round does."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from governance.forms.ballots import (
    AnswerForm,
    BallotForm,
    CastingForm,
    ConveningForm,
    EditForm,
    MoveForm,
    ReasonForm,
    RecusalForm,
    SeatForm,
    SettledForm,
    ShownForm,
    SubstituteForm,
    VoidForm,
)
from governance.models import Decision
from governance.selectors.pages.ballot import hearing_page
from governance.selectors.pages.dockets import docket_page
from governance.selectors.pages.seats import Hearing
from governance.selectors.pages.visibility import decision_of_number
from governance.selectors.rounds import may_close_from
from governance.views.committee_acts import ACTS
from governance.views.forms import (
    PASSWORD,
    asks_password,
    new_key,
    note,
    put_on_form,
    tell,
)
from ledger.rules.refusals import Refused
from outbox import clock
from registry.access import signed_in

MENDED_HERE = ("password_wrong", "reauthentication_needed")


@login_required
@require_GET
def dockets(request: HttpRequest) -> HttpResponse:
    """Show what waits for votes, what is to be convened, what was decided."""
    page = docket_page(reader=signed_in(request), at=clock.now())
    return render(request, "governance/dockets.html", page)


@login_required
@require_GET
def ballot(request: HttpRequest, number: str) -> HttpResponse:
    """Show a motion with the reader's vote, or what the reader does who leads the round."""
    return _show(request, _hearing(request, number), {})


@login_required
@require_POST
def ballot_act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Carry out one step on a motion. What can be mended is told on its form."""
    if act not in ACTS:
        raise Http404
    hearing = _hearing(request, number)
    form = _forms(hearing, request.POST, only=act)[act]
    if not form.is_valid() and _is_open_to(hearing, act):
        return _show(request, hearing, {act: form}, status=400)
    try:
        words = ACTS[act](request, hearing, form)
    except Refused as refusal:
        return _mend(request, hearing, act, form, refusal)
    tell(request, words)
    return HttpResponseRedirect(reverse("ballot", args=[number]))


def _hearing(request: HttpRequest, number: str) -> Hearing:
    at, reader = clock.now(), signed_in(request)
    decision = decision_of_number(number=number, user=reader, at=at)
    return Hearing(decision=decision, reader=reader, at=at)


def _is_open_to(hearing: Hearing, act: str) -> bool:
    own = {
        "vote": hearing.may_vote,
        "recuse": hearing.may_vote,
        "cast": hearing.may_cast,
        "ask-recusal": hearing.may_ask_recusal,
        "return": bool(hearing.may_return),
        "void": hearing.chairs,
    }
    return own.get(act, hearing.leads)


def _mend(
    request: HttpRequest, hearing: Hearing, act: str, form: forms.Form, refusal: Refused
) -> HttpResponse:
    can_be_mended = refusal.status == 400 or refusal.code in MENDED_HERE
    if not can_be_mended or not _is_open_to(hearing, act):
        raise refusal
    note(refusal, request)
    password_error = put_on_form(form, refusal)
    return _show(
        request, hearing, {act: form}, status=refusal.status, password_error=password_error
    )


def _forms(hearing: Hearing, data: Any = None, only: str = "") -> dict[str, Any]:
    """The forms of the page; the one named is bound to what was typed."""

    def given(act: str) -> Any:
        return data if act == only else None

    first = {
        "motion": hearing.decision.motion_sha256,
        "key": new_key(),
        **BallotForm.values_of(hearing.ballot),
    }
    return {
        "vote": BallotForm(given("vote"), initial=first, auto_id="vote_%s"),
        "recuse": RecusalForm(given("recuse"), auto_id="recuse_%s"),
        "convene": ConveningForm(given("convene"), auto_id="convene_%s"),
        "substitute": SubstituteForm(
            given("substitute"), electors=hearing.empty_seats, auto_id="substitute_%s"
        ),
        "close": forms.Form(given("close")),
        "send-up": ReasonForm(given("send-up"), auto_id="send_up_%s"),
        "withdraw": ReasonForm(given("withdraw"), auto_id="withdraw_%s"),
        "cast": CastingForm(given("cast"), initial={"motion": first["motion"]}, auto_id="cast_%s"),
        "ask-recusal": RecusalForm(given("ask-recusal"), auto_id="ask_recusal_%s"),
        "edit": EditForm(
            given("edit"),
            initial={"title": hearing.decision.title, "reason": hearing.decision.reason},
            auto_id="edit_%s",
        ),
        "move": MoveForm(given("move"), auto_id="move_%s"),
        "in-writing": ReasonForm(given("in-writing"), auto_id="in_writing_%s"),
        "return": SeatForm(given("return"), electors=hearing.may_return, auto_id="return_%s"),
        "void": VoidForm(given("void"), electors=hearing.lost_with_ballot, auto_id="void_%s"),
    }


def _show(
    request: HttpRequest,
    hearing: Hearing,
    bound: dict[str, Any],
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    shown = _forms(hearing) | bound
    page = hearing_page(hearing)
    for item in page["condition_rows"]:
        if item["is_open"]:
            number = item["row"].number
            item["shown"] = ShownForm(auto_id=f"shown_{number}_%s")
            item["settled"] = SettledForm(auto_id=f"settled_{number}_%s")
    for item in page["recusal_requests"]:
        item["form"] = AnswerForm(auto_id=f"answer_{item['row'].pk}_%s") if item["answers"] else ""
    context = page | {
        "forms": {name.replace("-", "_"): form for name, form in shown.items()},
        "main": _main(hearing),
        "closes_from": _closes_from(hearing),
        "ask_password": bool(request.POST.get(PASSWORD)) or asks_password(request, at=hearing.at),
        "reader": hearing.reader,
        **more,
    }
    return render(request, "governance/ballot.html", context, status=status)


def _main(hearing: Hearing) -> str:
    """The one step of this reader: vote, then close where nothing is open any more, convene."""
    if hearing.may_vote and hearing.ballot is None:
        return "vote"
    if hearing.may_cast:
        return "cast"
    if hearing.leads and hearing.decision.state == Decision.State.DRAFT:
        return "convene"
    if hearing.leads and _is_closable(hearing):
        return "close"
    return "vote" if hearing.may_vote else ""


def _closes_from(hearing: Hearing) -> Any:
    if hearing.round is None or hearing.decision.state != Decision.State.OPEN:
        return None
    return may_close_from(decision=hearing.decision, found=hearing.round, at=hearing.at)


def _is_closable(hearing: Hearing) -> bool:
    opens = _closes_from(hearing)
    return opens is not None and opens <= hearing.at
