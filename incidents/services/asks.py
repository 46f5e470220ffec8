"""'Ask them': one notice to those who can give a command, for somebody who cannot."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from incidents.models import Ask, Incident
from incidents.rules.notices import CONTEXT
from incidents.rules.plan import from_text
from incidents.rules.transitions import COMMANDS, PARTY_WORDS
from incidents.selectors.attempts import attempt_of, impossible, is_auditor, people_who_can
from incidents.selectors.cast import Cast
from incidents.selectors.guards import guard
from incidents.selectors.visibility import incidents_visible_to
from incidents.services.notices import tell
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Missing
from ledger.rules.worded import either, in_context, term, worded
from ledger.services.entries import append_entry
from registry.models import User

EVERY = timedelta(hours=1)
"""Nobody is asked about one incident more often than this, whoever asks."""


@transaction.atomic
def ask_who_can(*, incident_id: UUID, command: str, actor: Actor, at: datetime) -> list[User]:
    """Ask those who can give a command now to look, each at most once an hour about an incident.

    Returns whom. Raises Missing, Forbidden, Conflict (the state does not allow it, the asker can
    do it themselves, nobody can, everybody was asked within the hour).
    """
    known = COMMANDS.get(command)
    if known is None or known.by_engine_only:
        raise Missing(
            "unknown_command",
            worded("Nobody gives a command {command!r} by hand.", command=command),
        )
    incident, asker = _found(incident_id, actor, at)
    people = _able(incident, command, asker, actor, at)
    fresh = _not_asked(incident, people, at)
    if not fresh:
        names = ", ".join(one.name for one in people)
        raise Conflict(
            "asked_already",
            worded("{names}: asked about this within the last hour already.", names=names),
        )
    rows = [
        Ask(id=uuid4(), incident=incident, command=command, asked_by=asker, asked=one, at=at)
        for one in fresh
    ]
    number = _keep(incident, rows, command, actor, at)
    words = worded(
        "{who} cannot {act} it and asks you to. Nothing else was changed.",
        who=asker.name,
        act=in_context(CONTEXT, known.words),
    )
    key = f"asked:{command}:{number}"
    due_at = incident.stage_due_at
    tell(incident, fresh, task=f"ask_{command}", key=key, due_at=due_at, at=at, words=words)
    return fresh


def _keep(incident: Incident, rows: Sequence[Ask], command: str, actor: Actor, at: datetime) -> int:
    """Put on record who is asked; return the number of the entry."""
    number = append_entry(
        verb="incident.asked",
        actor=actor,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"command": command, "asked": [row.asked.on_record for row in rows]},
        touched=[f"incidents_ask:{row.pk}" for row in rows],
    )
    for row in rows:
        row.entry_number = number
        row.save(force_insert=True)
    return number


def _found(incident_id: UUID, actor: Actor, at: datetime) -> tuple[Incident, User]:
    asker = User.objects.filter(pk=actor.person, is_active=True).first() if actor.person else None
    if asker is None:
        raise Forbidden("not_your_part", "Only a person asks another one.")
    rows = Incident.objects.select_for_update(no_key=True, of=("self",))
    visible = incidents_visible_to(user=asker, at=at).filter(pk=incident_id).values("pk")
    found: Incident | None = (
        rows.select_related("system", "owner", "deputy").filter(pk__in=visible).first()
    )
    if found is None:
        raise Missing("not_found", "There is no such incident that you may see.")
    return found, asker


def _able(incident: Incident, command: str, asker: User, actor: Actor, at: datetime) -> list[User]:
    attempt = attempt_of(
        command=command,
        incident=incident,
        plan=from_text(incident.plan),
        actor=actor,
        at=at,
        user=asker,
        cast=Cast(incident, at),
    )
    if is_auditor(attempt):
        raise Forbidden(
            "not_your_part",
            "You cannot ask for this: an auditor reads everything and changes nothing.",
            recorded=True,
            subject=("incident", str(incident.pk), incident.number),
        )
    stands = impossible(attempt) or guard(command, incident, attempt.plan, at)
    if stands is not None:
        raise stands
    people = people_who_can(attempt)
    if asker.pk in {one.pk for one in people}:
        raise Conflict(
            "you_can", worded("You can {words} it yourself.", words=term(attempt.command.words))
        )
    if not people:
        who = either(
            [term(PARTY_WORDS[party]) for party in attempt.command.who if party != "engine"],
            between=" or ",
        )
        raise Conflict(
            "nobody_can", worded("Nobody can now: that takes {who}.", who=who), who_can=[who]
        )
    return people


def _not_asked(incident: Incident, people: list[User], at: datetime) -> list[User]:
    lately = Ask.objects.filter(incident=incident, asked__in=people, at__gt=at - EVERY)
    known = set(lately.values_list("asked_id", flat=True))
    return [one for one in people if one.pk not in known]
