"""What the reader can do on an incident now: the next step, the others, and why not more."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from governance.models import Committee, Decision
from governance.rules.act_words import ACTS, ActWords, clause
from governance.rules.turn_words import AGREE_WORDS
from governance.selectors.committees import may_lead
from governance.selectors.electorates import round_of
from governance.selectors.motions import body_for, may_propose
from governance.selectors.pages.gates import asked_for, gate_rows, voting
from governance.selectors.pages.papers import Papers
from governance.selectors.pages.steps import (
    ALWAYS_NEAR,
    ANYTIME,
    BESIDE,
    CLOCKWORK,
    TURNS,
    first_of,
    wanted_now,
)
from governance.selectors.rounds import leads, may_close_from
from incidents.models import Incident
from incidents.rules.plan import FrozenPlan
from incidents.rules.segregation import clash
from incidents.rules.transitions import COMMANDS, DECISION, INVESTIGATING, VALIDATION
from incidents.selectors.attempts import Attempt, attempt_of, clash_of, refusal_of
from incidents.selectors.cast import Cast
from incidents.selectors.containment import moot
from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Refused
from ledger.rules.worded import joined, shortened, term, word, worded
from registry.models import User


@dataclass(frozen=True, slots=True)
class Act:
    """Something that the reader may do: the command, its words, where its form or page is."""

    command: str
    words: ActWords
    url: str
    is_link: bool = False
    agrees: bool = False

    @property
    def is_beside(self) -> bool:
        """Whether it stands with others below the panel: it is possible nearly always."""
        apart = {command for _, commands in BESIDE for command in commands}
        return self.command in apart and self.command not in ALWAYS_NEAR and not self.agrees

    @property
    def signs(self) -> bool:
        """Whether it is signed."""
        known = COMMANDS.get(self.command)
        return bool(known and known.meaning)


@dataclass(frozen=True, slots=True)
class Acts:
    """The reader's next step, the other steps, what is refused and why, and who may act.

    `ask` is the command that the reader may ask others to give, '' for none.
    """

    main: Act | None
    others: Sequence[Act] = ()
    refused: Sequence[tuple[str, Refused]] = ()
    gate: Sequence[dict[str, Any]] = field(default_factory=list)
    no_vote: str = ""
    ask: str = ""

    @property
    def beside(self) -> list[dict[str, Any]]:
        """The groups of steps beside the usual ones: what the reader may do, and why not more."""
        found = [
            {
                "name": name,
                "acts": _in_group(self.others, commands),
                "rows": _rows(self.refused, commands) if commands is TURNS else [],
            }
            for name, commands in BESIDE
        ]
        return [group for group in found if group["acts"] or group["rows"]]

    @property
    def near(self) -> list[Act]:
        """The other steps that stand as buttons on the panel."""
        return [act for act in self.others if not act.is_beside]

    def named(self, command: str) -> Act | None:
        """The act of a command, where the reader may do it."""
        every = [self.main, *self.others] if self.main else list(self.others)
        return next((act for act in every if act and act.command == command), None)

    @property
    def cannot(self) -> list[dict[str, Any]]:
        """Rows of 'What you cannot do here', those with one reason together."""
        apart = (*ANYTIME, *CLOCKWORK, *TURNS)
        rows = _rows(self.refused, [name for name in ACTS if name not in apart])
        if self.no_vote:
            rows.append(
                {"state": "not", "name": term(word("Vote on the decision")), "why": self.no_vote}
            )
        return rows


def acts_of(
    *, incident: Incident, plan: FrozenPlan, papers: Papers, cast: Cast, reader: User, at: datetime
) -> Acts:
    """Return what the reader may do and may not, asking the same checks as the command."""
    allowed, refused = _sorted(incident, plan, papers, cast, reader, at)
    body = _awaited_body(incident, papers)
    motion, motion_refused = _motion(incident, papers, reader, body, at)
    first = first_of(allowed, incident, papers)
    agreed = {name for name in allowed if cast.agrees(name, reader.pk)}
    first = next((name for name in allowed if name in agreed), first)
    acts = [
        _act(name, incident, agrees=name in agreed)
        for name in dict.fromkeys([*([first] if first else []), *allowed])
    ]
    acts = [*motion, *acts]
    main = acts[0] if motion or first else None
    gate = gate_rows(
        incident=incident, plan=plan, papers=papers, cast=cast, reader=reader, body=body, at=at
    )
    others = acts[1:] if main else acts
    no_vote = _no_vote(incident, plan, cast, reader, may_validate="validate" in allowed)
    is_auditor = "auditor" in cast.roles.get(reader.pk, frozenset())
    ask = asked_for(incident=incident, papers=papers, rows=gate, is_auditor=is_auditor)
    return Acts(main, others, [*refused, *motion_refused], gate, no_vote, ask)


def _act(name: str, incident: Incident, *, agrees: bool) -> Act:
    words = AGREE_WORDS[name] if agrees else ACTS[name]
    return Act(name, words, f"/incidents/{incident.number}/{name}/", agrees=agrees)


def _in_group(acts: Sequence[Act], commands: Sequence[str]) -> list[Act]:
    return [act for act in acts if act.command in commands and act.is_beside]


def _rows(refused: Sequence[tuple[str, Refused]], commands: Sequence[str]) -> list[dict[str, Any]]:
    """The steps among some that are refused, those with one reason together."""
    reasons: dict[str, list[str]] = {}
    for command, refusal in refused:
        if command in commands:
            reasons.setdefault(clause(refusal.reason), []).append(ACTS[command].name)
    return [{"state": "not", "name": _list(names), "why": why} for why, names in reasons.items()]


def _sorted(
    incident: Incident,
    plan: FrozenPlan,
    papers: Papers,
    cast: Cast,
    reader: User,
    at: datetime,
) -> tuple[list[str], list[tuple[str, Refused]]]:
    allowed, refused = [], []
    idle = moot(cast.holding)
    for command in (name for name in wanted_now(incident, papers, cast) if name not in idle):
        attempt = attempt_of(
            command=command,
            incident=incident,
            plan=plan,
            actor=Actor(kind="person", id=str(reader.pk), name=reader.name),
            at=at,
            user=reader,
            cast=cast,
        )
        refusal = refusal_of(attempt)
        if refusal is None:
            allowed.append(command)
        elif refusal.code != "not_found":
            refused.append((command, _told(attempt, refusal)))
    return allowed, refused


def _told(attempt: Attempt, refusal: Refused) -> Refused:
    """Where a role is missing and the history stands against it too, the history says more."""
    found = clash_of(attempt) if refusal.code == "not_your_part" else None
    if found is None or not found.himself:
        return refusal
    why = found.reason(second_person=True)
    told = worded("You cannot {words} this: {why}.", words=term(attempt.command.words), why=why)
    return Forbidden(refusal.code, told, who_can=refusal.who_can)


def _no_vote(
    incident: Incident, plan: FrozenPlan, cast: Cast, reader: User, *, may_validate: bool
) -> str:
    """Why somebody with a part in the case will not vote on it, '' where nothing is to be said."""
    if incident.state not in (INVESTIGATING, VALIDATION, DECISION):
        return ""
    found = clash(
        act="voted",
        history=cast.history,
        person=reader.pk,
        delegate_of=cast.owners_side_of(reader.pk),
        extra_pairs=plan.segregation.extra_pairs,
    )
    if found is not None and found.himself:
        return found.reason(second_person=True)
    return word("you will have validated it") if may_validate else ""


def _awaited_body(incident: Incident, papers: Papers) -> Committee | None:
    """Return the body for a case that waits for a motion, None where none is to be put."""
    running = papers.decision is not None and papers.decision.state in ("draft", "open")
    return body_for(incident) if incident.state == DECISION and not running else None


def _motion(
    incident: Incident, papers: Papers, reader: User, body: Committee | None, at: datetime
) -> tuple[list[Act], list[tuple[str, Refused]]]:
    """What the reader can do about the decision: put a motion, convene, vote."""
    if incident.state != DECISION:
        return [], []
    decision = papers.decision
    if decision is not None and decision.state in ("draft", "open"):
        url = f"/committee/{decision.number}/"
        name = "vote" if decision.state == "open" else "convene"
        people = voting(papers) if name == "vote" else may_lead(committee=decision.committee, at=at)
        if reader.pk in {person.pk for person in people}:
            return [Act(name, ACTS[name], url, is_link=True)], []
        if name == "vote" and _may_certify(decision, reader, at):
            return [Act("certify", ACTS["certify"], url, is_link=True)], []
        return [], []
    people = may_propose(incident=incident, committee=body, at=at) if body else []
    if reader.pk in {person.pk for person in people}:
        url = f"/incidents/{incident.number}/motion/"
        return [Act("motion", ACTS["motion"], url, is_link=True)], []
    refusal = Forbidden("not_your_part", "You cannot put a motion: that takes the owner's side, "
                      "compliance, risk, or who leads the committee.")  # fmt: skip
    return [], [("motion", refusal)]


def _may_certify(decision: Decision, reader: User, at: datetime) -> bool:
    """Whether the reader leads an open round whose result may be certified now."""
    if not leads(decision=decision, user=reader, at=at):
        return False
    found = round_of(decision=decision, at=at)
    opens = may_close_from(decision=decision, found=found, at=at)
    return opens is not None and opens <= at


def _list(names: Sequence[str]) -> str:
    first, *more = names
    told = [term(first), *(shortened(name[:1].lower() + name[1:], name) for name in more)]
    if len(told) == 1:
        return told[0]
    return worded("{several} or {last}", several=joined(", ", told[:-1]), last=told[-1])
