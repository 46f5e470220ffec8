"""What is written down about a system: controls, scope, behaviour; REG-5, REG-6, REG-11."""

from decimal import Decimal

import pytest

from ledger.models import Disclosure, Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from registry.models import OperatingControls, SetupException
from registry.rules.agent_scope import Action, ApprovalLimit, Data, Scope, Tool, outside
from registry.rules.statements import Behaviour, Controls
from registry.selectors.profile import (
    agent_scope,
    controls_in_force,
    named_in,
    policy_in_force,
    scope_in_force,
)
from registry.services.statements import (
    approve_statement,
    draft_behaviour,
    draft_controls,
    draft_scope,
    withdraw_statement,
)
from tests.registry.factories import (
    call,
    controls,
    in_force,
    person_as_actor,
    role,
    system,
    unit,
    user,
)

pytestmark = pytest.mark.django_db

SCOPE = Scope(
    tools=(Tool("payments", "api", frozenset({"read", "pay"})),),
    data=(Data("crm", frozenset({"contact"})),),
    spending_limit=Decimal("500.00"),
    currency="EUR",
    period="day",
    approvals=(ApprovalLimit(Decimal("100.00"), "owner", "pay"),),
)


@pytest.fixture
def of():
    return system(kind="agent")


def drafted(of, given=None, *, newest=0, by=None, **changes):
    """Draft controls as the owner."""
    return call(
        draft_controls,
        system_id=of.pk,
        given=given or controls(**changes),
        newest=newest,
        reason="first wording",
        actor=person_as_actor(by or of.owner),
    )


def approved(of, version=1, *, kind="controls", by=None):
    return call(
        approve_statement,
        kind=kind,
        system_id=of.pk,
        version=version,
        reason="read and agreed",
        actor=person_as_actor(by or of.deputy),
    )


def newest_entry():
    return Entry.objects.order_by("-id").first()


def test_a_draft_is_not_in_force_until_somebody_else_approves_it(of):
    drafted(of)

    assert controls_in_force(of.pk) is None
    approved(of)
    assert controls_in_force(of.pk).exception_path == controls().exception_path


def test_nobody_approves_what_they_wrote(of):
    role(user(of=of.unit), "compliance", unit=of.unit)
    drafted(of)

    with pytest.raises(Forbidden) as refused:
        approved(of, by=of.owner)

    assert refused.value.code == "own_statement"
    assert of.deputy.name in refused.value.who_can


def test_the_next_version_replaces_the_one_in_force_and_the_old_stays(of):
    drafted(of)
    approved(of)
    drafted(of, newest=1, rollback_procedure="Switch the flag off.")
    approved(of, 2)

    states = dict(OperatingControls.objects.filter(system=of).values_list("version", "state"))

    assert states == {1: "replaced", 2: "in_force"}


def test_a_second_draft_withdraws_the_first_and_a_stale_author_is_told(of):
    drafted(of)
    drafted(of, newest=1, exception_path="Another path.")

    with pytest.raises(Conflict) as refused:
        drafted(of, newest=1)

    assert refused.value.extra == {"present": {"version": 2}}
    assert OperatingControls.objects.get(system=of, version=1).state == "withdrawn"


def test_what_was_withdrawn_is_not_approved(of):
    drafted(of)
    call(
        withdraw_statement,
        kind="controls",
        system_id=of.pk,
        version=1,
        reason="not ready",
        actor=person_as_actor(of.owner),
    )

    with pytest.raises(Conflict):
        approved(of)


def test_a_draft_that_says_the_same_as_what_is_in_force_is_refused(of):
    drafted(of)
    approved(of)

    with pytest.raises(Invalid) as refused:
        drafted(of, newest=1)

    assert refused.value.code == "nothing_changed"


@pytest.mark.parametrize("name", ["engineer", "auditor", "board"])
def test_only_the_owners_side_and_the_second_line_write_it_down(of, name):
    somebody = user()
    role(somebody, name, unit=of.unit)

    with pytest.raises(Forbidden):
        drafted(of, by=somebody)


def test_an_auditor_approves_nothing_and_a_version_of_another_system_is_not_there(of):
    auditor = user()
    role(auditor, "auditor", unit=of.unit)
    drafted(of)

    with pytest.raises(Forbidden):
        approved(of, by=auditor)
    with pytest.raises(Missing):
        approved(system(), by=of.deputy)
    with pytest.raises(Missing):
        approved(of, kind="nonsense")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"may_retrain": ("sorcerer",)}, "may_retrain"),
        ({"may_retrain": ("nobody", "engineer")}, "may_retrain"),
        ({"may_retrain": ("person:4f2f6ed3-6d4c-4e3c-9f3a-0d4f6bb8a111",)}, "may_retrain"),
        ({"may_retrain": ("person:no-uuid",)}, "may_retrain"),
        ({"interim_measures": ("x" * 201,)}, "interim_measures"),
    ],
)
def test_what_controls_name_must_be_there(of, changes, field):
    with pytest.raises(Invalid) as refused:
        drafted(of, **changes)

    assert list(refused.value.fields) == [field]


def test_somebody_who_has_left_is_not_put_on_call(of):
    gone = user()
    gone.is_active = False
    call(lambda actor, at: gone.save(at=at))

    with pytest.raises(Invalid) as refused:
        drafted(of, on_call_id=gone.pk)

    assert "on_call" in refused.value.fields


def test_how_somebody_is_reached_stands_in_the_record_as_a_commitment(of):
    row = drafted(of, on_call_reach="+49 30 000000, day and night")

    body = bytes(newest_entry().body).decode()
    assert "+49 30" not in body
    assert Disclosure.objects.filter(value__contains="+49 30").exists()
    assert row.on_call_reach.startswith("+49 30")


def test_an_approval_is_one_entry_with_before_and_after(of):
    drafted(of)
    approved(of)

    entry = newest_entry()
    body = bytes(entry.body).decode()
    assert entry.verb == "controls.approved"
    assert '"before":{"in_force":null,"state":"draft"}' in body
    assert '"after":{"in_force":1,"state":"in_force"}' in body


def test_a_person_is_told_what_they_are_named_for(of):
    named = user(of=of.unit)
    drafted(of, reviewer_id=named.pk, may_read_logs=(f"person:{named.pk}",))
    approved(of)

    assert named_in(user_id=named.pk) == [(of, "is named as reviewer"), (of, "may read logs")]


def test_an_agents_scope_is_the_approved_one_and_judges_actions(of):
    call(
        draft_scope,
        system_id=of.pk,
        given=SCOPE,
        newest=0,
        reason="as designed",
        actor=person_as_actor(of.owner),
    )
    action = Action(tool="payments", asked="pay", amount=Decimal(20), currency="EUR")

    before = outside(agent_scope(of.pk), action)
    approved(of, kind="scope")

    assert before == [
        "The tool payments is not declared.",
        "It moves 20 EUR; no spending limit is declared, so it may spend nothing.",
    ]
    assert agent_scope(of.pk) == SCOPE
    assert outside(agent_scope(of.pk), action) == []
    assert scope_in_force(of.pk).spending_limit == Decimal("500.00")


@pytest.mark.parametrize(
    ("scope", "field"),
    [
        (Scope(tools=(Tool("x", "teapot", frozenset({"pour"})),)), "tools"),
        (Scope(tools=(Tool("x", "api"),)), "tools"),
        (Scope(tools=(Tool("x", "api", frozenset({"a"})),) * 2), "tools"),
        (Scope(data=(Data("x"),)), "data"),
        (Scope(spending_limit=Decimal(5), period="day"), "currency"),
        (Scope(spending_limit=Decimal(5), currency="EUR"), "period"),
        (Scope(spending_limit=Decimal("NaN"), currency="EUR", period="day"), "spending_limit"),
        (Scope(spending_limit=Decimal(-1), currency="EUR", period="day"), "spending_limit"),
        (Scope(approvals=(ApprovalLimit(Decimal(5), "nobody"),), currency="EUR"), "approvals"),
    ],
)
def test_a_scope_that_says_nothing_clear_is_refused(of, scope, field):
    with pytest.raises(Invalid) as refused:
        call(
            draft_scope,
            system_id=of.pk,
            given=scope,
            newest=0,
            reason="x",
            actor=person_as_actor(of.owner),
        )

    assert list(refused.value.fields) == [field]


def test_a_predictive_system_has_neither_scope_nor_behaviour():
    of = system(kind="predictive")
    arguments = {"system_id": of.pk, "newest": 0, "reason": "x", "actor": person_as_actor(of.owner)}

    with pytest.raises(Conflict):
        call(draft_scope, given=SCOPE, **arguments)
    with pytest.raises(Conflict):
        call(draft_behaviour, given=Behaviour(tone="kind"), **arguments)


def test_a_behaviour_policy_keeps_what_is_answered_by_policy():
    of = system(kind="assistant", of=unit())
    given = Behaviour(
        owner_id=of.owner_id,
        tone="Plain and friendly.",
        must_not=("promise a payment",),
        by_policy=(("Am I insured?", "I cannot say; I connect you with a person."),),
        tested_run="canary 12",
    )
    call(
        draft_behaviour,
        system_id=of.pk,
        given=given,
        newest=0,
        reason="first",
        actor=person_as_actor(of.owner),
    )
    approved(of, kind="behaviour")

    held = policy_in_force(of.pk)
    assert held.by_policy == [
        {"asked": "Am I insured?", "answer": "I cannot say; I connect you with a person."}
    ]
    assert held.must_not == ["promise a payment"]


def test_controls_of_the_factory_are_in_force(of):
    in_force(of)

    assert controls_in_force(of.pk).approved_by == of.deputy


def test_a_machine_writes_nothing_down(of):
    with pytest.raises(Forbidden):
        call(draft_controls, system_id=of.pk, given=Controls(), newest=0, reason="x")


def test_while_setting_up_one_person_approves_the_first_version_alone_on_record(of):
    drafted(of)

    row = approved(of, by=of.owner)

    assert (row.state, row.set_up, row.approved_by_id) == ("in_force", True, of.owner_id)
    assert SetupException.objects.get(object_id=row.pk).kind == "statement.controls"


def test_the_second_version_takes_two_persons_while_setting_up_too(of):
    drafted(of)
    approved(of, by=of.owner)
    drafted(of, newest=1, exception_path="Ask the deputy.")

    with pytest.raises(Forbidden) as refused:
        approved(of, 2, by=of.owner)

    assert refused.value.code == "own_statement"
