"""What a batch of steps writes: entries, rows, mails, digests, calls, reminders, what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from governance.models import EscalationFiring
from governance.rules.calling import wakes
from governance.selectors.recipients import Reached, Recipient
from governance.services.catching_up import Late, add_to_digests
from governance.services.step_notices import Firing, call
from governance.services.step_rows import row_of
from governance.services.step_waits import Wait, put_off
from ledger.context import current_actor
from ledger.rules.actors import machine
from ledger.services.bodies import Draft
from ledger.services.entry_sets import append_entries
from outbox.contacts import Contact, contacts_of
from outbox.rules.mails import Mail
from outbox.services.mail_sets import queue_mails
from outbox.services.timers import Arming, arm_timers
from outbox.set_inserts import insert_rows


@dataclass(slots=True)
class Step:
    """What one timer comes to: its entry, whom it tells, its reminder. Nothing: it is told.

    `late` is what goes into digests in place of mails; `wait` what waits after it; one that
    `waits` itself has not fired.
    """

    entry: Draft | None = None
    firing: Firing | None = None
    people: Reached = field(default_factory=Reached)
    to_tell: Sequence[Recipient] = ()
    mails: list[Mail] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    reminder: Arming | None = None
    wait: Wait | None = None
    waits: bool = False


NOTHING = Step()


def write(steps: Mapping[UUID, Step], at: datetime) -> None:
    """Write what timers came to, by their ids and in order; each kind at once but the calls."""
    done = list(steps.values())
    _write_down(done, at)
    contacts = contacts_of([one.person.pk for step in done for one in step.to_tell])
    queue_mails(mails=[mail for step in done for mail in step.mails], contacts=contacts, at=at)
    add_to_digests(lines=[line for step in done for line in step.late], at=at)
    _call(done, contacts)
    arm_timers(armings=[step.reminder for step in done if step.reminder is not None], at=at)
    put_off(
        waits=[step.wait for step in done if step.wait is not None],
        fired=[timer for timer, step in steps.items() if not step.waits],
    )


def _write_down(steps: Sequence[Step], at: datetime) -> None:
    entered = [(step, step.entry) for step in steps if step.entry is not None]
    numbers = append_entries(
        drafts=[entry for _, entry in entered],
        actor=current_actor() or machine("sweep"),
        at=at,
    )
    # Each row names its entry, which is all that the net of triggers asks for.
    rows = [
        row_of(step.firing, step.people, number=number)
        for (step, _), number in zip(entered, numbers, strict=True)
        if step.firing is not None
    ]
    insert_rows(EscalationFiring, rows, skip_known=False)


def _call(steps: Sequence[Step], contacts: Mapping[UUID, Contact]) -> None:
    """Call who has a pager, one by one: each call has an answer of its own."""
    for step in steps:
        if step.firing is None or not wakes(step.firing.plan, step.firing.incident.severity):
            continue
        for one in step.to_tell:
            if contacts.get(one.person.pk, Contact()).page:
                call(step.firing, one)
