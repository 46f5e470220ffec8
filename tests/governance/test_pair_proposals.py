"""KPI-3: a threshold on a gain proposes the guardrail that policy or catalogue name for it."""

import pytest
from django.test import Client

from governance.selectors.pair_proposals import pair_of_kpi, pairs_for
from telemetry.models import Series
from tests.registry.factories import AT, sign_in
from tests.telemetry.factory import measured, row, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    made = measured(stated=None)
    take([row(made, 30.0, kpi="completion_time", window="7d")])
    return made


def gain(of):
    return Series.objects.select_related("kpi", "system").get(system=of, kpi_id="completion_time")


def test_the_policy_s_pair_is_proposed_and_says_that_its_guardrail_is_missing(of):
    (found,) = pairs_for(series=gain(of), at=AT)

    assert (found.guardrail.pk, found.terms.mode) == ("rework_time", "share")
    assert (found.is_measured, found.judged_by) == (False, "policy")


def test_a_guardrail_that_is_measured_by_the_same_windows_is_told_so(of):
    take([row(of, 4.0, kpi="rework_time", window="7d")])

    (found,) = pairs_for(series=gain(of), at=AT)

    assert found.is_measured


def test_a_kpi_without_series_proposes_nothing(of):
    assert pair_of_kpi(system=of, kpi_id="win_rate", at=AT) == []
    assert pair_of_kpi(system=of, kpi_id="a\x00b", at=AT) == []


def test_page_and_api_propose_it_and_the_form_begins_with_it(of):
    client, series = sign_in(Client(), of.owner), gain(of)

    page = client.get(f"/systems/{of.slug}/thresholds/new/?series={series.pk}").content.decode()
    api = client.get(f"/api/v1/systems/{of.slug}/guardrail-proposals?kpi=completion_time").json()
    form = client.get(
        f"/systems/{of.slug}/objectives/guardrail/?series={series.pk}&guardrail=rework_time"
    ).content.decode()

    assert "What it must not cost" in page
    assert [(one["guardrail"], one["warning"], one["judged_by"]) for one in api] == [
        ("rework_time", "0.2", "policy")
    ]
    assert 'value="0.2"' in form
