"""Conditions of the law's data: what must be true of a system for a duty to be owed.

A condition is a mapping. `{tier: x}`, `{role: x}`, `{point: x}` and `{flag: x}` ask for one fact,
or for any of a list; a point of Annex III is also met by what lies below ('III.2' by 'III.2.a').
`{all: […]}`, `{any: […]}` and `{not: …}` join conditions; several keys are joined by 'all', and an
empty mapping always holds. The answer has three values (strong Kleene logic): what nobody has
decided is open, and an open fact never makes a yes or a no by itself.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from registry.rules.legal import ROLES, TIERS, LegalFacts

Said = Literal["yes", "no", "open"]
Condition = Mapping[str, Any]

FACTS = {"tier": "tiers", "role": "roles", "point": "points", "flag": "flags"}
JOINS = ("all", "any", "not")
# Nested deeper than any law is written: a mistake of the file, refused before it is evaluated.
DEEPEST = 12


class BadCondition(ValueError):
    """A condition that the vocabulary does not know: a mistake of the data."""


def holds(condition: Condition, facts: LegalFacts) -> Said:
    """Return whether a condition holds for a system: yes, no, or open. Raises BadCondition."""
    return all_of(_one(key, value, facts) for key, value in condition.items())


def all_of(said: Iterable[Said]) -> Said:
    """No where one is no; else open where one is open; yes for nothing."""
    found = set(said)
    return "no" if "no" in found else "open" if "open" in found else "yes"


def any_of(said: Iterable[Said]) -> Said:
    """Yes where one is yes; else open where one is open; no for nothing."""
    found = set(said)
    return "yes" if "yes" in found else "open" if "open" in found else "no"


def opposite(said: Said) -> Said:
    """Turn yes and no around; what is open stays open."""
    return "no" if said == "yes" else "yes" if said == "no" else "open"


def expanded(condition: Condition, names: Mapping[str, Condition], depth: int = 0) -> Condition:
    """Return a condition with each `{is: name}` replaced, and every word known.

    Raises BadCondition for a name, key, tier or role that does not exist, and for a circle.
    """
    if depth > DEEPEST or not isinstance(condition, Mapping):
        raise BadCondition(f"{condition!r:.80} is no condition, or one that names itself")
    found: dict[str, Any] = {}
    for key, value in condition.items():
        if key == "is":
            if value not in names or len(condition) > 1:
                raise BadCondition(f"no condition is named {value!r}")
            return expanded(names[value], names, depth + 1)
        found[key] = _expanded_value(key, value, names, depth)
    return found


def facts_in(condition: Condition) -> frozenset[str]:
    """Return the facts that a condition asks for, as 'kind:name'."""
    found: set[str] = set()
    for key, value in condition.items():
        if key in FACTS:
            found |= {f"{key}:{name}" for name in _listed(value)}
        else:
            for inner in [value] if key == "not" else value:
                found |= facts_in(inner)
    return frozenset(found)


def _one(key: str, value: Any, facts: LegalFacts) -> Said:
    if key in FACTS:
        return any_of(_fact(key, name, facts) for name in _listed(value))
    if key == "all":
        return all_of(holds(inner, facts) for inner in value)
    if key == "any":
        return any_of(holds(inner, facts) for inner in value)
    if key == "not":
        return opposite(holds(value, facts))
    raise BadCondition(f"a condition has no {key!r}")


def _fact(key: str, name: str, facts: LegalFacts) -> Said:
    kind = FACTS[key]
    known: frozenset[str] = getattr(facts, kind)
    if name in known or (key == "point" and _below(name, known)):
        return "yes"
    if kind in facts.open or name in facts.open or (key == "point" and _below(name, facts.open)):
        return "open"
    return "no"


def _below(name: str, points: frozenset[str]) -> bool:
    return any(point.startswith(f"{name}.") for point in points)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _expanded_value(key: str, value: Any, names: Mapping[str, Condition], depth: int) -> Any:
    if key == "not":
        return expanded(value, names, depth + 1)
    if key not in JOINS:
        _check_fact(key, value)
        return value
    if not isinstance(value, list):
        raise BadCondition(f"{key!r} takes a list of conditions")
    return [expanded(inner, names, depth + 1) for inner in value]


def _check_fact(key: str, value: Any) -> None:
    listed = isinstance(value, str | list) and all(isinstance(one, str) for one in _listed(value))
    if key not in FACTS or not value or not listed:
        raise BadCondition(f"a condition has no {key!r} of {value!r:.60}")
    words = {"tier": TIERS, "role": ROLES}.get(key)
    for name in _listed(value):
        if words is not None and name not in words:
            raise BadCondition(f"there is no {key} {name!r}")
