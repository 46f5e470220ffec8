"""Files of the ledger over HTTP: exactly the filtered list, and one entry's proof."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from governance.api.ledger import TAGS, UTC, caller_reach
from governance.api.ledger_shapes import EXCEPTION_FILTERS, FILTERS
from governance.rules.ledger_file import file_name
from governance.rules.ledger_filter import asked_of
from governance.selectors.pages.ledger_entry import line_within
from governance.selectors.pages.ledger_exceptions import usual_period
from governance.selectors.pages.ledger_proof import proof_file
from governance.selectors.pages.ledger_sheets import for_file, json_lines, sheet
from governance.selectors.pages.ledger_wanted import understood
from governance.services.ledger_reads import note_download, note_proof
from outbox import clock
from registry.access import HasScope, actor_of

Rows = Callable[..., Iterator[Any]]
CSV, JSON_LINES, TEXT = "text/csv", "application/jsonl", "text/plain"
FORMS: dict[str, tuple[str, Rows]] = {"csv": (CSV, sheet), "jsonl": (JSON_LINES, json_lines)}


class LedgerFile(APIView):
    """The filtered list as a file; the download is on record."""

    permission_classes = [HasScope("ledger:read")]
    form = "csv"
    exceptions = False

    def send(self, request: Request) -> StreamingHttpResponse:
        """Send the list, oldest first. Raises Invalid, TooLarge."""
        at = clock.now()
        asked = asked_of(request.query_params, exceptions=self.exceptions)
        if self.exceptions:
            asked = usual_period(asked, zone=UTC, at=at)
        reach = caller_reach(request)
        wanted, rows = for_file(understood(asked, zone=UTC), reach)
        note_download(
            form=self.form, rows=rows, asked=asked, wanted=wanted, actor=actor_of(request), at=at
        )
        kind, write = FORMS[self.form]
        response = StreamingHttpResponse(
            write(wanted=wanted, reach=reach), content_type=f"{kind}; charset=utf-8"
        )
        name = file_name(at=at, exceptions=self.exceptions, ending=self.form)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


class LedgerEntriesCsv(LedgerFile):
    """Entries for people."""

    form = "csv"

    @extend_schema(
        operation_id="ledger_entries_csv",
        tags=TAGS,
        parameters=FILTERS,
        responses={(200, CSV): OpenApiResponse(OpenApiTypes.STR)},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Send the entries as CSV, at most a million."""
        return self.send(request)


class LedgerEntriesJsonLines(LedgerFile):
    """Entries for machines."""

    form = "jsonl"

    @extend_schema(
        operation_id="ledger_entries_jsonl",
        tags=TAGS,
        parameters=FILTERS,
        responses={(200, JSON_LINES): OpenApiResponse(OpenApiTypes.STR)},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Send the exact sealed lines; what is not sealed yet as {"number", "unsealed"}."""
        return self.send(request)


class LedgerExceptionsCsv(LedgerFile):
    """Exceptions for people."""

    form, exceptions = "csv", True

    @extend_schema(
        operation_id="ledger_exceptions_csv",
        tags=TAGS,
        parameters=EXCEPTION_FILTERS,
        responses={(200, CSV): OpenApiResponse(OpenApiTypes.STR)},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Send the exceptions as CSV."""
        return self.send(request)


class LedgerExceptionsJsonLines(LedgerFile):
    """Exceptions for machines."""

    form, exceptions = "jsonl", True

    @extend_schema(
        operation_id="ledger_exceptions_jsonl",
        tags=TAGS,
        parameters=EXCEPTION_FILTERS,
        responses={(200, JSON_LINES): OpenApiResponse(OpenApiTypes.STR)},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Send the exact sealed lines of the exceptions."""
        return self.send(request)


class LedgerEntryProof(APIView):
    """The proof of one entry as a file."""

    permission_classes = [HasScope("ledger:read")]

    @extend_schema(
        operation_id="ledger_entry_proof",
        tags=TAGS,
        responses={(200, TEXT): OpenApiResponse(OpenApiTypes.STR)},
    )
    def get(self, request: Request, number: int) -> HttpResponse:
        """Send the C2SP tlog-proof under the newest checkpoint; 409 until it is sealed."""
        found = line_within(number=number, reach=caller_reach(request))
        text = proof_file(found)
        note_proof(
            form="proof",
            number=number,
            seq=found.seq,
            actor=actor_of(request),
            at=clock.now(),
        )
        response = HttpResponse(text, content_type=f"{TEXT}; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{found.seq}.tlog-proof"'
        return response
