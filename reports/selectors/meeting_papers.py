"""The papers of a meeting that somebody asked for."""

from governance.models import Meeting
from registry.models import User
from reports.models import Printout

KIND = "papers"
SHOWN = 5


def copies_of(*, meeting: Meeting, user: User) -> list[Printout]:
    """Return a person's copies of a meeting's papers, the newest five first."""
    rows = Printout.objects.filter(kind=KIND, query__number=meeting.number, requested_by=user)
    return list(rows.order_by("-requested_at", "-id")[:SHOWN])
