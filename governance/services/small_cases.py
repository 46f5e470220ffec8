"""Small cases closed together: one ceremony, each case with a signature of its own (T25)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from governance.models import SigningList
from governance.rules.meetings import MOST_SIGNED, repeated
from governance.selectors.permissions import person_of
from governance.selectors.small_cases import COMMAND, record_of_case
from governance.services.signing_lists import begin_list, write_list
from incidents.models import Incident
from incidents.selectors.reviews import newest_findings
from incidents.selectors.visibility import incidents_visible_to
from incidents.services.commands.execution import execute, lock_incident
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing, Refused
from ledger.rules.worded import as_written, joined, worded
from registry.models import Signature, User
from registry.services.signatures import Ceremony


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case on the list: its number, and the hash of the findings that the validator read."""

    number: str
    findings_sha256: str


@retried
@transaction.atomic
def close_small_many(
    *,
    cases: Sequence[ListedCase],
    lessons: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> SigningList:
    """Close up to 25 small cases by one ceremony, all or none (T25).

    The list that is signed names each case with the hash of its record; each case keeps a signature
    of its own, bound to its record and to the list's hash, and verifies singly. The guards of T25
    hold for each: what stands against one is told with its number. Raises Missing, Forbidden,
    Conflict, Invalid.
    """
    _check_list(cases)
    person = person_of(actor, words="close cases", subject=("organisation", "", "small cases"))
    incidents = _locked(cases, person, at)
    given = lessons.strip()
    items = [_item(one, incidents[one.number], given) for one in cases]
    signing = begin_list(
        kind=SigningList.Kind.SMALL_CASES, person=person, items=items, ceremony=ceremony
    )
    signatures = [
        _close(incidents[one.number], given, signing.ceremony, actor, at) for one in cases
    ]
    return write_list(signing=signing, signatures=signatures, actor=actor, at=at)


def _check_list(cases: Sequence[ListedCase]) -> None:
    if not 0 < len(cases) <= MOST_SIGNED:
        words = worded("Choose between one and {most_signed} cases.", most_signed=MOST_SIGNED)
        raise Invalid("list_length", words, fields={"cases": words})
    twice = repeated(one.number for one in cases)
    if twice:
        words = worded("{twice} stands on the list twice.", twice=twice)
        raise Invalid("case_twice", words, fields={"cases": words})


def _locked(cases: Sequence[ListedCase], person: object, at: datetime) -> dict[str, Incident]:
    """Lock the cases in one order for everybody. Raises Missing for one that is not theirs."""
    user = User.objects.get(pk=person)
    visible = incidents_visible_to(user=user, at=at)
    rows = visible.filter(number__in=[one.number for one in cases]).order_by("pk")
    found = {number: pk for pk, number in rows.values_list("pk", "number")}
    missing = [one.number for one in cases if one.number not in found]
    if missing:
        raise Missing(
            "not_found",
            worded("There is no incident {missing} that you may see.", missing=missing[0][:40]),
        )
    return {number: lock_incident(pk) for number, pk in found.items()}


def _item(one: ListedCase, incident: Incident, lessons: str) -> dict[str, str]:
    findings = newest_findings(incident)
    if findings is None or findings.record_sha256 != one.findings_sha256:
        raise Conflict(
            "findings_changed",
            worded(
                "The findings of {number} have changed since you read them. Read them again.",
                number=one.number,
            ),
        )
    return {
        "incident": one.number,
        "findings_sha256": one.findings_sha256,
        "record_sha256": record_of_case(incident, lessons=lessons),
    }


def _close(
    incident: Incident, lessons: str, ceremony: Ceremony, actor: Actor, at: datetime
) -> Signature:
    """Close one, and return the signature that did."""
    try:
        done = execute(
            command=COMMAND,
            incident_id=incident.pk,
            actor=actor,
            at=at,
            expected_version=incident.version,
            idempotency_key=f"list:{ceremony.listed}",
            payload={"lessons": lessons} if lessons else {},
            signature=ceremony,
        )
    except Refused as refusal:
        refusal.reason = joined(": ", [as_written(incident.number), refusal.reason])
        raise
    return Signature.objects.get(pk=done.transition.payload["signature"])
