"""KPI-1: an own KPI is switched off and on; nothing relies on it then, and its history stays."""

import datetime as dt

import pytest
from django.test import Client

from governance.services.kpi_switch import switch_kpi
from governance.services.silences import judge_silences
from governance.services.thresholds import draft_threshold
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import System
from telemetry.models import Kpi, Measurement, Series
from telemetry.rules.scorecards import Line
from telemetry.services.own_kpis import approve_kpi, draft_kpi
from telemetry.services.scorecards import set_scorecard
from tests.registry.factories import AT, call, person_as_actor, role, sign_in, user
from tests.telemetry.factory import BANDS, measured, row, take, threshold
from tests.telemetry.test_own_kpis import KEY, MEANING

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def of():
    """A live system of a unit that has an own KPI."""
    made = measured(stated=None)
    author = user(of=made.unit)
    role(author, "compliance", unit=made.unit)
    drafted = call(
        draft_kpi, key=KEY, unit_id=made.unit_id, meaning=MEANING, reason="we steer by it",
        actor=person_as_actor(author),
    )  # fmt: skip
    call(approve_kpi, definition_id=drafted.pk, actor=person_as_actor(made.owner))
    return made


def switched(of, *, off=True, by=None, reason="We ask nobody any more", key=KEY, at=AT):
    return call(
        switch_kpi, kpi_id=key, off=off, reason=reason, systems=System.objects.all(),
        actor=person_as_actor(by or of.owner), at=at,
    )  # fmt: skip


def test_no_reading_of_it_is_taken_though_its_series_is_known(of):
    take([row(of, 0.6, kpi=KEY)])
    switched(of)

    with pytest.raises(Invalid) as refused:
        take([row(of, 0.6, day=1, kpi=KEY)])
    mixed = take([row(of, 0.6, day=1, kpi=KEY), row(of)])

    assert "switched off since" in str(refused.value.__dict__) + str(refused.value)
    assert (mixed.accepted, [one.field for one in mixed.rejected]) == (1, ["kpi"])
    assert Measurement.objects.filter(series__kpi_id=KEY).count() == 1


def test_switched_on_again_readings_are_taken(of):
    take([row(of, 0.6, kpi=KEY)])
    switched(of)

    switched(of, off=False, at=AT + DAY)

    assert take([row(of, 0.6, day=1, kpi=KEY)]).accepted == 1
    verbs = list(
        Entry.objects.filter(verb__startswith="kpi.switched").values_list("verb", flat=True)
    )
    assert sorted(verbs) == ["kpi.switched_off", "kpi.switched_on"]


def test_its_thresholds_rest_and_nobody_waits_for_it(of):
    threshold(of, stated=BANDS, kpi=KEY)
    take([row(of, 0.95, kpi=KEY)])
    Series.objects.filter(kpi_id=KEY).update(cadence_seconds=60)

    switched(of)
    while_off = judge_silences(AT + 3 * DAY)
    switched(of, off=False, at=AT + 4 * DAY)
    at_once = judge_silences(AT + 4 * DAY)
    later = judge_silences(AT + 5 * DAY)

    assert (while_off, at_once, later) == (0, 0, 1)


def test_no_threshold_is_drafted_for_it(of):
    switched(of)

    with pytest.raises(Conflict, match="switched off"):
        call(draft_threshold, system_id=of.pk, kpi_id=KEY, stated=BANDS, author_id=of.owner_id)


def test_it_is_refused_while_it_stands_on_a_scorecard_and_says_where(of):
    lines = [Line(KEY, "adoption", of.owner_id, "Ask why.")]
    call(
        set_scorecard, system_id=of.pk, lines=lines, expected_version=0,
        actor=person_as_actor(of.owner),
    )  # fmt: skip

    with pytest.raises(Conflict, match=f"stands on the scorecard of {of.name}"):
        switched(of)

    assert not Kpi.objects.get(pk=KEY).off


def test_it_is_refused_while_it_is_a_counter_metric(of):
    call(
        draft_kpi, key="own_other", unit_id=of.unit_id, reason="r", actor=person_as_actor(of.owner),
        meaning=type(MEANING)(**(MEANING.columns | {"counter_metric_id": KEY, "name": "Other"})),
    )  # fmt: skip
    (draft,) = _drafts("own_other")
    call(approve_kpi, definition_id=draft.pk, actor=person_as_actor(of.deputy))

    with pytest.raises(Conflict, match="counter-metric of Other"):
        switched(of)


def _drafts(key):
    from telemetry.models import KpiDefinition  # noqa: PLC0415

    return KpiDefinition.objects.filter(key=key)


def test_a_shipped_kpi_is_never_switched_off(of):
    with pytest.raises(Conflict, match="shipped"):
        switched(of, key="accuracy")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001, "a\x00b"])
def test_it_takes_a_reason(of, reason):
    with pytest.raises(Invalid):
        switched(of, reason=reason)


def test_who_may_not_approve_kpis_switches_none(of):
    who = user(of=of.unit)
    role(who, "engineer", unit=of.unit)

    with pytest.raises(Forbidden):
        switched(of, by=who)


def test_page_and_api_switch_it_with_a_reason(of):
    client = sign_in(Client(), of.owner)

    shown = client.get(f"/kpis/{KEY}/switch/").content.decode()
    done = client.post(f"/kpis/{KEY}/switch/", {"reason": "Nobody asks"})
    definition = client.get(f"/kpis/{KEY}/").content.decode()
    again = client.post(
        f"/api/v1/kpis/{KEY}/switch", {"off": True, "reason": "x"}, content_type="application/json"
    )
    on = client.post(
        f"/api/v1/kpis/{KEY}/switch", {"off": False, "reason": "x"}, content_type="application/json"
    )

    assert "Nothing relies on it" in shown
    assert (done.status_code, again.status_code, on.status_code) == (302, 409, 200)
    assert "Switched off: no reading of it is taken" in definition
    assert client.get(f"/api/v1/kpis/{KEY}/uses").json() == []
    assert on.json()["off"] is False
