"""What the outcome of a round means, in a sentence, and in the words of the incident."""

from governance.rules.votes import Charter, Choice, Outcome, Tally
from ledger.rules.worded import worded

LAPSE_KINDS = {
    Outcome.TIE: "tie",
    Outcome.INQUORATE: "inquorate",
    Outcome.INCONCLUSIVE: "inconclusive",
    Outcome.REJECTED: "not_carried",
}
MAJORITY_WORDS = {
    "simple": "more for than against",
    "absolute": "more than half of the electorate",
    "two_thirds": "two thirds of the votes cast for or against",
    "unanimous": "no dissent: nobody against, of those who vote",
}


def outcome_words(
    outcome: Outcome, count: Tally, charter: Charter, casting: Choice | None = None
) -> str:
    """Return the outcome with its counts: 'Adopted: 2 for, 1 against, none abstained …'.

    `casting` is the casting ballot where one broke the tie.
    """
    votes = f"{count.votes_for} for, {count.against} against, {count.abstained} abstained"
    told = f"{votes}; {count.present} of {count.electorate} seats voted"
    if casting and count.votes_for == count.against:
        told += f"; the casting vote is {casting}"
    needed = MAJORITY_WORDS[charter.majority]
    words = {
        Outcome.ADOPTED: f"Adopted: {told}.",
        Outcome.REJECTED: f"Not carried: {told}; {needed} is needed.",
        Outcome.TIE: f"A tie, so not carried: {told}.",
        Outcome.INQUORATE: f"No quorum: {told}, {count.needed} are needed{_missing(count)}. "
        "Lapsed is not approved.",
        Outcome.INCONCLUSIVE: f"Inconclusive: {told}; at least half of the ballots must be for or "
        "against.",
    }
    return words[outcome]


def _missing(count: Tally) -> str:
    if not count.missing:
        return ""
    return worded(
        ", and nobody voted for {missing}", missing=" and ".join(count.missing).replace("|", " or ")
    )
