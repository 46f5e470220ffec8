"""The drawn sample as the report prints it: by list, how many and which."""

import csv
from dataclasses import dataclass
from pathlib import Path

SHOWN = 12


@dataclass(frozen=True)
class Drawn:
    """What was drawn of one list: how many rows, the first keys in the order of the draw."""

    name: str
    count: int
    keys: list[str]

    @property
    def more(self) -> int:
        """How many keys are not shown."""
        return self.count - len(self.keys)


def drawn_of(path: Path) -> list[Drawn]:
    """Read sample.csv; nothing where there is none."""
    found: dict[str, list[str]] = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, strict=True):
                found.setdefault(row["list"], []).append(row["key"])
    return [Drawn(name, len(keys), keys[:SHOWN]) for name, keys in found.items()]
