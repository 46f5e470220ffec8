"""What an agent may do, and which boundary an action violates; REG-6."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.agent_scope import Action, ApprovalLimit, Data, Scope, Tool, outside
from registry.rules.scope_documents import amount_of, scope_of, scope_values

SCOPE = Scope(
    tools=(Tool("Payments", "api", frozenset({"read", "pay"})),),
    data=(Data("CRM", frozenset({"contact"})),),
    spending_limit=Decimal(500),
    currency="EUR",
    period="day",
    approvals=(
        ApprovalLimit(Decimal(100), "owner", "pay"),
        ApprovalLimit(Decimal(300), "compliance"),
    ),
)
PAY = {"tool": "payments", "asked": "pay", "currency": "EUR"}


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Action(), []),
        (Action(tool="payments ", asked="READ"), []),
        (Action(tool="mail", asked="send"), ["The tool mail is not declared."]),
        (Action(asked="send"), ["It names no tool for what it asked."]),
        (Action(tool="Payments"), ["It does not say what it asked of Payments."]),
        (
            Action(tool="Payments", asked="refund"),
            ["Payments may be asked for pay, read, not for refund."],
        ),
        (Action(source="crm", data_class="contact"), []),
        (Action(source="hr", data_class="contact"), ["The data source hr is not declared."]),
        (Action(data_class="contact"), ["It names no source for what it read."]),
        (
            Action(source="crm"),
            ["It does not say which class of data it read from CRM."],
        ),
        (
            Action(source="crm", data_class="health"),
            ["From CRM it may read contact, not health."],
        ),
        (Action(**PAY, amount=Decimal(100)), []),
        (
            Action(**PAY, amount=Decimal(101)),
            ["Above 100 EUR it needs the approval of the owner."],
        ),
        (Action(**PAY, amount=Decimal(101), approved_by=frozenset({"owner"})), []),
        (
            Action(**PAY, amount=Decimal(-400), approved_by=frozenset({"owner"})),
            ["Above 300 EUR it needs the approval of a compliance officer."],
        ),
        (
            Action(**PAY, amount=Decimal(50), spent=Decimal(460)),
            ["It moves 50 EUR after 460 before; the limit is 500 EUR a day."],
        ),
        (
            Action(tool="payments", asked="pay", currency="USD", amount=Decimal(5)),
            ["It moves 5 USD; the limit is in EUR."],
        ),
        (Action(**PAY, amount=Decimal("NaN")), ["The amount is no number."]),
    ],
)
def test_each_boundary_is_named(action, said):
    assert outside(SCOPE, action) == said


def test_an_action_that_breaks_several_boundaries_is_told_all_of_them():
    action = Action(tool="mail", asked="send", source="hr", amount=Decimal(5), currency="EUR")

    assert len(outside(Scope(), action)) == 3


def test_a_limit_for_one_action_forgets_what_was_spent_before():
    scope = Scope(spending_limit=Decimal(10), currency="EUR", period="action")
    action = Action(amount=Decimal(10), currency="EUR", spent=Decimal(1000))

    assert outside(scope, action) == []


@given(st.decimals(min_value="0.01", max_value=10**6, places=2), st.integers(0, 10**6))
def test_nothing_beyond_the_limit_lies_inside(amount, spent):
    scope = Scope(spending_limit=Decimal(500), currency="EUR", period="month")
    action = Action(amount=amount, currency="EUR", spent=Decimal(spent))

    assert (outside(scope, action) == []) == (amount + spent <= 500)


@given(st.text(max_size=20), st.text(max_size=20))
def test_with_nothing_declared_every_named_tool_lies_outside(tool, asked):
    said = outside(Scope(), Action(tool=tool, asked=asked))

    assert bool(said) == bool(tool or asked)


def test_a_scope_is_stored_and_read_as_the_same():
    assert scope_of(**scope_values(SCOPE)) == SCOPE


@pytest.mark.parametrize("text", ["", "many", "1,5", "NaN", "-1", "Infinity", "1e99"])
def test_what_is_no_amount_is_none(text):
    assert amount_of(text) is None
