"""What a motion can be made from: versions of the system, people who could carry it out."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from governance.models import Committee, Decision
from governance.rules.motion_kinds import WORDS
from governance.selectors.motions import body_for, may_propose
from governance.selectors.protective_order import next_kinds
from incidents.models import Findings, Incident
from incidents.rules.transitions import DECISION, ENDED, EXECUTION, STATE_WORDS, VERIFICATION
from incidents.selectors.containment import containments_in_force
from ledger.rules.refusals import Conflict, Forbidden, Refused
from ledger.rules.worded import worded
from registry.models import RoleAssignment, System, SystemVersion, User
from registry.selectors.people import in_force
from registry.selectors.units import units_above

CARRIES_NOTHING_OUT = ("auditor", "board")


def motion_choices(*, incident: Incident, at: datetime) -> dict[str, Any]:
    """Return the versions to choose from, and the people on the system's side and in its unit."""
    versions = SystemVersion.objects.filter(system_id=incident.system_id)
    return {
        "versions": list(versions.exclude(state="draft").order_by("-created_at", "-label")),
        "people": _people(incident, at),
        "containments": list(containments_in_force(incident)),
    }


def replaceable(incident: Incident) -> list[Decision]:
    """Return the decisions that are carried out and could be replaced by another one."""
    if incident.state not in (EXECUTION, VERIFICATION):
        return []
    rows = Decision.objects.filter(
        incident=incident, cycle=incident.cycle, state=Decision.State.ADOPTED
    ).exclude(matter=Decision.Matter.RATIFICATION)
    return list(
        rows.exclude(superseded_by_rounds__state=Decision.State.ADOPTED).order_by("-closed_at")
    )


def after_last_tie(incident: Incident) -> str:
    """Return in words what is put next, where the last vote at high tier was a tie (KOM-14)."""
    return ", ".join(WORDS[kind].lower() for kind in next_kinds(incident))


def motion_page(*, incident: Incident, reader: User, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/motion.html shows, but for the forms."""
    body = body_for(incident)
    people = may_propose(incident=incident, committee=body, at=at) if body else []
    findings = Findings.objects.filter(incident=incident).order_by("-cycle", "-revision").first()
    running = Decision.objects.filter(
        incident=incident, state__in=("draft", "open"), matter=Decision.Matter.CASE
    ).first()
    return {
        "at": at,
        "incident": incident,
        "system": incident.system,
        "body": body,
        "running": running,
        "may_propose": reader.pk in {person.pk for person in people},
        "refusal": _refusal(incident, body, people, reader),
        "findings": findings,
        "replaceable": replaceable(incident),
        "next_kinds": after_last_tie(incident),
    }


def _refusal(
    incident: Incident, body: Committee | None, people: list[User], reader: User
) -> Refused | None:
    """Why the reader gets no form: the stage, no body, or not their part."""
    beside = replaceable(incident) or containments_in_force(incident).exists()
    if incident.state != DECISION and (incident.state in ENDED or not beside):
        where = STATE_WORDS[incident.state]
        return Conflict(
            "state_does_not_allow",
            worded(
                "You cannot put a motion on {number} now: it stands at {where}, "
                "and this is possible at Decision only.",
                number=incident.number,
                where=where,
            ),
        )
    if body is None:
        return Conflict(
            "no_committee",
            "You cannot put a motion: no committee decides for this unit yet. Compliance or an "
            "administrator founds one, with its seats, first.",
        )
    if reader.pk in {person.pk for person in people}:
        return None
    return Forbidden(
        "not_your_part",
        "You cannot put a motion: that takes the owner's side, compliance, risk, or who leads the "
        "committee.",
        who_can=[person.name for person in people][:6],
    )


def _people(incident: Incident, at: datetime) -> list[User]:
    """Owner's side of every system of the unit, and who holds a role for it; by name."""
    units = units_above(unit_id=incident.unit_id)
    holders = (
        RoleAssignment.objects.filter(
            in_force(at), Q(unit_id__in=units) | Q(system_id=incident.system_id)
        )
        .exclude(role__in=CARRIES_NOTHING_OUT)
        .values("user_id")
    )
    systems = System.objects.filter(unit_id=incident.unit_id)
    rows = User.objects.filter(
        Q(pk__in=holders)
        | Q(pk__in=systems.values("owner_id"))
        | Q(pk__in=systems.values("deputy_id"))
        | Q(pk__in=[incident.owner_id, incident.deputy_id]),
        is_active=True,
        kind=User.Kind.PERSON,
    )
    return list(rows.order_by("name"))
