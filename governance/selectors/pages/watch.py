"""A watch: what was read, until when one line is due, and what has been said."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from governance.models import Watch
from governance.selectors.pages.pictures import picture
from governance.selectors.pages.record import entries_of
from governance.selectors.pages.subjects import Event, subject_of
from governance.selectors.watches import owners_side
from ledger.selectors.lines import lines_of_object
from registry.models import User

DRAWN = 26
STATES = {
    "open": ("watch", "Waits for one line"),
    "answered": ("pending", "Answered; closes by itself"),
    "closed": ("ok", "Recovered and closed"),
    "promoted": ("critical", "Became an incident"),
}


def watch_page(*, watch: Watch, reader: User, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/watch.html shows, but for the form."""
    standing = watch.standing
    zone = ZoneInfo(reader.zone)
    subject = subject_of(series=standing.series, version=standing.threshold_version, limit=DRAWN)
    people = owners_side(system=watch.system, at=at)
    state, word = STATES[watch.state]
    lines = lines_of_object(object_type="watch", object_id=str(watch.pk))
    return {
        "at": at,
        "watch": watch,
        "system": watch.system,
        "state": state,
        "word": word,
        "is_open": watch.state in (Watch.State.OPEN, Watch.State.ANSWERED),
        "may_answer": reader.pk in {person.pk for person in people},
        "gate": [
            {"state": "may", "name": "You" if one.pk == reader.pk else one.name,
             "role": "" if one.pk == reader.pk else one.title, "why": "answer in one line"}
            for one in people
        ],
        "chart": picture(subject, events=[Event(watch.onset_at, _("onset"), "onset")], zone=zone),
        "entries": entries_of(lines, about=watch.title),
    }  # fmt: skip
