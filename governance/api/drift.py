"""Drift and coverage over the API: histograms in, rules attested, pauses, what has fresh data."""

from functools import partial
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.baseline_shapes import (
    AttestationOut,
    AttestIn,
    CoveragePageOut,
    DriftOut,
    HistogramReceiptOut,
    HistogramsIn,
    PauseIn,
    PauseOut,
)
from governance.api.door_notes import BulkDoor
from governance.api.ingest import DRY_RUN, arrived_at, delivered, kept_or_rehearsed, token_of
from governance.selectors.coverage import coverage_of, live_systems
from governance.selectors.drift import (
    changed_rules,
    digest_of,
    drifting_features,
    moved_use,
    rules_in_force,
)
from governance.services.drift import attest_rules, take_in_histograms
from outbox import clock
from registry.access import HasScope, IsPerson, actor_of, visible_system, visible_systems
from registry.selectors.tokens import token_systems
from telemetry.models import DoorState
from telemetry.rules.histograms import HistogramRow
from telemetry.selectors.baselines import pauses_of
from telemetry.services.measurements import MOST_TOLD, told
from telemetry.services.pauses import set_pause

MOST_HISTOGRAMS = 1000
"""In one request: each is compared with its reference by itself."""

A_PAGE = 100
AFTER = OpenApiParameter("after", str, description="The slug that the last page ended with.")


class HistogramsIngest(BulkDoor):
    """How a system's inputs are spread; what drift of its data is measured on."""

    door, key = DoorState.Door.HISTOGRAMS, "histograms"
    permission_classes = [HasScope("measurements:write")]

    @extend_schema(
        operation_id="histograms_send",
        tags=["ingest"],
        parameters=[DRY_RUN],
        request=HistogramsIn,
        responses=HistogramReceiptOut,
    )
    def post(self, request: Request) -> Response:
        """Store histograms and judge how far each is from its reference; again is harmless."""
        token = token_of(request)
        delivery = delivered(request, self.key, HistogramRow, MOST_HISTOGRAMS)
        deliver = partial(
            take_in_histograms,
            delivery=delivery,
            reach=token_systems(token),
            actor=actor_of(request),
            at=arrived_at(request),
        )
        receipt, said = kept_or_rehearsed(request, deliver)
        if not said:
            self.tell(request, delivery, receipt)
        return Response(
            {
                "accepted": receipt.accepted,
                "repeated": receipt.repeated,
                "uncompared": receipt.uncompared,
                "computed": receipt.computed,
                "rejected": [told(one) for one in receipt.rejected[:MOST_TOLD]],
                "incidents": [one.number for one in receipt.incidents],
            }
            | said
        )


class SystemDrift(APIView):
    """Drift of a system: its data, its rules, its use."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="systems_drift", tags=["drift"], responses=DriftOut)
    def get(self, request: Request, slug: str) -> Response:
        """Return the newest distances, what differs from the rules attested, how use moved."""
        at = clock.now()
        system = visible_system(request, slug, at)
        changed = changed_rules(system=system, at=at)
        return Response(
            {
                "features": [_feature(one) for one in drifting_features(system=system)],
                "rules": {
                    "attested_at": changed.attested_at,
                    "attested_by": changed.by,
                    "sha256": digest_of(rules_in_force(system=system, at=at)),
                    "in_force": changed.total,
                    "changes": [
                        {"kind": kind, "name": name, "then": then, "now": now}
                        for kind, name, then, now in changed.changes
                    ],
                },
                "use": [_use(one) for one in moved_use(system=system, at=at)],
            }
        )


class RuleAttestations(APIView):
    """A person's word that the rules in force are the ones that are meant."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="systems_attest_rules",
        tags=["drift"],
        request=AttestIn,
        responses={201: AttestationOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Attest the rules that were read under this hash."""
        given, at = AttestIn(data=request.data), clock.now()
        given.is_valid(raise_exception=True)
        attested = attest_rules(
            system_id=visible_system(request, slug, at).pk,
            actor=actor_of(request),
            at=at,
            **given.validated_data,
        )
        return Response(AttestationOut(attested).data, status=201)


class Pauses(APIView):
    """Planned pauses of a system, in which its silence is no breach."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; announcing takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    @extend_schema(operation_id="pauses_list", tags=["drift"], responses=PauseOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Return the pauses that run or are to come."""
        at = clock.now()
        rows = pauses_of(system_id=visible_system(request, slug, at).pk, at=at)
        return Response(PauseOut(rows[:200], many=True).data)

    @extend_schema(
        operation_id="pauses_set", tags=["drift"], request=PauseIn, responses={201: PauseOut}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Announce a pause with its end."""
        given, at = PauseIn(data=request.data), clock.now()
        given.is_valid(raise_exception=True)
        pause = set_pause(
            system_id=visible_system(request, slug, at).pk,
            actor=actor_of(request),
            at=at,
            **given.validated_data,
        )
        return Response(PauseOut(pause).data, status=201)


class Coverage(APIView):
    """Which KPIs of the live systems have fresh data."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="coverage_read",
        tags=["drift"],
        parameters=[AFTER],
        responses=CoveragePageOut,
    )
    def get(self, request: Request) -> Response:
        """Return a page of the live systems that the caller may see, by slug."""
        at = clock.now()
        after = request.query_params.get("after", "").replace("\0", "")
        rows = live_systems(visible_systems(request, at)).filter(slug__gt=after)
        systems = list(rows.order_by("slug")[: A_PAGE + 1])
        page = coverage_of(systems=systems[:A_PAGE], at=at)
        more = systems[A_PAGE - 1].slug if len(systems) > A_PAGE else None
        return Response(CoveragePageOut({"results": page, "after": more}).data)


def _feature(one: Any) -> dict[str, Any]:
    return {
        "feature": one.name,
        "environment": one.environment,
        "reference_until": one.reference.window_end if one.reference else None,
        **{
            kpi: {
                "series": series.pk,
                "value": one.newest[kpi].value,
                "n": one.newest[kpi].n,
                "withheld": one.newest[kpi].withheld,
            }
            for kpi, series in one.series.items()
        },
    }


def _use(one: Any) -> dict[str, Any]:
    change = one.change
    return {
        "kpi": one.series.kpi_id,
        "segment": one.series.segment,
        "series": one.series.pk,
        "why_not": one.why_not,
        "before": change.before if change else None,
        "after": change.after if change else None,
        "low": change.change.low if change else None,
        "high": change.change.high if change else None,
    }


__all__ = [
    "Coverage", "HistogramsIngest", "Pauses", "RuleAttestations", "SystemDrift",
]  # fmt: skip
