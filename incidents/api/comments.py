"""Comments of a case, the records they tie to it, and what changed since the caller looked.

For people only: a machine says nothing here, and reads nothing that people say to each other.
"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.models import Comment, CommentFile, EvidenceLink, Incident
from incidents.rules.addresses import LONGEST as LONGEST_ADDRESS
from incidents.rules.comments import LONGEST, LONGEST_REASON, MOST_FILES, MOST_RECORDS, MOST_TOLD
from incidents.selectors.cast import Cast
from incidents.selectors.comments import (
    comment_of,
    comments_of,
    file_of_comment,
    links_of,
    people_to_tell,
)
from incidents.selectors.looks import look_of, news_of
from incidents.selectors.visibility import incident_by_number, incidents_visible_to
from incidents.services.comments import (
    Said,
    Written,
    take_out_file,
    withdraw_comment,
    write_comment,
)
from incidents.services.looks import note_look
from ledger.selectors.lines import lines_of_incident
from outbox import clock
from registry.access import AS_OF, IsPerson, actor_of, moment_of, signed_in
from registry.access.uploads import check_length, file_answer
from registry.api.past import PastPages
from registry.api.shapes import PersonOut

TAGS = ["comments"]


class CommentFileOut(serializers.ModelSerializer[CommentFile]):
    """A file that came with a comment."""

    class Meta:
        model = CommentFile
        fields = ["id", "name", "media_type", "size", "sha256"]


class EvidenceLinkOut(serializers.ModelSerializer[EvidenceLink]):
    """A record that a comment ties to the case; `address` is below this installation."""

    entry = serializers.IntegerField(source="entry_number")

    class Meta:
        model = EvidenceLink
        fields = ["id", "kind", "label", "address", "sha256", "added_at", "entry"]


class CommentWithdrawalOut(serializers.Serializer[Any]):
    """That a comment was withdrawn."""

    by = PersonOut()
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    entry = serializers.IntegerField(source="entry_number")


class CommentOut(serializers.ModelSerializer[Comment]):
    """A comment; one that is withdrawn says so, and what it said stays."""

    author = PersonOut()
    corrects = serializers.UUIDField(source="corrects_id", allow_null=True)
    told = serializers.SerializerMethodField()
    records = EvidenceLinkOut(source="links", many=True)
    files = CommentFileOut(many=True)
    withdrawal = serializers.SerializerMethodField()
    entry = serializers.IntegerField(source="entry_number")

    class Meta:
        model = Comment
        fields = [
            "id", "author", "text", "made_at", "corrects", "told", "records", "files",
            "withdrawal", "entry",
        ]  # fmt: skip

    @extend_schema_field(PersonOut(many=True))
    def get_told(self, row: Comment) -> Any:
        """Whom it told."""
        return PersonOut([one.person for one in row.mentions.all()], many=True).data

    @extend_schema_field(CommentWithdrawalOut(allow_null=True))
    def get_withdrawal(self, row: Comment) -> Any:
        """By whom it was withdrawn and why; null while it stands."""
        found = getattr(row, "withdrawal", None)
        return CommentWithdrawalOut(found).data if found is not None else None


class CommentIn(serializers.Serializer[Any]):
    """What is said: plain text in which an @ and a name tells somebody.

    `tell` are more people to tell, `records` addresses or numbers of records that show it. As
    multipart/form-data it takes `files` too.
    """

    text = serializers.CharField(max_length=LONGEST, trim_whitespace=False)
    tell = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MOST_TOLD
    )
    records = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_ADDRESS),
        required=False,
        default=list,
        max_length=MOST_RECORDS,
    )
    corrects = serializers.UUIDField(required=False, allow_null=True, default=None)
    files = serializers.ListField(
        child=serializers.FileField(max_length=1000, allow_empty_file=True),
        required=False,
        default=list,
        max_length=MOST_FILES,
    )


class CommentWrittenOut(CommentOut):
    """A comment that was written, and what was typed behind an @ that is nobody's name."""

    nobody = serializers.ListField(child=serializers.CharField())

    class Meta(CommentOut.Meta):
        fields = [*CommentOut.Meta.fields, "nobody"]


class CommentWithdrawalIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=LONGEST_REASON)


class RecordLinkIn(serializers.Serializer[Any]):
    """A record by its address or number, and why it belongs to the case."""

    record = serializers.CharField(max_length=LONGEST_ADDRESS)
    reason = serializers.CharField(max_length=LONGEST, trim_whitespace=False)


class CaseLinkOut(EvidenceLinkOut):
    """A record tied to a case, by whom and why: the comment says it."""

    comment = serializers.UUIDField(source="comment_id")
    by = PersonOut(source="comment.author")
    reason = serializers.CharField(source="comment.text")

    class Meta(EvidenceLinkOut.Meta):
        fields = [*EvidenceLinkOut.Meta.fields, "comment", "by", "reason"]


class ChangeOut(serializers.Serializer[Any]):
    """An entry that somebody else wrote on the case."""

    entry = serializers.IntegerField(source="number")
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    who = serializers.CharField(source="actor")


class LookOut(serializers.Serializer[Any]):
    """When the caller looked last and up to which entry; null before the first look."""

    looked_at = serializers.DateTimeField(allow_null=True)
    entry = serializers.IntegerField(allow_null=True)
    changes = ChangeOut(many=True)


class CommentPages(PastPages):
    """The newest first."""

    ordering = ("-made_at", "-id")


class IncidentComments(ListAPIView[Comment]):
    """The comments of a case."""

    permission_classes = [IsPerson]
    parser_classes = [JSONParser, MultiPartParser]
    pagination_class: Any = CommentPages
    serializer_class = CommentOut
    filter_backends: list[Any] = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what is too large before it is parsed."""
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            check_length(request._request)

    def get_queryset(self) -> QuerySet[Comment]:
        """The comments of the case, the newest first."""
        return comments_of(incident=self.incident)

    @extend_schema(operation_id="incident_comments_list", tags=TAGS, parameters=[AS_OF])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of comments, the newest first, now or as it was at an instant."""
        moment = moment_of(request, now=clock.now())
        self.incident = _incident(request, str(kwargs["number"]))
        moment.require(began=self.incident.opened_at, what=f"{self.incident.number} was opened")
        with moment.reading():
            response = self.list(request, *args, **kwargs)
        response.data["as_of"] = moment.as_of
        return response

    @extend_schema(
        operation_id="incident_comments_write",
        tags=TAGS,
        request={"application/json": CommentIn, "multipart/form-data": CommentIn},
        responses={201: CommentWrittenOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Write a comment and tell those whom it names, each of whom may see the case."""
        given = CommentIn(data=request.data)
        given.is_valid(raise_exception=True)
        said = dict(given.validated_data)
        files = said.pop("files")
        return _written(request, number, Said(**said), files)


class CommentWithdrawals(APIView):
    """The withdrawal of a comment."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="incident_comments_withdraw",
        tags=TAGS,
        request=CommentWithdrawalIn,
        responses={201: CommentWithdrawalOut},
    )
    def post(self, request: Request, number: str, comment_id: UUID) -> Response:
        """Mark a comment as withdrawn, with the reason; what it said stays on record."""
        given = CommentWithdrawalIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = withdraw_comment(
            incident_id=_incident(request, number).pk,
            comment_id=comment_id,
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(CommentWithdrawalOut(row).data, status=201)


class CommentFiles(APIView):
    """A file that came with a comment."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="incident_comments_file",
        tags=TAGS,
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: Request, number: str, file_id: UUID) -> FileResponse:
        """Return the file, compared with its hash a moment ago; that is on record."""
        incident = _incident(request, number)
        row = file_of_comment(incident=incident, file_id=file_id)
        kept = take_out_file(file=row, incident=incident, actor=actor_of(request), at=clock.now())
        return file_answer(kept, name=row.name, media_type=row.media_type, sha256=row.sha256)


class IncidentLinks(APIView):
    """The records that are tied to a case as evidence."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="incident_links_list", tags=TAGS, responses=CaseLinkOut(many=True))
    def get(self, request: Request, number: str) -> Response:
        """Return the records with who tied them and why, without those of withdrawn comments."""
        rows = links_of(incident=_incident(request, number))
        return Response(CaseLinkOut(rows, many=True).data)

    @extend_schema(
        operation_id="incident_links_add",
        tags=TAGS,
        request=RecordLinkIn,
        responses={201: CommentWrittenOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Tie a record to the case, with the reason as a comment."""
        given = RecordLinkIn(data=request.data)
        given.is_valid(raise_exception=True)
        known = given.validated_data
        return _written(request, number, Said(text=known["reason"], records=[known["record"]]), [])


class IncidentPeople(APIView):
    """Whom a comment may tell."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="incident_people", tags=TAGS, responses=PersonOut(many=True))
    def get(self, request: Request, number: str) -> Response:
        """Return the people who see the case by a role or a part in it, by name."""
        incident = _incident(request, number)
        cast = Cast(incident, clock.now())
        people = people_to_tell(incident=incident, cast=cast, without=signed_in(request).pk)
        return Response(PersonOut(people, many=True).data)


class IncidentLook(APIView):
    """What changed since the caller looked."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="incident_look_read", tags=TAGS, responses=LookOut)
    def get(self, request: Request, number: str) -> Response:
        """Return what others did since the caller's last look; asking is no look."""
        incident, reader = _incident(request, number), signed_in(request)
        look = look_of(incident=incident, person=reader.pk)
        if look is None:
            return Response(LookOut({"looked_at": None, "entry": None, "changes": []}).data)
        news = news_of(incident=incident, person=reader.pk, after=look.entry_number)
        told = {"looked_at": look.looked_at, "entry": look.entry_number, "changes": news}
        return Response(LookOut(told).data)

    @extend_schema(
        operation_id="incident_look_note", tags=TAGS, request=None, responses={204: None}
    )
    def post(self, request: Request, number: str) -> Response:
        """Say that the caller has seen everything up to now; nothing of it goes on record."""
        incident, at = _incident(request, number), clock.now()
        newest = lines_of_incident(incident_id=incident.pk, limit=1)
        entry = newest[0].number if newest else 0
        note_look(incident_id=incident.pk, person=signed_in(request).pk, entry=entry, at=at)
        return Response(status=204)


def _written(request: Request, number: str, said: Said, files: list[Any]) -> Response:
    incident = _incident(request, number)
    written = write_comment(
        incident_id=incident.pk,
        said=said,
        uploads=files,
        actor=actor_of(request),
        at=clock.now(),
    )
    return Response(_told(incident, written), status=201)


def _told(incident: Incident, written: Written) -> Any:
    row: Any = comment_of(incident=incident, comment_id=written.comment.pk)
    row.nobody = list(written.nobody)
    return CommentWrittenOut(row).data


def _incident(request: Request, number: str) -> Incident:
    visible = incidents_visible_to(user=signed_in(request), at=clock.now())
    return incident_by_number(number=number, visible=visible)
