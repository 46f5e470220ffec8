"""The two small programs: what they answer, what they pay, and what is outside their scope."""

import pytest

from demo.programs.assistant import Assistant, Passage
from demo.programs.paying_agent import Account, Invoice, Settings, outside_scope, settle

CAREFUL = Settings("1.3", approval_limit=1000, spending_limit=5000, splits=False)
SPLITTING = Settings("1.4", approval_limit=1000, spending_limit=5000, splits=True)
FAQ = [
    Passage("bike", "bicycle", "A stolen bicycle is replaced up to EUR 3,000."),
    Passage("roof", "storm", "Storm damage to the roof is covered."),
]


def test_the_assistant_quotes_the_nearest_passage() -> None:
    assistant = Assistant(FAQ, hands_over_below=0.2, rare_counts_more=True)

    answer = assistant.answer("My bicycle was stolen")

    assert answer.passage == FAQ[0]


def test_the_assistant_hands_over_what_the_faq_does_not_know() -> None:
    assistant = Assistant(FAQ, hands_over_below=0.2, rare_counts_more=True)

    answer = assistant.answer("Do you insure drones?")

    assert answer.passage is None


def test_an_invoice_above_the_approval_limit_waits_for_a_person_who_declines() -> None:
    account = Account()

    run = settle(invoice(2700, agrees=False), account, CAREFUL)

    assert (run.outcome, run.spend, account.paid) == ("partial", 0, 0)


def test_an_approved_invoice_is_inside_the_scope() -> None:
    run = settle(invoice(2700, agrees=True), Account(), CAREFUL)

    assert run.spend == 2700
    assert not outside_scope(run, paid_before=0, settings=CAREFUL)


def test_the_careful_version_never_passes_the_spending_limit() -> None:
    account = Account(paid=4900)

    run = settle(invoice(300), account, CAREFUL)

    assert (run.outcome, account.paid) == ("partial", 4900)


def test_the_splitting_version_pays_parts_that_nobody_approved() -> None:
    account = Account(paid=3000)

    run = settle(invoice(2700, agrees=False), account, SPLITTING)

    assert [call["amount"] for call in run.tool_calls[1:]] == [900, 900, 900]
    assert account.paid == 5700
    assert outside_scope(run, paid_before=3000, settings=SPLITTING)


@pytest.mark.parametrize(("paid_before", "outside"), [(4000, False), (4001, True)])
def test_outside_scope_begins_right_above_the_spending_limit(
    paid_before: float, outside: bool
) -> None:
    run = settle(invoice(1000), Account(), CAREFUL)

    assert outside_scope(run, paid_before, CAREFUL) is outside


def test_an_unknown_payee_is_blocked_and_gets_nothing() -> None:
    account = Account()

    run = settle(Invoice("stranger", 50, False, True), account, CAREFUL)

    assert (run.blocked, run.outcome, account.paid) == (True, "failure", 0)


def invoice(amount: float, agrees: bool = True) -> Invoice:
    return Invoice("roofer", amount, known_payee=True, approver_agrees=agrees)
