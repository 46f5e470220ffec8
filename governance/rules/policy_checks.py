"""What makes a policy unworkable, each in a sentence. Asked before a policy is kept."""

from collections.abc import Iterator
from fractions import Fraction

import msgspec

from governance.rules.policy_document import CommitteeRules, PolicyDocument, Step
from governance.rules.severity import BadMatrix, SeverityMatrix
from outbox.rules.durations import BadDuration, Duration

SEVERITIES = ("minor", "moderate", "major", "severe")
TIERS = ("low", "medium", "high")
MAJORITIES = ("simple", "absolute", "two_thirds", "unanimous")
RECIPIENTS = (
    "responsible",
    "owner",
    "owner.delegate",
    "deputy",
    "unit.head",
    "committee.chair",
    "committee.secretary",
    "mailbox",
)
RECIPIENT_PREFIXES = ("role:", "committee.seat:")


def problems(document: PolicyDocument) -> Iterator[str]:
    """Yield every reason why a policy cannot work."""
    yield from _matrix_problems(document)
    yield from _time_problems(document)
    yield from _ladder_problems(document)
    yield from _committee_problems(document.committee)
    yield from _limit_problems(document)


def _matrix_problems(document: PolicyDocument) -> Iterator[str]:
    try:
        SeverityMatrix.from_data(document.severity)
    except (BadMatrix, KeyError, TypeError, AttributeError) as error:
        yield f"severity: {error}."


def _time_problems(document: PolicyDocument) -> Iterator[str]:
    for severity in SEVERITIES:
        if severity not in document.times:
            yield f"times: the severity {severity} is missing."
            continue
        for stage, duration in msgspec.to_builtins(document.times[severity]).items():
            yield from _duration(f"times of {severity}, {stage}", duration, may_be_none=True)
            if severity == "severe" and _is_business(duration):
                yield f"times of severe, {stage}: severe runs on elapsed time, not on {duration}."


def _ladder_problems(document: PolicyDocument) -> Iterator[str]:
    ladders = document.escalation.ladders
    if "default" not in ladders:
        yield "escalation: a ladder named 'default' is needed."
    for name, steps in ladders.items():
        if not steps:
            yield f"escalation: the ladder {name} has no step."
        for number, step in enumerate(steps):
            yield from _step_problems(f"escalation, {name}, step {number}", step)
        levels = [step.level for step in steps]
        if levels != sorted(levels):
            yield f"escalation: the levels of the ladder {name} must rise."
    for duration in [*document.escalation.repeats, *document.escalation.repeats_then]:
        yield from _duration("escalation, repeats", duration)
    if not document.escalation.repeats_then:
        yield "escalation: reminders may not end; say in repeats_then how they go on."


def _step_problems(place: str, step: Step) -> Iterator[str]:
    moments = [moment for moment in (step.entry, step.share, step.after) if moment is not None]
    if len(moments) != 1:
        yield f"{place}: say either entry, share or after."
    if step.share is not None:
        yield from _share(place, step.share)
    for duration in [step.entry, step.after, *(step.repeats or [])]:
        if duration is not None:
            yield from _duration(place, duration)
    for expression in step.recipients.split("|"):
        if expression not in RECIPIENTS and not expression.startswith(RECIPIENT_PREFIXES):
            yield f"{place}: nobody is called {expression!r}."


def _committee_problems(rules: CommitteeRules) -> Iterator[str]:
    yield from _share("committee, quorum", rules.quorum)
    for majority in (rules.majority, rules.majority_high):
        if majority not in MAJORITIES:
            yield f"committee: {majority!r} is no majority; use {', '.join(MAJORITIES)}."
    if not 0 < rules.minimum <= rules.minimum_high <= rules.seats:
        yield "committee: 0 < minimum <= minimum_high <= seats must hold."
    if rules.rounds < 1:
        yield "committee: at least one round is held before a matter goes up."
    for name in ("notice", "notice_urgent", "min_open", "min_open_urgent", "early_notice"):
        yield from _duration(f"committee, {name}", getattr(rules, name))
    yield from _duration("committee, open_for", rules.open_for)


def _limit_problems(document: PolicyDocument) -> Iterator[str]:
    for tier in TIERS:
        yield from _duration(f"limits, hold at {tier}", document.limits.hold.get(tier, "nothing"))
    if document.small_cases.dismiss_persons not in (1, 2):
        yield "small_cases: one or two persons dismiss (dismiss_persons)."
    if document.verification.windows < 1 or document.verification.fail_windows < 1:
        yield "verification: at least one window passes, and at least one fails."
    durations = {
        "limits, reopen": document.limits.reopen,
        "watch, after": document.watch.after,
        "watch, third_within": document.watch.third_within,
        "verification, settle": document.verification.settle,
        "verification, stopped_for": document.verification.stopped_for,
        "verification, document_within": document.verification.document_within,
        "small_cases, signature_fresh": document.small_cases.signature_fresh,
        "escalation, shortest_gap": document.escalation.shortest_gap,
    }
    for place, duration in durations.items():
        yield from _duration(place, duration)
    for name, duration in msgspec.to_builtins(document.actions).items():
        yield from _duration(f"actions, {name}", duration)


def _duration(place: str, duration: str, *, may_be_none: bool = False) -> Iterator[str]:
    if may_be_none and not duration:
        return
    try:
        Duration.parse(duration)
    except BadDuration as error:
        yield f"{place}: {error}."


def _is_business(duration: str) -> bool:
    try:
        return bool(duration) and Duration.parse(duration).is_business
    except BadDuration:
        return False


def _share(place: str, text: str) -> Iterator[str]:
    try:
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        yield f"{place}: {text!r} is no share; write 1/2 or 1."
        return
    if not 0 <= share <= 1:
        yield f"{place}: {text} is more than the whole."
