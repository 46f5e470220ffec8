"""Objectives in Chromium: read, drafted, approved and ended, every page by axe (KPI-3, -5, -7)."""

import datetime as dt

import pytest
from django.db import connections

from governance.models import TrendRule
from governance.services.budgets import judge_budgets
from governance.services.trends import judge_trends
from outbox import clock
from tests.governance.test_budgets import budget
from tests.registry.factories import PASSWORD, user
from tests.telemetry.factory import measured, row, take
from tests.walks.browser import Reader, chromium, serving

pytestmark = pytest.mark.browser
DAY = dt.timedelta(days=1)


@pytest.fixture
def objectives(monday, monkeypatch):
    """A system with a spent budget and a slide, served; yields the way to a reader, and it."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    at = clock.now()
    owner, deputy = (user(password=PASSWORD) for _ in range(2))
    system = measured(owner=owner, deputy=deputy, risk_tier="high")
    budget(system, pairs=(), at=at - 60 * DAY)
    readings = [
        row(system, 0.99 - day * 0.0012, window_end=(at - (60 - day) * DAY).isoformat())
        for day in range(60)
    ]
    take(readings, at=at)
    judge_trends(at)
    judge_budgets(at)
    with serving() as base_url, chromium() as browser:
        yield lambda who, scripts: Reader(browser, base_url, who.email, scripts=scripts), system
        connections.close_all()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_objective_is_drafted_by_one_and_put_in_force_by_another(objectives, scripts):
    reader, system = objectives
    owner, deputy = reader(system.owner, scripts), reader(system.deputy, scripts)
    page = f"/systems/{system.slug}/objectives/"

    owner.open(page)
    assert "of the error budget of Accuracy is spent" in owner.words()
    owner.open(f"{page}trend/")
    owner.fill("form.sys-section", method="cusum", reason="quicker to see")
    owner.press("Draft it")
    assert "somebody else puts it in force" in owner.words()
    deputy.open(f"{page}trend/{TrendRule.objects.get().pk}/approve/")
    deputy.press("Put it in force")

    assert "CUSUM chart of at least 8 windows" in deputy.words()
