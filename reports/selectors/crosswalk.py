"""What answers to what across frameworks, for the evidence that serves several of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from incidents.selectors.instances import asked_columns, instances_of, most_columns
from ledger.selectors.at_once import Question, Rows
from registry.models import CrosswalkPair, Provision
from registry.rules.shipped import cited, shipped
from registry.selectors.law import IN_FORCE
from reports.rules.controls import ATTACHED, Need, Through
from reports.selectors.own_rows import own_pairs

SURE = {"high": 0, "medium": 1, "low": 2}
PAIR = {"": most_columns(CrosswalkPair)}


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Aligned provisions by provision, each with the surest pair that says so."""

    pairs: Mapping[str, Mapping[str, CrosswalkPair]]
    rows: Mapping[str, Provision]

    def through(
        self, key: str, need: Need, on_record: Mapping[str, bool], needs: Mapping[str, Need]
    ) -> tuple[Through, ...]:
        """Return what the crosswalk brings to a control, the surest first."""
        found = [
            self._one(other, pair, need, on_record, needs)
            for other, pair in self.pairs.get(key, {}).items()
        ]
        return tuple(sorted(found, key=_order))

    def _one(
        self,
        other: str,
        pair: CrosswalkPair,
        need: Need,
        on_record: Mapping[str, bool],
        needs: Mapping[str, Need],
    ) -> Through:
        row, own = self.rows[other], set(need.sources) - {ATTACHED}
        theirs = [name for name in needs[other].sources if name != ATTACHED]
        return Through(
            provision=other,
            framework=row.framework_id,
            reference=cited(row.reference, row.file),
            title=shipped(row.title, row.file),
            confidence=pair.confidence,
            why=shipped(pair.why, pair.file),
            checked=pair.checked,
            shared=tuple(name for name in theirs if name in own),
            more=tuple(name for name in theirs if name not in own and on_record.get(name)),
        )


def crosswalk_asked() -> Question:
    """Return what to ask for `crosswalk_of_all`, with ledger.selectors.at_once."""
    return asked_columns(CrosswalkPair.objects.filter(IN_FORCE), PAIR)


def crosswalk_of_all(rows: Sequence[Provision], answer: Rows) -> Crosswalk:
    """Return the crosswalk between controls; a NIST subcategory counts as its category."""
    known = {row.pk: row for row in rows}
    found: dict[str, dict[str, CrosswalkPair]] = {}
    pairs = instances_of(CrosswalkPair, PAIR, answer)
    for pair in sorted(pairs, key=lambda one: (SURE.get(one.confidence, 3), one.place)):
        sides = [
            [key for key in map(_control, names) if key in known]
            for names in (pair.ai_act, pair.iso_42001, pair.nist_ai_rmf)
        ]
        for place, side in enumerate(sides):
            others = [key for other in sides[:place] + sides[place + 1 :] for key in other]
            for key in side:
                for other in others:
                    found.setdefault(key, {}).setdefault(other, pair)
    _add_own(found, rows)
    return Crosswalk(pairs=found, rows=known)


def _add_own(found: dict[str, dict[str, CrosswalkPair]], rows: Sequence[Provision]) -> None:
    """Add what own frameworks say of themselves, both ways."""
    known = {row.pk for row in rows}
    for key, other, pair in own_pairs(rows):
        if other in known:
            found.setdefault(key, {}).setdefault(other, pair)
            found.setdefault(other, {}).setdefault(key, pair)


def _control(key: str) -> str:
    nist = key.split("-")[0] in ("GOVERN", "MAP", "MEASURE", "MANAGE")
    return key.split(".")[0] if nist else key


def _order(one: Through) -> tuple[int, str, str]:
    return (SURE.get(one.confidence, 3), one.framework, one.reference)
