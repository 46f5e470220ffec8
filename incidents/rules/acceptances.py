"""Accepting a risk until a date: what is asked for, for how long, how often, and what voids it.

Workflow section 6. Validity is computed from instants, never from what a job has recorded: an
acceptance is valid only within [from, until) and before the first event that voids it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from incidents.rules.fields import Field, read_fields
from incidents.rules.segregation import PastAct
from ledger.rules.worded import as_moment, term, word, worded
from outbox.rules.durations import Duration

TREATMENTS = (
    ("accept", "Accept it as it is"),
    ("avoid", "Avoid it: what causes it is left out"),
    ("mitigate", "Mitigate it by controls"),
    ("fix", "Fix it by a later version"),
    ("transfer", "Transfer it by contract or insurance"),
)
EXPIRED = "expired"
GROUNDS = (
    (EXPIRED, "its time is over"),
    ("limit_exceeded", "a reading is beyond its limit"),
    ("worse_band", "the breach got worse"),
    ("new_version", "a version outside its scope is live"),
    ("condition_overdue", "a condition is overdue"),
    ("law_change", "the rules that it rests on have changed"),
    ("owner_left", "its owner has left without a successor"),
)
ENDINGS = (
    ("renewed", "it was renewed"),
    ("fulfilled", "the risk was removed"),
    ("decided_otherwise", "something else was decided"),
    ("withdrawn", "the incident was withdrawn"),
)
"""How an acceptance ends without having been void."""
GROUND_WORDS = dict((*GROUNDS, *ENDINGS))
REVIEWED = "reviewed"
"""Brought back to the decision by a person; voids nothing by itself."""

FIELDS: tuple[Field, ...] = (
    Field("treatment", "What is done about the risk", "choice", choices=TREATMENTS),
    Field("residual_risk", "What risk remains, for whom", longest=4000),
    Field("controls", "Which controls hold it", longest=4000),
    Field("versions", "For which versions", "list", hint="Labels of versions."),
    Field("environment", "In which environment", required=False, longest=30),
    Field("kpi", "For which KPI", required=False, longest=80),
    Field("segment", "For which segment", required=False, longest=80),
    Field("limit_value", "Beyond which value it is void", required=False, longest=40),
    Field("limit_words", "Limit in words, where nothing is measured", required=False, longest=400),
    Field("owner_id", "Who owns the risk", "uuid"),
    Field("until_at", "Until when", "instant"),
    Field("proposal", "Number of the proposal", required=False, longest=20),
)
"""What an acceptance says, as plain data; a motion's parameters and a proposal have the same."""

LONGEST = {"low": "180d", "medium": "90d", "high": "45d"}
LONGEST_RIGHTS = "30d"
RENEWALS = 1
NOTICES = "30d 14d 7d 1d"
OUTER = timedelta(days=366)
"""No policy allows longer; the database refuses it too."""

RIGHTS, BOUNDARY, PROHIBITED = "fairness", "boundary", "prohibited"
NEVER = {
    PROHIBITED: "A prohibited practice is never accepted: suspend or retire the system.",
    BOUNDARY: "An executed boundary violation is never accepted (its longest time is 0 days): "
    "suspend, restrict or retire the system, or roll it back.",
}


def acceptance_faults(
    values: Mapping[str, Any], limits: Mapping[str, str], tier: str, kind: str, at: datetime
) -> dict[str, str]:
    """Return what is wrong with an acceptance that would begin at `at`, by field; {} for nothing.

    `values` are those of `FIELDS`. `limits` are `plan.limits`, `tier` the risk tier, `kind` the
    kind of the incident as `selectors.acceptances.kind_of` says it: 'fairness' where rights are
    affected, 'boundary' for an executed violation, 'prohibited' for a prohibited practice.
    """
    if kind in NEVER:
        return {"treatment": NEVER[kind]}
    read, faults = read_fields(FIELDS, values)
    if "until_at" not in faults:
        faults |= _time_faults(read["until_at"], limits, tier, kind, at)
    return faults | _scope_faults(read, faults) | _limit_faults(read, faults)


def longest_time(limits: Mapping[str, str], *, tier: str, kind: str) -> timedelta:
    """Return for how long a risk may be accepted at most; 0 for what never may."""
    if kind in NEVER:
        return timedelta(0)
    longest = limits.get("acceptance_longest") or LONGEST.get(tier, LONGEST["high"])
    spans = [_span(longest), OUTER]
    if kind == RIGHTS:
        spans.append(_span(limits.get("acceptance_longest_rights") or LONGEST_RIGHTS))
    return min(spans)


def level_needed(*, renewals: int, limits: Mapping[str, str]) -> int:
    """Return how many levels above the usual one decide on a renewal; 0 for the usual level.

    `renewals` is the number that the new acceptance would have: 0 for a first one. After the
    allowed renewals each further one goes up by one.
    """
    allowed = limits.get("acceptance_renewals") or str(RENEWALS)
    return max(0, renewals - int(allowed))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that ends an acceptance: its ground, and the instant from which it counts."""

    ground: str
    since: datetime
    words: str = ""


@dataclass(frozen=True, slots=True)
class Validity:
    """Whether an acceptance is valid at an instant; else since when not, and on which ground."""

    valid: bool
    ground: str = ""
    since: datetime | None = None
    words: str = ""


def validity(
    *, from_at: datetime, until_at: datetime, events: Iterable[Event], at: datetime
) -> Validity:
    """Return whether an acceptance is valid at `at`: only within [from, until), with no event yet.

    Of several events the earliest counts. No job takes part in it (F27).
    """
    if at < from_at:
        return Validity(False, "not_begun", None, word("it has not begun"))
    known = [Event(EXPIRED, until_at, GROUND_WORDS[EXPIRED]), *events]
    past = [one for one in known if one.since <= at]
    if not past:
        return Validity(True)
    first = min(past, key=lambda one: one.since)
    since = max(first.since, from_at)
    return Validity(False, first.ground, since, first.words or GROUND_WORDS.get(first.ground, ""))


def review_at(from_at: datetime, until_at: datetime) -> datetime:
    """Return the half of an acceptance's term, at which it is reviewed; in elapsed time."""
    return from_at + (until_at - from_at) // 2


def notice_instants(
    from_at: datetime, until_at: datetime, limits: Mapping[str, str]
) -> list[tuple[str, datetime]]:
    """Return (text, instant) of each notice before the expiry that lies within the term."""
    texts = (limits.get("acceptance_notices") or NOTICES).split()
    found = [(text, until_at - _span(text)) for text in texts]
    return [(text, instant) for text, instant in found if instant > from_at]


def is_beyond(value: float, limit: float, *, direction: str) -> bool:
    """Whether a reading is beyond the limit of an acceptance; the limit itself is within.

    `direction` is where a breach of the KPI lies: 'above', 'below', or 'outside' (by distance from
    nought).
    """
    if direction == "below":
        return value < limit
    if direction == "outside":
        return abs(value) > abs(limit)
    return value > limit


def scope_words(scope: Mapping[str, Any]) -> str:
    """Return a scope as a sentence part: versions, KPI, segment, environment."""
    parts = [f"version {', '.join(scope.get('versions') or ()) or 'any'}"]
    parts += [f"KPI {scope['kpi']}"] if scope.get("kpi") else []
    parts += [f"segment {scope['segment']}"] if scope.get("segment") else []
    parts += [f"in {scope['environment']}"] if scope.get("environment") else []
    return ", ".join(parts)


def acts_of_motion(actions: Iterable[Mapping[str, Any]], proposed_by: UUID | None) -> list[PastAct]:
    """Return the parts that a motion to accept a risk makes: who owns the risk, who proposes it.

    Neither of them approves it (workflow section 6, 'Separation'); other motions make none.
    """
    found = []
    for action in actions:
        if action.get("type") != "accept_risk":
            continue
        owner = _owner_in(action.get("parameters") or {})
        found += [PastAct(owner, "owns_risk")] if owner else []
        found += [PastAct(proposed_by, "proposed_risk")] if proposed_by else []
    return found


def number_in(text: str | None) -> float | None:
    """Return a limit as a number, None where it is none or is not finite."""
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if abs(found) < FAR else None


FAR = 1e15
LONGEST_WHERE_RIGHTS = (
    "At most {days} days where fairness or rights are affected: until {last} at the latest."
)
LONGEST_OF_TIER = "At most {days} days at {tier} tier: until {last} at the latest."


def _owner_in(parameters: Mapping[str, Any]) -> UUID | None:
    try:
        return UUID(str(parameters.get("owner_id") or ""))
    except ValueError:
        return None


def _span(text: str) -> timedelta:
    return timedelta(seconds=int(Duration.parse(text).seconds(standard_day=86400)))


def _time_faults(
    until_at: datetime, limits: Mapping[str, str], tier: str, kind: str, at: datetime
) -> dict[str, str]:
    if until_at <= at:
        return {"until_at": "An acceptance ends in the future."}
    longest = longest_time(limits, tier=tier, kind=kind)
    if until_at - at <= longest:
        return {}
    last = (at + longest).astimezone(UTC)
    until = f"{last.day} {last:%B %Y %H:%M} UTC"
    named = {
        "days": longest.days,
        "last": as_moment(until, at=last, form="INSTANT_WORDS_ZONED"),
    }
    if kind == RIGHTS:
        return {"until_at": worded(LONGEST_WHERE_RIGHTS, **named)}
    return {"until_at": worded(LONGEST_OF_TIER, tier=term(tier.title(), lowered=True), **named)}


def _scope_faults(read: Mapping[str, Any], faults: Mapping[str, str]) -> dict[str, str]:
    if "versions" in faults:
        return {}
    labels: Sequence[Any] = read["versions"] or ()
    if labels and all(_is_label(one) for one in labels) and len(labels) <= MOST_VERSIONS:
        return {}
    return {
        "versions": worded(
            "Name between one and {most_versions} versions by their labels.",
            most_versions=MOST_VERSIONS,
        )
    }


MOST_VERSIONS = 20
LONGEST_LABEL = 80


def _is_label(value: Any) -> bool:
    return (
        isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_LABEL and "\x00" not in value
    )


def _limit_faults(read: Mapping[str, Any], faults: Mapping[str, str]) -> dict[str, str]:
    if {"limit_value", "limit_words", "kpi"} & faults.keys():
        return {}
    given = read.get("limit_value")
    if given and number_in(given) is None:
        return {"limit_value": "This is a number, written with a point."}
    if read.get("kpi") and not given:
        return {"limit_value": "Say beyond which value of the KPI the acceptance is void."}
    if not given and not read.get("limit_words"):
        return {"limit_words": "Say in words what would go beyond what is accepted."}
    return {}
