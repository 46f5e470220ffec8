"""A command and the sweep on the same incident, and ingests in opposite orders: nobody meets a
deadlock, nothing is done twice."""

import datetime as dt
from collections import Counter

import pytest
from django.core.cache import cache

from governance.models import EscalationFiring
from governance.services.thresholds import approve_threshold, draft_threshold
from incidents.models import Incident, Transition
from incidents.rules.transitions import INVESTIGATING
from ledger.context import acting_as
from outbox import sweep_jobs
from outbox.models import Timer
from outbox.services.sweeps import sweep
from registry.models import System
from telemetry.models import Measurement
from tests.faults.processes import side_by_side
from tests.governance.organisation import AT, another_series, organised, read, standing
from tests.incidents.factory import do, fresh
from tests.walks.stage import BANDS, SETUP, hours_before, reading, set_up
from tests.walks.visitor import Machine

LATER = AT + dt.timedelta(hours=5)
JOBS_OF_A_ROUND = 12
KPIS = ("accuracy", "recall", "precision")


@pytest.mark.parametrize("rounds", [3, pytest.param(1000, marks=pytest.mark.full)])
def test_a_command_and_the_sweep_on_one_incident_never_deadlock(own_database, monkeypatch, rounds):
    of = organised()
    failed, wrong = [], []

    def sweep_once():
        report = sweep(at=LATER)
        failed.extend(["a timer"] * report.failed)
        failed.extend(name for name, did in report.jobs.items() if did < 0)

    all_jobs = sweep_jobs.registered()
    with side_by_side(3) as at_once:
        for number in range(rounds):
            incident = an_incident(of, f"region={number}")
            monkeypatch.setattr(sweep_jobs, "_jobs", next_jobs(all_jobs, number))
            wrong += at_once(
                lambda one=incident: do(one, "acknowledge", of.house.owner, at=LATER),
                sweep_once,
                lambda one=incident: do(one, "raise_severity", of.house.compliance, at=LATER),
            )
            assert fresh(incident).state == INVESTIGATING
    monkeypatch.setattr(sweep_jobs, "_jobs", all_jobs)
    sweep_once()

    assert wrong == []
    assert failed == []
    assert Transition.objects.filter(command="acknowledge").count() == rounds
    assert Transition.objects.filter(command="raise_severity").count() == rounds
    assert fired() == {1}
    # Higher levels wait their turn after such a jump.
    assert not Timer.objects.filter(state="armed", next_try_at__lte=LATER).exists()


def next_jobs(jobs, number):
    """The jobs of the sweep of a round: each one's turn comes, in each place of the sweep.

    The commands end before a whole sweep comes to its later jobs, which would never meet them.
    """
    names = list(jobs)
    begin = number * JOBS_OF_A_ROUND % len(names)
    return {name: jobs[name] for name in (names * 2)[begin : begin + JOBS_OF_A_ROUND]}


def an_incident(of, segment):
    """Another incident of the organisation."""
    place = standing(of.house, of.threshold, series=another_series(of.house, segment=segment))
    (incident,) = read(of, standing_id=place.pk, series_id=place.series_id, segment=segment)
    return incident


def fired():
    """How often each step of each incident fired."""
    rows = EscalationFiring.objects.values_list("incident", "cycle", "rule", "step", "repeat")
    return set(Counter(rows).values())


@pytest.mark.parametrize("rounds", [2, pytest.param(50, marks=pytest.mark.full)])
def test_ingests_in_opposite_orders_at_once_never_deadlock(monday, rounds):
    cache.clear()
    stage = set_up()
    names = [(kpi, f"shop={shop}") for kpi in KPIS for shop in range(10)]
    for kpi, segment in names:
        threshold(stage.system, kpi, segment)
    ends = hours_before(dt.datetime(2030, 1, 7, 8, tzinfo=dt.UTC), 2 * rounds)
    answers, wrong = [], []

    def rows(end):
        return [reading(0.80, end, kpi=kpi, segment=segment) for kpi, segment in names]

    def send(delivery):
        answers.append(Machine(stage.token).measure(delivery))

    with side_by_side(3) as at_once:
        for first, second in zip(ends[::2], ends[1::2], strict=True):
            wrong += at_once(
                lambda one=first: send(rows(one)),
                lambda one=second: send(rows(one)[::-1]),
                lambda one=first: send(rows(one)[::-1]),
            )

    assert wrong == []
    assert sum(one["accepted"] for one in answers) == len(ends) * len(names)
    assert sum(one["repeated"] for one in answers) == rounds * len(names)
    assert Measurement.objects.count() == len(ends) * len(names)
    opened_once = Incident.objects.values_list("dedup_key", flat=True)
    assert len(opened_once) == len(set(opened_once)) > 0


def threshold(system: System, kpi, segment):
    """A threshold in force on one series."""
    at = dt.datetime(2030, 1, 7, 9, tzinfo=dt.UTC)
    with acting_as(SETUP):
        drafted = draft_threshold(
            system_id=system.pk,
            kpi_id=kpi,
            segment=segment,
            stated=BANDS,
            valid_from=at - dt.timedelta(days=30),
            author_id=system.owner_id,
            actor=SETUP,
            at=at,
        )
        approve_threshold(version_id=drafted.pk, approver_id=system.deputy_id, actor=SETUP, at=at)
