"""INC-4: a later decision takes an earlier one's place; nothing is edited (workflow 5)."""

import pytest

from governance.models import Decision
from governance.selectors.conditions import is_in_force
from governance.selectors.electorates import charter_of
from governance.services.rounds import convene
from incidents.models import Action, Transition
from ledger.rules.refusals import Conflict, Invalid, Missing
from tests.governance.organisation import AT, convened, decided, moved, organised, roll_back, vote
from tests.governance.rounds import HOUR, adopted, again, all_vote, by, count
from tests.governance.test_motion_kinds import put

LATER = AT + 2 * HOUR


@pytest.fixture
def of(db):
    """An organisation at medium tier."""
    return organised()


@pytest.fixture
def incident(of):
    """An incident that waits for its decision."""
    return decided(of)


def replaced(of, incident, decision, *, at=LATER, **motion):
    """A motion in place of a decision, adopted."""
    following = convened(of, again(incident), at=at, supersedes_id=decision.pk, **motion)
    all_vote(following, at=at)
    return count(following, at=at + HOUR)


REVOKE = {"type": "revoke", "words": "The roll-back is revoked.", "parameters": {}}


def test_a_decision_is_replaced_and_what_had_not_gone_out_is_cancelled(of, incident):
    first = adopted(of, incident)

    second = replaced(
        of, incident, first, title="Restrict instead",
        actions=put(of, "restrict", parameters={"scope": "claims above 500 EUR"}),
    )  # fmt: skip

    states = dict(Action.objects.filter(incident=incident).values_list("type", "state"))
    assert second.state == "adopted"
    assert states == {"rollback": "cancelled", "restrict": "ordered"}
    assert again(incident).state == "EXECUTION"


def test_the_earlier_decision_is_never_edited_and_no_longer_in_force(of, incident):
    first = adopted(of, incident)
    text = first.motion

    replaced(
        of,
        incident,
        first,
        actions=put(of, "restrict", parameters={"scope": "some"}),
        title="Other",
    )

    found = Decision.objects.get(pk=first.pk)
    assert (found.state, found.motion) == ("adopted", text)
    assert not is_in_force(found, LATER + HOUR)


def test_a_revoked_decision_leaves_the_case_at_its_decision_again(of, incident):
    first = adopted(of, incident)

    replaced(of, incident, first, title="Revoke", actions=[REVOKE])

    assert again(incident).state == "DECISION"
    assert Action.objects.get(incident=incident).state == "cancelled"


def test_the_motion_names_what_it_replaces_in_the_text_that_is_signed(of, incident):
    first = adopted(of, incident)

    draft = moved(of, again(incident), at=LATER, supersedes_id=first.pk, actions=[REVOKE])

    assert f'"supersedes":"{first.number}"' in draft.motion
    assert draft.matter == "supersession"


def test_it_asks_for_the_majority_that_carried_the_earlier_one(of, incident):
    first = adopted(of, incident)
    draft = convened(of, again(incident), at=LATER, supersedes_id=first.pk, actions=[REVOKE])
    draft.least_majority = "unanimous"

    assert charter_of(draft).majority == "unanimous"


@pytest.mark.django_db
def test_it_is_never_decided_below_the_level_of_the_earlier_one():
    of = organised(risk_tier="high")
    incident = decided(of)
    retire = {"type": "retire", "words": "It is retired.", "parameters": {},
              "executor_id": str(of.house.engineer.pk)}  # fmt: skip
    draft = moved(of, incident, actions=[retire])
    first = Decision.objects.get(pk=draft.pk)

    first = by(of.house.executive, convene, decision_id=draft.pk, closes_in=None, at=AT)
    all_vote(first)
    count(first)

    second = moved(of, again(incident), at=LATER, supersedes_id=first.pk, actions=[REVOKE])

    assert second.committee.level == "executive"


def test_only_a_decision_in_force_is_replaced(of, incident):
    decision = convened(of, incident)
    for member in of.members:
        vote(decision, member, "against")
    count(decision)

    with pytest.raises(Conflict) as refusal:
        moved(of, again(incident), supersedes_id=decision.pk, actions=[REVOKE])

    assert refusal.value.code == "not_in_force"


def test_a_decision_of_another_case_is_not_replaced(of, incident):
    other = organised()
    first = adopted(other, decided(other))

    with pytest.raises(Missing):
        moved(of, incident, supersedes_id=first.pk, actions=[REVOKE])


def test_a_decision_is_replaced_once(of, incident):
    first = adopted(of, incident)
    replaced(of, incident, first, title="Other", actions=[roll_back(of, words="Again.")])

    with pytest.raises(Conflict, match="was replaced by"):
        moved(of, again(incident), supersedes_id=first.pk, actions=[REVOKE])


def test_what_cannot_be_carried_out_in_its_place_is_refused(of, incident):
    first = adopted(of, incident)
    nothing = {"type": "no_action", "words": "Nothing.", "parameters": {}}

    with pytest.raises(Invalid, match="does not take the place"):
        moved(of, again(incident), supersedes_id=first.pk, actions=[nothing])


def test_a_motion_that_replaces_stands_beside_no_other_of_the_kind(of, incident):
    first = adopted(of, incident)
    moved(of, again(incident), at=LATER, supersedes_id=first.pk, actions=[REVOKE])

    with pytest.raises(Conflict) as refusal:
        moved(of, again(incident), at=LATER, supersedes_id=first.pk, actions=[REVOKE])

    assert refusal.value.code == "one_round_at_a_time"


def test_the_record_says_that_one_decision_took_the_place_of_another(of, incident):
    first = adopted(of, incident)

    second = replaced(of, incident, first, title="Revoke", actions=[REVOKE])

    row = Transition.objects.get(incident=incident, command="supersede")
    assert (row.payload["superseded_id"], row.payload["decision_id"]) == (
        str(first.pk),
        str(second.pk),
    )
