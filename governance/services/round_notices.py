"""Whom a round is told to: its electors, who leads it, and operations when nobody can decide."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from governance.models import Decision
from governance.selectors.committees import may_lead
from incidents.models import Incident, Transition
from incidents.rules.notices import in_zone
from incidents.services.notices import is_urgent
from ledger.rules.worded import Worded, as_titled, term, word, worded
from outbox.services.hints import nudge
from outbox.services.messages import queue_mail
from registry.models import User
from registry.selectors.people import people_with_role


def tell_electors(decision: Decision, at: datetime, *, why: str = "elector") -> None:
    """Ask everybody who sits to vote, with the deadline in the subject."""
    for person in _seated(decision):
        _mail(decision, person, why, _vote_by(decision, person, at), decision.feasibility, at)
    nudge("sweep")


def tell_leaders(
    decision: Decision,
    at: datetime,
    *,
    why: str = "",
    words: str = word("It cannot be decided as it stands"),
) -> None:
    """Tell who leads a round what they have to see to, with the ways out."""
    key = why or f"infeasible:{decision.version}"
    for person in may_lead(committee=decision.committee, at=at):
        subject = worded(
            "See to motion {number}: {words}", number=decision.number, words=_ours(words)
        )
        _mail(decision, person, key, subject, decision.feasibility, at)


def tell_early_close(decision: Decision, closes_at: datetime, at: datetime) -> None:
    """Tell those who have not voted that the round closes early: nothing can change any more."""
    voted = set(decision.ballots.values_list("person_id", flat=True))
    words = word(
        "No ballot that is still out can change the outcome; yours is on record if you cast it."
    )
    for person in _seated(decision):
        if person.pk not in voted:
            why = f"early:{decision.version}:{len(voted)}"
            when = in_zone(closes_at, person.zone)
            subject = worded(
                "Vote by {when} on motion {number}, which closes early",
                when=when,
                number=decision.number,
            )
            _mail(decision, person, why, subject, words, at)


def tell_of_tie(decision: Decision, people: Iterable[User], at: datetime) -> None:
    """Ask who chairs to cast, where the votes are tied and the charter has a casting vote."""
    for person in people:
        when = in_zone(decision.closes_at or at, person.zone)
        subject = worded(
            "Cast by {when} on motion {number}: a tie", when=when, number=decision.number
        )
        words = word("Without your casting vote it is not carried. It is a ballot of its own.")
        _mail(decision, person, f"tie:{decision.version}", subject, words, at)


def announce_evidence(incident: Incident, transition: Transition, at: datetime) -> None:
    """Follow new evidence: it voids nothing, and everybody who votes is told (KOM-07)."""
    rounds = Decision.objects.filter(incident=incident, state=Decision.State.OPEN)
    for decision in rounds.select_related("incident", "committee"):
        subject = worded(
            "Look at new evidence on motion {number}: {title}",
            number=decision.number,
            title=as_titled(decision.title),
        )
        words = word(
            "It is not among what the motion was put on, so no ballot is void; you may change "
            "yours until the close."
        )
        for person in _seated(decision):
            _mail(decision, person, f"evidence:{transition.version}", subject, words, at)


def tell_operations(decision: Decision, words: str, at: datetime) -> None:
    """Nobody above can decide: say so to those who can change that."""
    unit_id = decision.incident.unit_id
    people = people_with_role(role="administrator", unit_id=unit_id, at=at)
    people += people_with_role(role="executive", unit_id=unit_id, at=at)
    for person in {one.pk: one for one in people}.values():
        queue_mail(
            key=f"motion:{decision.pk}:stuck:{person.pk}",
            person_id=person.pk,
            address=person.email,
            subject=worded(
                "Nobody can decide motion {number}: {title}",
                number=decision.number,
                title=as_titled(decision.title),
            ),
            body=worded(
                "{words}\n\nThere is no higher body. Fill seats or name substitutes, then "
                "convene again.\n\n{url}\n",
                words=_ours(words),
                url=_url(decision),
            ),
            subject_id=decision.incident_id,
            at=at,
        )


def _ours(words: str) -> str:
    """What we say as a part of a sentence: said in its language, however it was made."""
    return words if isinstance(words, Worded) else term(words)


def _vote_by(decision: Decision, person: User, at: datetime) -> str:
    when = in_zone(decision.closes_at or at, person.zone)
    return worded(
        "Vote by {when} on motion {number}: {title}",
        when=when,
        number=decision.number,
        title=as_titled(decision.title),
    )


def _seated(decision: Decision) -> list[User]:
    rows = decision.electors.select_related("seated").exclude(seated=None).order_by("number")
    return [row.seated for row in rows if row.seated is not None]


def _mail(
    decision: Decision, person: User, why: str, subject: str, words: str, at: datetime
) -> None:
    queue_mail(
        key=f"motion:{decision.pk}:{why}:{person.pk}",
        person_id=person.pk,
        address=person.email,
        subject=subject,
        body=worded(
            "{title}\n\n{reason}\n\n{words}\n\n{url}\n",
            title=as_titled(decision.title),
            reason=decision.reason,
            words=_ours(words),
            url=_url(decision),
        ),
        subject_id=decision.incident_id,
        kind="task",
        urgent=decision.urgent or is_urgent(decision.incident),
        drill=decision.incident.drill,
        due_at=decision.closes_at,
        url=_url(decision),
        at=at,
    )


def _url(decision: Decision) -> str:
    return f"{settings.PUBLIC_URL}/committee/{decision.number}/"
