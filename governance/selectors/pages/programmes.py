"""The page of a remediation programme: figures, batches, signatures, and what the reader may do."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from incidents.models import Action, Reconciliation, RemediationProgramme
from incidents.rules.plan import FrozenPlan, from_text
from incidents.rules.programmes import PROGRAMME_FIELDS
from incidents.rules.proofs import CONTACTED_PERCENT, SETTLED_PERCENT
from incidents.rules.segregation import clash
from incidents.selectors.cast import Cast
from incidents.selectors.programmes import ProgrammeRead, programme_of
from incidents.selectors.proofs import UNSETTLED
from outbox.languages import of_record
from registry.models import User

ROLE_OF_SIDE = {"finance": "executive", "compliance": "compliance"}


def programme_page(
    *, action: Action, reader: User, at: datetime, may_act: bool = True
) -> dict[str, Any]:
    """Return everything that the page shows; without what can be done for the past."""
    read, cast = programme_of(action), Cast(action.incident, at)
    open_ = may_act and action.state in UNSETTLED
    return {
        "action": action,
        "began": action.ordered_at,
        "incident": action.incident,
        "read": read,
        "facts": _facts(read.programme) if read else [],
        "shares": _shares(read, from_text(action.incident.plan)) if read else [],
        "batches": list(read.programme.batches.all()) if read else [],
        "may_carry": open_ and _carries(action, reader, cast),
        "waits_for": [str(Reconciliation.Side(one).label) for one in read.waits_for]
        if read
        else [],
        "side": _side(read, reader, cast) if open_ and read else "",
    }


def initial_of(programme: RemediationProgramme) -> dict[str, Any]:
    """Return a statement as its form shows it."""
    known = {field.name: getattr(programme, field.name) for field in PROGRAMME_FIELDS}
    return known | {"version": programme.version}


def _carries(action: Action, reader: User, cast: Cast) -> bool:
    people = {reader.pk, *(one.pk for one in cast.principals(reader.pk))}
    incident = action.incident
    return bool(people & {action.executor_id, incident.owner_id, incident.deputy_id})


def _side(read: ProgrammeRead, reader: User, cast: Cast) -> str:
    """Return for which side the reader may sign now, '' for none."""
    if read.lacks and not read.lacks.endswith("no reason is given for them"):
        return ""
    if clash(act="confirmed", history=cast.history, person=reader.pk) is not None:
        return ""
    if any(row.signed_by_id == reader.pk for row in read.signed):
        return ""
    held = cast.roles.get(reader.pk, frozenset())
    return next((side for side in read.waits_for if ROLE_OF_SIDE[side] in held), "")


def _facts(programme: RemediationProgramme) -> list[dict[str, Any]]:
    return [
        {"label": _("Harm"), "value": programme.harm},
        {"label": _("Who is entitled"), "value": programme.population_rule},
        {
            "label": _("The list"),
            "value": programme.population_source,
            "note": f"SHA-256 {programme.population_sha256}",
        },
        {"label": _("How"), "value": programme.method, "note": programme.formula},
        {
            "label": _("Approved"),
            "value": f"{_amount(programme.approved_amount)} {programme.currency}",
            "note": _("estimated %(amount)s") % {"amount": _amount(programme.estimate)},
        },
        {"label": _("Letter"), "value": programme.letter_version},
        {"label": _("Stated"), "at": programme.planned_at, "note": programme.planned_by.name},
    ]


def _amount(amount: Decimal) -> str:
    if of_record():
        return f"{amount:,.2f}"
    return number_format(amount, decimal_pos=2, force_grouping=True)


def _shares(read: ProgrammeRead, plan: FrozenPlan) -> list[dict[str, Any]]:
    """Return contacted and settled as bars: how many, of how many, how many are needed."""
    figures, limits = read.figures, plan.limits
    rows = (
        (_("Contacted"), figures.contacted, limits.get("programme_contacted", CONTACTED_PERCENT)),
        (_("Settled"), figures.settled, limits.get("programme_settled", SETTLED_PERCENT)),
    )
    return [
        {
            "label": label,
            "count": count,
            "of": figures.population,
            "share": 100 * count // figures.population,
            "needed": needed,
        }
        for label, count, needed in rows
    ]
