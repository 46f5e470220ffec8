"""The consent agenda and lists of ballots (INC-4, KOM-15, KOM-16): each verifies singly."""

import pytest

from governance.models import AgendaItem, Ballot, BallotVoid, Decision, SigningList
from governance.rules.meetings import ConsentCase, consent_fault, list_hash
from governance.rules.policy_parts.meetings import Meetings
from governance.selectors.ballot_records import is_intact_ballot
from governance.services.consent import ListedVote, lift_out, sign_ballots, sign_consent
from governance.services.electorates import declare_recusal
from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import Leave
from registry.services.signatures import is_valid
from tests.governance.meetings import START, in_session, item_of, meeting
from tests.governance.organisation import AT, decided, moved, organised, vote
from tests.governance.rounds import DAY, HOUR, by, count
from tests.incidents.factory import SETUP, acting, ceremony


@pytest.fixture
def of(db):
    """An organisation at medium tier, with a delegate out of the way: the committee decides."""
    return organised()


def motions(of, number=3):
    """Motions on so many moderate cases, as drafts."""
    found = []
    for segment in ("north", "south", "east", "west")[:number]:
        incident = decided(of, segment=segment)
        found.append(moved(of, incident, title=f"Roll back in the {segment}"))
    return found


def again(decision):
    """The round as it is now."""
    return Decision.objects.get(pk=decision.pk)


def listed(drafts, choice="for"):
    """A list of votes on motions as they read now."""
    return [ListedVote(one.pk, again(one).motion_sha256, choice) for one in drafts]


def consent(of, row, votes, who, *, at=START):
    """A member votes on the consent agenda."""
    actor = acting(who)
    with acting_as(actor):
        return sign_consent(
            meeting_id=row.pk, votes=votes, ceremony=ceremony(at), actor=actor, at=at
        )


@pytest.fixture
def agenda(of):
    """A meeting in session with three motions on its consent agenda."""
    drafts = motions(of)
    row = in_session(of, *[("consent", one) for one in drafts])
    return row, drafts


def test_one_ceremony_casts_a_ballot_of_its_own_on_each_motion(of, agenda):
    row, drafts = agenda

    signed, ballots = consent(of, row, listed(drafts), of.chair)

    assert {one.decision_id for one in ballots} == {one.pk for one in drafts}
    assert len({one.signature_id for one in ballots}) == 3
    assert signed.items.count() == 3


def test_each_ballot_of_a_list_verifies_singly_with_the_hash_of_the_list(of, agenda):
    row, drafts = agenda
    signed, ballots = consent(of, row, listed(drafts), of.chair)

    assert list_hash(signed.content) == signed.sha256
    for ballot in Ballot.objects.filter(pk__in=[one.pk for one in ballots]):
        assert is_intact_ballot(ballot)
        bare = {"motion": ballot.motion_sha256, "seat": 1, "vote": "for", "reason": "",
                "final": False}  # fmt: skip
        assert not is_valid(ballot.signature, bare)


def test_a_ballot_of_a_list_does_not_verify_on_another_motion(of, agenda):
    row, drafts = agenda
    _, ballots = consent(of, row, listed(drafts), of.chair)

    moved_one = ballots[0]
    moved_one.motion_sha256 = ballots[1].motion_sha256

    assert not is_intact_ballot(moved_one)


def test_the_list_names_each_motion_with_its_hash(of, agenda):
    row, drafts = agenda

    signed, _ = consent(of, row, listed(drafts), of.chair)

    assert all(again(one).motion_sha256 in signed.content for one in drafts)


def test_no_byte_of_the_ledger_lets_a_listed_vote_be_guessed_while_it_is_open(of, agenda):
    row, drafts = agenda

    signed, _ = consent(of, row, listed(drafts), of.chair)

    bodies = [bytes(one.body) for one in Entry.objects.order_by("-id")[:40]]
    assert not [one for one in bodies if signed.sha256.encode() in one]


def test_all_or_none(of, agenda):
    row, drafts = agenda
    votes = listed(drafts)
    votes[1] = ListedVote(votes[1].decision_id, "0" * 64, "for")

    with pytest.raises(Conflict) as refusal:
        consent(of, row, votes, of.chair)

    assert refusal.value.code == "motion_changed"
    assert not Ballot.objects.exists()
    assert not SigningList.objects.exists()


def test_the_list_holds_the_whole_consent_agenda(of, agenda):
    row, drafts = agenda

    with pytest.raises(Invalid) as refusal:
        consent(of, row, listed(drafts[:2]), of.chair)

    assert refusal.value.code == "list_not_whole"


def test_who_has_no_seat_signs_no_list(of, agenda):
    row, drafts = agenda

    with pytest.raises(Forbidden):
        consent(of, row, listed(drafts), of.house.owner)


def test_a_consent_agenda_on_which_all_have_voted_is_adopted(of, agenda):
    row, drafts = agenda
    for member in of.members:
        consent(of, row, listed(drafts), member)

    states = {count(again(one), at=START + HOUR).state for one in drafts}

    assert states == {"adopted"}


def test_ballots_are_signed_as_a_list_in_writing_too(of):
    drafts = motions(of, 2)
    row = meeting(of, *drafts)
    actor = acting(of.chair)

    with acting_as(actor):
        signed, ballots = sign_ballots(
            votes=listed(drafts, "against"), ceremony=ceremony(START), actor=actor, at=START
        )

    assert (signed.meeting_id, len(ballots), row.state) == (None, 2, "planned")


def lift(of, decision, who, *, at=START + HOUR):
    """A member lifts a motion out."""
    return by(who, lift_out, item_id=item_of(decision).pk, reason="I have a question.", at=at)


def test_kom_15_the_ballots_on_a_lifted_item_are_void_visibly(of, agenda):
    row, drafts = agenda
    consent(of, row, listed(drafts), of.chair)

    lift(of, drafts[0], of.members[1])

    void = BallotVoid.objects.get()
    assert (void.ballot.decision, void.by) == (drafts[0], of.members[1])
    assert "Lifted out" in void.reason
    assert Ballot.objects.filter(decision=drafts[0]).count() == 1


def test_kom_15_a_lifted_item_is_voted_on_by_itself(of, agenda):
    row, drafts = agenda
    consent(of, row, listed(drafts), of.chair)
    lift(of, drafts[0], of.members[1])

    for member in of.members:
        vote(again(drafts[0]), member, "against", at=START + HOUR)

    assert count(again(drafts[0]), at=START + 2 * HOUR).state == "rejected"


def test_kom_15_a_final_ballot_on_a_lifted_item_is_cast_anew(of, agenda):
    _, drafts = agenda
    vote(again(drafts[0]), of.chair, at=START, final=True)

    lift(of, drafts[0], of.members[1])

    assert vote(again(drafts[0]), of.chair, "against", at=START + HOUR).vote == "against"


def test_what_was_lifted_out_is_on_no_list_any_more(of, agenda):
    row, drafts = agenda
    lift(of, drafts[0], of.members[1])

    with pytest.raises(Conflict):
        consent(of, row, listed(drafts), of.chair)

    assert len(consent(of, row, listed(drafts[1:]), of.chair)[1]) == 2


def test_who_is_no_member_lifts_nothing_out(of, agenda):
    _, drafts = agenda

    with pytest.raises(Forbidden):
        lift(of, drafts[0], of.house.owner)


def test_kom_16_an_item_that_recusals_leave_inquorate_is_lifted_out(of, agenda):
    row, drafts = agenda
    consent(of, row, listed(drafts), of.chair)
    with acting_as(SETUP):
        for one in of.substitutes:
            Leave(user=one, from_at=AT, until_at=START + 90 * DAY).save(force_insert=True)
            one.is_active = False
            one.save(at=START)

    for member in of.members[1:]:
        by(member, declare_recusal, decision_id=drafts[0].pk, reason="A friend.", at=START + HOUR)

    item = AgendaItem.objects.get(decision=drafts[0])
    assert item.lifted_at == START + HOUR
    assert item.lifted_by is None
    assert BallotVoid.objects.filter(ballot__decision=drafts[0]).count() == 1


def small(**changes):
    """A case as the rule sees it."""
    arguments = {"severity": "minor", "risk_tier": "low", "kinds": ["rollback"]}
    return ConsentCase(**(arguments | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"severity": "major"}, "its case is major"),
        ({"risk_tier": "high"}, "high tier"),
        ({"kinds": ["rollback", "accept_risk"]}, "accepting the risk"),
        ({"has_conditions": True}, "conditions"),
    ],
)
def test_what_is_not_small_does_not_stand_on_the_consent_agenda(changes, words):
    assert words in consent_fault(small(**changes), Meetings())


def test_what_is_small_does():
    assert consent_fault(small(), Meetings()) == ""
