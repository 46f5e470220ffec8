"""Parties of an incident, and what a command is."""

from dataclasses import dataclass
from typing import Literal

from incidents.rules.fields import Field

Party = Literal[
    "owner_side",
    "validator",
    "second_person",
    "witness",
    "verifier",
    "executor",
    "emergency",
    "chair",
    "auditor",
    "gateway",
    "engine",
]

PARTY_WORDS: dict[Party, str] = {
    "owner_side": "the owner, the deputy or a delegate of theirs",
    "validator": "a compliance or risk officer",
    "second_person": "a second person from compliance, risk or the executive",
    "witness": "a second person: an engineer, compliance, risk or an executive",
    "verifier": "a compliance or risk officer who took no part as owner or executor",
    "executor": "who carries out the action",
    "emergency": "an emergency actor, or the owner or the deputy",
    "chair": "the chair of the committee, or the vice chair",
    "auditor": "an auditor",
    "gateway": "the gateway's service account",
    "engine": "the engine",
}

PARTY_ROLES: dict[Party, frozenset[str]] = {
    "validator": frozenset({"compliance", "risk"}),
    "second_person": frozenset({"compliance", "risk", "executive"}),
    "witness": frozenset({"compliance", "risk", "executive", "engineer"}),
    "verifier": frozenset({"compliance", "risk"}),
    "emergency": frozenset({"emergency"}),
    "auditor": frozenset({"auditor"}),
}
"""Which roles make somebody a party; owner's side, executor, chair, gateway and engine are none."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a command is: its words, who may give it, what the record calls it.

    `fields` are what it asks for. `act` is the part that the person takes in the incident;
    `meaning` what their signature means, empty where none is asked for.
    """

    name: str
    words: str
    button: str
    who: tuple[Party, ...]
    verb: str
    act: str = ""
    meaning: str = ""
    fields: tuple[Field, ...] = ()

    @property
    def by_engine_only(self) -> bool:
        """Whether no person may give it."""
        return self.who == ("engine",)
