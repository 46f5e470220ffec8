"""Decision events as senders tell them: the first format byte for byte, and all that came later.

TEL-2; what lies outside the declared scope is REG-6.
"""

import datetime as dt
import hashlib
from decimal import Decimal

import orjson
import pytest

from ledger.context import acting_as
from ledger.rules.refusals import Invalid
from registry.models import DeclaredScope
from registry.rules.agent_scope import Scope, Tool
from registry.rules.scope_documents import scope_values
from telemetry.models import Batch, DecisionEvent
from telemetry.rules.rows import FIRST, FURTHER
from telemetry.services.decisions import EVENTS, PLAIN_EVENTS
from tests.telemetry.factory import AT, DAY, SENDER, START, event, measured, take_events

DIGEST = "AB" * 32
ALL = {
    "question": "What does it cover?",
    "input_sha256": f"sha256:{DIGEST}",
    "sources": ["policy.pdf#3", "faq"],
    "model": "hosted-4",
    "fingerprint": "fp_1",
    "prompt_sha256": DIGEST,
    "tools_sha256": DIGEST,
    "guardrails_sha256": DIGEST,
    "index_sha256": DIGEST,
    "digest": "sha256:1",
    "policy_version": "7",
    "score": 0.7,
    "scores": {"approve": 0.7, "refuse": 0.3},
    "predicted": 1.5,
    "predicted_low": 1.0,
    "predicted_high": 2.0,
    "actual": 1.4,
    "ranking": ["a", "b"],
    "relevant": ["b"],
    "corrected_seconds": 12.5,
    "approve_seconds": 3.0,
    "complete_seconds": 60.0,
    "skipped": False,
    "approvals": [{"what": "pay", "granted": True, "by": "owner"}],
    "near_miss": False,
    "tokens_in": 900,
    "tokens_out": 120,
    "conversation": "c-1",
    "canary": "item-1",
    "hallucinated": False,
    "toxic": False,
    "refused": False,
    "format_ok": True,
}


def plain(system, number=0, **changes):
    """An event as the first format had it."""
    return event(system, number, answer="a", truth="a", segment={"shop": "1"}, **changes)


def first_hash(system, rows):
    """The hash of a batch of the first format, made from its description alone."""
    told = [
        [system.pk, dt.datetime.fromisoformat(row["at"]).astimezone(dt.UTC), row["event_id"],
         "production", "2.3", {"shop": "1"}, "a", "a", None, None, None, None, "", "", [], False,
         False, None, "", False, None, False]
        for row in sorted(rows, key=lambda row: (row["at"], row["event_id"]))
    ]  # fmt: skip
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


@pytest.mark.django_db
def test_a_delivery_of_the_first_format_has_the_hash_that_it_always_had():
    system = measured(stated=None)
    rows = [plain(system, n) for n in range(3)]

    take_events(rows)

    assert Batch.objects.get(kind="decisions").sha256 == first_hash(system, rows)
    assert len(FIRST) == PLAIN_EVENTS.compared == 22


@pytest.mark.django_db
def test_all_that_is_told_is_stored():
    system = measured(stated=None)
    assert ALL.keys() == set(FURTHER)

    take_events([plain(system, 1, **ALL)])

    stored = DecisionEvent.objects.values(*FURTHER).get()
    digests = {name: DIGEST.lower() for name in FURTHER if name.endswith("_sha256")}
    assert stored == ALL | digests
    assert EVENTS.compared == 22 + len(FURTHER)


@pytest.mark.django_db
def test_an_event_of_the_first_format_says_nothing_of_the_later_fields():
    system = measured(stated=None)

    take_events([plain(system, 1)])

    assert set(DecisionEvent.objects.values_list(*FURTHER).get()) == {None}


@pytest.mark.django_db
def test_sent_again_in_either_format_nothing_is_stored_twice():
    system = measured(stated=None)
    rows = [plain(system, 1), plain(system, 2, **ALL)]
    take_events(rows)

    receipt = take_events([*rows, plain(system, 3)])

    assert (receipt.accepted, receipt.repeated, receipt.rejected) == (1, 2, [])
    assert DecisionEvent.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("before", [{}, {"model": "hosted-4"}])
def test_an_event_that_says_more_or_less_than_before_is_refused(before):
    system = measured(stated=None)
    take_events([plain(system, 1, **before)])

    receipt = take_events([plain(system, 1, model="hosted-5"), plain(system, 2)])

    assert (receipt.accepted, [one.row for one in receipt.rejected]) == (1, [1])


@pytest.mark.django_db
def test_empty_texts_and_lists_say_nothing():
    system = measured(stated=None)

    take_events([plain(system, 1, question="", sources=[], relevant=[], conversation="")])

    assert set(DecisionEvent.objects.values_list(*FURTHER).get()) == {None}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"question": "\x00"}, "question"),
        ({"question": "x" * 4001}, "question"),
        ({"input_sha256": "abc"}, "input_sha256"),
        ({"input_sha256": DIGEST + "\n"}, "input_sha256"),
        ({"sources": ["\x00"]}, "sources"),
        ({"sources": ["x"] * 101}, "sources"),
        ({"scores": {"\x00": 1.0}}, "scores"),
        ({"score": 1e16}, "score"),
        ({"predicted_low": 2.0, "predicted_high": 1.0}, "predicted_low"),
        ({"ranking": [""]}, "ranking"),
        ({"corrected_seconds": -1.0}, "corrected_seconds"),
        ({"approvals": [{"by": "\x00"}]}, "approvals"),
        ({"approvals": [{"who": "Ann"}]}, "who"),
        ({"tokens_in": -1}, "tokens_in"),
        ({"tokens_in": 2**31}, "tokens_in"),
        ({"feedback": "angry"}, "feedback"),
        ({"tool_calls": [{"tool": "t", "outcome": "ok", "asked": "\x00"}]}, "tool_calls"),
        ({"canary": ""}, "canary"),
        ({"mood": 1}, "mood"),
    ],
)
def test_what_is_no_value_of_a_field_is_told_by_row_and_field(changes, field):
    system = measured(stated=None)

    receipt = take_events([plain(system, 1), plain(system, 2, **changes)])

    assert receipt.accepted == 1
    assert [(one.row, one.field.partition(".")[0]) for one in receipt.rejected] == [(2, field)]


@pytest.mark.django_db
def test_a_doubled_event_with_another_model_is_refused_within_a_delivery():
    system = measured(stated=None)

    receipt = take_events([plain(system, 1, model="a"), plain(system, 1, model="b")])

    assert (receipt.accepted, [one.row for one in receipt.rejected]) == (1, [2])


@pytest.mark.django_db
def test_nothing_of_a_delivery_is_kept_where_all_or_nothing_was_asked():
    system = measured(stated=None)

    with pytest.raises(Invalid):
        take_events([plain(system, 1, **ALL), plain(system, 2, score=1e16)], on_error="refuse_all")

    assert not DecisionEvent.objects.exists()


def declared(system, *, from_at=START - DAY, until_at=None):
    """A scope in which the agent may look up claims and nothing else."""
    scope = Scope(
        tools=(Tool("claims", "read", frozenset({"look up"})),), spending_limit=Decimal(0)
    )
    state = "replaced" if until_at else "in_force"
    row = DeclaredScope(
        system=system, version=1, state=state, author_id=system.owner_id, drafted_at=from_at,
        reason="why", approved_by_id=system.deputy_id, approved_at=from_at, ended_at=until_at,
        **scope_values(scope),
    )  # fmt: skip
    with acting_as(SENDER):
        row.save(force_insert=True, at=from_at)
    return row


def called(system, number, tool, **changes):
    """An event with one call of a tool."""
    call = {"tool": tool, "outcome": "ok"} | changes
    return plain(system, number, tool_calls=[call])


@pytest.mark.bypass
@pytest.mark.django_db
def test_a_tool_outside_the_declared_scope_is_noted_though_the_sender_says_nothing():
    system = measured(stated=None, kind="agent")
    declared(system)

    take_events(
        [called(system, 1, "Claims"), called(system, 2, "shell"),
         called(system, 3, "claims", asked="delete"), called(system, 4, "claims", asked="Look up")]
    )  # fmt: skip

    found = dict(DecisionEvent.objects.values_list("event_id", "outside"))
    assert (found["e-1"], found["e-4"]) == (None, None)
    assert found["e-2"] == ["The tool shell is not declared."]
    assert "not for delete" in found["e-3"][0]


@pytest.mark.bypass
@pytest.mark.django_db
def test_the_scope_that_counts_is_the_one_in_force_when_it_happened():
    system = measured(stated=None, kind="agent")
    declared(system, until_at=AT - DAY)

    take_events(
        [called(system, 1, "shell"),
         event(system, 2, at=AT, tool_calls=[{"tool": "shell", "outcome": "ok"}])]
    )  # fmt: skip

    found = dict(DecisionEvent.objects.values_list("event_id", "outside"))
    assert found["e-1"] is not None
    assert found["e-2"] is None
