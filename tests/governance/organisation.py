"""An organisation that governs: house, policy, committee, thresholds; every argument defaulted.

`organised()` makes it, `breach()` a breach in it, `decided()` an incident that awaits a decision,
`moved()` a motion on it, `convened()` a round on the motion, `vote()` a ballot.
"""

import datetime as dt
from dataclasses import dataclass

from governance.models import Committee, Policy, Standing, Threshold, ThresholdVersion
from governance.rules.breach import Breach
from governance.services.ballots import cast_ballot
from governance.services.cases import open_or_join
from governance.services.committees import SeatPlan, found_committee
from governance.services.motions import propose_motion
from governance.services.policies import load_profile
from governance.services.rounds import convene
from incidents.models import Incident
from incidents.rules.transitions import DECISION
from ledger.context import acting_as
from registry.models import User
from telemetry.models import Kpi, Series
from tests.incidents import factory as cases
from tests.incidents.factory import AT, LONG_AGO, SETUP, House, acting, ceremony, person, unique
from tests.net import told

SEATS = ("chair", "data science", "external")
BANK_SEATS = ("risk", "compliance", "legal", "business", "security", "data science", "customer")


@dataclass
class Organisation:
    """The house with who decides for it."""

    house: House
    policy: Policy
    committee: Committee
    members: list[User]
    substitutes: list[User]
    threshold: ThresholdVersion
    standing: Standing

    @property
    def chair(self):
        """Who leads the committee."""
        return self.members[0]


def as_setup(service, **arguments):
    """Call a service as the set-up does."""
    with acting_as(SETUP):
        return service(**arguments, actor=SETUP)


@told
def policy(of, *, profile="small", at=AT):
    """Load a profile and put it in force, as at set-up."""
    loaded = as_setup(
        load_profile, unit_id=of.unit.pk, profile=profile, author_id=of.compliance.pk, at=at
    )
    if loaded.state == Policy.State.DRAFT:
        loaded.state = Policy.State.ACTIVE
        with acting_as(SETUP):
            loaded.save(at=at)
    return loaded


def committee(of, *, level="committee", seats=None, at=AT, name=None):
    """Found a body with its seats."""
    return as_setup(
        found_committee,
        unit_id=of.unit.pk,
        name=name or unique(level),
        level=level,
        seats=seats or [],
        at=at,
    )


def organised(*, risk_tier="medium", profile="small", substitutes=True, levels=("executive",)):
    """An organisation with three members and their substitutes."""
    of = cases.house(risk_tier=risk_tier)
    loaded = policy(of, profile=profile)
    functions = BANK_SEATS if profile == "bank" else SEATS
    places = range(1, len(functions) + 1)
    members = [person(name=f"Member {n}", unit=of.unit) for n in places]
    seconds = [person(name=f"Substitute {n}", unit=of.unit) for n in places]
    seats = [
        SeatPlan(
            function=function,
            person_id=member.pk,
            substitute_id=second.pk if substitutes else None,
            chair=function == functions[0],
        )
        for function, member, second in zip(functions, members, seconds, strict=True)
    ]
    body = committee(of, seats=seats)
    for level in levels:
        committee(of, level=level)
    version = threshold(of)
    return Organisation(
        of, loaded, body, members, seconds if substitutes else [], version, standing(of, version)
    )


@told
def threshold(of, **changes):
    """A threshold in force on the accuracy of the house's system."""
    with acting_as(SETUP):
        owner = Threshold(
            name=unique("accuracy"),
            system=of.system,
            kpi=Kpi.objects.get(pk="accuracy"),
            created_at=LONG_AGO,
        )
        owner.save(force_insert=True, at=LONG_AGO)
        arguments = {
            "direction": "below",
            "warning": 0.93,
            "critical": 0.89,
            "recover_warning": 0.95,
            "baseline": 0.97,
            "least_n": 100,
            "number": 1,
            "approved_by": of.risk,
            "approved_at": LONG_AGO,
            "valid_from": LONG_AGO,
            "state": "active",
        }
        version = ThresholdVersion(threshold=owner, author=of.compliance, **(arguments | changes))
        version.save(force_insert=True, at=LONG_AGO)
    return version


@told
def standing(of, version, *, series=None, state="CRITICAL"):
    """Where the house's series stands."""
    return Standing.objects.create(
        series=series or of.series,
        threshold=version.threshold,
        threshold_version=version,
        state=state,
        since=AT,
        window_end=AT,
        said_at=AT,
    )


@told
def another_series(of, *, days=1, segment=""):
    """A further series of the same KPI, with windows of another length or of another segment."""
    return Series.objects.create(
        system=of.system,
        kpi_id="accuracy",
        segment=segment,
        window_seconds=86400 * days,
        cadence_seconds=86400 * days,
        created_at=LONG_AGO,
    )


def breach(of, **changes):
    """A critical reading of the organisation's series."""
    arguments = {
        "standing_id": of.standing.pk,
        "series_id": of.standing.series_id,
        "system_id": of.house.system.pk,
        "kpi_id": "accuracy",
        "environment": "production",
        "segment": "",
        "category": "technical",
        "kind": "breach",
        "from_state": "WARNING",
        "to_state": "CRITICAL",
        "instant": False,
        "window_end": AT - dt.timedelta(hours=1),
        "value": 0.846,
        "low": None,
        "high": None,
        "n": 500,
        "threshold_version_id": of.threshold.pk,
        "onset_at": AT - dt.timedelta(days=2),
        "onset_method": "first window beyond the limit",
        "fairness_flag": False,
    }
    return Breach(**(arguments | changes))


def read(of, *, at=AT, **changes):
    """Hand one breach over, and return the incidents that it opened."""
    return open_or_join(breaches=[breach(of, **changes)], at=at)


def decided(of, *, at=AT, **changes):
    """An incident of the organisation's series that waits for its decision."""
    (incident,) = read(of, at=at, **changes)
    house = of.house
    cases.do(incident, "acknowledge", house.owner, at=at)
    cases.evidence(incident, house.owner, at)
    cases.do(incident, "submit_findings", house.owner, at=at, proposed_severity=incident.severity)
    cases.validated(house, incident, at)
    found = cases.fresh(incident)
    assert found.state == DECISION
    return found


def roll_back(of, **changes):
    """The action that rolls the system back to its former version."""
    arguments = {
        "type": "rollback",
        "words": "Claims approval is rolled back to version 2.2.",
        "target_version": str(of.house.good.pk),
        "executor_id": str(of.house.engineer.pk),
    }
    return arguments | changes


def moved(of, incident, *, by=None, at=AT, actions=None, **changes):
    """A motion on an incident, as a draft."""
    by = by or of.house.secretary
    arguments = {
        "title": "Roll back to 2.2",
        "reason": "Version 2.2 read the same forms well.",
        "conditions": [],
        "actions": [roll_back(of)] if actions is None else actions,
    }
    with acting_as(acting(by)):
        return propose_motion(
            incident_id=incident.pk, actor=acting(by), at=at, **(arguments | changes)
        )


def convened(of, incident, *, by=None, at=AT, closes_in=None, **changes):
    """A round that is open for votes."""
    draft = moved(of, incident, at=at, **changes)
    by = by or of.chair
    with acting_as(acting(by)):
        return convene(decision_id=draft.pk, closes_in=closes_in, actor=acting(by), at=at)


def vote(decision, by, choice="for", *, at=AT, key=None, sha256=None, final=False, reason=""):
    """A ballot, signed."""
    with acting_as(acting(by)):
        return cast_ballot(
            decision_id=decision.pk,
            vote=choice,
            reason=reason,
            ceremony=ceremony(at),
            idempotency_key=key,
            expected_motion_sha256=sha256 or decision.motion_sha256,
            final=final,
            actor=acting(by),
            at=at,
        )


def open_incidents(of):
    """The incidents of the organisation's system that have not ended."""
    return Incident.objects.filter(system=of.house.system).exclude(
        state__in=("CLOSED", "CANCELLED")
    )
