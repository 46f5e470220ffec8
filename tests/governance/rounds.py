"""Steps of rounds for tests: everybody votes, the engine counts, the sweep passes."""

import datetime as dt

from governance.models import Decision
from governance.services.closings import close_round
from incidents.models import Incident
from ledger.context import acting_as
from ledger.rules.actors import machine
from registry.models import Leave
from tests.governance.organisation import AT, convened, vote
from tests.incidents.factory import SETUP, acting

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
OFFICER = machine("returning officer")


def by(who, service, **arguments):
    """Call a service as a person."""
    actor = acting(who)
    with acting_as(actor):
        return service(**arguments, actor=actor)


def count(decision, *, at=AT + HOUR):
    """Let the engine count a round."""
    with acting_as(OFFICER):
        return close_round(decision_id=decision.pk, actor=OFFICER, at=at)


def all_vote(decision, choice="for", *, at=AT):
    """Everybody who sits votes the same."""
    for seat in decision.electors.select_related("seated").exclude(seated=None):
        vote(decision, seat.seated, choice, at=at)
    return decision


def adopted(of, incident, *, at=AT, **motion):
    """A motion that everybody votes for, counted."""
    decision = convened(of, incident, at=at, **motion)
    all_vote(decision, at=at)
    closed = count(decision, at=at + HOUR)
    assert closed.state == Decision.State.ADOPTED, closed.state
    return closed


def again(incident):
    """The incident as it is now."""
    return Incident.objects.get(pk=incident.pk)


def seats(decision):
    """Who sits where, by the state of the seat."""
    rows = decision.electors.select_related("seated").order_by("number")
    return [(row.state, row.seated.name if row.seated else None) for row in rows]


def leave(who, *, until, since=AT - DAY):
    """Somebody is away."""
    with acting_as(SETUP):
        Leave(user=who, from_at=since, until_at=until).save(force_insert=True)
