"""What the gallery shows of what is measured: baselines, budgets, canaries, files, answers."""

import datetime as dt

from telemetry.models import Connector, Upload
from telemetry.rules.answers import key_of
from telemetry.services.connectors import Wanted, define_connector
from tests.governance import test_baselines as baselines
from tests.governance import test_budgets as budgets
from tests.governance import test_canaries as canaries
from tests.governance import test_mutes as mutes
from tests.governance import test_uploads as uploads
from tests.governance import test_voids as voids
from tests.incidents.factory import grant
from tests.registry import factories as registry
from tests.telemetry import factory as telemetry

HOUR = dt.timedelta(hours=1)


def measured(found):
    """Baselines, budgets, canaries, silences, voids, connectors, files and answers beside it."""
    house, made = found.house, found.made
    system = made.system = telemetry.measured(
        owner=house.owner,
        deputy=house.deputy,
        risk_tier="high",
        kind="agent",
        name="Paying agent",
    )
    for role in ("compliance", "risk", "engineer", "executive", "auditor"):
        grant(found.people[role], role, system=system)
    telemetry.take([telemetry.row(system, 0.94 + 0.02 * (day % 2), day=day) for day in range(90)])
    telemetry.take([telemetry.row(system, 0.85 - 0.01 * day, day=90 + day) for day in range(8)])
    made.baseline = baselines.agreed(system)
    made.next_baseline = baselines.drafted(system)
    made.series = telemetry.series_of(system)
    made.budget = budgets.budget(system, pairs=())
    made.canary = canaries.canary_set(system)
    canaries.run(made.canary, wrong=1)
    made.mute = mutes.silence(system, hours=20)
    made.void = voids.ask(system, 3, 5)
    made.threshold = telemetry.threshold(system, kpi="canary_agreement")
    owner = registry.person_as_actor(house.owner)
    made.connector = registry.call(
        define_connector,
        system_id=system.pk,
        kind="prometheus",
        wanted=Wanted(
            name="Metrics of the cluster",
            url="https://prometheus.example.org",
            every_seconds=300,
            lines=[{"kpi": "accuracy", "query": "accuracy", "window": "5m"}],
            sign_in="none",
        ),
        actor=owner,
    )
    made.upload = uploads.look(
        system, uploads.HEAD + uploads.lines(3) + "accuracy,2026-10-01,x,500\n", actor=owner
    )
    rows = [
        telemetry.event(
            system, number, at=telemetry.AT - (number + 1) * HOUR / 60,
            topic="reminders" if number % 2 else "instalments",
            question="Why was I reminded twice?", answer="Since two bills of yours are open.",
            sources=["contract 4.2"], feedback="down" if number % 3 else "up",
            outcome="failure" if number % 5 == 0 else "success",
        )
        for number in range(30)
    ]  # fmt: skip
    telemetry.take_events(rows)
    made.answer = key_of(telemetry.AT - HOUR / 60, "e-0")
    assert Connector.objects.exists()
    assert Upload.objects.exists()
