"""Several cases chosen for one act: what each is, and why it would be refused; constant queries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from governance.models import Watch
from governance.selectors.small_cases import COMMAND as CLOSE_SMALL
from governance.selectors.watches import owners_side
from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.rules.segregation import clash
from incidents.selectors.attempts import attempt_of, no_such_incident, refusal_of
from incidents.selectors.cast import Cast
from incidents.selectors.casts import casts_of
from incidents.selectors.files import read_files
from incidents.selectors.reviews import newest_findings
from incidents.selectors.visibility import incidents_visible_to
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Missing, Refused
from registry.models import User
from registry.selectors import units_above
from registry.selectors.systems import systems_visible_to
from reports.rules.desk import MOST_TOGETHER

COMMANDS: Mapping[str, str] = {
    "acknowledge": "acknowledge",
    "assign": "reassign",
    "close": CLOSE_SMALL,
}
"""What is done to each case, by the act that does it to several."""
WATCH = "watch:"
RELATED = ("system", "owner", "deputy", "live_version", "unit", "parent")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of several that were chosen: `seen` is what stood there when it was looked at.

    For an incident that is its version, for one to close the hash of its findings. `told` names
    who hears of it.
    """

    mark: str
    number: str
    title: str
    url: str
    seen: str = ""
    refusal: Refused | None = None
    incident: Incident | None = None
    watch: Watch | None = None
    cast: Cast | None = None

    @property
    def may(self) -> bool:
        """Whether it would be done."""
        return self.refusal is None

    @property
    def told(self) -> Sequence[str]:
        """The names of the owner and the deputy."""
        if self.incident is None:
            return []
        people = (self.incident.owner, self.incident.deputy)
        return [person.name for person in people if person is not None]


def chosen_cases(
    *, act: str, marks: Sequence[str], user: User, actor: Actor, at: datetime
) -> list[Chosen]:
    """Return what was chosen in the order of the choice, each with why not, if not.

    What the reader does not see is told as not there. At most MOST_TOGETHER; later ones are left.
    """
    wanted = list(dict.fromkeys(marks))[:MOST_TOGETHER]
    numbers = [mark for mark in wanted if not mark.startswith(WATCH)]
    found = {one.mark: one for one in _incidents(act, numbers, user, actor, at)}
    found |= {one.mark: one for one in _watches(act, wanted, user, at)}
    return [found.get(mark) or _missing(mark) for mark in wanted]


def successors_of(chosen: Sequence[Chosen]) -> list[User]:
    """Return who could take over every one of these cases, by name (SEG-08 for each)."""
    cases = [one for one in chosen if one.may and one.incident is not None]
    units = {one.incident.unit_id for one in cases if one.incident is not None}
    near = User.objects.filter(is_active=True, kind=User.Kind.PERSON)
    for unit in units:
        near = near.filter(unit_id__in=units_above(unit_id=unit))
    return [person for person in near.order_by("name", "pk") if _is_free(person, cases)]


def _is_free(person: User, cases: Sequence[Chosen]) -> bool:
    return all(
        clash(
            act="owned",
            history=one.cast.history,
            person=person.pk,
            delegate_of=one.cast.owners_side_of(person.pk),
            extra_pairs=from_text(one.incident.plan).segregation.extra_pairs,
        )
        is None
        for one in cases
        if one.cast is not None and one.incident is not None
    )


def _incidents(
    act: str, numbers: Sequence[str], user: User, actor: Actor, at: datetime
) -> Iterator[Chosen]:
    rows = incidents_visible_to(user=user, at=at).filter(number__in=numbers)
    incidents = list(rows.select_related(*RELATED).order_by("pk"))
    read_files(incidents)
    casts = casts_of(incidents=incidents, at=at)
    for incident in incidents:
        cast = casts[incident.pk]
        yield Chosen(
            mark=incident.number,
            number=incident.number,
            title=incident.title,
            url=f"/incidents/{incident.number}/",
            seen=_seen(act, incident),
            refusal=_refused(act, cast, user, actor, at),
            incident=incident,
            cast=cast,
        )


def _refused(act: str, cast: Cast, user: User, actor: Actor, at: datetime) -> Refused | None:
    try:
        attempt = attempt_of(
            command=COMMANDS[act],
            incident=cast.incident,
            plan=from_text(cast.incident.plan),
            actor=actor,
            at=at,
            user=user,
            cast=cast,
        )
    except Forbidden as refusal:
        return refusal
    return refusal_of(attempt)


def _seen(act: str, incident: Incident) -> str:
    if act != "close":
        return str(incident.version)
    findings = newest_findings(incident)
    return findings.record_sha256 if findings else ""


def _watches(act: str, marks: Sequence[str], user: User, at: datetime) -> Iterator[Chosen]:
    ids = [found for mark in marks if (found := watch_id(mark)) is not None]
    if not ids:
        return
    systems = systems_visible_to(user=user, at=at)
    rows = Watch.objects.filter(pk__in=ids, system__in=systems.values("pk"))
    for watch in rows.select_related("system__owner", "system__deputy").order_by("pk"):
        yield Chosen(
            mark=f"{WATCH}{watch.pk}",
            number=watch.system.name,
            title=watch.title,
            url=f"/watches/{watch.pk}/",
            refusal=_watch_refused(act, watch, user, at),
            watch=watch,
        )


def watch_id(mark: str) -> UUID | None:
    """Return which watch a mark names, None for an incident or nonsense."""
    try:
        return UUID(mark.removeprefix(WATCH)) if mark.startswith(WATCH) else None
    except ValueError:
        return None


def _watch_refused(act: str, watch: Watch, user: User, at: datetime) -> Refused | None:
    if act != "acknowledge":
        words = "This is a watch: its owner answers it in one line, or it closes by itself."
        return Conflict("watch_only_answered", words)
    if watch.state not in (Watch.State.OPEN, Watch.State.ANSWERED):
        return Conflict("watch_ended", "This watch has ended.")
    people = owners_side(system=watch.system, at=at)
    if user.pk in {person.pk for person in people}:
        return None
    return Forbidden(
        "not_the_owner",
        "You cannot answer this watch: the owner of the system does, the deputy or a delegate.",
        who_can=[person.name for person in people],
    )


def _missing(mark: str) -> Chosen:
    refusal: Missing = no_such_incident()
    return Chosen(mark=mark, number=mark[:40], title="", url="", refusal=refusal)
