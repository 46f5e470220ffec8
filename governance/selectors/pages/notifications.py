"""One's own notices in the product: by day, the unread first; what one lost says so."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.models import Watch
from incidents.models import Incident
from incidents.selectors.visibility import incidents_of_people
from ledger.rules.instants import instant_read
from ledger.rules.refusals import Invalid
from outbox.models import Message
from outbox.rules.mails import traced
from outbox.rules.notices import KINDS
from outbox.selectors import notices_of
from registry.models import User
from registry.selectors.people import covers, delegations_held
from registry.selectors.systems import systems_visible_to

SIZE = 40
ACCOUNT = "account"
VIEWS = (*KINDS, ACCOUNT)
UNREAD, READ = "unread", "read"
ENDED = ("CLOSED", "CANCELLED")
LINK = re.compile(r"https?://\S+")
STEPS = (
    ("/incidents/", gettext_lazy("Open the case")),
    ("/committee/", gettext_lazy("Open the motion")),
    ("/meetings/", gettext_lazy("Open the meeting")),
    ("/watches/", gettext_lazy("Open the watch")),
    ("/concerns/", gettext_lazy("Open the concern")),
    ("/drills/", gettext_lazy("Open the drill")),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: one kind of VIEWS or '', only the unread, after which notice."""

    kind: str = ""
    unread: bool = False
    after: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Asked":
        """Return what an address asks for. Raises Invalid for a kind that there is not."""
        kind = given.get("kind", "").strip()
        if kind and kind not in VIEWS:
            words = _("There is no such kind of notice.")
            raise Invalid("unknown_kind", words, fields={"kind": words})
        return cls(kind, given.get("unread", "") in ("1", "true"), given.get("after", ""))


@dataclass(frozen=True, slots=True)
class Notification:
    """One notice as its reader may see it now; `hidden`: they lost access to what it is about.

    `url` is the one step, below this installation; opening it says that the notice is read. `stays`
    says that reading it takes nothing away: its case is still open.
    """

    id: UUID
    at: datetime
    day: date
    kind: str
    urgent: bool
    drill: bool
    what: str
    body: str
    case: str
    stays: bool
    due_at: datetime | None
    url: str
    step: str
    read_at: datetime | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The notices of one day, unread or read."""

    state: str
    day: date
    rows: Sequence[Notification]


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `after` asks for the next one, '' on the last."""

    rows: Sequence[Notification]
    sections: Sequence[Section] = field(default_factory=list)
    after: str = ""


def notifications_of(
    *, user: User, asked: Asked, at: datetime, as_of: datetime | None = None, size: int = SIZE
) -> Page:
    """Return a page of somebody's own notices, at most eight queries for any number.

    With `as_of` those that had come until then, read or unread as they are now: reading leaves no
    trace to go back by. Raises Invalid for a place that is none.
    """
    own = _asked_for(notices_of(user.pk), asked)
    if as_of is not None:
        own = own.filter(created_at__lte=as_of)
    found = _page(own, asked, size + 1)
    rows = [_shown(row, known, user) for row, known in _with_cases(found[:size], user, at)]
    after = _place(found[size - 1]) if len(found) > size else ""
    return Page(rows, _sections(rows), after)


def one_of(*, user: User, message: Message, at: datetime) -> Notification:
    """Return one notice of somebody's own as they may see it."""
    ((row, known),) = _with_cases([message], user, at)
    return _shown(row, known, user)


def _asked_for(own: QuerySet[Message], asked: Asked) -> QuerySet[Message]:
    if asked.kind:
        own = own.filter(kind="" if asked.kind == ACCOUNT else asked.kind)
    return own.filter(read_at=None) if asked.unread else own


def _page(own: QuerySet[Message], asked: Asked, most: int) -> list[Message]:
    """Return the next rows, the unread before the read: each by its own index, asked at once."""
    state, after = _placed(asked.after)
    unread, read = own.filter(read_at=None), own.exclude(read_at=None)
    if state == READ:
        return list(_next(read, after, most))
    rows = _next(unread, after, most)
    if not asked.unread:
        rows = rows.union(_next(read, None, most), all=True)
    newest = sorted(rows, key=lambda row: (row.created_at, row.pk), reverse=True)
    return sorted(newest, key=lambda row: row.read_at is not None)[:most]


def _next(
    rows: QuerySet[Message], after: tuple[datetime, UUID] | None, most: int
) -> QuerySet[Message]:
    if after is not None:
        came, pk = after
        # The bound by itself is what the index is entered by: of an 'or' it serves neither side.
        rows = rows.filter(Q(created_at__lt=came) | Q(pk__lt=pk), created_at__lte=came)
    return rows.order_by("-created_at", "-pk")[:most]


def _place(row: Message) -> str:
    state = UNREAD if row.read_at is None else READ
    return f"{state}_{row.created_at.isoformat()}_{row.pk}"


def _placed(text: str) -> tuple[str, tuple[datetime, UUID] | None]:
    if not text:
        return UNREAD, None
    try:
        state, came, pk = text.split("_")
        if state not in (UNREAD, READ):
            raise ValueError(state)
        return state, (instant_read(came), UUID(pk))
    except ValueError as error:
        words = _("This page of the list is not known. Begin at the first one.")
        raise Invalid("bad_place", words, fields={"after": words}) from error


@dataclass(frozen=True, slots=True)
class _Known:
    """What a notice is about: the number of its case, whether it is open, whether hidden."""

    case: str = ""
    is_open: bool = False
    hidden: bool = False


def _with_cases(rows: Sequence[Message], user: User, at: datetime) -> list[tuple[Message, _Known]]:
    about = {row.subject_id for row in rows if row.subject_id}
    if not about:
        return [(row, _Known()) for row in rows]
    lent = delegations_held(user_id=user.pk, at=at)
    people = [user.pk, *(one.principal_id for one in lent if covers(one, None))]
    systems = systems_visible_to(user=user, at=at, lent=lent)
    seen = incidents_of_people(people=people, systems=systems, at=at).filter(pk=OuterRef("pk"))
    cases = Incident.objects.filter(pk__in=about).annotate(is_seen=Exists(seen))
    known = {
        pk: _Known(number, state not in ENDED, hidden=not is_seen)
        for pk, number, state, is_seen in cases.values_list("pk", "number", "state", "is_seen")
    }
    watched = Watch.objects.filter(pk__in=about - known.keys())
    lost = watched.exclude(system__in=systems.values("pk")) if about - known.keys() else ()
    known |= {row.pk: _Known(hidden=True) for row in lost}
    return [(row, known.get(row.subject_id, _Known()) if row.subject_id else _Known())
            for row in rows]  # fmt: skip


def _shown(row: Message, known: _Known, user: User) -> Notification:
    target = "" if known.hidden else _target(row)
    return Notification(
        id=row.pk,
        at=row.created_at,
        day=row.created_at.astimezone(ZoneInfo(user.zone)).date(),
        kind=row.kind or ACCOUNT,
        urgent=row.urgent and bool(row.kind),
        drill=row.drill,
        what=_lost(known.case) if known.hidden else row.subject,
        body="" if known.hidden else row.body,
        case=known.case,
        stays=known.is_open and row.kind in ("task", "reminder"),
        due_at=None if known.hidden else row.due_at,
        url=target,
        step=_step(target),
        read_at=row.read_at,
        hidden=known.hidden,
    )


def _lost(case: str) -> str:
    if case:
        return _("A notice about %(case)s, which you may no longer see.") % {"case": case}
    return _("A notice about something that you may no longer see.")


def _target(row: Message) -> str:
    """Return where the notice leads, below this installation, with its name; '' for nowhere."""
    links = [row.url] if row.url else LINK.findall(row.body)
    for link in links:
        if link.startswith(settings.PUBLIC_URL):
            parts = urlsplit(link)
            query = "" if "notice=" in parts.query else f"?{parts.query}" if parts.query else ""
            part = f"#{parts.fragment}" if parts.fragment else ""
            return traced(f"{parts.path or '/'}{query}{part}", row.pk)
    return ""


def _step(target: str) -> str:
    if not target:
        return ""
    return next((str(words) for start, words in STEPS if target.startswith(start)), _("Open it"))


def _sections(rows: Sequence[Notification]) -> list[Section]:
    found: dict[tuple[str, date], list[Notification]] = {}
    for row in rows:
        state = UNREAD if row.read_at is None else READ
        found.setdefault((state, row.day), []).append(row)
    return [Section(state, day, own) for (state, day), own in found.items()]
