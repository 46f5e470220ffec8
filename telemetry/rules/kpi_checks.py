"""What the definition of an organisation's own KPI must say before anybody can approve it."""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ledger.rules.worded import joined, worded
from telemetry.rules.band_faults import faults_of as faults_of_band
from telemetry.rules.scorecards import GUARDED, PERSPECTIVES

# Ids of an organisation's own begin so: no release of the catalogue ever takes one of them.
PREFIX = "own_"
ID = re.compile(r"own_[a-z0-9]+(_[a-z0-9]+)*")
LONGEST_ID = 60
CATEGORIES = (
    "technical", "business", "trust_compliance", "operational", "generative", "agentic", "support",
    "sales",
)  # fmt: skip
BETTER = ("higher", "lower", "target_zero", "target_nominal", "context")
TIMINGS = ("leading", "lagging")
OWNER_ROLES = ("owner", "engineer", "compliance", "risk", "executive")
YEAR = 366 * 86_400
MOST_BANDS = 6
# Words and their longest: what nobody can do without.
NEEDED = {"name": 120, "unit": 40, "formula": 2000, "window": 160, "explanation": 600}
BOTH_SIDES = frozenset({"target_zero", "target_nominal", "context"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an own KPI is; the fields are those of telemetry.models.Kpi."""

    name: str
    category: str
    unit: str
    better: str
    formula: str
    window: str
    timing: str
    cadence_seconds: int
    owner_role: str
    perspective: str
    explanation: str
    counter_metric_id: str | None = None
    counter_metric_note: str = ""
    lowest: float | None = None
    highest: float | None = None
    neutral: float | None = None
    bands: tuple[Mapping[str, Any], ...] = ()

    @property
    def columns(self) -> dict[str, Any]:
        """The fields as the tables hold them."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return found | {"bands": [dict(band) for band in self.bands]}


def key_fault(key: str) -> str | None:
    """Return why a word cannot be the id of an own KPI, None if it can."""
    if ID.fullmatch(key) and len(key) <= LONGEST_ID:
        return None
    return worded(
        "Begin with {prefix}, then small letters and digits with single underscores.", prefix=PREFIX
    )


def meaning_faults(meaning: Meaning, *, key: str, kpis: Collection[str]) -> dict[str, str]:
    """Return what is not right with a definition, in words by field; empty where nothing is."""
    return {
        **dict(_texts(meaning)),
        **dict(_choices(meaning)),
        **dict(_numbers(meaning)),
        **dict(_counter(meaning, key, kpis)),
        **dict(_bands(meaning)),
    }


def _texts(meaning: Meaning) -> Iterator[tuple[str, str]]:
    for name, longest in NEEDED.items():
        given = getattr(meaning, name)
        if not given.strip():
            yield name, "Needed: whoever reads a value must know what it says."
        elif len(given) > longest or "\x00" in given:
            yield name, worded("At most {longest} characters of text.", longest=longest)
    if len(meaning.counter_metric_note) > 200:
        yield "counter_metric_note", "At most 200 characters of text."


def _choices(meaning: Meaning) -> Iterator[tuple[str, str]]:
    allowed = {
        "category": CATEGORIES,
        "better": BETTER,
        "timing": TIMINGS,
        "owner_role": OWNER_ROLES,
        "perspective": PERSPECTIVES,
    }
    for name, values in allowed.items():
        if getattr(meaning, name) not in values:
            yield name, worded("One of {values}.", values=", ".join(values))


def _numbers(meaning: Meaning) -> Iterator[tuple[str, str]]:
    if not 60 <= meaning.cadence_seconds <= YEAR:
        yield "cadence_seconds", "Between a minute and a year."
    ends = {"lowest": meaning.lowest, "highest": meaning.highest, "neutral": meaning.neutral}
    for name, value in ends.items():
        if value is not None and not math.isfinite(value):
            yield name, "A number."
    low, high = meaning.lowest, meaning.highest
    if low is not None and high is not None and high <= low:
        yield "highest", "More than the lowest."


def _counter(meaning: Meaning, key: str, kpis: Collection[str]) -> Iterator[tuple[str, str]]:
    counter = meaning.counter_metric_id
    if counter is not None and (counter == key or counter not in kpis):
        yield "counter_metric", "Another KPI of the catalogue."
    elif counter is None and meaning.category in GUARDED:
        yield "counter_metric", "Say what could be hurt while this one looks better."
    elif counter is None and not meaning.counter_metric_note.strip():
        yield "counter_metric", "Name one, or say why there is none."


def _bands(meaning: Meaning) -> Iterator[tuple[str, str]]:
    if len(meaning.bands) > MOST_BANDS:
        yield "bands", worded("At most {most_bands}.", most_bands=MOST_BANDS)
        return
    faults = [fault for band in meaning.bands for fault in faults_of_band(band)]
    if not faults:
        faults = list(_sides(meaning))
    if faults:
        yield "bands", joined(" ", dict.fromkeys(faults))


def _sides(meaning: Meaning) -> Iterator[str]:
    wanted = {"higher": "below", "lower": "above"} | dict.fromkeys(BOTH_SIDES, "outside")
    side = wanted.get(meaning.better)
    if side is not None and any(band["direction"] != side for band in meaning.bands):
        yield worded(
            "A KPI that reads {better!r} breaches {side}.", better=meaning.better, side=side
        )
