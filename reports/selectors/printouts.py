"""Lists of the ledger on paper: whose they are, what waits, what stands on one."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from governance.rules.ledger_filter import Asked, asked_of, in_words
from governance.selectors.pages.ledger_reach import reach_of
from governance.selectors.pages.ledger_rows import Row, rows_of
from governance.selectors.pages.ledger_wanted import understood
from ledger.rules.refusals import Missing
from ledger.selectors.checkpoints import Seal, newest_seal
from ledger.selectors.reach import Reach
from ledger.selectors.search import found_lines
from ledger.services.entries import VERSION
from registry.models import User
from reports.models import Printout


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on the printed list; `said` is the filter as pairs of words."""

    organisation: str
    title: str
    said: list[tuple[str, str]]
    scope: str
    rows: list[Row]
    sealed: int
    seal: Seal | None
    who: str
    title_of_who: str
    at: datetime
    zone: str
    generator: str


def printout_of(*, printout_id: UUID, user: User) -> Printout:
    """Return a list that this person asked for. Raises Missing, for there and not theirs alike."""
    rows = Printout.objects.select_related("requested_by")
    found = rows.filter(pk=printout_id, requested_by=user).first()
    if found is None:
        raise Missing("unknown_printout", "There is no such list that you may see.")
    return found


def asked_on(printout: Printout) -> Asked:
    """Return the filter of a list."""
    return asked_of(printout.query, exceptions=printout.exceptions)


def waiting(*, at: datetime) -> QuerySet[Printout]:
    """Return the lists that somebody must make now, the oldest request first."""
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
    states = (Printout.State.QUEUED, Printout.State.MAKING)
    return Printout.objects.filter(free, state__in=states).order_by("requested_at", "id")


def paper_of(printout: Printout, *, at: datetime) -> Paper:
    """Return what stands on a list: what its reader may read now, up to the entry of then."""
    reader = printout.requested_by
    zone, asked = ZoneInfo(reader.zone), asked_on(printout)
    reach = reach_of(user=reader, at=at)
    wanted = replace(understood(asked, zone=zone), newest=printout.newest_entry)
    lines = list(found_lines(wanted=wanted.settled(), reach=reach))
    return Paper(
        organisation=settings.ORGANISATION,
        title="Exceptions on record" if printout.exceptions else "Entries of the ledger",
        said=in_words(asked, zone=zone),
        scope=scope_in_words(reach),
        rows=rows_of(lines),
        sealed=sum(line.seq is not None for line in lines),
        seal=newest_seal(),
        who=reader.name,
        title_of_who=reader.title,
        at=printout.requested_at,
        zone=zone.key,
        generator=f"Countersign {VERSION}",
    )


def scope_in_words(reach: Reach) -> str:
    """Say what a reader may read."""
    if reach.is_whole:
        return "the whole ledger"
    own = "and the reader's own acts"
    if reach.all_systems:
        return f"every system and incident, {own}; not people, roles and keys"
    count = len(reach.system_ids)
    if reach.more_systems is not None:
        count += reach.more_systems.distinct().count()
    systems = "1 system" if count == 1 else f"{count} systems"
    return f"{systems} with the incidents that the reader sees, {own}"
