"""Regulatory clocks: all that run, what a case says of its reports, drafts, counsel's date."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.api.parts import ClockOut
from incidents.models import ClockFact, CounselDate, Incident, ReportDraft, Submission
from incidents.rules.report_templates import BY_ID, Template
from incidents.selectors.clock_facts import facts_of
from incidents.selectors.clock_pages import clock_page
from incidents.selectors.clock_reasons import not_due_of
from incidents.selectors.clocks import clocks_of
from incidents.selectors.report_drafts import drafts_of, newest_draft, prefilled
from incidents.selectors.visibility import (
    incident_by_number,
    incidents_of,
    incidents_visible_to,
)
from incidents.services.counsel import set_counsel_date
from incidents.services.report_drafts import LONGEST, save_draft
from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from outbox import clock
from registry.access import (
    AS_OF,
    HasScope,
    IsPerson,
    actor_of,
    moment_of,
    signed_in,
    visible_systems,
)
from registry.api.shapes import PersonOut
from registry.models import ServiceToken

TAGS = ["clocks"]


class ClockReadingOut(serializers.Serializer[Any]):
    """How an authority may read the end: information only."""

    words = serializers.CharField()
    due_at = serializers.DateTimeField()


class ClockLineOut(serializers.Serializer[Any]):
    """A clock with the percent of its time used, whether it binds, how late it was met."""

    incident = serializers.CharField(source="clock.incident.number")
    clock = ClockOut()
    percent_used = serializers.IntegerField(source="share")
    state = serializers.CharField()
    binding = serializers.CharField()
    late_by_seconds = serializers.SerializerMethodField()
    readings = ClockReadingOut(many=True)

    def get_late_by_seconds(self, row: Any) -> int | None:
        """How long after its end it was sent or ended, null where it was not."""
        return None if row.late_by is None else int(row.late_by.total_seconds())


class ClockPageOut(serializers.Serializer[Any]):
    """One page of clocks; `next` is the cursor of the following one, null at the end."""

    as_of = serializers.DateTimeField(allow_null=True)
    next = serializers.CharField(allow_null=True)
    results = ClockLineOut(many=True)


class ClockPageIn(serializers.Serializer[Any]):
    """From where, and how many."""

    cursor = serializers.CharField(default="", allow_blank=True, max_length=120)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=200)


class ClockNotDueOut(serializers.Serializer[Any]):
    """A rule under which nothing is due, and why."""

    rule = serializers.CharField(source="rule.pk")
    regime = serializers.CharField(source="rule.regime")
    basis = serializers.CharField(source="rule.basis")
    kind = serializers.CharField()
    why = serializers.CharField()


class ClockFactOut(serializers.ModelSerializer[ClockFact]):
    """The newest statement of a fact."""

    stated_by = PersonOut()

    class Meta:
        model = ClockFact
        exclude = ["incident"]


class SubmissionOut(serializers.ModelSerializer[Submission]):
    """A report that was sent, and the rules whose clocks it met."""

    submitted_by = PersonOut()
    met = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        exclude = ["incident"]

    def get_met(self, row: Submission) -> list[str]:
        """The rules."""
        return sorted(one.rule_id for one in row.clocks.all())


class CaseClocksOut(serializers.Serializer[Any]):
    """What a case says of its reports: instants, facts, clocks, what was sent, what is not due."""

    as_of = serializers.DateTimeField(allow_null=True)
    number = serializers.CharField()
    instants = serializers.DictField(child=serializers.DateTimeField(allow_null=True))
    facts = ClockFactOut(many=True)
    clocks = ClockLineOut(many=True)
    submissions = SubmissionOut(many=True)
    not_due = ClockNotDueOut(many=True)


class ReportDraftIn(serializers.Serializer[Any]):
    """A version of a report: its type and the text of its fields."""

    kind = serializers.ChoiceField(choices=ReportDraft.Kind.choices)
    values = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST, allow_blank=True), default=dict
    )


class ReportDraftOut(serializers.ModelSerializer[ReportDraft]):
    """A version of a report as it was saved."""

    made_by = PersonOut()

    class Meta:
        model = ReportDraft
        exclude = ["incident"]


class ReportDraftsOut(serializers.Serializer[Any]):
    """The versions of a report, newest first, and what the next one would begin with."""

    template = serializers.CharField()
    fields_asked = serializers.DictField(child=serializers.CharField())
    begins_with = serializers.DictField(child=serializers.CharField(allow_blank=True))
    versions = ReportDraftOut(many=True)


class CounselDateIn(serializers.Serializer[Any]):
    """Since when a duty binds, and whose opinion that is."""

    statutory_from = serializers.DateField()
    source = serializers.CharField(max_length=2000)  # type: ignore[assignment]


class CounselDateOut(serializers.ModelSerializer[CounselDate]):
    """Counsel's date as it was recorded."""

    class Meta:
        model = CounselDate
        fields = ["id", "rule", "statutory_from", "source", "stated_at", "entry_number"]


class ClockList(APIView):
    """Every clock that runs on an incident of the caller."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="clocks_list",
        tags=TAGS,
        parameters=[ClockPageIn, AS_OF],
        responses=ClockPageOut,
    )
    def get(self, request: Request) -> Response:
        """Return one page, the next one due first."""
        given = ClockPageIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked, moment = given.validated_data, moment_of(request, now=clock.now())
        visible = moment.kept(_visible(request))
        with moment.reading():
            page = clock_page(
                incidents=visible, at=moment.at, after=asked["cursor"], limit=asked["limit"]
            )
            told = {"as_of": moment.as_of, "next": page.after or None, "results": page.lines}
            return Response(ClockPageOut(told).data)


class IncidentClocks(APIView):
    """The clocks of one incident and everything around them."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="incident_clocks", tags=TAGS, parameters=[AS_OF], responses=CaseClocksOut
    )
    def get(self, request: Request, number: str) -> Response:
        """Return instants, facts, clocks, reports, and what is not due with the reason."""
        moment, visible = moment_of(request, now=clock.now()), _visible(request)
        found = incident_by_number(number=number, visible=visible)
        moment.require(began=found.opened_at, what=f"{number} was opened")
        visible = moment.kept(visible.filter(pk=found.pk))
        with moment.reading():
            incident = incident_by_number(number=number, visible=visible)
            sent = incident.submissions.select_related("submitted_by").prefetch_related("clocks")
            told = {
                "as_of": moment.as_of,
                "number": incident.number,
                "instants": {name: getattr(incident, name) for name in INSTANTS},
                "facts": list(facts_of(incident).values()),
                "clocks": clocks_of(incident=incident, at=moment.at),
                "submissions": sent.order_by("submitted_at"),
                "not_due": not_due_of(incident, past=moment.as_of is not None),
            }
            return Response(CaseClocksOut(told).data)


INSTANTS = (
    "occurred_at",
    "detected_at",
    "aware_at",
    "deployer_aware_at",
    "provider_aware_at",
    "personal_data_aware_at",
    "causal_link_likely_at",
    "reportability_aware_at",
)


class IncidentReportDrafts(APIView):
    """The versions of a report of one incident."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="report_drafts_list",
        tags=TAGS,
        parameters=[
            OpenApiParameter("template", str, OpenApiParameter.PATH, enum=list(BY_ID)),
        ],
        responses=ReportDraftsOut,
    )
    def get(self, request: Request, number: str, template: str) -> Response:
        """Return the versions, and the fields as the case or the last version fills them."""
        incident, asked = _incident(request, number), _template(template)
        newest = newest_draft(incident=incident, template=asked)
        user, at = signed_in(request), clock.now()
        begins = newest.values if newest is not None else prefilled(
            incident=incident, template=asked, user=user, at=at
        )  # fmt: skip
        told = {
            "template": asked.id,
            "fields_asked": {field.name: field.label for field in asked.fields},
            "begins_with": begins,
            "versions": drafts_of(incident).filter(template=asked.id).order_by("-version")[:200],
        }
        return Response(ReportDraftsOut(told).data)

    @extend_schema(
        operation_id="report_drafts_save",
        tags=TAGS,
        request=ReportDraftIn,
        responses={201: ReportDraftOut},
    )
    def post(self, request: Request, number: str, template: str) -> Response:
        """Save a further version; by the owner's side, compliance or risk."""
        given = ReportDraftIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = save_draft(
            incident_id=_incident(request, number).pk,
            template_id=_template(template).id,
            kind=given.validated_data["kind"],
            values=given.validated_data["values"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(ReportDraftOut(row).data, status=201)


class CounselDates(APIView):
    """Since when a duty binds, as counsel reads it."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="counsel_dates_set",
        tags=TAGS,
        request=CounselDateIn,
        responses={201: CounselDateOut},
    )
    def post(self, request: Request, rule: str) -> Response:
        """Record the date; open clocks change their kind, never when they are due."""
        given = CounselDateIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = set_counsel_date(
            rule_id=rule, actor=actor_of(request), at=clock.now(), **given.validated_data
        )
        return Response(CounselDateOut(row).data, status=201)


def _visible(request: Request) -> Any:
    at = clock.now()
    if isinstance(request.auth, ServiceToken):
        return incidents_of(visible_systems(request, at))
    return incidents_visible_to(user=signed_in(request), at=at)


def _incident(request: Request, number: str) -> Incident:
    return incident_by_number(number=number, visible=_visible(request))


def _template(name: str) -> Template:
    if name not in BY_ID:
        raise Missing("unknown_template", worded("There is no template {name!r}.", name=name))
    return BY_ID[name]
