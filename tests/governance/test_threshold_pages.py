"""Pages: thresholds in plain words with their back-test (KPI-4, KPI-9); baselines (KPI-6)."""

import datetime as dt

import pytest

from governance.models import Backtest, ThresholdVersion
from telemetry.models import Baseline
from tests.governance.pages import section, seen, signed_in, stand_at
from tests.registry import factories as registry
from tests.telemetry.factory import AT, DAY, measured, row, series_of, take

DRAFT = {
    "direction": "below", "mode": "absolute", "warning": "0.6", "critical": "0.5", "fires_k": "2",
    "fires_n": "3", "least_n": "0", "recover_windows": "2", "judged_by": "value",
    "reason": "Too many alarms.",
}  # fmt: skip
WINDOW = {"since": "2026-09-01T00:00", "until": "2026-10-13T00:00", "method": "own_past"}


@pytest.fixture
def system(db):
    """A system with a threshold and three months of daily accuracy."""
    stand_at(AT + dt.timedelta(hours=1))
    found = measured()
    take([row(found, 0.95 if day % 20 else 0.7, day=day) for day in range(100)])
    yield found
    stand_at(None)


def new_page(system):
    """The address of a draft for the accuracy."""
    return f"/systems/{system.slug}/thresholds/new/?series={series_of(system).pk}"


def test_the_list_shows_what_is_in_force_and_what_came_of_it(client, system):
    text = seen(client, f"/systems/{system.slug}/thresholds/", system.owner)

    shown = section(text, "In force", "Draft a threshold")
    assert "≤ 90.0, ≤ 80.0 %" in shown
    assert "2 of 3 readings" in shown


def test_without_a_threshold_the_page_teaches_the_next_step(client, db):
    system = measured(stated=None)

    text = seen(client, f"/systems/{system.slug}/thresholds/", system.owner)

    assert "No threshold yet" in text
    assert "send a first reading" in text


def test_the_form_proposes_the_bands_of_the_profile(client, db):
    system = measured(stated=None)
    take([row(system, 0.95, day=day) for day in range(3)])

    text = signed_in(client, system.owner).get(new_page(system)).content.decode()

    assert "an example to approve" in text
    assert 'value="-0.04"' in text


def test_a_looser_draft_is_shown_beside_its_back_test_and_approved_by_another(client, system):
    address = signed_in(client, system.owner).post(new_page(system), DRAFT)["Location"]
    own = client.post(address, {"reason": ""})

    shown = seen(client, address, system.deputy)
    approved = client.post(address, {"reason": "agreed"})

    assert "This loosens the threshold" in shown
    assert "Would have opened" in shown
    assert (own.status_code, approved.status_code) == (400, 302)
    assert ThresholdVersion.objects.get(state="active").number == 2


def test_a_draft_that_cannot_work_is_refused_on_the_form(client, system):
    given = DRAFT | {"warning": "0.4"}

    answer = signed_in(client, system.owner).post(new_page(system), given)

    assert answer.status_code == 400
    assert "critical must lie beyond warning" in answer.content.decode()


def test_who_may_not_draft_is_told_who_can(client, system):
    auditor = registry.user(of=system.unit)
    registry.role(auditor, "auditor", unit=system.unit)

    answer = signed_in(client, auditor).get(new_page(system))

    assert answer.status_code == 403


def test_limits_are_tried_on_the_past_without_drafting_anything(client, system):
    address = f"/systems/{system.slug}/kpis/{series_of(system).pk}/backtest/"
    answer = signed_in(client, system.owner).post(address, DRAFT)

    text = seen(client, address, system.owner)

    assert answer.status_code == 302
    assert Backtest.objects.get().version is None
    assert "Would have opened" in text


def test_a_baseline_is_drafted_by_one_and_agreed_to_by_another(client, system):
    address = f"/systems/{system.slug}/kpis/{series_of(system).pk}/baseline/"
    drafted = signed_in(client, system.owner).post(address, WINDOW | {"freezes": "No release."})
    row_ = Baseline.objects.get()
    decide = f"{address}{row_.pk}/approve/"
    own = client.post(decide, {"reason": ""})

    agreed = signed_in(client, system.deputy).post(decide, {"reason": ""})
    text = seen(client, address, system.owner)

    assert (drafted.status_code, own.status_code, agreed.status_code) == (302, 400, 302)
    assert "No release." in text
    assert "Since the baseline" in text


def test_without_a_baseline_nobody_is_told_that_it_improved(client, system):
    address = f"/systems/{system.slug}/kpis/{series_of(system).pk}/baseline/"

    text = seen(client, address, system.owner)

    assert "No baseline is agreed" in text
    assert "improved cannot be said" in text


def test_coverage_lists_live_systems_with_what_is_late(client, system):
    stand_at(AT + 10 * DAY)

    text = seen(client, "/coverage/", system.owner)

    assert "gaps" in text
    assert "last heard" in text


def test_drift_of_a_system_shows_rules_that_nobody_attested(client, system):
    text = seen(client, f"/systems/{system.slug}/drift/", system.owner)

    assert "never attested" in text
    assert "No histogram has come" in text


def test_the_rules_are_attested_and_a_pause_announced_on_the_page(client, system):
    address = f"/systems/{system.slug}/drift/"
    page = signed_in(client, system.owner).get(address).content.decode()
    sha256 = page.partition('name="sha256" value="')[2][:64]

    attested = client.post(address, {"act": "attest", "sha256": sha256, "statement": "read"})
    paused = client.post(
        address,
        {"act": "pause", "from_at": "2026-12-24T00:00", "until_at": "2027-01-02T00:00",
         "reason": "Closed over Christmas."},
    )  # fmt: skip
    text = seen(client, address, system.owner)

    assert (attested.status_code, paused.status_code) == (302, 302)
    assert "as attested" in text
    assert "Closed over Christmas." in text


def test_the_pages_take_few_queries(client, system, django_assert_max_num_queries):
    signed_in(client, system.owner)

    with django_assert_max_num_queries(40):
        client.get(f"/systems/{system.slug}/thresholds/")
    with django_assert_max_num_queries(40):
        client.get("/coverage/")


def test_the_form_drafts_for_the_whole_risk_tier(client, db):
    system = measured(stated=None)
    other = registry.system_in(
        "production", of=system.unit, owner=system.owner, deputy=system.deputy,
        risk_tier=system.risk_tier, name="The other one",
    )  # fmt: skip
    take([row(one, 0.95) for one in (system, other)])
    browser = signed_in(client, system.owner)

    offered = browser.get(new_page(system)).content.decode()
    address = browser.post(new_page(system), DRAFT | {"for_tier": "on"})["Location"]

    assert "1 more system of this tier measures it" in offered
    assert "The other one" in browser.get(address).content.decode()
    assert other.thresholds.get().versions.get().state == "draft"
