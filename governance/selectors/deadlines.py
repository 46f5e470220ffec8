"""Why each deadline of an incident is when it is, and who would be called at each step now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from governance.models import EscalationFiring
from governance.rules.deadline_words import offset_words, reasons, stage_words
from governance.selectors.recipients import Recipient, resolve_all
from incidents.models import Incident
from incidents.rules.plan import FrozenPlan, LadderStep, from_text
from incidents.rules.transitions import ENDED
from incidents.services.deadlines import ESCALATION_STEP, STAGE_DEADLINE
from ledger.rules.worded import shortened, term, word, worded
from outbox.models import Timer

MOST = 400
STAGES = ("duration", "policy", "policy_sha256", "pauses")
"""Inputs of a timer that are those of its whole stage."""
KINDS = {
    "incident.clock_doubt": "Arms a regulatory clock unless the question is answered",
    "incident.clock_due": "Regulatory clock",
    "incident.action_due": "An action is due",
    "paging.again": "A call is repeated",
    "committee.close": "The vote closes",
    "incident.deemed_aware": "Deemed aware",
    "incident.programme_due": "Programme due",
    "incident.ratify_due": "Ratify due",
    "incident.reason_due": "Reason due",
    "incident.acceptance": "Acceptance",
    "governance.action_time": "Action time",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """One timer: what it does, when, why then, whether it did, and who is called by it now.

    `state`: armed, fired, cancelled. `late_seconds` is how late it fired, None for one that has
    not or is no step.
    """

    stage: str
    what: str
    due_at: datetime
    state: str
    done_at: datetime | None
    reasons: tuple[str, ...]
    note: str
    people: tuple[Recipient, ...]
    level: int | None = None
    late_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Every timer of the cycle that runs: the deadlines, the steps, and what else waits."""

    policy: str
    example: bool
    calendar: str
    deadlines: tuple[Explained, ...]
    steps: tuple[Explained, ...]
    others: tuple[Explained, ...]


def explain(*, incident: Incident, zone: str, at: datetime) -> Deadlines:
    """Explain the timers of an incident's cycle to a reader in a zone, in the order of their time.

    People are found as a firing at `at` would find them, once for each step of the ladder.
    """
    plan = from_text(incident.plan)
    rows = list(
        Timer.objects.filter(subject_id=incident.pk).order_by("due_at", "armed_at", "pk")[:MOST]
    )
    mine = [row for row in rows if row.payload.get("cycle", incident.cycle) == incident.cycle]
    steps = [row for row in mine if row.kind == ESCALATION_STEP]
    found = _Explaining(incident, plan, zone, at, steps)
    return Deadlines(
        policy=found.policy,
        example=plan.example,
        calendar=plan.calendar_name,
        deadlines=tuple(found.deadline(row) for row in mine if row.kind == STAGE_DEADLINE),
        steps=tuple(found.step(row) for row in steps),
        others=tuple(
            found.other(row) for row in mine if row.kind not in (STAGE_DEADLINE, ESCALATION_STEP)
        ),
    )


class _Explaining:
    """What explaining needs over and over: the plan, who is called by each step, what fired."""

    def __init__(
        self,
        incident: Incident,
        plan: FrozenPlan,
        zone: str,
        at: datetime,
        steps: Sequence[Timer] = (),
    ) -> None:
        self.incident, self.plan, self.zone, self.at = incident, plan, zone, at
        self.policy = worded(
            word("The policy {profile}, version {number},")
            if plan.policy_id
            else word("The policy {profile}, the shipped example,"),
            profile=plan.profile,
            number=plan.policy_number,
        )
        self.ladder = {step.step: step for step in plan.ladder}
        self.reached: dict[int, tuple[Recipient, ...]] = {}
        self.fired = _fired(incident, steps)

    def deadline(self, row: Timer) -> Explained:
        """Explain the deadline of a stage."""
        stage = str(row.payload.get("stage", ""))
        return self._row(row, stage_words(stage), "Deadline")

    def step(self, row: Timer) -> Explained:
        """Explain a step of the ladder, with who is called by it now while it waits."""
        step = self.ladder.get(int(row.payload["step"]))
        repeat = int(row.payload["repeat"])
        what = offset_words(step.offset) if step else term(word("a step that the plan has no more"))
        if repeat:
            what = worded("reminder {repeat} of the step {step}", repeat=repeat, step=what)
        fired = self.fired.get((row.payload["rule"], row.payload["step"], repeat))
        late = int((fired.fired_at - fired.due_at).total_seconds()) if fired else None
        waits = row.state == Timer.State.ARMED and step is not None
        return self._row(
            row,
            stage_words(str(row.payload.get("stage", ""))),
            shortened(what[0].upper() + what[1:], what),
            own=True,
            people=self._people(step) if waits and step else (),
            level=step.level if step else None,
            late=late,
        )

    def other(self, row: Timer) -> Explained:
        """Explain whatever else waits for a time."""
        words = KINDS.get(row.kind, row.kind.partition(".")[2].replace("_", " ").capitalize())
        return self._row(row, "", words)

    def _people(self, step: LadderStep) -> tuple[Recipient, ...]:
        if step.step not in self.reached:
            reached = resolve_all(expressions=step.recipients, incident=self.incident, at=self.at)
            self.reached[step.step] = tuple(reached)
        return self.reached[step.step]

    def _row(
        self,
        row: Timer,
        stage: str,
        what: str,
        *,
        own: bool = False,
        people: tuple[Recipient, ...] = (),
        level: int | None = None,
        late: int | None = None,
    ) -> Explained:
        # What holds for the whole stage is said at its deadline, once.
        inputs = {key: value for key, value in row.inputs.items() if not own or key not in STAGES}
        return Explained(
            stage=stage,
            what=what,
            due_at=row.due_at,
            state=row.state,
            done_at=row.fired_at or row.cancelled_at,
            reasons=tuple(reasons(inputs, policy=self.policy, zone=self.zone)),
            note=row.cancelled_reason or row.last_error.strip().rpartition("\n")[2],
            people=people,
            level=level,
            late_seconds=late,
        )


def _fired(
    incident: Incident, steps: Sequence[Timer]
) -> dict[tuple[str, int, int], EscalationFiring]:
    """Return what fired of some steps of the cycle, by rule, step and repeat."""
    keys = {(str(row.payload["rule"]), int(row.payload["step"]), int(row.payload["repeat"]))
            for row in steps}  # fmt: skip
    if not keys:
        return {}
    rules, numbers, repeats = (set(part) for part in zip(*keys, strict=True))
    rows = EscalationFiring.objects.filter(
        incident=incident,
        cycle=incident.cycle,
        rule__in=rules,
        step__in=numbers,
        repeat__in=repeats,
    )
    return {(row.rule, row.step, row.repeat): row for row in rows}


def has_ended(incident: Incident) -> bool:
    """Whether none of its deadlines runs any more."""
    return incident.state in ENDED
