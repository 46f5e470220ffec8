"""The state API's answer: may this version serve."""

from dataclasses import dataclass

from incidents.models import Action
from incidents.rules.serving import holding, why_not_serve
from incidents.rules.transitions import ENDED
from registry.models import System
from registry.selectors import live_deployment


@dataclass(frozen=True, slots=True)
class ServingState:
    """What a gateway is told; `restrictions` are confirmed restrictions of open incidents."""

    system: str
    environment: str
    may_serve: bool
    reason: str
    version: str | None
    digest: str | None
    fallback: str | None
    stopped_scope: str
    restrictions: list[str]
    ttl_seconds: int
    fail_mode: str


def serving_state(*, system: System, environment: str, version: str | None) -> ServingState:
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
        ttl_seconds=held.ttl_seconds,
        fail_mode=held.fail_mode,
    )


def _restrictions(system: System, environment: str) -> list[str]:
    rows = Action.objects.filter(
        incident__system=system,
        type=Action.Type.RESTRICT,
        environment=environment,
        state__in=(Action.State.ORDERED, Action.State.DISPATCHED, Action.State.CONFIRMED),
    ).exclude(incident__state__in=ENDED)
    return list(rows.order_by("ordered_at").values_list("words", flat=True))
