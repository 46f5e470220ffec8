"""What changed of the triggers that guard the record, from one look at them to the next."""

from collections.abc import Mapping
from dataclasses import dataclass

ALWAYS = "A"


@dataclass(frozen=True, slots=True)
class Mesh:
    """One trigger as the catalog has it.

    `fires` is 'A' where it fires always, the replica role included. `made` is the version of its
    row and of its function's row: switching a trigger off and on again leaves another one. `says`
    is a digest of the function's text.
    """

    fires: str
    made: str
    says: str

    def text(self) -> str:
        """Return it as the record keeps it."""
        return f"{self.fires} {self.made} {self.says}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed: triggers that are new, and what is said of the others, by 'table.trigger'."""

    new: tuple[str, ...]
    worse: Mapping[str, str]


def parse(text: str) -> Mesh:
    """Return what `Mesh.text` wrote."""
    return Mesh(*text.split(" "))


def compare(before: Mapping[str, str], now: Mapping[str, str]) -> Difference:
    """Compare two looks, each 'table.trigger' with the text of its mesh.

    A trigger that does not fire always is told each time that it was not so before.
    """
    worse = {name: "is gone" for name in sorted(before.keys() - now.keys())}
    for name in sorted(before.keys() & now.keys()):
        if before[name] != now[name]:
            worse[name] = _said(parse(before[name]), parse(now[name]))
    new = sorted(now.keys() - before.keys())
    worse |= {name: "is off" for name in new if parse(now[name]).fires != ALWAYS}
    return Difference(tuple(name for name in new if name not in worse), worse)


def _said(before: Mesh, now: Mesh) -> str:
    if now.fires != ALWAYS:
        return "is off"
    if before.fires != ALWAYS:
        return "is on again"
    if before.says != now.says:
        return "does something else"
    return "was switched off and on, or made anew"
