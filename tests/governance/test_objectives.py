"""Objectives: who drafts and approves, what is refused, what is immutable (KPI-3, -5, -7)."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from governance.models import ErrorBudget, GuardrailPair, TrendRule
from governance.rules.objectives import BudgetStated, BurnStated, PairStated, TrendStated
from governance.services.objectives import (
    approve_objective,
    draft_error_budget,
    draft_guardrail_pair,
    draft_trend_rule,
    end_objective,
)
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.selectors.lines import lines_of_object
from tests.registry import factories as registry
from tests.registry.factories import call, person_as_actor
from tests.telemetry.factory import AT, catalogue, measured

LATER = AT + dt.timedelta(hours=1)


@pytest.fixture
def system(db):
    """A live system with a threshold on its accuracy."""
    return measured()


def budget(system, *, by=None, kpi="accuracy", **stated):
    """A draft of an error budget by the owner."""
    return call(
        draft_error_budget,
        system_id=system.pk,
        kpi_id=kpi,
        stated=BudgetStated(**({"objective": 0.99} | stated)),
        actor=person_as_actor(by or system.owner),
        reason="as agreed with operations",
    )


def pair(system, *, gain="deflection_rate", guardrail="reopen_rate", **stated):
    """A draft of a guardrail by the owner."""
    return call(
        draft_guardrail_pair,
        system_id=system.pk,
        gain_id=gain,
        guardrail_id=guardrail,
        stated=PairStated(**({"warning": 0.03} | stated)),
        actor=person_as_actor(system.owner),
    )


def trend(system, **stated):
    """A draft of a trend rule by the owner."""
    return call(
        draft_trend_rule,
        threshold_id=system.thresholds.get().pk,
        stated=TrendStated(**stated),
        actor=person_as_actor(system.owner),
    )


def approved(row, by, *, at=AT):
    """The approval by a person."""
    return call(
        approve_objective, kind=type(row), version_id=row.pk, actor=person_as_actor(by), at=at
    )


def test_a_second_person_puts_it_in_force_and_it_is_on_record(system):
    row = approved(budget(system), system.deputy)

    assert (row.state, row.approved_by, row.approved_at) == ("active", system.deputy, AT)
    lines = lines_of_object(object_type="error_budget", object_id=str(row.pk))
    assert {line.verb for line in lines} == {"objective.drafted", "objective.approved"}


def test_an_author_cannot_approve_their_own(system):
    with pytest.raises(Forbidden, match="you drafted it"):
        approved(budget(system), system.owner)


@pytest.mark.parametrize("draft", [budget, pair, trend])
def test_the_database_refuses_one_person_for_both(system, draft):
    row = draft(system)

    with pytest.raises(DatabaseError, match="by_two_persons"), transaction.atomic():
        _write(row, "approved_by_id", row.author_id)


def test_who_is_neither_owner_nor_second_line_drafts_and_approves_nothing(system):
    stranger = registry.user(of=system.unit)

    with pytest.raises(Forbidden, match="draft objectives"):
        budget(system, by=stranger)
    with pytest.raises(Forbidden, match="approve objectives"):
        approved(budget(system), stranger)


def test_an_engineer_drafts_and_does_not_approve(system):
    engineer = registry.user(of=system.unit)
    registry.role(engineer, "engineer", unit=system.unit)
    row = budget(system, by=engineer)

    with pytest.raises(Forbidden):
        approved(budget(system), engineer)
    assert row.author == engineer


def test_the_next_version_takes_the_place_of_the_one_before(system):
    first = approved(budget(system), system.deputy)

    second = approved(budget(system, objective=0.95), system.deputy, at=LATER)

    first.refresh_from_db()
    assert (first.state, second.state, second.number) == ("superseded", "active", 2)


def test_what_was_in_force_is_immutable(system):
    row = approved(budget(system), system.deputy)

    with pytest.raises(DatabaseError, match="has been in force"), transaction.atomic():
        _write(row, "objective", 0.5)


def test_a_version_is_approved_once(system):
    row = approved(budget(system), system.deputy)

    with pytest.raises(Conflict, match="active already"):
        approved(row, system.deputy)


def test_the_end_is_a_version_that_a_second_person_approves(system):
    row = approved(budget(system), system.deputy)

    ended = call(
        end_objective, row=row, reason="the service is gone", actor=person_as_actor(system.owner)
    )

    assert (ended.enabled, ended.number, ended.objective, ended.state) == (False, 2, 0.99, "draft")
    assert approved(ended, system.deputy, at=LATER).state == "active"
    assert ErrorBudget.objects.get(pk=row.pk).state == "superseded"


def test_only_what_is_in_force_is_ended(system):
    with pytest.raises(Conflict, match="in force"):
        call(end_objective, row=budget(system), reason="why", actor=person_as_actor(system.owner))


def test_what_nothing_carries_is_not_put_in_force(db):
    system = measured(stated=None)
    draft = pair(system)

    with pytest.raises(Conflict, match="Approve a threshold of Reopen rate first"):
        approved(draft, system.deputy)


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"objective": 1.0}, "objective"),
        ({"objective": 0.0}, "objective"),
        ({"objective": float("nan")}, "objective"),
        ({"failure_limit": float("inf")}, "failure_limit"),
        ({"period_days": 0}, "period_days"),
        ({"warning_spent": 0.9, "critical_spent": 0.5}, "warning_spent"),
        ({"pairs": (BurnStated("warning", 60, 60, 6.0),)}, "pairs"),
        ({"pairs": (BurnStated("warning", 60, 30, 0.0),)}, "pairs"),
        ({"pairs": (BurnStated("warning", 60, 30, 1.0),) * 2}, "pairs"),
        ({"pairs": (BurnStated("loud", 60, 30, 1.0),)}, "pairs"),
    ],
)
def test_a_budget_that_cannot_be_judged_is_refused_beside_its_field(system, stated, field):
    with pytest.raises(Invalid) as refused:
        budget(system, **stated)

    assert field in refused.value.fields


def test_a_kpi_that_is_no_share_needs_a_limit(system):
    with pytest.raises(Invalid, match="what failed"):
        budget(system, kpi="latency_p95")
    assert budget(system, kpi="latency_p95", failure_limit=1200.0).failure_limit == 1200.0


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"warning": 0.0}, "warning"),
        ({"critical": 0.01}, "critical"),
        ({"fires_k": 4}, "fires_k"),
        ({"window_seconds": 1}, "window_seconds"),
        ({"reference_windows": 1}, "reference_windows"),
        ({"mode": "guess"}, "mode"),
    ],
)
def test_a_pair_that_cannot_be_judged_is_refused_beside_its_field(system, stated, field):
    with pytest.raises(Invalid) as refused:
        pair(system, **stated)

    assert field in refused.value.fields


def test_a_kpi_is_no_guardrail_of_itself(system):
    with pytest.raises(Invalid, match="guardrail of itself"):
        pair(system, guardrail="deflection_rate")


def test_a_kpi_without_a_better_direction_guards_nothing(system):
    with pytest.raises(Invalid, match="depends on the context"):
        pair(system, guardrail="decision_volume")


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"method": "guess"}, "method"),
        ({"horizon_seconds": 60}, "horizon_seconds"),
        ({"least_windows": 2}, "least_windows"),
    ],
)
def test_a_trend_rule_that_cannot_be_judged_is_refused_beside_its_field(system, stated, field):
    with pytest.raises(Invalid) as refused:
        trend(system, **stated)

    assert field in refused.value.fields


def test_what_is_not_there_is_missing(system):
    with pytest.raises(Missing):
        budget(system, kpi="no_such\x00")
    with pytest.raises(Missing):
        call(
            approve_objective,
            kind=TrendRule,
            version_id=system.pk,
            actor=person_as_actor(system.deputy),
        )
    assert not GuardrailPair.objects.exists()
    catalogue()


def _write(row, column, value):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET {column} = %s WHERE id = %s",  # noqa: S608
            [value, row.pk],
        )
