"""Packs of many systems and of named matters, for whom, and the sample nobody chose (REP-1)."""

import csv
import datetime as dt
import io
import json
import re

import pytest

import countersign_verify
from governance.models import AuthorityRequest, RequestScope, WithheldItem
from ledger.context import acting_as
from ledger.rules.refusals import Forbidden, Invalid
from registry.models import RoleAssignment, Unit
from reports.models import Pack
from reports.rules.asked import RECIPIENTS
from reports.rules.redaction import POLICIES
from reports.rules.sampling import DRAWN, SAMPLED
from reports.selectors.pack_rights import packs_for, reach_for_packs
from reports.selectors.packs import by_turn, scope_of
from reports.services.leases import take
from tests.net import told as told_of
from tests.reports import forging, packing, story

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)
# A name of three letters may stand in the Base64 of a hash by chance, within letters of it.
NAMED = rb"(?<![A-Za-z0-9+/])%b(?![A-Za-z0-9+/])"


def about(pack):
    """Return what a pack says about itself."""
    return json.loads(packing.read(pack, "data/pack.json"))


def rows(pack, name):
    """Return the rows of a CSV file of a pack."""
    return list(csv.DictReader(io.StringIO(packing.read(pack, name).decode())))


def said(pack, *more):
    """Return what the auditor's verifier says of a pack, claim by claim."""
    out = forging.said(packing.path_of(pack), "--key", packing.log_key(), *more)
    return {claim["claim"]: claim for claim in out["claims"]} | {"drawn": out.get("drawn")}


@told_of
def request_about(made, incident=None, **changes):
    """Register a request of an authority about the story's system, or about an incident of it."""
    people = made.people
    with acting_as(story.ENGINE):
        asked = AuthorityRequest.objects.create(
            number="AR-2027-00001",
            authority="The supervisor",
            basis="Art. 74",
            language="English",
            received_at=story.AT - dt.timedelta(days=3),
            received_by=people.maren,
            due_at=story.AT + dt.timedelta(days=10),
            registered_at=story.AT - dt.timedelta(days=3),
            registered_by=people.maren,
            **changes,
        )
        RequestScope.objects.create(
            request=asked, system=made.system, incident=incident, at=asked.registered_at
        )
        WithheldItem.objects.create(
            request=asked,
            what="The weights of the model",
            reason="A trade secret; the authority may read them with us.",
            proposed_by=people.maren,
            proposed_at=story.AT - dt.timedelta(days=2),
            approved_by=people.tomasz,
            approved_at=story.AT - dt.timedelta(days=1),
        )
    return asked


def test_a_pack_of_the_organisation_holds_every_system_and_simply_every_line(without_pango):
    made = story.closed_story()
    other = story.another_system(made)

    pack = packing.built(made, breadth="organisation")

    names, log = packing.names_in(pack), packing.read(pack, "data/audit/log.jsonl")
    assert (pack.failure, packing.faults_of(pack)) == ("", [])
    assert {f"data/systems/{slug}/system.json" for slug in (made.system.slug, other.slug)} <= {
        *names
    }
    assert {item["id"] for item in about(pack)["streams"]} == {
        str(made.system.pk), str(other.pk), "organisation",
    }  # fmt: skip
    assert str(other.pk).encode() in log


@pytest.mark.full
def test_a_line_left_out_of_any_stream_of_the_organisation_is_found(without_pango):
    made = story.closed_story()
    other = story.another_system(made)
    pack = packing.built(made, breadth="organisation", since=story.SINCE - SECOND)
    about_it = about(pack)

    (stream,) = [item for item in about_it["streams"] if item["id"] == str(other.pk)]

    assert (stream["first"], stream["last"], stream["count"]) == (0, 0, 1)
    assert said(pack)["complete"]["result"] == "PASS"
    assert "in each of 3 streams" in said(pack)["complete"]["words"]


@pytest.mark.full
def test_a_pack_of_a_unit_claims_the_streams_of_its_systems_to_be_whole(without_pango):
    made = story.closed_story()
    story.another_system(made)

    pack = packing.built(made, breadth="unit", unit_id=made.unit.pk)

    assert packing.faults_of(pack) == []
    assert (pack.subject, len(about(pack)["streams"])) == ("Claims, 2 systems", 2)


@pytest.mark.full
def test_an_incident_file_holds_the_lines_of_the_case_and_claims_no_stream(without_pango):
    made = story.closed_story()
    number = made.incident.number

    pack = packing.built(
        made, kind="incident", breadth="matters", incident_id=made.incident.pk, since=None
    )

    claims = said(pack)
    assert packing.faults_of(pack) == []
    assert [row["number"] for row in rows(pack, "data/populations/incidents.csv")] == [number]
    assert (claims["complete"]["result"], claims["complete"]["partly"]) == ("SKIP", False)
    assert f"incident for auditor: {number}" in claims["scope"]["words"]
    assert any("claims no stream to be whole" in words for words in about(pack)["not_proved"])
    assert b"system.registered" not in packing.read(pack, "data/audit/log.jsonl")


@pytest.mark.full
def test_the_pack_of_a_request_knows_its_period_and_what_is_withheld_and_why(without_pango):
    made = story.closed_story()
    asked = request_about(made)

    pack = packing.built(
        made,
        kind="authority_request",
        breadth="matters",
        recipient="authority",
        request_id=asked.pk,
        since=None,
    )

    held = json.loads(packing.read(pack, "data/requests/ar-2027-00001.json"))
    left_out = {item["what"]: item["why"] for item in about(pack)["redactions"]}
    assert packing.faults_of(pack) == []
    assert pack.since == made.system.registered_at
    assert held["due_at"].startswith("2027-02-10")
    assert left_out["agreed by two persons not to be handed over: The weights of the model"] == (
        "A trade secret; the authority may read them with us."
    )
    assert "leaves and delegations" in left_out
    assert b"A trade secret" in b" ".join(packing.read(pack, "VERIFY.txt").split())


@pytest.mark.full
def test_a_customer_gets_no_name_and_nothing_that_opens_one(without_pango):
    made = story.closed_story()
    names = [person.name.split()[-1].encode() for person in vars(made.people).values()]

    pack = packing.built(made, recipient="customer", by=made.people.claire)

    found = {
        (name, one)
        for name in packing.names_in(pack)
        if name not in ("data/pack.json", "data/index.html")
        for one in names
        if re.search(NAMED % one, packing.read(pack, name))
    }
    ballots = {row["person"] for row in rows(pack, "data/populations/ballots.csv")}
    assert packing.faults_of(pack) == []
    assert found == set()
    assert len(ballots) == 3
    assert all(name.startswith("Person ") for name in ballots)
    assert packing.read(pack, "data/audit/disclosures.jsonl") == b""
    assert {item["what"] for item in about(pack)["redactions"]} >= {
        "names of people, each in place of a pseudonym",
        "what opens personal values in the ledger's lines",
    }


@pytest.mark.full
def test_the_sample_of_a_pack_is_drawn_again_by_the_verifier_and_by_hand(without_pango):
    made = story.closed_story()
    for number in range(50, 56):
        story.incident(made, number=f"INC-2026-{number:05}")
    pack = packing.built(made)

    drawn = said(pack, "--sample", "incidents", "5")["drawn"]

    kept = [row for row in rows(pack, "data/populations/sample.csv") if row["list"] == "incidents"]
    root = about(pack)["seal"]["root"]
    by_hand = sorted(
        forging.sha256(f"{root}\nincidents\n{row['number']}")
        for row in rows(pack, "data/populations/incidents.csv")
    )
    assert [item["key"] for item in drawn] == [row["key"] for row in kept][:5]
    assert [item["sha256"] for item in drawn] == by_hand[:5]
    assert len(kept) == 7
    assert said(pack)["sample"]["result"] == "PASS"


def test_risk_has_a_pack_of_the_organisation_and_an_owner_has_none():
    made = story.base()

    pack = packing.asked(made, by=made.people.tomasz, breadth="organisation")

    assert (pack.breadth, pack.system) == ("organisation", None)
    with pytest.raises(Forbidden, match="with all of its systems in reach") as refused:
        packing.asked(made, by=made.people.jonas, breadth="organisation")
    assert "Nils Bergström" in refused.value.who_can


def test_a_role_of_one_unit_is_none_of_the_whole_organisation():
    made = story.base()
    with acting_as(story.ENGINE):
        told_of(Unit.objects.create)(name="Elsewhere", calendar=made.unit.calendar)

    reach = reach_for_packs(user=made.people.nils, at=story.AT)

    assert [unit.name for unit in reach.units] == ["Claims"]
    assert not reach.whole
    with pytest.raises(Forbidden):
        packing.asked(made, breadth="organisation")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"kind": "teapot"}, "kind"),
        ({"recipient": "everybody"}, "recipient"),
        ({"breadth": "matters"}, "breadth"),
        ({"breadth": "unit"}, "unit"),
        ({"kind": "incident"}, "incident"),
        ({"kind": "authority_request"}, "request"),
        ({"system_id": None}, "system"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field(wanted, field):
    made = story.base()

    with pytest.raises(Invalid) as refused:
        packing.asked(made, **wanted)

    assert field in refused.value.fields


def test_a_system_that_is_registered_later_than_the_instant_is_in_no_pack_of_it():
    made = story.base()
    pack = packing.asked(made, breadth="organisation")

    story.another_system(made)

    assert [item.slug for item in scope_of(pack).systems] == ["claims-approval"]


def test_who_has_none_being_built_goes_first_then_whose_last_was_ready_longest_ago():
    made = story.base()
    busy = packing.asked(made)
    heap = [packing.asked(made, at=story.AT + SECOND * n) for n in (1, 2)]
    other = packing.asked(made, by=made.people.maren, at=story.AT + SECOND * 9)
    take(pack_id=busy.pk, at=story.AT + SECOND * 10)

    order = by_turn(at=story.AT + SECOND * 10)

    assert order == [other.pk, *(pack.pk for pack in heap)]
    Pack.objects.filter(pk=busy.pk).update(state="ready", leased_until=None, built_at=story.AT)
    assert by_turn(at=story.AT + SECOND * 10)[0] == other.pk


def test_no_more_are_built_at_a_time_than_the_setting_says():
    made = story.base()
    first, second = packing.asked(made), packing.asked(made)
    take(pack_id=first.pk, at=story.AT, most=1)

    lease = take(pack_id=second.pk, at=story.AT, most=1)

    assert lease is None
    assert take(pack_id=second.pk, at=story.AT, most=2) is not None


def test_a_person_sees_the_packs_that_they_may_have():
    made = story.base()
    own = packing.asked(made)
    whole = packing.asked(made, breadth="organisation")

    seen = [
        {pack.pk for pack in packs_for(user=user, at=story.AT)}
        for user in (made.people.nils, made.people.jonas, made.people.priya)
    ]

    assert seen == [{own.pk, whole.pk}, {own.pk}, set()]


def test_the_verifier_knows_the_lists_and_the_recipients_are_all_there():
    assert countersign_verify.SAMPLED == SAMPLED
    assert countersign_verify.DRAWN == DRAWN
    assert set(POLICIES) == set(RECIPIENTS)


def test_auditors_of_one_system_have_no_pack_of_its_unit():
    made = story.base()
    with acting_as(story.ENGINE):
        role = made.people.nils.roles.get()
        role.until_at = story.AT - SECOND
        role.save()
        told_of(RoleAssignment.objects.create)(
            user=made.people.nils,
            role="auditor",
            system=made.system,
            from_at=story.SINCE,
            until_at=story.AT + SECOND,
            granted_by=made.people.claire,
        )

    assert packing.asked(made).breadth == "system"
    with pytest.raises(Forbidden, match="of that unit or of one above it"):
        packing.asked(made, breadth="unit", unit_id=made.unit.pk)
