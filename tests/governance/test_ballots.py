"""Ballots: named, signed, on the motion that was read; the last one before the close counts."""

import datetime as dt
import threading

import pytest
from django.db import connection

from governance.models import Ballot, Decision, Resolution
from governance.selectors.rounds import read_round
from governance.services.ballots import cast_ballot
from governance.services.closings import close_round
from incidents.models import Action, Participation
from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.actors import Actor, machine
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Refused
from ledger.selectors.lines import lines_of_object
from registry.models import Signature
from registry.services.signatures import hash_payload
from tests.governance.organisation import AT, convened, decided, organised, vote
from tests.incidents.factory import ceremony

HOUR = dt.timedelta(hours=1)
SEALED = ("ballot.cast", "record.signed")
OFFICER = machine("returning officer")


@pytest.fixture
def of(db):
    """An organisation at medium tier."""
    return organised()


@pytest.fixture
def decision(of):
    """A round that is open for votes."""
    return convened(of, decided(of))


def test_a_ballot_is_named_and_signed(of, decision):
    ballot = vote(decision, of.chair, reason="It worked before.")

    assert (ballot.person, ballot.seat_number, ballot.vote) == (of.chair, 1, "for")
    assert ballot.signature.signer == of.chair


def test_the_signature_is_bound_to_motion_seat_vote_and_reason(of, decision):
    ballot = vote(decision, of.chair, "against", reason="Too soon.")

    assert ballot.signature.payload_sha256 == hash_payload(
        {
            "motion": decision.motion_sha256,
            "seat": 1,
            "vote": "against",
            "reason": "Too soon.",
            "final": False,
        }
    )


def test_no_byte_of_the_ledger_lets_a_vote_be_guessed_while_the_round_is_open(of, decision):
    ballot = vote(decision, of.chair, "against", final=True)

    rows = Entry.objects.filter(object_id=str(decision.pk), verb__in=SEALED)
    assert rows.count() == 2
    assert not [row for row in rows if ballot.signature.payload_sha256.encode() in bytes(row.body)]
    told = [line.body["details"]["payload_sha256"] for line in ballot_lines(decision)]
    assert [one.startswith("withheld (") for one in told] == [True, True]


def test_the_hashes_of_the_ballots_open_with_the_end_of_the_round(of, decision):
    ballots = [vote(decision, member, final=True) for member in of.members]

    close(decision, AT + HOUR)

    told = {line.body["details"]["payload_sha256"] for line in ballot_lines(decision)}
    assert told == {ballot.signature.payload_sha256 for ballot in ballots}
    (ended,) = [
        line
        for line in lines_of_object(object_type="decision", object_id=str(decision.pk))
        if line.verb == "motion.adopted"
    ]
    assert ended.body["details"] == {"hashes_opened": 6}


def test_a_ballot_counts_as_part_in_the_incident(of, decision):
    vote(decision, of.chair)

    assert Participation.objects.filter(incident=decision.incident, act="voted").count() == 1


def test_a_ballot_can_be_changed_and_the_last_one_counts(of, decision):
    vote(decision, of.chair, "against")
    vote(decision, of.members[1])
    vote(decision, of.members[2])
    vote(decision, of.chair, "for", at=AT + HOUR)

    close(decision, AT + 2 * HOUR)

    assert Resolution.objects.get(decision=decision).votes_for == 3


def test_a_final_ballot_cannot_be_changed(of, decision):
    vote(decision, of.chair, final=True)

    with pytest.raises(Conflict) as refusal:
        vote(decision, of.chair, "against")

    assert refusal.value.code == "final_ballot_cast"


def test_the_same_key_casts_one_ballot(of, decision):
    first = vote(decision, of.chair, key="k1")
    second = vote(decision, of.chair, key="k1")

    assert first.pk == second.pk
    assert Ballot.objects.count() == 1


def test_a_key_of_another_ballot_is_refused(of, decision):
    vote(decision, of.chair, key="k1")

    with pytest.raises(Conflict) as refusal:
        vote(decision, of.chair, "against", key="k1")

    assert refusal.value.code == "idempotency_key_reused"


def test_a_ballot_on_another_text_of_the_motion_is_refused(of, decision):
    with pytest.raises(Conflict) as refusal:
        vote(decision, of.chair, sha256="0" * 64)

    assert refusal.value.code == "motion_changed"


def test_an_unknown_vote_is_refused_with_its_field(of, decision):
    with pytest.raises(Invalid) as refusal:
        vote(decision, of.chair, "perhaps")

    assert "for, against, abstain" in refusal.value.fields["vote"]


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("owner", "You cannot vote on this: you submitted its findings."),
        ("deputy", "You cannot vote on this: you are the owner's deputy."),
        ("compliance", "You cannot vote on this: you signed for compliance."),
        ("author", "You cannot vote on this: you wrote a version that it is about."),
        ("engineer", "You cannot vote on this: you carry out its action."),
    ],
)
def test_whoever_took_another_part_is_told_why_they_cannot_vote(of, decision, who, words):
    with pytest.raises(Forbidden) as refusal:
        vote(decision, getattr(of.house, who))

    assert refusal.value.reason == words
    assert refusal.value.recorded
    assert refusal.value.who_can == ("Member 1", "Member 2", "Member 3")


def test_an_auditor_has_no_seat_and_cannot_vote(of, decision):
    with pytest.raises(Forbidden, match="you have no seat in this round"):
        vote(decision, of.house.auditor)


def test_a_substitute_whose_seat_is_held_cannot_vote(of, decision):
    with pytest.raises(Forbidden):
        vote(decision, of.substitutes[0])


def test_kom_19_a_ballot_at_the_closing_instant_is_late(of, decision):
    with pytest.raises(Conflict) as refusal:
        vote(decision, of.chair, at=decision.closes_at)

    assert refusal.value.code == "round_closed"


def test_a_token_cannot_vote(of, decision):
    token = Actor(kind="token", id=str(of.chair.pk), name="robot")

    with pytest.raises(Forbidden) as refusal, acting_as(token):
        _vote_as(decision, token)

    assert refusal.value.code == "person_needed"


def test_the_votes_of_others_are_hidden_until_one_has_voted(of, decision):
    vote(decision, of.members[1], "against")

    before = read_round(decision=decision, user=of.chair, at=AT)
    vote(decision, of.chair)
    after = read_round(decision=decision, user=of.chair, at=AT)

    assert (before.seats[1].vote, before.votes_in) == ("", 1)
    assert after.seats[1].vote == "against"


def test_no_entry_of_the_ledger_tells_a_vote_before_the_close(of, decision):
    vote(decision, of.chair, "against", reason="A sentence that gives it away.")

    lines = lines_of_object(object_type="decision", object_id=str(decision.pk))
    told = b"".join(line.bytes for line in lines)
    assert b"against" not in told
    assert b"gives it away" not in told
    assert b"dissent" not in told


def test_a_revised_ballot_stays_on_record(of, decision):
    vote(decision, of.chair, "against")
    vote(decision, of.chair, "for", at=AT + HOUR)

    assert list(Ballot.objects.order_by("pk").values_list("vote", flat=True)) == ["against", "for"]
    assert Signature.objects.filter(subject_type="decision").count() == 2


def test_f4_two_final_ballots_at_once_leave_exactly_one(own_database):
    of = organised()
    decision = convened(of, decided(of))

    outcomes = at_once(
        lambda: vote(decision, of.chair, "for", final=True),
        lambda: vote(decision, of.chair, "against", final=True),
    )

    assert sorted(outcomes) == ["done", "final_ballot_cast"]
    assert Ballot.objects.filter(decision=decision, final=True).count() == 1


def test_f4_a_ballot_and_the_close_at_once_leave_one_resolution_that_agrees(own_database):
    of = organised()
    decision = convened(of, decided(of))
    for member in of.members:
        vote(decision, member)

    outcomes = at_once(
        lambda: vote(decision, of.chair, "against", at=AT + HOUR),
        lambda: close(decision, AT + HOUR),
    )

    found = Resolution.objects.get(decision=decision)
    counted = "done" if found.votes_against == 1 else "round_closed"
    assert outcomes == [counted, "done"]


def test_f4_many_closes_at_once_order_the_actions_once(own_database):
    of = organised()
    decision = convened(of, decided(of))
    for member in of.members:
        vote(decision, member)

    outcomes = at_once(*[lambda: close(decision, AT + HOUR)] * 4)

    assert outcomes == ["done"] * 4
    assert Action.objects.filter(incident=decision.incident).count() == 1
    assert Decision.objects.get(pk=decision.pk).state == "adopted"


def close(decision, at):
    """Count the round as the engine does."""
    with acting_as(OFFICER):
        return close_round(decision_id=decision.pk, actor=OFFICER, at=at)


def at_once(*calls):
    """Run calls on threads that start together; return 'done' or the code of each refusal."""
    start = threading.Barrier(len(calls))
    outcomes = [""] * len(calls)

    def run(number, call):
        start.wait()
        try:
            call()
            outcomes[number] = "done"
        except Refused as refusal:
            outcomes[number] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _vote_as(decision, actor):
    return cast_ballot(
        decision_id=decision.pk,
        vote="for",
        reason="",
        ceremony=ceremony(),
        idempotency_key=None,
        expected_motion_sha256=decision.motion_sha256,
        actor=actor,
        at=AT,
    )


def ballot_lines(decision):
    """The entries of every ballot of a round and of its signature."""
    lines = lines_of_object(object_type="decision", object_id=str(decision.pk))
    return [line for line in lines if line.verb in SEALED]
