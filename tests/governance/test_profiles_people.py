"""F10, INC-4: whoever is away or recused, in both profiles: nobody is stuck.

At each stage of a case somebody who is there is told, or the step is UNROUTABLE, the next level is
told in its place, and operations know. A round that is convened can be decided by who is left, or
says what can be done, or goes to the next level. The long runs go through every combination of the
cast and of the seats where those are few enough, and through many of the others.
"""

import itertools
import operator
import random

import pytest
from django.db import transaction

from governance.models import Decision, ElectorSeat
from governance.services.closings import close_round
from governance.services.electorates import declare_recusal
from governance.services.round_watch import watch_rounds
from incidents.rules.transitions import (
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    VALIDATION,
    VERIFICATION,
)
from ledger.context import acting_as
from outbox.models import Message
from tests.faults.stages import build
from tests.governance.absences import BACK, Absences, check_steps
from tests.governance.organisation import AT, convened, decided, read, vote
from tests.governance.rounds import OFFICER, by, leave
from tests.incidents import factory as cases
from tests.incidents.factory import EVALUATOR, do, fresh, order

STATES = (OPEN, INVESTIGATING, VALIDATION, DECISION, EXECUTION, VERIFICATION)
PROFILES = (("small", "medium"), ("bank", "high"))
TRIES = 4


@pytest.fixture(params=PROFILES, ids=lambda one: one[0])
def of(request, db):
    """An organisation of a profile in full."""
    return build(*request.param)


def cast_of(of):
    """Those without whom a stage might stand still: ten people, and who stands behind them."""
    house = of.house
    return [
        house.owner, house.deputy, house.compliance, house.verifier, house.risk,
        of.named("Second risk"), house.executive, of.named("Second executive"),
        house.secretary, of.chair,
    ]  # fmt: skip


def board_of(of):
    """The last level, which is away whenever the lot falls so."""
    return [of.named("Board one"), of.named("Board two")]


def brought(of, state):
    """An incident at a state, through the real commands."""
    if state in (DECISION, EXECUTION, VERIFICATION):
        incident = decided(of)
    else:
        (incident,) = read(of)
        if state != OPEN:
            do(incident, "acknowledge", of.house.owner)
        if state == VALIDATION:
            cases.evidence(incident, of.house.owner)
            do(incident, "submit_findings", of.house.owner, proposed_severity=incident.severity)
    if state in (EXECUTION, VERIFICATION):
        executor = of.house.engineer.pk
        do(incident, "adopt", EVALUATOR,
           actions=[order(incident, type="restrict", executor_id=executor)])  # fmt: skip
    if state == VERIFICATION:
        do(incident, "confirm_action", of.house.executive, observed={"restricted": True})
    found = fresh(incident)
    assert found.state == state
    return found


# ---------------------------------------------------------------- who is told
def check_told(of, incident, away):
    """With these people away, every step reaches somebody who is there, or goes up, on record.

    Returns what fired first.
    """
    with transaction.atomic():
        for person in away:
            leave(person, until=BACK)
        rows = check_steps(of, incident, away)
        transaction.set_rollback(True)
    return rows


def in_every_combination(people, act, then, taken=()):
    """Let `act` happen to any of some people and `then` look; what begins alike is done once."""
    if not people:
        then(taken)
        return
    first, *others = people
    in_every_combination(others, act, then, taken)
    with transaction.atomic():
        if act(first):
            in_every_combination(others, act, then, (*taken, first))
        transaction.set_rollback(True)


def goes_away(person):
    """Somebody leaves until after everything."""
    leave(person, until=BACK)
    return True


def some_away(people, chance, tries):
    """Everybody, nobody, and some of the other combinations."""
    yield people
    for _ in range(tries):
        yield [one for one in people if chance.random() < 0.6]


def test_f10_with_some_of_the_cast_away_somebody_is_told_at_every_stage(of):
    chance = random.Random(1)  # noqa: S311  no secret
    people = [*cast_of(of), *board_of(of)]

    incident = brought(of, OPEN)

    for away in some_away(people, chance, TRIES):
        assert check_told(of, incident, away)


@pytest.mark.parametrize("state", STATES)
def test_f10_with_everybody_away_each_level_is_tried_and_operations_told(of, state):
    incident = brought(of, state)
    everybody = [one for one in of.people if not one.name.startswith("Administrator")]

    rows = check_told(of, incident, everybody)

    assert [row.unroutable for row in rows] == [True] * len(rows)
    assert len(rows) > 1


@pytest.mark.full
@pytest.mark.parametrize("state", STATES)
def test_f10_with_any_of_the_cast_away_somebody_is_told(of, state):
    chance = random.Random(2)  # noqa: S311  no secret
    incident = brought(of, state)
    absences = Absences(of, incident)
    cast = cast_of(of)
    assert len(set(cast)) == 10

    for there in itertools.product((True, False), repeat=len(cast)):
        above = [one for one in board_of(of) if chance.random() < 0.5]
        absences.check([*itertools.compress(cast, map(operator.not_, there)), *above])
    absences.check_kept()


# ---------------------------------------------------------------- who decides
def check_round(of, incident, standing):
    """`standing` says of each person of the committee: there, away or recused."""
    with transaction.atomic():
        for person, how in standing:
            if how == "away":
                leave(person, until=BACK)
        first = convened(of, incident, by=of.house.secretary)
        for person, how in standing:
            if how == "recused":
                recuses(first, person)
        watch_rounds(AT)
        check_not_stuck(of, incident, {one.pk for one, how in standing if how == "away"})
        transaction.set_rollback(True)


def recuses(decision, person):
    """Somebody steps back from a round, if they sit in it; returns whether they did."""
    if not sits(decision, person):
        return False
    by(person, declare_recusal, decision_id=decision.pk, reason="My brother.", at=AT)
    return True


def sits(decision, person):
    """Whether somebody sits in a round that is still open."""
    seats = ElectorSeat.objects.filter(decision=decision, seated=person, decision__state="open")
    return seats.exists()


def check_not_stuck(of, incident, away):
    """The newest round can be decided, or says what can be done, or nobody stands above it."""
    newest = Decision.objects.filter(incident=incident).order_by("round", "number").last()
    if newest.state == Decision.State.DRAFT:
        assert Message.objects.filter(person_id=of.named("Administrator").pk).exists()
        return
    assert newest.state == Decision.State.OPEN
    if not newest.feasible:
        ways = newest.feasibility.splitlines()
        assert any(one.startswith(("Activate", "Move", "Change")) for one in ways), ways
        return
    decided_by_who_is_left(newest, away)


def decided_by_who_is_left(decision, away):
    """A round that is called feasible is adopted if everybody who is there votes for it."""
    voters = decision.electors.select_related("seated").exclude(seated=None)
    for seat in voters:
        if seat.seated_id not in away:
            vote(decision, seat.seated, at=decision.opens_at)
    with acting_as(OFFICER):
        closed = close_round(decision_id=decision.pk, actor=OFFICER, at=decision.closes_at)
    assert closed.state == Decision.State.ADOPTED, closed.feasibility


def everybody_of(of):
    """Who sits, and their substitutes."""
    return [person for pair in of.seats for person in pair]


def some_standings(of, chance, tries):
    """Some of the combinations; executives and the board are away now and then."""
    above = [of.house.executive, of.named("Second executive"), *board_of(of)]
    for _ in range(tries):
        standing = [(one, chance.choice(("there", "away", "recused"))) for one in everybody_of(of)]
        yield standing + [(one, "away") for one in above if chance.random() < 0.3]


def test_f10_whoever_of_the_committee_is_away_or_recused_the_round_is_not_stuck(of):
    chance = random.Random(3)  # noqa: S311  no secret
    incident = decided(of)

    for standing in some_standings(of, chance, TRIES):
        check_round(of, incident, standing)


def test_f10_with_the_whole_committee_recused_the_next_level_decides_at_once(of):
    incident = decided(of)
    decision = convened(of, incident, by=of.house.secretary)

    for person in everybody_of(of):
        if sits(decision, person):
            by(person, declare_recusal, decision_id=decision.pk, reason="My brother.", at=AT)
    watch_rounds(AT)

    newest = Decision.objects.filter(incident=incident).latest("round")
    assert (newest.committee.level, newest.state, newest.feasible) == ("executive", "open", True)


def test_f10_a_substitute_who_sits_already_and_is_away_is_no_way_out(of):
    incident = decided(of)
    for _, substitute in of.seats:
        leave(substitute, until=BACK)
    decision = convened(of, incident, by=of.house.secretary)

    for member, _ in of.seats:
        if sits(decision, member):
            by(member, declare_recusal, decision_id=decision.pk, reason="My brother.", at=AT)
    watch_rounds(AT)

    waits = Decision.objects.get(pk=decision.pk)
    assert "Activate" not in waits.feasibility
    assert "Move the closing time" in waits.feasibility


@pytest.mark.full
def test_f10_every_combination_of_absence_and_recusal_in_a_small_committee(db):
    of = build("small", "medium")
    incident = decided(of)

    def convene_without(away):
        with transaction.atomic():
            first = convened(of, incident, by=of.house.secretary)

            def look(_):
                with transaction.atomic():
                    watch_rounds(AT)
                    check_not_stuck(of, incident, {one.pk for one in away})
                    looked.append(away)
                    transaction.set_rollback(True)

            # Who does not sit when it is their turn cannot recuse: the same as being there.
            others = [one for one in everybody_of(of) if one not in away]
            in_every_combination(others, lambda one: recuses(first, one), look)
            transaction.set_rollback(True)

    looked = []
    in_every_combination(everybody_of(of), goes_away, convene_without)

    assert len(set(looked)) == 2 ** len(everybody_of(of))


@pytest.mark.full
def test_f10_many_combinations_of_absence_and_recusal_in_a_large_committee(db):
    of = build("bank", "high")
    chance = random.Random(4)  # noqa: S311  no secret
    incident = decided(of)

    for standing in some_standings(of, chance, 120):
        check_round(of, incident, standing)
