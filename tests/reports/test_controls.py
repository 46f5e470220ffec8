"""Control monitoring: each provision with evidence or as a named gap (GOV-3, MS-6)."""

import datetime as dt

import pytest

from registry.models import Provision
from reports.rules.controls import counts
from reports.selectors.control_map import control_map, need_of
from reports.selectors.controls import (
    control_frameworks,
    controls_by_framework,
    controls_of,
    readiness,
)
from reports.selectors.evidence_sources import known_sources
from tests.registry.factories import AT
from tests.registry.law_house import classified
from tests.reports.control_house import HIGH, LATER, MINIMAL, Controlled, ids

AI_ACT, ISO, NIST = "ai-act", "iso-42001", "nist-ai-rmf"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("law")]


@pytest.fixture
def of():
    """One system, not classified."""
    return Controlled()


def test_the_map_holds_every_provision_of_the_reference_data_and_no_other(of):
    wanted = (
        ids("obligation", of=AI_ACT)
        | ids("annex_iv", of=AI_ACT)
        | ids("clause", of=ISO)
        | ids("control", of=ISO)
        | ids("category", of=NIST)
    )

    assert set(control_map().provisions) == wanted
    assert len(ids("control", of=ISO)) == 38


@pytest.mark.parametrize(
    ("framework", "kind", "number"),
    [
        (AI_ACT, "annex_iv", 25),
        (AI_ACT, "obligation", 69),
        (ISO, "control", 38),
        (ISO, "clause", 32),
        (NIST, "category", 19),
    ],
)
def test_each_of_them_appears_with_evidence_or_as_a_named_gap(of, framework, kind, number):
    found = [one for one in controls_of(framework=framework, scope=of.scope()) if one.kind == kind]

    assert {one.provision for one in found} == ids(kind, of=framework)
    assert len(found) == number
    assert all(one.evidence for one in found)
    assert all(one.missing for one in found if one.state in ("partial", "stale", "missing"))


def test_every_source_is_in_the_map_and_wanted_by_a_control():
    assert set(known_sources()) | {"attached"} == set(control_map().sources)


def test_thirty_systems_and_every_framework_cost_as_many_queries_as_one(
    django_assert_max_num_queries,
):
    many = Controlled(systems=30, facts=HIGH)
    frameworks = [one.pk for one in control_frameworks()]

    with django_assert_max_num_queries(40) as of_all:
        found = controls_by_framework(frameworks=frameworks, scope=many.scope())
    with django_assert_max_num_queries(40) as of_one:
        controls_by_framework(frameworks=frameworks, scope=many.scope(systems=many.systems[:1]))

    assert sum(map(len, found.values())) == 94 + 70 + 19
    assert len(of_all) == len(of_one)


def test_what_nobody_has_classified_is_open_never_no(of):
    found = [one for one in controls_of(framework=AI_ACT, scope=of.scope())]

    assert {one.applies for one in found} == {"open"}
    assert not any(one.state == "not_applicable" for one in found)


def test_what_no_system_owes_is_not_applicable_by_its_classification():
    of = Controlled(facts=MINIMAL)

    found = {one.provision: one for one in controls_of(framework=AI_ACT, scope=of.scope())}

    assert found["AIA-9"].state == "not_applicable"
    assert found["AIA-9"].reason == "The system does not owe it by its confirmed classification."
    assert found["IV.1"].state == "not_applicable"
    assert found["AIA-4"].applies == "yes"


def test_a_duty_of_adopted_law_to_come_shows_its_date_and_one_left_open_none():
    of = Controlled(facts=HIGH)

    found = {one.provision: one for one in controls_of(framework=AI_ACT, scope=of.scope())}

    assert (found["AIA-9"].applies, found["AIA-9"].due) == ("later", dt.date(2027, 12, 2))
    assert found["AIA-9"].law.words == ("from 2 December 2027 (adopted, date still ahead)",)
    assert found["AIA-73"].due is None
    assert found["AIA-73"].applies == "open"
    assert any("open reading" in words for words in found["AIA-73"].law.words)


def test_annex_iv_binds_where_the_documentation_of_article_11_does():
    of = Controlled(facts=HIGH)

    found = {one.provision: one for one in controls_of(framework=AI_ACT, scope=of.scope())}

    assert found["IV.2.g"].applies == found["AIA-11"].applies == "later"


def test_only_systems_that_owe_a_duty_count_for_it():
    of = Controlled(systems=2)
    classified(of.systems[0], **HIGH)
    classified(of.systems[1], **MINIMAL)

    found = {one.provision: one for one in controls_of(framework=AI_ACT, scope=of.scope())}

    (fria,) = found["AIA-27"].evidence
    assert fria.coverage == "0 of 1 system"
    assert found["AIA-5"].covered == "2 of 2 systems"


def test_a_confirmed_classification_satisfies_what_asks_for_it_until_it_is_a_year_old():
    of = Controlled(facts=HIGH)
    day = (AT + dt.timedelta(days=366)).date()

    now = controls_of(framework=AI_ACT, scope=of.scope())
    then = readiness(frameworks=[AI_ACT], scope=of.scope(), day=day).controls

    state = [{one.provision: one.state for one in rows}["AIA-5"] for rows in (now, then)]
    assert state == ["satisfied", "stale"]


def test_evidence_serves_every_framework_that_it_fits_and_the_confidence_stands_beside(of):
    found = {one.provision: one for one in controls_of(framework=AI_ACT, scope=of.scope())}

    through = {one.provision: one for one in found["AIA-9"].through}
    assert through["ISO-8.2"].confidence == "high"
    assert "impact_assessment" in through["ISO-8.2"].shared
    assert through["MANAGE-1"].framework == NIST


def test_the_record_as_it_was_shows_no_more_than_was_known_then():
    of = Controlled(facts=HIGH)
    before = AT - dt.timedelta(days=1)

    then = controls_of(framework=ISO, scope=of.scope(at=before, past=True))

    assert counts(then)["satisfied"] == 0
    assert not any(piece.count for one in then for piece in one.evidence if piece.level == "system")


def test_readiness_counts_every_control_once_and_names_the_work():
    of = Controlled(facts=HIGH)

    found = readiness(frameworks=[AI_ACT, ISO, NIST], scope=of.scope(), day=LATER.date())

    assert sum(found.counts.values()) == 94 + 70 + 19
    waiting = {key for work in found.work for key in work.controls}
    open_ones = {one.provision for one in found.controls if one.state in ("partial", "missing")}
    assert waiting <= open_ones
    assert all(work.words and work.owner for work in found.work)


def test_a_provision_that_the_map_does_not_know_wants_what_its_own_framework_names(of):
    row = Provision(pk="OWN-1", document={"wants": ["classification"], "owner": "risk"})

    assert need_of(row).sources == ("classification",)
    assert need_of(Provision(pk="OWN-2", document={})).sources == ("attached",)
