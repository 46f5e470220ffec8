"""Protective default: at high tier what is not decided in time is held still by rule (KOM-10)."""

from datetime import datetime

from governance.models import Decision
from governance.selectors.levels import document_of_case
from governance.services.engine import RETURNING_OFFICER
from incidents.models import Containment, Incident
from incidents.rules.transitions import DECISION
from incidents.selectors.containment import holding_system, measures_named
from incidents.services.commands.execution import execute
from ledger.rules.worded import word
from registry.models import System
from registry.selectors import live_deployment

BY_RULE = word("protective default of the committee's charter")
LONGEST_SCOPE = 300


def protect(*, decision: Decision, at: datetime) -> bool:
    """At the first lapse of a round at high tier, restrict or suspend by rule; True if it did.

    The measure is the first that the operating controls name, else the system is suspended. It is
    flagged as by rule, asks for its ratification, and nothing but a decision lifts it. What is
    held or suspended already stays as it is. The caller acts as the returning officer.
    """
    incident = Incident.objects.select_related("system").get(pk=decision.incident_id)
    if not _applies(decision, incident) or _is_held(incident):
        return False
    measures = measures_named(system_id=incident.system_id)
    what = {"kind": "restrict", "scope": measures[0]} if measures else WHOLE
    execute(
        command="emergency_contain",
        incident_id=incident.pk,
        actor=RETURNING_OFFICER,
        at=at,
        expected_version=None,
        idempotency_key=f"protective:{incident.cycle}",
        payload={
            "kind": what["kind"],
            "scope": what["scope"][:LONGEST_SCOPE],
            "reason": f"Motion {decision.number} lapsed, and at high tier nothing runs on "
            "undecided.",
            "by_rule": BY_RULE,
        },
    )
    return True


WHOLE = {"kind": "stop", "scope": "everything"}


def _applies(decision: Decision, incident: Incident) -> bool:
    return (
        decision.matter == Decision.Matter.CASE
        and incident.state == DECISION
        and incident.risk_tier == System.Tier.HIGH
        and document_of_case(incident).levels.protective_default
        and not Containment.objects.filter(incident=incident, cycle=incident.cycle).exists()
    )


def _is_held(incident: Incident) -> bool:
    held = holding_system(system_id=incident.system_id, environment=incident.environment)
    live = live_deployment(system_id=incident.system_id, environment=incident.environment)
    return held.exists() or (live is not None and bool(live.suspended))
