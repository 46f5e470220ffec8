"""Who may do what on an incident and why not, by person and by command (deliverable 3; SEG-03)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.rules.segregation import PAIRS, matrix
from incidents.rules.transitions import VALIDATION
from incidents.selectors.gates import refusal_for
from incidents.selectors.parts import parts_of_incident
from ledger.context import acting_as
from registry.models import Delegation
from tests.incidents.factory import AT, SETUP, bring, do, fresh, opened, person, took_part
from tests.net import told

pytestmark = pytest.mark.django_db


def step(found, command):
    return next(one for one in found.steps if one.command.name == command)


def cell(found, command, who):
    return next(one for one in step(found, command).cells if one.person.pk == who.pk)


@told
def delegated(principal, delegate):
    """A delegation that runs now."""
    row = Delegation(
        principal=principal,
        delegate=delegate,
        reason="leave",
        from_at=AT - dt.timedelta(days=2),
        until_at=AT + dt.timedelta(days=2),
    )
    with acting_as(SETUP):
        row.save(force_insert=True, at=AT)
    return row


def test_every_cell_says_what_the_command_would_say(house):
    incident = bring(house, VALIDATION)
    took_part(incident, house.risk, "submitted")

    found = parts_of_incident(incident=incident, at=AT)

    people = (house.owner, house.compliance, house.risk, house.executive, house.auditor)
    wrong = [
        (one.command.name, who.name)
        for one in found.steps
        for who in people
        if cell(found, one.command.name, who).may
        != (refusal_for(command=one.command.name, incident=incident, user=who, at=AT) is None)
    ]
    assert found.steps
    assert not wrong


def test_the_history_stands_before_the_role_as_a_reason(house):
    incident = bring(house, VALIDATION)
    took_part(incident, house.risk, "submitted")

    found = cell(parts_of_incident(incident=incident, at=AT), "validate", house.risk)

    assert (found.may, found.why) == (False, "submitted its findings")


def test_a_delegate_is_shown_as_themselves_and_as_their_principal(house):
    incident = opened(house)
    helper = person(name="Delegate of the owner", unit=house.unit, role="compliance")
    delegated(house.owner, helper)
    do(incident, "acknowledge", helper, on_behalf_of=house.owner.pk)

    found = parts_of_incident(incident=fresh(incident), at=AT)

    past = next(one for one in found.history if one.principal == house.owner.name)
    assert (past.name, past.words) == ("Delegate of the owner", "acknowledged it")
    assert ("Delegate of the owner", house.owner.name) in found.dealt
    assert cell(found, "submit_findings", helper).acting_for == house.owner.name


def test_an_auditor_is_listed_with_the_reason(house):
    found = parts_of_incident(incident=opened(house), at=AT)

    why = cell(found, "acknowledge", house.auditor).why

    assert why == "reads everything and changes nothing, as an auditor"


def test_what_stands_against_a_step_whoever_acts_is_said_once(house):
    incident = bring(house, VALIDATION, severity="major")

    found = step(parts_of_incident(incident=incident, at=AT), "close_small")

    assert "minor" in found.stands
    assert found.able == []


def test_seg_03_the_matrix_is_printed_the_same_both_ways():
    rows = matrix([("validator", "verifier")])

    names = [row.part for row in rows]
    apart = {(row.part, names[at]) for row in rows for at, yes in enumerate(row.apart) if yes}
    assert apart == {(other, one) for one, other in apart}
    assert {*PAIRS, ("validator", "verifier")} <= apart


def test_more_people_cost_no_more_queries(house):
    incident = bring(house, VALIDATION)
    with CaptureQueriesContext(
        connection,
    ) as few:
        parts_of_incident(incident=incident, at=AT)
    for _ in range(6):
        person(unit=house.unit, role="compliance")

    with CaptureQueriesContext(connection) as many:
        parts_of_incident(incident=incident, at=AT)

    assert len(many) == len(few)
