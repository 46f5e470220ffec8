"""Scorecards in Chromium: to the readings in three clicks, each view looked at by axe (REP-2)."""

import datetime as dt

import pytest
from django.db import connections

from governance.rules.stated import Stated
from governance.services.policies import load_profile
from outbox import clock
from telemetry.rules.scorecards import Line
from telemetry.services.scorecards import set_scorecard
from tests.registry.factories import (
    PASSWORD,
    call,
    person_as_actor,
    role,
    system_in,
    unit,
    user,
)
from tests.telemetry.factory import catalogue, computed, take, threshold
from tests.walks.browser import Reader, chromium, serving

pytestmark = pytest.mark.browser
# KPI, direction, baseline, warning, critical, target, then the values of twelve weeks.
RISING = (0.021, 0.02, 0.024, 0.019, 0.022, 0.023, 0.041, 0.062, 0.094, 0.12, 0.141, 0.148)
MEASURED = {
    "Claims approval": (
        ("demographic_parity_difference", "above", 0.021, 0.08, 0.12, 0.05, RISING),
        ("accuracy", "below", 0.932, 0.892, 0.852, 0.94, (0.93, 0.931, 0.933, 0.93, 0.928)),
        ("recall", "below", 0.80, 0.78, 0.70, None, (0.81, 0.812, 0.806, 0.809)),
        ("precision", "below", 0.88, 0.80, 0.75, None, (0.89, 0.885, 0.887)),
        ("human_override_rate", "above", 0.03, 0.045, 0.08, None, (0.031, 0.04, 0.047, 0.056)),
        ("latency_p95", "above", 410, 550, 800, None, (380, 402, 395, 384)),
    ),
    "Support assistant": (
        ("groundedness", "below", 0.95, 0.90, 0.85, 0.96, (0.961, 0.957, 0.958)),
        ("deflection_rate", "below", 0.5, 0.4, 0.3, 0.55, (0.51, 0.56, 0.58, 0.6)),
        ("reopen_rate", "above", 0.04, 0.06, 0.08, None, (0.04, 0.05, 0.055, 0.058)),
    ),
    "Motor pricing": (("accuracy", "below", 0.9, 0.85, 0.8, None, (0.9, 0.91, 0.9)),),
}
SYSTEMS = {
    "Claims approval": "Claims",
    "Support assistant": "Service",
    "Motor pricing": "Underwriting",
    "Document search": "Claims",
}
CHOSEN = {
    "Claims approval": (
        ("demographic_parity_difference", "risk", "Stop automatic refusals; every one by hand."),
        ("accuracy", "quality", "Roll back to the last approved version."),
        ("complaint_rate", "adoption", "Ask customer care for the ten newest."),
    ),
    "Support assistant": (("deflection_rate", "cost", "Look at what was reopened first."),),
}


def _measure(system, at):
    if system.name == "Claims approval":
        computed(
            system, "demographic_parity_difference", attribute="age", positive="approve", at=at
        )
    for kpi, direction, baseline, warning, critical, target, values in MEASURED[system.name]:
        stated = Stated(direction=direction, warning=warning, critical=critical, target=target,
                        baseline=baseline, fires_k=2, fires_n=3)  # fmt: skip
        threshold(system, stated=stated, kpi=kpi, at=at - dt.timedelta(days=200),
                  valid_from=at - dt.timedelta(days=200))  # fmt: skip
        rows = [_reading(system, kpi, value, len(values) - number, at)
                for number, value in enumerate(values)]  # fmt: skip
        take(rows, at=at)
    segments = [_reading(system, "accuracy", 0.9, 1, at) | {"segment": "channel=phone"}]
    take([*segments, _reading(system, "f1", 0.88, 1, at) | {"environment": "staging"}], at=at)


def _reading(system, kpi, value, weeks, at):
    end = at.replace(hour=0, minute=0, second=0, microsecond=0) - dt.timedelta(days=7 * (weeks - 1))
    spread = abs(value) * 0.02
    return {
        "system": system.slug, "kpi": kpi, "window": "7d", "window_end": end.isoformat(),
        "value": value, "n": 1830, "low": value - spread, "high": value + spread,
    }  # fmt: skip


def _choose(system, at):
    lines = [
        Line(kpi, perspective, system.owner_id, done, None)
        for kpi, perspective, done in CHOSEN.get(system.name, ())
    ]
    if lines:
        call(
            set_scorecard,
            system_id=system.pk,
            lines=lines,
            expected_version=0,
            actor=person_as_actor(system.owner),
            at=at,
        )


@pytest.fixture
def cards(monday, monkeypatch):
    """Three systems of two units below one; yields an executive's browser."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    at, top = clock.now(), unit(name="Harbour Mutual")
    catalogue()
    reader = user(of=top, name="Elena Petrović", password=PASSWORD)
    role(reader, "executive", unit=top)
    call(load_profile, unit_id=top.pk, profile="small", author_id=reader.pk)
    units = {name: unit(name=name, parent=top) for name in ("Claims", "Service", "Underwriting")}
    owner = user(of=top, name="Jonas Weber")
    for name, place in SYSTEMS.items():
        system = system_in("production", of=units[place], name=name, owner=owner)
        if name in MEASURED:
            _measure(system, at)
            _choose(system, at)
    with serving() as base_url, chromium() as browser:
        yield lambda scripts: Reader(browser, base_url, reader.email, scripts=scripts)
        connections.close_all()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_executive_comes_to_the_readings_in_three_clicks(cards, scripts):
    executive = cards(scripts)
    executive.open("/scorecards/")

    executive.page.get_by_role("link", name="Claims", exact=True).first.click()
    executive.look()
    executive.page.get_by_role("link", name="Claims approval", exact=True).first.click()
    executive.look()
    executive.page.locator("#lagging tbody th a").first.click()
    executive.look()

    assert "/kpis/" in executive.page.url
    assert "demographic parity" in executive.words().lower()


@pytest.mark.parametrize("view", ["all", "leadership", "operations", "engineering"])
def test_each_view_reads_well_for_everybody(cards, view):
    executive = cards(True)

    executive.open(f"/scorecards/?view={view}")

    assert "Left out here" in executive.words() or "Nothing is left out" in executive.words()
