"""An incident: the case file, and the commands that its one acting panel sends."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from governance.forms.clocks import EndedClockForm, SubmissionForm
from governance.forms.commands import (
    BindingForm,
    CommandForm,
    ConfirmationForm,
    FailedActionForm,
    FindingsForm,
    ProofForm,
    ValidationForm,
)
from governance.forms.comments import comment_form_of
from governance.forms.containment import HoldingForm
from governance.forms.turns import TurnForm
from governance.rules.act_words import ACTS
from governance.rules.ledger_filter import read_uuid
from governance.selectors.begun import opened
from governance.selectors.pages.drafted import last_line
from governance.selectors.pages.incident import Case, page_of
from governance.selectors.pages.prefill import named_in, prefilled
from governance.selectors.pages.steps import HOLDING, TURNS
from governance.selectors.pages.visibility import incident_as_read, incident_of_number
from governance.views.forms import (
    PASSWORD,
    acting,
    asks_password,
    new_key,
    note,
    proof,
    put_on_form,
    tell,
)
from incidents.models import Incident
from incidents.rules.transitions import COMMANDS, STATE_WORDS
from incidents.selectors.promotions import promoted, unbound
from incidents.selectors.proofs import actions_of
from incidents.selectors.report_drafts import drafts_of
from incidents.selectors.visibility import incidents_visible_to
from incidents.services.commands import Result, execute
from incidents.services.looks import note_look
from ledger.rules.refusals import Conflict, Refused
from ledger.rules.worded import term, word, worded
from outbox import clock
from registry.access import Moment, moment_of, signed_in
from registry.models import User

MENDED_HERE = ("password_wrong", "reauthentication_needed")
DONE = {
    "acknowledge": "Acknowledged.",
    "answer_silenced": "Answered and closed.",
    "first_assessment": "The first assessment is saved.",
    "submit_findings": "Signed and submitted; compliance is told.",
    "add_evidence": "The evidence is added.",
    "raise_severity": "The severity is raised.",
    "validate": "Signed.",
    "return_to_owner": "Returned to the owner, with what is missing.",
    "dismiss": "Dismissal recorded.",
    "close_small": "Signed and closed.",
    "confirm_action": "Your observation is recorded.",
    "cannot_execute": "Recorded; whoever decides what now is told.",
    "bind_version": "Bound: the order is for this version alone.",
    "confirm_proof": "The proof is confirmed.",
    "verification_failed": "Sent back to the committee.",
    "close": "Signed: verified and closed.",
    "review_acceptance": "The review is recorded.",
    "risk_removed": "Recorded; readings have to show it now.",
    "learn_awareness": "Recorded; clocks that count from it are recomputed.",
    "state_fact": "The fact is recorded.",
    "record_submission": "The report is recorded.",
    "decide_clock": "Your decision is recorded.",
    "emergency_contain": "It is stopped or restricted; the committee is to ratify it.",
    "explain_containment": "The reason stands beside the stop.",
    "confirm_containment": "Recorded: it holds.",
    "take_interim": "The measure is in force until its end; compliance is told.",
    "end_interim": "The measure is ended.",
    "set_hold": "The evidence is held.",
    "release_hold": "The evidence is released.",
    "withdraw": "Recorded: withdrawal.",
    "reopen": "Recorded: reopening.",
    "lower_severity": "The severity is lowered.",
    "reassign": "Reassigned; both are told.",
    "pause_clock": "Recorded: pause of the deadline.",
    "resume_clock": "The deadline runs again.",
    "merge": "Recorded: merge.",
    "split": "Recorded: split.",
    "link": "Linked.",
    "wait_for": "Recorded; it is shown in every list.",
}


@login_required
@require_GET
def incident(request: HttpRequest, number: str) -> HttpResponse:
    """Show the case file with the reader's one next step, or as it was at an instant."""
    reader, now = signed_in(request), clock.now()
    moment = moment_of(request, now=now)
    visible = incidents_visible_to(user=reader, at=now)
    found = incident_of_number(number=number, user=reader, at=now, visible=visible)
    if moment.as_of is not None:
        return _show_past(request, found, reader, moment)
    case = Case(incident=found, reader=reader, at=now, visible=visible)
    main = case.acts.main
    command = main.command if main and not main.is_link else ""
    response, newest = _shown(request, case, command)
    note_look(incident_id=found.pk, person=reader.pk, entry=newest, at=now)
    return response


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, number: str, command: str) -> HttpResponse:
    """Show the case file with the form of another step, or carry a step out."""
    if command not in COMMANDS or command not in ACTS:
        raise Http404
    case = _case(request, number)
    if request.method == "POST":
        return _carry_out(request, case, command)
    if case.acts.named(command) is None:
        raise _refusal(case, command)
    return _show(request, case, command)


def _case(request: HttpRequest, number: str) -> Case:
    at, reader = clock.now(), signed_in(request)
    visible = incidents_visible_to(user=reader, at=at)
    found = incident_of_number(number=number, user=reader, at=at, visible=visible)
    return Case(incident=found, reader=reader, at=at, visible=visible)


def _show_past(request: HttpRequest, found: Incident, reader: User, moment: Moment) -> HttpResponse:
    """Show the file as it was, with nothing to be done on it."""
    moment.require(began=found.opened_at, what=opened(found.number))
    with moment.reading():
        then = incident_as_read(incident_id=found.pk)
        case = Case(incident=then, reader=reader, at=moment.at, may_act=False)
        return _show(request, case, "", moment=moment)


def _refusal(case: Case, command: str) -> Refused:
    """Why there is no form for a step. To have looked is no attempt, so it is not on record."""
    found = dict(case.acts.refused).get(command)
    if found is not None:
        subject = ("incident", str(case.incident.pk), case.incident.number)
        return type(found)(found.code, found.reason, who_can=found.who_can, subject=subject)
    where = STATE_WORDS[case.incident.state]
    return Conflict(
        "state_does_not_allow",
        worded(
            "You cannot {words} {number} now: it stands at {where}.",
            words=COMMANDS[command].words,
            number=case.incident.number,
            where=where,
        ),
    )


def _carry_out(request: HttpRequest, case: Case, command: str) -> HttpResponse:
    """Send the command. What can be mended is told on the form, everything else refused."""
    form = _form(case, command, request.POST)
    is_possible = case.acts.named(command) is not None
    if not form.is_valid() and is_possible:
        return _show(request, case, command, form=form, status=400)
    try:
        result = _execute(request, case, command, form, signs=is_possible)
    except Refused as refusal:
        return _mend(request, case, command, form, refusal, is_possible=is_possible)
    _tell(request, command, result)
    return HttpResponseRedirect(reverse("incident", args=[case.incident.number]))


def _execute(
    request: HttpRequest, case: Case, command: str, form: CommandForm, *, signs: bool
) -> Result:
    """Give the command; whoever may not give it is refused before anybody signs."""
    is_valid = form.is_valid()
    ceremony = proof(request) if signs and COMMANDS[command].meaning else None
    return execute(
        command=command,
        incident_id=case.incident.pk,
        actor=acting(request),
        at=case.at,
        expected_version=form.cleaned_data.get("version"),
        idempotency_key=form.cleaned_data.get("key") or None,
        payload=form.payload() if is_valid else {},
        signature=ceremony,
    )


def _mend(
    request: HttpRequest,
    case: Case,
    command: str,
    form: CommandForm,
    refusal: Refused,
    *,
    is_possible: bool,
) -> HttpResponse:
    if refusal.code == "stale_version" and is_possible:
        return _show_stale(request, case, command, form)
    can_be_mended = refusal.status == 400 or refusal.code in MENDED_HERE
    if not is_possible or not can_be_mended:
        raise refusal
    note(refusal, request)
    password_error = put_on_form(form, refusal)
    return _show(
        request, case, command, form=form, status=refusal.status, password_error=password_error
    )


def _show_stale(request: HttpRequest, case: Case, command: str, form: CommandForm) -> HttpResponse:
    """Somebody changed it while the reader wrote: the text is kept, on the version of now."""
    typed = request.POST.copy()
    typed["version"], typed["key"] = str(case.incident.version), new_key()
    kept = _form(case, command, typed)
    return _show(request, case, command, form=kept, status=409, stale=True)


def _tell(request: HttpRequest, command: str, result: Result) -> None:
    words = DONE[command]
    if result.transition.payload.get("step") == "asked":
        words = word("Asked for; who can agree is told.")
    moved = result.transition.from_state != result.transition.to_state
    if moved:
        words = worded(
            "{done} It stands at {stage} now.",
            done=term(words),
            stage=term(STATE_WORDS[result.transition.to_state]),
        )
    tell(request, words, result.transition.entry_number)


def _show(
    request: HttpRequest,
    case: Case,
    command: str,
    *,
    form: CommandForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    return _shown(request, case, command, form=form, status=status, **more)[0]


def _shown(
    request: HttpRequest,
    case: Case,
    command: str,
    *,
    form: CommandForm | None = None,
    status: int = 200,
    **more: Any,
) -> tuple[HttpResponse, int]:
    """Draw the page; return it with the number of the newest ledger entry that stands on it."""
    whole = request.GET.get("record") == "all"
    context = page_of(
        case,
        whole_record=whole,
        after=_entry_in(request.GET.get("since", "")),
        notes_before=read_uuid(request.GET.get("notes", "")),
    )
    context |= {"began": case.incident.opened_at, "moment": Moment(case.at, None, case.zone)}
    context["comment_form"] = comment_form_of(context["comments"])
    if command:
        context |= _panel(request, case, command, form)
    response = render(request, "governance/incident.html", context | more, status=status)
    return response, context["newest_entry"]


def _entry_in(said: str) -> int | None:
    """Return the ledger number that an address gives, None for none."""
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 15 else None


def _panel(
    request: HttpRequest, case: Case, command: str, form: CommandForm | None
) -> dict[str, Any]:
    """The form of the acting panel and everything around it."""
    shown = case.acts.named(command)
    main = case.acts.main
    limit = case.plan.signature_fresh_seconds
    return {
        "act": shown,
        "form": form or _form(case, command, named=named_in(command, request.GET)),
        "others": [
            other
            for other in (main, *case.acts.near)
            if other is not None and other.command != command
        ],
        "ask_password": bool(request.POST.get(PASSWORD))
        or asks_password(request, at=case.at, limit=limit),
        "signs_record": _record_to_sign(case, command),
        "drafted": case.draft.sources if command == "submit_findings" else [],
    }


def _record_to_sign(case: Case, command: str) -> str:
    """The hash of what a reviewer signs, where it stands already."""
    findings = case.papers.findings
    return findings.record_sha256 if findings and command in ("validate", "close_small") else ""


def _form(
    case: Case, command: str, data: Any = None, named: Mapping[str, str] | None = None
) -> CommandForm:
    """Return the form of a command, bound to what was typed or holding what is known."""
    known = {"version": case.incident.version, "key": new_key()}
    kwargs: dict[str, Any] = {
        "command": command,
        "small": case.small,
        "initial": {**known, **prefilled(case, command), **(named or {})},
        "auto_id": f"{command}_%s",
    }
    if command in HOLDING:
        return HoldingForm(data, incident=case.incident, **kwargs)
    if command in TURNS:
        agrees = case.cast.agrees(command, case.reader.pk)
        return TurnForm(data, incident=case.incident, cast=case.cast, agrees=agrees, **kwargs)
    form, more = FORMS.get(command, (CommandForm, _nothing))
    made: CommandForm = form(data, **more(case), **kwargs)
    return made


def _nothing(case: Case) -> dict[str, Any]:
    return {}


def _running_clocks(case: Case) -> dict[str, Any]:
    return {"clocks": [one for one in case.papers.clocks if one.state == "provisional"]}


def _owed_clocks(case: Case) -> dict[str, Any]:
    drafts = drafts_of(case.incident).order_by("regime", "-version")[:20]
    return {"clocks": [one for one in case.papers.clocks if one.runs], "drafts": drafts}


def _ended_clocks(case: Case) -> dict[str, Any]:
    return {"clocks": [one for one in case.papers.clocks if one.state == "ended"]}


def _own_actions(case: Case) -> dict[str, Any]:
    """What the reader carries out, themselves or for somebody, and is not settled."""
    principals = case.cast.principals(case.reader.pk)
    people = {case.reader.pk, *(principal.pk for principal in principals)}
    return {"actions": [one for one in case.papers.unsettled if one.executor_id in people]}


def _promoted(case: Case) -> dict[str, Any]:
    """The retrainings that a version went live for, with that version."""
    rows = [(one, promoted(one)) for one in unbound(actions_of(case.incident))]
    return {"found": [(action, version) for action, version in rows if version is not None]}


FORMS: dict[str, tuple[Callable[..., CommandForm], Callable[[Case], dict[str, Any]]]] = {
    "submit_findings": (FindingsForm, lambda case: {"last_line": last_line()}),
    "validate": (ValidationForm, _running_clocks),
    "confirm_proof": (ProofForm, lambda case: {"windows": case.papers.unwitnessed}),
    "verification_failed": (ProofForm, lambda case: {"windows": case.papers.windows}),
    "record_submission": (SubmissionForm, _owed_clocks),
    "decide_clock": (EndedClockForm, _ended_clocks),
    "cannot_execute": (FailedActionForm, _own_actions),
    "bind_version": (BindingForm, _promoted),
    "confirm_action": (ConfirmationForm, lambda case: {"actions": case.papers.unconfirmed}),
}
"""Commands whose form needs more than their fields, and what of the case it is given."""
