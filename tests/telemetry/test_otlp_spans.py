"""TEL-3: which spans are decisions, what becomes of the steps, which names are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.rules.otlp.conventions import NAMES
from telemetry.rules.otlp.messages import words_of
from telemetry.rules.otlp.parts import kind_of_error
from telemetry.rules.otlp.spans import UNSTATED, Unfit, event_of, is_decision, sort_spans
from telemetry.rules.rows import DecisionRow
from tests.telemetry.otlp import TRACE, span


def made(one, parts=()):
    """The decision event of a span."""
    return event_of(one, list(parts), "claims")


def test_a_chat_becomes_a_decision_with_what_the_conventions_say():
    one = span(
        attributes={
            "gen_ai.response.model": "m-2026-10",
            "gen_ai.usage.input_tokens": 120,
            "gen_ai.usage.output_tokens": 45,
            "gen_ai.conversation.id": "c-7",
            "openai.response.system_fingerprint": "fp_1",
        },
        resource={"deployment.environment.name": "staging"},
    )

    row = made(one)

    assert isinstance(row, DecisionRow)
    assert (row.system, row.version, row.environment) == ("claims", "2.3", "staging")
    assert (row.event_id, row.latency_ms) == (f"{TRACE}-{1:016x}", 250.0)
    assert (row.model, row.fingerprint, row.conversation) == ("m-2026-10", "fp_1", "c-7")
    assert (row.tokens_in, row.tokens_out, row.outcome) == (120, 45, "")
    assert row.at.isoformat() == "2026-11-01T12:00:00+00:00"


@pytest.mark.parametrize(
    ("older", "field", "value"),
    [
        ("gen_ai.usage.prompt_tokens", "tokens_in", 12),
        ("gen_ai.usage.completion_tokens", "tokens_out", 3),
        ("gen_ai.openai.response.system_fingerprint", "fingerprint", "fp_2"),
        ("gen_ai.prompt", "question", "Is it covered?"),
        ("gen_ai.completion", "answer", "It is."),
    ],
)
def test_the_older_names_are_read_too(older, field, value):
    row = made(span(attributes={older: value}))

    assert getattr(row, field) == value


def test_the_present_name_wins_over_the_older_one():
    both = {"gen_ai.usage.input_tokens": 5, "gen_ai.usage.prompt_tokens": 99}

    assert made(span(attributes=both)).tokens_in == 5


def test_every_meaning_has_a_name_and_no_name_has_two_meanings():
    names = [name for several in NAMES.values() for name in several]

    assert all(NAMES.values())
    assert len(names) == len(set(names))


def test_a_model_named_without_an_operation_was_a_chat():
    one = span(operation="", attributes={"gen_ai.request.model": "m-1"})

    assert is_decision(one, "model_calls")


@pytest.mark.parametrize(
    ("operation", "decisions", "wanted"),
    [
        ("chat", "model_calls", True),
        ("text_completion", "model_calls", True),
        ("generate_content", "model_calls", True),
        ("embeddings", "model_calls", False),
        ("invoke_agent", "model_calls", False),
        ("execute_tool", "model_calls", False),
        ("chat", "agent_runs", False),
        ("invoke_agent", "agent_runs", True),
        ("invoke_workflow", "agent_runs", True),
        ("create_agent", "agent_runs", False),
        ("chat", "marked", False),
        ("", "model_calls", False),
    ],
)
def test_what_is_a_decision_goes_by_what_the_system_says(operation, decisions, wanted):
    assert is_decision(span(operation=operation), decisions) is wanted


@pytest.mark.parametrize("decisions", ["model_calls", "agent_runs", "marked"])
def test_a_span_that_says_it_itself_wins(decisions):
    yes, no = {"countersign.decision": True}, {"countersign.decision": False}

    assert is_decision(span(operation="", attributes=yes), decisions)
    assert not is_decision(span(operation="chat", attributes=no), decisions)
    assert not is_decision(span(operation="invoke_agent", attributes=no), decisions)


def test_steps_go_to_the_run_above_them_through_spans_that_are_none():
    spans = [
        span(3, operation="execute_tool", parent=2, attributes={"gen_ai.tool.name": "pay"}),
        span(2, operation="", parent=1),
        span(4, operation="chat", parent=1, attributes={"gen_ai.response.model": "m-9"}),
        span(1, operation="invoke_agent"),
        span(11, operation="execute_tool", parent=10, attributes={"gen_ai.tool.name": "other"}),
        span(10, operation="invoke_agent"),
    ]

    found = sort_spans(spans, "agent_runs", [])
    row = made(*found.decisions[0])

    assert [call.tool for call in row.tool_calls] == ["pay"]
    assert row.model == "m-9"
    assert (found.waiting, found.ignored) == ([], 1)


def test_a_step_that_came_before_is_taken_and_one_without_a_decision_waits():
    tool = span(3, operation="execute_tool", parent=1, attributes={"gen_ai.tool.name": "pay"})
    before = sort_spans([tool], "agent_runs", [])

    found = sort_spans([span(1, operation="invoke_agent")], "agent_runs", before.waiting)

    assert [part.tool for part in before.waiting] == ["pay"]
    assert [part.tool for part in found.decisions[0][1]] == ["pay"]


def test_spans_that_are_each_others_parents_end_nowhere():
    spans = [
        span(2, operation="execute_tool", parent=3),
        span(3, operation="execute_tool", parent=2),
        span(1, operation="invoke_agent"),
        span(9, operation="invoke_agent"),
    ]

    found = sort_spans(spans, "agent_runs", [])

    assert len(found.waiting) == 2


def test_a_failed_tool_is_told_with_the_kind_of_its_error():
    tool = span(3, operation="execute_tool", parent=1, attributes={"error.type": "ReadTimeout"})
    found = sort_spans([tool, span(1, operation="invoke_agent")], "agent_runs", [])

    (call,) = made(*found.decisions[0]).tool_calls

    assert (call.outcome, call.error, call.duration_ms) == ("error", "timeout", 250.0)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("TimeoutError", "timeout"),
        ("504", "timeout"),
        ("403", "auth"),
        ("PermissionError", "auth"),
        ("JSONDecodeError", "schema"),
        ("ValidationError", "schema"),
        ("500", "other"),
        ("", "other"),
    ],
)
def test_errors_have_kinds(said, kind):
    assert kind_of_error(said) == kind


def test_an_error_is_a_failure_and_a_filter_blocks():
    by_status = made(span(failed=True))
    by_type = made(span(attributes={"error.type": "rate_limit"}))
    blocked = made(span(attributes={"gen_ai.response.finish_reasons": ["content_filter"]}))

    assert (by_status.outcome, by_type.outcome) == ("failure", "failure")
    assert (blocked.blocked, blocked.outcome) == (True, "")


def test_our_own_attributes_say_what_the_conventions_have_no_name_for():
    row = made(
        span(
            attributes={
                "countersign.confidence": 0.87,
                "countersign.topic": "hail",
                "countersign.escalated": True,
                "countersign.segment.age_group": "under_30",
                "countersign.event_id": "claim-17",
                "countersign.unknown": "ignored",
                "countersign.system": "never",
            }
        )
    )

    assert (row.confidence, row.topic, row.escalated) == (0.87, "hail", True)
    assert (row.segment, row.event_id, row.system) == (
        {"age_group": "under_30"},
        "claim-17",
        "claims",
    )


def test_a_version_that_nobody_says_is_none_that_anybody_approved():
    one = span(resource={"service.version": ""})

    assert made(one).version == UNSTATED


@pytest.mark.parametrize(
    ("one", "field", "reason"),
    [
        (span(trace=""), "span_id", "trace id of 16 bytes"),
        (span(ms=-5), "at", "ends before it begins"),
        (span(attributes={"countersign.confidence": float("nan")}), "confidence", "no numbers"),
        (span(attributes={"countersign.confidence": "high"}), "confidence", "a number"),
        (span(attributes={"countersign.topic": "x" * 201}), "topic", "length"),
        (span(attributes={"gen_ai.usage.input_tokens": -1}), "tokens_in", ">= 0"),
        (span(attributes={"gen_ai.response.model": "m" * 121}), "model", "length"),
        (span(resource={"service.version": "v" * 61}), "version", "length"),
        (span(resource={"deployment.environment": "e" * 31}), "environment", "length"),
        (span(attributes={"countersign.segment.a": "b" * 61}), "segment", "length"),
    ],
)
def test_what_makes_no_event_is_told_by_field(one, field, reason):
    with pytest.raises(Unfit) as refused:
        made(one)

    assert refused.value.args[0] == field
    assert reason in refused.value.args[1]


MESSAGES = [
    ('[{"role": "assistant", "parts": [{"type": "text", "content": "Yes."}]}]', "Yes."),
    ([{"role": "assistant", "parts": [{"type": "text", "content": "Yes."}]}], "Yes."),
    ('[{"role": "assistant", "content": "Yes."}]', "Yes."),
    ('[{"content": "Yes."}]', "Yes."),
    ("Yes.", "Yes."),
    ("[not json", "[not json"),
    ('[{"role": "user", "content": "Is it?"}]', None),
    ([1, None, [["x"]]], None),
    (None, None),
    (7, None),
]


@pytest.mark.parametrize(("messages", "wanted"), MESSAGES)
def test_answers_are_read_in_every_format(messages, wanted):
    assert words_of(messages, role="assistant") == wanted


def test_a_long_answer_is_cut_where_it_shows():
    found = words_of("x" * 5000, role="assistant")

    assert (len(found), found[-1]) == (4000, "…")


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("gen_ai.client.inference.operation.details", "gen_ai.output.messages"),
        ("gen_ai.content.completion", "gen_ai.completion"),
    ],
)
def test_an_answer_is_read_from_the_event_that_carries_it(name, attribute):
    one = span(events=[(name, {attribute: '[{"role": "assistant", "content": "Covered."}]'})])

    assert made(one).answer == "Covered."


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    [name for several in NAMES.values() for name in several]
    + [f"countersign.{field}" for field in DecisionRow.__struct_fields__]
    + ["countersign.segment.x", "countersign.decision"]
)


@pytest.mark.parametrize(
    ("reasons", "blocked"),
    [(["content_filter"], True), ("content_filter", True), (["stop"], False), (True, False),
     (7, False), ({"content_filter": 1}, False)],
)  # fmt: skip
def test_only_texts_are_reasons_for_which_an_answer_ended(reasons, blocked):
    assert made(span(attributes={"gen_ai.response.finish_reasons": reasons})).blocked is blocked


@given(st.dictionaries(names, values, max_size=6), st.integers(-1, 2**64))
def test_whatever_a_span_says_it_makes_an_event_or_is_refused_in_words(attributes, ended_ns):
    one = span(operation="chat", attributes=attributes, ended_ns=ended_ns)

    found = sort_spans([one], "model_calls", [])
    outcomes = [_outcome(decision, parts) for decision, parts in found.decisions]

    assert all(outcomes)


def _outcome(decision, parts):
    """What becomes of a decision: the system of its event, or the reason."""
    try:
        return made(decision, parts).system
    except Unfit as refused:
        return refused.args[1]
