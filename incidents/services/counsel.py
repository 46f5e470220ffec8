"""Since when a duty binds as counsel reads it: a recorded act that open clocks follow (CLK-20)."""

from datetime import date, datetime
from uuid import uuid4

from django.db import transaction

from incidents.models import CounselDate, RegulatoryClock
from incidents.selectors.clock_rules import Law, binding_for
from incidents.services.clock_rows import enter
from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Invalid, Missing
from ledger.services.entries import append_entry
from registry.models import ClockRule
from registry.services.access import require_anywhere


@transaction.atomic
def set_counsel_date(
    *, rule_id: str, statutory_from: date, source: str, actor: Actor, at: datetime
) -> CounselDate:
    """Set the date for a rule, and change the kind of its open clocks; never when they are due.

    By compliance. Raises Missing, Forbidden, Invalid.
    """
    rule: ClockRule | None = ClockRule.objects.filter(pk=rule_id, superseded_in="").first()
    if rule is None:
        raise Missing("unknown_rule", "There is no such clock rule.")
    subject = ("clock_rule", rule.pk, rule.basis)
    require_anywhere(act="regimes.set", actor=actor, at=at, subject=subject)
    if actor.person is None:
        raise Forbidden("person_needed", "Counsel's date is stated by a person.", subject=subject)
    if not source.strip():
        words = "Say on whose opinion this rests."
        raise Invalid("source_needed", words, fields={"source": words})
    row_id = uuid4()
    number = append_entry(
        verb="law.counsel_date",
        actor=actor,
        at=at,
        subject=subject,
        before={"statutory_from": rule.statutory_from},
        after={"statutory_from": statutory_from},
        reason=source.strip(),
        touched=[f"incidents_counseldate:{row_id}"],
    )
    row = CounselDate.objects.create(
        id=row_id,
        rule=rule,
        statutory_from=statutory_from,
        source=source.strip(),
        stated_by_id=actor.person,
        stated_at=at,
        entry_number=number,
    )
    _bind_open(rule, row.source, actor, at)
    return row


def _bind_open(rule: ClockRule, source: str, actor: Actor, at: datetime) -> None:
    rows = RegulatoryClock.objects.select_for_update(no_key=True, of=("self",)).filter(
        rule=rule, submission__isnull=True
    )
    open_rows = rows.exclude(state=RegulatoryClock.State.ENDED).order_by("due_at", "id")
    for clock in open_rows.select_related("rule", "incident__system", "incident__live_version"):
        incident = clock.incident
        found = binding_for(Law(incident.system), rule, incident, clock.aware_at)
        if found.kind == clock.binding:
            continue
        before = {"binding": clock.binding}
        clock.binding, clock.binding_why = found.kind, found.why
        clock.save(update_fields=["binding", "binding_why"], at=at)
        after = {"binding": found.kind}
        enter("incident.clock_bound", clock, actor, at, before=before, after=after, reason=source)
