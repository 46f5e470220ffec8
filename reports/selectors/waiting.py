"""What else is on a desk: watches, packs, clocks, what happened since the last sign-in.

What is asked for goes within one statement (ledger.selectors.at_once), what is told comes of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.models import Watch
from incidents.models import Incident
from incidents.selectors.instances import asked_columns, instances_of
from ledger.selectors.at_once import Question, Rows, counted, instant
from ledger.selectors.lines import count_asked, instants_asked
from outbox.languages import spoken
from registry.models import Signature, System, User
from registry.rules.shipped import cited, shipped
from reports.models import Pack
from reports.rules.desk_beside import Also, Clock, Since, share_used
from reports.selectors.cases import OpenCase
from reports.selectors.tasks import incident_url

MOST_CLOCKS = 6
MOST_WATCHES = 30
MOST_PACKS = 3
WATCH = {
    "": ("id", "state", "title", "line", "due_at"),
    # A system looks at where it stands in life when it is made.
    "system": ("id", "name", "slug", "owner_id", "deputy_id", "lifecycle"),
    "system__owner": ("id", "name"),
    "standing": ("id",),
    "standing__series": ("id", "segment"),
    "standing__series__kpi": ("id", "name", "unit", "neutral"),
    "standing__threshold_version": ("id", "baseline", "warning"),
}
"""What a desk says of a watch."""


def watches_asked(systems: QuerySet[System]) -> Question:
    """Return the question which watches of systems are not over, the nearest deadline first."""
    rows = Watch.objects.filter(system__in=systems.values("pk"), state__in=("open", "answered"))
    return asked_columns(rows.order_by("due_at", "id")[:MOST_WATCHES], WATCH)


def watches_told(rows: Rows) -> list[Watch]:
    """Return the watches that `watches_asked` found."""
    return instances_of(Watch, WATCH, rows)


def clocks_of(cases: Sequence[OpenCase], at: datetime) -> list[Clock]:
    """Return the running regulatory clocks and action deadlines, the nearest first."""
    found = [clock for case in cases for clock in _clocks(case, at)]
    return sorted(found, key=lambda clock: clock.due)[:MOST_CLOCKS]


def sign_ins_asked(user: User) -> Question:
    """Return the question when the reader signed in the last two times."""
    return instants_asked(verb="user.signed_in", actor_id=str(user.pk), limit=2)


def last_sign_in(rows: Rows) -> datetime | None:
    """Return when the reader signed in before this time, None for the first time."""
    return instant(rows[1][0]) if len(rows) > 1 else None


def happened_asked(
    *, user: User, visible: QuerySet[Incident], since: datetime | None
) -> dict[str, Question]:
    """Return what to ask of what happened on the reader's incidents since then."""
    if since is None:
        return {}
    ids = visible.values("pk")
    signed = Signature.objects.filter(signed_at__gt=since, subject_id__in=ids).exclude(signer=user)
    return {
        "closed": counted(visible.filter(closed_at__gt=since)),
        "signed": counted(signed),
        "refused": count_asked(verb="request.refused", since=since, incident_ids=ids),
    }


def happened_told(answers: Mapping[str, Rows]) -> list[Since]:
    """Return what `happened_asked` found, three lines at most."""
    closed, signed, refused = (
        sum(number for (number,) in answers.get(name, ()))
        for name in ("closed", "signed", "refused")
    )
    lines = (
        ("check", closed, ngettext("%d incident closed", "%d incidents closed", closed)),
        ("pen", signed, ngettext("%d signature of others", "%d signatures of others", signed)),
        ("no", refused, ngettext("%d refused attempt", "%d refused attempts", refused)),
    )
    return [Since(icon, words % number) for icon, number, words in lines if number]


def packs_asked(user: User, since: datetime | None) -> Question:
    """Return the question which packs of the reader became ready since then, the newest first."""
    rows = Pack.objects.filter(requested_by=user, state=Pack.State.READY)
    if since is not None:
        rows = rows.filter(built_at__gt=since)
    return rows.order_by("-built_at").values_list("number", "subject", "system__name")[:MOST_PACKS]


def packs_told(rows: Rows) -> list[Also]:
    """Return the packs that `packs_asked` found, each to be fetched."""
    return [
        Also(
            title=_("Evidence pack %(number)s, %(system)s")
            % {"number": number, "system": subject or system},
            url=f"/packs/{number}/",
            who=_("asked for by you"),
            due=None,
            step=_("Download"),
        )
        for number, subject, system in rows
    ]


def _clocks(case: OpenCase, at: datetime) -> Iterator[Clock]:
    incident = case.incident
    for clock in case.clocks:
        yield Clock(
            title=f"{spoken(shipped(clock.rule.regime))} {spoken(cited(clock.rule.basis))}",
            url=incident_url(incident),
            due=clock.due_at,
            share=share_used(clock.aware_at, clock.due_at, at),
            tag=_("provisional") if clock.state == "provisional" else _("confirmed"),
            state="overdue" if clock.due_at < at else "",
            note=_("Ends only by a signed answer. %(number)s") % {"number": incident.number},
        )
    for action in case.actions:
        yield Clock(
            title=action.words,
            url=incident_url(incident),
            due=action.due_at,
            share=share_used(action.ordered_at, action.due_at, at),
            tag="",
            state="overdue" if action.due_at < at else "",
            note=_("With %(name)s. %(number)s")
            % {"name": action.executor.name, "number": incident.number},
        )
