"""Sentences that parts of the product put on record as the reason of what they did.

The record keeps them in English. A page finds the sentence that fits and says it in the reader's
language (`outbox.recorded`); those that are made by `worded` are found there without standing
here. One that is worded anew stays in this list as long as records hold it.
"""

REASONS = (
    # ---------------------------------------------------------------- votes and motions
    "Adopted: {votes_for} for, {against} against, {abstained} abstained; {present} of {seats} "
    "seats voted.",
    "Adopted: {votes_for} for, {against} against, {abstained} abstained; {present} of {seats} "
    "seats voted; the casting vote is {casting}.",
    "Not carried: {votes_for} for, {against} against, {abstained} abstained; {present} of {seats} "
    "seats voted; {what} is needed.",
    "A tie, so not carried: {votes_for} for, {against} against, {abstained} abstained; {present} "
    "of {seats} seats voted.",
    "No quorum: {votes_for} for, {against} against, {abstained} abstained; {present} of {seats} "
    "seats voted, {needed} are needed. Lapsed is not approved.",
    "No quorum: {votes_for} for, {against} against, {abstained} abstained; {present} of {seats} "
    "seats voted, {needed} are needed, and nobody voted for {missing}. Lapsed is not approved.",
    "Inconclusive: {votes_for} for, {against} against, {abstained} abstained; {present} of {seats} "
    "seats voted; at least half of the ballots must be for or against.",
    "{words} It cannot be carried out: {why} Put another motion.",
    "{words} There is nothing left to refuse: {why}",
    "{words} Put next, the most protective first: {motions}.",
    "From {body}, where it was not decided: {words}",
    "Sent to the next level by who leads it: {reason}.",
    "After recusals it can no longer be decided as part of the consent agenda.",
    "Lifted out of the consent agenda of {meeting}: {reason}",
    "Motion {number} lapsed, and at high tier nothing runs on undecided.",
    "Motion {number} revokes {other}: {title}",
    "Motion {number} is revoked: {title}",
    "{number} is no longer carried out, so there is nothing to replace.",
    "{number} is no longer carried out, so nothing is there to replace.",
    "{number} was merged into {into}: {reason}",
    "The motion was edited; another one takes its place. {reason}",
    "The motion was edited after the first ballot, so the round is void with its ballots; another "
    "one takes its place. {reason}",
    "By {rule}, without anybody's decision: {reason}",
    "The reason of who stopped it follows within a day.",
    "A condition of motion {number} is overdue: {text}; {follows}.",
    "A condition of motion {number} is overdue: {text}. What was carried out stays until it is "
    "decided anew.",
    "after the tie put: {motions}",
    # ---------------------------------------------------------------- stops and standing orders
    "Standing order {number}: {reason}",
    "{number}: stopped at once",
    "Evidence of {number} is held: {reason}",
    "Evidence of {number} is released: {reason}",
    "adopted: {reason}",
    # ---------------------------------------------------------------- time that ran out, and clocks
    "Nobody opened the alarm within 24 h of its detection.",
    "No entry by the owner, the deputy or a delegate since {since} UTC. What was written is kept; "
    "the time for the findings runs on.",
    "nobody has read it for {hours} h",
    "its deadline stands still until {until} UTC",
    "its deadline runs again",
    "recalculated: {reason}",
    "{limb}: beside the clock whose place it takes.",
    "Known since {known_at} UTC: {limb}; the report is due by {due_at} UTC.",
    "Known since {known_at} UTC: {limb}; the report is due by {due_at} UTC. That was "
    "after its end.",
    "{regime} does not apply to this system: {source}",
    "{regime} does not apply to the organisation: {source}",
    # ---------------------------------------------------------------- carrying out and proofs
    "'{action}' cannot be carried out: {why}",
    "'{action}' is carried out.",
    "'{action}' is not carried out: {fault}.",
    "Drift: '{action}' was carried out, but {fault}.",
    "Nothing ordered has to be carried out first.",
    "An obligation cannot be carried out: {action}. {reason} What was carried out stays; a "
    "decision says what takes its place.",
    "It has the digest that the decision named: {digest}.",
    "Proved by: {evidence}",
    "Passed: confirmed by a second person with evidence.",
    "Passed: no decision event while the gateway lived.",
    "Passed: {told}.",
    "Passed: the {what} fires no more; {told}.",
    "Failed: the {what} fires anew.",
    "Failed: the {what} still fires at the end.",
    "Failed: 1 decision event after the stop.",
    "Failed: {count} decision events after the stop.",
    "Failed: {count} decisions by an unapproved version since the repair.",
    "Inconclusive: {told}.",
    "Inconclusive: {told}, and the time is over.",
    "The gateway was silent for {gap}, so that nothing proves the stop in that time.",
    "{good} of {needed} readings are good",
    "{good} of {needed} readings are good, {cases} of {wanted} cases",
    "{good} of {needed} readings are good. {told}",
    "{good} of {needed} readings are good, {cases} of {wanted} cases. {told}",
    "{events} of {least} decisions, all by approved versions",
    "{good} good readings since the start",
    # ---------------------------------------------------------------- cases that engines open
    "This is a rehearsal and no case. {purpose}",
    "Nothing valid has come from it since {heard}. It feeds {count} series of {system}. They are "
    "one cause and one case; what has not been heard is not known to be good.",
    "Nothing valid has come from it since {heard}. It feeds {count} series of {system} and "
    "{others} of {systems} other systems. They are one cause and one case; what has not been "
    "heard is not known to be good.",
    "{system} made 1 decision that were told just now. {told}",
    "{system} made {count} decisions that were told just now. {told}",
    "Alert {name} fires: {summary}",
    "Alert {name} fires again: {summary}",
    "Alertmanager says that {name} fires.",
    "{number} goes with it and is {level}.",
    "{number} stands at {state}.",
    "severity raised to {level}",
    "severity lowered to {level}",
    "{number}: {kpi} was {value}, beyond {limit}.",
    "The breach got worse: {told}",
    "the acceptance ended: {ground}",
    "{baseline} was withdrawn.",
    "{baseline} took the place of the former one.",
    "{why} Its limits cannot be used over that: {reason}",
    "{what} It cannot be withdrawn yet: {why}",
    "release {release} of the catalogue",
    # ---------------------------------------------------------------- lines that were not taken
    "Read as {encoding}, cells separated by {what}.",
    "This is no number with {what} before its decimals.",
    "This line has more cells than there are columns.",
    "There is no system {system} that this token may write to.",
    "Row {row} has another value for this window.",
    "Row {row} has the same event with other content.",
    "Row {row} says something else of the same event at the same instant.",
    "The KPI {kpi} is switched off since {since}.",
    "There is no KPI {kpi} in the catalogue.",
    "The event lies in the future, by more than {seconds} seconds.",
    "Its unit is {unit}, and it is mapped as {mapped}.",
    "It answered {code}: it is busy.",
    "It does not let us in ({code}): look at the credential.",
    "It answered {code}, a redirect: name the address that it leads to.",
    "It does not answer ({error}): look whether it runs.",
    "Nothing of what came was taken: {why}",
)
