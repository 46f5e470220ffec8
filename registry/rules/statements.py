"""What is written down about a system, as words and codes: privileges, principals, kinds.

Requirements REG-1, REG-5, REG-6, REG-11. Labels are English and pass through the doors' gettext.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from ledger.rules.worded import word, worded
from registry.rules.permits import WORDS_OF_ROLE

# Least privilege: who may … Each is a column of the operating controls.
PRIVILEGES: dict[str, str] = {
    "may_tune_prompts": word("tune prompts"),
    "may_retrain": word("retrain"),
    "may_approve_outputs": word("approve outputs"),
    "may_read_logs": word("read logs"),
    "may_change_tools": word("change tools"),
}
MAY: dict[str, str] = {
    "may_tune_prompts": word("May tune prompts"),
    "may_retrain": word("May retrain"),
    "may_approve_outputs": word("May approve outputs"),
    "may_read_logs": word("May read logs"),
    "may_change_tools": word("May change tools"),
}
NAMED_WHO_MAY: dict[str, str] = {
    "may_tune_prompts": word("Named people who may tune prompts"),
    "may_retrain": word("Named people who may retrain"),
    "may_approve_outputs": word("Named people who may approve outputs"),
    "may_read_logs": word("Named people who may read logs"),
    "may_change_tools": word("Named people who may change tools"),
}
# Who can be named there: roles, the supplier, nobody at all; a person as 'person:<uuid>'.
PRINCIPALS: dict[str, str] = WORDS_OF_ROLE | {
    "reviewer": word("the reviewer"),
    "supplier": word("the supplier"),
    "nobody": word("nobody"),
}
PERSON = "person:"
MOST_LINES = 100
TOOL_KINDS: dict[str, str] = {
    "api": word("API"),
    "database": word("database"),
    "files": word("files"),
    "browser": word("browser"),
    "code": word("runs code"),
    "messages": word("sends messages"),
    "agent": word("another agent"),
    "other": word("other"),
}
PERIODS: dict[str, str] = {
    "action": word("for one action"),
    "day": word("a day"),
    "week": word("a week"),
    "month": word("a month"),
    "quarter": word("a quarter"),
    "year": word("a year"),
}
PER: dict[str, str] = {
    "action": word("{amount} for one action"),
    "day": word("{amount} a day"),
    "week": word("{amount} a week"),
    "month": word("{amount} a month"),
    "quarter": word("{amount} a quarter"),
    "year": word("{amount} a year"),
}
"""A limit with its period, as PERIODS says it in English."""
# What controls must say, REG-5: field and what is missing without it. Of a kill switch and a
# manual fallback one is enough.
CONTROL_FIELDS: dict[str, str] = {
    "reviewer": word("who reviews the operating controls"),
    "exception_path": word("the exception path"),
    "rollback_procedure": word("the rollback procedure"),
    "kill_switch": word("a kill switch or a manual fallback"),
    "interim_measures": word("the interim measures that are allowed"),
    "on_call": word("who is on call"),
    "on_call_reach": word("how who is on call is reached"),
    "may_tune_prompts": word("who may tune prompts"),
    "may_retrain": word("who may retrain"),
    "may_approve_outputs": word("who may approve outputs"),
    "may_read_logs": word("who may read logs"),
    "may_change_tools": word("who may change tools"),
}
AGENTS = frozenset({"agent", "multi_agent"})
SCOPED = AGENTS | {"assistant"}
SPEAKING = frozenset({"assistant", "agent", "multi_agent"})


def missing_controls(values: Mapping[str, object]) -> list[str]:
    """Return the fields of CONTROL_FIELDS that say nothing, in their order."""
    said = {name for name, value in values.items() if _says_something(value)}
    if "manual_fallback" in said:
        said.add("kill_switch")
    return [name for name in CONTROL_FIELDS if name not in said]


def _says_something(value: object) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def unknown_principals(named: Iterable[str]) -> list[str]:
    """Return what is neither a known principal nor a person."""
    return [one for one in named if one not in PRINCIPALS and not one.startswith(PERSON)]


def contradicts(named: Iterable[str]) -> bool:
    """Whether 'nobody' stands beside somebody."""
    given = set(named)
    return "nobody" in given and len(given) > 1


@dataclass(frozen=True, slots=True)
class Controls:
    """Operating controls as they are given; privileges hold codes or 'person:<uuid>'."""

    reviewer_id: UUID | None = None
    exception_path: str = ""
    rollback_procedure: str = ""
    kill_switch: str = ""
    manual_fallback: str = ""
    interim_measures: tuple[str, ...] = ()
    on_call_id: UUID | None = None
    on_call_second_id: UUID | None = None
    on_call_reach: str = ""
    may_tune_prompts: tuple[str, ...] = ()
    may_retrain: tuple[str, ...] = ()
    may_approve_outputs: tuple[str, ...] = ()
    may_read_logs: tuple[str, ...] = ()
    may_change_tools: tuple[str, ...] = ()

    def values(self) -> dict[str, Any]:
        """Return the columns of the row, lists as lists."""
        return _values(self)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A behaviour policy as it is given; `by_policy` holds (asked, answer)."""

    owner_id: UUID | None = None
    tone: str = ""
    must_not: tuple[str, ...] = ()
    by_policy: tuple[tuple[str, str], ...] = ()
    tested_run: str = ""
    tested_on: date | None = None

    def values(self) -> dict[str, Any]:
        """Return the columns of the row."""
        pairs = [{"asked": asked, "answer": answer} for asked, answer in self.by_policy]
        return _values(self) | {"by_policy": pairs}


def control_faults(given: Controls) -> dict[str, str]:
    """Return what is wrong with controls, by field."""
    faults = _too_many("interim_measures", given.interim_measures, 200)
    for name in PRIVILEGES:
        named = getattr(given, name)
        unknown = unknown_principals(named)
        if unknown:
            faults[name] = worded("There is no {unknown!r} to name here.", unknown=unknown[0][:60])
        elif contradicts(named):
            faults[name] = "Nobody stands alone: name those who may, or nobody."
    if given.on_call_id is not None and given.on_call_id == given.on_call_second_id:
        faults["on_call_second"] = "The second on call is somebody else."
    if given.on_call_second_id is not None and given.on_call_id is None:
        faults["on_call"] = "Name who is called first."
    return faults


def named_people(given: Controls) -> set[tuple[str, UUID]]:
    """Return the people whom the privileges name, with the field. A wrong id is a field of its own.

    Raises nothing: what is no uuid stands as the nil uuid, which nobody has.
    """
    found = set()
    for name in PRIVILEGES:
        for one in getattr(given, name):
            if one.startswith(PERSON):
                found.add((name, person_of(one) or UUID(int=0)))
    return found


def person_of(code: str) -> UUID | None:
    """Return the person that a code names, None for a role or for nonsense."""
    kind, _, key = code.partition(":")
    try:
        return UUID(key) if kind == PERSON.rstrip(":") else None
    except ValueError:
        return None


def behaviour_faults(given: Behaviour) -> dict[str, str]:
    """Return what is wrong with a behaviour policy, by field."""
    faults = _too_many("must_not", given.must_not, 300)
    if len(given.by_policy) > MOST_LINES:
        faults["by_policy"] = worded("At most {most_lines} lines.", most_lines=MOST_LINES)
    if any(not asked.strip() or not answer.strip() for asked, answer in given.by_policy):
        faults["by_policy"] = "Each line says what is asked and what is answered."
    if given.tested_on is not None and not given.tested_run.strip():
        faults["tested_run"] = "Name the evaluation run that tried it."
    return faults


def _too_many(name: str, lines: tuple[str, ...], longest: int) -> dict[str, str]:
    if len(lines) > MOST_LINES:
        return {name: worded("At most {most_lines} lines.", most_lines=MOST_LINES)}
    if any(len(one) > longest for one in lines):
        return {name: worded("A line holds at most {longest} characters.", longest=longest)}
    return {}


def _values(given: Any) -> dict[str, Any]:
    named = {one.name: getattr(given, one.name) for one in fields(given)}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in named.items()
    }
