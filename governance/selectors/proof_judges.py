"""Who judges a proof by the measure that the incident came from, where readings alone do not tell.

A slide, a budget and a pair are judged over many readings: their standing says whether they still
fire, the readings since the repair whether enough is known. Unknown is never a pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from governance.models import MeasuredStanding
from governance.rules.measured import FIRED
from governance.selectors.mismatches import unapproved_between
from incidents.models import VerificationWindow
from incidents.proof_judges import Judge
from incidents.rules.proofs import ProofRule
from incidents.rules.verification import Judgement, Limits, Result, day_of
from incidents.selectors.judging import judged_by_readings, measured_since
from ledger.rules.worded import joined, term, word, worded
from telemetry.models import DecisionEvent

FIRES, CLEAR, UNKNOWN = "fires", "clear", "unknown"
FIRES_ANEW = {
    "trend": "Failed: the slide fires anew.",
    "budget": "Failed: the error budget fires anew.",
    "pair": "Failed: the guardrail fires anew.",
}
FIRES_AT_THE_END = {
    "trend": "Failed: the slide still fires at the end.",
    "budget": "Failed: the error budget still fires at the end.",
    "pair": "Failed: the guardrail still fires at the end.",
}
STANDS = {
    ("trend", FIRES): word("the slide still fires"),
    ("trend", CLEAR): word("the slide fires no more"),
    ("trend", UNKNOWN): word("nothing is known of the slide"),
    ("budget", FIRES): word("the error budget still fires"),
    ("budget", CLEAR): word("the error budget fires no more"),
    ("budget", UNKNOWN): word("nothing is known of the error budget"),
    ("pair", FIRES): word("the guardrail still fires"),
    ("pair", CLEAR): word("the guardrail fires no more"),
    ("pair", UNKNOWN): word("nothing is known of the guardrail"),
}
"""Where a measure stands, within a sentence; by the judge and what is known."""
SO_FAR = {
    ("trend", FIRES): word("The slide still fires; {told}."),
    ("trend", CLEAR): word("The slide fires no more; {told}."),
    ("trend", UNKNOWN): word("Nothing is known of the slide; {told}."),
    ("budget", FIRES): word("The error budget still fires; {told}."),
    ("budget", CLEAR): word("The error budget fires no more; {told}."),
    ("budget", UNKNOWN): word("Nothing is known of the error budget; {told}."),
    ("pair", FIRES): word("The guardrail still fires; {told}."),
    ("pair", CLEAR): word("The guardrail fires no more; {told}."),
    ("pair", UNKNOWN): word("Nothing is known of the guardrail; {told}."),
}
"""The same as sentences, with how many readings there are."""
NO_LIMIT = Limits()


def judge_standing(window: VerificationWindow, rule: ProofRule, at: datetime) -> Judgement:
    """Judge by where the series stands under a slide, a budget or a pair.

    It passes with enough readings since the start while nothing fires; it fails when something
    fires anew, or still does at the end.
    """
    found = judged_by_readings(window, rule, at, limits=NO_LIMIT)
    rows = MeasuredStanding.objects.filter(kind=rule.judge, series_id=window.series_id or 0)
    standings = list(rows.select_related("look"))
    fired = [one for one in standings if one.state in FIRED]
    if any(one.since > window.starts_at for one in fired):
        return _decided(found, Result.FAILED, FIRES_ANEW[rule.judge])
    over = at >= window.ends_at
    if fired and over:
        return _decided(found, Result.FAILED, FIRES_AT_THE_END[rule.judge])
    is_clear = bool(standings) and all(one.state == "OK" for one in standings)
    if is_clear and found.result is Result.PASSED and _looked(window, rule, standings):
        return _decided(found, Result.PASSED, _passed(found, rule))
    how = FIRES if fired else CLEAR if is_clear else UNKNOWN
    return _unknown(found, over=over, stands=(rule.judge, how))


def judge_arrival(window: VerificationWindow, rule: ProofRule, at: datetime) -> Judgement:
    """Judge a source that was silent or broken: its readings come again and are good."""
    return judged_by_readings(window, rule, at, limits=NO_LIMIT)


def judge_versions(window: VerificationWindow, rule: ProofRule, at: datetime) -> Judgement:
    """Judge decisions: approved versions alone answer, from the start to the end of the proof."""
    incident, until = window.incident, min(at, window.ends_at)
    wrong = unapproved_between(incident=incident, since=window.starts_at, until=until)
    joined = incident.mismatches.filter(first_at__gte=window.starts_at).exists()
    if wrong or joined:
        words = worded(
            "Failed: {count} decisions by an unapproved version since the repair.", count=wrong
        )
        return Judgement(Result.FAILED, outside=wrong, forecast=words)
    events = DecisionEvent.objects.filter(
        system_id=incident.system_id,
        environment=incident.environment,
        at__gte=window.starts_at,
        at__lte=until,
    ).count()
    least = max(rule.least_n, 1)
    told = worded(
        "{events} of {least} decisions, all by approved versions", events=events, least=least
    )
    if at < window.ends_at:
        day = day_of(window.ends_at)
        words = worded("Conclusive about {day}: {standing}.", day=day, standing=told)
        return Judgement(Result.RUNNING, events, forecast=words, earliest_at=window.ends_at)
    if events < least:
        words = worded("Inconclusive: {told}.", told=told)
        return Judgement(Result.INCONCLUSIVE, events, forecast=words)
    return Judgement(Result.PASSED, events, forecast=worded("Passed: {told}.", told=told))


JUDGES: Mapping[str, Judge] = {
    "trend": judge_standing,
    "budget": judge_standing,
    "pair": judge_standing,
    "arrival": judge_arrival,
    "version": judge_versions,
}


def _looked(
    window: VerificationWindow, rule: ProofRule, standings: Sequence[MeasuredStanding]
) -> bool:
    """Whether every standing was judged with the newest reading of the proof known."""
    ends = [one.window_end for one in measured_since(window, rule) if one.good]
    if not ends:
        return False
    looks = [getattr(one, "look", None) for one in standings]
    return all(
        look is not None and look.window_end is not None and look.window_end >= max(ends)
        for look in looks
    )


def _decided(found: Judgement, result: Result, words: str) -> Judgement:
    return replace(found, result=result, forecast=words, earliest_at=None)


def _passed(found: Judgement, rule: ProofRule) -> str:
    what = term(STANDS[rule.judge, CLEAR])
    return worded("Passed: {what}; {told}.", what=what, told=_told(found))


def _unknown(found: Judgement, *, over: bool, stands: tuple[str, str]) -> Judgement:
    if over:
        words = worded(
            "Inconclusive: {what}, {told}, and the time is over.",
            what=term(STANDS[stands]),
            told=_told(found),
        )
        return _decided(found, Result.INCONCLUSIVE, words)
    words = worded(SO_FAR[stands], told=_told(found))
    if found.earliest_at:
        about = worded("Conclusive about {day}.", day=day_of(found.earliest_at))
        words = joined(" ", [words, about])
    return replace(found, result=Result.RUNNING, forecast=words)


def _told(found: Judgement) -> str:
    return worded("{good} good readings since the start", good=found.good)
