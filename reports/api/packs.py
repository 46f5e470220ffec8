"""Evidence packs over HTTP: ask, watch, download."""

from datetime import datetime
from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import IsPerson, actor_of, instant_of, signed_in
from reports.api.shapes import PackIn, PackOut
from reports.models import Pack
from reports.selectors.pack_asks import wanted_of
from reports.selectors.pack_rights import packs_for, refusal_for_pack
from reports.selectors.packs import pack_by_number
from reports.services.packs import download_pack, request_again, request_pack


class PackList(APIView):
    """The packs that the caller may have; ask for another one."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="packs_list", tags=["reports"], responses=PackOut(many=True))
    def get(self, request: Request) -> Response:
        """Return the newest fifty."""
        rows = packs_for(user=signed_in(request), at=clock.now())
        return Response(PackOut(rows, many=True).data)

    @extend_schema(
        operation_id="packs_request", tags=["reports"], request=PackIn, responses={202: PackOut}
    )
    def post(self, request: Request) -> Response:
        """Ask for a pack; it is built in the background."""
        given = PackIn(data=request.data)
        given.is_valid(raise_exception=True)
        at, values = clock.now(), given.validated_data
        user = signed_in(request)
        wanted = wanted_of(
            about=_about(values),
            kind=values["kind"],
            recipient=values["recipient"],
            user=user,
            at=at,
        )
        asked = request_pack(
            wanted=wanted,
            since=values.get("since"),
            until=values.get("until"),
            as_of=instant_of(values["as_of"], user=user, now=at),
            actor=actor_of(request),
            at=at,
        )
        return Response(
            PackOut(asked).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": f"/api/v1/packs/{asked.number}/"},
        )


class PackDetail(APIView):
    """One pack."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="packs_read", tags=["reports"], responses=PackOut)
    def get(self, request: Request, number: str) -> Response:
        """Return how far the pack is."""
        return Response(PackOut(_allowed(request, number, clock.now())).data)


class PackAgain(APIView):
    """A pack that failed, once more."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="packs_request_again", tags=["reports"], request=None, responses={202: PackOut}
    )
    def post(self, request: Request, number: str) -> Response:
        """Let it be built once more, of the same scope."""
        found = pack_by_number(number)
        asked = request_again(pack_id=found.pk, actor=actor_of(request), at=clock.now())
        return Response(PackOut(asked).data, status=status.HTTP_202_ACCEPTED)


class PackDownload(APIView):
    """The pack's file."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="packs_download",
        tags=["reports"],
        responses={(200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: Request, number: str) -> FileResponse:
        """Send the ZIP file; the download is on record."""
        found = pack_by_number(number)
        path = download_pack(pack_id=found.pk, actor=actor_of(request), at=clock.now())
        return FileResponse(
            path.open("rb"),
            as_attachment=True,
            filename=f"{number}.zip",
            content_type="application/zip",
            headers={"ETag": f'"{found.sha256}"'},
        )


def _about(values: dict[str, Any]) -> dict[str, str]:
    """Return what is named: of a system, a unit, the organisation and a matter's number."""
    return {
        "system": values["system"],
        "unit": values["unit"],
        "organisation": "organisation" if values["organisation"] else "",
        "number": values["number"],
    }


def _allowed(request: Request, number: str, at: datetime) -> Pack:
    found = pack_by_number(number)
    refusal = refusal_for_pack(user_id=signed_in(request).pk, pack=found, at=at)
    if refusal is not None:
        raise refusal
    return found
