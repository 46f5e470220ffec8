"""Pages of meetings: the list, convening one, the page of one with what is done in it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.forms.meetings import (
    AttendanceForm,
    ConsentForm,
    EmptyForm,
    ItemForm,
    LiftForm,
    MeetingForm,
    NoteForm,
    ReasonForm,
)
from governance.models import AgendaItem, Meeting
from governance.selectors.begun import convened
from governance.selectors.meetings import (
    candidates,
    committees_visible_to,
    leads_one,
    meeting_as_read,
    meeting_by_number,
    meetings_of,
    meetings_page,
)
from governance.selectors.pages.meetings import meeting_page
from governance.services.agendas import add_item, note_item
from governance.services.consent import ListedVote, lift_out, sign_consent
from governance.services.meetings import (
    cancel_meeting,
    convene_meeting,
    end_meeting,
    open_meeting,
    record_attendance,
)
from governance.views.forms import (
    acting,
    asks_password,
    carry_out,
    note,
    proof,
    put_on_form,
    tell,
)
from incidents.selectors.visibility import incidents_visible_to
from ledger.rules.refusals import Forbidden, Refused
from outbox import clock
from registry.access import Moment, moment_of, signed_in
from registry.selectors.keyset import place_of

SHOWN = 100
Page = dict[str, Any]
State = Meeting.State


@login_required
@never_cache
@require_GET
def meetings(request: HttpRequest) -> HttpResponse:
    """Show the meetings that the reader may see: those to come first."""
    reader, at = signed_in(request), clock.now()
    committees = committees_visible_to(user=reader, at=at)
    after = request.GET.get("after", "")[:80]
    to_come, past = meetings_page(meetings_of(committees), after=after, limit=SHOWN)
    last = past[SHOWN - 1] if len(past) > SHOWN else None
    context = {
        "to_come": to_come,
        "past": past[:SHOWN],
        "pages": {
            "shown": len(past[:SHOWN]),
            "older_url": f"?after={place_of(last.starts_at, last.number)}" if last else "",
            "newer_url": "?" if after else "",
        },
        "may_convene": bool(leads_one(user=reader, at=at, committees=committees)),
        "at": at,
    }
    return render(request, "governance/meetings/list.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Convene a meeting."""
    reader, at = signed_in(request), clock.now()
    bodies = leads_one(user=reader, at=at)
    if not bodies:
        raise Forbidden(
            "not_your_part",
            "You cannot convene a meeting: the chair, the vice chair or the secretary of a body "
            "does.",
            recorded=True,
        )
    visible = incidents_visible_to(user=reader, at=at)
    offered = [candidates(committee=one, visible=visible) for one in bodies]
    motions = [row for rows, _later in offered for row in rows]
    form = MeetingForm(request.POST or None, committees=bodies, motions=motions)
    if request.method == "POST" and form.is_valid():
        try:
            made = convene_meeting(
                committee_id=UUID(form.cleaned_data["committee"]),
                call=form.call(),
                items=form.items(),
                actor=acting(request),
                at=at,
            )
        except Refused as refusal:
            note(refusal, request)
            put_on_form(form, refusal)
        else:
            tell(request, _("Convened as %s. Everybody was told.") % made.number)
            return redirect("meeting", made.number)
    status = 400 if form.errors else 200
    more = any(later for _rows, later in offered)
    context = {"form": form, "at": at, "motions": motions, "more_motions": more}
    return render(request, "governance/meetings/new.html", context, status=status)


@login_required
@never_cache
@require_GET
def one(request: HttpRequest, number: str) -> HttpResponse:
    """Show a meeting, as it is or was: agenda, who was there, and what the reader can do."""
    moment = moment_of(request, now=clock.now())
    if moment.as_of is None:
        return _show(request, _page(request, number))
    return _show_past(request, number, moment)


@login_required
@never_cache
@require_POST
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Do one thing in a meeting; what can be mended is told on its form."""
    if act not in ACTS:
        raise Http404
    page = _page(request, number)
    form = _form(act, page, request.POST)
    return carry_out(
        request,
        form,
        run=lambda: ACTS[act](request, page, form),
        show=lambda status, wrong: _show(
            request, page, {act: form}, status=status, password_error=wrong
        ),
        done=lambda: redirect(_next(act, page), number),
    )


def _next(act: str, page: Page) -> str:
    """Where an act leads: once the meeting has ended everything goes into its minutes."""
    has_ended = page["meeting"].state == State.ENDED
    return "minutes" if act == "end" or (has_ended and page["minutes"]) else "meeting"


def _page(request: HttpRequest, number: str) -> Page:
    reader, at = signed_in(request), clock.now()
    meeting = meeting_by_number(number=number, user=reader, at=at)
    visible = incidents_visible_to(user=reader, at=at)
    page = meeting_page(
        meeting=meeting,
        visible=visible,
        reader=reader,
        at=at,
        motions_after=request.GET.get("motions_after", "")[:80],
    )
    return page | {"moment": Moment(at, None, ZoneInfo(reader.zone))}


def _show_past(request: HttpRequest, number: str, moment: Moment) -> HttpResponse:
    """Show a meeting as it was, with nothing to be done in it."""
    reader = signed_in(request)
    found = meeting_by_number(number=number, user=reader, at=moment.now)
    moment.require(began=found.notice_sent_at, what=convened(found.number))
    visible = moment.kept(incidents_visible_to(user=reader, at=moment.now))
    with moment.reading():
        then = meeting_as_read(meeting_id=found.pk)
        page = meeting_page(
            meeting=then, visible=visible, reader=reader, at=moment.at, may_act=False
        )
        page |= {"moment": moment, "forms": {}}
        return render(request, "governance/meetings/one.html", page)


def _open(request: HttpRequest, page: Page, form: Any) -> str:
    open_meeting(meeting_id=page["meeting"].pk, actor=acting(request), at=page["at"])
    return _("The meeting is open. Record who is there.")


def _end(request: HttpRequest, page: Page, form: Any) -> str:
    end_meeting(meeting_id=page["meeting"].pk, actor=acting(request), at=page["at"])
    return _("The meeting has ended. Its minutes are drawn up and wait for their signatures.")


def _cancel(request: HttpRequest, page: Page, form: Any) -> str:
    cancel_meeting(
        meeting_id=page["meeting"].pk,
        reason=form.cleaned_data["reason"],
        actor=acting(request),
        at=page["at"],
    )
    return _("The meeting is cancelled; everybody was told.")


def _add(request: HttpRequest, page: Page, form: Any) -> str:
    row = add_item(
        meeting_id=page["meeting"].pk, item=form.item(), actor=acting(request), at=page["at"]
    )
    return _("Item %d stands on the agenda; everybody was told.") % row.position


def _attend(request: HttpRequest, page: Page, form: Any) -> str:
    given = form.cleaned_data
    row = record_attendance(
        meeting_id=page["meeting"].pk,
        person_id=UUID(given["person"]),
        standing=given["standing"],
        note=given["note"],
        actor=acting(request),
        at=page["at"],
    )
    return _("%s is recorded.") % row.person.name


def _note(request: HttpRequest, page: Page, form: Any) -> str:
    given = form.cleaned_data
    note_item(item_id=UUID(given["item"]), note=given["note"], actor=acting(request), at=page["at"])
    return _("Noted.")


def _lift(request: HttpRequest, page: Page, form: Any) -> str:
    given = form.cleaned_data
    lift_out(
        item_id=UUID(given["item"]), reason=given["reason"], actor=acting(request), at=page["at"]
    )
    return _("Lifted out: it is voted on by itself, and its ballots are void.")


def _consent(request: HttpRequest, page: Page, form: Any) -> str:
    signed, ballots = sign_consent(
        meeting_id=page["meeting"].pk,
        votes=_listed(page["consent"], form.cleaned_data),
        ceremony=proof(request),
        actor=acting(request),
        at=page["at"],
    )
    told = {"number": len(ballots), "hash": signed.sha256[:12]}
    return _("%(number)d ballots are signed, each by itself, as list %(hash)s.") % told


def _listed(items: list[AgendaItem], given: dict[str, Any]) -> list[ListedVote]:
    return [
        ListedVote(
            row.decision_id, given[f"motion_{row.decision_id}"], given[f"vote_{row.decision_id}"]
        )
        for row in items
        if row.decision_id is not None
    ]


ACTS: dict[str, Callable[[HttpRequest, Page, Any], str]] = {
    "open": _open,
    "end": _end,
    "cancel": _cancel,
    "add": _add,
    "attend": _attend,
    "note": _note,
    "lift": _lift,
    "consent": _consent,
}


def _form(act: str, page: Page, data: Any = None) -> forms.Form:
    """The form of an act, empty or with what was typed."""
    made: dict[str, Callable[[], forms.Form]] = {
        "cancel": lambda: ReasonForm(data, auto_id="cancel_%s"),
        "add": lambda: ItemForm(data, motions=page["candidates"], auto_id="add_%s"),
        "attend": lambda: AttendanceForm(data, people=page["people"], auto_id="attend_%s"),
        "note": lambda: NoteForm(
            data, items=[one["row"] for one in page["items"]], auto_id="note_%s"
        ),
        "lift": lambda: LiftForm(data, items=page["liftable"], auto_id="lift_%s"),
        "consent": lambda: ConsentForm(data, items=page["consent"], auto_id="consent_%s"),
    }
    return made.get(act, lambda: EmptyForm(data))()


def _offered(page: Page) -> list[str]:
    """What the reader can do in the present state."""
    state, keeps = page["meeting"].state, page["keeps"]
    found = []
    if keeps and state == State.PLANNED:
        found += ["open", "add", "cancel"]
    if keeps and state == State.OPEN:
        found += ["attend", "note", "end"]
    if keeps and state == State.ENDED:
        found += ["attend", "note"]
    if page["consent"]:
        found.append("consent")
    if page["is_member"] and page["liftable"]:
        found.append("lift")
    return found


def _show(
    request: HttpRequest,
    page: Page,
    bound: dict[str, forms.Form] | None = None,
    *,
    status: int = 200,
    password_error: str = "",
) -> HttpResponse:
    shown: dict[str, forms.Form] = {name: _form(name, page) for name in _offered(page)}
    context = page | {
        "forms": shown | (bound or {}),
        "reader": signed_in(request),
        "ask_password": asks_password(request, at=page["at"]),
        "password_error": password_error,
        "may_begin": page["at"] >= page["meeting"].starts_at,
    }
    return render(request, "governance/meetings/one.html", context, status=status)


urlpatterns = [
    path("meetings/", meetings, name="meetings"),
    path("meetings/new/", new, name="meeting-new"),
    path("meetings/<str:number>/", one, name="meeting"),
    path("meetings/<str:number>/<slug:act>/", act, name="meeting-act"),
]
