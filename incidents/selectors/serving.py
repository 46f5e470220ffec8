"""The state API's answer: may this version serve."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incidents.models import Action
from incidents.rules.serving import holding, why_not_serve
from incidents.rules.transitions import ENDED
from incidents.selectors.acceptances import Shown, of_system
from incidents.selectors.after_limits import AfterLimit, actions_after_limit
from incidents.selectors.containment import restrictions_in_force, stop_in_force
from registry.models import System
from registry.selectors import live_deployment


@dataclass(frozen=True, slots=True)
class ServingState:
    """What a gateway is told; `restrictions` are those of open incidents that are in force.

    `acceptances` are the risks of open incidents that were accepted, with whether each is valid.
    """

    system: str
    environment: str
    may_serve: bool
    reason: str
    version: str | None
    digest: str | None
    fallback: str | None
    stopped_scope: str
    restrictions: list[str]
    acceptances: list[dict[str, Any]]
    actions_after_limit: AfterLimit
    ttl_seconds: int
    fail_mode: str


def serving_state(
    *, system: System, environment: str, version: str | None, at: datetime
) -> ServingState:
    """Return whether a version may serve in an environment now (workflow section 7)."""
    deployment = live_deployment(system_id=system.pk, environment=environment)
    live = deployment.version if deployment else None
    held = holding(kind=system.kind, risk_tier=system.risk_tier)
    reason = why_not_serve(
        lifecycle=system.lifecycle,
        live=live.label if live else None,
        asked=version,
        suspended=deployment.suspended if deployment else False,
        state=live.state if live else "",
    )
    risks = of_system(system, environment, at)
    reason = reason or stop_in_force(system_id=system.pk, environment=environment)
    reason = reason or _why_not_accepted(risks)
    return ServingState(
        system=system.slug,
        environment=environment,
        may_serve=not reason,
        reason=reason,
        version=live.label if live else None,
        digest=live.named_by if live else None,
        fallback=deployment.fallback.label if deployment and deployment.fallback else None,
        stopped_scope=deployment.stop_scope if deployment else "everything",
        restrictions=_restrictions(system, environment),
        acceptances=[_told(one) for one in risks],
        actions_after_limit=actions_after_limit(system=system, environment=environment),
        ttl_seconds=held.ttl_seconds,
        fail_mode=held.fail_mode,
    )


def _restrictions(system: System, environment: str) -> list[str]:
    rows = Action.objects.filter(
        incident__system=system,
        incident__drill=False,
        type=Action.Type.RESTRICT,
        environment=environment,
        state__in=(Action.State.ORDERED, Action.State.DISPATCHED, Action.State.CONFIRMED),
    ).exclude(incident__state__in=ENDED)
    ordered = list(rows.order_by("ordered_at").values_list("words", flat=True))
    return ordered + restrictions_in_force(system_id=system.pk, environment=environment)


def _why_not_accepted(risks: list[Shown]) -> str:
    """Where the policy says so, an accepted risk that is not valid any more stops the serving."""
    over = [one for one in risks if not one.validity.valid and one.acceptance.stops_serving]
    return f"{over[0].acceptance.number}: {over[0].validity.words}" if over else ""


def _told(one: Shown) -> dict[str, Any]:
    return {
        "number": one.acceptance.number,
        "incident": one.acceptance.incident.number,
        "valid": one.validity.valid,
        "state": one.word.lower(),
        "until_at": one.acceptance.until_at,
        "since": one.validity.since,
        "reason": one.validity.words,
        "versions": list(one.acceptance.versions),
    }
