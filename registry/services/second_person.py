"""What two-person services share: a person acts, signs, and is nobody too near."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden
from ledger.rules.worded import term, worded
from registry.models import Signature, System, User
from registry.selectors.people import roles_for_system
from registry.selectors.permits import person_needed, who_can
from registry.selectors.separation import why_too_near
from registry.services.access import require_system_permit
from registry.services.signatures import Ceremony, sign

Subject = tuple[str, str, str]
# In which words a signature says as what somebody signs, the weightiest first.
AS = (
    ("compliance", "compliance officer"),
    ("risk", "risk officer"),
    ("owner", "owner"),
    ("deputy", "deputy"),
)


def acting_person(*, act: str, actor: Actor, subject: Subject) -> UUID:
    """Return the person who acts. Raises Forbidden for tokens, machines and nobody."""
    if actor.person is None:
        raise person_needed(act, subject)
    return actor.person


def require_second_person(
    *,
    act: str,
    wrote: Collection[UUID],
    system: System,
    actor: Actor,
    at: datetime,
    subject: Subject,
) -> UUID:
    """Return the second person. Raises Forbidden by role, or by nearness to what was written."""
    person = acting_person(act=act, actor=actor, subject=subject)
    require_system_permit(act=act, system=system, actor=actor, at=at)
    near = why_too_near(person_id=person, wrote=wrote, system=system, at=at)
    if near:
        others = [name for name in who_can(act=act, system=system, at=at) if name != actor.name]
        raise Forbidden(
            "second_person_needed",
            worded("You cannot do this: {near}.", near=term(near)),
            who_can=others,
            recorded=True,
            subject=subject,
        )
    return person


def sign_as(
    *,
    meaning: str,
    payload: Mapping[str, Any],
    reason: str,
    system: System,
    subject: tuple[str, UUID],
    ceremony: Ceremony | None,
    actor: Actor,
    at: datetime,
) -> Signature:
    """Sign for oneself, in the words of one's role. Raises Forbidden without a ceremony."""
    if ceremony is None or actor.person is None:
        raise Forbidden(
            "signature_required",
            "To do this you sign: enter your password.",
            fields={"password": "needed"},
        )
    held = roles_for_system(user_id=actor.person, system=system, at=at)
    role = next((words for name, words in AS if name in held), "member of staff")
    return sign(
        user=User.objects.get(pk=actor.person),
        meaning=meaning,
        role=role,
        subject_type=subject[0],
        subject_id=subject[1],
        payload=payload,
        reason=reason,
        ceremony=ceremony,
        actor=actor,
        at=at,
    )


def check_seen(*, what: str, present: int, expected: int, state: str) -> None:
    """Raise Conflict with the present state when a caller saw another version."""
    if present != expected:
        raise Conflict(
            "stale_version",
            worded("{what} has changed since you loaded it. Load it again.", what=term(what)),
            extra={"present": {"state": state, "version": present}},
        )


def check_state(*, what: str, state: str, words: str, needed: Collection[str]) -> None:
    """Raise Conflict with the present state where it does not allow the step."""
    if state not in needed:
        raise Conflict(
            "state_does_not_allow",
            worded(
                "{what}: {words}. This step is not open there.", what=term(what), words=term(words)
            ),
            extra={"present": {"state": state}},
        )
