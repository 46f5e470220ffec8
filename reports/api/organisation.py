"""Archives of the organisation over HTTP: ask, watch. The file is handed out by no door."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import IsPerson, actor_of
from registry.models import OrganisationExport
from reports.selectors.organisation import organisation_exports
from reports.services.organisation.requesting import request_export, require_exporter


class ExportIn(serializers.Serializer[dict[str, str]]):
    """Why the organisation is exported."""

    reason = serializers.CharField(max_length=2000)


class ExportOut(serializers.ModelSerializer[OrganisationExport]):
    """An archive: how far it is, and what file came of it on the host."""

    class Meta:
        model = OrganisationExport
        fields = [
            "id", "requested_at", "reason", "state", "step", "progress", "failure", "finished_at",
            "path", "sha256", "size", "rows", "checkpoint_size",
        ]  # fmt: skip


class OrganisationExports(APIView):
    """Archives of the whole organisation."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="organisation_exports_list", tags=["exchange"], responses=ExportOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return the newest archives that were asked for."""
        require_exporter(actor_of(request), clock.now())
        return Response(ExportOut(organisation_exports(), many=True).data)

    @extend_schema(
        operation_id="organisation_exports_ask",
        tags=["exchange"],
        request=ExportIn,
        responses={202: ExportOut},
    )
    def post(self, request: Request) -> Response:
        """Ask for an archive; a worker writes it."""
        given = ExportIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = request_export(
            reason=given.validated_data["reason"], actor=actor_of(request), at=clock.now()
        )
        return Response(ExportOut(made).data, status=status.HTTP_202_ACCEPTED)
