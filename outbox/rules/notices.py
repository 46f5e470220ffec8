"""When notices go out, and together with which others (workflow section 9). Pure rules.

What one reader is waiting for is bundled; beyond a ceiling it becomes a digest; in a storm of all
readers it becomes summaries. Nothing is ever dropped: a notice goes alone or is carried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

KINDS: dict[str, str] = {
    "task": "Something waits for you",
    "reminder": "Something that waits for you is late, or has come up to you",
    "mention": "Somebody names you in a comment",
    "information": "For your information",
}
"""What notices are about; a reader says for each how to hear of it."""

URGENT_SEVERITIES = frozenset({"major", "severe"})


@dataclass(frozen=True, slots=True)
class NoticePolicy:
    """How long notices wait for others, and how many may go to one reader, or to all.

    `ceiling` messages in `ceiling_window` to one reader; `storm` notices to anybody within
    `storm_window` are a storm, in which a reader gets one summary in `summary_every`. Of one group
    a reader hears once in `group_every`, of anything that is not urgent once in `least_interval`.
    """

    bundle: timedelta = timedelta(minutes=2)
    least_interval: timedelta = timedelta(minutes=1)
    group_every: timedelta = timedelta(minutes=15)
    ceiling: int = 20
    ceiling_window: timedelta = timedelta(hours=1)
    storm: int = 200
    storm_window: timedelta = timedelta(minutes=1)
    summary_every: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that waits. `in_digest`: it was put off to the digest whose time has come."""

    id: UUID
    kind: str
    created_at: datetime
    due_at: datetime | None = None
    group: str = ""
    in_digest: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """What is known of the reader: their hour, their choices, what they got lately.

    `recent` are the instants of what went to them within the ceiling's window.
    """

    zone: str = "UTC"
    digest_hour: int = 8
    digest_kinds: frozenset[str] = frozenset()
    product_kinds: frozenset[str] = frozenset()
    recent: tuple[datetime, ...] = ()
    last_at: datetime | None = None
    groups: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """Until when a notice is put off; with `in_digest` it goes with the digest then."""

    at: datetime
    in_digest: bool = False


@dataclass(slots=True)
class Sorted:
    """What goes now, in which form ('single', 'bundle', 'digest', 'summary'), and what later.

    `here` stands in the product and goes nowhere: its reader wanted that.
    """

    now: list[UUID] = field(default_factory=list)
    here: list[UUID] = field(default_factory=list)
    form: str = "single"
    later: dict[UUID, Later] = field(default_factory=dict)


def sort_for_reader(
    waiting: Sequence[Waiting], reader: Reader, policy: NoticePolicy, *, storm: bool, at: datetime
) -> Sorted:
    """Decide on what waits for one reader. Each notice is in `now`, in `later` or in `here`."""
    found = Sorted(here=[one.id for one in waiting if one.kind in reader.product_kinds])
    waiting = [one for one in waiting if one.kind not in reader.product_kinds]
    digest = [one for one in waiting if one.in_digest]
    others = _put_off_singly(
        found, [one for one in waiting if not one.in_digest], reader, policy, at
    )
    later = None if not others else _put_off_together(others, reader, policy, storm=storm, at=at)
    if later is not None:
        found.later.update(dict.fromkeys((one.id for one in others), later))
        others = []
    found.now = [one.id for one in (*digest, *others)]
    found.form = _form(found.now, digest=bool(digest), storm=storm)
    return found


def _put_off_singly(
    found: Sorted,
    waiting: Sequence[Waiting],
    reader: Reader,
    policy: NoticePolicy,
    at: datetime,
) -> list[Waiting]:
    """Put off what its reader wants in the digest, and what its group has to wait with."""
    left = []
    for one in waiting:
        free = reader.groups[one.group] + policy.group_every if one.group in reader.groups else at
        if one.kind in reader.digest_kinds:
            found.later[one.id] = Later(digest_at(reader, after=at), in_digest=True)
        elif free > at:
            found.later[one.id] = Later(free)
        else:
            left.append(one)
    return left


def _put_off_together(
    waiting: Sequence[Waiting],
    reader: Reader,
    policy: NoticePolicy,
    *,
    storm: bool,
    at: datetime,
) -> Later | None:
    """Return until when all wait, or None if they go now."""
    opens = min(one.created_at for one in waiting) + policy.bundle
    if reader.last_at is not None:
        gap = policy.summary_every if storm else policy.least_interval
        opens = max(opens, reader.last_at + gap)
    if opens > at:
        return Later(opens)
    if len(reader.recent) < policy.ceiling or storm:
        return None
    return _in_digest(waiting, reader, policy, at)


def _in_digest(
    waiting: Sequence[Waiting], reader: Reader, policy: NoticePolicy, at: datetime
) -> Later:
    """Put off to the reader's hour, or to the end of the window where a deadline comes before."""
    hour = digest_at(reader, after=at)
    if all(one.due_at is None or one.due_at > hour for one in waiting):
        return Later(hour, in_digest=True)
    free = min(reader.recent) + policy.ceiling_window
    return Later(max(min(hour, free), at + policy.least_interval), in_digest=True)


def _form(now: Sequence[UUID], *, digest: bool, storm: bool) -> str:
    if digest:
        return "digest"
    if storm and now:
        return "summary"
    return "bundle" if len(now) > 1 else "single"


def digest_at(reader: Reader, *, after: datetime) -> datetime:
    """Return the next instant of the reader's hour on their own clock, in UTC."""
    zone = ZoneInfo(reader.zone)
    day = after.astimezone(zone).date()
    hour = time(reader.digest_hour)
    found = datetime.combine(day, hour, zone).astimezone(UTC)
    if found > after:
        return found
    return datetime.combine(day + timedelta(days=1), hour, zone).astimezone(UTC)


def is_storm(*, counted: int, stands: bool, policy: NoticePolicy) -> bool:
    """Whether so many notices within the window are a storm; one that stands ends at half."""
    return counted >= (policy.storm // 2 if stands else policy.storm)
