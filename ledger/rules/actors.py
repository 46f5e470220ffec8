"""Who acts: a person or a named machine, as it was at the time."""

from dataclasses import dataclass, replace
from typing import Literal, Self
from uuid import UUID

Kind = Literal["person", "token", "task", "command", "system", "anonymous"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Everything the record keeps of who did something, and from where.

    `id` is a user's uuid for persons and service accounts, else the machine's name. `role` is
    the role at the time in words, `title` the person's own, kept as personal where no role is
    known. `address` is the caller's, as it is; only a commitment of it is written.
    `on_behalf_of` is the principal's uuid where a delegate acts.
    """

    kind: Kind
    id: str
    name: str
    role: str = ""
    title: str = ""
    on_behalf_of: str = ""
    channel: str = ""
    auth_method: str = ""
    session: str = ""
    token_id: str = ""
    request_id: str = ""
    task_id: str = ""
    address: str = ""

    @property
    def person(self) -> UUID | None:
        """The uuid of the person, or None for machines and strangers."""
        return UUID(self.id) if self.kind == "person" else None

    def acting(self, *, role: str, on_behalf_of: str = "") -> Self:
        """The same actor in a role, perhaps for a principal."""
        return replace(self, role=role, on_behalf_of=on_behalf_of)


def machine(name: str, *, kind: Kind = "system", channel: str = "engine") -> Actor:
    """Return the actor of a named part of the product, such as 'evaluator' or 'sweep'."""
    return Actor(kind=kind, id=name, name=name, role="engine", channel=channel)
