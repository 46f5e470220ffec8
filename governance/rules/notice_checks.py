"""What makes the part on notices of a policy unworkable, each in a sentence."""

from collections.abc import Iterator
from datetime import timedelta

from governance.rules.policy_parts.notices import Notices
from ledger.rules.worded import worded
from outbox.rules.durations import BadDuration, Duration
from outbox.rules.notices import NoticePolicy

DURATIONS = (
    "bundle",
    "least_interval",
    "group_every",
    "ceiling_window",
    "storm_window",
    "summary_every",
)
LEAST = {
    "least_interval": timedelta(seconds=5),
    "group_every": timedelta(seconds=30),
    "ceiling_window": timedelta(minutes=1),
    "storm_window": timedelta(seconds=10),
    "summary_every": timedelta(minutes=1),
}
LONGEST = {
    "bundle": timedelta(minutes=15),
    "least_interval": timedelta(minutes=15),
    "group_every": timedelta(hours=4),
    "ceiling_window": timedelta(days=1),
    "storm_window": timedelta(hours=1),
    "summary_every": timedelta(hours=1),
}
LEAST_STORM = 10
FOREVER = 10**9


def notice_problems(notices: Notices) -> Iterator[str]:
    """Yield what is wrong: no duration, shorter than the hard minimum, so long that it silences."""
    for name in DURATIONS:
        yield from _duration_problems(name, getattr(notices, name))
    if notices.ceiling < 1:
        yield "notices, ceiling: a reader gets at least one."
    if notices.storm < LEAST_STORM:
        yield worded(
            "notices, storm: fewer than {least_storm} notices are no storm.",
            least_storm=LEAST_STORM,
        )


def _duration_problems(name: str, text: str) -> Iterator[str]:
    try:
        written = Duration.parse(text)
    except BadDuration as error:
        yield worded("{place}: {why}.", place=f"notices, {name}", why=error.args[0])
        return
    if written.is_business:
        yield worded(
            "notices, {name}: notices run on elapsed time, not on {text}.", name=name, text=text
        )
        return
    asked = written.seconds()
    length = timedelta(seconds=FOREVER if asked > FOREVER else float(asked))
    if length < LEAST.get(name, timedelta(0)):
        yield worded(
            "notices, {name}: {text} is shorter than {total_seconds:.0f}s.",
            name=name,
            text=text,
            total_seconds=LEAST[name].total_seconds(),
        )
    if length > LONGEST[name]:
        yield worded(
            "notices, {name}: {text} is longer than {total_seconds:.0f}min.",
            name=name,
            text=text,
            total_seconds=LONGEST[name].total_seconds() / 60,
        )


def notice_policy_of(notices: Notices) -> NoticePolicy:
    """Return the values that the outbox works with."""
    lengths = {
        name: timedelta(seconds=float(Duration.parse(getattr(notices, name)).seconds()))
        for name in DURATIONS
    }
    return NoticePolicy(ceiling=notices.ceiling, storm=notices.storm, **lengths)
