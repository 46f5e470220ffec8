"""Steps of setting up that are one act on their page: each is made of the services it stands on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.models import Committee, ThresholdVersion
from governance.rules.stated import Stated
from governance.services.committees import SeatPlan, found_committee
from governance.services.thresholds import draft_threshold
from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid, Missing
from ledger.rules.worded import worded
from registry.models import System, User
from registry.services.access import require_system_permit
from registry.services.invitations import invite_person
from registry.services.roles import grant_role
from telemetry.models import Kpi
from telemetry.services.series import expect_readings, series_for

WEEK = 7 * 86400
MOST = 20
BANDS = ("warning", "critical")


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody to invite; `role` for the whole unit, '' for none: an owner holds a system."""

    name: str
    email: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class ChosenKpi:
    """A KPI to watch with its bands as they are proposed, the limits as somebody wrote them."""

    kpi_id: str
    proposed: Mapping[str, Any]
    warning: float | None
    critical: float | None
    baseline: float | None = None


@transaction.atomic
def invite_people(
    *, people: Sequence[Invited], unit_id: UUID, actor: Actor, at: datetime
) -> list[User]:
    """Invite several people into a unit and give each their role there; all of them or none.

    Raises Forbidden, Invalid and Conflict as `invite_person` and `grant_role` do.
    """
    if not people or len(people) > MOST:
        words = worded("Name at least one person, {most} at most.", most=MOST)
        raise Invalid("nobody_named", words)
    found = []
    for one in people:
        user = invite_person(
            email=one.email, name=one.name, title="", unit_id=unit_id, actor=actor, at=at
        )
        if one.role:
            grant_role(
                user_id=user.pk,
                role=one.role,
                unit_id=unit_id,
                reason="first steps: the organisation is set up",
                actor=actor,
                at=at,
            )
        found.append(user)
    return found


@transaction.atomic
def found_bodies(
    *, unit_id: UUID, name: str, seats: Sequence[SeatPlan], actor: Actor, at: datetime
) -> Committee:
    """Found the committee with its seats, and the bodies of executives and board above it.

    Raises Forbidden, Invalid, Missing, Conflict as `found_committee` does.
    """
    body = found_committee(
        unit_id=unit_id, name=name, level="committee", seats=seats, actor=actor, at=at
    )
    above = Committee.objects.filter(unit_id=unit_id, active=True)
    known = set(above.values_list("level", flat=True))
    for level, title in (("executive", "Executive"), ("board", "Board")):
        if level not in known:
            found_committee(unit_id=unit_id, name=title, level=level, seats=[], actor=actor, at=at)
    return body


@transaction.atomic
def choose_kpis(
    *, system_id: UUID, chosen: Sequence[ChosenKpi], actor: Actor, at: datetime
) -> list[ThresholdVersion]:
    """Expect weekly readings of each KPI of a system, and draft its threshold.

    A second person approves each. Raises Missing, Forbidden, Invalid with fields as 'kpi.limit'.
    """
    system = System.objects.select_related("unit").filter(pk=system_id).first()
    if system is None:
        raise Missing("unknown_system", "There is no such system that you may see.")
    require_system_permit(act="threshold.draft", system=system, actor=actor, at=at)
    if not chosen:
        raise Invalid("nothing_chosen", "Choose at least one KPI; three to five are good.")
    known = Kpi.objects.in_bulk([one.kpi_id for one in chosen])
    if len(known) != len(chosen):
        raise Missing("unknown_kpi", "There is no such KPI in the catalogue.")
    return [_choose(system, one, actor, at) for one in chosen]


def _choose(system: System, one: ChosenKpi, actor: Actor, at: datetime) -> ThresholdVersion:
    identity = (system.pk, one.kpi_id, "production", "", WEEK)
    series = series_for(cadences={identity: None}, at=at)[identity]
    expect_readings(
        series_id=series,
        cadence_seconds=int(timedelta(days=8).total_seconds()),
        actor=actor,
        at=at,
    )
    try:
        return draft_threshold(
            system_id=system.pk,
            kpi_id=one.kpi_id,
            stated=stated_of(one),
            actor=actor,
            at=at,
            example=True,
        )
    except Invalid as refused:
        raise Invalid(
            refused.code, refused.reason, fields={f"{one.kpi_id}.warning": refused.reason}
        ) from refused


def stated_of(one: ChosenKpi) -> Stated:
    """Return the threshold of a proposal with the limits that were written.

    Where a limit was moved, the way back to well is that of the warning itself.
    """
    kept = {
        name: one.proposed[name]
        for name in ("direction", "mode", "fires_k", "fires_n", "least_n", "recover_windows",
                     "for_seconds", "judged_by", "instant_critical", "low", "recover_warning")
        if one.proposed.get(name) is not None
    }  # fmt: skip
    if one.warning != one.proposed.get("warning"):
        kept.pop("recover_warning", None)
    return Stated(
        **kept,
        warning=one.warning,
        critical=one.critical,
        baseline=one.baseline if kept.get("mode", "absolute") != "absolute" else None,
        reason="first steps: as the profile proposes"
        if (one.warning, one.critical)
        == (one.proposed.get("warning"), one.proposed.get("critical"))
        else "first steps: proposed by the profile, limits changed",
    )
