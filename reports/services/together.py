"""One act on several cases: each is judged and written by itself, and told if it is refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.models import SigningList
from governance.services.small_cases import ListedCase, close_small_many
from governance.services.watches import answer_watch
from incidents.selectors.visibility import incidents_visible_to
from incidents.services.commands import execute
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing, Refused
from ledger.rules.worded import worded
from ledger.services.entries import record_refusal
from registry.models import User
from registry.services.signatures import Ceremony
from reports.rules.desk import MOST_TOGETHER
from reports.selectors.together import COMMANDS, WATCH, chosen_cases, watch_id


@dataclass(frozen=True, slots=True)
class Picked:
    """A case that was chosen, with what was seen of it: its version, or its findings' hash."""

    mark: str
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Together:
    """What came of an act on several: which were done, which refused and why, in their order.

    `signed` is the list that was signed, where something was.
    """

    done: list[str] = field(default_factory=list)
    refused: list[tuple[str, Refused]] = field(default_factory=list)
    signed: SigningList | None = None


def act_together(
    *,
    act: str,
    cases: Sequence[Picked],
    payload: Mapping[str, Any],
    key: str,
    actor: Actor,
    at: datetime,
) -> Together:
    """Acknowledge or assign several cases, each in a transaction of its own, by its own guard.

    One that is refused leaves the others; under the same `key` ('' for none) nothing is done
    twice. A watch is answered by `payload['line']`. Raises Invalid (none, too many, unknown act),
    Forbidden.
    """
    user = _user(actor)
    _check(act, cases, tuple(COMMANDS)[:2])
    line = str(payload.get("line", ""))
    asked = {name: value for name, value in payload.items() if name != "line"}
    known = _known(cases, user, at)
    told = Together()

    def run(one: Picked) -> None:
        if one.mark.startswith(WATCH):
            _answer(act, one.mark, line, actor, at)
            return
        if one.mark not in known:
            raise Missing("not_found", "There is no such incident that you may see.")
        execute(
            command=COMMANDS[act],
            incident_id=known[one.mark],
            actor=actor,
            at=at,
            expected_version=_version(one.seen),
            idempotency_key=f"together:{key}" if key else None,
            payload=asked,
        )

    for one in cases:
        _try(run, one, told, act, actor, at)
    return told


def _known(cases: Sequence[Picked], user: User, at: datetime) -> dict[str, UUID]:
    """The incidents among these that the person may see, by number."""
    numbers = [one.mark for one in cases if not one.mark.startswith(WATCH)]
    visible = incidents_visible_to(user=user, at=at).filter(number__in=numbers)
    return dict(visible.values_list("number", "pk"))


def close_together(
    *,
    cases: Sequence[Picked],
    lessons: str,
    ceremony: Ceremony,
    actor: Actor,
    at: datetime,
) -> Together:
    """Close those of several small cases that may be closed, by one signed list (T25).

    The others are told with why not, and are not on the list. What changed since it was read is
    refused as a whole, so that nothing unread is signed. Raises Invalid, Forbidden, Conflict.
    """
    user = _user(actor)
    _check("close", cases, ("close",))
    marks = [one.mark for one in cases]
    found = chosen_cases(act="close", marks=marks, user=user, actor=actor, at=at)
    told = Together()
    for one in found:
        if one.refusal is not None:
            _note(told, one.number, one.refusal, "close", actor, at)
    may = {one.mark for one in found if one.may}
    listed = [ListedCase(one.mark, one.seen) for one in cases if one.mark in may]
    if not listed:
        return told
    signed = close_small_many(cases=listed, lessons=lessons, ceremony=ceremony, actor=actor, at=at)
    return Together([one.number for one in listed], told.refused, signed)


def _try(
    run: Callable[[Picked], None],
    one: Picked,
    told: Together,
    act: str,
    actor: Actor,
    at: datetime,
) -> None:
    try:
        run(one)
    except Refused as refusal:
        _note(told, one.mark, refusal, act, actor, at)
    else:
        told.done.append(one.mark)


def _note(
    told: Together, number: str, refusal: Refused, act: str, actor: Actor, at: datetime
) -> None:
    """Tell a refusal, and put it on record where it has to stand there."""
    told.refused.append((number, refusal))
    if refusal.recorded:
        attempted = f"{act} {number[:60]} with others"
        record_refusal(refusal=refusal, actor=actor, at=at, attempted=attempted)


def _answer(act: str, mark: str, line: str, actor: Actor, at: datetime) -> None:
    found = watch_id(mark)
    if found is None:
        raise Missing("unknown_watch", "There is no such watch.")
    if act != "acknowledge":
        raise Conflict("watch_only_answered", "A watch is answered by its owner, nothing else.")
    answer_watch(watch_id=found, line=line, actor=actor, at=at)


def _version(seen: str) -> int:
    """Return the version that was seen. Raises Conflict for none: nobody acts on what is unseen."""
    if not seen.isdecimal() or len(seen) > 9:
        raise Conflict("version_needed", "Look at the case before you act on it.")
    return int(seen)


def _user(actor: Actor) -> User:
    people = User.objects.filter(pk=actor.person, is_active=True)
    user: User | None = people.first() if actor.person else None
    if user is None:
        raise Forbidden("person_needed", "A person acts on cases, not a service token.")
    return user


def _check(act: str, cases: Sequence[Picked], acts: Sequence[str]) -> None:
    if act not in acts:
        words = worded("Several at once: {commands}.", commands=", ".join(COMMANDS))
        raise Invalid("unknown_act", words, fields={"act": words})
    marks = [one.mark for one in cases]
    if not 0 < len(marks) <= MOST_TOGETHER or len(set(marks)) != len(marks):
        words = worded("Choose between one and {most} cases, each once.", most=MOST_TOGETHER)
        raise Invalid("list_length", words, fields={"cases": words})
