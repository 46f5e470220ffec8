"""Who was told of an incident and how that fared; its tickets in other systems."""

from collections.abc import Collection
from typing import Any

from incidents.models import Incident
from incidents.selectors.tickets import may_open_with, ticket_systems, tickets_of
from ledger.rules.worded import in_context
from outbox.selectors import delivery_word, notices_about
from registry.models import User

MOST = 200
FIRST = 4
WAYS = {
    "mail": in_context("way of a notice", "mail"),
    "page": in_context("way of a notice", "page"),
    "chat": in_context("way of a notice", "chat"),
    "webhook": in_context("way of a notice", "webhook"),
    "product": in_context("way of a notice", "product"),
}


def told_of(incident: Incident) -> dict[str, Any]:
    """Return who was told what by which way, newest first, and how many were not reached.

    A notice that a bundle or digest carried fared as that did.
    """
    rows = [row for row in notices_about(subject_id=incident.pk, most=MOST) if row.person_id]
    people = User.objects.filter(pk__in={row.person_id for row in rows})
    names = dict(people.values_list("pk", "name"))
    lines = [
        {
            "who": names.get(row.person_id, ""),
            "way": WAYS.get(row.channel, row.channel),
            "subject": row.subject,
            "state": delivery_word(row),
            "at": row.seen_at or row.delivered_at or row.sent_at or row.created_at,
            "drill": row.drill,
        }
        for row in rows
    ]
    return {
        "lines": lines[:FIRST],
        "more": lines[FIRST:],
        "count": len(lines),
        "failed": sum(line["state"] == "failed" for line in lines),
    }


def tickets_on(incident: Incident, held: Collection[str], *, has_any: bool) -> dict[str, Any]:
    """Return the tickets of an incident, and which systems may be asked for one.

    `held` is what the reader is to the system; `has_any` says that there is a ticket at all.
    """
    rows = tickets_of(incident) if has_any else []
    may = may_open_with(held)
    return {"rows": rows, "systems": ticket_systems(without=rows) if may else []}
