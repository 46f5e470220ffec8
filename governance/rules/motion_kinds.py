"""What a motion can order: each kind with its command, its proofs, its target, its parameters.

Workflow section 5, 'Types'. A kind is carried out by a command of the incident; from the target of
each of them a path to CLOSED exists.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from incidents.rules.containment import ALTERING
from incidents.rules.fields import Field, read_fields
from ledger.rules.worded import worded

Target = Literal["none", "may", "must"]
MEASURABLE = ("measured", "document")
LONGEST_LIST = 20
LONGEST_QUESTION = 2000


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of action: its words, the command, how it is proved, what it must say.

    `alone` kinds are the only action of their motion. `proofs` come with the usual one first; the
    empty tuple means measured where something is measured, else a document.
    """

    name: str
    words: str
    command: str = "adopt"
    proofs: tuple[str, ...] = ()
    target: Target = "none"
    alone: bool = False
    fields: tuple[Field, ...] = ()


HOLD = (
    Field("snapshot_ref", "Snapshot of the system as it is", required=False, longest=300),
    Field("authorities_informed_at", "Authorities informed at", "instant", required=False),
    Field(
        "immediate_protection_because", "Protection cannot wait because", required=False,
        longest=2000,
    ),
)  # fmt: skip
"""Asked for while evidence is held, by what alters the system (T27)."""

_KINDS = (
    Kind(
        "retrain",
        "Retraining",
        target="may",
        fields=(
            Field("criteria", "What the new version must meet", longest=4000),
            Field(
                "bound_digest",
                "Digest of the version, once there is one",
                required=False,
                longest=120,
            ),
        ),
    ),
    Kind("rollback", "Rolling back", target="must"),
    Kind("pin", "Switching the version", target="must"),
    Kind(
        "adjust",
        "Adjusting rules or thresholds",
        fields=(
            Field("change", "What is changed, from what to what", longest=4000),
            Field("settings", "Settings as the gateway knows them", "map", required=False),
        ),
    ),
    Kind(
        "suspend",
        "Suspending",
        proofs=("proven_stopped", "document"),
        fields=(
            Field(
                "scope", "What is suspended", required=False, longest=300, hint="Empty: everything."
            ),
            Field(
                "until",
                "Until when at least",
                "instant",
                required=False,
                hint="To resume is a decision of its own.",
            ),
        ),
    ),
    Kind(
        "restrict",
        "Restricting its use",
        fields=(Field("scope", "What is restricted, and how", required=False, longest=300),),
    ),
    Kind(
        "resume",
        "Resuming",
        fields=(Field("scope", "What runs again", required=False, longest=300),),
    ),
    Kind(
        "retire",
        "Retiring",
        proofs=("proven_stopped", "document"),
        fields=(
            Field("successor", "What takes its place", required=False, longest=300),
            Field("data", "What becomes of its data and logs", required=False, longest=2000),
        ),
    ),
    Kind(
        "compensate",
        "Compensating",
        proofs=("programme",),
        fields=(
            Field("harm", "What harm is made good", required=False, longest=4000),
            Field("population", "How many are entitled", "integer", required=False),
            Field("population_rule", "Who is entitled, as a rule", required=False, longest=4000),
            Field(
                "list_sha256",
                "SHA-256 of the list in its source system",
                required=False,
                longest=64,
            ),
            Field("formula", "How the amount is found", required=False, longest=2000),
            Field("estimate", "Estimate", required=False, longest=120),
            Field("approved_amount", "Approved amount", required=False, longest=40),
            Field("currency", "Currency", required=False, longest=3),
            Field("letter_version", "Version of the letter", required=False, longest=60),
        ),
    ),
    Kind(
        "inform",
        "Informing those affected",
        proofs=("document", "programme"),
        fields=(
            Field("population", "How many are informed", "integer", required=False),
            Field("population_rule", "Who is informed, as a rule", required=False, longest=4000),
            Field("estimate", "Estimate", required=False, longest=120),
            Field("letter_version", "Version of the letter", required=False, longest=60),
        ),
    ),
    Kind(
        "supplier_fix",
        "Requiring the supplier's fix",
        proofs=("document", "measured"),
        fields=(
            Field("supplier", "Supplier", required=False, longest=200),
            Field("demand", "What is demanded", required=False, longest=4000),
        ),
    ),
    Kind("continue", "Continuing with conditions", "keep_running", ("measured",), alone=True),
    Kind("no_action", "No action", "keep_running", ("measured",), alone=True),
    Kind(
        "exception",
        "A policy exception",
        "keep_running",
        ("measured",),
        alone=True,
        fields=(
            Field("rule", "From which rule", longest=300),
            Field("until_at", "Until when", "instant"),
            Field("controls", "What holds meanwhile", longest=4000),
        ),
    ),
    Kind("accept_risk", "Accepting the risk", "accept_risk", ("document",), alone=True),
    Kind(
        "request_information",
        "Requesting information",
        "request_information",
        ("document",),
        alone=True,
        fields=(Field("questions", "Questions", "list"),),
    ),
    Kind(
        "ratify",
        "Ratifying an emergency measure",
        "ratify",
        ("document",),
        alone=True,
        fields=(Field("containment_id", "What was contained", "uuid"),),
    ),
    Kind(
        "lift",
        "Lifting an emergency measure",
        "lift_containment",
        ("document",),
        alone=True,
        fields=(Field("containment_id", "What was contained", "uuid"),),
    ),
    Kind("revoke", "Revoking the decision", "supersede", ("document",), alone=True),
)

KINDS: Mapping[str, Kind] = {one.name: one for one in _KINDS}
WORDS: Mapping[str, str] = {one.name: one.words for one in _KINDS}
IN_ANY_STATE = frozenset({"ratify", "lift"})
"""What is decided beside the case, wherever it stands."""
PROTECTIVE = ("suspend", "rollback", "retrain", "continue")
"""The order in which the next motions are put after a tie at high tier (KOM-14)."""


def command_of(kind: str) -> str:
    """Return the incident's command that carries out an action of a kind."""
    return KINDS[kind].command


def proofs_of(kind: str, *, measurable: bool) -> tuple[str, ...]:
    """Return the kinds of proof that an action may be proved by, the usual one first."""
    known = KINDS[kind].proofs
    if known:
        return known
    return MEASURABLE if measurable else ("document",)


def fields_of_kind(kind: str) -> tuple[Field, ...]:
    """Return what the parameters of an action of a kind may say."""
    return (*KINDS[kind].fields, *HOLD) if kind in ALTERING else KINDS[kind].fields


def parameter_faults(kind: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (field, words) for what is wrong with the parameters of an action.

    What an acceptance says is judged by incidents.rules.acceptances.
    """
    if kind == "accept_risk":
        return
    values, faults = read_fields(fields_of_kind(kind), parameters)
    yield from faults.items()
    if kind == "request_information" and "questions" not in faults:
        yield from _question_faults(values["questions"])


def after_tie(tried: frozenset[str]) -> tuple[str, ...]:
    """Return what is put next after a tie at high tier, the most protective first (KOM-14).

    It adopts nothing: what the tie was about, and what is more protective and was put already,
    is left out.
    """
    return tuple(kind for kind in PROTECTIVE if kind not in tried)


def is_due(kinds: frozenset[str], due: tuple[str, ...]) -> bool:
    """Whether a motion may be voted on while an order of the next ones stands (KOM-14).

    It orders what comes next, or is at least as protective; questions are asked at any time.
    """
    if not due or "request_information" in kinds:
        return True
    alike = {_ALIKE.get(kind, kind) for kind in kinds}
    return protective_rank(frozenset(alike)) <= PROTECTIVE.index(due[0])


_ALIKE: Mapping[str, str] = {"retire": "suspend", "pin": "rollback"}
"""Kinds that protect as much as one of the order."""


def protective_rank(kinds: frozenset[str]) -> int:
    """Return how protective a motion is, 0 first; what protects nothing comes last."""
    places = [place for place, kind in enumerate(PROTECTIVE) if kind in kinds]
    return min(places, default=len(PROTECTIVE))


def _question_faults(questions: list[Any]) -> Iterator[tuple[str, str]]:
    if not questions or len(questions) > LONGEST_LIST:
        yield (
            "questions",
            worded("Ask between one and {longest_list} questions.", longest_list=LONGEST_LIST),
        )
    elif not all(_is_question(one) for one in questions):
        yield (
            "questions",
            worded(
                "Each question is a text of at most {longest_question} characters.",
                longest_question=LONGEST_QUESTION,
            ),
        )


def _is_question(value: Any) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value.strip()) <= LONGEST_QUESTION
        and "\x00" not in value
    )
