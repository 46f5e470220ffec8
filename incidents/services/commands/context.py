"""What a command is given and what it comes to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from incidents.models import Incident, Transition
from incidents.rules.plan import Deadline, FrozenPlan
from incidents.selectors.attempts import Attempt
from registry.models import User
from registry.services.signatures import Ceremony


@dataclass(frozen=True, slots=True)
class Given:
    """A checked attempt with its fields, and the proof of who signs where one was given."""

    attempt: Attempt
    values: Mapping[str, Any]
    ceremony: Ceremony | None = None

    @property
    def incident(self) -> Incident:
        """The incident, locked."""
        return self.attempt.incident

    @property
    def plan(self) -> FrozenPlan:
        """The plan that this cycle is bound to."""
        return self.attempt.plan

    @property
    def at(self) -> datetime:
        """The instant of the command."""
        return self.attempt.at

    @property
    def asked(self) -> Transition | None:
        """What somebody asked for by this command and waits for a second person, if anything."""
        return self.attempt.cast.asked_for(self.attempt.command.name)

    @property
    def agrees(self) -> bool:
        """Whether the person agrees to what another one asked for."""
        return self.attempt.command.act.startswith("agreed_")

    @property
    def person(self) -> User:
        """Who gives the command. Raises TypeError for an engine, which no such command is for."""
        if self.attempt.user is None:
            raise TypeError(f"{self.attempt.command.name} is given by a person")
        return self.attempt.user


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command comes to, before it is written.

    `rows` are new records that wait for the number of the ledger entry. `then` runs after the
    transition is written, in the same transaction: timers, clocks, actions, messages. `deadline`
    replaces the one that the plan sets for the stage that is entered; `plan` that of a new cycle.
    `touched` are other rows that the entry tells of, as `table:key`.
    """

    target: str
    reason: str = ""
    verb: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[models.Model] = ()
    touched: Sequence[str] = ()
    deadline: Deadline | None = None
    plan: FrozenPlan | None = None
    then: Callable[[Transition], None] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What `execute` returns: the incident as it is, the transition, whether it was a replay."""

    incident: Incident
    transition: Transition
    replayed: bool = False
