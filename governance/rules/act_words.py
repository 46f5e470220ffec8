"""What each step on an incident is called on a page: title, button, small print."""

from governance.rules.act_shape import ActWords
from governance.rules.turn_words import TURN_WORDS
from ledger.rules.worded import shortened

__all__ = ["ACTS", "ActWords", "clause"]

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
        "Write first assessment",
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
        note="Deadlines become shorter, never longer. Only compliance or risk lowers it again.",
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
    "cannot_execute": ActWords(
        "It cannot be carried out",
        "Report it",
        "report that an action cannot be carried out",
        "does not carry out the action",
        "A stop goes back to the committee at once; what else was ordered runs on. The gateway is "
        "sent nothing more of it.",
        "Report that it cannot be carried out",
    ),
    "bind_version": ActWords(
        "A version went live since the retraining was ordered",
        "Bind this version",
        "bind the retrained version",
        "is no second person: that takes compliance, risk, an executive or an engineer",
        "From then on the order is for this version alone, named by its digest, and the proof "
        "measures it. Check each criterion first.",
        "Bind the retrained version",
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
    "review_acceptance": ActWords(
        "Review the accepted risk",
        "Save the review",
        "review the acceptance",
        VALIDATOR,
        "If it goes back to the decision, the acceptance runs on until its date or until the body "
        "decides. Nothing is renewed by a review.",
        "Review the acceptance",
    ),
    "risk_removed": ActWords(
        "The risk is removed",
        "The risk is removed",
        "find the risk removed",
        VALIDATOR,
        "The acceptance ends with it, and readings have to show from now on that the cause is "
        "gone. If they do not, the body decides anew.",
        "Find the risk removed",
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
    "emergency_contain": ActWords(
        "Stop it at once",
        "Stop at once and sign",
        "stop it at once",
        "is neither emergency actor nor on the owner's side",
        "It acts at once, before anybody decides, and stays until a decision lifts it. The "
        "committee ratifies it; if it does not in time, the executive is told and it stays so.",
        "Stop it at once",
    ),
    "explain_containment": ActWords(
        "Why it could not wait",
        "Give the reason",
        "give the reason for the stop",
        "is neither emergency actor nor on the owner's side",
        "It stands beside the stop, and the committee reads it.",
    ),
    "confirm_containment": ActWords(
        "Does it hold?",
        "Confirm that it holds",
        "confirm that the stop holds",
        "is no second person: that takes compliance, risk, an executive or an engineer",
        "You say with your name that you saw it stand, and where that can be seen.",
    ),
    "take_interim": ActWords(
        "Interim measure",
        "Take the measure",
        "take an interim measure",
        "is not on the owner's side",
        "Compliance is told at once. It ends by itself, or a decision adopts it; it never holds "
        "the whole system.",
    ),
    "end_interim": ActWords(
        "End a measure",
        "End the measure",
        "end an interim measure",
        "is neither on the owner's side nor compliance or risk",
        "The gateway and the state API stop asking for it.",
    ),
    "set_hold": ActWords(
        "Hold the evidence",
        "Hold the evidence",
        "hold the evidence",
        VALIDATOR,
        "Until you release it, rolling back, retraining, another prompt or deleting logs need a "
        "snapshot. Records are kept. A stop is never held up.",
    ),
    "release_hold": ActWords(
        "Release the evidence",
        "Release the evidence",
        "release the evidence",
        VALIDATOR,
        "The system may be altered again, and records run out in their time.",
    ),
    "learn_awareness": ActWords(
        "Who knew when",
        "Record the instant",
        "state an instant of awareness",
        "is neither on the owner's side nor a compliance or risk officer",
        "An earlier awareness moves every clock that counts from it, those sent and ended too; a "
        "later one is refused. What counted before stays on record.",
        "State who knew when",
    ),
    "state_fact": ActWords(
        "State a fact",
        "Record the fact",
        "state a fact",
        "is neither on the owner's side nor a compliance or risk officer",
        "A 'yes', or 'not known yet', may start a clock of the law; no fact makes one later.",
        "State a fact",
    ),
    "record_submission": ActWords(
        "A report was sent",
        "Record the report",
        "record a report",
        VALIDATOR,
        "The clocks that it meets call nobody any more; those that follow a report begin. It "
        "stands as you record it; a further report is a further record.",
        "Record a report that was sent",
    ),
    "decide_clock": ActWords(
        "An ended clock",
        "Decide",
        "decide on an ended clock",
        VALIDATOR,
        "Taken up again it runs beside the ended one, from the same awareness.",
        "Decide on an ended clock",
    ),
    **TURN_WORDS,
    "motion": ActWords("Put a motion", "Put a motion", "put a motion"),
    "convene": ActWords("Convene the committee", "Open the motion", "convene the committee"),
    "vote": ActWords("Your vote is asked", "Open the ballot", "vote"),
    "certify": ActWords("The votes are in", "Open the ballot", "certify the result"),
}


def clause(reason: str) -> str:
    """Return why, without 'You cannot …': the words behind the colon, or the whole sentence."""
    head, colon, tail = reason.partition(": ")
    told = tail if colon and head.startswith("You cannot") else reason
    told = told.strip().rstrip(".")
    is_word = told[1:2].islower() or told[:2] in ("A ", "I ")
    return shortened(told[:1].lower() + told[1:] if is_word else told, reason)
