"""Reports that were sent: one may meet several clocks, and may start the ones that follow."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from incidents.models import Incident, RegulatoryClock, ReportDraft, Submission
from incidents.rules.clock_terms import terms_of
from incidents.selectors.clock_rules import Law
from incidents.services.clock_rows import CountedAs, arm_clock, cancel_calls, enter
from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from registry.rules.shipped import cited

Kind = ReportDraft.Kind
LAST = (Kind.COMBINED, Kind.FINAL, Kind.NOT_REPORTABLE)


def named_clocks(incident: Incident, wanted: Sequence[UUID]) -> list[RegulatoryClock]:
    """Return the running clocks that are named, with their twins of other awareness (CLK-07).

    Raises Invalid for one that does not run.
    """
    rows = RegulatoryClock.objects.select_for_update(no_key=True, of=("self",)).filter(
        incident=incident, submission__isnull=True
    )
    running = {
        row.pk: row
        for row in rows.exclude(state=RegulatoryClock.State.ENDED).select_related("rule")
    }
    if not wanted or not set(wanted) <= set(running):
        words = "Name the clocks that it meets: each must be one that runs on this case."
        raise Invalid("no_such_clock", words, fields={"clocks": words})
    rules = {running[one].rule_id for one in wanted}
    twins = (CountedAs.ORGANISATION, CountedAs.DEPLOYER, CountedAs.PROVIDER)
    return [
        row
        for row in sorted(running.values(), key=lambda row: (row.due_at, row.pk))
        if row.pk in wanted or (row.rule_id in rules and row.counted_as in twins)
    ]


def check_sent(
    clocks: Sequence[RegulatoryClock], submitted_at: datetime, late_reason: str, at: datetime
) -> None:
    """Refuse a report from the future, and a late one without its reason (GDPR Art. 33(1))."""
    if submitted_at > at:
        words = "This has not come yet."
        raise Invalid("instant_to_come", words, fields={"submitted_at": words})
    if late_reason:
        return
    late = [clock for clock in clocks if submitted_at > clock.due_at]
    if late:
        words = worded(
            "The clock of {basis} had ended by then: say why it is late.",
            basis=cited(late[0].rule.basis),
        )
        raise Invalid("late_without_reason", words, fields={"late_reason": words})


def meet_clocks(
    submission: Submission, clocks: Sequence[RegulatoryClock], *, actor: Actor, at: datetime
) -> list[RegulatoryClock]:
    """Note on each clock which report met it, and arm those that follow; returns the new ones."""
    incident = submission.incident
    for clock in clocks:
        clock.incident, clock.submission = incident, submission
        clock.save(update_fields=["submission"], at=at)
        cancel_calls(clock, reason="a report was sent", at=at)
        after = {"submission": submission.pk, "submitted_at": submission.submitted_at}
        before = {"due_at": clock.due_at}
        reason = submission.late_reason
        enter("incident.clock_met", clock, actor, at, before=before, after=after, reason=reason)
    if submission.kind in LAST:
        return []
    return _arm_following(submission, clocks, actor, at)


def _arm_following(
    submission: Submission, clocks: Sequence[RegulatoryClock], actor: Actor, at: datetime
) -> list[RegulatoryClock]:
    incident = submission.incident
    law = Law(incident.system)
    by_rule = {clock.rule_id: clock for clock in clocks}
    return [
        arm_clock(
            incident=incident,
            rule=rule,
            armed_by=f"the report of {submission.submitted_at:%Y-%m-%d %H:%M} UTC",
            actor=actor,
            at=at,
            law=law,
            aware_at=submission.submitted_at,
            aware_person=actor.name,
            counted_as=CountedAs.REPORT,
            beside=next(
                (by_rule[one] for one in terms_of(rule.terms).follows if one in by_rule), None
            ),
            state=RegulatoryClock.State.CONFIRMED,
        )
        for rule in law.following(by_rule)
    ]
