"""What pages and API of controls show: whose, which ones, in words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, QuerySet

from incidents.selectors.instances import asked_columns, instances_of
from incidents.selectors.visibility import LENT
from ledger.rules.refusals import Forbidden, Invalid, Missing
from ledger.rules.worded import word, worded
from ledger.selectors.at_once import at_once
from registry.models import Delegation, Framework, LifecycleChange, System, User
from registry.rules.permits import PERMITS, in_words
from registry.rules.shipped import shipped
from registry.selectors.law import seat_day
from registry.selectors.law_pages import KIND_WORDS, day_words
from registry.selectors.people import delegations_to
from registry.selectors.systems import no_such_system, systems_visible_to
from registry.selectors.units import scope_asked, scope_told
from reports.rules.controls import (
    ATTACHED,
    STATES,
    Control,
    ControlScope,
    Through,
    counts,
    sentence,
)
from reports.rules.evidence import Evidence
from reports.selectors.cases import RolesBySystem
from reports.selectors.control_map import control_map
from reports.selectors.rights import Rights

ACT = "controls.read"
PERIOD = timedelta(days=365)
FURTHEST = timedelta(days=366 * 5)
# How a page marks a state: shape and colour, apart from the word beside it.
MARKS = {
    "satisfied": "ok",
    "partial": "pending",
    "stale": "overdue",
    "missing": "critical",
    "not_applicable": "none",
}
STANDINGS = {
    "present": ("ok", "Present"),
    "partial": ("pending", "Partial"),
    "stale": ("overdue", "Stale"),
    "missing": ("critical", "Missing"),
    "idle": ("none", "Nothing wanted"),
}
APPLIES = {"yes": "applies", "later": "later", "open": "to be decided", "no": "not owed"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose controls are shown: the systems that somebody may read them for, or one of these."""

    systems: tuple[System, ...]
    system: System | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the systems that are shown."""
        shown = self.systems if self.system is None else (self.system,)
        return tuple(str(one.pk) for one in shown)


def reader_of(*, user: User, now: datetime, at: datetime, slug: str = "") -> Reader:
    """Return whose controls a person may read, one system's for a slug.

    Who may is decided as of `now`, which systems there were as of `at`. Raises Forbidden for whom
    no system and no role opens them, Missing for a system that is not among theirs.
    """
    answers = at_once(
        {
            **RolesBySystem.asked(user_id=user.pk, at=now),
            "lent": asked_columns(delegations_to(user_id=user.pk, at=now), LENT),
            "scope": scope_asked([user.pk], now, user.pk),
        }
    )
    roles = RolesBySystem(user_id=user.pk, at=now, answers=answers)
    rights = Rights(user.pk, frozenset({user.pk}), roles)
    seen = systems_visible_to(
        user=user,
        at=now,
        lent=instances_of(Delegation, LENT, answers["lent"]),
        units=scope_told(answers["scope"]) if user.is_active else [],
    )
    visible = seen.filter(rights.permitted(ACT, path=""))
    systems = _shown(visible, at)
    if not systems and not rights.anywhere(ACT):
        words = in_words(PERMITS[ACT].roles)
        raise Forbidden(
            "role_missing",
            worded("You cannot read controls: that takes {words}.", words=words),
            who_can=[words],
        )
    return one_of(systems, slug)


def one_of(systems: Sequence[System], slug: str) -> Reader:
    """Return a reader of some systems, of one of them for a slug. Raises Missing."""
    if not slug:
        return Reader(tuple(systems))
    found = next((one for one in systems if one.slug == slug), None)
    if found is None:
        raise no_such_system(slug)
    return Reader(tuple(systems), found)


def shown_of(visible: QuerySet[System], at: datetime) -> list[System]:
    """Return the systems of a query that controls speak of at an instant."""
    return _shown(visible, at)


def scope_of(reader: Reader, *, at: datetime, past: bool) -> ControlScope:
    """Return the scope of a reader: their systems, the year before the instant."""
    return ControlScope(system_ids=reader.ids, since=at - PERIOD, until=at, as_of=at, past=past)


def day_of(text: str, *, at: datetime) -> date:
    """Read the day that readiness is asked for; none is in 90 days. Raises Invalid."""
    today = seat_day(at)
    if not text.strip():
        return today + timedelta(days=90)
    try:
        day = date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise _no_day("Write the day as 2027-03-01.") from None
    if day < today:
        raise _no_day("That day has passed: look at the controls as they were then instead.")
    if day > today + FURTHEST:
        raise _no_day("That is more than five years ahead.")
    return day


@dataclass(frozen=True, slots=True)
class Summary:
    """A framework and how its controls stand."""

    framework: Framework
    counts: Mapping[str, int]
    binding: int
    sentence: str

    @property
    def total(self) -> int:
        """How many controls it has."""
        return sum(self.counts.values())

    @property
    def cells(self) -> list[tuple[str, int]]:
        """The counts in the order of the states."""
        return [(state, self.counts[state]) for state in STATES]


def summary(framework: Framework, controls: Collection[Control]) -> Summary:
    """Return how a framework stands."""
    found = counts(controls)
    binding = sum(1 for one in controls if one.applies == "yes" and one.state != "not_applicable")
    name = shipped(framework.name, framework.file)
    return Summary(framework, found, binding, sentence(name, found))


@dataclass(frozen=True, slots=True)
class View:
    """A filter by state, as a link with its count."""

    key: str
    label: str
    count: int
    current: bool


def views_of(controls: Sequence[Control], chosen: str) -> list[View]:
    """Return the filters of a framework; an unknown one is none."""
    found = counts(controls)
    words = {"not_applicable": "Not applicable"}
    every = View("", "All", len(controls), chosen not in found)
    return [
        every,
        *(
            View(state, words.get(state, state.capitalize()), found[state], state == chosen)
            for state in STATES
        ),
    ]


def groups_of(controls: Sequence[Control]) -> list[tuple[str, list[Control]]]:
    """Return controls by kind with its words, in their order."""
    found: dict[str, list[Control]] = {}
    for one in controls:
        found.setdefault(one.kind, []).append(one)
    return [(str(KIND_WORDS.get(kind, kind)), rows) for kind, rows in found.items()]


def control_in(controls: Sequence[Control], key: str) -> Control:
    """Return one control by its provision. Raises Missing."""
    found = next((one for one in controls if one.provision == key), None)
    if found is None:
        raise Missing("unknown_control", worded("There is no control {key!r}.", key=key))
    return found


@dataclass(frozen=True, slots=True)
class Serves:
    """A control that a piece of evidence serves, and how sure the alignment is."""

    framework: str
    provision: str
    reference: str
    confidence: str


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A piece of evidence as the page of a control shows it."""

    evidence: Evidence
    standing: str
    mark: str
    words: str
    wanted: bool
    serves: tuple[Serves, ...]
    more: int
    stands_in: bool = False


def lines_of(
    control: Control, every: Mapping[str, Sequence[Control]], at: datetime, *, most: int = 6
) -> list[EvidenceLine]:
    """Return the evidence of a control, each with what else it serves, the surest first."""
    sure = {one.provision: one.confidence for one in control.through}
    return [_line(control, one, every, sure, at, most) for one in control.evidence]


def _line(
    control: Control,
    one: Evidence,
    every: Mapping[str, Sequence[Control]],
    sure: Mapping[str, str],
    at: datetime,
    most: int,
) -> EvidenceLine:
    serves = [
        Serves(other.framework, other.provision, other.reference, sure.get(other.provision, ""))
        for rows in every.values()
        for other in rows
        if other.provision != control.provision and one.source in other.need.sources
    ]
    if one.source == ATTACHED:
        serves = []
    order = {"high": 0, "medium": 1, "low": 2}
    serves.sort(key=lambda found: order.get(found.confidence, 3))
    standing = one.standing(at)
    mark, words = _marked(control, one, at)
    return EvidenceLine(
        evidence=one,
        standing=standing,
        mark=mark,
        words=words,
        wanted=any(one.source in want.any_of for want in control.need.counted),
        serves=tuple(serves[:most]),
        more=max(len(serves) - most, 0),
        stands_in=one.source == ATTACHED and any(want.upload for want in control.need.counted),
    )


def _marked(control: Control, one: Evidence, at: datetime) -> tuple[str, str]:
    """Return mark and words of a piece; what an upload stands in for is not told as missing."""
    standing = one.standing(at)
    replaced = [want for want in control.need.counted if want.upload and one.source in want.any_of]
    if standing in ("missing", "stale", "partial") and replaced:
        uploads = [other for other in control.evidence if other.source == ATTACHED and other.count]
        if any(other.standing(at) == "present" for other in uploads):
            return "none", word("By the upload")
    return STANDINGS[standing]


@dataclass(frozen=True, slots=True)
class ThroughLine:
    """What the crosswalk brings, as the page of a control shows it: sources in words."""

    one: Through
    framework: str
    shared: tuple[str, ...]
    more: tuple[str, ...]


def through_of(control: Control, names: Mapping[str, str]) -> list[ThroughLine]:
    """Return what the crosswalk brings to a control; `names` are those of the frameworks."""
    return [
        ThroughLine(
            one=one,
            framework=names.get(one.framework, one.framework),
            shared=tuple(map(label_of, one.shared)),
            more=tuple(map(label_of, one.more)),
        )
        for one in control.through
    ]


def label_of(source: str) -> str:
    """Say a source in words."""
    known = control_map().sources.get(source)
    return known.label if known else source


def applies_words(control: Control) -> str:
    """Say whether it binds: 'applies', 'from 2 December 2027', 'to be decided'."""
    if control.applies == "later" and control.due is not None:
        return f"from {day_words(control.due)}"
    return APPLIES[control.applies]


def link_query(reader: Reader, moment_query: str) -> str:
    """Return what links add to stay with the system and the instant: '?system=…', or ''."""
    parts = [urlencode({"system": reader.system.slug})] if reader.system else []
    parts += [moment_query] if moment_query else []
    return f"?{'&'.join(parts)}" if parts else ""


def _shown(visible: QuerySet[System], at: datetime) -> list[System]:
    """Leave out the record itself, and what was retired by the instant."""
    retired = LifecycleChange.objects.filter(
        system_id=OuterRef("pk"), to_state="retired", at__lte=at
    )
    rows = visible.exclude(kind=System.Kind.RECORD).exclude(Exists(retired))
    return list(rows.select_related("owner", "unit").order_by("name", "pk"))


def _no_day(words: str) -> Invalid:
    return Invalid("no_day", words, fields={"on": words})
