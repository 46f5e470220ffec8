"""Open cases as a desk reads them: each with what its next step depends on, in constant queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
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
from incidents.selectors.instances import asked_columns, instances_of
from ledger.selectors.at_once import Question, Rows, at_once
from registry.models import Unit, User
from registry.selectors.people import roles_asked
from reports.rules.steps import LINES, Case

MOST_CASES = 100
APART = (*ENDED, VERIFICATION)
CAUSE = {"": ("id", "incident_id", "state", "recovered_at"), "standing": ("id", "state")}
CLOCK = {
    "": ("id", "incident_id", "aware_at", "due_at", "state"),
    "rule": ("id", "regime", "basis"),
}
ACTION = {
    "": ("id", "incident_id", "executor_id", "words", "ordered_at", "due_at"),
    "executor": ("id", "name"),
}
"""What a desk says of the papers of a case."""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open incident with what its next step depends on: its papers, as far as a desk reads them.

    `causes` are what was tied to it, `clocks` and `actions` those that run, `decision` is the round
    under way and `round` how it stands. `findings` are those of this cycle that count: their hash
    and who submitted them; `reviews` are (line, hash of findings, who signed). `passed` says that
    every proof has. `kin` are the numbers of the open cases that go with it, `kin_breaches` how
    many breaches those are.
    """

    incident: Incident
    causes: Sequence[BreachCause]
    clocks: Sequence[RegulatoryClock]
    actions: Sequence[Action]
    decision: Decision | None
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


def open_incidents(*, visible: QuerySet[Incident], user: User, at: datetime) -> list[Incident]:
    """Return the open incidents that a person sees or decides on, the nearest deadline first.

    Beside each is what `opened_cases` takes from its own row, and the round under way.
    """
    seated = ElectorSeat.objects.filter(seated=user).values("decision__incident_id")
    # Both conditions on the rows themselves: as a set of ids, what is seen is worked out for all
    # incidents that ever were before the first open one is read.
    seen = visible | Incident.objects.filter(pk__in=seated)
    rows = seen.exclude(state__in=("CLOSED", "CANCELLED")).filter(suppressed=False)
    # What goes with another case waits for nobody, but for its own proof.
    rows = rows.filter(Q(parent=None) | Q(state="VERIFICATION"))
    found = (
        rows.select_related("system", "owner", "live_version")
        .prefetch_related(Prefetch("decisions", rounds_under_way(at=at)))
        .annotate(**_facts())
        .order_by("stage_due_at", "opened_at", "id")[:MOST_CASES]
    )
    return list(found)


def papers_asked(incidents: Sequence[Incident]) -> dict[str, Question]:
    """Return what to ask of the papers of open incidents, with ledger.selectors.at_once."""
    ids = [one.pk for one in incidents]
    if not ids:
        return {}
    causes = BreachCause.objects.filter(incident__in=ids).order_by("pk")
    clocks = RegulatoryClock.objects.filter(incident__in=ids).exclude(state="ended")
    actions = Action.objects.filter(incident__in=ids).exclude(state__in=("confirmed", "cancelled"))
    return {
        "causes": asked_columns(causes, CAUSE),
        "clocks": asked_columns(clocks.order_by("due_at", "rule__regime", "rule__basis"), CLOCK),
        "actions": asked_columns(actions.order_by("ordered_at", "pk"), ACTION),
    }


def opened_cases(
    incidents: Sequence[Incident], answers: Mapping[str, Rows], at: datetime
) -> list[OpenCase]:
    """Return `open_incidents` with the papers that `papers_asked` asked for."""
    if not incidents:
        return []
    causes = _by_case(instances_of(BreachCause, CAUSE, answers["causes"]))
    clocks = _by_case(instances_of(RegulatoryClock, CLOCK, answers["clocks"]))
    actions = _by_case(instances_of(Action, ACTION, answers["actions"]))
    return [_opened(one, at, causes[one.pk], clocks[one.pk], actions[one.pk]) for one in incidents]


def _by_case(rows: Iterable[Any]) -> Mapping[UUID, list[Any]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.incident_id].append(row)
    return found


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


def _opened(
    incident: Any,
    at: datetime,
    causes: Sequence[BreachCause],
    clocks: Sequence[RegulatoryClock],
    actions: Sequence[Action],
) -> OpenCase:
    found, decision = incident.newest_findings, next(iter(incident.decisions.all()), None)
    return OpenCase(
        incident=incident,
        causes=causes,
        clocks=clocks,
        actions=actions,
        decision=decision,
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
    return Case(
        state=incident.state,
        owners=frozenset({incident.owner_id, incident.deputy_id}),
        history=opened.history,
        assessed=opened.assessed,
        lines=_lines(opened, both=both),
        both=both,
        round=opened.decision.state if opened.decision else "",
        leaders=opened.round.chairs,
        seats=opened.round.voted,
        casts=opened.round.casts,
        certifiable=opened.round.certifiable,
        certifiers=opened.round.leaders,
        recused=opened.round.recused,
        executors=frozenset(row.executor_id for row in opened.actions),
        passed=opened.passed,
    )


def both_lines(incident: Incident) -> bool:
    """Whether compliance and risk must both review an incident, by its own plan."""
    return incident.risk_tier in from_text(incident.plan).segregation.both_lines_at


class RolesBySystem:
    """A person's roles for any system, inherited from units; one query for all of them.

    None where the caller has asked what `asked` returns, with ledger.selectors.at_once.
    """

    def __init__(
        self, *, user_id: UUID, at: datetime, answers: Mapping[str, Rows] | None = None
    ) -> None:
        told = at_once(self.asked(user_id=user_id, at=at)) if answers is None else answers
        self._held = {(role, _key(unit), _key(system)) for role, unit, system in told["roles"]}
        self._parents = {UUID(unit): _key(parent) for unit, parent in told["units"]}

    @staticmethod
    def asked(*, user_id: UUID, at: datetime) -> dict[str, Question]:
        """Return what there is to ask: the roles that are held, and which unit is above which."""
        return {
            "roles": roles_asked(user_id=user_id, at=at),
            "units": Unit.objects.order_by().values_list("id", "parent_id"),
        }

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

    def at_top(self, roles: Collection[str]) -> bool:
        """Whether one of these roles is held for a unit that has none above it."""
        tops = self.tops()
        return any(role in roles and unit in tops for role, unit, _ in self._held)

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


def _key(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _lines(opened: OpenCase, *, both: bool) -> frozenset[str]:
    signed = {line for line, _ in opened.signed}
    if both:
        return frozenset(LINES) - signed
    return frozenset() if signed else frozenset(LINES)
