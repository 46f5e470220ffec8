"""The commands of an incident as data: their words, who may give them, what the record says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from incidents.rules.command_fields import FIELDS
from incidents.rules.fields import Field

Party = Literal[
    "owner_side", "validator", "second_person", "witness", "verifier", "gateway", "engine"
]

PARTY_WORDS: dict[Party, str] = {
    "owner_side": "the owner, the deputy or a delegate of theirs",
    "validator": "a compliance or risk officer",
    "second_person": "a second person from compliance, risk or the executive",
    "witness": "a second person: an engineer, compliance, risk or an executive",
    "verifier": "a compliance or risk officer who took no part as owner or executor",
    "gateway": "the gateway's service account",
    "engine": "the engine",
}

PARTY_ROLES: dict[Party, frozenset[str]] = {
    "validator": frozenset({"compliance", "risk"}),
    "second_person": frozenset({"compliance", "risk", "executive"}),
    "witness": frozenset({"compliance", "risk", "executive", "engineer"}),
    "verifier": frozenset({"compliance", "risk"}),
}
"""Which roles make somebody a party; owner's side, gateway and engine are none."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a command is: its words, who may give it, what the record calls it.

    `act` is the part that the person takes in the incident; `meaning` what their signature means,
    empty where none is asked for.
    """

    name: str
    words: str
    button: str
    who: tuple[Party, ...]
    verb: str
    act: str = ""
    meaning: str = ""

    @property
    def fields(self) -> tuple[Field, ...]:
        """What the command asks for."""
        return FIELDS[self.name]

    @property
    def by_engine_only(self) -> bool:
        """Whether no person may give it."""
        return self.who == ("engine",)


COMMANDS: Mapping[str, Command] = {
    one.name: one
    for one in (
        Command(
            "acknowledge",
            "acknowledge",
            "Acknowledge",
            ("owner_side",),
            "incident.acknowledged",
            act="acknowledged",
        ),
        Command(
            "first_assessment",
            "write the first assessment of",
            "Save the first assessment",
            ("owner_side",),
            "incident.first_assessed",
            act="assessed",
        ),
        Command(
            "submit_findings",
            "submit the findings of",
            "Submit and sign",
            ("owner_side",),
            "incident.findings_submitted",
            act="submitted",
            meaning="authorship",
        ),
        Command(
            "validate",
            "validate",
            "Validate and sign",
            ("validator",),
            "incident.validated",
            act="validated_compliance",
            meaning="review",
        ),
        Command(
            "return_to_owner",
            "return",
            "Return to the owner",
            ("validator",),
            "incident.returned",
            act="returned",
        ),
        Command(
            "dismiss",
            "dismiss",
            "Dismiss",
            ("validator", "second_person"),
            "incident.dismissed",
            act="dismissed",
        ),
        Command(
            "close_small",
            "close as a small case",
            "Close and sign",
            ("validator",),
            "incident.closed_small",
            act="closed_small",
            meaning="review",
        ),
        Command("adopt", "adopt", "", ("engine",), "incident.decision_adopted"),
        Command("keep_running", "keep running", "", ("engine",), "incident.kept_running"),
        Command("lapse", "note a lapsed vote on", "", ("engine",), "incident.lapsed"),
        Command(
            "confirm_action",
            "confirm an action of",
            "Confirm",
            ("gateway", "witness"),
            "incident.action_confirmed",
            act="confirmed",
        ),
        Command(
            "confirm_proof",
            "confirm a proof of",
            "Confirm the proof",
            ("witness",),
            "incident.verification_judged",
            act="confirmed",
        ),
        Command(
            "begin_verification",
            "begin the verification of",
            "",
            ("engine",),
            "incident.executed",
        ),
        Command(
            "attempt_failed",
            "note a failed attempt on",
            "",
            ("engine",),
            "incident.attempt_failed",
        ),
        Command(
            "close",
            "verify and close",
            "Verify, sign and close",
            ("verifier",),
            "incident.closed",
            act="verified",
            meaning="verification",
        ),
        Command(
            "verification_failed",
            "find the verification failed of",
            "Verification failed",
            ("engine", "verifier"),
            "incident.verification_failed",
            act="verified",
        ),
        Command(
            "inconclusive",
            "note an inconclusive proof of",
            "",
            ("engine",),
            "incident.inconclusive",
        ),
        Command(
            "add_evidence",
            "add evidence to",
            "Add evidence",
            ("owner_side", "validator", "witness", "engine"),
            "incident.evidence_added",
            act="added_evidence",
        ),
        Command(
            "raise_severity",
            "raise the severity of",
            "Raise the severity",
            ("owner_side", "validator", "engine"),
            "incident.severity_raised",
            act="raised",
        ),
        Command("join_breach", "join a breach to", "", ("engine",), "incident.joined"),
        Command("end_silence", "end the silence over", "", ("engine",), "incident.silence_ended"),
        Command(
            "answer_silenced",
            "answer in one line for",
            "Answer and close",
            ("owner_side",),
            "incident.answered_silenced",
            act="answered",
        ),
        Command("note_recovery", "note a recovery of", "", ("engine",), "incident.recovery_noted"),
    )
}
