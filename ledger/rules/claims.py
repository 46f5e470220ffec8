"""What a verification says: one PASS, FAIL or SKIP a claim, the first bad entry named."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Result = Literal["PASS", "FAIL", "SKIP"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim and what was found; `entry` is the number of the first entry that is wrong."""

    name: str
    result: Result
    words: str
    entry: int | None = None

    def __str__(self) -> str:
        return f"{self.result}  {self.name}: {self.words}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as a run keeps it and `--json` prints it."""
        return asdict(self)


@dataclass(slots=True)
class _Wrong:
    words: str
    entry: int | None
    count: int = 1


@dataclass(slots=True)
class Findings:
    """What was found wrong so far: the first of each claim, and how many."""

    _wrong: dict[str, _Wrong] = field(default_factory=dict)

    def add(self, claim: str, words: str, entry: int | None = None) -> None:
        """Note something wrong under a claim; the words of the first are kept."""
        known = self._wrong.get(claim)
        if known is None:
            self._wrong[claim] = _Wrong(words, entry)
        else:
            known.count += 1

    def claim(self, name: str, holds: str, skipped: str = "") -> Claim:
        """Return the claim: as wrong as was found, else `holds`, or skipped with the reason."""
        wrong = self._wrong.get(name)
        if wrong is not None:
            more = f" (and {wrong.count - 1:,} more)" if wrong.count > 1 else ""
            return Claim(name, "FAIL", wrong.words + more, wrong.entry)
        return Claim(name, "SKIP", skipped) if skipped else Claim(name, "PASS", holds)
