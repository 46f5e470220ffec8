"""Requests of authorities: which a person may see, what is still open, what was answered."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from governance.models import (
    AuthorityRequest,
    RequestAnswer,
    RequestEvidence,
    RequestQuestion,
    RequestScope,
    WithheldItem,
)
from ledger.rules.refusals import Forbidden, Missing
from ledger.rules.worded import worded, worded_number
from registry.models import User
from registry.rules.permits import PERMITS, in_words
from registry.selectors import systems_visible_to
from registry.selectors.people import roles_of
from registry.services.signatures import hash_payload


def held_by(*, user: User, at: datetime) -> frozenset[str]:
    """Return the roles that a person holds anywhere."""
    return frozenset(role for role, _, _ in roles_of(user_id=user.pk, at=at))


def may(act: str, *, user: User, at: datetime, held: frozenset[str] | None = None) -> bool:
    """Whether a person holds a role for something about requests anywhere.

    `held` are the roles that they hold, where the caller knows them.
    """
    held = held_by(user=user, at=at) if held is None else held
    return bool(held & PERMITS[act].roles)


def require_reader(*, user: User, at: datetime, held: frozenset[str] | None = None) -> None:
    """Raise Forbidden for somebody who reads no requests."""
    if not may("request.read", user=user, at=at, held=held):
        who = in_words(PERMITS["request.read"].roles)
        raise Forbidden(
            "role_missing",
            worded("Requests of authorities are read by {who}.", who=who),
            who_can=[who],
        )


def visible_requests(
    *, user: User, at: datetime, held: frozenset[str] | None = None
) -> QuerySet[AuthorityRequest]:
    """Return the requests about nothing in particular, or about a system that the person sees."""
    rows: QuerySet[AuthorityRequest] = AuthorityRequest.objects.all()
    if not may("request.read", user=user, at=at, held=held):
        return rows.none()
    about = RequestScope.objects.filter(request=OuterRef("pk"))
    seen = about.filter(system__in=systems_visible_to(user=user, at=at).values("pk"))
    mine = Q(registered_by=user)
    return rows.filter(mine | Exists(seen) | ~Exists(about)).select_related(
        "received_by", "registered_by", "ready_by", "sent_by"
    )


def request_by_number(*, number: str, user: User, at: datetime) -> AuthorityRequest:
    """Return a request with everything on it. Raises Missing."""
    rows = visible_requests(user=user, at=at).prefetch_related(
        Prefetch("questions", RequestQuestion.objects.order_by("place")),
        Prefetch(
            "questions__answers",
            RequestAnswer.objects.select_related("answered_by").order_by("-version"),
        ),
        Prefetch(
            "questions__evidence",
            RequestEvidence.objects.select_related("added_by").order_by("added_at", "pk"),
        ),
        Prefetch(
            "withheld",
            WithheldItem.objects.select_related("proposed_by", "approved_by", "question").order_by(
                "proposed_at", "pk"
            ),
        ),
        Prefetch(
            "scopes",
            RequestScope.objects.select_related("system", "incident", "hold").order_by("pk"),
        ),
    )
    found = rows.filter(number=number).first()
    if found is None:
        raise Missing("unknown_request", "There is no such request that you may see.")
    return found


def open_points(row: AuthorityRequest) -> list[str]:
    """Return what stands against calling an answer complete, in words."""
    found = []
    answered = set(
        RequestAnswer.objects.filter(question__request=row).values_list("question_id", flat=True)
    )
    agreed = set(
        row.withheld.filter(approved_by__isnull=False).values_list("question_id", flat=True)
    )
    for question in row.questions.order_by("place"):
        if question.pk not in answered and question.pk not in agreed:
            found.append(
                worded(
                    "Question {place} has neither an answer nor an agreed ground.",
                    place=question.place,
                )
            )
    waiting = row.withheld.filter(approved_by__isnull=True).count()
    if waiting:
        found.append(
            worded_number(
                "{number} withheld item waits for a second person.",
                "{number} withheld items wait for a second person.",
                waiting,
            )
        )
    return found


def digest_of(row: AuthorityRequest) -> str:
    """Return the hash of the answer as a whole: what is sent is what was made ready."""
    return hash_payload(answer_of(row))


def answer_of(row: AuthorityRequest) -> Mapping[str, Any]:
    """Return the whole answer as plain data: questions, answers, evidence, what is withheld."""
    questions = []
    for question in row.questions.order_by("place"):
        newest = question.answers.order_by("-version").first()
        evidence = question.evidence.order_by("added_at", "pk")
        questions.append(
            {
                "place": question.place,
                "question": question.text,
                "answer": newest.text if newest else "",
                "evidence": [
                    {"kind": one.kind, "title": one.title, "reference": one.reference,
                     "sha256": one.sha256}
                    for one in evidence
                ],
            }
        )  # fmt: skip
    withheld = row.withheld.filter(approved_by__isnull=False).order_by("proposed_at", "pk")
    return {
        "number": row.number,
        "authority": row.authority,
        "basis": row.basis,
        "reference": row.reference,
        "language": row.language,
        "questions": questions,
        "withheld": [{"what": one.what, "reason": one.reason} for one in withheld],
    }


def hash_of(text: str) -> str:
    """Return the SHA-256 of a text, as hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_digest(text: str) -> bool:
    """Whether a text is a SHA-256 in hex."""
    return len(text) == 64 and not set(text.lower()) - set("0123456789abcdef")
