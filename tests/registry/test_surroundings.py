"""What a system rests on and what is missing: REG-1, REG-5, REG-6, REG-11."""

import datetime as dt

import pytest

from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from registry import duties
from registry.models import System
from registry.selectors.completeness import controls_missing, missing_for
from registry.selectors.dependencies import blast_radius
from registry.selectors.profile import knowledge_of, sources_of
from registry.services.changes import SystemChange, change_system
from registry.services.surroundings import (
    Source,
    add_data_source,
    add_dependency,
    assign_knowledge,
    change_data_source,
    end_data_source,
    end_dependency,
    end_knowledge,
)
from tests.registry.factories import AT, call, in_force, person_as_actor, role, system, unit, user

pytestmark = pytest.mark.django_db
EVERYTHING = System.objects.all


def needs(one, other, kind="uses_output"):
    return call(add_dependency, system_id=one.pk, on_system_id=other.pk, kind=kind)


def named(side):
    return [(step.system.name, step.distance) for step in side.steps]


def words(of):
    return [gap.words for gap in missing_for(System.objects.get(pk=of.pk), AT)]


@pytest.fixture
def chain():
    """C needs B, B needs A."""
    made = [system(name=name) for name in "ABC"]
    needs(made[1], made[0])
    needs(made[2], made[1], "shares_data")
    return made


def test_the_blast_radius_reaches_through_all_steps_in_both_directions(chain):
    first, middle, last = chain

    radius = blast_radius(system_id=first.pk, visible=EVERYTHING())
    upwards = blast_radius(system_id=last.pk, visible=EVERYTHING())

    assert named(radius.hurt) == [("B", 1), ("C", 2)]
    assert radius.hurt.steps[1].through == middle
    assert named(radius.needed) == []
    assert named(upwards.needed) == [("B", 1), ("A", 2)]


def test_a_circle_of_dependencies_ends(chain):
    first, _, last = chain
    needs(first, last)

    radius = blast_radius(system_id=first.pk, visible=EVERYTHING())

    assert named(radius.hurt) == [("B", 1), ("C", 2)]
    assert named(radius.needed) == [("C", 1), ("B", 2)]


def test_the_shortest_way_counts_and_kinds_are_told_together(chain):
    first, _, last = chain
    needs(last, first, "shares_model")
    needs(last, first, "fallback")

    (_, step) = blast_radius(system_id=first.pk, visible=EVERYTHING()).hurt.steps

    assert (step.distance, step.kinds) == (1, ("fallback", "shares_model"))
    assert step.words == "falls back to it, shares a model with it"


def test_what_the_reader_may_not_see_is_counted_and_not_named(chain):
    first, middle, _ = chain
    visible = EVERYTHING().exclude(pk=middle.pk)

    hurt = blast_radius(system_id=first.pk, visible=visible).hurt

    assert (named(hurt), hurt.hidden, hurt.total) == ([("C", 2)], 1, 2)
    assert (hurt.steps[0].through, hurt.steps[0].unseen) == (None, True)


def test_a_dependency_that_ended_hurts_nobody(chain):
    first, middle, _ = chain
    row = middle.depends_on.get()

    call(end_dependency, dependency_id=row.pk, system_id=middle.pk, reason="taken apart")

    assert blast_radius(system_id=first.pk, visible=EVERYTHING()).hurt.total == 0
    with pytest.raises(Missing):
        call(end_dependency, dependency_id=row.pk, system_id=middle.pk, reason="again")


def test_the_radius_costs_three_queries_however_far_it_reaches(chain, django_assert_num_queries):
    for number in range(5):
        needs(system(name=f"D{number}"), chain[2])

    with django_assert_num_queries(3):
        assert blast_radius(system_id=chain[0].pk, visible=EVERYTHING()).hurt.total == 7


def test_a_system_needs_another_one_once_and_never_itself(chain):
    with pytest.raises(Conflict):
        needs(chain[1], chain[0])
    with pytest.raises(Invalid):
        needs(chain[0], chain[0])
    with pytest.raises(Invalid):
        needs(chain[0], chain[1], "likes")


def test_an_auditor_writes_nothing_down(chain):
    auditor = user()
    role(auditor, "auditor", unit=chain[0].unit)

    with pytest.raises(Forbidden):
        call(
            add_dependency,
            system_id=chain[0].pk,
            on_system_id=chain[2].pk,
            kind="fallback",
            actor=person_as_actor(auditor),
        )


def test_a_data_source_is_written_changed_and_ended_each_on_record():
    of = system()
    row = call(add_data_source, system_id=of.pk, given=Source("Claims archive", "training"))
    given = Source("Claims archive", "training", personal_data="yes", legal_basis="contract")
    call(change_data_source, source_id=row.pk, system_id=of.pk, given=given, reason="looked at")
    call(end_data_source, source_id=row.pk, system_id=of.pk, reason="no longer used")

    entries = Entry.objects.filter(system_id=of.pk).order_by("-id")[:3]

    assert [entry.verb for entry in entries] == [
        "data_source.ended",
        "data_source.changed",
        "data_source.added",
    ]
    assert b'"before":{"legal_basis":"","personal_data":"unknown"}' in bytes(entries[1].body)
    assert not sources_of(system_id=of.pk).exists()


def test_a_name_of_a_source_stands_there_once():
    of = system()
    call(add_data_source, system_id=of.pk, given=Source("Claims archive", "training"))

    with pytest.raises(Conflict):
        call(add_data_source, system_id=of.pk, given=Source("Claims archive", "input"))


def test_a_domain_has_one_owner_at_a_time_with_a_date_ahead():
    of = system(kind="assistant")
    arguments = {"system_id": of.pk, "domain": "tariffs"}
    later = AT.date() + dt.timedelta(days=90)
    call(assign_knowledge, person_id=user().pk, review_on=later, **arguments)
    successor = user()
    row = call(assign_knowledge, person_id=successor.pk, review_on=later, **arguments)

    assert [one.person for one in knowledge_of(system_id=of.pk)] == [successor]
    with pytest.raises(Invalid):
        yesterday = AT.date() - dt.timedelta(days=1)
        call(assign_knowledge, person_id=successor.pk, review_on=yesterday, **arguments)
    call(end_knowledge, owner_id=row.pk, system_id=of.pk, reason="not asked any more")
    assert not knowledge_of(system_id=of.pk).exists()


def test_a_new_system_is_told_what_is_missing_with_the_page_for_each():
    of = system(kind="agent")

    gaps = missing_for(of, AT)

    assert [gap.words for gap in gaps] == [
        "Nobody has said who is affected.",
        "Nobody is named who reviews it.",
        "No data source is written down.",
        "No operating controls are in force.",
        "No declared scope is in force: tools, data, spending, approvals.",
    ]
    assert gaps[3].link == f"/systems/{of.slug}/profile/controls/"


def test_a_system_of_which_all_is_written_down_misses_nothing():
    of = system(users_affected="9,000 claimants", data_sources="The claims archive.")
    in_force(of)
    change = SystemChange(reviewers=[user().pk])
    call(change_system, system_id=of.pk, change=change, expected_version=0, reason="named")

    assert words(of) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"exception_path": " "}, "the exception path"),
        ({"rollback_procedure": ""}, "the rollback procedure"),
        ({"kill_switch": "", "manual_fallback": ""}, "a kill switch or a manual fallback"),
        ({"interim_measures": ()}, "the interim measures that are allowed"),
        ({"on_call_id": None}, "who is on call"),
        ({"reviewer_id": None}, "who reviews the operating controls"),
        ({"may_retrain": ()}, "who may retrain"),
        ({"kill_switch": ""}, None),
    ],
)
def test_each_thing_that_controls_do_not_say_is_missing(changes, said):
    of = system()
    in_force(of, **changes)

    found = [gap.words for gap in controls_missing(of)]

    assert found == ([f"The operating controls do not say {said}."] if said else [])


def test_who_has_left_counts_as_missing():
    of = system()
    gone = user()
    in_force(of, on_call_id=gone.pk)
    gone.is_active = False
    call(lambda actor, at: gone.save(at=at))

    assert "The operating controls do not say who is on call." in words(of)


def test_an_assistant_needs_a_tested_policy_and_owners_of_its_knowledge():
    of = system(kind="assistant")

    assert words(of)[-2:] == [
        "No behaviour policy is in force.",
        "Nobody answers for what it knows.",
    ]


def test_personal_data_need_a_ground_and_somebody_who_answers():
    of = system()
    call(
        add_data_source,
        system_id=of.pk,
        given=Source("Claims archive", "training", personal_data="yes"),
    )

    assert [one for one in words(of) if one.startswith("Claims archive")] == [
        "Claims archive: nobody has said on which legal basis personal data are used.",
        "Claims archive: nobody has said who answers for it.",
    ]


def test_a_source_of_another_system_is_not_there():
    row = call(add_data_source, system_id=system().pk, given=Source("Archive", "training"))

    with pytest.raises(Missing):
        call(end_data_source, source_id=row.pk, system_id=system(of=unit()).pk, reason="mine")


def test_a_leavers_knowledge_and_sources_are_handed_over_and_on_record():
    of = system(kind="assistant")
    leaver, successor = user(), user()
    later = AT.date() + dt.timedelta(days=90)
    call(assign_knowledge, system_id=of.pk, domain="tariffs", person_id=leaver.pk, review_on=later)
    call(
        add_data_source,
        system_id=of.pk,
        given=Source("Archive", "training", owner_id=leaver.pk),
    )

    for name in ("knowledge", "data sources"):
        source = duties.registered()[name]
        (duty,) = source.find(leaver.pk, AT)
        hand_over = {"duty_id": duty.id, "from_id": leaver.pk, "to_id": successor.pk}
        call(source.hand_over, reason="leaves", **hand_over)
        with pytest.raises(Missing):
            call(source.hand_over, reason="twice", **hand_over)

    assert knowledge_of(system_id=of.pk).get().person == successor
    assert knowledge_of(system_id=of.pk).get().review_on == later
    assert sources_of(system_id=of.pk).get().owner == successor
