"""One ceremony over a list: written down as it was shown, each signature bound to its hash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from governance.models import Meeting, SignedItem, SigningList
from governance.rules.meetings import MOST_SIGNED, list_hash, list_text
from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import Signature
from registry.services.signatures import Ceremony, sealed_digest


@dataclass(frozen=True, slots=True)
class Signing:
    """A list that is being signed: its text, and the ceremony that is bound to its hash."""

    kind: str
    person: UUID
    text: str
    ceremony: Ceremony


def begin_list(
    *, kind: str, person: UUID, items: Sequence[Mapping[str, Any]], ceremony: Ceremony
) -> Signing:
    """Bind a ceremony to a list of records; sign each record by `ceremony` of what is returned.

    Raises Invalid for an empty list and for more than 25 records.
    """
    if not 0 < len(items) <= MOST_SIGNED:
        words = worded(
            "One ceremony signs between one and {most_signed} records.", most_signed=MOST_SIGNED
        )
        raise Invalid("list_length", words, fields={"items": words})
    text = list_text(kind=kind, signer=str(person), items=items)
    return Signing(kind, person, text, replace(ceremony, listed=list_hash(text)))


def write_list(
    *,
    signing: Signing,
    signatures: Sequence[Signature],
    meeting: Meeting | None = None,
    secret: bool = False,
    actor: Actor,
    at: datetime,
) -> SigningList:
    """Write the list with the signatures that were given by its ceremony, in the list's order.

    In the transaction of the acts. `secret`: the entry keeps the list's hash shut, for what is on
    it could be guessed.
    """
    row_id, sha256 = uuid4(), signing.ceremony.listed
    number = append_entry(
        verb="list.signed",
        actor=actor,
        at=at,
        subject=("signing_list", str(row_id), f"list of {len(signatures)} {signing.kind}"),
        details={
            "sha256": sealed_digest(sha256) if secret else sha256,
            "signatures": [one.pk for one in signatures],
            "meeting": meeting.number if meeting else None,
        },
    )
    row = SigningList.objects.create(
        id=row_id,
        kind=signing.kind,
        person_id=signing.person,
        meeting=meeting,
        content=signing.text,
        sha256=sha256,
        at=at,
        entry_number=number,
    )
    for place, signature in enumerate(signatures, start=1):
        SignedItem.objects.create(
            signing_list=row,
            position=place,
            record_sha256=signature.payload_sha256,
            signature=signature,
            at=at,
            entry_number=number,
        )
    return row
