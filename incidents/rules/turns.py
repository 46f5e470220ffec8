"""Turns that take two persons, and the limits that a plan sets to turns: pure.

A withdrawal, a reopening by hand and a pause are asked for by one person and agreed to by another:
the same command twice. Whoever asked and gives it again asks anew; nobody agrees with themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from incidents.rules.parties import Command, Party
from incidents.rules.plan import ELAPSED, SEVERITIES, FrozenPlan
from incidents.rules.states import DECISION, EXECUTION, INVESTIGATING, OPEN, VALIDATION
from ledger.rules.worded import word
from outbox.rules.durations import Duration

STAGE_OF = {
    OPEN: "acknowledge",
    INVESTIGATING: "findings",
    VALIDATION: "validation",
    DECISION: "decision",
    EXECUTION: "execution",
}
"""The stage whose deadline a state shows. VERIFICATION lasts as long as its proofs."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the two steps of a turn: who takes it, and the part that it makes."""

    who: tuple[Party, ...]
    act: str
    button: str


ASKED: Mapping[str, Step] = {
    "withdraw": Step(("owner_side", "validator"), "asked_withdrawal", "Propose to withdraw"),
    "reopen": Step(("validator", "chair", "auditor"), "asked_reopening", "Ask to reopen"),
    "pause_clock": Step(("owner_side", "validator"), "asked_pause", "Ask for the pause"),
    "merge": Step(("owner_side",), "asked_merge", "Propose to merge"),
    "split": Step(("owner_side",), "asked_split", "Propose to split"),
}
AGREED: Mapping[str, Step] = {
    "withdraw": Step(("second_person",), "agreed_withdrawal", "Agree and withdraw"),
    "reopen": Step(("validator",), "agreed_reopening", "Agree and reopen"),
    "pause_clock": Step(("validator",), "agreed_pause", "Agree to the pause"),
    "merge": Step(("validator",), "agreed_merge", "Agree and merge"),
    "split": Step(("validator",), "agreed_split", "Agree and split"),
}
BY_CHAIR: tuple[Party, ...] = ("chair",)
BY_PERSONS = ("withdraw",)
"""What the engine may propose and a person alone agrees to: a cause that was corrected away."""
PASSING = ("acknowledge", "ack_lapse", "submit_findings", "return_to_owner")
"""What moves an incident on without an answer to what the engine proposed."""


def step_of(command: Command, state: str, *, agrees: bool) -> Command:
    """Return a command as it stands for one person: who may give it now and the part it makes.

    In DECISION the chair alone agrees to a withdrawal (T08). The engine proposes one and never
    agrees.
    """
    if command.name not in ASKED:
        return command
    step = (AGREED if agrees else ASKED)[command.name]
    who = step.who
    if agrees and command.name == "withdraw" and state == DECISION:
        who = BY_CHAIR
    if "engine" in command.who and not (agrees and command.name in BY_PERSONS):
        who = (*who, "engine")
    return replace(command, who=who, act=step.act, button=step.button)


def limit(plan: FrozenPlan, name: str, severity: str) -> Duration | None:
    """Return a duration that the plan limits a turn to, None where it sets none.

    Business time is elapsed time at the severities that run on it.
    """
    text = plan.limits.get(name)
    if not text:
        return None
    duration = Duration.parse(text)
    if duration.is_business and severity in plan.elapsed_at:
        return Duration(duration.amount, ELAPSED[duration.unit])
    return duration


def least_severity(
    plan: FrozenPlan, *, answers: Mapping[str, str], has_clock: bool, is_fairness: bool
) -> tuple[str, str]:
    """Return (severity, why) below which nobody lowers; the mildest with '' where nothing holds.

    `answers` are the four answers; harm and a critical service are one floor of the matrix, the
    other questions and a clock that runs another one; fairness is never below moderate (EVA-19).
    """
    harmed = plan.limits.get("least_harmed", "major")
    questioned = plan.limits.get("least_questioned", "moderate")
    found = [(SEVERITIES[0], "")]
    if answers.get("person_harmed") == "yes":
        found.append((harmed, word("a person could be harmed, by the owner's answer")))
    if answers.get("critical_service") == "yes":
        found.append((harmed, word("a critical service is involved, by the owner's answer")))
    if "yes" in (answers.get("rights_affected"), answers.get("personal_data")):
        found.append((questioned, word("a question that a law asks was answered with yes")))
    if has_clock:
        found.append((questioned, word("a regulatory clock runs")))
    if is_fairness:
        found.append(("moderate", word("a breach of fairness is never below moderate")))
    return max(found, key=lambda one: SEVERITIES.index(one[0]))
