"""Board reports, reviews and the factors of consequence, over HTTP."""

from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import (
    AS_OF,
    IsPerson,
    actor_of,
    etag,
    expected_version,
    moment_of,
    signed_in,
    visible_system,
)
from registry.ceremony import reauthenticate, take_proof
from reports.api.board_shapes import (
    BoardReportIn,
    BoardReportOut,
    FactorIn,
    FactorOut,
    IssueIn,
    NarrativeIn,
    ReportPageOut,
    ReportReasonIn,
)
from reports.models import Report
from reports.rules.quarters import Quarter, parse_quarter
from reports.selectors.board import report_page
from reports.selectors.board_lists import list_page
from reports.selectors.factors import factor_seen, factors_visible_to
from reports.selectors.report_rights import report_among, report_seen, reports_visible_to
from reports.services.board import (
    begin_report,
    draw_report,
    issue_report,
    withdraw_report,
    write_narrative,
)
from reports.services.factors import Given, approve_factor, draft_factor, withdraw_factor

TAGS = ["reports"]
MOST = 500
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)
AFTER = OpenApiParameter("after", str, description="The place that the page before gave.")


class Reports(APIView):
    """Board reports and reviews that the caller may read."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="reports_list", tags=TAGS, parameters=[AFTER, AS_OF], responses=ReportPageOut
    )
    def get(self, request: Request) -> Response:
        """Return a page of reports, the newest first."""
        moment = moment_of(request, now=clock.now())
        visible = moment.kept(reports_visible_to(user=signed_in(request), at=moment.now))
        with moment.reading():
            page = list_page(visible=visible, after=request.GET.get("after", "")[:80])
            return Response(ReportPageOut(page | {"as_of": moment.as_of}).data)

    @extend_schema(
        operation_id="reports_begin",
        tags=TAGS,
        request=BoardReportIn,
        responses={201: BoardReportOut},
    )
    def post(self, request: Request) -> Response:
        """Begin a report of a quarter, with the figures as the record is now."""
        values, at = _given(request, BoardReportIn), clock.now()
        row = begin_report(
            kind=values["kind"],
            quarter=_quarter(values["quarter"]),
            **_subject(request, values, at),
            actor=actor_of(request),
            at=at,
        )
        return _answer(request, row.number, code=status.HTTP_201_CREATED)


class ReportDetail(APIView):
    """One report."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="reports_get", tags=TAGS, parameters=[AS_OF], responses=BoardReportOut
    )
    def get(self, request: Request, number: str) -> Response:
        """Return a report with its figures and what is written beside them.

        Of a draft as it was before its newest drawing the figures are not kept: they are empty.
        """
        moment = moment_of(request, now=clock.now())
        if moment.as_of is None:
            return _answer(request, number)
        visible = reports_visible_to(user=signed_in(request), at=moment.now)
        row = report_among(visible, number)
        moment.require(began=row.begun_at, what=f"{row.number} was begun")
        seen = moment.kept(visible.filter(pk=row.pk))
        with moment.reading():
            page = report_page(report_among(seen, number))
            return Response(BoardReportOut(page | {"as_of": moment.as_of}).data)

    @extend_schema(
        operation_id="reports_write",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=NarrativeIn,
        responses=BoardReportOut,
    )
    def patch(self, request: Request, number: str) -> Response:
        """Write sections of a draft."""
        row, at = _report(request, number), clock.now()
        write_narrative(
            report_id=row.pk,
            given=_given(request, NarrativeIn),
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=at,
        )
        return _answer(request, number)


class ReportDrawing(APIView):
    """The figures of a draft."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="reports_draw",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=None,
        responses=BoardReportOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Draw the figures of a draft anew."""
        row = _report(request, number)
        draw_report(
            report_id=row.pk,
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, number)


class ReportIssue(APIView):
    """The issue of a report."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="reports_issue", tags=TAGS, request=IssueIn, responses=BoardReportOut
    )
    def post(self, request: Request, number: str) -> Response:
        """Sign the content as it was shown and freeze it; not by who began it."""
        row, values = _report(request, number), _given(request, IssueIn)
        proof = take_proof(values)
        issue_report(
            report_id=row.pk,
            expected_sha256=values["sha256"],
            reason=values["reason"],
            ceremony=reauthenticate(request, **proof),
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, number)


class ReportWithdrawal(APIView):
    """The withdrawal of a draft."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="reports_withdraw",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ReportReasonIn,
        responses=BoardReportOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Withdraw a draft."""
        row, values = _report(request, number), _given(request, ReportReasonIn)
        withdraw_report(
            report_id=row.pk,
            expected_version=expected_version(request),
            reason=values["reason"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(request, number)


class ConsequenceFactors(APIView):
    """Factors of consequence that the caller may read."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="consequence_factors_list", tags=TAGS, responses=FactorOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return the factors, by KPI; at most 500."""
        rows = factors_visible_to(user=signed_in(request), at=clock.now())
        return Response(FactorOut(rows[:MOST], many=True).data)

    @extend_schema(
        operation_id="consequence_factors_draft",
        tags=TAGS,
        request=FactorIn,
        responses={201: FactorOut},
    )
    def post(self, request: Request) -> Response:
        """Draft a factor with its source; a second person approves it."""
        values, at = _given(request, FactorIn), clock.now()
        subject = _subject(request, values, at)
        kpi = values.pop("kpi")
        row = draft_factor(
            kpi_id=kpi, given=Given(**values), **subject, actor=actor_of(request), at=at
        )
        return Response(FactorOut(row).data, status=status.HTTP_201_CREATED)


class ConsequenceFactorDetail(APIView):
    """One factor."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="consequence_factors_get", tags=TAGS, responses=FactorOut)
    def get(self, request: Request, factor_id: UUID) -> Response:
        """Return a factor."""
        return _factor(request, factor_id)


class ConsequenceFactorApproval(APIView):
    """The approval of a factor."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="consequence_factors_approve",
        tags=TAGS,
        request=ReportReasonIn,
        responses=FactorOut,
    )
    def post(self, request: Request, factor_id: UUID) -> Response:
        """Put a draft into force; not by who wrote it."""
        return _settled(request, factor_id, approve_factor)


class ConsequenceFactorWithdrawal(APIView):
    """The withdrawal of a factor."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="consequence_factors_withdraw",
        tags=TAGS,
        request=ReportReasonIn,
        responses=FactorOut,
    )
    def post(self, request: Request, factor_id: UUID) -> Response:
        """Withdraw a factor: nothing is translated by it any more."""
        return _settled(request, factor_id, withdraw_factor)


def _given(request: Request, shape: Any) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _subject(request: Request, values: dict[str, Any], at: datetime) -> dict[str, UUID | None]:
    """Take out of what was given what it is about. Raises Missing."""
    slug, unit = values.pop("system", ""), values.pop("unit", None)
    return {
        "system_id": visible_system(request, slug, at).pk if slug else None,
        "unit_id": unit,
    }


def _quarter(text: str) -> Quarter:
    found = parse_quarter(text)
    if found is None:
        words = "Write a quarter as 2026-Q3."
        raise Invalid("bad_quarter", words, fields={"quarter": words})
    return found


def _report(request: Request, number: str) -> Report:
    return report_seen(number, user=signed_in(request), at=clock.now())


def _answer(request: Request, number: str, code: int = status.HTTP_200_OK) -> Response:
    page = report_page(_report(request, number)) | {"as_of": None}
    tag = {"ETag": etag(page["report"].version)}
    return Response(BoardReportOut(page).data, status=code, headers=tag)


def _factor(request: Request, factor_id: UUID) -> Response:
    row = factor_seen(factor_id, user=signed_in(request), at=clock.now())
    return Response(FactorOut(row).data)


def _settled(request: Request, factor_id: UUID, service: Any) -> Response:
    row = factor_seen(factor_id, user=signed_in(request), at=clock.now())
    values = _given(request, ReportReasonIn)
    service(factor_id=row.pk, reason=values["reason"], actor=actor_of(request), at=clock.now())
    return _factor(request, factor_id)
