"""What each source of evidence shows, and what it does not take for evidence (GOV-3)."""

import datetime as dt

import pytest

from ledger.context import acting_as
from ledger.services.sealing import seal
from registry.models import RetentionRule, System
from reports.rules.evidence import Places, evidence_of
from reports.selectors.control_ground import ground_of, subjects_of
from reports.selectors.control_map import control_map
from reports.selectors.evidence_sources import found_by_source
from telemetry.models import SeriesState
from tests.governance.organisation import organised
from tests.incidents.factory import bring
from tests.incidents.factory import opened as opened_case
from tests.net import SETUP, told
from tests.registry.factories import (
    AT,
    plain_gates,
    role,
    step,
    system,
    system_in,
    unit,
    user,
    version,
)
from tests.registry.law_house import classified
from tests.reports.control_house import HIGH, Controlled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("law")]
DAY = dt.timedelta(days=1)


@pytest.fixture
def house():
    """An organisation with rules, bodies and one system that is measured."""
    return organised().house


def evidence(source, systems, *, at=AT + DAY, past=False):
    """Return what one source shows of some systems at an instant."""
    scope = Controlled.scope_of(systems, at=at, past=past)
    ground = ground_of(scope)
    found = found_by_source(ground, wanted=frozenset({source}))
    return evidence_of(
        control_map().sources[source],
        found[source],
        subjects_of(list(ground.systems.values())),
        Places(path="", people=""),
    )


def standing(source, *systems, at=AT + DAY):
    """Return where a source stands at an instant, and what is wanting."""
    found = evidence(source, systems, at=at)
    return found.standing(at), found.gap


def test_a_record_that_does_not_say_who_is_affected_is_not_whole():
    whole = system(users_affected="Claimants")
    bare = system(users_affected="")

    found = evidence("registry_record", [whole, bare])

    assert (found.covered, found.of) == (1, 2)
    assert "not said: who is affected" in found.gap


def test_a_classification_that_was_opened_again_is_not_whole():
    of = classified(system(), **HIGH)
    row = of.classifications.get()
    row.state, row.reopened_at, row.reopened_because = "reopened", AT, "its purpose changed"
    told(_save)(row)

    assert standing("classification", of)[0] == "partial"
    assert "to be classified again" in standing("classification", of)[1]


def test_facts_that_nobody_decided_leave_the_obligations_partial():
    (of,) = Controlled(facts=HIGH | {"waiting": ["public_authority"]}).systems

    state, gap = standing("obligations", of)

    assert state == "partial"
    assert "hang on facts that nobody has decided" in gap


def test_an_agent_without_a_declared_scope_lacks_it_and_a_model_needs_none():
    agent, model = system(kind=System.Kind.AGENT), system()

    assert standing("declared_scope", agent)[0] == "missing"
    assert standing("declared_scope", model)[0] == "idle"


def test_a_system_of_a_unit_without_a_compliance_officer_lacks_one():
    of = unit()
    alone = system(of=of)
    before = standing("roles_held", alone)
    role(user(of=of), "compliance", unit=of)

    assert before[0] == "partial"
    assert "no compliance officer" in before[1]
    assert standing("roles_held", alone)[0] == "present"


def test_a_live_version_with_its_fallback_and_the_trial_of_it_are_three_things():
    of = system_in("production")

    assert standing("versions", of)[0] == "present"
    assert standing("deployments", of) == (
        "partial",
        f"{of.name}: no version to fall back to. Name the version to fall back to.",
    )
    assert standing("fallback_tests", of)[0] == "missing"


def test_a_version_without_words_on_what_changed_leaves_the_changes_partial():
    of = system()
    version(of, label="1.0")

    assert "1 of 1 versions do not say what changed" in standing("change_log", of)[1]


def test_what_does_not_run_needs_no_readings_and_what_runs_does():
    of = system()

    assert standing("kpis_measured", of)[0] == "idle"


def test_the_steps_of_life_are_evidence_once_there_is_one():
    of = system()
    before = standing("life_gates", of)[0]
    with plain_gates():
        step(of, "assess")

    assert (before, standing("life_gates", of)[0]) == ("idle", "present")


def test_rules_that_are_only_a_shipped_example_are_not_evidence(house):
    state, gap = standing("policies", house.system)

    assert state == "partial"
    assert "shipped example, not approved" in gap


def test_a_case_past_its_deadline_is_wanting_and_none_at_all_is_no_gap(house):
    before = standing("cases", house.system)[0]
    case = opened_case(house)
    late = case.stage_due_at + dt.timedelta(minutes=1)

    found = standing("cases", house.system, at=late)

    assert before == "idle"
    assert found[0] == "partial"
    assert "1 of 1 past their deadline" in found[1]


def test_the_way_of_a_case_is_tried_once_one_was_closed(house):
    before = standing("case_tried", house.system)[0]
    case = bring(house, "CLOSED")

    found = evidence("case_tried", [house.system], at=case.closed_at + DAY)

    assert before == "missing"
    assert found.standing(case.closed_at + DAY) == "present"
    assert found.standing(case.closed_at + 366 * DAY) == "stale"


def test_readings_count_until_two_windows_have_passed_in_silence(house):
    SeriesState.objects.create(series=house.series, last_valid_at=AT)
    window = house.series.cadence_seconds or house.series.window_seconds

    found = evidence("kpis_measured", [house.system], at=AT)

    assert found.standing(AT) == "present"
    assert found.fresh_until == AT + dt.timedelta(seconds=2 * window)


def test_a_series_that_was_never_heard_leaves_what_is_measured_missing(house):
    state, gap = standing("kpis_measured", house.system)

    assert state == "missing"
    assert "1 of 1 series without any valid reading" in gap


def test_a_retention_below_six_months_is_a_gap():
    of = Controlled()
    rule = RetentionRule.objects.get(kind="decision_events")
    before = standing("log_retention", *of.systems)[0]
    rule.floor_days, rule.keep_days = 1, 90
    told(_save)(rule)

    assert before == "present"
    assert standing("log_retention", *of.systems)[0] == "partial"


def test_a_sealed_record_is_evidence_for_two_days():
    of = Controlled()
    before = standing("ledger_sealed", *of.systems)[0]
    seal(at=AT)

    found = evidence("ledger_sealed", of.systems, at=AT + DAY)

    assert before == "missing"
    assert found.standing(found.newest + DAY) == "present"
    assert found.standing(found.newest + 3 * DAY) == "stale"


def test_a_record_that_was_never_verified_or_stamped_says_so():
    of = Controlled()

    assert standing("ledger_checked", *of.systems)[1].startswith("The record has never been")
    assert standing("ledger_anchored", *of.systems)[0] == "missing"


def _save(row):
    with acting_as(SETUP):
        row.save(at=AT)
