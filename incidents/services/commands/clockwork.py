"""Regulatory clocks: awareness, submissions, what turns out later."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from incidents.models import ClockFact, RegulatoryClock, ReportDraft, Submission, Transition
from incidents.rules.clock_facts import AWARENESS, COLUMN_OF
from incidents.services.awareness import DEEMED_AFTER, DEEMED_BY
from incidents.services.clock_learning import (
    check_instant,
    decide_ended,
    follow_instant,
    take_instant,
)
from incidents.services.clock_reports import check_sent, meet_clocks, named_clocks
from incidents.services.clocks import arm_for_fact, arm_unanswered
from incidents.services.commands.context import Given, Outcome
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded
from registry.rules.shipped import cited


def deem_aware(given: Given) -> Outcome:
    """An alarm that nobody opened within a day counts as known by then (CLK-05)."""
    incident = given.incident
    incident.aware_at = incident.detected_at + DEEMED_AFTER
    incident.aware_by = DEEMED_BY

    def arm(transition: Transition) -> None:
        arm_unanswered(incident=incident, actor=given.attempt.actor, at=given.at)

    return Outcome(
        incident.state,
        reason="Nobody opened the alarm within 24 h of its detection.",
        before={"aware_at": None},
        after={"aware_at": incident.aware_at},
        then=arm,
    )


def learn_awareness(given: Given) -> Outcome:
    """An instant that was not known, or an earlier one than counted: clocks are recomputed.

    Who knew stands on the case, where an erasure reaches it, not in the record.
    """
    incident, values = given.incident, given.values
    which, aware_at = values["which"], values["aware_at"]
    check_instant(incident, which, aware_at, given.at)
    known_by = values["known_by"] or given.person.name
    before = take_instant(incident, which, aware_at, known_by)

    def follow(transition: Transition) -> None:
        follow_instant(
            incident,
            which,
            before,
            reason=values["source"],
            actor=given.attempt.actor,
            at=given.at,
        )

    return Outcome(
        incident.state,
        reason=f"{AWARENESS[which]}: {values['source']}",
        before=before,
        after={name: getattr(incident, name) for name in {COLUMN_OF[which], *before}},
        details={"known_by": None},
        then=follow,
    )


def state_fact(given: Given) -> Outcome:
    """A fact that may arm clocks, from the awareness or from when it is known."""
    incident, values = given.incident, given.values
    known_at = values["known_at"] or incident.aware_at or given.at
    if known_at > given.at:
        words = "This has not come yet."
        raise Invalid("instant_to_come", words, fields={"known_at": words})
    row = ClockFact(
        incident=incident,
        cycle=incident.cycle,
        fact=values["fact"],
        answer=values["answer"],
        known_at=known_at,
        source=values["source"],
        stated_by=given.person,
        stated_at=given.at,
    )

    def arm(transition: Transition) -> None:
        arm_for_fact(
            incident=incident,
            fact=row.fact,
            answer=row.answer,
            known_at=known_at,
            actor=given.attempt.actor,
            at=given.at,
        )

    return Outcome(
        incident.state,
        reason=values["source"],
        after={"fact": row.fact, "answer": row.answer, "known_at": known_at},
        rows=[row],
        then=arm,
    )


def record_submission(given: Given) -> Outcome:
    """A report was sent: the clocks that it meets stop, those that follow it start."""
    incident, values = given.incident, given.values
    clocks = named_clocks(incident, _ids(values["clocks"]))
    late_reason = values["late_reason"] or ""
    check_sent(clocks, values["submitted_at"], late_reason, given.at)
    receipt = values["receipt"] or ""
    row = Submission(
        id=uuid4(),
        incident=incident,
        report=_draft(given, values["report"]),
        kind=values["kind"],
        authority=values["authority"],
        submitted_at=values["submitted_at"],
        reference=values["reference"] or "",
        receipt=receipt,
        receipt_sha256=_digest(values["receipt_sha256"], receipt),
        late_reason=late_reason,
        submitted_by=given.person,
        recorded_at=given.at,
    )

    def meet(transition: Transition) -> None:
        meet_clocks(row, clocks, actor=given.attempt.actor, at=given.at)

    return Outcome(
        incident.state,
        reason=late_reason,
        after={"authority": row.authority, "submitted_at": row.submitted_at},
        details={"submission": row.pk, "met": [clock.rule.basis for clock in clocks]},
        rows=[row],
        then=meet,
    )


def decide_clock(given: Given) -> Outcome:
    """A validator decides whether an ended clock is taken up again (CLK-16)."""
    incident, values = given.incident, given.values
    rows = RegulatoryClock.objects.select_for_update(no_key=True, of=("self",))
    clock = rows.select_related("rule").filter(incident=incident, pk=values["clock"]).first()
    if clock is None or clock.state != RegulatoryClock.State.ENDED:
        words = "This is no ended clock of this case."
        raise Invalid("no_such_clock", words, fields={"clock": words})
    twins = RegulatoryClock.objects.filter(incident=incident, rule=clock.rule)
    if values["answer"] == "reopen" and twins.exclude(state=clock.state).exists():
        raise Conflict(
            "clock_runs", worded("A clock of {basis} runs already.", basis=cited(clock.rule.basis))
        )
    clock.incident = incident

    def decide(transition: Transition) -> None:
        decide_ended(
            clock,
            reopen=values["answer"] == "reopen",
            reason=values["reason"],
            actor=given.attempt.actor,
            at=given.at,
        )

    return Outcome(
        incident.state,
        reason=values["reason"],
        after={"clock": clock.rule.basis, "answer": values["answer"]},
        then=decide,
    )


def _ids(given: list[Any]) -> list[UUID]:
    try:
        return [one if isinstance(one, UUID) else UUID(str(one)) for one in given]
    except ValueError as error:
        words = "This is a list of the clocks' ids."
        raise Invalid("no_such_clock", words, fields={"clocks": words}) from error


def _draft(given: Given, draft_id: UUID | None) -> ReportDraft | None:
    if draft_id is None:
        return None
    found: ReportDraft | None = ReportDraft.objects.filter(
        incident=given.incident, pk=draft_id
    ).first()
    if found is None:
        words = "There is no such draft on this case."
        raise Invalid("no_such_draft", words, fields={"report": words})
    return found


def _digest(given: str | None, receipt: str) -> str:
    """Return the hash of the receipt: as given, else of its text, '' without either."""
    if given:
        is_hex = len(given) == 64 and not set(given.lower()) - set("0123456789abcdef")
        if not is_hex:
            words = "A SHA-256 has 64 hexadecimal digits."
            raise Invalid("bad_digest", words, fields={"receipt_sha256": words})
        return given.lower()
    return hashlib.sha256(receipt.encode()).hexdigest() if receipt else ""


HANDLERS: Mapping[str, Callable[[Given], Outcome]] = {
    "deem_aware": deem_aware,
    "learn_awareness": learn_awareness,
    "state_fact": state_fact,
    "record_submission": record_submission,
    "decide_clock": decide_clock,
}
