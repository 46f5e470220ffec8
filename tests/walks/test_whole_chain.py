"""The whole chain over HTTP, from measurements to a validated pack, with the refusals on the way.

Each step below is one stage of the walk; what must be refused there is tried first, and the code
and the words of every refusal are looked at.
"""

import datetime as dt

from incidents.models import Incident
from ledger.selectors.changes import unmatched_changes
from ledger.selectors.checkpoints import keys
from ledger.selectors.lines import lines_in_period
from ledger.services.reconciliation import reconcile
from outbox import clock
from reports.services.validation import validate_pack
from tests.walks import steps
from tests.walks.stage import MONDAY, hours_before, let_pass, reading, set_up
from tests.walks.visitor import House, Machine, answered, refused


def test_measurements_become_an_incident_a_decision_a_proof_and_a_valid_pack(
    monday, gateway, files
):
    stage = set_up(gateway_url=gateway.url)
    house, machine = House(stage), Machine(stage.token)

    number = measured(machine)
    investigated(house, number)
    validated(house, number)
    decided(house, machine, number)
    carried_out(house, gateway, number)
    proved_and_closed(house, machine, number)
    pack = packed(house, files)

    incident = Incident.objects.get(number=number)
    assert validate_pack(pack, key=keys()[-1].vkey).faults == []
    assert (incident.state, incident.resolution) == ("CLOSED", "rolled_back")
    assert on_record() == REFUSED_ON_RECORD
    assert b"You cannot validate this: you submitted its findings." in pack.read_bytes()
    assert reconcile(clock.now()).unmatched == 0
    assert unmatched_changes() == []


REFUSED_ON_RECORD = {
    ("Carla Compliance", "You cannot acknowledge"),
    ("Olivia Owner", "You cannot validate this: you submitted its findings."),
    ("Alma Auditor", "You cannot vote on motion"),
    ("Sami Scientist", "You cannot vote on this: you wrote a version that it is about."),
    ("Alma Auditor", "You cannot raise the severity"),
    ("Telemetry", "This is not the nonce of the action"),
    ("Olivia Owner", "You cannot verify and close this: you submitted its findings."),
}


def on_record():
    """Which of these refusals stand in the ledger."""
    lines = lines_in_period(since=MONDAY, until=clock.now())
    told = [(line.actor, line.reason) for line in lines if line.verb == "request.refused"]
    return {
        (who, words)
        for who, words in REFUSED_ON_RECORD
        if any(actor == who and reason.startswith(words) for actor, reason in told)
    }


def measured(machine):
    """Nothing of a broken body is taken, the good rows of a mixed one are; then the breach."""
    end = hours_before(clock.now(), 20)[0]
    refused(machine.send("/measurements", b'{"measurements": [{,'), 400, "malformed_json", "byte")
    rows = [
        reading(0.97, end),
        reading(0.97, end, kpi="accuracies"),
        {"system": "claims-approval", "kpi": "accuracy"},
    ]
    told = machine.measure(rows)

    assert (told["accepted"], told["rejected_count"], told["incidents"]) == (1, 2, [])
    assert [(one["row"], one["field"]) for one in told["rejected"]] == [(2, "kpi"), (3, "window")]
    assert "There is no KPI 'accuracies'" in told["rejected"][0]["reason"]
    return steps.breach(machine)


def investigated(house, number):
    """Nobody but the owner's side acknowledges; findings need evidence; a page must be fresh."""
    questions = dict.fromkeys(
        ("person_harmed", "rights_affected", "personal_data", "critical_service"), "no"
    )
    told = refused(
        house.compliance.try_command(number, "acknowledge", **questions), 403, "not_your_part"
    )
    assert "Olivia Owner" in told["who_can"]
    path = f"/incidents/{number}/commands/acknowledge"
    refused(house.owner.send(path, questions), 428, "precondition_required")
    steps.acknowledge(house, number)
    refused(house.owner.send(path, questions, version=1), 409, "stale_version", "Load it again")
    refused(
        house.owner.try_command(number, "submit_findings", **steps.findings(house, number)),
        409,
        "evidence_missing",
        "at least one piece of evidence",
    )
    steps.submit_findings(house, number)


def validated(house, number):
    """The owner, though a compliance officer too, validates nothing of her own; tokens and wrong
    passwords sign nothing; each line signs once, in another person."""
    review = steps.review(house, number)
    told = refused(
        house.owner.try_command(number, "validate", **review),
        403,
        "not_separate",
        "You cannot validate this: you submitted its findings.",
    )
    assert "Carla Compliance" in told["who_can"]
    refused(
        Machine(house.stage.token).send(f"/incidents/{number}/commands/validate", review),
        403,
        "person_needed",
    )
    refused(
        house.compliance.try_command(number, "validate", **review | {"password": "guess"}),
        403,
        "password_wrong",
        "nothing was signed",
    )
    house.compliance.command(number, "validate", **review)
    assert house.compliance.incident(number)["state"] == "VALIDATION"
    refused(
        house.compliance.try_command(number, "validate", **review),
        409,
        "already_validated",
        "risk is still to sign",
    )
    house.risk.command(number, "validate", **review)
    assert house.risk.incident(number)["state"] == "DECISION"


def decided(house, machine, number):
    """The version's author is recused by rule; who has no seat does not vote; final is final."""
    motion = steps.convene(house, steps.put_motion(house, number, steps.ROLL_BACK))
    path = f"/motions/{motion['number']}/ballots"
    sitting = [seat["seated"]["name"] for seat in motion["seats"]]
    assert sitting == ["Chiara Chair", "Siri Second", "Esra External"]

    refused(
        house.auditor.send(path, steps.ballot(motion)),
        403,
        "not_in_electorate",
        "you have no seat in this round",
    )
    refused(
        house.scientist.send(path, steps.ballot(motion)),
        403,
        "not_separate",
        "You cannot vote on this: you wrote a version that it is about.",
    )
    refused(
        house.auditor.send(f"/incidents/{number}/", {}, method="delete"), 405, "method_not_allowed"
    )
    refused(
        house.auditor.try_command(number, "raise_severity", severity="severe", reason="x"),
        403,
        "auditor_reads_only",
        "an auditor reads everything and changes nothing",
    )
    refused(
        house.chair.send(path, steps.ballot(motion, motion_sha256="0" * 64)),
        409,
        "motion_changed",
        "Read it again",
    )
    answered(house.chair.send(path, steps.ballot(motion, final=True)))
    refused(
        house.chair.send(path, steps.ballot(motion, "against")),
        409,
        "final_ballot_cast",
        "it stands and cannot be changed",
    )
    for key in ("second_scientist", "external"):
        answered(house[key].send(path, steps.ballot(motion)))
    steps.tick()
    assert house.secretary.get(f"/motions/{motion['number']}/")["state"] == "adopted"


def carried_out(house, gateway, number):
    """2xx of the gateway is no confirmation; a wrong nonce is none; what differs is none."""
    token = house.stage.token
    (order,) = gateway.orders
    assert house.verifier.incident(number)["state"] == "EXECUTION"
    refused(gateway.report(token, order | {"nonce": "0" * 32}), 403, "wrong_nonce", "not the nonce")
    differs = answered(gateway.report(token, order, version="2.3"))
    assert (differs["matches"], house.owner.incident(number)["state"]) == (False, "EXECUTION")
    assert answered(gateway.report(token, order))["matches"]
    assert answered(gateway.report(token, order))["replayed"]
    (live,) = house.owner.get("/systems/claims-approval/")["live"]
    assert live["version"] == "2.2"


def proved_and_closed(house, machine, number):
    """Nobody closes without proof; nor does who carried it out."""
    refused(
        house.verifier.try_command(number, "close", **steps.CLOSING),
        409,
        "not_proven",
        "Only a proof that passed",
    )
    steps.prove(machine)
    refused(
        house.owner.try_command(number, "close", **steps.CLOSING),
        403,
        "not_separate",
        "you submitted its findings",
    )
    steps.close(house, number)
    assert house.auditor.incident(number)["state"] == "CLOSED"


def packed(house, folder):
    """The auditor has the pack, once it is built; an engineer has none. Returns its file."""
    now = clock.now()
    asked = {
        "system": "claims-approval",
        "since": steps.stamp(now - dt.timedelta(days=30)),
        "until": steps.stamp(now + dt.timedelta(seconds=1)),
    }
    refused(house.engineer.send("/packs/", asked), 403, "role_missing", "You cannot have")
    number = house.auditor.post("/packs/", asked)["number"]
    download = f"/api/v1/packs/{number}/download"
    refused(house.auditor.client.get(download), 409, "pack_not_ready", "nothing to download yet")
    let_pass(seconds=1)
    steps.tick()
    answer = house.auditor.client.get(download)
    assert answer.status_code == 200
    file = folder / f"{number}.zip"
    file.write_bytes(b"".join(answer.streaming_content))
    return file
