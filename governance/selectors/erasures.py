"""What stands against erasing a person, in sentences; and the requests that people read."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from governance.models import Decision
from incidents.selectors.duties import incidents_with, open_incidents_of, open_orders_of
from ledger.rules.worded import as_written, joined, term, word, worded
from registry.models import ErasureRequest, LegalHold, System, SystemVersion, User
from registry.selectors.holds import holds_in_force, words_of

RUNNING = (Decision.State.DRAFT, Decision.State.OPEN)
IN_CASES = word("{person} still has a part in {listed}.")
IN_ORDERS = word("{person} is still to carry out {listed}.")
IN_ROUNDS = word("{person} sits in the open round on {listed}.")
IN_SYSTEMS = word("{person} is still named as owner or deputy of {listed}.")


def obstacles(*, person: User, at: datetime) -> list[str]:
    """Return why a person cannot be erased now, a sentence each; nothing where nothing does.

    A hold covers whoever took a part in what it holds. Whoever an open case, order or round needs
    stays until it is over.
    """
    found = [_held(hold) for hold in holds_over(person=person, at=at)]
    for words, what in (
        (IN_CASES, open_incidents_of(person.pk)),
        (IN_ORDERS, open_orders_of(person.pk)),
        (IN_ROUNDS, _rounds_of(person.pk)),
        (IN_SYSTEMS, sorted(_systems_of(person.pk))),
    ):
        if what:
            listed = joined(", ", (as_written(one) for one in what))
            found.append(worded(words, person=person.name, listed=listed))
    return found


def holds_over(*, person: User, at: datetime) -> list[LegalHold]:
    """Return the holds that cover a person: their own, and those on what they have to do with."""
    pairs = incidents_with(person.pk)
    incidents = {incident for incident, _ in pairs}
    systems = {system for _, system in pairs} | _all_systems_of(person.pk)
    return [
        hold
        for hold in holds_in_force(at)
        if _covers(hold, person.pk, incidents=incidents, systems=systems)
    ]


def requests() -> QuerySet[ErasureRequest]:
    """Return the requests, those that wait first, then the newest."""
    rows = ErasureRequest.objects.select_related("person", "asked_by", "decided_by")
    first = Case(When(state=ErasureRequest.State.ASKED, then=0), default=1)
    return rows.order_by(first, "-asked_at")


def may_be_asked_for() -> QuerySet[User]:
    """Return the deactivated people who are not erased and for whom nobody asked yet."""
    asked = ErasureRequest.objects.exclude(state=ErasureRequest.State.DECLINED)
    gone: QuerySet[User] = User.objects.filter(kind=User.Kind.PERSON, is_active=False)
    # Of each person by itself: a list of all whom somebody asked for would be read whole.
    return gone.exclude(Exists(asked.filter(person=OuterRef("pk")))).order_by("name")


def _covers(
    hold: LegalHold, person: UUID, *, incidents: Collection[UUID], systems: Collection[UUID]
) -> bool:
    if hold.scope == LegalHold.Scope.EVERYTHING or hold.person_id == person:
        return True
    if hold.scope == LegalHold.Scope.INCIDENT:
        return hold.incident_id in incidents
    return hold.scope == LegalHold.Scope.SYSTEM and hold.system_id in systems


def _held(hold: LegalHold) -> str:
    everything = hold.scope == LegalHold.Scope.EVERYTHING
    what = term(word("everything")) if everything else words_of(hold)
    return worded(
        "{owner} holds {what}: {reason}", owner=hold.owner.name, what=what, reason=hold.reason
    )


def _rounds_of(person: UUID) -> list[str]:
    rows = Decision.objects.filter(state__in=RUNNING, electors__seated_id=person)
    numbers = sorted(set(rows.values_list("number", flat=True)))
    return [worded("motion {number}", number=number) for number in numbers]


def _systems_of(person: UUID) -> set[str]:
    rows = System.objects.filter(Q(owner_id=person) | Q(deputy_id=person))
    return set(rows.exclude(lifecycle="retired").values_list("name", flat=True))


def _all_systems_of(person: UUID) -> set[UUID]:
    owned = System.objects.filter(Q(owner_id=person) | Q(deputy_id=person))
    written = SystemVersion.objects.filter(author_id=person)
    return set(owned.values_list("pk", flat=True)) | set(
        written.values_list("system_id", flat=True)
    )
