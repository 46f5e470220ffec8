"""What makes a policy unworkable, each in a sentence. Asked before a policy is kept."""

from collections.abc import Iterator
from fractions import Fraction

import msgspec

from governance.rules.levels import level_problems
from governance.rules.measured_checks import measured_problems
from governance.rules.notice_checks import notice_problems
from governance.rules.policy_document import CommitteeRules, PolicyDocument, SmallCases, Step
from governance.rules.policy_parts.acceptance import acceptance_problems
from governance.rules.policy_parts.carrying import carrying_problems
from governance.rules.policy_parts.containment import containment_problems
from governance.rules.policy_parts.levels import LevelCharter
from governance.rules.policy_parts.meetings import meeting_problems
from governance.rules.policy_parts.on_call import on_call_problems
from governance.rules.policy_parts.pauses import pauses_problems
from governance.rules.severity import BadMatrix, SeverityMatrix
from incidents.rules.plan import SEVERITIES, STAGES
from ledger.rules.worded import worded
from outbox.rules.durations import BadDuration, Duration

TIERS = ("low", "medium", "high")
OBLIGATIONS = ("act", "acknowledge", "inform")
COUNTS_FROM = ("window", "received")
MAJORITIES = ("simple", "absolute", "two_thirds", "unanimous")
RECIPIENTS = (
    "responsible",
    "owner",
    "owner.delegate",
    "deputy",
    "on_call",
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
    yield from measured_problems(document.measured)
    yield from notice_problems(document.notices)
    yield from level_problems(document.levels)
    yield from _duration("levels, request_pause", document.levels.request_pause)
    for name in ("executive", "board"):
        yield from _level_charter_problems(f"levels, {name}", getattr(document.levels, name))
    yield from pauses_problems(document.pauses)
    yield from on_call_problems(document.on_call)
    yield from acceptance_problems(document.acceptance)
    yield from containment_problems(document.containment)
    yield from carrying_problems(document.carrying)
    yield from meeting_problems(document.meetings)


def _matrix_problems(document: PolicyDocument) -> Iterator[str]:
    try:
        SeverityMatrix.from_data(document.severity)
    except (BadMatrix, KeyError, TypeError, AttributeError) as error:
        why = error.args[0] if isinstance(error, BadMatrix) else str(error)
        yield worded("{place}: {why}.", place="severity", why=why)


def _time_problems(document: PolicyDocument) -> Iterator[str]:
    for severity in SEVERITIES:
        if severity not in document.times:
            yield worded("times: the severity {severity} is missing.", severity=severity)
            continue
        for stage, duration in msgspec.to_builtins(document.times[severity]).items():
            yield from _duration(f"times of {severity}, {stage}", duration, may_be_none=True)
            if severity == "severe" and _is_business(duration):
                yield worded(
                    "times of severe, {stage}: severe runs on elapsed time, not on {duration}.",
                    stage=stage,
                    duration=duration,
                )


def _ladder_problems(document: PolicyDocument) -> Iterator[str]:
    escalation = document.escalation
    for number, step in enumerate(escalation.ladder):
        yield from _step_problems(f"escalation, step {number}", step)
    for duration in escalation.repeats:
        yield from _duration("escalation, repeats", duration)
    for severity in SEVERITIES:
        steps = [one for one in escalation.ladder if _serves(one, severity)]
        if not any(_reaches_the_top(one) for one in steps if not one.tiers):
            yield worded(
                "escalation: at {severity} no step reaches an executive or the board.",
                severity=severity,
            )


def _serves(step: Step, severity: str) -> bool:
    return not step.severities or severity in step.severities


def _reaches_the_top(step: Step) -> bool:
    return bool({"role:executive", "role:board"} & set(step.recipients))


def _step_problems(place: str, step: Step) -> Iterator[str]:
    yield from _offset_problems(place, step.offset)
    yield from _recipient_problems(place, step.recipients)
    for duration in step.repeats or []:
        yield from _duration(place, duration)
    yield from _unknown(place, "stage", step.stages, STAGES)
    yield from _unknown(place, "severity", step.severities, SEVERITIES)
    yield from _unknown(place, "obligation", [step.obligation], OBLIGATIONS)
    yield from _unknown(place, "tier", step.tiers, TIERS)


def _offset_problems(place: str, offset: str) -> Iterator[str]:
    if offset.startswith("+"):
        yield from _duration(place, offset.removeprefix("+"))
    elif not offset.endswith("%") or not offset.removesuffix("%").isdecimal():
        yield worded(
            "{place}: {offset!r} is no offset; write 50% or +1bd.", place=place, offset=offset
        )
    elif int(offset.removesuffix("%")) > 100:
        yield worded(
            "{place}: {offset} lies after the deadline; write +1bd.", place=place, offset=offset
        )


def _recipient_problems(place: str, recipients: list[str]) -> Iterator[str]:
    if not recipients:
        yield worded("{place}: nobody is told.", place=place)
    for expression in recipients:
        if expression not in RECIPIENTS and not expression.startswith(RECIPIENT_PREFIXES):
            yield worded(
                "{place}: nobody is called {expression!r}.", place=place, expression=expression
            )


def _unknown(place: str, what: str, words: list[str], known: tuple[str, ...]) -> Iterator[str]:
    for word in words:
        if word not in known:
            yield worded(
                "{place}: {word!r} is no {what}; use {known}.",
                place=place,
                word=word,
                what=what,
                known=", ".join(known),
            )


def _committee_problems(rules: CommitteeRules) -> Iterator[str]:
    yield from _share("committee, quorum", rules.quorum)
    majorities = [rules.majority, rules.majority_high, rules.majority_acceptance]
    yield from _unknown("committee", "majority", majorities, MAJORITIES)
    if not 0 < rules.minimum <= rules.minimum_high <= rules.seats:
        yield "committee: 0 < minimum <= minimum_high <= seats must hold."
    if rules.casting_vote and "simple" not in majorities[:2]:
        yield "committee: a casting vote breaks ties under the simple majority only (KOM-13)."
    if not 0 < rules.minimum_acceptance <= rules.seats:
        yield "committee: 0 < minimum_acceptance <= seats must hold."
    if rules.rounds < 1:
        yield "committee: at least one round is held before a matter goes up."
    for name in ("notice", "notice_urgent", "min_open", "min_open_urgent", "early_notice"):
        yield from _duration(f"committee, {name}", getattr(rules, name))
    yield from _duration("committee, open_for", rules.open_for)


def _level_charter_problems(place: str, charter: LevelCharter) -> Iterator[str]:
    yield from _share(f"{place}, quorum", charter.quorum)
    majorities = [charter.majority, charter.majority_high]
    yield from _unknown(place, "majority", majorities, MAJORITIES)
    if not 0 < charter.minimum <= charter.minimum_high:
        yield worded("{place}: 0 < minimum <= minimum_high must hold.", place=place)
    yield from _duration(f"{place}, open_for", charter.open_for, may_be_none=True)


def _limit_problems(document: PolicyDocument) -> Iterator[str]:
    for tier in TIERS:
        yield from _duration(f"limits, hold at {tier}", document.limits.hold.get(tier, "nothing"))
    yield from _multiple("limits, first_silence", document.limits.first_silence)
    if document.verification.windows < 1 or document.verification.fail_windows < 1:
        yield "verification: at least one window passes, and at least one fails."
    yield from _small_problems(document.small_cases)
    yield from _unknown("segregation", "tier", document.segregation.both_lines_at, TIERS)
    yield from _unknown(
        "verification", "counts_from", [document.verification.counts_from], COUNTS_FROM
    )
    durations = {
        "limits, reopen": document.limits.reopen,
        "watch, after": document.watch.after,
        "watch, third_within": document.watch.third_within,
        "verification, settle": document.verification.settle,
        "verification, stopped_for": document.verification.stopped_for,
        "verification, document_within": document.verification.document_within,
        "small_cases, recovered_for": document.small_cases.recovered_for,
        "small_cases, signature_fresh": document.small_cases.signature_fresh,
        "escalation, shortest_gap": document.escalation.shortest_gap,
    }
    for place, duration in durations.items():
        yield from _duration(place, duration)
    for name, duration in msgspec.to_builtins(document.actions).items():
        yield from _duration(f"actions, {name}", duration)


def _small_problems(small: SmallCases) -> Iterator[str]:
    if small.dismiss_persons not in (1, 2):
        yield "small_cases: one or two persons dismiss (dismiss_persons)."
    for case in small.cases:
        severity, _, tier = case.partition("/")
        yield from _unknown("small_cases", "severity", [severity], SEVERITIES)
        yield from _unknown("small_cases", "tier", [tier], TIERS)
        if severity in ("major", "severe") or tier == "high":
            yield worded(
                "small_cases: {case} takes the full form; major and high tier always do.", case=case
            )


def _duration(place: str, duration: str, *, may_be_none: bool = False) -> Iterator[str]:
    if may_be_none and not duration:
        return
    try:
        Duration.parse(duration)
    except BadDuration as error:
        yield worded("{place}: {why}.", place=place, why=error.args[0])


def _is_business(duration: str) -> bool:
    try:
        return bool(duration) and Duration.parse(duration).is_business
    except BadDuration:
        return False


def _multiple(place: str, text: str) -> Iterator[str]:
    """How many cadences of silence are a watch: an incident follows past three (EVA-07)."""
    try:
        multiple = Fraction(text)
    except (ValueError, ZeroDivisionError):
        yield worded(
            "{place}: {text!r} is no number of cadences; write 2 or 3/2.", place=place, text=text
        )
        return
    if not 1 <= multiple <= 3:
        yield worded(
            "{place}: from 1 to 3 cadences; past three a silence is an incident.", place=place
        )


def _share(place: str, text: str) -> Iterator[str]:
    try:
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        yield worded("{place}: {text!r} is no share; write 1/2 or 1.", place=place, text=text)
        return
    if not 0 <= share <= 1:
        yield worded("{place}: {text} is more than the whole.", place=place, text=text)
