"""Accepting a risk until a date, and what ends that. Workflow section 6, T10, T20, T21."""

import hashlib
from collections.abc import Callable, Mapping

from incidents.models import Evidence, RiskAcceptance, Transition
from incidents.observations import rules_for
from incidents.rules.acceptances import FIELDS
from incidents.rules.fields import read_fields
from incidents.rules.plan import SEVERITIES
from incidents.rules.transitions import DECISION, RISK_ACCEPTED, VERIFICATION
from incidents.selectors.acceptances import predecessor_of, proposal_faults
from incidents.services.acceptance_records import (
    build_acceptance,
    end_active,
    record_beginning,
    take_up_proposals,
)
from incidents.services.acceptance_timers import arm_acceptance
from incidents.services.commands.context import Given, Outcome
from incidents.services.windows import build_observation, verification_deadline
from ledger.rules.refusals import Invalid
from ledger.rules.worded import word

State = RiskAcceptance.State


def accept_risk(given: Given) -> Outcome:
    """T10: the risk is accepted until an instant; one that it renews is superseded at this one.

    Everything is checked anew: the motion was drafted some time ago.
    """
    incident, terms = given.incident, given.values["acceptance"]
    faults = proposal_faults(incident=incident, values=terms, at=given.at)
    if faults:
        raise Invalid("acceptance_not_right", next(iter(faults.values())), fields=faults)
    before = predecessor_of(incident)
    if before is not None and before.state == State.ACTIVE:
        end_active(incident, "renewed", since=given.at, words="", at=given.at)
        before.refresh_from_db()
    read, _ = read_fields(FIELDS, terms)
    row = build_acceptance(incident, given.plan, given.values, read, before, given.at)

    def begin(transition: Transition) -> None:
        row.save(force_insert=True, at=given.at)
        incident.stage_due_at = row.until_at
        incident.save(update_fields=["stage_due_at"], at=given.at)
        take_up_proposals(row, number=read["proposal"], at=given.at)
        arm_acceptance(row, given.plan, at=given.at)
        record_beginning(row, actor=given.attempt.actor, at=given.at)

    return Outcome(
        RISK_ACCEPTED,
        reason=given.values["title"],
        after={"decision": given.values["decision_id"], "until_at": row.until_at},
        details={"acceptance": row.number, "renewals": row.renewals},
        then=begin,
    )


def end_acceptance(given: Given) -> Outcome:
    """T20: void at an instant, which may lie before this one; the body decides anew.

    The severity is at least what it was when the risk was accepted, and every timer starts anew.
    """
    incident, values, at = given.incident, given.values, given.at
    ground, since = values["ground"], values["since"]
    row = end_active(incident, ground, since=since, words=values["words"], at=at)
    before = {"severity": incident.severity}
    incident.severity = max(incident.severity, row.severity, key=SEVERITIES.index)
    return Outcome(
        DECISION,
        reason=values["words"],
        before=before,
        after={"severity": incident.severity, "acceptance": row.state},
        details={"acceptance": row.number},
    )


def review_acceptance(given: Given) -> Outcome:
    """T20 by a person: the acceptance stands, or the body decides anew while it runs on."""
    incident, values, at = given.incident, given.values, given.at
    row = _active(given)
    row.reviewed_at, row.reviewed_by, row.review_words = at, given.person, values["reason"]
    row.version += 1
    row.save(update_fields=["reviewed_at", "reviewed_by", "review_words", "version"], at=at)
    back = values["outcome"] != "stands"
    return Outcome(
        DECISION if back else RISK_ACCEPTED,
        reason=values["reason"],
        after={"outcome": values["outcome"]},
        details={"acceptance": row.number, "cycle": incident.cycle},
    )


def risk_removed(given: Given) -> Outcome:
    """T21: a validator says what removed the risk; what is measured has to show it."""
    incident, values, at = given.incident, given.values, given.at
    windows = build_observation(incident, rules_for(incident, given.plan, at), at)
    for window in windows:
        window.save(force_insert=True, at=at)
    row = end_active(incident, "fulfilled", since=at, words=values["reason"], at=at)
    return Outcome(
        VERIFICATION,
        reason=values["reason"],
        after={"acceptance": row.state},
        details={"acceptance": row.number},
        rows=[_evidence(given)],
        deadline=verification_deadline(windows, [], at),
    )


def _active(given: Given) -> RiskAcceptance:
    """The acceptance that stands; the guard has seen that there is one."""
    rows = RiskAcceptance.objects.select_for_update(no_key=True, of=("self",))
    return rows.get(incident=given.incident, state=State.ACTIVE)


def _evidence(given: Given) -> Evidence:
    reference = given.values["evidence"]
    return Evidence(
        incident=given.incident,
        cycle=given.incident.cycle,
        title=word("What removed the risk"),
        reference=reference,
        sha256=hashlib.sha256(reference.encode()).hexdigest(),
        purpose="risk_removed",
        added_by=given.person,
        added_at=given.at,
    )


HANDLERS: Mapping[str, Callable[[Given], Outcome]] = {
    "accept_risk": accept_risk,
    "end_acceptance": end_acceptance,
    "review_acceptance": review_acceptance,
    "risk_removed": risk_removed,
}
