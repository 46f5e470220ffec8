"""The desk in words: its first line, what else there is, the heads of its groups."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from governance.selectors.pages.together import when_words
from reports.rules.desk import Headline
from reports.rules.desk_situation import Sharing, Situation

TITLES: Mapping[str, Promise] = {
    "today": gettext_lazy("Needs you today"),
    "later": gettext_lazy("Needs you"),
    "others": gettext_lazy("Somebody has it"),
    "watches": gettext_lazy("Watch"),
}


def headline_of(found: Situation, *, also: int, zone: ZoneInfo, at: datetime) -> Headline:
    """Say the situation: '12 breaches, 3 causes: 9 share a feed that stopped at 02:10; …'.

    `also` is how many other things wait for the reader.
    """
    if not found.breaches:
        return Headline(_quiet(also))
    if found.breaches == 1:
        return Headline(_of_one(found))
    breaches = ngettext("%(count)d breach", "%(count)d breaches", found.breaches)
    causes = ngettext("%(count)d cause", "%(count)d causes", found.causes)
    lead = _("%(breaches)s, %(causes)s:") % {
        "breaches": breaches % {"count": found.breaches},
        "causes": causes % {"count": found.causes},
    }
    clauses = "; ".join(_clauses(found, zone, at))
    return Headline(lead, _("%(clauses)s.") % {"clauses": clauses})


def say_of(found: Situation, *, also: int) -> str:
    """Say what the first line leaves out: whether anything is the reader's, and what else waits."""
    if not found.breaches:
        return "" if also else _("No incident or watch is open in the systems that you see.")
    parts = [] if found.needs_reader else [_("None of them needs you.")]
    if also:
        more = ngettext(
            "%(count)d other thing waits for you.", "%(count)d other things wait for you.", also
        )
        parts.append(more % {"count": also})
    return " ".join(parts)


def _quiet(also: int) -> str:
    if not also:
        return _("Nothing waits for you.")
    words = ngettext(
        "No breach is open; %(count)d other thing waits for you.",
        "No breach is open; %(count)d other things wait for you.",
        also,
    )
    return words % {"count": also}


def _of_one(found: Situation) -> str:
    if found.asked:
        return _("1 breach: it is a watch that asks you for one line.")
    if found.watches:
        return _("1 breach: it is a watch.")
    if found.today:
        return _("1 breach: it needs you today.")
    return _("1 breach: it needs you later.") if found.later else _("1 breach: somebody has it.")


def _clauses(found: Situation, zone: ZoneInfo, at: datetime) -> Iterator[str]:
    for one in found.shared:
        yield _shares(one, zone, at)
    told = any(one.mine for one in found.shared)
    if found.today:
        yield _today(found.today, told=told)
    if found.later:
        later = ngettext("%(count)d needs you later", "%(count)d need you later", found.later)
        yield later % {"count": found.later}
    if found.others:
        others = ngettext(
            "somebody has %(count)d of them", "somebody has %(count)d of them", found.others
        )
        yield others % {"count": found.others}
    yield from _watches(found.watches, found.asked)


def _shares(one: Sharing, zone: ZoneInfo, at: datetime) -> str:
    words = (
        ngettext(
            "%(count)d shares a feed that stopped %(when)s and waits for you",
            "%(count)d share a feed that stopped %(when)s and wait for you",
            one.breaches,
        )
        if one.mine
        else ngettext(
            "%(count)d shares a feed that stopped %(when)s",
            "%(count)d share a feed that stopped %(when)s",
            one.breaches,
        )
    )
    return words % {"count": one.breaches, "when": when_words(one.root.began, zone, at)}


def _today(count: int, *, told: bool) -> str:
    words = (
        ngettext("%(count)d more needs you today", "%(count)d more need you today", count)
        if told
        else ngettext("%(count)d needs you today", "%(count)d need you today", count)
    )
    return words % {"count": count}


def _watches(watches: int, asked: int) -> Sequence[str]:
    found = []
    quiet = watches - asked
    if asked:
        words = ngettext(
            "%(count)d is a watch that asks you for one line",
            "%(count)d are watches that ask you for one line",
            asked,
        )
        found.append(words % {"count": asked})
    if quiet:
        words = ngettext("%(count)d is a watch", "%(count)d are watches", quiet)
        found.append(words % {"count": quiet})
    return found
