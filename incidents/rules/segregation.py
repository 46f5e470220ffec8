"""Segregation: which parts in one incident no person may hold both, over its whole history.

One symmetrical matrix (SEG-03) over parts; every act of the history belongs to a part. It is read
by person, not by role name: a delegate counts as themselves and as the one they act for, and
whoever holds a running delegation from the owner's side counts as the owner's side (SEG-01).
Sources: workflow section 1, rulings SEG-01 to SEG-13.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from ledger.rules.worded import term, word, worded

Part = Literal[
    "owner",
    "author",
    "validator",
    "compliance_line",
    "risk_line",
    "voter",
    "executor",
    "verifier",
    "secretary",
    "second_person",
    "first_dismisser",
    "proposer",
    "container",
    "approver",
]

PAIRS: tuple[tuple[Part, Part], ...] = (
    ("owner", "validator"),
    ("owner", "voter"),
    ("owner", "verifier"),
    ("owner", "secretary"),
    ("owner", "second_person"),
    ("author", "voter"),
    ("validator", "voter"),
    ("compliance_line", "risk_line"),
    ("executor", "voter"),
    ("executor", "verifier"),
    ("executor", "second_person"),
    ("first_dismisser", "second_person"),
    ("proposer", "voter"),
    ("container", "voter"),
    ("owner", "approver"),
)

PARTS_OF: dict[str, tuple[Part, ...]] = {
    "owned": ("owner",),
    "deputised": ("owner",),
    "acknowledged": ("owner",),
    "assessed": ("owner",),
    "submitted": ("owner",),
    "authored": ("author",),
    "returned": ("validator",),
    "validated_compliance": ("validator", "compliance_line"),
    "validated_risk": ("validator", "risk_line"),
    "dismissed": ("validator", "first_dismisser"),
    "closed_small": ("validator",),
    "agreed_dismissal": ("second_person",),
    "minuted": ("secretary",),
    "reviewed_acceptance": ("validator",),
    "found_removed": ("validator",),
    "owns_risk": ("owner",),
    "proposed_risk": ("proposer",),
    "voted": ("voter",),
    "chaired": ("voter",),
    "executes": ("executor",),
    "confirmed": ("second_person",),
    "contained": ("container",),
    "took_interim": ("owner",),
    "verified": ("verifier",),
    "agreed_withdrawal": ("approver",),
    "agreed_reopening": ("approver",),
    "agreed_pause": ("approver",),
    "agreed_merge": ("approver",),
    "agreed_split": ("approver",),
    "lowered": ("validator",),
}
"""The parts of every act that Participation may hold; other acts (raised, recused) hold none."""

OWNERS_SIDE = frozenset(act for act, parts in PARTS_OF.items() if "owner" in parts)

WORDS: dict[str, tuple[str, str]] = {
    "owned": ("you own the system", "owns the system"),
    "deputised": ("you are the owner's deputy", "is the owner's deputy"),
    "acknowledged": ("you acknowledged it", "acknowledged it"),
    "assessed": ("you wrote its first assessment", "wrote its first assessment"),
    "submitted": ("you submitted its findings", "submitted its findings"),
    "authored": ("you wrote a version that it is about", "wrote a version that it is about"),
    "returned": ("you returned its findings", "returned its findings"),
    "validated_compliance": ("you signed for compliance", "signed for compliance"),
    "validated_risk": ("you signed for risk", "signed for risk"),
    "dismissed": ("you proposed to dismiss it", "proposed to dismiss it"),
    "closed_small": ("you closed it as a small case", "closed it as a small case"),
    "agreed_dismissal": ("you agreed to dismiss it", "agreed to dismiss it"),
    "minuted": ("you keep its minutes", "keeps its minutes"),
    "reviewed_acceptance": ("you reviewed its acceptance", "reviewed its acceptance"),
    "found_removed": ("you found its risk removed", "found its risk removed"),
    "owns_risk": ("the accepted risk is yours", "owns the accepted risk"),
    "proposed_risk": ("you proposed to accept its risk", "proposed to accept its risk"),
    "voted": ("you voted on it", "voted on it"),
    "chaired": ("you chaired its decision", "chaired its decision"),
    "executes": ("you carry out its action", "carries out its action"),
    "confirmed": ("you confirmed its action", "confirmed its action"),
    "contained": ("you stopped or restricted it at once", "stopped or restricted it at once"),
    "took_interim": ("you took an interim measure on it", "took an interim measure on it"),
    "verified": ("you verified it", "verified it"),
    "agreed_withdrawal": ("you agreed to withdraw it", "agreed to withdraw it"),
    "agreed_reopening": ("you agreed to reopen it", "agreed to reopen it"),
    "agreed_pause": ("you agreed to pause its deadline", "agreed to pause its deadline"),
    "agreed_merge": ("you agreed to merge it", "agreed to merge it"),
    "agreed_split": ("you agreed to split it", "agreed to split it"),
    "lowered": ("you lowered its severity", "lowered its severity"),
}

_STRENGTH = (
    "submitted",
    "owned",
    "deputised",
    "acknowledged",
    "assessed",
    "validated_compliance",
    "validated_risk",
)


@dataclass(frozen=True, slots=True)
class PastAct:
    """An act of the history: by whom, and for whom where a delegate acted."""

    person: UUID
    act: str
    on_behalf_of: UUID | None = None

    def binds(self, person: UUID) -> bool:
        """Whether the act counts as that person's."""
        return person in (self.person, self.on_behalf_of)


@dataclass(frozen=True, slots=True)
class Clash:
    """Why somebody may not: the act that stands against it, and whose it was."""

    act: str
    whose: UUID
    himself: bool

    def reason(self, *, second_person: bool, name: str = "") -> str:
        """Return the reason as a clause, in the second or the third person.

        `name` is the name of the principal where the act binds through a delegation.
        """
        mine, theirs = WORDS[self.act]
        if not self.himself:
            return worded(
                "{part} for {name}, who {theirs}",
                part=term(word("you act") if second_person else word("acts")),
                name=name,
                theirs=term(theirs),
            )
        return term(mine if second_person else theirs)


def clash(
    *,
    act: str,
    history: Iterable[PastAct],
    person: UUID,
    acting_for: UUID | None = None,
    delegate_of: Collection[UUID] = (),
    extra_pairs: Iterable[tuple[str, str]] = (),
) -> Clash | None:
    """Return what stands against `person` doing `act` in this incident, None if nothing does.

    `acting_for` is the principal of this very act: all of the principal's acts count. `delegate_of`
    are persons who delegated to `person` while the incident lives: only their acts on the owner's
    side count, used or not.
    """
    barred = barred_by(act, extra_pairs)
    found = [
        candidate
        for past in history
        if not barred.isdisjoint(PARTS_OF.get(past.act, ()))
        and (candidate := _binding(past, person, acting_for, delegate_of)) is not None
    ]
    return min(found, key=_rank, default=None)


def barred_by(act: str, extra_pairs: Iterable[tuple[str, str]] = ()) -> frozenset[str]:
    """Return the parts that nobody may have held who does `act`."""
    wanted = set(PARTS_OF.get(act, ()))
    pairs = {*PAIRS, *extra_pairs}
    return frozenset(
        other for pair in pairs for mine, other in (pair, pair[::-1]) if mine in wanted
    )


def violations(
    history: Iterable[PastAct], extra_pairs: Iterable[tuple[str, str]] = ()
) -> list[tuple[UUID, str, str]]:
    """Return every (person, act, other act) of a history that the matrix forbids; for checks."""
    acts = list(history)
    return [
        (one.person, one.act, other.act)
        for index, one in enumerate(acts)
        for other in acts[:index]
        if other.binds(one.person)
        and not barred_by(one.act, extra_pairs).isdisjoint(PARTS_OF.get(other.act, ()))
    ]


def _binding(
    past: PastAct, person: UUID, acting_for: UUID | None, delegate_of: Collection[UUID]
) -> Clash | None:
    if past.binds(person):
        return Clash(past.act, person, himself=True)
    if acting_for is not None and past.binds(acting_for):
        return Clash(past.act, acting_for, himself=False)
    if past.act in OWNERS_SIDE and past.person in delegate_of:
        return Clash(past.act, past.person, himself=False)
    return None


def _rank(found: Clash) -> tuple[bool, int]:
    known = _STRENGTH.index(found.act) if found.act in _STRENGTH else len(_STRENGTH)
    return (not found.himself, known)


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One part of the matrix: what it is called, and for each part whether they are kept apart."""

    part: str
    words: str
    apart: tuple[bool, ...]


PART_WORDS: dict[str, str] = {
    "owner": "owner's side",
    "author": "author of a version",
    "validator": word("validator"),
    "compliance_line": "reviewer for compliance",
    "risk_line": "reviewer for risk",
    "voter": word("voter"),
    "executor": word("executor"),
    "verifier": word("verifier"),
    "secretary": word("secretary"),
    "second_person": "second person",
    "first_dismisser": "who first dismisses",
    "proposer": "proposer of an acceptance",
    "container": "who stopped it at once",
    "approver": "who agrees to what was asked",
}


def matrix(extra_pairs: Iterable[tuple[str, str]] = ()) -> tuple[MatrixRow, ...]:
    """Return the pair matrix whole, both ways alike (SEG-03), with the pairs of a policy."""
    pairs = {*PAIRS, *extra_pairs}
    both = pairs | {(other, one) for one, other in pairs}
    parts = (*PART_WORDS, *sorted({part for pair in both for part in pair} - set(PART_WORDS)))
    return tuple(
        MatrixRow(part, PART_WORDS.get(part, part), tuple((part, one) in both for one in parts))
        for part in parts
    )
