"""Who leaves: their open incidents get another owner or deputy, their orders another executor.

Reassigning to who is conflicted is refused here (SEG-08), and again at each act.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from incidents.models import Action, Incident, Participation
from incidents.rules.segregation import Clash, clash
from incidents.rules.transitions import ENDED
from incidents.selectors.cast import Cast
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Missing
from ledger.rules.worded import as_titled, term, word, worded
from ledger.services.entries import append_entry
from registry import duties
from registry.duties import Duty, Source
from registry.models import User
from registry.services.access import active_person

OVER = (Action.State.CONFIRMED, Action.State.CANCELLED)
MOST_NAMES = 5
OWNER = word("Owner of {number}: {title}")
DEPUTY = word("Deputy of {number}: {title}")
IS_OWNER = word("{name} is the owner of {number}.")
IS_DEPUTY = word("{name} is the deputy of {number}.")


def find_incidents(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the open incidents that a person answers for, as owner or deputy."""
    rows = Incident.objects.exclude(state__in=ENDED).filter(
        Q(owner_id=person_id) | Q(deputy_id=person_id)
    )
    found = []
    for row in rows.order_by("opened_at", "pk"):
        part = "owner" if row.owner_id == person_id else "deputy"
        words = worded(
            OWNER if part == "owner" else DEPUTY, number=row.number, title=as_titled(row.title)
        )
        found.append(Duty(f"{row.pk}.{part}", words, f"/incidents/{row.number}/"))
    return found


@transaction.atomic
def hand_over_incident(
    *,
    duty_id: str,
    from_id: UUID,
    to_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Give an open incident another owner or deputy; what was done stays done by who did it.

    Raises Missing, Conflict (the successor's own part stands against it, SEG-08).
    """
    key, _dot, part = duty_id.partition(".")
    rows = Incident.objects.select_for_update(no_key=True, of=("self",))
    incident: Incident | None = rows.exclude(state__in=ENDED).filter(pk=key).first()
    if incident is None or to_id is None:
        raise Missing("unknown_incident", "There is no such open incident, or nobody to take it.")
    successor = active_person(to_id)
    act = "owned" if part == "owner" else "deputised"
    _refuse_other_half(incident, part, successor)
    refuse_clash(incident, act, successor, at)
    before = getattr(incident, f"{part}_id")
    setattr(incident, f"{part}_id", successor.pk)
    incident.save(update_fields=[part], at=at)
    take_part(incident, successor, act, at)
    append_entry(
        verb="incident.handed_over",
        actor=actor,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        before={part: before},
        after={part: successor.pk},
        reason=reason,
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"to_name": successor.on_record},
        touched=[f"incidents_incident:{incident.pk}"],
    )


def find_orders(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the ordered actions that a person carries out and has not yet."""
    rows = Action.objects.filter(executor_id=person_id).exclude(state__in=OVER)
    return [
        Duty(
            str(row.pk),
            worded(
                "Carries out in {number}: {action}", number=row.incident.number, action=row.words
            ),
            f"/incidents/{row.incident.number}/",
        )
        for row in rows.select_related("incident").order_by("due_at", "pk")
    ]


@transaction.atomic
def hand_over_order(
    *,
    duty_id: str,
    from_id: UUID,
    to_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Give an ordered action another executor; when it is due stays. Raises Missing, Conflict."""
    known = Action.objects.filter(pk=duty_id).first()
    if known is None or to_id is None:
        raise Missing("unknown_action", "There is no such order, or nobody to carry it out.")
    # The incident is locked before its action (architecture, lock order).
    incidents = Incident.objects.select_for_update(no_key=True, of=("self",))
    incident = incidents.get(pk=known.incident_id)
    action = Action.objects.select_for_update(no_key=True, of=("self",)).get(pk=duty_id)
    if action.state in OVER:
        raise Conflict("action_over", "This order is settled already.")
    successor = active_person(to_id)
    refuse_clash(incident, "executes", successor, at)
    before, action.executor = action.executor_id, successor
    action.version += 1
    action.save(update_fields=["executor", "version"], at=at)
    take_part(incident, successor, "executes", at)
    append_entry(
        verb="action.handed_over",
        actor=actor,
        at=at,
        subject=("action", str(action.pk), action.words),
        before={"executor": before},
        after={"executor": successor.pk, "version": action.version},
        reason=reason,
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"to_name": successor.on_record},
        touched=[f"incidents_action:{action.pk}"],
    )


def against_delegate(principal: UUID, delegate: UUID, at: datetime) -> str:
    """Return what a delegate did in an open incident that the principal's part excludes."""
    both = Participation.objects.filter(person_id=principal).values("incident_id")
    rows = Incident.objects.exclude(state__in=ENDED).filter(
        Q(pk__in=both) | Q(owner_id=principal) | Q(deputy_id=principal)
    )
    taken = Participation.objects.filter(person_id=delegate).values("incident_id")
    for incident in rows.filter(pk__in=taken).order_by("opened_at", "pk"):
        history = Cast(incident, at).history
        acts = [past.act for past in history if past.binds(principal)]
        found = (clash(act=act, history=history, person=delegate) for act in acts)
        first = next((one for one in found if one is not None), None)
        if first is not None:
            return worded(
                "in {number} this person {why}",
                number=incident.number,
                why=first.reason(second_person=False),
            )
    return ""


def register_duties() -> None:
    """Register this floor's sources, and what stands against a delegation."""
    duties.register(Source("incidents", word("Open incidents"), find_incidents, hand_over_incident))
    duties.register(Source("orders", word("Actions to carry out"), find_orders, hand_over_order))
    duties.register_against("incidents", against_delegate)


def take_part(incident: Incident, person: User, act: str, at: datetime) -> None:
    """Write the part that somebody takes."""
    Participation.objects.create(
        incident=incident, cycle=incident.cycle, person=person, act=act, at=at
    )


def _refuse_other_half(incident: Incident, part: str, successor: User) -> None:
    other = incident.deputy_id if part == "owner" else incident.owner_id
    if successor.pk == other:
        raise Conflict(
            "deputy_is_owner",
            worded(
                IS_DEPUTY if part == "owner" else IS_OWNER,
                name=successor.name,
                number=incident.number,
            ),
        )


def refuse_clash(incident: Incident, act: str, successor: User, at: datetime) -> None:
    """Refuse a successor whose own part stands against it (SEG-08). Raises Conflict."""
    cast = Cast(incident, at)
    if (found := _clash(cast, act, successor.pk)) is None:
        return
    able = [
        person.name
        for person in User.objects.filter(pk__in=cast.roles, is_active=True).order_by("name")
        if _clash(cast, act, person.pk) is None
    ]
    why = found.reason(second_person=False, name=term(word("the one they act for")))
    raise Conflict(
        "conflicted_successor",
        worded(
            "{successor_name} cannot take over in {number}: this person {why}.",
            successor_name=successor.name,
            number=incident.number,
            why=why,
        ),
        who_can=able[:MOST_NAMES],
    )


def _clash(cast: Cast, act: str, person: UUID) -> Clash | None:
    return clash(
        act=act,
        history=cast.history,
        person=person,
        delegate_of=cast.owners_side_of(person),
    )
