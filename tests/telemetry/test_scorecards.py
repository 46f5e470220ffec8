"""Scorecards: at most eight KPIs, each perspective, an owner and one line for each; KPI-2."""

import datetime as dt
from uuid import uuid4

import pytest

from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.selectors.past import as_it_was
from telemetry.models import ScorecardLine
from telemetry.rules.scorecards import CEILING, Known, Line, faults_of, findings_of
from telemetry.selectors.scorecards import (
    answerable_people,
    current_lines,
    scorecard_findings,
    scorecard_lines,
    scorecard_version,
)
from telemetry.services.scorecards import set_scorecard
from tests.registry.factories import AT, call, person_as_actor, role, system, unit, user
from tests.telemetry.factory import catalogue

KPIS = ("latency_p95", "accuracy", "cost_per_prediction", "recall", "adoption_rate")
PERSPECTIVES = ("speed", "quality", "cost", "risk", "adoption")
WHO = uuid4()
KNOWN = {
    "deflection_rate": Known("Deflection rate", "support", "reopen_rate"),
    "reopen_rate": Known("Reopen rate", "support", "time_to_resolution"),
    "time_to_resolution": Known("Time to resolution", "support", "reopen_rate"),
    "accuracy": Known("Accuracy", "technical", "recall"),
}


def line(
    kpi="accuracy", perspective="quality", *, owner=WHO, said="Ask the engineer.", target=None
):
    return Line(kpi, perspective, owner, said, target)


def whole(of):
    pairs = zip(KPIS, PERSPECTIVES, strict=True)
    return [line(kpi, perspective, owner=of.owner_id) for kpi, perspective in pairs]


@pytest.fixture
def of():
    catalogue()
    return system()


def put(of, lines, *, version=0, by=None, at=AT):
    actor = person_as_actor(by or of.owner)
    arguments = {"system_id": of.pk, "lines": lines, "expected_version": version}
    return call(set_scorecard, **arguments, actor=actor, at=at)


def test_a_whole_scorecard_has_nothing_to_be_told():
    pairs = zip(KPIS, PERSPECTIVES, strict=True)

    assert findings_of([line(*pair) for pair in pairs], known=KNOWN) == ()


def test_more_than_eight_are_told_not_refused():
    lines = [line(f"kpi{number}", PERSPECTIVES[number % 5]) for number in range(9)]

    found = findings_of(lines, known={})

    assert [one.code for one in found] == ["too_many"]
    assert faults_of(lines, kpis={one.kpi for one in lines}, people={WHO}) == {}


def test_a_missing_perspective_is_named():
    found = findings_of([line(), line("recall", "risk")], known=KNOWN)

    assert [one.words for one in found] == ["Nothing here tells of speed, cost or adoption."]


def test_a_business_kpi_without_its_guardrail_is_told():
    alone = findings_of([line("deflection_rate", "cost")], known=KNOWN)
    both = findings_of(
        [line("deflection_rate", "cost"), line("reopen_rate"), line("time_to_resolution", "speed")],
        known=KNOWN,
    )

    assert "expense of Reopen rate" in alone[-1].words
    assert [one.code for one in both] == ["perspective_missing"]


def test_a_technical_kpi_needs_no_guardrail_beside_it():
    found = findings_of([line()], known=KNOWN)

    assert "guardrail_missing" not in {one.code for one in found}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (line("unheard"), "0.kpi"),
        (line(perspective="beauty"), "0.perspective"),
        (line(owner=uuid4()), "0.owner"),
        (line(said="  "), "0.on_breach"),
        (line(said="one\ntwo"), "0.on_breach"),
        (line(said="x" * 201), "0.on_breach"),
        (line(target=float("nan")), "0.target"),
        (line(target=float("inf")), "0.target"),
    ],
)
def test_a_line_that_is_not_whole_is_refused_at_its_field(wrong, field):
    assert list(faults_of([wrong], kpis={"accuracy"}, people={WHO})) == [field]


def test_a_kpi_stands_once():
    found = faults_of([line(), line()], kpis={"accuracy"}, people={WHO})

    assert list(found) == ["1.kpi"]


def test_a_list_without_end_is_refused():
    names = [f"kpi{number}" for number in range(CEILING + 1)]

    found = faults_of([line(name) for name in names], kpis=set(names), people={WHO})

    assert list(found) == ["lines"]


@pytest.mark.django_db
def test_a_scorecard_is_put_in_force_in_its_order(of):
    card = put(of, whole(of))

    rows = list(scorecard_lines(system_id=of.pk))
    assert card.version == 1
    assert [row.kpi_id for row in rows] == list(KPIS)
    assert scorecard_findings(rows) != ()
    assert "adoption_rate" not in {one.code for one in scorecard_findings(rows)}


@pytest.mark.django_db
def test_only_what_changes_ends_and_begins_anew(of):
    put(of, whole(of))
    first, *rest = whole(of)
    later = AT + dt.timedelta(days=1)

    put(of, [line(first.kpi, "speed", owner=of.deputy_id), *rest[:3]], version=1, at=later)

    ended = ScorecardLine.objects.filter(system=of, until_at=later)
    assert {row.kpi_id for row in ended} == {"latency_p95", "adoption_rate"}
    assert ScorecardLine.objects.filter(system=of, from_at=later).get().owner_id == of.deputy_id


@pytest.mark.django_db
def test_the_same_scorecard_again_is_no_change(of):
    put(of, whole(of))

    card = put(of, whole(of), version=1)

    assert card.version == scorecard_version(system_id=of.pk) == 1


@pytest.mark.django_db
def test_who_saw_an_older_one_is_told(of):
    put(of, whole(of))

    with pytest.raises(Conflict) as caught:
        put(of, whole(of)[:3])

    assert caught.value.extra == {"version": 1}


@pytest.mark.django_db
def test_the_second_line_may_set_it_and_an_engineer_may_not(of):
    officer, engineer = user(of=of.unit), user(of=of.unit)
    role(officer, "risk", unit=of.unit)
    role(engineer, "engineer", system=of)

    put(of, whole(of), by=officer)

    with pytest.raises(Forbidden):
        put(of, [], version=1, by=engineer)


@pytest.mark.django_db
def test_whoever_answers_for_a_line_holds_a_role_for_the_system(of):
    engineer, stranger = user(), user()
    role(engineer, "engineer", unit=of.unit)

    assert {of.owner_id, of.deputy_id, engineer.pk} == {
        one.pk for one in answerable_people(system=of, at=AT)
    }
    with pytest.raises(Invalid) as caught:
        put(of, [line(owner=stranger.pk)])
    assert set(caught.value.fields) == {"0.owner"}


@pytest.mark.django_db
def test_it_reads_as_it_was(of):
    put(of, whole(of))
    put(of, whole(of)[:2], version=1, at=AT + dt.timedelta(days=2))

    with as_it_was(AT + dt.timedelta(days=1)):
        before = len(scorecard_lines(system_id=of.pk))

    assert (before, len(scorecard_lines(system_id=of.pk))) == (5, 2)


@pytest.mark.django_db
def test_the_scorecards_of_many_systems_take_one_query(of, django_assert_num_queries):
    other = system(of=unit())
    put(of, whole(of))
    put(other, whole(other)[:2])

    with django_assert_num_queries(1):
        found = current_lines(system_ids=[of.pk, other.pk, uuid4()])
        sizes = {pk: len(lines) for pk, lines in found.items()}

    assert sizes == {of.pk: 5, other.pk: 2}
