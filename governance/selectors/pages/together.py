"""What the incident page and others show of incidents that may have one cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.rules.shared_causes import Key, Shared
from governance.selectors.shared_causes import Suggested, beside_incident, suggested_causes
from incidents.models import Incident
from ledger.rules.worded import Worded
from outbox.languages import say_date, spoken


@dataclass(frozen=True, slots=True)
class Together:
    """Others beside an incident: what they share, in words, and which they are."""

    key: Key
    words: str
    began: datetime
    others: Sequence[Incident]


def together_with(
    *, incident: Incident, visible: QuerySet[Incident], at: datetime
) -> list[Together]:
    """Return what an open incident may share with others that the reader sees."""
    rows = beside_incident(incident=incident, visible=visible, at=at)
    if len(rows) < 2 or not any(one.pk == incident.pk for one in rows):
        return []
    return _beside(incident, rows, suggested_causes(incidents=rows, at=at))


def _beside(incident: Incident, rows: Sequence[Incident], suggested: Suggested) -> list[Together]:
    by_id = {one.pk: one for one in rows}
    found = []
    for cause in suggested.causes:
        if all(one.id != incident.pk for one in cause.members):
            continue
        others = [by_id[one.id] for one in cause.beside(incident.pk, suggested.tied)]
        if others:
            found.append(Together(cause.key, others_share(cause, len(others)), cause.began, others))
    return found


def others_share(cause: Shared, count: int) -> str:
    """Say what others share with an incident: '3 others share the supplier Aurora'."""
    words = {
        "feed": ngettext(
            "%(count)d other shares the feed %(name)s, which stopped",
            "%(count)d others share the feed %(name)s, which stopped",
            count,
        ),
        "version": ngettext(
            "%(count)d other has version %(name)s",
            "%(count)d others have version %(name)s",
            count,
        ),
        "upstream": ngettext(
            "%(count)d other depends on %(name)s, or is about it",
            "%(count)d others depend on %(name)s, or are about it",
            count,
        ),
        "supplier": ngettext(
            "%(count)d other shares the supplier %(name)s",
            "%(count)d others share the supplier %(name)s",
            count,
        ),
    }
    return words[cause.key.kind] % {"count": count, "name": _name(cause)}


def _name(cause: Shared) -> str:
    """What is shared by name: words of ours in the reader's language, names as they are."""
    name = cause.key.name
    return spoken(name) if isinstance(name, Worded) else name


def line_of(cause: Shared, zone: ZoneInfo, at: datetime) -> str:
    """Say a cause in one line: '9 share the feed policy-events, which stopped at 02:10'."""
    words = {
        "feed": _("%(count)d share the feed %(name)s, which stopped %(when)s"),
        "version": _("%(count)d have version %(name)s and began together, %(when)s"),
        "upstream": _("%(count)d depend on %(name)s or are about it and began together, %(when)s"),
        "supplier": _("%(count)d share the supplier %(name)s and began together, %(when)s"),
    }
    when = when_words(cause.began, zone, at)
    return words[cause.key.kind] % {
        "count": cause.breaches,
        "name": _name(cause),
        "when": when,
    }


def when_words(instant: datetime, zone: ZoneInfo, at: datetime) -> str:
    """Say an instant after a verb: 'at 02:10' of today, else 'on 3 March at 02:10'."""
    here, now = instant.astimezone(zone), at.astimezone(zone)
    if here.date() == now.date():
        return _("at %(time)s") % {"time": f"{here:%H:%M}"}
    return _("on %(day)s at %(time)s") % {
        "day": say_date(here, "j F"),
        "time": f"{here:%H:%M}",
    }
