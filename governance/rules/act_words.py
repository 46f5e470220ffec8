"""What each step on an incident is called on a page: title, button, small print."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActWords:
    """Title of the panel, button, what it does (for 'Who may act'), what it takes, small print."""

    title: str
    button: str
    does: str
    takes: str = ""
    note: str = ""
    called: str = ""

    @property
    def name(self) -> str:
        """What the step is called where it cannot be taken."""
        return self.called or self.button


VALIDATOR = "is no compliance or risk officer"
ACTS: dict[str, ActWords] = {
    "acknowledge": ActWords(
        "Take it in hand",
        "Acknowledge",
        "acknowledge, raise the severity",
        "is not on the owner's side",
        "A 'yes' starts a provisional clock at once, counted from now; compliance is told. The "
        "time for the findings has been running since the opening. This cannot be undone.",
    ),
    "answer_silenced": ActWords(
        "What it was, in one line",
        "Answer and close",
        "answer in one line",
        "is not on the owner's side",
        "It came and went within a silence. Your line stands as its resolution; this cannot be "
        "undone.",
    ),
    "first_assessment": ActWords(
        "First assessment",
        "Save the first assessment",
        "write the first assessment",
        "is not on the owner's side",
        "Compliance reads it. You can write another one; the newest counts and all are kept.",
    ),
    "submit_findings": ActWords(
        "Your findings",
        "Submit and sign",
        "add evidence, submit the findings",
        "is not on the owner's side",
        "Compliance is told. What you sign cannot be changed; if it comes back to you, you submit "
        "a new revision in the time that you have left.",
    ),
    "add_evidence": ActWords(
        "Add evidence",
        "Add evidence",
        "add evidence",
        note="It is listed with its hash and your name, and stays.",
    ),
    "raise_severity": ActWords(
        "Raise the severity",
        "Raise the severity",
        "raise the severity",
        note="Deadlines become shorter, never longer. A severity is lowered by a validation only.",
    ),
    "validate": ActWords(
        "Your validation",
        "Validate and sign",
        "validate, return, raise the severity",
        VALIDATOR,
        "The owner and the committee's secretary are told. With the last review that is needed "
        "the incident moves to the committee; this cannot be undone, only superseded.",
    ),
    "return_to_owner": ActWords(
        "Return to the owner",
        "Return to owner",
        "return",
        VALIDATOR,
        "The owner is told what is missing and gets the time that was left, not fresh time.",
    ),
    "dismiss": ActWords(
        "Dismiss",
        "Dismiss",
        "dismiss",
        VALIDATOR,
        "Where the policy asks for two persons you propose, and a second one agrees.",
    ),
    "close_small": ActWords(
        "Close a small case",
        "Close and sign",
        "close as a small case",
        VALIDATOR,
        "The cause is over and nobody was affected. The owner is told; it ends here.",
        "Close as a small case",
    ),
    "confirm_action": ActWords(
        "Confirm an action",
        "Confirm as second person",
        "confirm an action with evidence",
        "is no second person: that takes compliance, risk, an executive or an engineer",
        "What you saw is compared with what was ordered. If it agrees, the proof of its effect "
        "begins; if not, your observation is kept and nothing moves.",
        "Confirm an action",
    ),
    "confirm_proof": ActWords(
        "Confirm a proof",
        "Confirm as second person",
        "confirm a proof with evidence",
        "is no second person: that takes compliance, risk, an executive or an engineer",
        "The proof counts as passed by your word and the evidence that you name.",
        "Confirm a proof",
    ),
    "verification_failed": ActWords(
        "The effect is not there",
        "Send back to the committee",
        "send it back to the committee",
        VALIDATOR,
        "The case goes back to the committee, a level up; proofs begin anew with what it orders.",
        "Send it back to the committee",
    ),
    "close": ActWords(
        "Verify and close",
        "Close and sign",
        "verify and close",
        VALIDATOR,
        "You sign every proof with its outcome, and how the case ended. The owner and the "
        "committee are told. If the cause comes back, it is opened again.",
        "Verify and close",
    ),
    "motion": ActWords("Put a motion", "Put a motion", "put a motion"),
    "convene": ActWords("Convene the committee", "Open the motion", "convene the committee"),
    "vote": ActWords("Your vote is asked", "Open the ballot", "vote"),
}


def clause(reason: str) -> str:
    """Return why, without 'You cannot …': the words behind the colon, or the whole sentence."""
    head, colon, tail = reason.partition(": ")
    told = tail if colon and head.startswith("You cannot") else reason
    told = told.strip().rstrip(".")
    is_word = told[1:2].islower() or told[:2] in ("A ", "I ")
    return told[:1].lower() + told[1:] if is_word else told
