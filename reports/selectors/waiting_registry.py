"""What of registry and telemetry waits for a reader: one query for all that they may do."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    TextChoices,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat

from governance.models import NoticeCase
from ledger.selectors.at_once import Question, Rows, instant
from outbox.languages import spoken
from registry.models import (
    BehaviourPolicy,
    Classification,
    Concern,
    DeclaredScope,
    Delegation,
    DocumentVersion,
    EvaluationPlan,
    EvaluationRun,
    ImpactAssessment,
    OperatingControls,
    ServiceToken,
    SetupException,
    Signature,
    System,
    TierChange,
    Unit,
    User,
)
from registry.rules.permits import PERMITS, SECOND_LINE
from registry.selectors.concerns import Reach, concerns_visible_to
from registry.selectors.documents import expiring_documents
from registry.selectors.tokens import SOON as TOKEN_SOON
from reports.models import (
    ApplicabilityStatement,
    AuditQuestion,
    ControlUpload,
    EvidenceGap,
)
from reports.rules.desk_beside import Also
from reports.selectors.rights import Rights
from reports.selectors.waiting_lines import Line, line
from reports.selectors.waiting_own import own_waiting
from reports.selectors.waiting_reports import reports_waiting
from reports.selectors.waiting_words import said
from telemetry.models import AnswerReview

DOCUMENT_SOON = timedelta(days=30)
NOTICE_NEW = timedelta(days=7)
CONCERNS = frozenset({"concern_read", "concern_settle", "concern_second"})
STATEMENTS: tuple[tuple[str, Any], ...] = (
    ("controls_approve", OperatingControls),
    ("scope_approve", DeclaredScope),
    ("behaviour_approve", BehaviourPolicy),
)


def lines_asked(
    *,
    user: User,
    systems: QuerySet[System],
    rights: Rights,
    there: frozenset[str],
    at: datetime,
    lent: Sequence[Delegation],
) -> dict[str, Question]:
    """Return what to ask for the lines that wait, of the kinds that there are, for `lines_told`.

    It asks first, where there are concerns, which of them a reader may read whose roles do not say
    so. `lent` are the delegations that the reader holds.
    """
    parts = [
        *own_waiting(rights),
        *_classifications(rights),
        *_statements(rights),
        *_assessments(rights, at),
        *_evaluations(rights),
        *_documents(rights, systems, at),
        *_access(rights, at),
        *(_concerns(user, rights, at, lent) if there & CONCERNS else ()),
        _answers(rights),
        _notices(rights, at),
        *_audit(rights),
        *_controls(rights),
        *reports_waiting(rights, at),
    ]
    asked = [part.statement() for part in parts if part.kind in there]
    wanted = [one for one in asked if one is not None]
    if not wanted:
        return {}
    whole = " UNION ALL ".join(statement for statement, _ in wanted)
    return {"lines": (whole, [value for _, given in wanted for value in given])}


def lines_told(rows: Rows) -> list[Also]:
    """Return the lines that wait, at most OWN of a kind, then how many more there are."""
    return said([_line(row) for row in rows])


def _line(row: Sequence[Any]) -> Line:
    kind, at, system, slug, label, key, who, due, total = row
    ends = instant(due) if due else None
    return Line(kind, instant(at), system, slug, label, key, who, ends, total)


def _classifications(rights: Rights) -> Iterator[Any]:
    rows = Classification.objects
    waits = rows.filter(rights.permitted("classification.confirm"), rights.apart())
    yield line(
        "classification_confirm",
        waits.filter(state="submitted").exclude(writers__overlap=sorted(rights.near)),
        at="submitted_at", label="number", key="number", who="submitted_by__name",
    )  # fmt: skip
    returned = rows.filter(rights.owning(), state="draft").exclude(returned_because="")
    yield line("classification_answer", returned, at="started_at", label="number", key="number")
    open_now = rows.filter(system=OuterRef("system"), state__in=Classification.OPEN)
    reopened = rows.filter(rights.owning(), ~Exists(open_now), state="reopened")
    yield line("classification_reopened", reopened, at="reopened_at", label="number", key="number")
    tiers = TierChange.objects.filter(rights.permitted("tier.decide"), rights.apart())
    yield line(
        "tier_decide",
        tiers.filter(state="proposed").exclude(proposed_by__in=rights.near),
        at="proposed_at", label="to_tier", key="pk", who="proposed_by__name",
    )  # fmt: skip


def _statements(rights: Rights) -> Iterator[Any]:
    for kind, model in STATEMENTS:
        rows = model.objects.filter(rights.permitted("statement.approve"), state="draft")
        rows = rows.exclude(author=rights.person)
        yield line(kind, rows, at="drafted_at", label="version", key="version", who="author__name")


def _assessments(rights: Rights, at: datetime) -> Iterator[Any]:
    rows = ImpactAssessment.objects
    label = _joined(_named(ImpactAssessment.Kind), " ")
    review = rows.filter(rights.permitted("assessment.review"), rights.apart(), state="in_review")
    yield line(
        "assessment_review",
        review.exclude(writers__overlap=sorted(rights.near)),
        at="submitted_at", label=label,
        key=_joined(Cast("kind", TextField()), "/"), who="submitted_by__name",
    )  # fmt: skip
    over = Q(expires_at__lte=at) | Q(due_again_at__isnull=False)
    waits = rows.filter(system=OuterRef("system"), kind=OuterRef("kind"), state="in_review")
    renew = rows.filter(rights.owning(), over, ~Exists(waits), state="in_force")
    yield line("assessment_renew", renew, at="expires_at", label=label, key="pk", due="expires_at")


def _named(choices: type[TextChoices]) -> Case:
    """Return the words of the kind of a row, in the reader's language."""
    words = [When(kind=value, then=Value(spoken(str(label)))) for value, label in choices.choices]
    return Case(*words, output_field=TextField())


def _joined(word: Combinable, between: str) -> Concat:
    """Return a word and the row's number."""
    parts = (Value(between, output_field=TextField()), Cast("number", TextField()))
    return Concat(word, *parts, output_field=TextField())


def _evaluations(rights: Rights) -> Iterator[Any]:
    plans = EvaluationPlan.objects.filter(rights.permitted("evaluation.approve"), state="draft")
    yield line(
        "plan_approve",
        plans.exclude(author=rights.person),
        at="created_at", label="number", key="number", who="author__name",
    )  # fmt: skip
    runs = EvaluationRun.objects.filter(plan__state="in_force")
    named = {"at": "recorded_at", "label": "version__label", "key": "pk"}
    mine = Q(sent_by=rights.person) | Q(sent_by__kind=User.Kind.SERVICE)
    sign = runs.filter(rights.permitted("evaluation.run"), mine, ~_signed("authorship"))
    yield line("run_sign", sign, **named, who="sent_by__name")
    apart = ~Q(sent_by=rights.person) & ~Q(version__author=rights.person)
    review = runs.filter(
        rights.permitted("evaluation.review"), apart, ~_signed("review"),
        _signed("authorship"), ~_signed("authorship", signer=rights.person),
    )  # fmt: skip
    yield line("run_review", review, **named, who="sent_by__name")


def _signed(meaning: str, **more: Any) -> Exists:
    return Exists(
        Signature.objects.filter(
            subject_type="evaluation_run", subject_id=OuterRef("pk"), meaning=meaning, **more
        )
    )


def _documents(rights: Rights, systems: QuerySet[System], at: datetime) -> Iterator[Any]:
    seen = Q(document__system__in=systems.values("pk")) | Q(document__system__isnull=True)
    shape = {"system": "document__system", "label": "document__title", "key": "document_id"}
    drafts = DocumentVersion.objects.filter(
        seen, document__reviewer=rights.person, document__withdrawn_at__isnull=True, state="draft"
    ).exclude(uploaded_by=rights.person)
    yield line("document_review", drafts, at="uploaded_at", who="uploaded_by__name", **shape)
    newer = DocumentVersion.objects.filter(document=OuterRef("document"), state="draft")
    rows = expiring_documents(systems=systems, organisation=True, at=at, within=DOCUMENT_SOON)
    mine = Q(document__owner=rights.person) | Q(document__reviewer=rights.person)
    ending = rows.filter(mine, ~Exists(newer)).annotate(ends_at=_at_seat("expires_on"))
    writes = rights.permitted("document.write", "document__system__")
    if rights.anywhere("document.write.organisation"):
        writes |= Q(document__system__isnull=True)
    named = {"at": "ends_at", "due": "ends_at", "who": "document__owner__name", **shape}
    yield line("document_renew", ending.filter(writes), **named)
    yield line("document_ends", ending.exclude(writes), **named)


def _at_seat(day: str) -> Func:
    """Return the first instant of a day at the organisation's seat."""
    return Func(
        Value(settings.SEAT_ZONE),
        F(day),
        template="timezone(%(expressions)s::timestamp)",
        output_field=DateTimeField(),
    )


def _access(rights: Rights, at: datetime) -> Iterator[Any]:
    alone = SetupException.objects.filter(confirmed_at__isnull=True).exclude(person=rights.person)
    within = Q(system__isnull=True) & rights.in_unit("setup.confirm")
    may = alone.filter(rights.permitted("setup.confirm") | within).exclude(_same_side(rights))
    yield line("setup", may, at="at", label="label", key="pk", who="person__name")
    ending = ServiceToken.objects.filter(
        rights.in_unit("administer", "user__unit_id"),
        expiry__gt=at, expiry__lte=at + TOKEN_SOON, revoked_at__isnull=True,
        overlap_until__isnull=True,
    )  # fmt: skip
    yield line(
        "token", ending, at="expiry", label="name", key="token_key", who="user__name",
        system="", due="expiry",
    )  # fmt: skip


def _same_side(rights: Rights) -> Q:
    """Owner and deputy are one side: what the one approved alone the other does not confirm."""
    theirs = Q(person=F("system__owner")) | Q(person=F("system__deputy"))
    return rights.owning() & theirs


def _concerns(
    user: User, rights: Rights, at: datetime, lent: Sequence[Delegation]
) -> Iterator[Any]:
    if not rights.roles.any() & SECOND_LINE:
        return
    known = Reach(*rights.roles.reach(SECOND_LINE))
    top = rights.roles.at_top(SECOND_LINE)
    rows = concerns_visible_to(user=user, at=at, reach=known, at_top=top, lent=lent)
    rows = rows.exclude(raised_by=user)
    late = timedelta(hours=settings.CONCERN_UNREAD_HOURS)
    shape = {"at": "received_at", "label": "number", "key": "number"}
    unread = rows.filter(state=Concern.State.RECEIVED).annotate(
        unread_until=F("received_at") + late
    )
    yield line("concern_read", unread, due="unread_until", **shape)
    yield line(
        "concern_settle", rows.filter(state=Concern.State.READ), **shape, who="read_by__name"
    )
    second = rows.filter(state=Concern.State.DISMISSAL).exclude(dismissed_by=user)
    yield line("concern_second", second, **shape, who="dismissed_by__name")


def _answers(rights: Rights) -> Any:
    """Answers that were sent to the reader, while they may review them still."""
    sent = AnswerReview.objects.filter(
        rights.permitted("answer.review"), reviewer=rights.person, state="waiting"
    )
    return line("answer_review", sent, at="sent_at", label="", key=_address(), who="sent_by__name")


def _address() -> Concat:
    """Return what stands for an event in an address (telemetry.rules.answers.key_of)."""
    instant = Func(
        F("event_at"),
        template="(extract(epoch FROM %(expressions)s) * 1000000)::bigint::text",
        output_field=TextField(),
    )
    ident = Func(
        F("event_id"),
        template="translate(encode(convert_to(%(expressions)s, 'UTF8'), 'base64'),"
        " E'+/=\\n', '-_')",
        output_field=TextField(),
    )
    return Concat(instant, Value(".", output_field=TextField()), ident, output_field=TextField())


def _notices(rights: Rights, at: datetime) -> Any:
    rows = NoticeCase.objects.filter(rights.owning(), at__gt=at - NOTICE_NEW, at__lte=at)
    return line(
        "notice", rows, at="at", label="notice__title", key="notice__supplier__slug",
        who="notice__supplier__name",
    )  # fmt: skip


def _audit(rights: Rights) -> Iterator[Any]:
    rows, named = AuditQuestion.objects, {"label": "number", "key": "number", "due": "due_at"}
    mine = rights.permitted("audit.answer") | rights.in_unit("audit.answer")
    asked = rows.filter(mine, state="open").exclude(asked_by=rights.person)
    yield line("audit_answer", asked, at="asked_at", who="asked_by__name", **named)
    audited = rights.permitted("audit.ask") | rights.in_unit("audit.ask")
    said = rows.filter(audited, state="answered", asked_by=rights.person)
    yield line("audit_read", said, at="asked_at", **named)


def _controls(rights: Rights) -> Iterator[Any]:
    gaps = EvidenceGap.objects.filter(owner=rights.person, state="open")
    named: dict[str, Any] = {"label": "provision__reference", "key": "pk"}
    yield line(
        "evidence_gap", gaps, at="assigned_at", who="assigned_by__name", due="due_at", **named
    )
    if rights.anywhere("control.review"):
        waits = ControlUpload.objects.filter(state="waiting").exclude(uploaded_by=rights.person)
        yield line(
            "upload_review", waits, at="uploaded_at", who="uploaded_by__name", system="", **named
        )
    if rights.anywhere("applicability.approve"):
        # It binds the whole organisation: who signs it holds a role for every unit at its top.
        units, _ = rights.roles.reach(PERMITS["applicability.approve"].roles)
        beyond = Unit.objects.filter(parent__isnull=True).exclude(pk__in=units)
        drafts = ApplicabilityStatement.objects.filter(~Exists(beyond), state="draft")
        drafts = drafts.exclude(author=rights.person)
        named = {"label": "framework__name", "key": "pk", "who": "author__name", "system": ""}
        yield line("applicability_sign", drafts, at="drafted_at", **named)
