"""Who may change a calendar: who administers every unit that keeps it."""

from datetime import datetime

from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden
from ledger.rules.worded import worded
from registry.models import Unit, User
from registry.selectors.access import units_administered_by
from registry.selectors.permits import refusal_anywhere

ACT = "administer"


def refusal_for_calendar(*, name: str, key: str, actor: Actor, at: datetime) -> Forbidden | None:
    """Return why an actor may not change the calendar of a name, None if they may.

    A calendar that no unit keeps yet takes the role for any unit.
    """
    subject = ("calendar", key, name)
    refusal = refusal_anywhere(act=ACT, actor=actor, at=at, subject=subject)
    if refusal is not None or actor.person is None:
        return refusal
    mine = units_administered_by(user=User.objects.get(pk=actor.person), at=at)
    # Their number, not their names: what units there are is told to those who see them.
    others = Unit.objects.filter(calendar__name=name).exclude(pk__in=mine).count()
    if not others:
        return None
    return Forbidden(
        "role_missing",
        worded(
            "This calendar is also kept by units that you do not administer: {others} of them.",
            others=others,
        ),
        who_can=["an administrator of every unit that keeps it"],
        recorded=True,
        subject=subject,
    )
