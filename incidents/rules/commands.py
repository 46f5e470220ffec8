"""The commands of an incident as data: their words, who may give them, what the record says."""

from collections.abc import Mapping
from dataclasses import replace

from incidents.rules.command_fields import FIELDS
from incidents.rules.parties import Command
from incidents.rules.tables import (
    acceptance,
    asking,
    carrying,
    clockwork,
    containment,
    families,
    rehearsing,
    turns,
)

_MAIN: tuple[Command, ...] = (
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
        "Write first assessment",
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
        ("gateway", "witness", "engine"),
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

COMMANDS: Mapping[str, Command] = {
    one.name: one
    for one in (
        *(replace(one, fields=FIELDS[one.name]) for one in _MAIN),
        *turns.COMMANDS,
        *rehearsing.COMMANDS,
        *containment.COMMANDS,
        *carrying.COMMANDS,
        *acceptance.COMMANDS,
        *asking.COMMANDS,
        *clockwork.COMMANDS,
        *families.COMMANDS,
    )
}
