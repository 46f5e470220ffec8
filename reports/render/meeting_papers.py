"""The papers of a meeting as one tagged PDF, for one reader, bound to the agenda as it stood."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from governance.models import Meeting
from governance.selectors.agendas import Agenda, agenda_as_it_stands
from governance.selectors.meetings import meeting_by_number
from governance.selectors.pages.meeting_papers import meeting_papers
from ledger.rules.instants import instant_read
from ledger.rules.refusals import Conflict
from ledger.rules.worded import worded
from outbox.languages import say_date
from registry.models import User
from reports.paper_kinds import Paper, PaperKind
from reports.render.pdf import Pdf, to_pdf

AGENDA, ASKED = "agenda", "asked"


def html_of(page: Mapping[str, Any]) -> str:
    """Return the papers' markup, in the reader's zone."""
    zone = page["reader"].zone
    with translation.override("en"), timezone.override(ZoneInfo(zone)):
        return render_to_string(
            "reports/meeting_papers/paper.html", {**page, "paper": True, "zone": zone}
        )


def note_of(query: Mapping[str, str], agenda: Agenda, zone: str) -> str:
    """Say what papers are bound to: 'Papers of 14:02. The agenda changed at 15:10'.

    '' for a request that is not bound yet.
    """
    asked = _asked(query)
    if asked is None:
        return ""
    told = {"asked": _told(asked, zone), "changed": _told(agenda.changed_at, zone)}
    if query.get(AGENDA) == agenda.sha256:
        return _("Papers of %(asked)s, on the agenda as it stands.") % told
    return _("Papers of %(asked)s; the agenda changed at %(changed)s. Draw them anew.") % told


def is_behind(query: Mapping[str, str], agenda: Agenda) -> bool:
    """Whether the agenda changed since papers were asked for."""
    return query.get(AGENDA, "") != agenda.sha256


def _asked(query: Mapping[str, str]) -> datetime | None:
    try:
        return instant_read(query.get(ASKED, ""))
    except ValueError:
        return None


def _told(instant: datetime, zone: str) -> str:
    return say_date(instant.astimezone(ZoneInfo(zone)), "j M H:i")


def _meeting(query: Mapping[str, str], reader: User, at: datetime) -> Meeting:
    return meeting_by_number(number=query.get("number", ""), user=reader, at=at)


def _check(query: Mapping[str, str], reader: User, at: datetime) -> Paper:
    meeting = _meeting(query, reader, at)
    agenda = agenda_as_it_stands(meeting)
    title = _("Papers of meeting %(number)s") % {"number": meeting.number}
    return Paper(
        title=title,
        file_name=f"papers-{meeting.number}",
        back=reverse("meeting-papers", args=[meeting.number]),
        subject=("meeting", str(meeting.pk), f"papers of meeting {meeting.number}"),
        note=note_of(query, agenda, reader.zone),
        binds={AGENDA: agenda.sha256, ASKED: at.isoformat()},
    )


def _draw(query: Mapping[str, str], reader: User, at: datetime) -> Pdf:
    meeting = _meeting(query, reader, at)
    # Gathered in the language in which it is printed.
    with translation.override("en"):
        page = meeting_papers(meeting=meeting, reader=reader, at=at)
    if is_behind(query, page["agenda"]):
        told = _told(page["agenda"].changed_at, reader.zone)
        raise Conflict(
            "agenda_changed",
            worded(
                "The agenda changed at {told}, while the papers waited to be drawn. Ask for them "
                "again.",
                told=told,
            ),
        )
    markup = html_of(page)
    return to_pdf(markup, f"papers {hashlib.sha256(markup.encode()).hexdigest()}")


PAPERS = PaperKind(check=_check, draw=_draw)
