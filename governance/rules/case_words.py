"""What happened, in words with figures: the title and the summary of an incident or a watch."""

from dataclasses import dataclass
from datetime import datetime

from ledger.rules.worded import worded

SPANS = {604800: "week", 86400: "day", 3600: "hour", 60: "minute"}
DIFFERENCES = frozenset({"demographic_parity_difference", "equal_opportunity_difference"})
SHARES = frozenset({"ratio", "share"})
LONGEST_TITLE = 200
# Of what is judged over many readings the summary says the figures.
MEASURED_TITLES = {
    "trend": "{} slides towards its limit",
    "budget": "The error budget of {} runs out",
    "pair": "{} pays for a gain that it guards",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a breach. Shares are between 0 and 1; instants are UTC.

    `group`, `reference` and `positive` name the two groups of a fairness gap and the favourable
    answer, where the system's computation says them. `few`: it is of a group of fewer than ten, so
    that its figures are not told.
    """

    system: str
    kpi_id: str
    kpi: str
    unit: str
    segment: str
    kind: str
    state: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    direction: str
    warning: float | None
    critical: float | None
    instant_critical: float | None
    baseline: float | None
    window_seconds: int
    window_end: datetime | None
    version: str
    instant: bool = False
    group: str = ""
    reference: str = ""
    positive: str = ""
    few: bool = False


def title(facts: Facts) -> str:
    """Return the title: one plain sentence without the system's name, at most 200 characters."""
    if facts.kind == "silence":
        text = f"No readings of {_subject(facts)}{_since(facts)}"
    elif facts.kind in MEASURED_TITLES:
        text = MEASURED_TITLES[facts.kind].format(_subject(facts))
    elif facts.value is None:
        text = f"{_subject(facts)} is in breach"
    elif facts.kpi_id in DIFFERENCES and facts.group:
        text = _gap(facts)
    elif facts.unit == "count":
        text = f"{_subject(facts)}: {figure(facts.value, facts.unit)}{_span(facts, ' in a {}')}"
    else:
        moved = "fell" if _is_low(facts) else "rose"
        text = f"{_subject(facts)} {moved} to {figure(facts.value, facts.unit)}"
    return text[:LONGEST_TITLE]


def summary(facts: Facts) -> str:
    """Return what was read, how sure it is, where the limits lie, and what it was before."""
    if facts.kind == "silence":
        return worded(
            "{system} has sent no valid reading of {subject}{since}. What "
            "has not been heard is not known to be good.",
            system=facts.system,
            subject=_subject(facts),
            since=_since(facts),
        )
    sentences = [_reading(facts), _limits(facts), _before(facts)]
    return " ".join(sentence for sentence in sentences if sentence)


def figure(value: float, unit: str) -> str:
    """Return a number as a reader says it: a share as per cent, a count as a whole number."""
    if unit in SHARES:
        return f"{_short(value * 100)} %"
    if unit == "count":
        return _short(value)
    return f"{_short(value)} {unit}"


def points(value: float) -> str:
    """Return a difference of two shares in points."""
    text = _short(abs(value) * 100, digits=0 if abs(value) >= 0.1 else 1)
    return f"{text} point" if text == "1" else f"{text} points"


def group_words(name: str) -> str:
    """Return the name of a group or segment as words: 'age_group=under_23' as 'under 23'."""
    return name.rpartition("=")[2].replace("_", " ")


def _gap(facts: Facts) -> str:
    value = facts.value or 0.0
    often = "less often" if value > 0 else "more often"
    answer = f"'{facts.positive}'" if facts.positive else "the favourable answer"
    return worded(
        "{group_words} got {answer} {points} {often} than {group_words_2}",
        group_words=group_words(facts.group).capitalize(),
        answer=answer,
        points=points(value),
        often=often,
        group_words_2=group_words(facts.reference) or "the others",
    )


def _reading(facts: Facts) -> str:
    if facts.few:
        return worded(
            "{subject} of {system} is in breach. Its group has fewer than 10 cases: no figure "
            "of it is shown.",
            subject=_subject(facts),
            system=facts.system,
        )
    if facts.value is None:
        return ""
    value = points(facts.value) if _is_difference(facts) else figure(facts.value, facts.unit)
    who = f"version {facts.version} of {facts.system}" if facts.version else facts.system
    told = f"{_when(facts)}{who} stood at {value} in {_subject(facts)}"
    told = told[0].upper() + told[1:]
    if facts.n:
        told += f", from {facts.n:,} cases"
    if facts.low is not None and facts.high is not None:
        told += f", 95 % interval {_interval(facts, facts.low, facts.high)}"
    return f"{told}."


def _limits(facts: Facts) -> str:
    limit, name = _limit(facts)
    # On which side of two limits it lies is told by its figure alone.
    if limit is None or (facts.few and facts.direction == "outside"):
        return ""
    side = "below" if _is_low(facts) else "above"
    return worded(
        "{name} is {amount} or {side}.", name=name, amount=_amount(facts, limit), side=side
    )


def _before(facts: Facts) -> str:
    if facts.baseline is None:
        return ""
    return worded("The baseline is {amount}.", amount=_amount(facts, facts.baseline))


def _limit(facts: Facts) -> tuple[float | None, str]:
    if facts.instant and facts.instant_critical is not None:
        return facts.instant_critical, "At once critical"
    if facts.state == "CRITICAL" and facts.critical is not None:
        return facts.critical, "Critical"
    return facts.warning, "Warning"


def _amount(facts: Facts, value: float) -> str:
    if _is_difference(facts):
        return ("minus " if value < 0 else "") + points(value)
    return figure(value, facts.unit)


def _interval(facts: Facts, low: float, high: float) -> str:
    if facts.unit in SHARES:
        return f"{_short(low * 100)} to {_short(high * 100)}"
    return f"{_short(low)} to {_short(high)}"


def _is_difference(facts: Facts) -> bool:
    return facts.kpi_id in DIFFERENCES


def _is_low(facts: Facts) -> bool:
    if facts.direction == "outside" and facts.value is not None and facts.warning is not None:
        return facts.value < facts.warning
    return facts.direction == "below"


def _subject(facts: Facts) -> str:
    if not facts.segment:
        return facts.kpi
    return f"{facts.kpi} for {group_words(facts.segment)}"


def _when(facts: Facts) -> str:
    if facts.window_end is None:
        return ""
    return worded(
        "in the {facts} to {window_end}, ",
        facts=_span(facts, "{}") or "window",
        window_end=_day(facts.window_end),
    )


def _since(facts: Facts) -> str:
    return f" since {_day(facts.window_end)}" if facts.window_end is not None else ""


def _span(facts: Facts, form: str) -> str:
    name = SPANS.get(facts.window_seconds)
    return form.format(name) if name else ""


def _day(instant: datetime) -> str:
    text = f"{instant.day} {instant:%B %Y}"
    is_midnight = (instant.hour, instant.minute) == (0, 0)
    return text if is_midnight else f"{text} {instant:%H:%M} UTC"


def _short(value: float, digits: int = 1) -> str:
    text = f"{value:,.{digits}f}"
    return text.removesuffix(".0") if digits else text
