"""Notices to people, queued in the transaction of what they tell, once each.

A stage whose ladder has a step at its beginning is told by that step; everything else is told here.
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from incidents.models import Incident
from incidents.rules.notices import kind_of, notice
from incidents.rules.plan import FrozenPlan, share_of, steps_for
from incidents.selectors.attempts import attempt_of, people_who_can
from ledger.rules.actors import machine
from outbox.rules.notices import URGENT_SEVERITIES
from outbox.services.hints import nudge
from outbox.services.messages import queue_mail
from registry.models import Leave, User


def tell(
    incident: Incident,
    people: Iterable[User],
    *,
    task: str,
    key: str,
    due_at: datetime | None,
    at: datetime,
    words: str = "",
    urgent: bool | None = None,
) -> int:
    """Queue one mail for each person, once under the key; returns how many people.

    Unless the incident is major or severe it waits to be bundled (outbox.services.sorting);
    `urgent` says otherwise.
    """
    at_once = is_urgent(incident) if urgent is None else urgent
    told = list({person.pk: person for person in people if person.is_active}.values())
    url = f"{settings.PUBLIC_URL}/incidents/{incident.number}/"
    for person in told:
        found = notice(
            task=task,
            number=incident.number,
            title=incident.title,
            severity=incident.severity,
            due_at=due_at,
            zone=person.zone,
            url=url,
            words=words,
        )
        queue_mail(
            key=f"{incident.pk}:{key}:{person.pk}",
            person_id=person.pk,
            address=person.email,
            subject=found.subject,
            body=found.body,
            subject_id=incident.pk,
            kind=kind_of(task),
            urgent=at_once,
            drill=incident.drill,
            due_at=due_at,
            url=url,
            at=at,
        )
    if told:
        nudge("sweep")
    return len(told)


def is_urgent(incident: Incident) -> bool:
    """Whether notices of an incident go at once, past bundles and ceilings."""
    return incident.severity in URGENT_SEVERITIES


def able(command: str, incident: Incident, plan: FrozenPlan, at: datetime) -> list[User]:
    """Return who could give a command now and is there."""
    attempt = attempt_of(
        command=command, incident=incident, plan=plan, actor=machine("notices"), at=at, user=None
    )
    people = people_who_can(attempt)
    away = set(
        Leave.objects.filter(user__in=people, from_at__lte=at, until_at__gt=at).values_list(
            "user_id", flat=True
        )
    )
    return [one for one in people if one.pk not in away] or people


def told_by_ladder(plan: FrozenPlan, incident: Incident, stage: str) -> bool:
    """Whether a step of the escalation fires as soon as the stage begins."""
    steps = steps_for(plan, severity=incident.severity, stage=stage)
    return any(share_of(step.offset) == 0 for step in steps)


def tell_verifiers(incident: Incident, plan: FrozenPlan, *, key: str, at: datetime) -> int:
    """Tell those who may close that every proof has passed."""
    people = able("close", incident, plan, at)
    return tell(incident, people, task="close", key=key, due_at=incident.stage_due_at, at=at)
