"""The log over HTTP: checkpoints, keys, verifications."""

from base64 import b64encode
from datetime import datetime
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.ledger_shapes import (
    CheckpointFullOut,
    CheckpointsOut,
    KeyOut,
    VerificationOut,
)
from governance.selectors.pages.ledger_checkpoints import PAGE, checkpoint_page
from governance.selectors.pages.ledger_reach import require_checkpoints, require_organisation
from governance.selectors.pages.ledger_runs import run_of
from governance.services.ledger_checks import start_verification
from ledger.rules.instants import instant_meant
from ledger.rules.refusals import Invalid
from ledger.selectors.checkpoints import Seal, keys, seals
from ledger.selectors.verifications import verifications
from outbox import clock
from registry.access import HasScope, IsPerson, actor_of, signed_in

TAGS = ["ledger"]
BEFORE = OpenApiParameter("before", datetime, description="The `next` of the page before.")


class LedgerCheckpoints(APIView):
    """The checkpoints of the log."""

    permission_classes = [HasScope("ledger:read")]

    @extend_schema(
        operation_id="ledger_checkpoints", tags=TAGS, parameters=[BEFORE], responses=CheckpointsOut
    )
    def get(self, request: Request) -> Response:
        """Return fifty, the newest first."""
        _require_published(request)
        before = _instant(request.query_params.get("before", ""))
        found = seals(until=before, newest_first=True, limit=PAGE + 1)
        following = found[PAGE - 1].sealed_at if len(found) > PAGE else None
        shown = [_seen(seal) for seal in found[:PAGE]]
        return Response(CheckpointsOut({"results": shown, "next": following}).data)


class LedgerCheckpoint(APIView):
    """One checkpoint."""

    permission_classes = [HasScope("ledger:read")]

    @extend_schema(operation_id="ledger_checkpoint", tags=TAGS, responses=CheckpointFullOut)
    def get(self, request: Request, size: int) -> Response:
        """Return its note, what was checked of it now, and its time stamps."""
        _require_published(request)
        page = checkpoint_page(size=size, at=clock.now())
        stamps = [
            {
                "authority": one.authority,
                "gen_time": one.gen_time,
                "token": b64encode(one.token).decode(),
            }
            for one in page["stamps"]
        ]
        return Response(
            CheckpointFullOut(
                {**_seen(page["seal"]), "checks": page["checks"], "stamps": stamps}
            ).data
        )


class LedgerKeys(APIView):
    """The keys of the log. Compare them with what reached you another way."""

    permission_classes = [HasScope("ledger:read")]

    @extend_schema(operation_id="ledger_keys", tags=TAGS, responses=KeyOut(many=True))
    def get(self, request: Request) -> Response:
        """Return every key, the oldest first."""
        _require_published(request)
        return Response(KeyOut(keys(), many=True).data)


class LedgerVerifications(APIView):
    """Verifications of the whole ledger."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="ledger_verifications", tags=TAGS, responses=VerificationOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return the newest fifty."""
        _require_organisation(request)
        return Response(VerificationOut(verifications(limit=PAGE), many=True).data)

    @extend_schema(
        operation_id="ledger_verify", tags=TAGS, request=None, responses={202: VerificationOut}
    )
    def post(self, request: Request) -> Response:
        """Ask for a verification; it runs in the background, and `Location` says how far it is."""
        at = _require_organisation(request)
        run_id = start_verification(actor=actor_of(request), at=at)
        return Response(
            VerificationOut(run_of(run_id)).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": f"/api/v1/ledger/verifications/{run_id}"},
        )


class LedgerVerification(APIView):
    """One verification."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="ledger_verification", tags=TAGS, responses=VerificationOut)
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return how far it is, then each claim with its result."""
        _require_organisation(request)
        return Response(VerificationOut(run_of(run_id)).data)


def _seen(seal: Seal) -> dict[str, object]:
    return {
        "origin": seal.origin,
        "size": seal.size,
        "root": seal.root.hex(),
        "sealed_at": seal.sealed_at,
        "note": seal.note,
    }


def _require_organisation(request: Request) -> datetime:
    at = clock.now()
    require_organisation(user=signed_in(request), words="verify the ledger", at=at)
    return at


def _require_published(request: Request) -> None:
    published = settings.LEDGER_CHECKPOINT_FOR != "nobody"
    require_checkpoints(user=signed_in(request), at=clock.now(), published=published)


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return instant_meant(text.replace(" ", "+"))
    except ValueError as error:
        raise Invalid(
            "bad_cursor", "This is not the `next` of a page.", fields={"before": "not an instant"}
        ) from error
