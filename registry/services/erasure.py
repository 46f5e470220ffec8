"""Erasing a person, the registry's part: the request, and everything that an account holds."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import models, transaction

from ledger.governed import HistoryRow
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from ledger.services.erasures import Known, erased_subjects
from registry.models import ErasureRequest, User
from registry.services.access import require_anywhere
from registry.services.notices import forget_preference

State = ErasureRequest.State


@transaction.atomic
def ask_erasure(
    *, person_id: UUID, basis: str, reason: str, actor: Actor, at: datetime
) -> ErasureRequest:
    """Ask that a person's data be erased; by compliance. Nothing goes before a second one agrees.

    Raises Missing, Forbidden, Conflict (active, erased, asked for already), Invalid.
    """
    person = erasable(person_id)
    subject = ("user", str(person.pk), person.on_record)
    require_anywhere(act="erasure.ask", actor=actor, at=at, subject=subject)
    if basis not in ErasureRequest.Basis.values:
        raise Invalid("unknown_basis", "Say on which basis.", fields={"basis": "unknown"})
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    if ErasureRequest.objects.filter(person=person, state=State.ASKED).exists():
        raise Conflict("asked_already", "This erasure waits for a second person already.")
    asked = ErasureRequest(
        person=person,
        basis=basis,
        reason=reason.strip(),
        asked_by_id=_person_of(actor),
        asked_at=at,
    )
    asked.save(force_insert=True, at=at)
    append_entry(
        verb="person.erasure_asked",
        actor=actor,
        at=at,
        subject=subject,
        reason=asked.reason,
        after={"request": asked.pk, "basis": basis},
        touched=[f"registry_erasurerequest:{asked.pk}"],
    )
    return asked


@transaction.atomic
def decline_erasure(*, request_id: UUID, reason: str, actor: Actor, at: datetime) -> ErasureRequest:
    """Decline a request, with the reason. Raises Missing, Forbidden, Conflict, Invalid."""
    asked = lock_request(request_id)
    subject = ("user", str(asked.person_id), asked.person.on_record)
    require_anywhere(act="erasure.decide", actor=actor, at=at, subject=subject)
    require_second(asked, actor)
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    settle_request(asked, State.DECLINED, actor, at, reason=reason.strip())
    append_entry(
        verb="person.erasure_declined",
        actor=actor,
        at=at,
        subject=subject,
        reason=reason.strip(),
        after={"request": asked.pk, "state": str(asked.state)},
        touched=[f"registry_erasurerequest:{asked.pk}"],
    )
    return asked


def erasable(person_id: UUID) -> User:
    """Return a person whose data may be erased. Raises Missing, Conflict."""
    person: User | None = User.objects.filter(pk=person_id, kind=User.Kind.PERSON).first()
    if person is None:
        raise Missing("unknown_person", "There is no such person.")
    if person.is_active:
        words = worded(
            "{person_name} is active: deactivate the account first.", person_name=person.name
        )
        raise Conflict("still_active", words, who_can=["an administrator"])
    if str(person.pk) in erased_subjects():
        raise Conflict("erased_already", "This person was erased already.")
    return person


def lock_request(request_id: UUID) -> ErasureRequest:
    """Return a waiting request, locked. Raises Missing, Conflict."""
    rows = ErasureRequest.objects.select_for_update(no_key=True, of=("self",))
    asked: ErasureRequest | None = (
        rows.select_related("person", "asked_by").filter(pk=request_id).first()
    )
    if asked is None:
        raise Missing("unknown_request", "There is no such request.")
    if asked.state != State.ASKED:
        raise Conflict(
            "request_settled",
            worded("This request is {state}.", state=asked.get_state_display().lower()),
        )
    return asked


def require_second(asked: ErasureRequest, actor: Actor) -> None:
    """Refuse who asked for it. Raises Forbidden."""
    if _person_of(actor) == asked.asked_by_id:
        raise Forbidden(
            "second_person_needed",
            "You cannot decide on this erasure: you asked for it.",
            who_can=["another compliance officer", "an executive"],
            recorded=True,
            subject=("user", str(asked.person_id), asked.person.on_record),
        )


def settle_request(
    asked: ErasureRequest, state: str, actor: Actor, at: datetime, *, reason: str = ""
) -> None:
    """Set how a request ended and by whom; the caller writes the entry."""
    asked.state, asked.decided_by_id, asked.decided_at = state, actor.person, at
    asked.decided_reason = reason
    asked.save(at=at)


def known_of(person: User) -> Known:
    """Return how a person is called until the erasure."""
    return Known(person.pk, person.name, email=person.email, title=person.title)


@transaction.atomic
def erase_account(*, person: User, known: Known, at: datetime) -> None:
    """Empty an account and everything that stands around it; the id stays, for keys point to it."""
    _forget_sign_ins(person)
    forget_preference(person=person, at=at)
    about = str(person.pk)
    person.name, person.title = known.pseudonym, ""
    person.email = f"{about.replace('-', '')}@erased.invalid"
    person.zone, person.language, person.theme = "UTC", "en", ""
    person.set_unusable_password()
    person.last_login = None
    person.save(at=at)
    history = {"name": known.pseudonym, "email": person.email, "title": ""}
    User.history.model.objects.filter(id=person.pk).update(**history)
    for model in _histories():
        rows = model._default_manager.filter(history_user_id=person.pk)
        rows.exclude(history_actor="").update(history_actor=known.pseudonym)
    LogEntry.objects.filter(object_id=about).update(object_repr=known.pseudonym)


def _forget_sign_ins(person: User) -> None:
    """Addresses, second factors, sessions, and the counters against guessing."""
    EmailAddress.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    SocialAccount.objects.filter(user=person).delete()
    UserSession.objects.filter(user=person).delete()
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()
    for kept in (AccessAttempt, AccessFailureLog, AccessLog):
        kept.objects.filter(username__iexact=person.email).delete()


def _histories() -> Iterator[type[models.Model]]:
    return (model for model in apps.get_models() if issubclass(model, HistoryRow))


def _person_of(actor: Actor) -> UUID:
    if actor.person is None:
        raise Forbidden("person_needed", "An erasure is asked for and decided by persons.")
    return actor.person
