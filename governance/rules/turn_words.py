"""What turns of a case are called on its page: to ask for them, and to agree to what was asked."""

from governance.rules.act_shape import ActWords

SIDE_OR_OFFICER = "is neither on the owner's side nor a compliance or risk officer"
OFFICER = "is no compliance or risk officer"
OWNERS_SIDE = "is not on the owner's side"

TURN_WORDS: dict[str, ActWords] = {
    "withdraw": ActWords(
        "Withdraw the case",
        "Propose to withdraw",
        "propose to withdraw it",
        SIDE_OR_OFFICER,
        "Nothing was wrong, the readings were, or another incident has it. A second person agrees, "
        "at the decision the chair; then every deadline ends and an open vote is void.",
        "Withdraw it",
    ),
    "reopen": ActWords(
        "Reopen the case",
        "Ask to reopen",
        "ask to reopen it",
        "is no compliance or risk officer, chair or auditor",
        "A compliance or risk officer, another one than you, agrees. A new cycle begins with the "
        "policy of now; what was done before stays as it is.",
        "Reopen it",
    ),
    "lower_severity": ActWords(
        "Lower the severity",
        "Lower the severity",
        "lower the severity",
        OFFICER,
        "Never below what harm, a law or fairness asks for. Deadlines become later; the old ones "
        "stay on record. The reason is listed among the exceptions.",
    ),
    "reassign": ActWords(
        "Another owner or deputy",
        "Reassign",
        "reassign it",
        SIDE_OR_OFFICER,
        "What was done stays done by who did it. Whoever validated or voted on it cannot own it.",
    ),
    "pause_clock": ActWords(
        "Let the deadline stand still",
        "Ask for a pause",
        "ask for a pause",
        SIDE_OR_OFFICER,
        "A compliance or risk officer agrees, another one than you. Regulatory clocks, and a "
        "severe case, never stand still. It runs on by itself at the end.",
        "Pause the deadline",
    ),
    "resume_clock": ActWords(
        "Let the deadline run again",
        "Let it run again",
        "let the deadline run again",
        SIDE_OR_OFFICER,
        "What was left when it began to stand still is left now.",
        "Let the deadline run again",
    ),
    "wait_for": ActWords(
        "Whom it waits for",
        "Save",
        "say whom it waits for",
        SIDE_OR_OFFICER,
        "It is shown in every list and pauses nothing: the deadline runs on.",
        "Say whom it waits for",
    ),
    "merge": ActWords(
        "Merge into another case",
        "Propose to merge",
        "propose to merge it",
        OWNERS_SIDE,
        "A compliance or risk officer agrees. It then goes from stage to stage with the other "
        "case, keeps its own population and proof, and is closed before it. An open vote is void.",
        "Merge it into another case",
    ),
    "split": ActWords(
        "Split the case",
        "Propose to split",
        "propose to split it",
        OWNERS_SIDE,
        "A compliance or risk officer agrees. What goes with another case leaves it; of any other "
        "case a part gets a number of its own. Whoever took part here took part there.",
        "Split it",
    ),
    "link": ActWords(
        "Link it with another case",
        "Link it",
        "link it with another case",
        SIDE_OR_OFFICER,
        "Both cases show it. Nothing moves, and a link is not taken back.",
        "Link it with another case",
    ),
}

AGREE_WORDS: dict[str, ActWords] = {
    "merge": ActWords(
        "Agree to merge it?",
        "Agree and merge",
        "agree to merge it",
        OFFICER,
        "From here it goes with the other case. You agree to what was proposed, and to no other.",
    ),
    "split": ActWords(
        "Agree to split it?",
        "Agree and split",
        "agree to split it",
        OFFICER,
        "You agree to what was proposed. Its people are the same on both sides.",
    ),
    "withdraw": ActWords(
        "Agree to withdraw it?",
        "Agree and withdraw",
        "agree to withdraw it",
        "is no second person for it",
        "You agree to the ground that was proposed, and to no other. Every deadline ends and an "
        "open vote is void; this cannot be undone.",
    ),
    "reopen": ActWords(
        "Agree to reopen it?",
        "Agree and reopen",
        "agree to reopen it",
        OFFICER,
        "A new cycle begins with the policy of now, fresh deadlines, and the level that it had.",
    ),
    "pause_clock": ActWords(
        "Agree to the pause?",
        "Agree to the pause",
        "agree to the pause",
        OFFICER,
        "You may shorten what was asked for, not lengthen it.",
    ),
}
