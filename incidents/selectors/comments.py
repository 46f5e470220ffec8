"""Comments on a case: what was said, by whom, to whom, with what; who may say more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from incidents.models import (
    Comment,
    CommentFile,
    CommentMention,
    EvidenceLink,
    Incident,
)
from incidents.rules.comments import first_words
from incidents.selectors.cast import Cast
from incidents.selectors.visibility import incidents_visible_to
from ledger.rules.refusals import Forbidden, Missing
from ledger.rules.worded import worded
from registry.models import User
from telemetry.models import Series

MOST_PEOPLE = 100
PAGE = 20
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some comments of a case, the oldest first; how many there are in all, and before these.

    Nobody counts beyond MOST_COUNTED: `is_many` says that there are more than `count`.
    """

    rows: Sequence[Comment] = ()
    count: int = 0
    earlier: int = 0
    is_many: bool = False

    @property
    def before(self) -> str:
        """What asks for those before these, '' where there is none."""
        return str(self.rows[0].pk) if self.earlier else ""


def comments_page(*, incident: Incident, limit: int = PAGE, before: UUID | None = None) -> Page:
    """Return the newest comments of a case, or those before one of its comments.

    Six queries at most. Raises Missing where `before` is no comment of the case.
    """
    rows = Comment.objects.filter(incident_id=incident.pk)
    older = rows if before is None else rows.filter(_before(rows, before))
    found = list(_whole(older).order_by("-made_at", "-id")[: limit + 1])
    is_all = before is None and len(found) <= limit
    count = len(found) if is_all else _counted(rows)
    is_many = count > MOST_COUNTED
    count = min(count, MOST_COUNTED)
    if len(found) <= limit:
        return Page(found[::-1], count, 0, is_many)
    before_these = count if before is None else min(_counted(older), MOST_COUNTED)
    return Page(found[:limit][::-1], count, max(before_these - limit, 1), is_many)


def _counted(rows: QuerySet[Comment]) -> int:
    """Return how many there are, MOST_COUNTED + 1 for more than MOST_COUNTED."""
    return rows.order_by().values("pk")[: MOST_COUNTED + 1].count()


def comments_of(*, incident: Incident) -> QuerySet[Comment]:
    """Return the comments of a case with what hangs on them, to be paged."""
    return _whole(Comment.objects.filter(incident_id=incident.pk))


def comment_of(*, incident: Incident, comment_id: UUID) -> Comment:
    """Return one comment of a case with what hangs on it. Raises Missing."""
    found = _whole(Comment.objects.filter(incident_id=incident.pk, pk=comment_id)).first()
    if found is None:
        raise Missing("unknown_comment", "There is no such comment that you may see.")
    found.incident = incident
    return found


def file_of_comment(*, incident: Incident, file_id: UUID) -> CommentFile:
    """Return a file of a comment on a case. Raises Missing."""
    rows = CommentFile.objects.filter(comment__incident_id=incident.pk, pk=file_id)
    found: CommentFile | None = rows.select_related("comment__author").first()
    if found is None:
        raise Missing("unknown_file", "There is no such file that you may see.")
    return found


def links_of(*, incident: Incident) -> list[EvidenceLink]:
    """Return the records that comments which stand tied to a case, the oldest first."""
    rows = EvidenceLink.objects.filter(
        comment__incident_id=incident.pk, comment__withdrawal__isnull=True
    )
    return list(rows.select_related("comment__author").order_by("added_at", "id"))


def kpis_of(system_id: UUID) -> dict[str, str]:
    """Return what names a KPI of a system in a text, with the id of its series."""
    rows = Series.objects.filter(system_id=system_id).order_by("-created_at", "-pk")
    found: dict[str, str] = {}
    for series, kpi in rows.values_list("pk", "kpi_id"):
        found |= {str(series): str(series), kpi: str(series)}
    return found


def refusal_to_comment(*, incident: Incident, cast: Cast, person: UUID | None) -> Forbidden | None:
    """Return why somebody who sees a case may not comment on it, None if they may."""
    subject = ("incident", str(incident.pk), incident.number)
    if person is None:
        return Forbidden(
            "person_needed",
            "A comment is what a person says; a machine reports by its own doors.",
            recorded=True,
            subject=subject,
        )
    if "auditor" in cast.roles.get(person, frozenset()):
        return Forbidden(
            "not_your_part",
            worded(
                "You cannot comment on {number}: an auditor reads everything and changes nothing.",
                number=incident.number,
            ),
            recorded=True,
            subject=subject,
        )
    return None


def may_withdraw(comment: Comment, *, person: UUID, cast: Cast) -> bool:
    """Whether somebody may withdraw a comment: who wrote it, or a compliance officer of the case.

    Never an auditor.
    """
    held = cast.roles.get(person, frozenset())
    return "auditor" not in held and (comment.author_id == person or "compliance" in held)


def people_to_tell(*, incident: Incident, cast: Cast, without: UUID | None = None) -> list[User]:
    """Return the active people who see a case by their role or their part in it, by name.

    Members of a committee and delegates may see it too: `who_sees` knows each.
    """
    party, known = _party(incident, cast), cast.known_people
    others = User.objects.filter(pk__in=party - set(known)) if party - set(known) else []
    people = [
        one
        for one in (*known.values(), *others)
        if one.is_active and one.kind == User.Kind.PERSON and one.pk != without
    ]
    return sorted(people, key=lambda one: (one.name, str(one.pk)))[:MOST_PEOPLE]


def called_in(text: str) -> dict[UUID, User]:
    """Return the active people in whose name stands a word that follows an @ in a text."""
    words = first_words(text)
    if not words:
        return {}
    condition = Q()
    for one in words:
        condition |= Q(name__icontains=one)
    rows = User.objects.filter(condition, is_active=True, kind=User.Kind.PERSON)
    return {one.pk: one for one in rows.order_by("name", "pk")[: 10 * MOST_PEOPLE]}


def who_sees(
    *, incident: Incident, people: Collection[User], cast: Cast, at: datetime
) -> frozenset[UUID]:
    """Return who of some people may see a case, each asked exactly where the cast does not say."""
    party = _party(incident, cast)
    return frozenset(
        one.pk for one in people if one.is_active and (one.pk in party or _sees(one, incident, at))
    )


def files_named(hashes: Sequence[str]) -> set[str]:
    """Return those of some hashes that are files of comments."""
    rows = CommentFile.objects.filter(sha256__in=list(hashes))
    return set(rows.values_list("sha256", flat=True))


def told_names(comment: Comment) -> list[str]:
    """Return the names of those whom a comment told, by name."""
    return sorted(row.person.name for row in comment.mentions.all())


def _sees(person: User, incident: Incident, at: datetime) -> bool:
    return incidents_visible_to(user=person, at=at).filter(pk=incident.pk).exists()


def _party(incident: Incident, cast: Cast) -> set[UUID]:
    system = incident.system
    side = {incident.owner_id, incident.deputy_id, system.owner_id, system.deputy_id}
    acted = {act.person for act in cast.history}
    return {one for one in side if one is not None} | acted | set(cast.roles) | cast.executors


def _before(rows: QuerySet[Comment], comment_id: UUID) -> Q:
    place = rows.filter(pk=comment_id).values_list("made_at", "pk").first()
    if place is None:
        raise Missing("unknown_comment", "There is no such comment that you may see.")
    # The bound by itself is what the index is entered by: of an 'or' it serves neither side.
    return Q(made_at__lte=place[0]) & (Q(made_at__lt=place[0]) | Q(pk__lt=place[1]))


def _whole(rows: QuerySet[Comment]) -> QuerySet[Comment]:
    mentions = CommentMention.objects.select_related("person").order_by("person__name", "pk")
    return rows.select_related("author", "withdrawal__by", "corrects__author").prefetch_related(
        Prefetch("mentions", queryset=mentions),
        Prefetch("files", queryset=CommentFile.objects.order_by("name", "pk")),
        Prefetch("links", queryset=EvidenceLink.objects.order_by("added_at", "pk")),
    )
