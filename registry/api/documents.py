"""Documents: of a system, of the organisation; versions by multipart upload; reviews; files."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outbox import clock
from registry.access import (
    HasScope,
    IsPerson,
    actor_of,
    etag,
    expected_version,
    visible_system,
    visible_systems,
)
from registry.access.uploads import check_length, file_answer
from registry.api.shapes import PersonOut
from registry.models import Document, DocumentVersion, System, User
from registry.selectors.documents import (
    SOON,
    document_visible,
    documents_of_organisation,
    documents_of_system,
    expiring_near,
    standing_of,
    version_of,
    works_here,
)
from registry.services.documents import (
    Terms,
    add_document,
    add_version,
    review_version,
    withdraw_document,
)
from registry.services.documents_out import changed_since, take_out

TAGS = ["documents"]
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the document as you saw it.",
)
MOST = 500


class DocumentVersionOut(serializers.ModelSerializer[DocumentVersion]):
    """One file of a document; `standing` also says expired, and ahead of its first day."""

    uploaded_by = PersonOut()
    reviewed_by = PersonOut(allow_null=True)
    standing = serializers.SerializerMethodField()

    class Meta:
        model = DocumentVersion
        fields = [
            "number", "state", "standing", "sha256", "size", "media_type", "name", "note",
            "uploaded_by", "uploaded_at", "valid_from", "expires_on", "reviewed_by", "reviewed_at",
            "review_reason", "replaced_at",
        ]  # fmt: skip

    def get_standing(self, row: DocumentVersion) -> str:
        """Where it stands now."""
        return standing_of(row, at=self.context["at"])


class DocumentOut(serializers.ModelSerializer[Document]):
    """A document with its versions, the newest first."""

    system = serializers.SerializerMethodField()
    owner = PersonOut()
    reviewer = PersonOut()
    versions = DocumentVersionOut(many=True, source="all_versions")

    class Meta:
        model = Document
        fields = [
            "id", "system", "kind", "title", "owner", "reviewer", "version", "created_at",
            "withdrawn_at", "withdrawn_reason", "versions",
        ]  # fmt: skip

    def get_system(self, row: Document) -> str | None:
        """The short name of its system; null for the organisation's."""
        return row.system.slug if row.system else None


class ExpiringOut(serializers.Serializer[Any]):
    """A version in force that has run out or will."""

    document = serializers.UUIDField(source="document_id")
    title = serializers.CharField(source="document.title")
    system = serializers.CharField(source="document.system.slug", allow_null=True, default=None)
    number = serializers.IntegerField()
    expires_on = serializers.DateField()


class DocumentVersionIn(serializers.Serializer[Any]):
    """A file and what is said of it."""

    file = serializers.FileField(max_length=1000)
    valid_from = serializers.DateField(required=False, allow_null=True, default=None)
    expires_on = serializers.DateField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class DocumentIn(DocumentVersionIn):
    """A document with its first version."""

    kind = serializers.ChoiceField(choices=Document.Kind.choices)
    title = serializers.CharField(max_length=160)
    owner = serializers.UUIDField()
    reviewer = serializers.UUIDField()


class DocumentReviewIn(serializers.Serializer[Any]):
    """Whether a version may count, and why; bound to the file that was looked at."""

    accepted = serializers.BooleanField()
    reason = serializers.CharField(max_length=4000)
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$")


class DocumentWithdrawalIn(serializers.Serializer[Any]):
    """A reason."""

    reason = serializers.CharField(max_length=4000)


class _Upload(APIView):
    """Reading takes the scope, writing a person; a body beyond the limit is not read."""

    parser_classes = [MultiPartParser]

    def get_permissions(self) -> list[Any]:
        """Return what the caller must hold."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what is too large before it is parsed."""
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            check_length(request._request)


class SystemDocuments(_Upload):
    """The documents of a system."""

    @extend_schema(
        operation_id="system_documents_list", tags=TAGS, responses=DocumentOut(many=True)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the documents of a system with their versions."""
        at = clock.now()
        rows = documents_of_system(system=visible_system(request, slug, at))
        return Response(DocumentOut(rows[:MOST], many=True, context={"at": at}).data)

    @extend_schema(
        operation_id="system_documents_add",
        tags=TAGS,
        request={"multipart/form-data": DocumentIn},
        responses={201: DocumentOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Add a document with its first version."""
        at = clock.now()
        return _add(request, visible_system(request, slug, at), at)


class DocumentList(_Upload):
    """The documents of the organisation."""

    @extend_schema(operation_id="documents_list", tags=TAGS, responses=DocumentOut(many=True))
    def get(self, request: Request) -> Response:
        """Return the documents that belong to no system."""
        at = clock.now()
        rows = documents_of_organisation() if _is_of_house(request, at) else Document.objects.none()
        return Response(DocumentOut(rows[:MOST], many=True, context={"at": at}).data)

    @extend_schema(
        operation_id="documents_add",
        tags=TAGS,
        request={"multipart/form-data": DocumentIn},
        responses={201: DocumentOut},
    )
    def post(self, request: Request) -> Response:
        """Add a document of the organisation with its first version."""
        return _add(request, None, clock.now())


class DocumentsExpiring(APIView):
    """What runs out."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="documents_expiring",
        tags=TAGS,
        parameters=[OpenApiParameter("days", OpenApiTypes.INT, description="At most 3650.")],
        responses=ExpiringOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return the versions in force that have run out or will within some days (60)."""
        at, said = clock.now(), request.query_params.get("days", "")
        known = said.isascii() and said.isdecimal() and len(said) <= 4
        days = min(int(said), 3650) if known else SOON.days
        rows = expiring_near(
            systems=visible_systems(request, at),
            organisation=_is_of_house(request, at),
            at=at,
            within=timedelta(days=days),
        )
        return Response(ExpiringOut(rows[:MOST], many=True).data)


class DocumentDetail(APIView):
    """One document."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="documents_read", tags=TAGS, responses=DocumentOut)
    def get(self, request: Request, document_id: UUID) -> Response:
        """Return a document with its ETag and versions."""
        at = clock.now()
        return _answer(_document(request, document_id, at), at)


class DocumentVersions(_Upload):
    """The next version of a document."""

    @extend_schema(
        operation_id="documents_add_version",
        tags=TAGS,
        parameters=[IF_MATCH],
        request={"multipart/form-data": DocumentVersionIn},
        responses={201: DocumentOut},
    )
    def post(self, request: Request, document_id: UUID) -> Response:
        """Add the next version; the one in force stays until a review replaces it."""
        at = clock.now()
        found = _document(request, document_id, at)
        given = DocumentVersionIn(data=request.data)
        given.is_valid(raise_exception=True)
        add_version(
            document_id=found.pk,
            expected_version=expected_version(request),
            upload=given.validated_data["file"],
            terms=_terms(given.validated_data),
            actor=actor_of(request),
            at=at,
        )
        return _answer(_document(request, document_id, at), at, status.HTTP_201_CREATED)


class DocumentReview(APIView):
    """The review of a version."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="documents_review",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=DocumentReviewIn,
        responses=DocumentOut,
    )
    def post(self, request: Request, document_id: UUID, number: int) -> Response:
        """Accept a version, or refuse it, as another person than who uploaded it."""
        at = clock.now()
        found = _document(request, document_id, at)
        given = DocumentReviewIn(data=request.data)
        given.is_valid(raise_exception=True)
        review_version(
            document_id=found.pk,
            number=number,
            expected_version=expected_version(request),
            **given.validated_data,
            actor=actor_of(request),
            at=at,
        )
        return _answer(_document(request, document_id, at), at)


class DocumentWithdrawal(APIView):
    """The end of a document."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="documents_withdraw",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=DocumentWithdrawalIn,
        responses=DocumentOut,
    )
    def post(self, request: Request, document_id: UUID) -> Response:
        """Withdraw a document: it stays on record and counts for nothing."""
        at = clock.now()
        found = _document(request, document_id, at)
        given = DocumentWithdrawalIn(data=request.data)
        given.is_valid(raise_exception=True)
        withdraw_document(
            document_id=found.pk,
            expected_version=expected_version(request),
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=at,
        )
        return _answer(_document(request, document_id, at), at)


class DocumentFile(APIView):
    """The file of a version."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="documents_file",
        tags=TAGS,
        responses={200: OpenApiResponse(OpenApiTypes.BINARY, description="The file, to be saved.")},
    )
    def get(self, request: Request, document_id: UUID, number: int) -> HttpResponse:
        """Send the file, compared with its hash a moment ago; on record."""
        at = clock.now()
        version = version_of(document=_document(request, document_id, at), number=number)
        file = take_out(version=version, actor=actor_of(request), at=at)
        if file is None:
            raise changed_since(version)
        return file_answer(  # type: ignore[return-value]
            file, name=version.name, media_type=version.media_type, sha256=version.sha256
        )


def _add(request: Request, system: System | None, at: datetime) -> Response:
    given = DocumentIn(data=request.data)
    given.is_valid(raise_exception=True)
    values = given.validated_data
    made = add_document(
        system_id=system.pk if system else None,
        kind=values["kind"],
        title=values["title"],
        owner_id=values["owner"],
        reviewer_id=values["reviewer"],
        upload=values["file"],
        terms=_terms(values),
        actor=actor_of(request),
        at=at,
    )
    return _answer(_document(request, made.pk, at), at, status.HTTP_201_CREATED)


def _terms(values: dict[str, Any]) -> Terms:
    return Terms(values["valid_from"], values["expires_on"], values["note"])


def _answer(document: Document, at: datetime, code: int = status.HTTP_200_OK) -> Response:
    body = DocumentOut(document, context={"at": at}).data
    return Response(body, status=code, headers={"ETag": etag(document.version)})


def _document(request: Request, document_id: UUID, at: datetime) -> Document:
    return document_visible(
        document_id=document_id,
        systems=visible_systems(request, at),
        organisation=_is_of_house(request, at),
    )


def _is_of_house(request: Request, at: datetime) -> bool:
    """Whether the caller reads what is the organisation's; a token never does."""
    user = request.user
    if request.auth is not None or not isinstance(user, User):
        return False
    return works_here(user=user, at=at)
