"""The auditor's room: who may enter until when, what is in scope, which questions they see."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Func, IntegerField, Prefetch, Q, QuerySet, Value

from ledger.rules.refusals import Forbidden, Missing
from ledger.rules.worded import day_told, worded
from registry.models import RoleAssignment, System, Unit, User
from registry.rules.permits import OWNERS, PERMITS, in_words
from registry.selectors.people import in_force, roles_for_system, roles_for_unit, roles_of
from registry.selectors.units import units_above
from reports.models import AuditAnswer, AuditEvidence, AuditQuestion
from reports.selectors.cases import RolesBySystem

ROOM = PERMITS["audit.room"].roles
AUDITOR = "auditor"
MOST_SHOWN = 10
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Audit:
    """One scope of an auditor: a unit with all below it, or a system; until when."""

    role: RoleAssignment
    ends_at: datetime
    systems: int

    @property
    def name(self) -> str:
        """What the scope is called."""
        return str(self.role.system.name if self.role.system else self.role.unit.name)  # type: ignore[union-attr]


def audits_of(*, user: User, at: datetime, held: RolesBySystem | None = None) -> list[Audit]:
    """Return what a person audits at an instant, the first to end first; two queries.

    `held` are their roles, where the caller knows them.
    """
    rows = RoleAssignment.objects.filter(in_force(at), user=user, role=AUDITOR)
    found = list(rows.select_related("unit", "system").order_by("until_at", "pk"))
    counts = _counts(found, held or RolesBySystem(user_id=user.pk, at=at))
    return [
        Audit(row, row.until_at, counts[row.unit_id] if row.unit_id else 1)
        for row in found
        if row.until_at is not None
    ]


def _counts(rows: Sequence[RoleAssignment], held: RolesBySystem) -> Counter[UUID]:
    """Return how many systems there are in the unit of each audit and below it; one query."""
    audited = {row.unit_id for row in rows if row.unit_id}
    found: Counter[UUID] = Counter()
    if not audited:
        return found
    systems = System.objects.filter(unit_id__in=held.reach({AUDITOR})[0]).order_by()
    for unit, count in systems.values_list("unit_id").annotate(n=Count("pk")):
        for one in audited & held.above([unit]):
            found[one] += count
    return found


def auditors_within(
    *, user: User, at: datetime, held: RolesBySystem | None = None
) -> list[RoleAssignment]:
    """Return the auditors in force in the units that a reader's roles for the room reach.

    `held` are the reader's roles, where the caller knows them.
    """
    units, systems = (held or RolesBySystem(user_id=user.pk, at=at)).reach(ROOM)
    scope = Q(unit_id__in=units) | Q(system_id__in=systems) | Q(system__unit_id__in=units)
    rows = RoleAssignment.objects.filter(in_force(at), scope, role=AUDITOR, user__is_active=True)
    return list(rows.select_related("user", "unit", "system").order_by("until_at", "pk")[:200])


def require_room(*, user: User, at: datetime, held: RolesBySystem | None = None) -> frozenset[str]:
    """Return the roles by which a person opens the room. `held` are theirs, where they are known.

    Raises Forbidden in words: for who holds none, and for an auditor whose time is over.
    """
    known = (
        {role for role, _, _ in roles_of(user_id=user.pk, at=at)} if held is None else held.any()
    )
    if known & ROOM:
        return frozenset(known & ROOM)
    require_open_audit(user=user, at=at)
    who = in_words(ROOM)
    raise Forbidden("role_missing", worded("The audit room is for {who}.", who=who), who_can=[who])


def require_open_audit(*, user: User, at: datetime) -> None:
    """Raise Forbidden for somebody whose only way in was an audit that is over."""
    held = {role for role, _, _ in roles_of(user_id=user.pk, at=at)}
    if held or System.objects.filter(Q(owner=user) | Q(deputy=user)).exists():
        return
    over = RoleAssignment.objects.filter(user=user, role=AUDITOR, until_at__lte=at)
    last = over.order_by("-until_at").values_list("until_at", flat=True).first()
    if last is not None:
        raise Forbidden(
            "audit_ended",
            worded(
                "Your audit ended on {last}. The room is closed to "
                "you; the questions and answers stay on record.",
                last=day_told(last),
            ),
            who_can=[in_words(PERMITS["administer"].roles)],
        )


def audit_end(
    *, user: User, system: System | None, unit: Unit | None, at: datetime
) -> datetime | None:
    """Return when a person's audit of a system or unit ends, None for who does not audit it."""
    place = system.unit_id if system else unit.pk if unit else None
    if place is None:
        return None
    scope = Q(unit_id__in=units_above(unit_id=place))
    if system is not None:
        scope |= Q(system=system)
    rows = RoleAssignment.objects.filter(in_force(at), scope, user=user, role=AUDITOR)
    return rows.order_by("-until_at").values_list("until_at", flat=True).first()


def visible_questions(
    *, user: User, at: datetime, held: RolesBySystem | None = None
) -> QuerySet[AuditQuestion]:
    """Return the questions about what a person audits, looks after, or answers for.

    `held` are their roles, where the caller knows them.
    """
    rows: QuerySet[AuditQuestion] = AuditQuestion.objects.all()
    if not user.is_active:
        return rows.none()
    units, systems = (held or RolesBySystem(user_id=user.pk, at=at)).reach(ROOM)
    seen = Q(unit_id__in=units) | Q(system__unit_id__in=units) | Q(system_id__in=systems)
    mine = Q(system__owner=user) | Q(system__deputy=user)
    related = ("system__unit", "unit", "asked_by", "settled_by")
    return rows.filter(seen | mine).select_related(*related)


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions at a glance: those to act on first, and how many there are in all.

    MOST_COUNTED at most are counted; `more` says that there are more.
    """

    open: list[AuditQuestion]
    answered: list[AuditQuestion]
    total: int
    more: bool


def questions_at_a_glance(rows: QuerySet[AuditQuestion]) -> Asked:
    """Return the open and the answered of these questions that are due next; one query.

    One more where there is neither, to count those that are settled.
    """
    plain = rows.select_related(None)
    every = plain.order_by()[: MOST_COUNTED + 1]
    size = Func(
        ArraySubquery(every.values_list(Value(1))),
        function="cardinality",
        output_field=IntegerField(),
    )
    states = (AuditQuestion.State.OPEN, AuditQuestion.State.ANSWERED)
    first, second = (
        plain.filter(state=state).annotate(size=size).order_by("due_at", "pk")[:MOST_SHOWN]
        for state in states
    )
    found: list[Any] = sorted(first.union(second, all=True), key=lambda row: (row.due_at, row.pk))
    total = found[0].size if found else every.values("pk").count()
    return Asked(
        open=[row for row in found if row.state == AuditQuestion.State.OPEN],
        answered=[row for row in found if row.state == AuditQuestion.State.ANSWERED],
        total=min(total, MOST_COUNTED),
        more=total > MOST_COUNTED,
    )


def with_answers(rows: QuerySet[AuditQuestion]) -> QuerySet[AuditQuestion]:
    """Return the questions with answers and evidence, two queries more for all of them."""
    answers = AuditAnswer.objects.select_related("given_by").order_by("place")
    evidence = AuditEvidence.objects.select_related("added_by").order_by("at", "pk")
    return rows.prefetch_related(Prefetch("answers", answers), Prefetch("evidence", evidence))


def question_by_number(*, number: str, user: User, at: datetime) -> AuditQuestion:
    """Return a question with its answers and evidence. Raises Forbidden, Missing."""
    require_open_audit(user=user, at=at)
    found = with_answers(visible_questions(user=user, at=at)).filter(number=number).first()
    if found is None:
        raise Missing("unknown_question", "There is no such question that you may see.")
    return found


def acts_on(*, row: AuditQuestion, user: User, at: datetime) -> list[str]:
    """Return what a person may do on a question as it stands, in the order of the page."""
    if row.settled_by_id is not None:
        return []
    held = roles_on(row=row, user=user, at=at)
    found = []
    if held & PERMITS["audit.answer"].roles and row.asked_by_id != user.pk:
        found += ["answer", "evidence"]
    if held & PERMITS["audit.ask"].roles:
        found += ["accept", "back"] if row.state == AuditQuestion.State.ANSWERED else []
        found.append("withdraw")
    return found


def roles_on(*, row: AuditQuestion, user: User, at: datetime) -> set[str]:
    """Return what a person is to the scope of a question."""
    if row.system is not None:
        return roles_for_system(user_id=user.pk, system=row.system, at=at)
    return roles_for_unit(user_id=user.pk, unit_id=row.unit_id, at=at) if row.unit_id else set()


def who_answers(*, row: AuditQuestion) -> str:
    """Return who answers a question, in words."""
    roles = PERMITS["audit.answer"].roles
    return in_words(roles if row.system_id else roles - OWNERS)


def systems_in_room(*, user: User, at: datetime) -> list[System]:
    """Return the systems that a person's roles for the room reach, by name."""
    units, systems = RolesBySystem(user_id=user.pk, at=at).reach(ROOM)
    rows = System.objects.filter(Q(unit_id__in=units) | Q(pk__in=systems))
    return list(rows.select_related("unit").order_by("name", "pk"))


def units_to_ask(held: RolesBySystem) -> list[Unit]:
    """Return the units about which somebody with these roles may ask, by name."""
    units, _ = held.reach({AUDITOR})
    return list(Unit.objects.filter(pk__in=units).order_by("name"))


def systems_to_ask(held: RolesBySystem) -> list[System]:
    """Return the systems about which somebody with these roles may ask, by name."""
    units, systems = held.reach({AUDITOR})
    rows = System.objects.filter(Q(unit_id__in=units) | Q(pk__in=systems))
    return list(rows.order_by("name", "pk"))


def require_questions(*, user: User, at: datetime, held: RolesBySystem | None = None) -> None:
    """Let in who opens the room, and who answers for a system. Raises Forbidden in words.

    `held` are the person's roles, where the caller knows them.
    """
    if held is not None and held.any() & ROOM:
        return
    if not System.objects.filter(Q(owner=user) | Q(deputy=user)).exists():
        require_room(user=user, at=at)


def older_than(
    rows: QuerySet[AuditQuestion], last: AuditQuestion | None
) -> QuerySet[AuditQuestion]:
    """Return questions after the last one shown, the newest first."""
    ordered = rows.order_by("-asked_at", "-pk")
    if last is None:
        return ordered
    older = Q(asked_at__lt=last.asked_at) | Q(asked_at=last.asked_at, pk__lt=last.pk)
    return ordered.filter(older)
