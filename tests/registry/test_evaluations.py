"""Evaluations: agreed first, then run, then signed by two; requirement REG-9."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from config.story.readiness import agree_on_plan, as_person
from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import EvaluationPlan, EvaluationRun, FailureScenario
from registry.rules.evaluations import Limit, Measured, Scenario, Slice
from registry.selectors.evaluations import passed_run_of, plan_in_force, signatures_of_run
from registry.services.evaluation_runs import Report, record_run, sign_run
from registry.services.evaluations import approve_plan, draft_plan, record_drill
from registry.services.signatures import Ceremony
from tests.registry.factories import (
    AT,
    READY,
    call,
    person_as_actor,
    role,
    room_for,
    signers_of,
    system,
    user,
    version,
)

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
CEREMONY = Ceremony("password", AT, "", "")
RESULTS = [Measured(name, "accuracy", 0.95, 200) for name in ("all", "rare", "crafted")]


@pytest.fixture
def of():
    return system()


@pytest.fixture
def plan(of):
    return agree_on_plan(room_for(of), READY["plan"])


def report(plan, **changes):
    return replace(Report(plan.dataset_sha256, AT, AT, RESULTS), **changes)


def sent(of, plan, *, made=None, by=None, **changes):
    who = by or signers_of(of).tester
    return call(
        record_run,
        system_id=of.pk,
        version_id=(made or version(of)).pk,
        report=report(plan, **changes),
        sender_id=who.pk,
        actor=person_as_actor(who),
    )


def signed(run, who, meaning):
    return call(
        sign_run,
        run_id=run.pk,
        meaning=meaning,
        user=who,
        reason="looked at each line",
        ceremony=CEREMONY,
        actor=person_as_actor(who),
    )


def test_a_plan_is_not_approved_by_its_author(of, plan):
    role(plan.author, "compliance", system=of)
    role(user(), "risk", system=of)
    drafted = draft_like(plan)

    with pytest.raises(Forbidden, match="your own plan"):
        call(approve_plan, plan_id=drafted.pk, actor=person_as_actor(drafted.author))


def draft_like(plan):
    with acting_as(as_person(plan.author)):
        return draft_plan(
            system_id=plan.system_id,
            dataset_name="a third edition",
            dataset_sha256="ab" * 32,
            slices=[Slice(**one) for one in plan.slices],
            limits=[Limit(**one) for one in plan.metrics],
            scenarios=[Scenario(one.what, one.kpi, one.response) for one in plan.scenarios.all()],
            author_id=plan.author_id,
            actor=as_person(plan.author),
            at=AT,
        )


def test_an_approval_names_the_content_that_was_seen(of, plan):
    drafted = draft_like(plan)
    approver = person_as_actor(signers_of(of).second)

    with pytest.raises(Conflict) as refusal:
        call(approve_plan, plan_id=drafted.pk, sha256="0" * 64, actor=approver)
    call(approve_plan, plan_id=drafted.pk, sha256=drafted.sha256, actor=approver)

    assert refusal.value.code == "another_plan"
    assert plan_in_force(of.pk).number == 2
    assert EvaluationPlan.objects.get(pk=plan.pk).state == "replaced"


@pytest.mark.bypass
@pytest.mark.parametrize(
    "change", ["metrics = '[]'", "dataset_sha256 = repeat('c', 64)", "approved_at = now()"]
)
def test_raw_sql_moves_no_limit_after_the_result(plan, change):
    with (
        pytest.raises(IntegrityError, match="not edited"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE registry_evaluationplan SET {change} WHERE id = %s",  # noqa: S608
            [plan.pk],
        )


def test_a_run_is_judged_by_the_plan_in_force(of, plan):
    run = sent(of, plan)

    kept = EvaluationRun.objects.get(pk=run.pk)
    assert kept.outcome == "passed"
    assert [line["verdict"] for line in kept.judged] == ["passed"] * 3
    assert Entry.objects.get(pk=kept.entry_number).verb == "evaluation_run.recorded"


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        ([replace(RESULTS[0], value=0.5), *RESULTS[1:]], "failed"),
        ([replace(RESULTS[0], n=5), *RESULTS[1:]], "inconclusive"),
        (RESULTS[:2], "inconclusive"),
    ],
)
def test_what_failed_or_is_unknown_does_not_pass(of, plan, results, outcome):
    assert sent(of, plan, results=results).outcome == outcome


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"started_at": AT - HOUR}, "before_approval"),
        ({"dataset_sha256": "cd" * 32}, "another_dataset"),
        ({"ended_at": AT + HOUR}, "run_incomplete"),
        ({"results": [RESULTS[0], RESULTS[0]]}, "run_incomplete"),
    ],
)
def test_a_run_begun_too_early_or_on_other_data_is_refused(of, plan, changes, code):
    with pytest.raises((Conflict, Invalid)) as refusal:
        sent(of, plan, **changes)

    assert refusal.value.code == code
    assert not EvaluationRun.objects.exists()


def test_without_a_plan_no_run_counts(of):
    made = version(of)
    who = signers_of(of).tester

    with pytest.raises(Conflict, match="agree on one before a run"):
        call(
            record_run,
            system_id=of.pk,
            version_id=made.pk,
            report=Report("ab" * 32, AT, AT, RESULTS),
            sender_id=who.pk,
            actor=person_as_actor(who),
        )


def test_a_run_of_another_identity_is_refused(of, plan):
    who = signers_of(of).tester

    with pytest.raises(Conflict, match="another identity"):
        call(
            record_run,
            system_id=of.pk,
            version_id=version(of).pk,
            report=report(plan),
            identity_hash="0" * 64,
            sender_id=who.pk,
            actor=person_as_actor(who),
        )


def test_a_run_counts_once_two_persons_have_signed(of, plan):
    made, people = version(of), signers_of(of)
    run = sent(of, plan, made=made)

    counted = [passed_run_of(version=made, plan=plan)]
    signed(run, people.tester, "authorship")
    counted.append(passed_run_of(version=made, plan=plan))
    signed(run, people.reviewer, "review")
    counted.append(passed_run_of(version=made, plan=plan))

    assert counted == [None, None, run]
    assert [one.meaning for one in signatures_of_run(run)] == ["authorship", "review"]


def test_nobody_reviews_what_they_ran_or_wrote(of, plan):
    author = user()
    role(author, "compliance", system=of)
    tester = signers_of(of).tester
    role(tester, "compliance", system=of)
    run = sent(of, plan, made=version(of, author=author))
    signed(run, tester, "authorship")

    for own in (tester, author):
        with pytest.raises(Forbidden, match="you ran it, or you wrote the version"):
            signed(run, own, "review")


def test_the_review_comes_after_the_authorship_and_each_once(of, plan):
    people = signers_of(of)
    run = sent(of, plan)

    with pytest.raises(Conflict, match="First signs who ran it"):
        signed(run, people.reviewer, "review")
    signed(run, people.tester, "authorship")
    with pytest.raises(Conflict, match="signed already"):
        signed(run, people.tester, "authorship")


def test_only_who_sent_a_run_signs_that_they_ran_it(of, plan):
    other = user()
    role(other, "engineer", system=of)
    run = sent(of, plan, by=plan.author)

    with pytest.raises(Forbidden, match="Who sent the run"):
        signed(run, other, "authorship")


def test_runs_are_neither_changed_nor_removed(of, plan):
    run = sent(of, plan)

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        EvaluationRun.objects.filter(pk=run.pk).update(outcome="passed")


def test_a_drill_is_recorded_and_kept_by_the_next_plan_where_the_scenario_stays(of, plan):
    scenario = plan.scenarios.get()
    owner = person_as_actor(of.owner)
    call(
        record_drill,
        scenario_id=scenario.pk,
        drilled_on=AT.date(),
        note="Eight minutes.",
        person_id=of.owner_id,
        actor=owner,
    )

    drafted = draft_like(plan)

    kept = FailureScenario.objects.get(plan=drafted)
    assert (kept.drilled_on, kept.drill_note) == (AT.date(), "Eight minutes.")


def test_a_drill_to_come_or_without_an_outcome_is_none(of, plan):
    with pytest.raises(Invalid) as refusal:
        call(
            record_drill,
            scenario_id=plan.scenarios.get().pk,
            drilled_on=AT.date() + dt.timedelta(days=1),
            note=" ",
            person_id=of.owner_id,
            actor=person_as_actor(of.owner),
        )

    assert set(refusal.value.fields) == {"drilled_on", "note"}
