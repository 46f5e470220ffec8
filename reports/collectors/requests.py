"""Requests of authorities about the systems of the pack, and access taken in an emergency."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from governance.models import (
    AuthorityRequest,
    RequestAnswer,
    RequestEvidence,
    RequestQuestion,
    WithheldItem,
)
from registry.models import BreakGlass, System
from registry.selectors.units import units_above
from reports.collectors.instant import at_its_instant
from reports.collectors.words import name
from reports.rules.shared import (
    AnswerRecord,
    GlassRecord,
    PaperRecord,
    QuestionRecord,
    RequestRecord,
    WithheldRecord,
)
from reports.rules.things import Scope


@at_its_instant
def collect_requests(scope: Scope) -> list[RequestRecord]:
    """Return the requests about these systems, by number; a pack for one holds that one alone."""
    rows = (
        _requests(scope)
        .select_related("received_by", "ready_by", "sent_by")
        .prefetch_related(
            "scopes__system",
            "scopes__incident",
            "questions__answers__answered_by",
            "questions__evidence__added_by",
            "withheld__question",
            "withheld__proposed_by",
            "withheld__approved_by",
        )
        .order_by("number")
    )
    return [_request(row) for row in rows]


@at_its_instant
def collect_glasses(scope: Scope) -> list[GlassRecord]:
    """Return who read in an emergency what their roles do not show, in the period."""
    if scope.breadth == "matters":
        return []
    rows = BreakGlass.objects.filter(from_at__lt=scope.until, from_at__gte=scope.since)
    if not scope.everything:
        ids = [item.id for item in scope.systems]
        here = System.objects.filter(pk__in=ids).values_list("unit_id", flat=True).distinct()
        units = {above for unit in here for above in units_above(unit_id=unit)}
        rows = rows.filter(Q(system_id__in=ids) | Q(unit_id__in=units))
    return [
        GlassRecord(
            person=row.person.name,
            over=row.system.name if row.system else (row.unit.name if row.unit else ""),
            reason=row.reason,
            from_at=row.from_at,
            until_at=row.until_at,
            reviewed_by=name(row.reviewed_by),
            reviewed_at=row.reviewed_at,
            verdict=row.get_verdict_display(),
            review=row.review,
        )
        for row in rows.select_related("person", "system", "unit", "reviewed_by").order_by(
            "from_at", "pk"
        )
    ]


def _requests(scope: Scope) -> "QuerySet[AuthorityRequest]":
    rows = AuthorityRequest.objects.filter(registered_at__lte=scope.as_of)
    if scope.request:
        return rows.filter(pk=scope.request)
    rows = rows.filter(registered_at__lt=scope.until, registered_at__gte=scope.since)
    if scope.everything:
        return rows
    touching = Q(scopes__system_id__in=[item.id for item in scope.systems])
    named = {one for item in scope.systems for one in item.incidents}
    return rows.filter(Q(scopes__incident_id__in=named) if named else touching).distinct()


def _request(row: AuthorityRequest) -> RequestRecord:
    return RequestRecord(
        id=str(row.pk),
        number=row.number,
        state=row.state,
        authority=row.authority,
        basis=row.basis,
        reference=row.reference,
        language=row.language,
        received_at=row.received_at,
        received_by=row.received_by.name,
        due_at=row.due_at,
        period_from=row.period_from.isoformat() if row.period_from else "",
        period_until=row.period_until.isoformat() if row.period_until else "",
        about=sorted(
            item.incident.number if item.incident else item.system.name for item in row.scopes.all()
        ),
        ready_by=name(row.ready_by),
        ready_at=row.ready_at,
        sent_by=name(row.sent_by),
        sent_at=row.sent_at,
        sent_how=row.sent_how,
        answer_sha256=row.answer_sha256,
        late_reason=row.late_reason,
        receipt=row.receipt,
        receipt_sha256=row.receipt_sha256,
        receipt_at=row.receipt_at,
        questions=[_question(item) for item in sorted(row.questions.all(), key=lambda q: q.place)],
        withheld=_withheld(row.withheld.all()),
    )


def _question(row: RequestQuestion) -> QuestionRecord:
    return QuestionRecord(
        place=row.place,
        text=row.text,
        answers=[_answer(item) for item in sorted(row.answers.all(), key=lambda a: a.version)],
        evidence=[
            _paper(item) for item in sorted(row.evidence.all(), key=lambda e: e.entry_number)
        ],
    )


def _answer(row: RequestAnswer) -> AnswerRecord:
    return AnswerRecord(
        version=row.version,
        text=row.text,
        answered_by=row.answered_by.name,
        answered_at=row.answered_at,
        entry=row.entry_number,
    )


def _paper(row: RequestEvidence) -> PaperRecord:
    return PaperRecord(
        kind=row.get_kind_display(),
        title=row.title,
        reference=row.reference,
        sha256=row.sha256,
        added_by=row.added_by.name,
        added_at=row.added_at,
        entry=row.entry_number,
    )


def _withheld(rows: Iterable[WithheldItem]) -> list[WithheldRecord]:
    return [
        WithheldRecord(
            question=row.question.place if row.question else None,
            what=row.what,
            reason=row.reason,
            proposed_by=row.proposed_by.name,
            proposed_at=row.proposed_at,
            approved_by=name(row.approved_by),
            approved_at=row.approved_at,
        )
        for row in sorted(rows, key=lambda one: (one.proposed_at, str(one.pk)))
    ]
