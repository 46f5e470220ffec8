"""Gains that cost their guardrail, judged by the sweep (KPI-3, EVA-24)."""

import datetime as dt

import pytest

from governance.models import GuardrailPair, MeasuredStanding, Watch
from governance.rules.objectives import PairStated
from governance.rules.stated import Stated
from governance.services.objectives import approve_objective, draft_guardrail_pair
from governance.services.pairs import judge_pairs
from incidents.models import Incident
from tests.registry.factories import call
from tests.telemetry.factory import AT, START, measured, row, take, threshold

WEEK = dt.timedelta(weeks=1)
FIRST = START - 20 * WEEK
NEXT = AT + dt.timedelta(hours=1)
LIMITS = Stated(direction="above", warning=0.5, critical=0.8)
GAINED = [0.40] * 6 + [0.55] * 3
PAID = [0.10] * 6 + [0.14] * 3


def weekly(system, kpi, values, *, first=0, **changes):
    """One reading a week."""
    return [
        row(
            system,
            value,
            kpi=kpi,
            window="7d",
            window_end=(FIRST + (first + week) * WEEK).isoformat(),
            **changes,
        )
        for week, value in enumerate(values)
    ]


def both(system, gains, guards, *, first=0, **changes):
    """Deflection with its reopen rate."""
    return weekly(system, "deflection_rate", gains, first=first, **changes) + weekly(
        system, "reopen_rate", guards, first=first, **changes
    )


def pair(system, *, at=AT, guardrail="reopen_rate", **stated):
    """A pair in force."""
    drafted = call(
        draft_guardrail_pair,
        system_id=system.pk,
        gain_id="deflection_rate",
        guardrail_id=guardrail,
        stated=PairStated(**({"warning": 0.01} | stated)),
        author_id=system.owner_id,
        at=at,
    )
    return call(
        approve_objective,
        kind=GuardrailPair,
        version_id=drafted.pk,
        approver_id=system.deputy_id,
        at=at,
    )


def standing():
    """The only standing over many readings."""
    return MeasuredStanding.objects.select_related("look", "series").get(kind="pair")


@pytest.fixture
def system(db):
    """A live system at high tier with a wide threshold on its reopen rate."""
    made = measured(stated=None, risk_tier="high")
    threshold(made, kpi="reopen_rate", stated=LIMITS, valid_from=FIRST - WEEK)
    return made


def test_eva_24_a_gain_that_costs_its_guardrail_opens_an_incident_on_the_guardrail(system):
    take(both(system, GAINED, PAID))

    judge_pairs(AT)

    incident = Incident.objects.get()
    series = incident.causes.get().standing.series
    assert (incident.kind, incident.severity, series.kpi_id) == ("pair", "minor", "reopen_rate")
    assert standing().gain_id == "deflection_rate"
    assert incident.title == "Reopen rate pays for a gain that it guards"
    assert "from 10 % to 14 %" in incident.summary


def test_a_gain_that_costs_nothing_opens_none(system):
    take(both(system, GAINED, [0.10] * 9))

    judge_pairs(AT)

    assert standing().state == "OK"
    assert not Incident.objects.exists()


def test_at_low_tier_a_small_price_is_a_watch_and_a_high_one_an_incident(db):
    system = measured(stated=None, risk_tier="low")
    threshold(system, kpi="reopen_rate", stated=LIMITS, valid_from=FIRST - WEEK)
    take(both(system, GAINED[:8], PAID[:8]))
    judge_pairs(AT)
    assert not Incident.objects.exists()

    take(both(system, [0.55] * 3, [0.20] * 3, first=8), at=NEXT)
    judge_pairs(NEXT)

    assert Incident.objects.get().severity == "minor"


def test_a_guardrail_without_a_threshold_is_unknown_and_says_why(db):
    system = measured(stated=None)
    take(both(system, GAINED, PAID))

    judge_pairs(AT)

    assert (standing().state, standing().why) == (
        "NO_DATA",
        "no approved threshold of the series carries it",
    )


def test_too_few_windows_are_unknown(system):
    take(both(system, GAINED[:5], PAID[:5]))

    judge_pairs(AT)

    assert standing().state == "NO_DATA"


def test_recovery_is_told_and_closes_nothing(system):
    take(both(system, GAINED, PAID))
    judge_pairs(AT)

    take(both(system, [0.55] * 5, [0.10] * 5, first=9), at=NEXT)
    judge_pairs(NEXT)

    incident = Incident.objects.get()
    assert standing().state == "OK"
    assert (incident.closed_at, incident.causes.get().recovered_at) == (None, NEXT)


def test_the_late_half_of_a_pair_is_judged_with_the_other(system):
    take(weekly(system, "reopen_rate", PAID))
    judge_pairs(AT)
    assert not MeasuredStanding.objects.exists()

    take(weekly(system, "deflection_rate", GAINED), at=NEXT)
    judge_pairs(NEXT)

    assert Incident.objects.get().kind == "pair"


def test_late_and_permuted_readings_end_in_the_same_state(db):
    ends = []
    for order in (range(18), [*range(17, -1, -3), *range(0, 18, 3), *range(1, 18, 3)]):
        made = measured(stated=None, risk_tier="high")
        threshold(made, kpi="reopen_rate", stated=LIMITS, valid_from=FIRST - WEEK)
        readings = both(made, GAINED, PAID)
        for place, start in enumerate(range(0, 18, 6)):
            at = AT + place * dt.timedelta(minutes=10)
            take([readings[one] for one in order[start : start + 6]], at=at)
            judge_pairs(at)
        found = MeasuredStanding.objects.select_related("look").get(series__system=made)
        ends.append((found.state, found.look.figures, found.look.fired))

    assert ends[0] == ends[1]


def test_a_pair_of_its_own_stands_in_the_place_of_the_policy_s(system):
    pair(system, warning=0.05, critical=None)
    take(both(system, GAINED, PAID))

    judge_pairs(AT)

    assert standing().state == "OK"


def test_a_pair_that_was_ended_judges_nothing(system):
    pair(system, enabled=False)
    take(both(system, GAINED, PAID))

    judge_pairs(AT)

    assert standing().state == "NO_DATA"
    assert not Incident.objects.exists()


def test_another_system_s_pair_says_nothing_of_this_one(system):
    other = measured(stated=None)
    threshold(other, kpi="csat", stated=Stated(direction="below", warning=0.1))
    pair(other, guardrail="csat")
    readings = weekly(system, "deflection_rate", GAINED) + weekly(system, "csat", [0.8] * 9)
    take(readings)

    assert judge_pairs(AT) == 0
    assert not Watch.objects.exists()
