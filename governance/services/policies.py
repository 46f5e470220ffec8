"""Policies: load a shipped profile, draft a version, and let a second person approve it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.models import Policy
from governance.rules.levels import lowered
from governance.rules.policy import BadPolicy, plain, policy_from
from governance.selectors.permissions import (
    RULE_APPROVERS,
    RULE_WRITERS,
    names_with_roles,
    person_of,
    require_role,
)
from governance.selectors.policies import document_of, is_set_up, shipped_profile
from governance.selectors.policy_lint import lint
from ledger.rules.actors import Actor
from ledger.rules.canonical import canonical
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import joined, word, worded
from ledger.services.entries import append_entry
from registry.models import SetupException, Unit
from registry.selectors.people import roles_for_unit
from registry.selectors.setup import may_approve_own
from registry.services.setup import except_setup, settle


@transaction.atomic
def load_profile(
    *, unit_id: UUID, profile: str, author_id: UUID, actor: Actor, at: datetime, mailbox: str = ""
) -> Policy:
    """Load a shipped profile as the unit's next policy.

    While no system runs yet it is in force at once, marked set-up and example (I7); afterwards it
    is a draft that a second person approves. Raises Invalid, Forbidden.
    """
    body = shipped_profile(profile)
    body["escalation"] = body["escalation"] | {"mailbox": mailbox}
    policy = _draft(unit_id, body, author_id, actor, at, verb="profile.loaded", reason="")
    if policy.number == 1 and is_set_up():
        policy.set_up = True
        _put_in_force(policy, actor=actor, at=at)
    return policy


@transaction.atomic
def draft_policy(
    *, unit_id: UUID, body: Mapping[str, Any], reason: str, actor: Actor, at: datetime
) -> Policy:
    """Write the next version of a unit's policy as a draft. Raises Invalid, Forbidden."""
    unit = _unit(unit_id)
    author = person_of(actor, words="draft a policy", subject=_subject_of_unit(unit))
    return _draft(unit_id, body, author, actor, at, verb="policy.drafted", reason=reason)


@transaction.atomic
def approve_policy(*, policy_id: UUID, actor: Actor, at: datetime) -> Policy:
    """Put a draft in force, or confirm a version that was in force since set-up.

    The approver is another person than the author; while the organisation is set up, the author
    of a first version where nobody else could, as an exception that stands until somebody else
    approves it too (SEG-06). Raises Missing, Forbidden, Conflict, Invalid (it would not serve: a
    system of high tier would not reach executive and board, or a calendar ends too soon).
    """
    policy = _locked(policy_id)
    _check_levels(policy, actor, at)
    person = _approver(policy, actor, at)
    _lint(policy, at)
    alone = person == policy.author_id
    policy.approved_by_id = None if alone else person
    policy.example = False
    policy.set_up = alone
    _put_in_force(policy, actor=actor, at=at)
    if alone:
        _except(policy, actor, at)
    else:
        settle(kind="policy", object_id=policy.pk, actor=actor, at=at)
    return policy


def _lint(policy: Policy, at: datetime) -> None:
    """Refuse a draft that would not serve the unit; what is in force is only confirmed."""
    if policy.state != Policy.State.DRAFT:
        return
    found = lint(document=document_of(policy), unit_id=policy.unit_id, at=at)
    if found:
        raise Invalid("policy_does_not_serve", joined(" ", found), extra={"problems": found})


def confirm_set_up(policy_id: UUID, actor: Actor, at: datetime) -> None:
    """Let a policy say who confirmed what was approved alone; the exception has been confirmed."""
    policy = Policy.objects.select_for_update(no_key=True, of=("self",)).get(pk=policy_id)
    if not policy.set_up:
        return
    policy.approved_by_id, policy.set_up = actor.person, False
    policy.save(update_fields=["approved_by", "set_up"], at=at)
    _record(policy, verb="policy.approved", actor=actor, at=at)


def _except(policy: Policy, actor: Actor, at: datetime) -> None:
    if SetupException.objects.filter(kind="policy", object_id=policy.pk).exists():
        raise Conflict("excepted_already", "You approved this already; now a second person does.")
    kind, _key, label = _subject(policy)
    except_setup(
        kind=kind,
        object_id=policy.pk,
        label=label,
        url="",
        unit_id=policy.unit_id,
        actor=actor,
        at=at,
    )


def _draft(
    unit_id: UUID,
    body: Mapping[str, Any],
    author_id: UUID,
    actor: Actor,
    at: datetime,
    *,
    verb: str,
    reason: str,
) -> Policy:
    unit = _unit(unit_id)
    require_role(
        roles=RULE_WRITERS,
        words="draft a policy",
        unit_id=unit_id,
        actor=actor,
        at=at,
        subject=_subject_of_unit(unit),
    )
    document = _checked(body)
    kept = plain(document)
    newest = Policy.objects.filter(unit=unit).order_by("-number").first()
    policy = Policy(
        unit=unit,
        number=newest.number + 1 if newest else 1,
        profile=document.profile,
        body=kept,
        sha256=hashlib.sha256(canonical(kept)).hexdigest(),
        author_id=author_id,
        valid_from=at,
    )
    policy.save(force_insert=True, at=at)
    _record(policy, verb=verb, actor=actor, at=at, reason=reason)
    return policy


def _put_in_force(policy: Policy, *, actor: Actor, at: datetime) -> None:
    for former in Policy.objects.filter(unit_id=policy.unit_id, state=Policy.State.ACTIVE):
        if former.pk != policy.pk:
            former.state = Policy.State.SUPERSEDED
            former.save(at=at)
    if policy.state == Policy.State.DRAFT:
        policy.valid_from = at
    policy.state = Policy.State.ACTIVE
    policy.save(at=at)
    _record(policy, verb="policy.approved", actor=actor, at=at)


def _approver(policy: Policy, actor: Actor, at: datetime) -> UUID:
    subject = _subject(policy)
    words = "approve a policy"
    require_role(
        roles=(*RULE_APPROVERS, "board"),
        words=words,
        unit_id=policy.unit_id,
        actor=actor,
        at=at,
        subject=subject,
    )
    person = person_of(actor, words=words, subject=subject)
    if person == policy.author_id and not may_approve_own(
        act="policy.approve",
        version=policy.number,
        person_id=person,
        unit_id=policy.unit_id,
        roles=frozenset(RULE_APPROVERS),
        at=at,
    ):
        names = names_with_roles(roles=RULE_APPROVERS, unit_id=policy.unit_id, at=at)
        raise Forbidden(
            "second_person_needed",
            "You cannot approve this policy: you drafted it.",
            who_can=[name for name in names if name != actor.name],
            recorded=True,
            subject=subject,
        )
    return person


BOARD_DECIDES = word(
    "You cannot approve this policy: it lets a lower level decide ({found}). That is an act of "
    "the board."
)
BOARD_DECIDES_MORE = word(
    "You cannot approve this policy: it lets a lower level decide ({found}, and {count} more). "
    "That is an act of the board."
)


def _check_levels(policy: Policy, actor: Actor, at: datetime) -> None:
    """What goes to a lower level than before is the board's act (workflow 5, 'Level')."""
    former = Policy.objects.filter(unit_id=policy.unit_id, state=Policy.State.ACTIVE).first()
    if former is None or former.pk == policy.pk:
        return
    found = lowered(document_of(former).levels, document_of(policy).levels)
    if not found or _is_on_board(policy, actor, at):
        return
    raise Forbidden(
        "board_needed",
        worded(
            BOARD_DECIDES if len(found) == 1 else BOARD_DECIDES_MORE,
            found=found[0],
            count=len(found) - 1,
        ),
        who_can=names_with_roles(roles=("board",), unit_id=policy.unit_id, at=at)
        or ["a board member"],
        recorded=True,
        subject=_subject(policy),
    )


def _is_on_board(policy: Policy, actor: Actor, at: datetime) -> bool:
    if actor.person is None:
        return False
    return "board" in roles_for_unit(user_id=actor.person, unit_id=policy.unit_id, at=at)


def _locked(policy_id: UUID) -> Policy:
    policy = (
        Policy.objects.select_for_update(no_key=True, of=("self",))
        .select_related("unit")
        .filter(pk=policy_id)
        .first()
    )
    if policy is None:
        raise Missing("unknown_policy", "There is no such policy.")
    waits = policy.state == Policy.State.DRAFT or policy.approved_by_id is None
    if policy.state == Policy.State.SUPERSEDED or not waits:
        raise Conflict("policy_settled", "This version is settled; draft a new one to change it.")
    return policy


def _checked(body: Mapping[str, Any]) -> Any:
    try:
        return policy_from(body)
    except BadPolicy as error:
        raise Invalid(
            "policy_unworkable",
            joined(" ", error.problems),
            extra={"problems": list(error.problems)},
        ) from error


def _unit(unit_id: UUID) -> Unit:
    unit = Unit.objects.select_for_update(no_key=True).filter(pk=unit_id).first()
    if unit is None:
        raise Missing("unknown_unit", "There is no such unit.")
    return unit


def _record(policy: Policy, *, verb: str, actor: Actor, at: datetime, reason: str = "") -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=_subject(policy),
        reason=reason,
        after={
            "number": policy.number,
            "profile": policy.profile,
            "state": policy.state,
            "sha256": policy.sha256,
            "example": policy.example,
            "set_up": policy.set_up,
        },
    )


def _subject(policy: Policy) -> tuple[str, str, str]:
    return ("policy", str(policy.pk), f"{policy.unit.name}, version {policy.number}")


def _subject_of_unit(unit: Unit) -> tuple[str, str, str]:
    return ("unit", str(unit.pk), unit.name)
