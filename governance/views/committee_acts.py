"""What each button of a motion's page does: one call a step, and what is said afterwards."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from governance.selectors.pages.seats import Hearing
from governance.services.ballots import cast_ballot
from governance.services.casting import cast_casting
from governance.services.closings import close_round
from governance.services.electorates import activate_substitute, declare_recusal
from governance.services.motion_edits import Edit, edit_motion
from governance.services.motions import withdraw_motion
from governance.services.recusals import ask_recusal, void_ballot
from governance.services.round_times import change_to_writing, move_close, return_to_seat
from governance.services.rounds import convene, send_up
from governance.views.forms import acting, proof
from ledger.rules.worded import term, worded
from outbox.languages import spoken
from registry.selectors.instants import said_here

Door = Callable[[HttpRequest, Hearing, Any], str]


def _vote(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    typed = form.cleaned_data
    decision = hearing.decision
    cast_ballot(
        decision_id=decision.pk,
        vote=typed.get("vote", ""),
        reason=typed.get("reason", ""),
        ceremony=proof(request),
        idempotency_key=typed.get("key") or None,
        expected_motion_sha256=typed.get("motion", ""),
        final=typed.get("final", False),
        actor=acting(request),
        at=hearing.at,
    )
    return _("Your vote on motion %(number)s is signed. The secretary is told that you voted.") % {
        "number": decision.number
    }


def _recuse(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    declare_recusal(
        decision_id=hearing.decision.pk,
        reason=form.cleaned_data.get("reason", ""),
        actor=acting(request),
        at=hearing.at,
    )
    return _("You are recused from this round; it is on the record with your reason.")


def _convene(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    decision = convene(
        decision_id=hearing.decision.pk,
        closes_in=form.cleaned_data.get("closes_in") or None,
        urgent=form.cleaned_data.get("urgent", False),
        actor=acting(request),
        at=hearing.at,
    )
    return _("Convened on motion %(number)s. The electorate is frozen; everybody was told.") % {
        "number": decision.number
    }


def _substitute(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    seat = activate_substitute(
        decision_id=hearing.decision.pk,
        seat_number=form.cleaned_data.get("seat") or 0,
        reason=form.cleaned_data.get("reason", ""),
        actor=acting(request),
        at=hearing.at,
    )
    return _("The substitute sits on seat %(number)s for this round.") % {"number": seat.number}


def _close(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    decision = close_round(
        decision_id=hearing.decision.pk,
        actor=acting(request),
        at=hearing.at,
        ceremony=proof(request) if hearing.leads else None,
    )
    state = term(decision.get_state_display(), lowered=True)
    return spoken(worded("The vote is closed and certified: {state}.", state=state))


def _send_up(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    decision = send_up(
        decision_id=hearing.decision.pk,
        reason=form.cleaned_data.get("reason", ""),
        actor=acting(request),
        at=hearing.at,
    )
    return _("Sent up: motion %(number)s is before %(body)s.") % {
        "number": decision.number,
        "body": decision.committee.name,
    }


def _withdraw(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    decision = withdraw_motion(
        decision_id=hearing.decision.pk,
        reason=form.cleaned_data.get("reason", ""),
        actor=acting(request),
        at=hearing.at,
    )
    return _("Motion %(number)s is withdrawn, visibly; another one can be put.") % {
        "number": decision.number
    }


def _cast(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    cast_casting(
        decision_id=hearing.decision.pk,
        vote=form.cleaned_data.get("vote", ""),
        reason=form.cleaned_data.get("reason", ""),
        ceremony=proof(request),
        expected_motion_sha256=form.cleaned_data.get("motion", ""),
        actor=acting(request),
        at=hearing.at,
    )
    return _("The casting vote is signed. The vote can be closed now.")


def _ask_recusal(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    ask_recusal(
        decision_id=hearing.decision.pk,
        reason=form.cleaned_data.get("reason", ""),
        actor=acting(request),
        at=hearing.at,
    )
    return _("The chair is asked. Until the reason is accepted your ballot counts.")


def _move(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    decision = move_close(
        decision_id=hearing.decision.pk,
        later_by=form.cleaned_data.get("later_by", ""),
        reason=form.cleaned_data.get("reason", ""),
        actor=acting(request),
        at=hearing.at,
    )
    closes = said_here(decision.closes_at) if decision.closes_at else ""
    return _("It closes later now: %(when)s. Everybody was told.") % {"when": spoken(closes)}


def _write(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    change_to_writing(
        decision_id=hearing.decision.pk,
        reason=form.cleaned_data.get("reason", ""),
        actor=acting(request),
        at=hearing.at,
    )
    return _("It is decided in writing, and open now. Everybody was told.")


def _return(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    seat = return_to_seat(
        decision_id=hearing.decision.pk,
        seat_number=form.cleaned_data.get("seat") or 0,
        actor=acting(request),
        at=hearing.at,
    )
    return _("%(name)s sits on seat %(number)s again.") % {
        "name": seat.holder.name,
        "number": seat.number,
    }


def _edit(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    typed = form.cleaned_data
    following = edit_motion(
        decision_id=hearing.decision.pk,
        edit=Edit(title=typed.get("title"), reason=typed.get("reason")),
        why=typed.get("why", ""),
        actor=acting(request),
        at=hearing.at,
    )
    return _("Motion %(number)s takes its place; this one is void, visibly.") % {
        "number": following.number
    }


def _void(request: HttpRequest, hearing: Hearing, form: Any) -> str:
    void_ballot(
        decision_id=hearing.decision.pk,
        seat_number=form.cleaned_data.get("seat") or 0,
        reason=form.cleaned_data.get("reason", ""),
        actor=acting(request),
        at=hearing.at,
    )
    return _("The ballot is void for cause, visibly; the seat stays in the electorate.")


ACTS: dict[str, Door] = {
    "vote": _vote,
    "recuse": _recuse,
    "convene": _convene,
    "substitute": _substitute,
    "close": _close,
    "send-up": _send_up,
    "withdraw": _withdraw,
    "cast": _cast,
    "ask-recusal": _ask_recusal,
    "move": _move,
    "in-writing": _write,
    "return": _return,
    "void": _void,
    "edit": _edit,
}
