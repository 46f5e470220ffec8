"""Proposals to accept a risk, by people or by other systems. None of them accepts anything."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from incidents.models import AcceptanceProposal, Incident
from incidents.rules.acceptances import FIELDS
from incidents.rules.fields import LONGEST_TEXT, read_fields
from incidents.rules.transitions import ENDED, PARTY_WORDS, Party
from incidents.selectors.cast import Cast
from incidents.services.acceptance_records import next_number
from incidents.services.commands.execution import lock_incident
from incidents.services.notices import tell
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import either, term, word, worded
from ledger.services.entries import append_entry
from registry.models import User

State = AcceptanceProposal.State
MAY_PROPOSE: tuple[Party, ...] = ("owner_side", "validator", "second_person")
MAY_REJECT: tuple[Party, ...] = ("validator",)
LONGEST = {"source": 120, "reference": 200}


@transaction.atomic
def propose_acceptance(
    *,
    incident_id: UUID,
    terms: Mapping[str, Any],
    source: str,
    reference: str,
    actor: Actor,
    at: datetime,
) -> AcceptanceProposal:
    """Keep what is proposed to be accepted; what is missing stays missing and is shown (F28).

    `terms` are those of rules.acceptances.FIELDS. A `reference` of a `source` is taken once; the
    same one again returns the first. Raises Missing, Conflict, Forbidden, Invalid.
    """
    incident = lock_incident(incident_id)
    _check_texts(source, reference)
    known = _imported(source, reference)
    if known is not None:
        return _same(known, incident)
    if incident.state in ENDED:
        raise Conflict(
            "incident_over",
            worded("{number} is over: nothing is left to accept.", number=incident.number),
        )
    person = _permitted(incident, actor, MAY_PROPOSE, word("propose to accept the risk of"), at)
    row = AcceptanceProposal(
        number=next_number("RP", at),
        incident=incident,
        terms=_clean(terms),
        source=source,
        reference=reference,
        proposed_by=person,
        proposed_at=at,
    )
    row.save(force_insert=True, at=at)
    _record("acceptance.proposed", row, actor, at, after={"state": row.state, "terms": row.terms})
    _tell_owner(row, at)
    return row


def _tell_owner(row: AcceptanceProposal, at: datetime) -> None:
    """Tell the owner of the case that a proposal came, and what it is worth."""
    tell(
        row.incident,
        [row.incident.owner],
        task="acceptance_proposed",
        key=f"{row.number}:proposed",
        due_at=None,
        at=at,
        words=worded(
            "{number} from {source}. Nothing is accepted by it: a body decides.",
            number=row.number,
            source=row.source,
        ),
    )


@transaction.atomic
def reject_proposal(*, number: str, reason: str, actor: Actor, at: datetime) -> AcceptanceProposal:
    """Reject a proposal without putting it to a body. Raises Missing, Conflict, Forbidden, Invalid.

    By a validator who is not on the owner's side and did not propose it.
    """
    row = _locked(number)
    if row.state != State.PROPOSED:
        raise Conflict(
            "proposal_settled",
            worded("{number} is {state} already.", number=number, state=term(row.state)),
        )
    person = _permitted(row.incident, actor, MAY_REJECT, word("reject a proposal on"), at)
    if person is None or person.pk == row.proposed_by_id:
        raise Forbidden("not_separate", "Somebody else than who proposed it rejects it.")
    if not reason.strip() or "\x00" in reason or len(reason) > LONGEST_TEXT:
        raise Invalid("reason_needed", "Say why.", fields={"reason": "Say why."})
    row.state, row.decided_by, row.decided_at = State.REJECTED, person, at
    row.decided_because = reason.strip()
    row.version += 1
    row.save(at=at)
    _record(
        "acceptance.proposal_rejected",
        row,
        actor,
        at,
        before={"state": State.PROPOSED},
        after={"state": row.state},
        reason=row.decided_because,
    )
    return row


def _locked(number: str) -> AcceptanceProposal:
    """The incident is locked before what hangs on it."""
    key = AcceptanceProposal.objects.filter(number=number).values_list("incident_id", flat=True)
    incident_id = key.first()
    if incident_id is None:
        raise Missing("unknown_proposal", "There is no such proposal that you may see.")
    incident = lock_incident(incident_id)
    rows = AcceptanceProposal.objects.select_for_update(no_key=True, of=("self",))
    row: AcceptanceProposal = rows.get(number=number)
    row.incident = incident
    return row


def _imported(source: str, reference: str) -> AcceptanceProposal | None:
    if not reference:
        return None
    return AcceptanceProposal.objects.filter(source=source, reference=reference).first()


def _same(known: AcceptanceProposal, incident: Incident) -> AcceptanceProposal:
    if known.incident_id == incident.pk:
        return known
    raise Conflict(
        "reference_taken",
        worded(
            "{source} has sent {reference} already, as {number}.",
            source=known.source,
            reference=known.reference,
            number=known.number,
        ),
    )


def _permitted(
    incident: Incident, actor: Actor, parties: tuple[Party, ...], words: str, at: datetime
) -> User | None:
    """Return the person who may, None for a service account, whose door has asked its scope."""
    if actor.kind == "token":
        return None
    person: User | None = User.objects.filter(pk=actor.person, is_active=True).first()
    cast = Cast(incident, at)
    own = cast.own_parties(person.pk) if person is not None else frozenset()
    barred = "owner_side" in own and "owner_side" not in parties
    if person is not None and own & set(parties) and not barred:
        return person
    who = either([term(PARTY_WORDS[party]) for party in parties], between=" or ")
    raise Forbidden(
        "not_your_part",
        worded(
            "You cannot {words} {number}: that takes {who}.",
            words=term(words),
            number=incident.number,
            who=who,
        ),
        who_can=[one.name for party in parties for one in cast.holders(party)][:6],
        recorded=True,
        subject=("incident", str(incident.pk), incident.number),
    )


def _check_texts(source: str, reference: str) -> None:
    given = {"source": source, "reference": reference}
    faults = {
        name: worded("This is a text of at most {longest} characters.", longest=LONGEST[name])
        for name, text in given.items()
        if len(text) > LONGEST[name] or "\x00" in text
    }
    if not source.strip():
        faults["source"] = "Say where it comes from."
    if faults:
        raise Invalid("proposal_not_right", next(iter(faults.values())), fields=faults)


def _clean(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is there, as it came; what is wrong is refused, what is missing stays so."""
    given = {name: value for name, value in terms.items() if value not in (None, "", [])}
    _, faults = read_fields(FIELDS, given)
    wrong = {name: words for name, words in faults.items() if name in given}
    if "versions" in given and "versions" not in wrong and not _are_labels(given["versions"]):
        wrong["versions"] = "This is a list of labels."
    if wrong:
        raise Invalid("proposal_not_right", next(iter(wrong.values())), fields=wrong)
    return {name: value if isinstance(value, list) else str(value) for name, value in given.items()}


def _are_labels(values: Any) -> bool:
    return len(values) <= 20 and all(
        isinstance(one, str) and len(one) <= 80 and "\x00" not in one for one in values
    )


def _record(
    verb: str,
    row: AcceptanceProposal,
    actor: Actor,
    at: datetime,
    *,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("acceptance_proposal", str(row.pk), row.number),
        before=before or {},
        after=after,
        reason=reason,
        incident_id=row.incident_id,
        system_id=row.incident.system_id,
        details={"source": row.source, "reference": row.reference},
    )
