"""What happened, in words with figures: the title and the summary of an incident or a watch."""

from dataclasses import dataclass
from datetime import datetime

from ledger.rules.worded import joined, titled, word, worded

SPANS = {604800: word("week"), 86400: word("day"), 3600: word("hour"), 60: word("minute")}
DIFFERENCES = frozenset({"demographic_parity_difference", "equal_opportunity_difference"})
SHARES = frozenset({"ratio", "share"})
LONGEST_TITLE = 200
READINGS = {
    (False, False): word("{whose} stood at {value} in {subject}."),
    (True, False): word("{whose} stood at {value} in {subject}, from {size} cases."),
    (False, True): word("{whose} stood at {value} in {subject}, 95 % interval {low} to {high}."),
    (True, True): word(
        "{whose} stood at {value} in {subject}, from {size} cases, 95 % interval {low} to {high}."
    ),
}
"""What was read, by whether the number of cases and the interval are known."""
READINGS_OF_SPAN = {
    (False, False): word("In the {span} to {end}, {whose} stood at {value} in {subject}."),
    (True, False): word(
        "In the {span} to {end}, {whose} stood at {value} in {subject}, from {size} cases."
    ),
    (False, True): word(
        "In the {span} to {end}, {whose} stood at {value} in {subject}, 95 % interval {low} to "
        "{high}."
    ),
    (True, True): word(
        "In the {span} to {end}, {whose} stood at {value} in {subject}, from {size} cases, 95 % "
        "interval {low} to {high}."
    ),
}
"""As READINGS, of a window that ended."""
LIMITS = {
    ("At once critical", True): word("At once critical is {amount} or below."),
    ("At once critical", False): word("At once critical is {amount} or above."),
    ("Critical", True): word("Critical is {amount} or below."),
    ("Critical", False): word("Critical is {amount} or above."),
    ("Warning", True): word("Warning is {amount} or below."),
    ("Warning", False): word("Warning is {amount} or above."),
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
    return _title(facts)[:LONGEST_TITLE]


def _title(facts: Facts) -> str:
    subject = _subject(facts)
    # Of what is judged over many readings the summary says the figures.
    whole = {
        "silence": _silence(facts, subject),
        "trend": titled("{subject} slides towards its limit", subject=subject),
        "budget": titled("The error budget of {subject} runs out", subject=subject),
        "pair": titled("{subject} pays for a gain that it guards", subject=subject),
    }
    if facts.kind in whole:
        return whole[facts.kind]
    if facts.value is None:
        return titled("{subject} is in breach", subject=subject)
    if facts.kpi_id in DIFFERENCES and facts.group:
        return _gap(facts, facts.value)
    amount = figure(facts.value, facts.unit)
    if facts.unit == "count":
        return _counted(facts.window_seconds, subject, amount)
    if _is_low(facts):
        return titled("{subject} fell to {amount}", subject=subject, amount=amount)
    return titled("{subject} rose to {amount}", subject=subject, amount=amount)


def summary(facts: Facts) -> str:
    """Return what was read, how sure it is, where the limits lie, and what it was before."""
    if facts.kind == "silence":
        sentences = [_unheard(facts), "What has not been heard is not known to be good."]
    elif facts.few:
        sentences = [*_of_few(facts), _limits(facts), _before(facts)]
    else:
        sentences = [_reading(facts), _limits(facts), _before(facts)]
    return joined(" ", [sentence for sentence in sentences if sentence])


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


def _silence(facts: Facts, subject: str) -> str:
    if facts.window_end is None:
        return titled("No readings of {subject}", subject=subject)
    since = _day(facts.window_end)
    return titled("No readings of {subject} since {since}", subject=subject, since=since)


def _counted(window_seconds: int, subject: str, amount: str) -> str:
    said = {"subject": subject, "amount": amount}
    spans = {
        604800: titled("{subject}: {amount} in a week", **said),
        86400: titled("{subject}: {amount} in a day", **said),
        3600: titled("{subject}: {amount} in an hour", **said),
        60: titled("{subject}: {amount} in a minute", **said),
    }
    return spans.get(window_seconds) or titled("{subject}: {amount}", **said)


def _gap(facts: Facts, value: float) -> str:
    said = {
        "group": group_words(facts.group).capitalize(),
        "answer": f"'{facts.positive}'" if facts.positive else word("the favourable answer"),
        "amount": points(value),
        "others": group_words(facts.reference) or word("the others"),
    }
    if value > 0:
        return titled("{group} got {answer} {amount} less often than {others}", **said)
    return titled("{group} got {answer} {amount} more often than {others}", **said)


def _unheard(facts: Facts) -> str:
    said = {"system": facts.system, "subject": _subject(facts)}
    if facts.window_end is None:
        return worded("{system} has sent no valid reading of {subject}.", **said)
    since = _day(facts.window_end)
    return worded(
        "{system} has sent no valid reading of {subject} since {since}.", since=since, **said
    )


def _of_few(facts: Facts) -> list[str]:
    said = {"subject": _subject(facts), "system": facts.system}
    return [
        worded("{subject} of {system} is in breach.", **said),
        "Its group has fewer than 10 cases: no figure of it is shown.",
    ]


def _reading(facts: Facts) -> str:
    """Say what was read, of how many cases, how sure it is: one sentence, found again as one."""
    if facts.value is None:
        return ""
    value = points(facts.value) if _is_difference(facts) else figure(facts.value, facts.unit)
    said = {
        "whose": _whose(facts),
        "value": value,
        "subject": _subject(facts),
        "size": f"{facts.n:,}" if facts.n else "",
    }
    if facts.low is not None and facts.high is not None:
        said["low"], said["high"] = _end(facts, facts.low), _end(facts, facts.high)
    if facts.window_end is None:
        return worded(READINGS[bool(facts.n), "low" in said], **said)
    said |= {"span": SPANS.get(facts.window_seconds, word("window")), "end": _day(facts.window_end)}
    return worded(READINGS_OF_SPAN[bool(facts.n), "low" in said], **said)


def _whose(facts: Facts) -> str:
    if not facts.version:
        return facts.system
    said = {"version": facts.version, "system": facts.system}
    if facts.window_end is None:
        return worded("Version {version} of {system}", **said)
    return worded("version {version} of {system}", **said)


def _limits(facts: Facts) -> str:
    limit, name = _limit(facts)
    # On which side of two limits it lies is told by its figure alone.
    if limit is None or (facts.few and facts.direction == "outside"):
        return ""
    return worded(LIMITS[name, _is_low(facts)], amount=_amount(facts, limit))


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


def _end(facts: Facts, value: float) -> str:
    return _short(value * 100 if facts.unit in SHARES else value)


def _is_difference(facts: Facts) -> bool:
    return facts.kpi_id in DIFFERENCES


def _is_low(facts: Facts) -> bool:
    if facts.direction == "outside" and facts.value is not None and facts.warning is not None:
        return facts.value < facts.warning
    return facts.direction == "below"


def _subject(facts: Facts) -> str:
    if not facts.segment:
        return facts.kpi
    return titled("{kpi} for {group}", kpi=facts.kpi, group=group_words(facts.segment))


def _day(instant: datetime) -> str:
    text = f"{instant.day} {instant:%B %Y}"
    is_midnight = (instant.hour, instant.minute) == (0, 0)
    return text if is_midnight else f"{text} {instant:%H:%M} UTC"


def _short(value: float, digits: int = 1) -> str:
    text = f"{value:,.{digits}f}"
    return text.removesuffix(".0") if digits else text
