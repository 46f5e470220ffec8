"""The steps of the chain over HTTP, as the people of the stage take them."""

import datetime as dt

from outbox import clock
from outbox.services.sweeps import sweep
from tests.walks.stage import PASSWORD, hours_before, let_pass, reading
from tests.walks.visitor import answered

GOOD, BAD = 0.97, 0.86
ROLL_BACK = {
    "type": "rollback",
    "words": "Claims approval is rolled back to 2.2",
    "target_version": "2.2",
}
SUSPEND = {
    "type": "suspend",
    "words": "Claims approval is suspended; people decide",
    "parameters": {"scope": "all claims"},
}
KEEP = {"type": "no_action", "words": "Nothing is changed; the readings are watched"}
CONDITIONS = [{"text": "A clerk samples every tenth claim for three weeks"}]
CONTINUE = {"type": "continue", "words": "It runs on; a clerk samples every tenth claim"}


def stamp(instant):
    """An instant as the API takes it."""
    return instant.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def breach(machine):
    """Send nine good hours and three bad ones; returns the number of the incident."""
    ends = hours_before(clock.now(), 12)
    rows = [reading(GOOD, end) for end in ends[:9]] + [reading(BAD, end) for end in ends[9:]]
    (number,) = machine.measure(rows)["incidents"]
    return number


def acknowledge(house, number, **answers):
    """The owner takes the case and assesses it."""
    no = dict.fromkeys(
        ("person_harmed", "rights_affected", "personal_data", "critical_service"), "no"
    )
    house.owner.command(number, "acknowledge", **no | answers)
    house.owner.command(
        number,
        "first_assessment",
        seen="Scans got worse.",
        affected=120,
        contained=False,
        next_step="Compare the scanners.",
        next_step_at=stamp(clock.now() + dt.timedelta(days=1)),
    )


def submit_findings(house, number):
    """The owner adds evidence and signs the findings."""
    house.owner.command(number, "add_evidence", title="Run of the week", reference="runs/2")
    house.owner.command(number, "submit_findings", **findings(house, number))


def findings(house, number):
    """What the owner found."""
    return {
        "cause": "model_change",
        "narrative": "2.3 reads a field that the new form lacks.",
        "affected": 120,
        "affected_note": "claims of the last three hours",
        "affected_from": stamp(clock.now() - dt.timedelta(hours=4)),
        "harm": "Late payment.",
        "proposed_severity": house.owner.incident(number)["severity"],
        "proposed_action": "Roll back to 2.2.",
        "containment": "A clerk reads them.",
        "password": PASSWORD,
    }


def review(house, number):
    """What a validator signs."""
    return {
        "severity": house.compliance.incident(number)["severity"],
        "implication": "none",
        "implication_reason": "No limb of Art. 3(49) is met.",
        "harm": "Late payment.",
        "password": PASSWORD,
    }


def validate(house, number):
    """Compliance signs, and risk where both lines must."""
    for validator in (house.compliance, house.risk):
        if house.compliance.incident(number)["state"] == "VALIDATION":
            validator.command(number, "validate", **review(house, number))


def put_motion(house, number, *actions):
    """The secretary puts a motion; returns it."""
    executor = {"executor_id": str(house.stage.people["engineer"].pk)}
    return house.secretary.post(
        f"/incidents/{number}/motions",
        {
            "title": actions[0]["words"],
            "reason": "2.2 read the same forms well.",
            "actions": [executor | action for action in actions],
            "conditions": CONDITIONS if actions[0]["type"] == "continue" else [],
        },
    )


def convene(house, motion):
    """The secretary convenes; once the notice is over the round is open. Returns the motion."""
    motion = house.secretary.post(
        f"/motions/{motion['number']}/convene", {}, version=motion["version"]
    )
    until_open(dt.datetime.fromisoformat(motion["opens_at"]))
    return motion


def until_open(opens_at):
    """Let the notice of a round pass, if there is one."""
    if opens_at > clock.now():
        let_pass(seconds=(opens_at - clock.now()).total_seconds() + 1)


def ballot(motion, vote="for", **more):
    """A ballot on the motion as it was read."""
    told = {"vote": vote, "motion_sha256": motion["motion_sha256"], "password": PASSWORD}
    return told | more


def vote(house, motion, **ballots):
    """Everybody who sits votes for the motion."""
    for seat in motion["seats"]:
        key = house.stage.key_of(seat["seated"]["name"])
        answered(house[key].send(f"/motions/{motion['number']}/ballots", ballot(motion)))


def tick():
    """One sweep, now; nothing in it may fail."""
    report = sweep(at=clock.now())
    assert report.failed == 0
    assert -1 not in report.jobs.values(), report.jobs
    return report


def decide(house, number, *actions):
    """Put, convene, vote; the engine counts. Returns the motion as it was adopted."""
    motion = convene(house, put_motion(house, number, *actions))
    vote(house, motion)
    let_pass(minutes=30)
    tick()
    adopted = house.secretary.get(f"/motions/{motion['number']}/")
    assert adopted["state"] == "adopted", adopted["resolution"]
    return adopted


def settle_conditions(house, motion):
    """The owner shows that each condition of a motion is met, the verifier sees to it."""
    for one in motion["condition_states"]:
        path = f"/motions/{motion['number']}/conditions/{one['number']}"
        house.owner.post(f"{path}/shown", {"reference": "samples/1"})
        house.verifier.post(f"{path}/settled", {"outcome": "met", "reason": "Seen."})


def obey(gateway, token):
    """The gateway reports on the newest order that it carried out it; returns the order."""
    order = gateway.orders[-1]
    answered(gateway.report(token, order))
    return order


def prove(machine, count=3):
    """Send so many good hours, one each hour, after the settle time."""
    let_pass(hours=2)
    for _ in range(count):
        let_pass(hours=1)
        machine.measure([reading(GOOD, hours_before(clock.now(), 1)[0])])


CLOSING = {
    "resolution": "rolled_back",
    "lessons": "Watch the forms.",
    "detection_gap": "The limit needs two of three hours.",
    "password": PASSWORD,
}


def close(house, number, **changes):
    """The verifier signs that it worked."""
    return house.verifier.command(number, "close", **CLOSING | changes)
