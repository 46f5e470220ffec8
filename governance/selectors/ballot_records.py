"""What the signature of a ballot is bound to, so that each verifies singly."""

from typing import Any

from governance.models import Ballot
from registry.services.signatures import bound_to_list, is_valid


def record_of_ballot(ballot: Ballot) -> dict[str, Any]:
    """Return what the signature of a ballot is bound to, from the record.

    A ballot cast by a list is bound to the list's hash too, a countersigned one to the recorded
    vote.
    """
    record: dict[str, Any] = {
        "motion": ballot.motion_sha256,
        "seat": ballot.seat_number,
        "vote": ballot.vote,
        "reason": ballot.reason,
    }
    if ballot.casting:
        return record | {"casting": True}
    record["final"] = ballot.final
    countersigned = getattr(ballot, "countersignature", None)
    if countersigned is not None:
        record["recorded"] = countersigned.recorded_vote_id
    listed = getattr(ballot.signature, "listed", None)
    return bound_to_list(record, listed.signing_list.sha256 if listed is not None else "")


def is_intact_ballot(ballot: Ballot) -> bool:
    """Whether a ballot reads as it was signed."""
    return is_valid(ballot.signature, record_of_ballot(ballot))
