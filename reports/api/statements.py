"""Statements of applicability, uploads to controls and gaps, over HTTP."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import IsPerson, actor_of, etag, expected_version, signed_in, visible_system
from registry.access.json_body import JSONParser
from registry.access.uploads import file_answer
from registry.ceremony import reauthenticate, take_proof
from reports.api.statement_shapes import (
    ApplicabilityLinesIn,
    ControlReviewIn,
    ControlUploadIn,
    ControlUploadOut,
    GapChangeIn,
    GapIn,
    GapOut,
    StatedReasonIn,
    StatementIn,
    StatementLineOut,
    StatementOut,
    StatementSignIn,
)
from reports.rules.statements import Line
from reports.selectors.statements import (
    gap_seen,
    gaps_visible_to,
    reads_controls,
    statement_page,
    statement_seen,
    statements,
    upload_seen,
    uploads,
)
from reports.services.control_uploads import (
    GivenUpload,
    add_control_upload,
    review_control_upload,
    take_out_upload,
    withdraw_control_upload,
)
from reports.services.evidence_gaps import assign_gap, change_gap, close_gap
from reports.services.statements import (
    approve_statement,
    draft_statement,
    withdraw_statement,
    write_statement,
)

TAGS = ["controls"]
MOST = 500
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)
OF = OpenApiParameter("provision", str, description="Only those of one control, by its id.")


class PersonDoor(APIView):
    """Abstract: people alone, who read controls."""

    permission_classes = [IsPerson]


class ControlStatements(PersonDoor):
    """Statements of applicability."""

    @extend_schema(
        operation_id="control_statements_list", tags=TAGS, responses=StatementLineOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return every version of every statement, the newest of a framework first; at most 500."""
        reads_controls(user=signed_in(request), at=clock.now())
        return Response(StatementLineOut(statements()[:MOST], many=True).data)

    @extend_schema(
        operation_id="control_statements_begin",
        tags=TAGS,
        request=StatementIn,
        responses={201: StatementOut},
    )
    def post(self, request: Request) -> Response:
        """Begin the next version of a framework's statement."""
        values = _given(request, StatementIn)
        row = draft_statement(
            framework=values["framework"], actor=actor_of(request), at=clock.now()
        )
        return _statement(request, row.pk, status.HTTP_201_CREATED)


class ControlStatement(PersonDoor):
    """One statement of applicability."""

    @extend_schema(operation_id="control_statements_read", tags=TAGS, responses=StatementOut)
    def get(self, request: Request, statement_id: UUID) -> Response:
        """Return a statement with its lines."""
        return _statement(request, statement_id)

    @extend_schema(
        operation_id="control_statements_write",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ApplicabilityLinesIn,
        responses=StatementOut,
    )
    def patch(self, request: Request, statement_id: UUID) -> Response:
        """Write lines of a draft."""
        lines = _given(request, ApplicabilityLinesIn)["lines"]
        write_statement(
            statement_id=statement_id,
            lines={one.pop("provision"): Line(**one) for one in map(dict, lines)},
            expected_revision=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return _statement(request, statement_id)


class ControlStatementApproval(PersonDoor):
    """The signature under a statement."""

    @extend_schema(
        operation_id="control_statements_approve",
        tags=TAGS,
        request=StatementSignIn,
        responses=StatementOut,
    )
    def post(self, request: Request, statement_id: UUID) -> Response:
        """Sign a draft as it was shown and put it into force; not by who wrote in it."""
        values = _given(request, StatementSignIn)
        proof = take_proof(values)
        approve_statement(
            statement_id=statement_id,
            expected_sha256=values["sha256"],
            reason=values["reason"],
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return _statement(request, statement_id)


class ControlStatementWithdrawal(PersonDoor):
    """The withdrawal of a statement."""

    @extend_schema(
        operation_id="control_statements_withdraw",
        tags=TAGS,
        request=StatedReasonIn,
        responses=StatementOut,
    )
    def post(self, request: Request, statement_id: UUID) -> Response:
        """Withdraw a statement: a draft, or the one in force."""
        reason = _given(request, StatedReasonIn)["reason"]
        withdraw_statement(
            statement_id=statement_id, reason=reason, actor=actor_of(request), at=clock.now()
        )
        return _statement(request, statement_id)


class ControlUploads(PersonDoor):
    """Uploads to controls."""

    parser_classes = [MultiPartParser, FormParser, JSONParser]

    @extend_schema(
        operation_id="control_uploads_list",
        tags=TAGS,
        parameters=[OF],
        responses=ControlUploadOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return uploads, the newest first; at most 500."""
        reads_controls(user=signed_in(request), at=clock.now())
        rows = uploads(request.GET.get("provision", "")[:40])
        return Response(ControlUploadOut(rows[:MOST], many=True).data)

    @extend_schema(
        operation_id="control_uploads_add",
        tags=TAGS,
        request=ControlUploadIn,
        responses={201: ControlUploadOut},
    )
    def post(self, request: Request) -> Response:
        """Add a file or a link to a control; it counts once somebody else reviewed it."""
        values, user = _given(request, ControlUploadIn), signed_in(request)
        row = add_control_upload(
            provision=values["provision"],
            given=GivenUpload(
                title=values["title"],
                owner_id=values.get("owner", user.pk),
                link=values["link"],
                valid_until=values["valid_until"],
            ),
            upload=values.get("file"),
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(ControlUploadOut(row).data, status=status.HTTP_201_CREATED)


class ControlUploadDetail(PersonDoor):
    """One upload to a control."""

    @extend_schema(operation_id="control_uploads_read", tags=TAGS, responses=ControlUploadOut)
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Return an upload."""
        return _upload(request, upload_id)


class ControlUploadFile(PersonDoor):
    """The file of an upload."""

    @extend_schema(
        operation_id="control_uploads_file",
        tags=TAGS,
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, upload_id: UUID) -> FileResponse:
        """Send the file, compared with its hash a moment ago; on record."""
        row = upload_seen(upload_id, user=signed_in(request), at=clock.now())
        file = take_out_upload(row=row, actor=actor_of(request), at=clock.now())
        return file_answer(file, name=row.file_name, media_type=row.media_type, sha256=row.sha256)


class ControlUploadReview(PersonDoor):
    """The review of an upload."""

    @extend_schema(
        operation_id="control_uploads_review",
        tags=TAGS,
        request=ControlReviewIn,
        responses=ControlUploadOut,
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Say whether it shows the control; not by who uploaded it."""
        values = _given(request, ControlReviewIn)
        review_control_upload(
            upload_id=upload_id, **values, actor=actor_of(request), at=clock.now()
        )
        return _upload(request, upload_id)


class ControlUploadWithdrawal(PersonDoor):
    """The withdrawal of an upload."""

    @extend_schema(
        operation_id="control_uploads_withdraw",
        tags=TAGS,
        request=StatedReasonIn,
        responses=ControlUploadOut,
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Withdraw an upload: it stays on record and counts for nothing."""
        reason = _given(request, StatedReasonIn)["reason"]
        withdraw_control_upload(
            upload_id=upload_id, reason=reason, actor=actor_of(request), at=clock.now()
        )
        return _upload(request, upload_id)


class ControlGaps(PersonDoor):
    """Gaps of controls."""

    @extend_schema(operation_id="control_gaps_list", tags=TAGS, responses=GapOut(many=True))
    def get(self, request: Request) -> Response:
        """Return the gaps that the caller sees, the next one due first; at most 500."""
        rows = gaps_visible_to(user=signed_in(request), at=clock.now())
        return Response(GapOut(rows[:MOST], many=True).data)

    @extend_schema(
        operation_id="control_gaps_assign", tags=TAGS, request=GapIn, responses={201: GapOut}
    )
    def post(self, request: Request) -> Response:
        """Assign a gap to who closes it until a day."""
        values, at = _given(request, GapIn), clock.now()
        slug = values["system"]
        row = assign_gap(
            provision=values["provision"],
            system_id=visible_system(request, slug, at).pk if slug else None,
            owner_id=values["owner"],
            due_at=values["due_at"],
            note=values["note"],
            actor=actor_of(request),
            at=at,
        )
        return _gap(request, row.pk, status.HTTP_201_CREATED)


class ControlGap(PersonDoor):
    """One gap."""

    @extend_schema(operation_id="control_gaps_read", tags=TAGS, responses=GapOut)
    def get(self, request: Request, gap_id: UUID) -> Response:
        """Return a gap."""
        return _gap(request, gap_id)

    @extend_schema(
        operation_id="control_gaps_change",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=GapChangeIn,
        responses=GapOut,
    )
    def patch(self, request: Request, gap_id: UUID) -> Response:
        """Give an open gap another owner, day or note."""
        values, at = _given(request, GapChangeIn), clock.now()
        row = gap_seen(gap_id, user=signed_in(request), at=at)
        change_gap(
            gap_id=gap_id,
            owner_id=values.get("owner", row.owner_id),
            due_at=values.get("due_at", row.due_at),
            note=values.get("note", row.note),
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=at,
        )
        return _gap(request, gap_id)


class ControlGapClosing(PersonDoor):
    """The closing of a gap."""

    @extend_schema(
        operation_id="control_gaps_close", tags=TAGS, request=StatedReasonIn, responses=GapOut
    )
    def post(self, request: Request, gap_id: UUID) -> Response:
        """Close a gap with the reason; it makes no control satisfied."""
        reason, at = _given(request, StatedReasonIn)["reason"], clock.now()
        gap_seen(gap_id, user=signed_in(request), at=at)
        close_gap(gap_id=gap_id, reason=reason, actor=actor_of(request), at=at)
        return _gap(request, gap_id)


def _given(request: Request, shape: Any) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _statement(request: Request, statement_id: UUID, code: int = status.HTTP_200_OK) -> Response:
    row = statement_seen(statement_id, user=signed_in(request), at=clock.now())
    tag = {"ETag": etag(row.revision)}
    return Response(StatementOut(statement_page(row)).data, status=code, headers=tag)


def _upload(request: Request, upload_id: UUID) -> Response:
    row = upload_seen(upload_id, user=signed_in(request), at=clock.now())
    return Response(ControlUploadOut(row).data)


def _gap(request: Request, gap_id: UUID, code: int = status.HTTP_200_OK) -> Response:
    row = gap_seen(gap_id, user=signed_in(request), at=clock.now())
    return Response(GapOut(row).data, status=code, headers={"ETag": etag(row.version)})
