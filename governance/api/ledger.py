"""The ledger over HTTP: entries and exceptions by filter, one entry with its proof."""

from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.ledger_shapes import (
    CURSOR,
    EXCEPTION_FILTERS,
    FILTERS,
    EntryOut,
    ExceptionsOut,
    LinesOut,
)
from governance.rules.exceptions import in_words, with_zeros
from governance.rules.ledger_filter import Asked, asked_of
from governance.selectors.pages.ledger_answers import full_answer, page_of
from governance.selectors.pages.ledger_entry import line_within
from governance.selectors.pages.ledger_exceptions import group_counts, usual_period
from governance.selectors.pages.ledger_proof import proof_of
from governance.selectors.pages.ledger_reach import reach_of, reach_of_token
from governance.selectors.pages.ledger_wanted import understood
from governance.services.ledger_reads import note_reading
from ledger import verbs
from ledger.selectors.reach import Reach
from outbox import clock
from registry.access import HasScope, actor_of, signed_in
from registry.models import ServiceToken

TAGS = ["ledger"]
UTC = ZoneInfo("UTC")
USUAL = 50


class LedgerEntries(APIView):
    """The entries that the caller may read."""

    permission_classes = [HasScope("ledger:read")]

    @extend_schema(
        operation_id="ledger_entries",
        tags=TAGS,
        parameters=[*FILTERS, CURSOR],
        responses=LinesOut,
    )
    def get(self, request: Request) -> Response:
        """Return a page, the newest first; that somebody searched is on record."""
        asked = asked_of(request.query_params)
        return Response(LinesOut(listed(request, asked)).data)


class LedgerExceptions(APIView):
    """Everything of a period that went another way than the usual one."""

    permission_classes = [HasScope("ledger:read")]

    @extend_schema(
        operation_id="ledger_exceptions",
        tags=TAGS,
        parameters=[*EXCEPTION_FILTERS, CURSOR],
        responses=ExceptionsOut,
    )
    def get(self, request: Request) -> Response:
        """Return a page and the count of every group; the last 90 days where no period is given."""
        asked = usual_period(
            asked_of(request.query_params, exceptions=True), zone=UTC, at=clock.now()
        )
        counts = group_counts(understood(asked, zone=UTC), caller_reach(request))
        registered = [verb.group for verb in verbs.exceptions()]
        groups = [
            {"group": group, "words": in_words(group), "count": count}
            for group, count in with_zeros(counts, groups=registered)
        ]
        return Response(ExceptionsOut(listed(request, asked) | {"groups": groups}).data)


class LedgerEntry(APIView):
    """One entry."""

    permission_classes = [HasScope("ledger:read")]

    @extend_schema(operation_id="ledger_entry", tags=TAGS, responses=EntryOut)
    def get(self, request: Request, number: int) -> Response:
        """Return it with its canonical bytes and, once sealed, its line and inclusion proof."""
        found = line_within(number=number, reach=caller_reach(request))
        return Response(EntryOut(full_answer(found, proof_of(found, at=clock.now()))).data)


def caller_reach(request: Request) -> Reach:
    """Return what the caller may read: a token's systems, or a person's."""
    if isinstance(request.auth, ServiceToken):
        return reach_of_token(request.auth)
    return reach_of(user=signed_in(request), at=clock.now())


def listed(request: Request, asked: Asked) -> dict[str, object]:
    """Return a page of what is asked for, and put on record that it was. Raises Invalid."""
    wanted = understood(asked, zone=UTC)
    page = page_of(
        wanted=wanted,
        reach=caller_reach(request),
        before=_number(asked.before),
        limit=_number(request.query_params.get("limit", "")) or USUAL,
    )
    note_reading(asked=asked, wanted=wanted, actor=actor_of(request), at=clock.now())
    return page


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
