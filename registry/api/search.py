"""The search over HTTP: what a person finds of everything that they may open."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from outbox import clock
from registry.access import IsPerson, signed_in
from registry.rules.searching import LONGEST
from registry.selectors.searching import Answer, Group, search

LAST_PAGE = 10


class SearchPieceOut(serializers.Serializer[Any]):
    """A piece of plain text; `marked` where it is what was looked for."""

    text = serializers.CharField()
    marked = serializers.BooleanField()


class SearchHitOut(serializers.Serializer[Any]):
    """One thing that was found; `url` is its page."""

    kind = serializers.CharField()
    reference = serializers.CharField(allow_blank=True)
    title = SearchPieceOut(many=True)
    fragment = SearchPieceOut(many=True)
    about = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField()
    exact = serializers.BooleanField()


class SearchGroupOut(serializers.Serializer[Any]):
    """What was found of one kind: at most 200 are counted, `more` says that there are more."""

    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    total = serializers.IntegerField()
    more = serializers.BooleanField()
    hits = SearchHitOut(many=True)


class SearchOut(serializers.Serializer[Any]):
    """What a search found by kind; `meant` is offered where nothing is found."""

    q = serializers.CharField(allow_blank=True)
    kind = serializers.CharField(allow_blank=True)
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    meant = serializers.CharField(allow_blank=True)
    opens = serializers.CharField(allow_blank=True)
    groups = SearchGroupOut(many=True)


class Search(APIView):
    """What a person finds."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="search",
        tags=["search"],
        parameters=[
            OpenApiParameter(
                "q", str, description=f"Words or a number, at most {LONGEST} characters."
            ),
            OpenApiParameter("kind", str, description="Only this kind, in pages of 20."),
            OpenApiParameter("page", int, description=f"From 1 to {LAST_PAGE}."),
        ],
        responses=SearchOut,
    )
    def get(self, request: Request) -> Response:
        """Find systems, incidents, decisions, people and more by words or by number.

        Only what the caller may open is found and counted. Without `kind` the best five of each
        are returned. 400 for a text that is too long, an unknown kind, or a page that is none.
        """
        given = request.query_params
        found = search(
            text=given.get("q", ""),
            user=signed_in(request),
            at=clock.now(),
            kind=given.get("kind", ""),
            page=_page(given.get("page", "1")),
        )
        return Response(SearchOut(_told(found)).data)


def _page(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= LAST_PAGE:
        return int(text)
    words = worded("A page is a number from 1 to {last_page}.", last_page=LAST_PAGE)
    raise Invalid("bad_page", words, fields={"page": words})


def _told(found: Answer) -> dict[str, Any]:
    return {
        "q": found.asked.text,
        "kind": found.kind,
        "page": found.page,
        "pages": found.pages,
        "meant": found.meant,
        "opens": found.opens,
        "groups": [_group(one) for one in found.shown],
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "kind": group.name,
        "label": str(group.label),
        "total": group.total,
        "more": group.more,
        "hits": group.hits,
    }
