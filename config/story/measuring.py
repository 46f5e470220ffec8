"""How the demo's systems are steered: scorecards, a KPI of their own, canaries, a connector.

All of it stands before the first reading comes.
"""

from collections.abc import Mapping
from typing import Any

from config.story.readiness import WHY, as_person, told_in
from config.story.surroundings import Cast
from ledger.context import acting_as
from registry.models import User
from telemetry.models import Kpi
from telemetry.rules.kpi_checks import Meaning
from telemetry.rules.scorecards import Line
from telemetry.services.canaries import approve_canary_set, draft_canary_set
from telemetry.services.connectors import Wanted, define_connector, switch_connector
from telemetry.services.own_kpis import approve_kpi, draft_kpi
from telemetry.services.scorecards import set_scorecard

FILE = "measuring.yaml"


def steer(cast: Cast) -> None:
    """Draft and approve the own KPI, then set every scorecard, the canaries and the connector."""
    told = told_in(FILE)
    _own_kpi(cast, told["own_kpi"])
    for slug, lines in told["scorecards"].items():
        _scorecard(cast, slug, lines)
    _canaries(cast, told["canary"])
    _connector(cast, told["connector"])


def _own_kpi(cast: Cast, told: Mapping[str, Any]) -> Kpi:
    author, approver = cast.people[told["author"]], cast.people[told["approver"]]
    with acting_as(as_person(author)):
        draft = draft_kpi(
            key=told["key"], unit_id=cast.systems[told["system"]].unit_id,
            meaning=Meaning(**told["meaning"]),
            reason=told["reason"], actor=as_person(author), at=cast.at,
        )  # fmt: skip
    with acting_as(as_person(approver)):
        return approve_kpi(
            definition_id=draft.pk, note=told["note"], actor=as_person(approver), at=cast.at
        )


def _scorecard(cast: Cast, slug: str, told: list[dict[str, Any]]) -> None:
    system = cast.systems[slug]
    actor = as_person(system.owner)
    with acting_as(actor):
        set_scorecard(
            system_id=system.pk, lines=[_line(cast.people, one) for one in told],
            expected_version=0, reason=WHY, actor=actor, at=cast.at,
        )  # fmt: skip


def _line(people: Mapping[str, User], told: Mapping[str, Any]) -> Line:
    target = told.get("target")
    return Line(
        kpi=told["kpi"],
        perspective=told["perspective"],
        owner_id=people[told["owner"]].pk,
        on_breach=told["on_breach"],
        target=None if target is None else float(target),
    )


def _canaries(cast: Cast, told: Mapping[str, Any]) -> None:
    author, approver = (as_person(cast.people[told[one]]) for one in ("author", "approver"))
    with acting_as(author):
        draft = draft_canary_set(
            system_id=cast.systems[told["system"]].pk, environment="production",
            items=told["items"], reason=told["reason"], actor=author, at=cast.at,
        )  # fmt: skip
    with acting_as(approver):
        approve_canary_set(set_id=draft.pk, actor=approver, at=cast.at)


def _connector(cast: Cast, told: Mapping[str, Any]) -> None:
    """Set a connector up and switch it off at once: the demo asks nobody outside."""
    actor = as_person(cast.people[told["author"]])
    wanted = Wanted(told["name"], told["url"], told["every_seconds"], told["lines"])
    with acting_as(actor):
        made = define_connector(
            system_id=cast.systems[told["system"]].pk, kind=told["kind"], wanted=wanted,
            actor=actor, at=cast.at,
        )  # fmt: skip
        switch_connector(
            connector_id=made.pk, expected_version=made.version, active=False, actor=actor,
            at=cast.at,
        )  # fmt: skip
