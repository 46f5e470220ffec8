"""Regulatory clocks: awareness, submissions, what turns out later."""

from incidents.rules.clock_facts import AWARENESS_CHOICES, FACT_CHOICES
from incidents.rules.command_fields import ANSWERS
from incidents.rules.fields import Field
from incidents.rules.parties import Command
from incidents.rules.states import CLOSED, OPEN, OPEN_STATES, Edge
from ledger.rules.worded import in_context

REPORT_KINDS = (
    ("initial", "Initial"),
    ("follow_up", "Follow-up"),
    ("combined_initial_final", "Initial and final in one"),
    ("final_reportable", "Final, reportable"),
    ("final_non_reportable", "Final, not reportable"),
)
DECISIONS = (("reopen", "Take it up again"), ("stay", "It stays ended"))
AT_ANY_TIME = (*OPEN_STATES, CLOSED)

EDGES: tuple[Edge, ...] = (
    Edge("CLK", "deem_aware", OPEN, OPEN),
    *(Edge("CLK", "learn_awareness", state, state) for state in AT_ANY_TIME),
    *(Edge("CLK", "state_fact", state, state) for state in AT_ANY_TIME),
    *(Edge("CLK", "record_submission", state, state) for state in AT_ANY_TIME),
    *(Edge("CLK", "decide_clock", state, state) for state in AT_ANY_TIME),
)

CLOCK = in_context("clock of the law", "Clock")
ANSWER = in_context("clock of the law", "Decision")
"""Words that mean something else where no clock of the law is decided on."""

COMMANDS: tuple[Command, ...] = (
    Command("deem_aware", "count as known", "", ("engine",), "incident.deemed_aware"),
    Command(
        "learn_awareness",
        "state an awareness of",
        "Record the instant",
        ("owner_side", "validator"),
        "incident.awareness_learned",
        act="stated_awareness",
        fields=(
            Field("which", "What was it", "choice", choices=AWARENESS_CHOICES),
            Field("aware_at", "Since when", "instant", hint="Earlier than what counts, or new."),
            Field("known_by", "Who knew of it first", required=False, longest=120),
            Field("source", "On what this rests"),
        ),
    ),
    Command(
        "state_fact",
        "state a fact of",
        "Record the fact",
        ("owner_side", "validator"),
        "incident.fact_stated",
        act="stated_fact",
        fields=(
            Field("fact", "Fact", "choice", choices=FACT_CHOICES),
            Field("answer", "Answer", "choice", choices=ANSWERS),
            Field(
                "known_at", "Known since", "instant", required=False,
                hint="Empty: since we know of the case.",
            ),
            Field("source", "On what this rests"),
        ),
    ),
    Command(
        "record_submission",
        "record a report on",
        "Record the report",
        ("validator",),
        "incident.report_submitted",
        act="reported",
        fields=(
            Field("clocks", "Clocks that it meets", "list"),
            Field("kind", "Kind of report", "choice", choices=REPORT_KINDS),
            Field("authority", "Authority", longest=160),
            Field("submitted_at", "Sent", "instant"),
            Field("reference", "Its reference", required=False, longest=120),
            Field("receipt", "Receipt, as it came", required=False),
            Field("receipt_sha256", "SHA-256 of the receipt", required=False, longest=64),
            Field("late_reason", "Why it is late, if it is", required=False),
            Field("report", "Draft that was sent", "uuid", required=False),
        ),
    ),
    Command(
        "decide_clock",
        "decide on an ended clock of",
        "Decide",
        ("validator",),
        "incident.ended_clock_decided",
        act="decided_clock",
        fields=(
            Field("clock", CLOCK, "uuid"),
            Field("answer", ANSWER, "choice", choices=DECISIONS),
            Field("reason", "Because"),
        ),
    ),
)  # fmt: skip
