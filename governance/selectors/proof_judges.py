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
from telemetry.models import DecisionEvent

NAMES = {"trend": "slide", "budget": "error budget", "pair": "guardrail"}
NO_LIMIT = Limits()


def judge_standing(window: VerificationWindow, rule: ProofRule, at: datetime) -> Judgement:
    """Judge by where the series stands under a slide, a budget or a pair.

    It passes with enough readings since the start while nothing fires; it fails when something
    fires anew, or still does at the end.
    """
    found = judged_by_readings(window, rule, at, limits=NO_LIMIT)
    rows = MeasuredStanding.objects.filter(kind=rule.judge, series_id=window.series_id or 0)
    standings = list(rows.select_related("look"))
    name = NAMES[rule.judge]
    fired = [one for one in standings if one.state in FIRED]
    if any(one.since > window.starts_at for one in fired):
        return _decided(found, Result.FAILED, f"Failed: the {name} fires anew.")
    over = at >= window.ends_at
    if fired and over:
        return _decided(found, Result.FAILED, f"Failed: the {name} still fires at the end.")
    is_clear = bool(standings) and all(one.state == "OK" for one in standings)
    if is_clear and found.result is Result.PASSED and _looked(window, rule, standings):
        return _decided(found, Result.PASSED, f"Passed: the {name} fires no more; {_told(found)}.")
    return _unknown(found, rule, over=over, why=_why(name, fired=bool(fired), clear=is_clear))


def judge_arrival(window: VerificationWindow, rule: ProofRule, at: datetime) -> Judgement:
    """Judge a source that was silent or broken: its readings come again and are good."""
    return judged_by_readings(window, rule, at, limits=NO_LIMIT)


def judge_versions(window: VerificationWindow, rule: ProofRule, at: datetime) -> Judgement:
    """Judge decisions: approved versions alone answer, from the start to the end of the proof."""
    incident, until = window.incident, min(at, window.ends_at)
    wrong = unapproved_between(incident=incident, since=window.starts_at, until=until)
    joined = incident.mismatches.filter(first_at__gte=window.starts_at).exists()
    if wrong or joined:
        words = f"Failed: {wrong} decisions by an unapproved version since the repair."
        return Judgement(Result.FAILED, outside=wrong, forecast=words)
    events = DecisionEvent.objects.filter(
        system_id=incident.system_id,
        environment=incident.environment,
        at__gte=window.starts_at,
        at__lte=until,
    ).count()
    least = max(rule.least_n, 1)
    told = f"{events} of {least} decisions, all by approved versions"
    if at < window.ends_at:
        words = f"Conclusive about {day_of(window.ends_at)}: {told}."
        return Judgement(Result.RUNNING, events, forecast=words, earliest_at=window.ends_at)
    if events < least:
        return Judgement(Result.INCONCLUSIVE, events, forecast=f"Inconclusive: {told}.")
    return Judgement(Result.PASSED, events, forecast=f"Passed: {told}.")


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


def _unknown(found: Judgement, rule: ProofRule, *, over: bool, why: str) -> Judgement:
    if over:
        words = f"Inconclusive: {why}, {_told(found)}, and the time is over."
        return _decided(found, Result.INCONCLUSIVE, words)
    told = f"{why[0].upper()}{why[1:]}; {_told(found)}."
    about = f" Conclusive about {day_of(found.earliest_at)}." if found.earliest_at else ""
    return replace(found, result=Result.RUNNING, forecast=told + about)


def _why(name: str, *, fired: bool, clear: bool) -> str:
    if fired:
        return f"the {name} still fires"
    return f"the {name} fires no more" if clear else f"nothing is known of the {name}"


def _told(found: Judgement) -> str:
    return f"{found.good} good readings since the start"
