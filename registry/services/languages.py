"""The language in which a person reads pages and mails."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Invalid
from ledger.services.entries import append_entry
from registry.models import User


@transaction.atomic
def choose_language(*, user_id: UUID, language: str, actor: Actor, at: datetime) -> User:
    """Keep a person's own choice; the same one again changes nothing.

    Raises Invalid for a language that there is not, Forbidden for somebody else's account.
    """
    if language not in dict(settings.LANGUAGES):
        words = "There is no such language here."
        raise Invalid("unknown_language", words, fields={"language": words})
    if actor.id != str(user_id):
        raise Forbidden("not_yours", "Everybody chooses their own language.")
    user: User = User.objects.select_for_update().get(pk=user_id)
    if user.language == language:
        return user
    before, user.language = user.language, language
    user.save(at=at, update_fields=["language"])
    append_entry(
        verb="user.changed",
        actor=actor,
        at=at,
        subject=("user", str(user.pk), user.on_record),
        before={"language": before},
        after={"language": language},
        touched=[f"registry_user:{user.pk}"],
    )
    return user
