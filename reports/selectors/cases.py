"""Open cases as a desk reads them: each with what its next step depends on, in constant queries."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import JSONObject

from governance.models import BreachCause, Decision, ElectorSeat
from governance.selectors.open_rounds import OpenRound, open_round_of, rounds_under_way
from incidents.models import (
    Action,
    Findings,
    FirstAssessment,
    Incident,
    Participation,
    RegulatoryClock,
    Validation,
    VerificationWindow,
)
from incidents.rules.plan import from_text
from incidents.rules.segregation import PastAct
from incidents.rules.states import ENDED, VERIFICATION
from registry.models import Unit, User
from registry.selectors.people import roles_of
from reports.rules.steps import LINES, Case

MOST_CASES = 100
APART = (*ENDED, VERIFICATION)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open incident with what its next step depends on, beside its prefetched papers.

    `findings` are those of this cycle that count: their hash and who submitted them; `reviews` are
    (line, hash of findings, who signed). `passed` says that every proof has. `kin` are the numbers
    of the open cases that go with it, `kin_breaches` how many breaches those are. `round` is how
    the open round stands.
    """

    incident: Incident
    history: tuple[PastAct, ...]
    assessed: bool
    passed: bool
    findings: tuple[str, str] | None
    reviews: Sequence[tuple[str, str, str]]
    kin: Sequence[str] = ()
    kin_breaches: int = 0
    round: OpenRound = OpenRound()

    @property
    def signed(self) -> list[tuple[str, str]]:
        """The reviews that bind the findings that count: line and who signed."""
        digest = self.findings[0] if self.findings else None
        return [(line, name) for line, bound, name in self.reviews if bound == digest]


def open_cases(*, visible: QuerySet[Incident], user: User, at: datetime) -> list[OpenCase]:
    """Return the open incidents that a person sees or decides on, the nearest deadline first."""
    seated = ElectorSeat.objects.filter(seated=user).values("decision__incident_id")
    # Both conditions on the rows themselves: as a set of ids, what is seen is worked out for all
    # incidents that ever were before the first open one is read.
    seen = visible | Incident.objects.filter(pk__in=seated)
    rows = seen.exclude(state__in=("CLOSED", "CANCELLED")).filter(suppressed=False)
    # What goes with another case waits for nobody, but for its own proof.
    rows = rows.filter(Q(parent=None) | Q(state="VERIFICATION"))
    found = (
        rows.select_related("system", "owner", "live_version")
        .prefetch_related(*_papers(at))
        .annotate(**_facts())
        .order_by("stage_due_at", "opened_at", "id")[:MOST_CASES]
    )
    return [_opened(incident, at) for incident in found]


def _facts() -> dict[str, Any]:
    """What is asked of the papers of a case, read with its row."""
    mine = {"incident": OuterRef("pk")}
    # A child that waits for its own proof has a row of its own.
    children = Incident.objects.filter(parent=OuterRef("pk")).exclude(state__in=APART)
    tied = BreachCause.objects.filter(incident__parent=OuterRef("pk"))
    tied = tied.exclude(incident__state__in=APART)
    cycle = {**mine, "cycle": OuterRef("cycle")}
    windows = VerificationWindow.objects.filter(superseded_at__isnull=True, **mine)
    findings = Findings.objects.filter(**cycle).order_by("-revision")
    acts = Participation.objects.filter(**mine).order_by("id")
    reviews = Validation.objects.filter(**mine).order_by("validated_at", "pk")
    return {
        "kin": ArraySubquery(children.order_by("number").values("number")),
        "kin_breaches": Subquery(
            tied.order_by().values(of=Func(F("pk"), function="count", output_field=IntegerField()))
        ),
        "has_assessment": Exists(FirstAssessment.objects.filter(**cycle)),
        "has_passed": Exists(windows) & ~Exists(windows.exclude(outcome="PASSED")),
        "newest_findings": Subquery(
            findings.values(of=JSONObject(sha256="record_sha256", by="submitted_by__name"))[:1]
        ),
        "acts": ArraySubquery(
            acts.values(of=JSONObject(person="person_id", act="act", side="as_delegate_of_id"))
        ),
        "signed_reviews": ArraySubquery(
            reviews.values(
                of=JSONObject(line="line", sha256="findings_sha256", by="validator__name")
            )
        ),
    }


def _opened(incident: Any, at: datetime) -> OpenCase:
    found, decision = incident.newest_findings, newest_decision(incident)
    return OpenCase(
        incident=incident,
        history=tuple(
            PastAct(UUID(row["person"]), row["act"], UUID(row["side"]) if row["side"] else None)
            for row in incident.acts
        ),
        assessed=incident.has_assessment,
        passed=incident.has_passed,
        findings=(found["sha256"], found["by"]) if found else None,
        kin=incident.kin,
        kin_breaches=max(len(incident.kin), incident.kin_breaches),
        reviews=[(row["line"], row["sha256"], row["by"]) for row in incident.signed_reviews],
        round=open_round_of(decision=decision, at=at) if decision else OpenRound(),
    )


def case_of(opened: OpenCase) -> Case:
    """Return what the next step of an incident depends on."""
    incident, both = opened.incident, both_lines(opened.incident)
    decision = newest_decision(incident)
    return Case(
        state=incident.state,
        owners=frozenset({incident.owner_id, incident.deputy_id}),
        history=opened.history,
        assessed=opened.assessed,
        lines=_lines(opened, both=both),
        both=both,
        round=decision.state if decision else "",
        leaders=_leaders(decision),
        seats=opened.round.voted,
        casts=opened.round.casts,
        certifiable=opened.round.certifiable,
        certifiers=opened.round.leaders,
        recused=opened.round.recused,
        executors=frozenset(row.executor_id for row in incident.actions.all()),
        passed=opened.passed,
    )


def newest_decision(incident: Incident) -> Decision | None:
    """Return the round under way, if there is one."""
    return next(iter(incident.decisions.all()), None)


def both_lines(incident: Incident) -> bool:
    """Whether compliance and risk must both review an incident, by its own plan."""
    return incident.risk_tier in from_text(incident.plan).segregation.both_lines_at


class RolesBySystem:
    """A person's roles for any system, inherited from units; two queries for all of them."""

    def __init__(self, *, user_id: UUID, at: datetime) -> None:
        self._held = roles_of(user_id=user_id, at=at)
        self._parents: dict[UUID, UUID | None] = dict(Unit.objects.values_list("id", "parent_id"))

    def of(self, *, system_id: UUID, unit_id: UUID) -> frozenset[str]:
        """Return the roles for one system."""
        above = set(self._above(unit_id))
        return frozenset(
            role for role, unit, system in self._held if system == system_id or unit in above
        )

    def any(self) -> frozenset[str]:
        """Return every role held anywhere."""
        return frozenset(role for role, _, _ in self._held)

    def reach(self, roles: Collection[str]) -> tuple[list[UUID], list[UUID]]:
        """Return the units, with all below them, and the systems for which one of them is held."""
        held = {unit for role, unit, _ in self._held if role in roles and unit is not None}
        units = [unit for unit in self._parents if held & set(self._above(unit))]
        named = [system for role, _, system in self._held if role in roles and system is not None]
        return units, named

    def tops(self) -> frozenset[UUID]:
        """Return the units that have none above them."""
        return frozenset(unit for unit, parent in self._parents.items() if parent is None)

    def above(self, units: Iterable[UUID]) -> set[UUID]:
        """Return these units and all above them."""
        return {one for unit in units for one in self._above(unit)}

    def _above(self, unit_id: UUID) -> Iterable[UUID]:
        here: UUID | None = unit_id
        seen: set[UUID] = set()
        while here is not None and here not in seen:
            seen.add(here)
            here = self._parents.get(here)
        return seen


def _papers(at: datetime) -> list["Prefetch[Any, Any, Any]"]:
    return [
        Prefetch(
            "causes",
            BreachCause.objects.select_related(
                "standing__series__kpi", "standing__threshold_version"
            ).order_by("pk"),
        ),
        Prefetch("clocks", RegulatoryClock.objects.exclude(state="ended").select_related("rule")),
        Prefetch(
            "actions",
            Action.objects.exclude(state__in=("confirmed", "cancelled")).select_related("executor"),
        ),
        Prefetch("decisions", rounds_under_way(at=at)),
    ]


def _lines(opened: OpenCase, *, both: bool) -> frozenset[str]:
    signed = {line for line, _ in opened.signed}
    if both:
        return frozenset(LINES) - signed
    return frozenset() if signed else frozenset(LINES)


def _leaders(decision: Decision | None) -> frozenset[UUID]:
    """Who chairs the body: they are asked to convene."""
    if decision is None:
        return frozenset()
    return frozenset(seat.person_id for seat in decision.committee.seats.all() if seat.chair)
