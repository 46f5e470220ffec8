"""What the incident page shows of turns: what waits for a second person, pauses, earlier cycles."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from incidents.models import Incident, Transition
from incidents.rules.plan import FrozenPlan
from incidents.rules.tables.turns import GROUNDS
from incidents.rules.turns import ASKED
from incidents.selectors.attempts import attempt_of, people_who_can
from incidents.selectors.cast import Cast
from incidents.selectors.families import children_of, links_of
from ledger.rules.actors import machine

READER = machine("page")
MOST_LINKED = 20


def turns_of(
    *,
    incident: Incident,
    plan: FrozenPlan,
    cast: Cast,
    at: datetime,
    may_act: bool,
    has: Collection[str],
) -> dict[str, Any]:
    """Return what is asked for, the pause that stands, the cycles before, what came of it.

    Of an instant that has passed nothing is asked for. `has` says what else there is to be read.
    """
    asked = [cast.asked_for(command) for command in ASKED] if may_act else []
    return {
        "asked": [_asked(one, incident, plan, cast, at) for one in asked if one is not None],
        "pause": cast.pause,
        "cycles": list(incident.past_cycles.order_by("cycle")) if incident.cycle > 1 else [],
        "most_cycles": plan.max_cycles,
        "family": family_of_page(incident, has_links="links" in has),
        **_linked(incident, has_any="returned" in has),
    }


def family_of_page(incident: Incident, *, has_links: bool = True) -> dict[str, Any]:
    """The case that it goes with, those that go with it, and links with others, both ways."""
    return {
        "parent": incident.parent,
        "children": list(children_of(incident))[:MOST_LINKED],
        "links": links_of(incident)[:MOST_LINKED] if has_links else [],
    }


def _linked(incident: Incident, *, has_any: bool) -> dict[str, list[Incident]]:
    """The incidents as which it came back, and those that were withdrawn as its duplicates."""
    if not has_any:
        return {"recurrences": [], "duplicates": []}
    rows = Incident.objects.filter(Q(recurs_from=incident) | Q(duplicate_of=incident))
    shown = rows.only("number", "state", "recurs_from", "duplicate_of").order_by("number")
    found = list(shown[:MOST_LINKED])
    return {
        "recurrences": [one for one in found if one.recurs_from_id == incident.pk],
        "duplicates": [one for one in found if one.duplicate_of_id == incident.pk],
    }


def _asked(
    row: Transition, incident: Incident, plan: FrozenPlan, cast: Cast, at: datetime
) -> dict[str, Any]:
    attempt = attempt_of(
        command=row.command,
        incident=incident,
        plan=plan,
        actor=READER,
        at=at,
        user=None,
        cast=cast,
    )
    titles = {
        "withdraw": _("To be withdrawn"),
        "reopen": _("To be reopened"),
        "pause_clock": _("The deadline is to stand still"),
        "merge": _("To be merged"),
        "split": _("To be split"),
    }
    return {
        "title": titles[row.command],
        "who": row.person_name,
        "at": row.at,
        "entry_number": row.entry_number,
        "facts": _facts(row),
        "can": [person.name for person in people_who_can(attempt)],
    }


def _facts(row: Transition) -> list[dict[str, Any]]:
    said, until = row.payload, row.payload.get("until")
    facts = [
        {"label": _("Ground"), "value": dict(GROUNDS).get(said.get("ground", ""), "")},
        {"label": _("Duplicate of"), "value": said.get("duplicate_of")},
        {"label": _("Into"), "value": said.get("into")},
        {"label": pgettext("of a case that was split", "Part"), "value": said.get("title")},
        {"label": _("Population"), "value": said.get("population")},
        {"label": _("Evidence"), "value": said.get("evidence")},
        {"label": _("Until"), "at": datetime.fromisoformat(until) if until else None},
        {"label": _("Reason"), "value": said.get("reason")},
    ]
    return [fact for fact in facts if fact.get("value") or fact.get("at")]
