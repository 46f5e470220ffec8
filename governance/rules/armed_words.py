"""What started a clock of the law, as the record keeps it in English, for readers of any language.

The record says "'Was a person harmed?' yes; the classification is to be decided", with the question
in the words of that day. What fits none of the forms below stays as it was recorded.
"""

import re

from incidents.rules.clock_facts import ASKED
from ledger.rules.worded import Worded, as_written, joined, term, word, worded
from registry.rules.shipped import shipped

ANSWERED = re.compile(r"'(?P<ask>.+)' (?P<answer>yes|no|unknown)")
DECIDE = " to be decided"
CLASSIFICATION = "the classification is to be decided"
AGAIN, LATER = "taken up again: ", "facts that came later: "
REPORT = re.compile(r"the report of (?P<when>\d{4}-\d\d-\d\d \d\d:\d\d UTC)")
WHOSE = re.compile(
    r"(?P<whose>the deployer|the provider) became aware at another instant; "
    r"the earlier one alarms"
)
SIDES = {"the deployer": word("the deployer"), "the provider": word("the provider")}


def armed_by(text: str) -> str:
    """Return what armed a clock, to be said in the reader's language; what people wrote stays."""
    said = _answered(text) or _otherwise(text)
    return _kept(text, said) if said else text


def _answered(text: str) -> str:
    """Say an answer of the acknowledgement, and what is still to be decided; '' for another."""
    first, *rest = text.split("; ")
    found = ANSWERED.fullmatch(first)
    if found is None or found["ask"] not in ASKED.values():
        return ""
    said = worded("{question} {answer}", question=term(found["ask"]), answer=term(found["answer"]))
    return joined("; ", [said, *(_open(one) for one in rest)])


def _open(text: str) -> str:
    if text == CLASSIFICATION:
        return worded("the classification is to be decided")
    if text.endswith(DECIDE):
        regime = shipped(text.removesuffix(DECIDE))
        return joined(" ", [regime, worded("to be decided")])
    return as_written(text)


def _otherwise(text: str) -> str:
    """Say what armed it where no answer did; '' for what is not known."""
    if text.startswith(AGAIN):
        return worded("taken up again: {reason}", reason=text.removeprefix(AGAIN))
    if text.startswith(LATER):
        return worded("facts that came later: {reason}", reason=text.removeprefix(LATER))
    whose, report = WHOSE.fullmatch(text), REPORT.fullmatch(text)
    if whose:
        return worded(
            "{whose} became aware at another instant; the earlier one alarms",
            whose=term(SIDES[whose["whose"]]),
        )
    return worded("the report of {when}", when=report["when"]) if report else ""


def _kept(text: str, said: str) -> str:
    """Return the recorded English, said otherwise only in another language."""
    return Worded.made(text, message="{said}", named={"said": said})
