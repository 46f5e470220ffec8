"""Packs and desks of what the services themselves write, not of rows made for the purpose."""

import datetime as dt
import json

import pytest

from governance.services.closings import close_round
from ledger.context import acting_as
from ledger.rules.actors import machine
from reports.rules.asked import Wanted
from reports.selectors.desk import desk_of
from reports.services.building import build_pack
from reports.services.packs import request_pack
from tests.governance import organisation
from tests.incidents.factory import AT, LONG_AGO, acting
from tests.reports import packing

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def pack_of(of, at):
    """Return a built pack of the organisation's system, asked for by compliance."""
    actor = acting(of.house.compliance)
    with acting_as(actor):
        pack = request_pack(
            wanted=Wanted(system_id=of.house.system.pk),
            since=LONG_AGO,
            until=at,
            actor=actor,
            at=at,
        )
    build_pack(pack_id=pack.pk, at=at)
    pack.refresh_from_db()
    return pack


def steps(user, at=AT):
    """Return the steps that wait for somebody."""
    return [
        task.step for group in desk_of(user=user, at=at).groups for task in group.tasks if task.mine
    ]


def decision_in(pack):
    """Return the one decision of a pack."""
    (name,) = [name for name in packing.names_in(pack) if name.startswith("data/decisions/")]
    return json.loads(packing.read(pack, name))


def test_votes_of_a_running_round_are_in_no_pack(without_pango):
    of = organisation.organised()
    decision = organisation.convened(of, organisation.decided(of))
    organisation.vote(decision, of.members[1], "against", reason="a reason of weight")

    pack = pack_of(of, AT + HOUR)

    files = b"".join(packing.read(pack, name) for name in packing.names_in(pack))
    assert decision_in(pack)["ballots"][0]["vote"] == "withheld until the round is counted"
    assert b"a reason of weight" not in files
    assert packing.faults_of(pack) == []


def test_an_adopted_motion_is_told_with_its_votes_and_actions():
    of = organisation.organised()
    decision = organisation.convened(of, organisation.decided(of))
    for member in of.members:
        organisation.vote(decision, member, final=True)
    engine = machine("test")
    later = decision.closes_at + HOUR
    with acting_as(engine):
        close_round(decision_id=decision.pk, actor=engine, at=later)

    pack = pack_of(of, later + HOUR)

    told = decision_in(pack)
    text = " ".join(" ".join(page.extract_text() for page in packing.report(pack).pages).split())
    assert (pack.state, pack.failure) == ("ready", "")
    assert [ballot["vote"] for ballot in told["ballots"]] == ["for"] * 3
    assert f"motion {decision.number}, adopted" in text
    assert packing.faults_of(pack) == []


def test_the_desk_follows_the_case_from_hand_to_hand():
    of = organisation.organised()
    (incident,) = organisation.read(of)
    first = steps(of.house.owner)
    organisation.cases.do(incident, "acknowledge", of.house.owner, at=AT)
    second = steps(of.house.owner)
    organisation.cases.evidence(incident, of.house.owner, AT)
    organisation.cases.do(
        incident, "submit_findings", of.house.owner, at=AT, proposed_severity=incident.severity
    )
    third = steps(of.house.compliance)
    organisation.cases.validated(of.house, incident, AT)
    decision = organisation.convened(of, organisation.cases.fresh(incident))
    fourth = steps(of.members[1])
    organisation.vote(decision, of.members[1], final=True)
    fifth = steps(of.members[1])

    assert first == ["Acknowledge"]
    assert second == ["Write first assessment"]
    assert third == ["Validate findings"]
    assert (fourth, fifth) == (["Vote"], [])
