"""Queues, the stage tracker, visibility: what is read, in how many queries."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident
from incidents.rules.transitions import (
    CLOSED,
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    VALIDATION,
    VERIFICATION,
)
from incidents.selectors.pages import Filters, incident_lines, incident_page
from incidents.selectors.tracker import stage_tracker
from incidents.selectors.visibility import incident_by_number, incidents_visible_to
from ledger.rules.refusals import Invalid, Missing
from tests.incidents import factory
from tests.incidents.factory import AT, SETUP, acting_as, bring, do, fresh, opened

DAY = dt.timedelta(days=1)


def page(of, *, at=AT, after="", limit=50, **filters):
    visible = incidents_visible_to(user=of.compliance, at=at)
    return incident_page(
        visible=visible, filters=Filters(**filters), at=at, after=after, limit=limit
    )


def numbers(found):
    return [row.number for row in found.rows]


def test_a_page_of_fifty_takes_at_most_ten_queries_at_any_depth(house):
    for minute in range(60):
        opened(house, at=AT + dt.timedelta(minutes=minute))

    costs = []
    after = ""
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            found = page(house, after=after, limit=50)
            _ = [
                (row.system.name, row.unit.name, row.owner.name, row.deputy.name)
                for row in found.rows
            ]
        costs.append(len(queries))
        after = found.after

    assert len(found.rows) == 10
    assert costs[0] == costs[1] <= 10


@pytest.mark.parametrize("asked", [{}, {"order": "due"}, {"words": "INC"}, {"open_only": True}])
def test_the_lines_of_a_list_are_those_of_the_pages(house, asked):
    for minute in range(7):
        opened(house, at=AT + dt.timedelta(minutes=minute))
    visible = incidents_visible_to(user=house.compliance, at=AT)
    names = ("number", "system__name", "owner__name")

    after = ""
    for _ in range(3):
        found = page(house, after=after, limit=3, **asked)
        with CaptureQueriesContext(connection) as queries:
            lines = incident_lines(
                visible=visible, names=names, filters=Filters(**asked), at=AT, after=after, limit=3
            )
        whole = [(row.number, row.system.name, row.owner.name) for row in found.rows]
        assert [(row.number, row.system__name, row.owner__name) for row in lines.rows] == whole
        assert (lines.after, len(queries)) == (found.after, 1)
        after = found.after


def test_pages_show_everything_once_newest_first(house):
    made = [opened(house, at=AT + dt.timedelta(minutes=n // 2)).number for n in range(7)]

    seen, after = [], ""
    while True:
        found = page(house, after=after, limit=3)
        seen += numbers(found)
        after = found.after
        if not after:
            break

    assert sorted(seen) == sorted(made)
    opened_at = dict(Incident.objects.values_list("number", "opened_at"))
    assert [opened_at[number] for number in seen] == sorted(opened_at.values(), reverse=True)


def test_by_due_the_next_deadline_comes_first_and_ended_cases_stay_out(house):
    later = opened(house, severity="minor")
    sooner = opened(house, severity="severe")
    bring(house, CLOSED)

    first = page(house, order="due", limit=1)
    second = page(house, order="due", limit=1, after=first.after)

    assert numbers(first) + numbers(second) == [sooner.number, later.number]
    assert second.after == ""


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"states": [VALIDATION]}, {"validating"}),
        ({"severities": ["severe"]}, {"severe"}),
        ({"open_only": True}, {"validating", "severe"}),
        ({"overdue": True}, {"severe"}),
        ({"words": "blurred scans"}, {"severe"}),
        ({"states": [CLOSED, VALIDATION]}, {"validating", "closed"}),
        ({"kinds": ["fairness"]}, set()),
    ],
)
def test_a_queue_is_narrowed(house, filters, wanted):
    made = {
        "validating": bring(house, VALIDATION).number,
        "severe": opened(house, severity="severe", title="Blurred scans").number,
        "closed": bring(house, CLOSED).number,
    }

    found = page(house, at=AT + dt.timedelta(hours=2), **filters)

    assert set(numbers(found)) == {made[name] for name in wanted}


@pytest.mark.parametrize("cursor", ["x", "AAAA", "MjAyNg=="])
def test_a_cursor_that_is_none_is_refused(house, cursor):
    with pytest.raises(Invalid) as caught:
        page(house, after=cursor)

    assert caught.value.code == "bad_cursor"


def test_people_see_the_incidents_of_their_systems_and_those_they_take_part_in(house):
    theirs, other = opened(house), opened(factory.house())
    factory.took_part(theirs, house.stranger, "seated")

    def seen(who):
        return set(incidents_visible_to(user=who, at=AT).values_list("number", flat=True))

    assert seen(house.auditor) == seen(house.owner) == {theirs.number}
    assert seen(house.stranger) == {theirs.number}
    assert other.number not in seen(house.compliance)


def test_an_executor_sees_what_they_carry_out(house):
    incident = bring(house, EXECUTION)
    role = house.engineer.roles.get()
    role.until_at = AT - DAY
    with acting_as(SETUP):
        role.save()

    visible = incidents_visible_to(user=house.engineer, at=AT)
    assert incident_by_number(number=incident.number, visible=visible) == incident


def test_what_is_not_yours_to_see_is_missing(house):
    other = opened(factory.house())

    with pytest.raises(Missing):
        incident_by_number(
            number=other.number, visible=incidents_visible_to(user=house.owner, at=AT)
        )


@pytest.mark.parametrize(
    ("state", "states"),
    [
        (OPEN, ["current", "todo", "todo", "todo", "todo"]),
        (INVESTIGATING, ["current", "todo", "todo", "todo", "todo"]),
        (VALIDATION, ["done", "current", "todo", "todo", "todo"]),
        (DECISION, ["done", "done", "current", "todo", "todo"]),
        (EXECUTION, ["done", "done", "done", "current", "todo"]),
        (VERIFICATION, ["done", "done", "done", "done", "current"]),
        (CLOSED, ["done", "done", "done", "done", "done"]),
    ],
)
def test_the_tracker_says_which_stage_is_done_current_and_to_come(house, state, states):
    stages = stage_tracker(bring(house, state), AT)

    assert [stage.name for stage in stages] == [
        "Owner",
        "Compliance",
        "Committee",
        "Action",
        "Verified",
    ]
    assert [stage.state for stage in stages] == states


def test_the_tracker_says_who_was_in_time_and_what_comes(house):
    incident = bring(house, INVESTIGATING, severity="major")
    factory.evidence(incident, house.owner)
    do(incident, "submit_findings", house.owner, at=AT + 2 * DAY + dt.timedelta(hours=7))

    owner, compliance, committee, *_ = stage_tracker(fresh(incident), AT + 3 * DAY)

    assert owner.people == (house.owner.name,)
    assert owner.note == "1 h before the deadline"
    assert compliance.due == fresh(incident).stage_due_at
    assert committee.note == "5 business days"


def test_the_tracker_shows_an_overdue_stage(house):
    incident = opened(house, severity="severe")

    assert stage_tracker(fresh(incident), AT + DAY)[0].state == "overdue"


@pytest.mark.django_db
def test_the_tracker_names_who_signed_and_who_is_waited_for():
    of = factory.house(risk_tier="high")
    incident = bring(of, VALIDATION)
    do(incident, "validate", of.risk)

    compliance = stage_tracker(fresh(incident), AT)[1]

    assert compliance.people == (f"Risk: {of.risk.name}, signed", "Compliance")
