"""A house with people, a system and an incident, as tests need them; every argument is defaulted.

`house()` makes the organisation, `opened()` an incident in it, `do()` gives a command as a person,
`bring()` walks an incident through the real commands to a state.
"""

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass

from django.db import connection

from incidents.models import (
    Action,
    Containment,
    Evidence,
    Incident,
    InterimMeasure,
    Participation,
    Transition,
    VerificationWindow,
)
from incidents.rules.plan import FrozenPlan, LadderStep, SegregationProfile, SmallCases
from incidents.rules.transitions import (
    CANCELLED,
    CLOSED,
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    RISK_ACCEPTED,
    VALIDATION,
    VERIFICATION,
)
from incidents.services.actions import ActionOrder
from incidents.services.commands import execute, open_incident
from ledger import touches
from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from registry.models import (
    ClockRule,
    Deployment,
    RoleAssignment,
    System,
    SystemVersion,
    Unit,
    User,
    WorkCalendar,
)
from registry.services.signatures import Ceremony
from telemetry.models import Kpi, Series
from tests.net import told

AT = dt.datetime(2026, 11, 16, 9, 0, tzinfo=dt.UTC)
LONG_AGO = AT - dt.timedelta(days=365)
SETUP = machine("set-up", kind="command")
EVALUATOR = machine("evaluator")
PASSWORD = "a-long-enough-password"
_numbers = itertools.count(1)

HOURS = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
TIMES = {
    "minor": {
        "acknowledge": "2bd",
        "first_assessment": "3bd",
        "findings": "20bd",
        "validation": "5bd",
        "decision": "10bd",
    },
    "moderate": {
        "acknowledge": "1bd",
        "first_assessment": "2bd",
        "findings": "10bd",
        "validation": "5bd",
        "decision": "10bd",
    },
    "major": {
        "acknowledge": "4bh",
        "first_assessment": "1bd",
        "findings": "3bd",
        "validation": "2bd",
        "decision": "5bd",
    },
    "severe": {
        "acknowledge": "1h",
        "first_assessment": "8h",
        "findings": "48h",
        "validation": "24h",
        "decision": "48h",
    },
}
LADDER = (
    LadderStep(0, "50%", ("deputy",), level=1),
    LadderStep(1, "100%", ("role:executive",), level=2, repeats=("4bh",)),
)


def unique(word):
    """Return a word that no other test uses."""
    return f"{word}-{next(_numbers)}-{uuid.uuid4().hex[:6]}"


def plan(**changes):
    """Return a frozen plan: the times of the small profile, a ladder of two steps."""
    arguments = {
        "policy_id": "",
        "policy_sha256": "0" * 64,
        "profile": "small",
        "times": TIMES,
        "calendar": {"zone": "UTC", "weekly": HOURS},
        "calendar_name": "office v1",
        "ladder": LADDER,
        "segregation": SegregationProfile(),
        "small": SmallCases(),
    }
    return FrozenPlan(**(arguments | changes))


@told
def person(*, name=None, unit=None, role=None, active=True):
    """Create a person, perhaps with a role for a unit."""
    made = User(
        email=f"{unique('person')}@example.org",
        name=name or unique("Person"),
        unit=unit,
        is_active=active,
        demo=True,
    )
    made.set_password(PASSWORD)
    with acting_as(SETUP):
        made.save(force_insert=True, at=LONG_AGO)
        if role is not None:
            grant(made, role, unit=unit)
    return made


@told
def grant(who, role, *, unit=None, system=None, from_at=LONG_AGO):
    """Give a role; an auditor's begins lately and has an end."""
    until_at = None
    if role == "auditor":
        from_at = max(from_at, AT - dt.timedelta(days=1))
        until_at = from_at + dt.timedelta(days=366)
    row = RoleAssignment(
        user=who, role=role, unit=unit, system=system, from_at=from_at, until_at=until_at
    )
    with acting_as(SETUP):
        row.save(force_insert=True, at=LONG_AGO)
    return row


@dataclass
class House:
    """An organisation: its unit, its people by what they are, its system and versions."""

    unit: Unit
    owner: User
    deputy: User
    compliance: User
    risk: User
    verifier: User
    executive: User
    engineer: User
    auditor: User
    secretary: User
    author: User
    stranger: User
    system: System
    good: SystemVersion
    bad: SystemVersion
    series: Series


@told
def house(*, risk_tier="medium", legal_class="minimal", kind="predictive"):
    """Create a house: owner side, validators, secretary, one system with two versions."""
    with acting_as(SETUP):
        calendar = WorkCalendar(
            name=unique("office"),
            zone="UTC",
            hours={"1": [["09:00", "17:00"]]},
            # Its holidays are entered for years ahead, as a policy in force asks.
            exceptions={"2035-12-25": []},
        )
        calendar.save(force_insert=True, at=LONG_AGO)
        unit = Unit(name=unique("unit"), calendar=calendar)
        unit.save(force_insert=True, at=LONG_AGO)
        people = _people(unit)
        system = System(
            slug=unique("system"),
            name="Claims approval",
            kind=kind,
            unit=unit,
            owner=people["owner"],
            deputy=people["deputy"],
            purpose="Says which claims are paid.",
            risk_tier=risk_tier,
            legal_class=legal_class,
            lifecycle="production",
            registered_at=LONG_AGO,
        )
        system.save(force_insert=True, at=LONG_AGO)
        good = version(system, "2.2", people["author"], people["deputy"])
        bad = version(system, "2.3", people["author"], people["deputy"])
        Deployment(system=system, version=bad, fallback=good, from_at=LONG_AGO).save(
            force_insert=True, at=LONG_AGO
        )
    return House(unit=unit, system=system, good=good, bad=bad, series=series(system), **people)


def _people(unit):
    roles = {
        "owner": None,
        "deputy": None,
        "author": None,
        "stranger": None,
        "compliance": "compliance",
        "risk": "risk",
        "verifier": "compliance",
        "executive": "executive",
        "engineer": "engineer",
        "auditor": "auditor",
        "secretary": "secretary",
    }
    return {
        name: person(name=f"{name.capitalize()} {next(_numbers)}", unit=unit, role=role)
        for name, role in roles.items()
    }


@told
def version(system, label, author, approver):
    """Create an approved version."""
    made = SystemVersion(
        system=system,
        label=label,
        digest=f"sha256:{label}",
        author=author,
        approved_by=approver,
        approved_at=LONG_AGO,
        state="approved",
        created_at=LONG_AGO,
    )
    made.save(force_insert=True, at=LONG_AGO)
    return made


@told
def goes_live(of, label, author, *, at=AT):
    """End what is live in a house at an instant, and make another version live from then on."""
    with acting_as(SETUP):
        made = version(of.system, label, author, of.deputy)
        live = Deployment.objects.get(system=of.system, until_at=None)
        live.until_at = at
        live.save(at=at)
        Deployment(system=of.system, version=made, from_at=at).save(force_insert=True, at=at)


@told
def series(system, *, kpi="accuracy"):
    """Create a weekly series of a KPI."""
    row, _ = Kpi.objects.get_or_create(
        id=kpi,
        defaults={
            "name": "Accuracy",
            "category": "technical",
            "unit": "share",
            "better": "higher",
            "formula": "right / all",
            "window": "7 d",
            "timing": "lagging",
            "catalogue_version": "test",
        },
    )
    return Series.objects.create(
        system=system, kpi=row, window_seconds=86400, cadence_seconds=86400, created_at=LONG_AGO
    )


@told
def clock_rule(question="personal_data", *, hours=72, **changes):
    """Create a duty to report that an answer arms."""
    arguments = {
        "id": unique("rule"),
        "regime": "GDPR",
        "limb": "",
        "basis": "GDPR Art. 33",
        "question": question,
        "hours": hours,
        "status": "in_force",
        "source": "test",
        "checked": "yes",
    }
    return ClockRule.objects.create(**(arguments | changes))


def acting(user, *, session="session"):
    """Return the actor that a signed-in person is."""
    return Actor(kind="person", id=str(user.pk), name=user.name, role="", session=session)


@told
def gateway(name="gateway"):
    """Return the actor that a service token is."""
    account = User(email=f"{unique(name)}@example.org", name=name, kind="service", demo=True)
    with acting_as(SETUP):
        account.save(force_insert=True, at=LONG_AGO)
    return Actor(kind="token", id=str(account.pk), name=name, role="service account")


def opened(of=None, **changes):
    """Open an incident of a breach in a house."""
    of = of or house()
    arguments = {
        "kind": "breach",
        "dedup_key": unique("key"),
        "title": "Accuracy fell under its limit",
        "summary": "Accuracy 0.88 under the warning of 0.90.",
        "category": "technical",
        "system": of.system,
        "environment": "production",
        "live_version": of.bad,
        "severity": "moderate",
        "plan": plan(),
        "onset_at": AT - dt.timedelta(hours=5),
        "onset_method": "first window beyond the limit",
        "detected_at": AT,
        "actor": EVALUATOR,
        "at": AT,
    }
    arguments |= changes
    with acting_as(arguments["actor"]):
        return open_incident(**arguments)


def fresh(incident):
    """Return the incident as it is in the database."""
    return Incident.objects.select_related("system", "owner", "deputy").get(pk=incident.pk)


def ceremony(at=AT, *, session="session"):
    """Return the proof that the signer is there now."""
    return Ceremony("password", at, session, "")


def do(
    incident,
    command,
    by,
    *,
    at=AT,
    version=None,
    key=None,
    signed=True,
    on_behalf_of=None,
    fields=None,
    **changes,
):
    """Give a command as a person (or as an actor) with its usual fields; returns the result."""
    actor = by if isinstance(by, Actor) else acting(by)
    payload = usual_fields(command, incident, at=at) if fields is None else dict(fields)
    with acting_as(actor):
        return execute(
            command=command,
            incident_id=incident.pk,
            actor=actor,
            at=at,
            expected_version=version,
            idempotency_key=key,
            payload=payload | changes,
            signature=ceremony(at) if signed and actor.kind == "person" else None,
            on_behalf_of=on_behalf_of,
        )


def usual_fields(command, incident, *, at=AT):
    """Return what a command is usually given."""
    made = USUAL[command]
    return made(incident, at) if callable(made) else dict(made)


def measured(of_series, **changes):
    """Return the rule of a proof by readings: three good ones above 0.9."""
    rule = {
        "series_id": of_series.pk,
        "kpi": "accuracy",
        "above": 0.9,
        "windows": 3,
        "fail_windows": 1,
        "window_seconds": 86400,
        "cadence_seconds": 86400,
    }
    return rule | changes


def order(incident, *, type="rollback", at=AT, position=1, **changes):
    """Return one action as a committee adopts it."""
    target = None
    if type == "rollback":
        target = SystemVersion.objects.get(system=incident.system_id, label="2.2").pk
    proof = {"suspend": "proven_stopped", "compensate": "programme"}.get(type, "document")
    engineers = User.objects.filter(unit=incident.unit_id, name__startswith="Engineer")
    arguments = {
        "position": position,
        "type": type,
        "words": f"{type} it",
        "executor_id": engineers.get().pk,
        "due_at": at + dt.timedelta(days=2),
        "proof": proof,
        "target_version_id": target,
    }
    return ActionOrder(**(arguments | changes))


def _validate(incident, at):
    return {
        "severity": fresh(incident).severity,
        "implication": "none",
        "implication_reason": "No regime applies.",
        "harm": "Late payment of 120 claims.",
    }


def _adopt(incident, at):
    return {
        "decision_id": uuid.uuid4(),
        "motion_sha256": "1" * 64,
        "title": "Roll back to 2.2",
        "actions": [order(incident, at=at)],
    }


def _keep_running(incident, at):
    of_series = Series.objects.filter(system=incident.system_id).first()
    return {
        "decision_id": uuid.uuid4(),
        "motion_sha256": "1" * 64,
        "title": "No action",
        "kind": "no_action",
        "reason": "Within what was expected.",
        "verification": [measured(of_series)],
    }


def _confirm(incident, at):
    action = Action.objects.filter(incident=incident).order_by("position").first()
    return {
        "action_id": action.pk if action else uuid.uuid4(),
        "how": "person",
        "observed": {"version": "2.2"},
        "evidence": "release log, line 12",
    }


def _window(incident, at):
    window = VerificationWindow.objects.filter(incident=incident).order_by("id").first()
    return {"window_id": window.pk if window else uuid.uuid4(), "reason": "Too few readings."}


def _failed(incident, at):
    return {"reason": "A reading lies outside."}


def _proof(incident, at):
    return {"window_id": _window(incident, at)["window_id"], "evidence": "minutes, page 2"}


def _contained(incident):
    row = Containment.objects.filter(incident=incident).order_by("at").last()
    return {"containment_id": row.pk if row else uuid.uuid4()}


def _decided(incident):
    return {
        "decision_id": uuid.uuid4(),
        "motion_sha256": "1" * 64,
        "title": "The stop of Sunday",
        **_contained(incident),
    }


def _interim(incident):
    row = InterimMeasure.objects.filter(incident=incident).order_by("at").last()
    return row.pk if row else uuid.uuid4()


def _beside(incident):
    """Another incident of the system, opened where there is none yet."""
    known = Incident.objects.filter(system_id=incident.system_id).exclude(pk=incident.pk)
    found = known.filter(state=OPEN).order_by("number").first()
    if found is not None:
        return found
    with acting_as(EVALUATOR):
        return open_incident(
            kind="breach",
            dedup_key=unique("beside"),
            title="Recall fell under its limit",
            summary="Recall 0.70 under the warning of 0.80.",
            category="technical",
            system=incident.system,
            environment="production",
            live_version=incident.live_version,
            severity="minor",
            plan=plan(),
            onset_at=AT - dt.timedelta(hours=5),
            onset_method="first window beyond the limit",
            detected_at=AT,
            actor=EVALUATOR,
            at=AT,
        )


NO = {
    "person_harmed": "no",
    "rights_affected": "no",
    "personal_data": "no",
    "critical_service": "no",
}


def terms(incident, *, at=AT, **changes):
    """Return what an acceptance says: both versions, 20 days, owned by the executive."""
    owner = User.objects.get(unit=incident.unit_id, name__startswith="Executive")
    said = {
        "treatment": "mitigate",
        "residual_risk": "A few claims a week are paid late.",
        "controls": "A clerk reads every tenth claim.",
        "versions": ["2.2", "2.3"],
        "environment": "production",
        "kpi": "accuracy",
        "limit_value": "0.80",
        "owner_id": str(owner.pk),
        "until_at": (at + dt.timedelta(days=20)).isoformat(),
    }
    return said | changes


def _accept(incident, at):
    return {
        "decision_id": uuid.uuid4(),
        "motion_sha256": "1" * 64,
        "title": "Accept the risk until spring",
        "acceptance": terms(incident, at=at),
    }


USUAL = {
    "end_rehearsal": {"words": "Enough was learned."},
    "ack_lapse": {"words": "No entry since Monday."},
    "withdraw": {
        "ground": "false_positive",
        "evidence": "log of the scanner",
        "reason": "The scanner was being tested.",
    },
    "reopen": {"reason": "It is back since this morning."},
    "lower_severity": {"severity": "minor", "reason": "Nobody was affected."},
    "reassign": lambda incident, at: {
        "deputy_id": str(User.objects.get(unit=incident.unit_id, name__startswith="Stranger").pk),
        "reason": "On leave from tomorrow.",
    },
    "pause_clock": lambda incident, at: {
        "until": (at + dt.timedelta(days=2)).isoformat(),
        "reason": "The supplier answers on Wednesday.",
    },
    "resume_clock": {"reason": "The supplier has answered."},
    "merge": lambda incident, at: {"into": _beside(incident).number, "reason": "One cause."},
    "split": {
        "title": "The claims of March",
        "population": "40 claims of March, by their own list.",
        "reason": "Another team answers for them.",
    },
    "follow_parent": {"words": "Its parent went on."},
    "link": lambda incident, at: {
        "kind": "related",
        "other": _beside(incident).number,
        "reason": "The same supplier.",
    },
    "wait_for": lambda incident, at: {
        "party": "the supplier",
        "expected_at": (at + dt.timedelta(days=3)).isoformat(),
    },
    "accept_risk": _accept,
    "end_acceptance": lambda incident, at: {
        "ground": "law_change",
        "since": at.isoformat(),
        "words": "The law has changed.",
    },
    "review_acceptance": {"outcome": "stands", "reason": "The controls work."},
    "risk_removed": {"reason": "The scanner was replaced.", "evidence": "order 17"},
    "acknowledge": NO,
    "first_assessment": {
        "seen": "Scans got worse.",
        "contained": False,
        "next_step": "Compare the scanners.",
        "next_step_at": (AT + dt.timedelta(days=1)).isoformat(),
        "affected": 120,
    },
    "add_evidence": {"title": "Run of week 46", "reference": "runs/46"},
    "submit_findings": {
        "cause": "data_drift",
        "narrative": "A new scanner blurs the digits.",
        "affected": 120,
        "affected_note": "claims of week 46",
        "affected_from": LONG_AGO.isoformat(),
        "harm": "Late payment.",
        "proposed_severity": "moderate",
        "proposed_action": "Roll back to 2.2.",
        "containment": "A clerk reads them.",
    },
    "return_to_owner": {"deficiencies": "The period is missing.", "reason": "Incomplete."},
    "validate": _validate,
    "dismiss": {"reason_code": "expected", "reason": "Known.", "evidence": "note 3"},
    "close_small": {"lessons": "None."},
    "adopt": _adopt,
    "request_information": lambda incident, at: {
        "decision_id": uuid.uuid4(),
        "motion_sha256": "1" * 64,
        "title": "Ask the owner",
        "questions": ["How many forms?"],
        "due_at": (at + dt.timedelta(days=3)).isoformat(),
    },
    "supersede": lambda incident, at: {
        "decision_id": uuid.uuid4(),
        "motion_sha256": "1" * 64,
        "title": "Decide otherwise",
        "superseded_id": uuid.uuid4(),
        "actions": [],
    },
    "keep_running": _keep_running,
    "lapse": {
        "decision_id": "3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11",
        "kind": "inquorate",
        "words": "No quorum.",
        "raises_level": True,
    },
    "confirm_action": _confirm,
    "confirm_proof": _proof,
    "begin_verification": {"reason": "Nothing to wait for."},
    "attempt_failed": lambda incident, at: {
        "action_id": _confirm(incident, at)["action_id"],
        "response": "timeout",
    },
    "cannot_execute": lambda incident, at: {
        "action_id": _confirm(incident, at)["action_id"],
        "reason": "The image is gone.",
    },
    "cancel_action": lambda incident, at: {
        "action_id": _confirm(incident, at)["action_id"],
        "decision_id": uuid.uuid4(),
        "reason": "Decided otherwise.",
    },
    "bind_version": lambda incident, at: {
        "action_id": _confirm(incident, at)["action_id"],
        "criteria_met": "Recall 0.97 on the gold set, run 41.",
    },
    "close": {
        "resolution": "rolled_back",
        "lessons": "Watch scanners.",
        "detection_gap": "The limit was too low.",
    },
    "verification_failed": _failed,
    "inconclusive": _window,
    "raise_severity": {"severity": "severe", "reason": "More people than thought."},
    "join_breach": {"words": "Recall fell too."},
    "note_recovery": {"since": AT.isoformat()},
    "end_silence": {"words": "It still breaches.", "since": AT.isoformat()},
    "answer_silenced": {"line": "The migration, as announced."},
    "deem_aware": {},
    "learn_awareness": {
        "which": "occurred",
        "aware_at": (AT - dt.timedelta(hours=2)).isoformat(),
        "source": "mail of the branch",
    },
    "state_fact": {"fact": "person_died", "answer": "no", "source": "call with the clinic"},
    "record_submission": lambda incident, at: {
        "clocks": [str(clock.pk) for clock in incident.clocks.all()],
        "kind": "initial",
        "authority": "Data protection authority",
        "submitted_at": at.isoformat(),
        "reference": "DPA-1",
        "receipt": "Received, thank you.",
    },
    "decide_clock": lambda incident, at: {
        "clock": str(getattr(incident.clocks.filter(state="ended").first(), "pk", uuid.uuid4())),
        "answer": "stay",
        "reason": "Nothing changed.",
    },
    "emergency_contain": {
        "kind": "stop",
        "scope": "everything",
        "reason": "It pays claims that nobody made.",
    },
    "explain_containment": lambda incident, at: {
        **_contained(incident),
        "reason": "It paid claims that nobody made.",
    },
    "confirm_containment": lambda incident, at: {
        **_contained(incident),
        "evidence": "gateway log, line 4",
    },
    "ratify": lambda incident, at: {**_decided(incident), "ratified": True},
    "lift_containment": lambda incident, at: {**_decided(incident), "reason": "It is mended."},
    "take_interim": {"measure": "route to human", "reason": "Until the cause is known."},
    "end_interim": lambda incident, at: {
        "interim_id": _interim(incident),
        "reason": "No longer needed.",
    },
    "set_hold": {"reason": "The authority may ask."},
    "release_hold": {"reason": "A snapshot is kept."},
}


def bring(of, state, *, at=AT, **changes):
    """Open an incident and walk it to a state through the real commands."""
    if state == RISK_ACCEPTED:
        decided = bring(of, DECISION, at=at, **changes)
        do(decided, "accept_risk", EVALUATOR, at=at)
        return fresh(decided)
    incident = opened(of, at=at, **changes)
    if state == OPEN:
        return fresh(incident)
    if state == CANCELLED:
        return forced(incident, state, at)
    for reached, steps in WALK:
        for step in steps:
            step(of, incident, at)
        if reached == state:
            return fresh(incident)
    raise AssertionError(f"no walk leads to {state}")


@told
def took_part(incident, who, act, *, at=AT):
    """Write somebody's part in an incident."""
    return Participation.objects.create(
        incident=incident, cycle=incident.cycle, person=who, act=act, at=at
    )


@told
def forced(incident, state, at=AT):
    """Put an incident where no command of this floor leads yet; its transition goes with it."""
    Transition.objects.create(
        incident=incident,
        version=incident.version + 1,
        cycle=1,
        code="T00",
        command="forced",
        from_state=incident.state,
        to_state=state,
        person_name="test",
        at=at,
        entry_number=0,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE incidents_incident SET state = %s, version = version + 1 WHERE id = %s",
            [state, incident.pk],
        )
    touches.note([incident])
    return fresh(incident)


def evidence(incident, by, at=AT):
    """Add evidence, so that findings may be submitted."""
    do(incident, "add_evidence", by, at=at)
    return Evidence.objects.filter(incident=incident).latest("added_at")


def validated(of, incident, at=AT):
    """Have every line sign that the tier asks for."""
    do(incident, "validate", of.compliance, at=at)
    if fresh(incident).state == VALIDATION:
        do(incident, "validate", of.risk, at=at)


WALK = (
    (INVESTIGATING, (lambda of, it, at: do(it, "acknowledge", of.owner, at=at),)),
    (
        VALIDATION,
        (
            lambda of, it, at: evidence(it, of.owner, at),
            lambda of, it, at: do(it, "submit_findings", of.owner, at=at),
        ),
    ),
    (DECISION, (validated,)),
    (EXECUTION, (lambda of, it, at: do(it, "adopt", EVALUATOR, at=at),)),
    (VERIFICATION, (lambda of, it, at: do(it, "confirm_action", of.executive, at=at),)),
    (CLOSED, (lambda of, it, at: do(it, "close", of.verifier, at=at),)),
)
