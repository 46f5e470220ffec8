"""The desk and an open round: vote, break the tie, certify the result; never what is refused."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.models import Decision
from governance.rules.votes import casting_seat
from governance.selectors.electorates import round_of
from governance.selectors.open_rounds import open_round_of, rounds_under_way
from governance.selectors.rounds import may_close_from
from governance.services.closings import close_round
from governance.services.electorates import declare_recusal
from reports.selectors.desk import desk_of
from tests.governance.organisation import (
    AT,
    another_series,
    convened,
    decided,
    organised,
    standing,
    vote,
)
from tests.governance.rounds import DAY, HOUR, all_vote, by, leave
from tests.governance.test_rounds import casting, take_seat, tied, with_charter
from tests.incidents.factory import ceremony, person

pytestmark = pytest.mark.django_db
CERTIFY = "Close and certify the result"
CAST = "Sign the casting vote"


@pytest.fixture
def of():
    """An organisation at medium tier with three members and their substitutes."""
    return organised()


@pytest.fixture
def incident(of):
    """An incident that waits for its decision."""
    return decided(of)


def task(user, *, at=AT):
    """The one row of somebody's desk."""
    (found,) = desk_of(user=user, at=at).tasks
    return found


def steps(*people, at=AT):
    """What the desk asks of each."""
    return [task(one, at=at).step for one in people]


def all_in(of, incident):
    """A round in which everybody has voted, one of them against."""
    decision = convened(of, incident)
    for member, choice in zip(of.members, ("for", "for", "against"), strict=True):
        vote(decision, member, choice)
    return decision


def test_with_all_votes_in_the_chair_is_asked_to_certify(of, incident):
    decision = all_in(of, incident)

    found = desk_of(user=of.chair, at=AT)

    (group,) = found.groups
    assert group.title == "Needs you"
    assert [(one.step, one.step_url, one.primary) for one in group.tasks] == [
        (CERTIFY, f"/committee/{decision.number}/", True)
    ]
    assert (found.counts["mine"], found.counts["others"], found.held) == (1, 0, [])


def test_the_step_that_is_shown_to_the_chair_is_taken(of, incident):
    decision = all_in(of, incident)
    assert task(of.chair).step == CERTIFY

    closed = by(of.chair, close_round, decision_id=decision.pk, at=AT, ceremony=ceremony(AT))

    assert (closed.state, closed.resolution.certified_by) == ("adopted", of.chair)


def test_who_only_voted_sees_that_the_body_has_it_and_what_it_waits_for(of, incident):
    all_in(of, incident)

    found = task(of.members[1])

    assert (found.step, found.who, found.waits_for) == (
        "",
        of.committee.name,
        "certified result",
    )


def test_the_secretary_may_certify_too(of, incident):
    secretary = person(unit=of.house.unit, role="secretary")
    all_in(of, incident)

    assert task(secretary).step == CERTIFY


def test_one_s_own_vote_comes_first_and_waiting_for_the_others_stays_waiting(of, incident):
    decision = convened(of, incident)

    before = steps(*of.members)
    vote(decision, of.chair)

    assert before == ["Vote"] * 3
    assert steps(*of.members) == ["", "Vote", "Vote"]


def test_what_nothing_can_change_is_certified_once_its_shortest_time_is_over(of, incident):
    decision = convened(of, incident)
    vote(decision, of.chair)
    vote(decision, of.members[1])
    opens = may_close_from(decision=decision, found=round_of(decision=decision, at=AT), at=AT)

    early, due = (task(of.chair, at=at).step for at in (opens - dt.timedelta(seconds=1), opens))

    assert AT < opens < decision.closes_at
    assert (early, due) == ("", CERTIFY)
    assert task(of.members[2], at=opens).step == "Vote"


def test_a_quorum_alone_is_not_enough_while_a_vote_that_is_out_may_change_it(of, incident):
    decision = convened(of, incident)
    vote(decision, of.chair, "for")
    vote(decision, of.members[1], "against")

    assert task(of.chair, at=decision.closes_at - HOUR).step == ""


def test_at_the_deadline_the_result_is_certified_and_nobody_is_asked_to_vote(of, incident):
    decision = convened(of, incident)
    vote(decision, of.members[1])

    assert steps(*of.members, at=decision.closes_at) == [CERTIFY, "", ""]


def test_a_tie_waits_for_the_casting_vote_and_then_for_the_certificate(of, incident):
    decision = tied(of, incident)

    before = steps(of.chair, of.members[1])
    told = task(of.members[1]).waits_for
    casting(decision, of.chair)

    assert before == [CAST, ""]
    assert told == "decision"
    assert steps(of.chair, of.members[1]) == [CERTIFY, ""]


def test_a_tie_that_nobody_may_break_is_certified_as_it_is(of, incident):
    tied(of, incident, casting_vote=False)

    assert steps(of.chair, of.members[1]) == [CERTIFY, ""]


def test_for_a_chair_who_is_recused_the_vice_chair_acts(of, incident):
    with_charter(of, minimum=2)
    take_seat(of, 2, of.members[1], vice=True)
    decision = convened(of, incident)
    by(of.chair, declare_recusal, decision_id=decision.pk, reason="My team built it.", at=AT)
    vote(decision, of.members[1])
    vote(decision, of.members[2])

    seated = decision.electors.get(number=1).seated
    if seated is not None:
        vote(decision, seated)

    assert steps(of.chair, of.members[1], of.members[2]) == ["", CERTIFY, ""]


def test_for_a_chair_who_is_recused_the_vice_chair_breaks_the_tie(of, incident):
    with_charter(of, casting_vote=True)
    take_seat(of, 1, of.house.compliance)
    take_seat(of, 2, of.members[1], vice=True)
    decision = convened(of, incident, by=of.members[1])
    vote(decision, of.members[1], "for")
    vote(decision, of.members[2], "against")

    assert steps(of.members[1], of.members[2]) == [CAST, ""]


def readings(decision, at):
    """Whether it may be certified and who casts: by the rules of the command, then by the desk."""
    one = Decision.objects.get(pk=decision.pk)
    found = round_of(decision=one, at=at)
    opens = may_close_from(decision=one, found=found, at=at)
    number = casting_seat(found.charter, found.seats, found.ballots)
    casts = one.electors.get(number=number).seated_id if found.waits_for_casting else None
    (row,) = rounds_under_way(at=at).filter(pk=decision.pk)
    desk = open_round_of(decision=row, at=at)
    return (opens is not None and opens <= at, casts), (desk.certifiable, desk.casts)


@pytest.mark.parametrize("chair_leaves", [False, True])
@pytest.mark.parametrize("votes", ["", "f", "ff", "fa", "fx", "ffa", "fax", "xxf"])
def test_the_desk_and_the_command_read_a_round_the_same(of, incident, votes, chair_leaves):
    with_charter(of, casting_vote=True)
    take_seat(of, 2, of.members[1], vice=True)
    decision = convened(of, incident)
    for member, letter in zip(of.members, votes, strict=False):
        vote(decision, member, {"f": "for", "a": "against", "x": "abstain"}[letter])
    if chair_leaves:
        leave(of.chair, until=AT + 30 * DAY)

    told = [readings(decision, AT + later) for later in (0 * HOUR, HOUR, 5 * HOUR, DAY)]
    over = readings(decision, decision.closes_at)

    assert [command for command, _ in told] == [desk for _, desk in told]
    assert (over[0][0], over[1][0]) == (True, True)


def test_many_rounds_cost_the_queries_of_one(of, django_assert_num_queries):
    all_vote(convened(of, decided(of)))
    with CaptureQueriesContext(connection) as one:
        desk_of(user=of.chair, at=AT)

    series = another_series(of.house, days=7, segment="region=north")
    state = standing(of.house, of.threshold, series=series)
    more = {"standing_id": state.pk, "series_id": series.pk, "segment": series.segment}
    all_vote(convened(of, decided(of, **more)))

    with django_assert_num_queries(len(one)):
        found = desk_of(user=of.chair, at=AT)
    assert [row.step for row in found.tasks] == [CERTIFY, CERTIFY]
