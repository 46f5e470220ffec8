"""Whether a system has enough persons for its cases: who could take which part, who is missing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from governance.rules.staffing import Post, first_unfilled, least_persons
from governance.selectors.committees import committee_in_force, seats_in_force
from governance.selectors.policies import document_of, policy_in_force
from incidents.rules.parties import PARTY_ROLES
from incidents.rules.segregation import Part
from ledger.rules.worded import term, word, worded
from registry.models import System
from registry.rules.recorded_roles import role_told
from registry.selectors.people import people_with_role

LINES: tuple[tuple[str, Part], ...] = (("compliance", "compliance_line"), ("risk", "risk_line"))


@dataclass(frozen=True, slots=True)
class Staffing:
    """How many persons a case of a system takes and how many there are, owner's side as one.

    `words` say for what nobody is left, '' where every part can be filled.
    """

    needed: int
    available: int
    words: str

    @property
    def suffices(self) -> bool:
        """Whether every part can be filled by somebody who may fill it."""
        return not self.words


def staffing(*, system: System, at: datetime) -> Staffing | None:
    """Count the persons for a case of a system that goes to its committee (SEG-12).

    Executors are named by each motion: engineers are counted, and the owner where the policy lets
    owners execute. None where no policy is in force or no committee is founded.
    """
    policy = policy_in_force(unit_id=system.unit_id, at=at)
    body = committee_in_force(unit_id=system.unit_id, level="committee")
    if policy is None or body is None:
        return None
    rules = document_of(policy).segregation
    hold = _Holders(system, at)
    both = system.risk_tier in rules.both_lines_at
    executors = hold.of("engineer") + ((hold.owner,) if rules.owner_may_execute else ())
    posts = [
        Post(word("the owner's side"), ("owner",), (hold.owner,)),
        *(hold.lines() if both else hold.validator()),
        *(
            Post(
                worded("the seat {function}", function=role_told(seat.function)),
                ("voter",),
                hold.apart(seat.person_id, seat.substitute_id),
            )
            for seat in seats_in_force(committee=body, at=at)
        ),
        Post(word("carrying it out"), ("executor",), executors),
        Post(word("the verification"), ("verifier",), hold.of(*PARTY_ROLES["verifier"])),
    ]
    missing = first_unfilled(posts, rules.extra_pairs)
    return Staffing(
        needed=least_persons(posts, rules.extra_pairs),
        available=len({person for post in posts for person in post.people}),
        words=_told(missing),
    )


def _told(missing: Post | None) -> str:
    if missing is None:
        return ""
    what = term(missing.words)
    return worded("Nobody is left for {what} who took no other part.", what=what)


class _Holders:
    """Who holds which role for a system; the owner's side stands as one person, the owner."""

    def __init__(self, system: System, at: datetime) -> None:
        self.system, self.at = system, at
        self.owner = str(system.owner_id)

    def apart(self, *people: UUID | None) -> tuple[str, ...]:
        """These persons without the owner's side."""
        side = {None, self.system.owner_id, self.system.deputy_id}
        return tuple(dict.fromkeys(str(one) for one in people if one not in side))

    def of(self, *roles: str) -> tuple[str, ...]:
        """Whoever holds one of the roles, without the owner's side."""
        found = [
            person.pk
            for role in sorted(roles)
            for person in people_with_role(
                role=role, unit_id=self.system.unit_id, system_id=self.system.pk, at=self.at
            )
        ]
        return self.apart(*found)

    def lines(self) -> list[Post]:
        """Both lines of the validation."""
        return [
            Post(
                worded("the review for {line}", line=term(role)), ("validator", part), self.of(role)
            )
            for role, part in LINES
        ]

    def validator(self) -> list[Post]:
        """Either line of the validation."""
        return [Post(word("the review"), ("validator",), self.of(*PARTY_ROLES["validator"]))]
