"""Statements of applicability: a line a control, checked before anybody signs them.

ISO/IEC 42001, 6.1.3 f, asks for the controls with the reasons to include or to leave them out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from ledger.rules.worded import worded

LONGEST = 1000
REASON_NEEDED = "Say why it does not apply: without a reason it applies."


class Line(Struct, frozen=True, kw_only=True):
    """What a statement says of one control: whether it applies, why, how it is implemented."""

    applicable: bool = True
    reason: str = ""
    how: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {"applicable": self.applicable, "reason": self.reason, "how": self.how}


def line_of(lines: Mapping[str, Mapping[str, Any]], provision: str) -> Line:
    """Return the line of a control; one that is not there applies, without a word."""
    return Line(**lines.get(provision, {}))


def line_faults(lines: Mapping[str, Line], known: Sequence[str]) -> dict[str, str]:
    """Return what is wrong with lines that are to be kept, by provision."""
    faults = {key: "The framework has no such control." for key in lines if key not in known}
    for key, line in lines.items():
        if "\x00" in line.reason + line.how:
            faults[key] = "There is a character in it that cannot be kept."
        elif max(len(line.reason), len(line.how)) > LONGEST:
            faults[key] = worded("At most {longest} characters.", longest=LONGEST)
    return faults


def signing_faults(lines: Mapping[str, Mapping[str, Any]], known: Sequence[str]) -> dict[str, str]:
    """Return what keeps a statement from being signed, by provision: a reason is missing."""
    read = {key: line_of(lines, key) for key in known}
    return {
        key: REASON_NEEDED
        for key, line in read.items()
        if not line.applicable and not line.reason.strip()
    }
