"""Who is too near to what somebody wrote to be its second person."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from ledger.rules.worded import word
from registry.models import System
from registry.selectors.people import principals_of

OWNERS_SIDE = word("you stand on its owner's side")


def why_too_near(*, person_id: UUID, wrote: Collection[UUID], system: System, at: datetime) -> str:
    """Return why a person is no second person for it, '' where they are one.

    A person counts as themselves and as everybody for whom they act now (workflow section 1).
    """
    if person_id in wrote:
        return word("you wrote it, or a part of it")
    if person_id in (system.owner_id, system.deputy_id):
        return OWNERS_SIDE
    principals = {person.pk for person in principals_of(user_id=person_id, at=at)}
    if principals & set(wrote):
        return word("you act for who wrote it")
    return OWNERS_SIDE if principals & {system.owner_id, system.deputy_id} else ""
