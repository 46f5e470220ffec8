"""What a step of the ladder sends: mail and call, one digest after a downtime, operations."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from governance.rules.calling import is_late, wakes
from governance.rules.notices import Notice, body, line, subject
from governance.selectors.policies import document_of_plan
from governance.selectors.recipients import Recipient
from governance.services.catching_up import Late, add_to_digests
from governance.services.paging import call_for_step
from incidents.models import Incident
from incidents.rules.plan import FrozenPlan, LadderStep
from incidents.rules.summaries import summary_told
from outbox.contacts import Contact, contacts_of
from outbox.rules.mails import Mail
from outbox.services.mail_sets import queue_mails
from registry.models import User
from registry.selectors.people import people_with_role

MAILBOX_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Firing:
    """One step that fires now, with everything that it is found by."""

    incident: Incident
    plan: FrozenPlan
    step: LadderStep
    stage: str
    rule: str
    repeat: int
    scheduled_at: datetime
    stage_due_at: datetime
    at: datetime
    prefix: str
    by_unroutable: bool = False


def tell_step(firing: Firing, people: Sequence[Recipient]) -> None:
    """Tell people of a step; what comes late is one line of each one's digest.

    Major and severe call who has a pager too, late or not.
    """
    contacts = contacts_of([one.person.pk for one in people])
    if is_late(firing.plan, due_at=firing.scheduled_at, at=firing.at):
        add_to_digests(lines=[late_line(firing, one.person) for one in people], at=firing.at)
    else:
        mails = [
            mail_of(firing, one.person, address=one.person.email, zone=one.person.zone)
            for one in people
        ]
        queue_mails(mails=mails, contacts=contacts, at=firing.at)
    if wakes(firing.plan, firing.incident.severity):
        for one in people:
            if contacts.get(one.person.pk, Contact()).page:
                call(firing, one)


def late_line(firing: Firing, person: User) -> Late:
    """Return what a person's digest says of a step that is late."""
    text = line(notice_of(firing, zone=person.zone), scheduled_at=firing.scheduled_at)
    return Late(person, text, drill=firing.incident.drill)


def call(firing: Firing, one: Recipient) -> None:
    """Call a person for a step on the paging channel."""
    notice = notice_of(firing, zone=one.person.zone)
    call_for_step(
        incident=firing.incident,
        person=one.person,
        subject=subject(notice),
        body=body(notice),
        rule=firing.rule,
        step=firing.step.step,
        repeat=firing.repeat,
        due_at=firing.stage_due_at,
        at=firing.at,
    )


def tell_operations(firing: Firing) -> None:
    """Tell who runs the installation, and the mailbox of last resort, that nobody was reached."""
    people = people_with_role(role="administrator", unit_id=firing.incident.unit_id, at=firing.at)
    mails = [mail_of(firing, one, address=one.email, zone=one.zone, nobody=True) for one in people]
    mailbox = document_of_plan(firing.plan).escalation.mailbox
    if mailbox:
        mails.append(mail_of(firing, None, address=mailbox, zone=MAILBOX_ZONE, nobody=True))
    queue_mails(mails=mails, contacts=contacts_of([one.pk for one in people]), at=firing.at)


def mail_of(
    firing: Firing, person: User | None, *, address: str, zone: str, nobody: bool = False
) -> Mail:
    """Return the mail of a step to a person, or to a mailbox that is nobody's.

    With `nobody` it tells operations that the step found nobody; that waits for no bundle.
    """
    incident = firing.incident
    notice = replace(notice_of(firing, zone=zone), nobody=nobody)
    who = person.pk if person else address
    return Mail(
        key=f"step:{incident.pk}:{incident.cycle}:{firing.rule}:{firing.step.step}"
        f":{firing.repeat}:{who}",
        person_id=person.pk if person else None,
        address=address,
        subject=subject(notice),
        body=body(notice),
        subject_id=incident.pk,
        kind="task" if firing.step.level == 0 else "reminder",
        urgent=nobody or firing.by_unroutable or wakes(firing.plan, incident.severity),
        drill=incident.drill,
        due_at=firing.stage_due_at,
        url=notice.url,
        group=f"incident:{incident.pk}",
    )


def notice_of(firing: Firing, *, zone: str) -> Notice:
    """Return what a step says, to a reader of a zone."""
    incident = firing.incident
    return Notice(
        stage=firing.stage,
        number=incident.number,
        title=incident.title,
        summary=summary_told(incident.kind, incident.summary),
        severity=incident.severity,
        due_at=firing.stage_due_at,
        fired_at=firing.at,
        zone=zone,
        level=firing.step.level,
        repeat=firing.repeat,
        url=f"{settings.PUBLIC_URL}/incidents/{incident.number}/",
        unroutable=firing.by_unroutable,
    )
