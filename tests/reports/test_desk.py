"""My desk: by role, by deadline, one next step, and the same few queries for any load."""

import datetime as dt

import pytest
from django.conf import settings as configured

from governance.models import ThresholdVersion, Watch
from ledger.context import acting_as
from outbox import clock
from registry.models import Delegation
from reports.rules.desk_beside import share_used
from reports.selectors.desk import desk_of
from tests.reports import story

pytestmark = pytest.mark.django_db
NOW = story.after(hours=1)


def tasks(user, *, at=NOW, view="cause"):
    """Return the rows of somebody's desk in the order shown."""
    return [task for group in desk_of(user=user, at=at, view=view).groups for task in group.tasks]


def watch(told, **changes):
    """Open a watch."""
    values = {
        "dedup_key": story.digest("watch"),
        "system": told.system,
        "standing": told.standing,
        "title": "Gap grows a little",
        "onset_at": NOW,
        "detected_at": NOW,
        "due_at": NOW + dt.timedelta(days=2),
    }
    return Watch.objects.create(**(values | changes))


def test_the_owner_is_asked_to_acknowledge():
    told = story.base()
    made = story.incident(told)

    (task,) = tasks(told.people.jonas)

    assert (task.title, task.step, task.mine, task.primary) == (
        made.title,
        "Acknowledge",
        True,
        True,
    )
    assert task.step_url == f"/incidents/{made.number}/#act"


def test_others_see_who_has_it_and_until_when():
    told = story.base()
    made = story.incident(told)

    desk = desk_of(user=told.people.maren, at=NOW)

    assert [(task.who, task.waits_for, task.due) for task in desk.waiting] == [
        ("Jonas Weber", "acknowledgement", made.stage_due_at)
    ]
    assert [group.title for group in desk.groups] == ["Somebody has it"]


@pytest.mark.parametrize(
    ("state", "who", "step"),
    [
        ("INVESTIGATING", "jonas", "Write first assessment"),
        ("VALIDATION", "maren", "Validate findings"),
        ("VALIDATION", "tomasz", "Validate findings"),
        ("VALIDATION", "jonas", ""),
        ("VALIDATION", "nils", ""),
        ("DECISION", "jonas", "Put a motion"),
    ],
)
def test_each_state_waits_for_its_role(state, who, step):
    told = story.base()
    story.incident(told, state=state)

    (task,) = tasks(getattr(told.people, who))

    assert task.step == step


def test_somebody_without_a_role_sees_nothing():
    told = story.base()
    story.incident(told)

    desk = desk_of(user=told.people.amara, at=NOW)

    assert (str(desk.headline), desk.groups) == ("Nothing waits for you.", [])


def test_a_member_of_the_open_round_is_asked_to_vote_though_they_hold_no_role():
    told = story.base()
    decision = story.open_round(told, story.incident(told, state="DECISION"))

    (task,), (other,) = (tasks(user) for user in (told.people.henrik, told.people.maren))

    assert (task.step, task.step_url) == ("Vote", f"/committee/{decision.number}/")
    assert (other.step, other.who) == ("", decision.committee.name)


def test_a_delegate_gets_the_step_of_the_principal():
    told = story.base()
    story.incident(told)
    with acting_as(story.ENGINE):
        Delegation.objects.create(
            principal=told.people.jonas,
            delegate=told.people.amara,
            reason="away",
            from_at=story.SINCE,
            until_at=story.AT,
        )

    (task,) = tasks(told.people.amara)

    assert task.step == "Acknowledge"


def test_rows_stand_by_deadline_and_one_action_is_primary():
    told = story.base()
    for days in (3, 1, 2):
        story.incident(
            told,
            number=f"INC-2026-0000{days}",
            dedup_key=story.digest(str(days)),
            stage_due_at=NOW + dt.timedelta(days=days),
        )

    found = tasks(told.people.jonas)

    assert [task.trail[:14] for task in found] == [f"INC-2026-0000{day}" for day in (1, 2, 3)]
    assert [task.primary for task in found] == [True, False, False]


def test_a_cause_stands_where_its_most_pressing_case_belongs():
    told = story.base()
    story.incident(told, number="INC-2026-00001", stage_due_at=NOW + dt.timedelta(hours=2))
    story.incident(
        told,
        number="INC-2026-00002",
        dedup_key=story.digest("b"),
        stage_due_at=NOW + dt.timedelta(days=2),
    )

    desk = desk_of(user=told.people.jonas, at=NOW)

    assert [(group.title, len(group.tasks)) for group in desk.groups] == [("Needs you today", 2)]
    assert str(desk.headline) == "2 breaches, 1 cause: 1 needs you today; 1 needs you later."


def test_a_family_is_one_line_that_says_who_goes_along():
    told = story.base()
    parent = story.incident(told, number="INC-2026-00001")
    for number in ("INC-2026-00002", "INC-2026-00003"):
        story.incident(told, number=number, dedup_key=story.digest(number), parent=parent)

    desk = desk_of(user=told.people.jonas, at=NOW)

    (task,) = [task for group in desk.groups for task in group.tasks]
    assert "takes along INC-2026-00002, INC-2026-00003" in task.trail
    assert str(desk.headline) == "3 breaches, 1 cause: 3 need you later."


def test_a_child_that_waits_for_its_own_proof_has_a_line_of_its_own():
    told = story.base()
    parent = story.incident(told, number="INC-2026-00001", state="VERIFICATION")
    story.incident(
        told,
        number="INC-2026-00002",
        dedup_key=story.digest("child"),
        state="VERIFICATION",
        parent=parent,
        stage_due_at=NOW + dt.timedelta(days=9),
    )

    found = tasks(told.people.jonas)

    assert [task.trail[:14] for task in found] == ["INC-2026-00001", "INC-2026-00002"]
    assert not any("takes along" in task.trail for task in found)


def test_incidents_of_one_version_are_one_cause():
    told = story.base()
    for number in ("INC-2026-00001", "INC-2026-00002"):
        story.incident(told, number=number, dedup_key=story.digest(number))

    (group,) = desk_of(user=told.people.jonas, at=NOW).groups

    (cause,) = group.causes
    assert (cause.breaches, cause.opens, cause.root) == (2, True, None)
    assert (cause.first.system, cause.first.cause) == ("Claims approval", "version 2.3")


def test_a_watch_asks_the_owner_for_one_line_and_others_for_nothing():
    told = story.base()
    watch(told)

    (own,), (other,) = (tasks(user) for user in (told.people.jonas, told.people.maren))

    assert (own.step, other.step) == ("Answer in one line", "")
    assert "one line from Jonas Weber" in other.trail


def test_a_closed_incident_waits_for_nobody():
    told = story.closed_story()

    assert [tasks(user) for user in (told.people.jonas, told.people.maren)] == [[], []]


def test_a_view_keeps_its_rows_and_counts_stay():
    told = story.base()
    story.incident(told)
    watch(told)

    desk = desk_of(user=told.people.jonas, at=NOW, view="watches")

    assert [task.title for group in desk.groups for task in group.tasks] == ["Gap grows a little"]
    assert desk.counts == {"cause": 2, "mine": 2, "others": 0, "watches": 1}


def test_bands_that_a_second_person_must_approve_wait_for_compliance_and_not_for_their_author():
    told = story.base()
    with acting_as(story.ENGINE):
        version = ThresholdVersion.objects.get()
        version.pk, version.number, version.state, version.approved_by = None, 2, "draft", None
        version._state.adding = True
        version.save()

    waits = [
        [row.title for row in desk_of(user=user, at=NOW).also]
        for user in (told.people.maren, told.people.jonas)
    ]

    assert waits == [["Bands v2 of Gap by age, Claims approval"], []]


def test_running_clocks_say_what_is_left():
    told = story.closed_story()
    clocks = told.incident.clocks
    clocks.update(state="provisional", ended_at=None)
    still = story.incident(told, number="INC-2026-00099", dedup_key=story.digest("still"))
    clocks.update(incident=still)

    (found,) = desk_of(user=told.people.maren, at=story.after(days=5)).clocks

    assert (found.title, found.tag, found.share) == ("EU AI Act Art. 73(2)", "provisional", 33)


def test_what_happened_since_the_last_sign_in_is_told():
    told = story.base()
    for days in (0, 40):
        story.entry(
            "user.signed_in",
            story.person_actor(told.people.maren),
            story.after(days=days),
            ("user", str(told.people.maren.pk), told.people.maren.name),
        )
    with acting_as(story.ENGINE):
        story.tell(told)

    desk = desk_of(user=told.people.maren, at=story.after(days=41))

    assert [line.text for line in desk.since] == [
        "1 incident closed",
        "2 signatures of others",
        "1 refused attempt",
    ]


def test_the_desk_costs_the_same_for_one_incident_and_for_many(
    django_assert_max_num_queries, django_assert_num_queries
):
    told = story.closed_story()
    story.incident(told, number="INC-2026-00001", dedup_key=story.digest("first"))
    with django_assert_max_num_queries(4) as one:
        desk_of(user=told.people.maren, at=NOW)

    for number in range(2, 9):
        story.incident(
            told,
            number=f"INC-2026-0000{number}",
            dedup_key=story.digest(str(number)),
            state=("OPEN", "VALIDATION", "DECISION", "VERIFICATION")[number % 4],
        )
        watch(told, dedup_key=story.digest(f"w{number}"))

    with django_assert_num_queries(len(one)):
        desk_of(user=told.people.maren, at=NOW)


def test_the_page_shows_the_step_as_its_one_primary_action(client):
    told = story.base()
    story.incident(told)
    clock.shift(NOW - dt.datetime.now(dt.UTC))
    client.force_login(told.people.jonas, backend=configured.AUTHENTICATION_BACKENDS[-1])

    page = client.get("/").content.decode()
    clock.shift(dt.timedelta(0))

    assert "1 breach: it needs you later." in page
    assert page.count('class="btn btn--primary"') == 1
    assert ">Acknowledge</a>" in page


def test_an_empty_desk_says_what_will_stand_there(client):
    told = story.base()
    client.force_login(told.people.nils, backend=configured.AUTHENTICATION_BACKENDS[-1])

    page = client.get("/").content.decode()

    assert "Nothing waits for you." in page
    assert "Evidence packs" in page


@pytest.mark.parametrize(
    ("at", "share"),
    [(story.OPENED, 0), (story.after(hours=12), 50), (story.after(days=9), 100)],
)
def test_a_share_stays_between_nothing_and_all(at, share):
    assert share_used(story.OPENED, story.after(days=1), at) == share
