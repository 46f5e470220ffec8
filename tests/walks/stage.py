"""The stage of the walks: an insurer with one system, its people, its rules, set up by services.

`set_up()` makes it and `at(...)` sets its clock; what happens on it afterwards goes over HTTP.
The clock begins on a fixed Monday, so that business days fall the same way on every day of a run.
"""

import datetime as dt
from dataclasses import dataclass, field
from functools import partial

from django.contrib.auth.hashers import make_password

from config.story.readiness import Room, Signers, make_ready
from governance.rules.stated import Stated
from governance.selectors.policies import shipped_profile
from governance.services.committees import SeatPlan, found_committee
from governance.services.policies import approve_policy, draft_policy, load_profile
from governance.services.thresholds import approve_threshold, draft_threshold
from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from ledger.services.bulk import audited_bulk
from outbox import clock
from outbox.services.messages import save_endpoint
from registry import services as registry
from registry.models import System, SystemVersion, Unit, User
from registry.services.reference import load_reference
from telemetry.services.catalogue import load_catalogue
from tests.net import told

SETUP = machine("set-up", kind="command", channel="command")
PASSWORD = "a-long-enough-password"
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MONDAY = dt.datetime(2030, 1, 7, 9, 0, tzinfo=dt.UTC)
OFFICE = {str(day): [["09:00", "17:00"]] for day in range(1, 6)}
SCOPES = (
    "measurements:write",
    "decisions:write",
    "heartbeat:write",
    "state:read",
    "actions:confirm",
    "read",
)
SLUG = "claims-approval"
CAST = {
    "owner": ("Olivia Owner", ("compliance",)),
    "deputy": ("Dario Deputy", ()),
    "author": ("Aron Author", ()),
    "compliance": ("Carla Compliance", ("compliance",)),
    "verifier": ("Vera Verifier", ("compliance",)),
    "risk": ("Rafael Risk", ("risk",)),
    "secretary": ("Selma Secretary", ("secretary",)),
    "engineer": ("Enno Engineer", ("engineer",)),
    "executive": ("Edda Executive", ("executive",)),
    "board": ("Bela Board", ("board",)),
    "auditor": ("Alma Auditor", ("auditor",)),
    "chair": ("Chiara Chair", ()),
    "scientist": ("Sami Scientist", ()),
    "external": ("Esra External", ()),
    "second_chair": ("Stellan Second", ()),
    "second_scientist": ("Siri Second", ()),
    "second_external": ("Santi Second", ()),
}
BANDS = Stated(
    direction="below",
    target=0.97,
    warning=0.93,
    critical=0.89,
    recover_warning=0.95,
    recover_critical=0.91,
    baseline=0.97,
    baseline_note="Ten good days.",
    least_n=100,
    reason="Four and eight points below the baseline.",
)


@dataclass
class Stage:
    """What was set up: people by what they are, the system, its versions, its token."""

    unit: Unit
    people: dict[str, User] = field(default_factory=dict)
    system: System | None = None
    versions: dict[str, SystemVersion] = field(default_factory=dict)
    token: str = ""

    def email(self, key):
        """The address that somebody signs in with."""
        return self.people[key].email

    def key_of(self, name):
        """What the person with this printed name is."""
        return next(key for key, user in self.people.items() if user.name == name)


def set_clock(instant):
    """Let the clock of this process stand at an instant; it runs on from there."""
    clock.shift(dt.timedelta(0))
    clock.shift(instant - clock.now())


def let_pass(**duration):
    """Let time pass."""
    set_clock(clock.now() + dt.timedelta(**duration))


def clock_offset():
    """How far this process's clock is ahead, seconds, for the processes that a test starts."""
    shifted = clock.now()
    return (shifted - dt.datetime.now(dt.UTC)).total_seconds()


def set_up(
    *,
    profile="small",
    risk_tier="high",
    gateway_url="",
    author_of_bad="scientist",
    bands=BANDS,
    stopped_for=None,
):
    """Set the insurer up, with version 2.3 live and 2.2 to fall back to; returns the stage.

    `stopped_for`: how long a stopped system must stand still, where not as long as the profile
    says; such a policy is the insurer's own, drafted by compliance and approved by risk.
    """
    at = clock.now()
    with acting_as(SETUP):
        call = partial(_call, at=at)
        call(load_reference)
        call(load_catalogue)
        stage = Stage(_unit(call))
        stage.people = {key: _person(stage.unit, key, at) for key in CAST}
        _let_everybody_in(at)
        call(
            load_profile,
            unit_id=stage.unit.pk,
            profile=profile,
            mailbox="board@example.org",
            author_id=stage.people["compliance"].pk,
        )
        if stopped_for:
            _own_policy(stage, profile, stopped_for, at)
        _committee(stage, call)
        _system(stage, call, risk_tier, author_of_bad)
        _threshold(stage, call, bands)
        _go_live(stage, call)
        if gateway_url:
            call(save_endpoint, name=f"gateway:{SLUG}", url=gateway_url, secret=SECRET)
        stage.token = _token(stage, call)
    return stage


@told
def _let_everybody_in(at):
    with audited_bulk(reason="one password for everybody on the stage", actor=SETUP, at=at):
        User.objects.filter(kind="person").update(password=make_password(PASSWORD))


def _call(service, /, *, at, **arguments):
    return service(**arguments, actor=SETUP, at=at)


def _unit(call):
    calendar = call(
        registry.create_calendar,
        name="Office",
        zone="Europe/Berlin",
        hours=OFFICE,
        exceptions={"2035-12-25": []},
    )
    return call(registry.create_unit, name="Insurer", parent_id=None, calendar_id=calendar.pk)


def _person(unit, key, at):
    name, roles = CAST[key]
    user = _call(
        registry.create_user,
        email=f"{key}@example.org",
        name=name,
        unit_id=unit.pk,
        demo=True,
        at=at,
    )
    for role in roles:
        until = {"until_at": at + dt.timedelta(days=365)} if role == "auditor" else {}
        _call(registry.grant_role, user_id=user.pk, role=role, unit_id=unit.pk, at=at, **until)
    return user


def _own_policy(stage, profile, stopped_for, at):
    body = shipped_profile(profile)
    body["verification"] |= {"stopped_for": stopped_for}
    author, approver = (person_actor(stage.people[key]) for key in ("compliance", "risk"))
    with acting_as(author):
        drafted = draft_policy(
            unit_id=stage.unit.pk,
            body=body,
            reason="our claims come by the minute",
            actor=author,
            at=at,
        )
    with acting_as(approver):
        approve_policy(policy_id=drafted.pk, actor=approver, at=at)


def _committee(stage, call):
    people = stage.people
    seats = [
        SeatPlan("chair", people["chair"].pk, people["second_chair"].pk, chair=True),
        SeatPlan(
            "data science",
            people["scientist"].pk,
            people["second_scientist"].pk,
            vice_chair=True,
        ),
        SeatPlan("external", people["external"].pk, people["second_external"].pk),
    ]
    call(
        found_committee, unit_id=stage.unit.pk, name="AI committee", level="committee", seats=seats
    )
    call(found_committee, unit_id=stage.unit.pk, name="Executives", level="executive", seats=[])


def _system(stage, call, risk_tier, author_of_bad):
    people = stage.people
    stage.system = call(
        registry.register_system,
        slug=SLUG,
        name="Claims approval",
        kind="predictive",
        unit_id=stage.unit.pk,
        owner_id=people["owner"].pk,
        deputy_id=people["deputy"].pk,
        purpose="Says which claims are paid without a person looking.",
        risk_tier=risk_tier,
        legal_class="high_risk" if risk_tier == "high" else "minimal",
    )
    for label, author in (("2.2", "author"), ("2.3", author_of_bad), ("2.4", "author")):
        drafted = call(
            registry.register_version,
            system_id=stage.system.pk,
            label=label,
            digest="sha256:" + label.replace(".", "").ljust(64, "0"),
            author_id=people[author].pk,
        )
        approver = person_actor(people["risk"])
        with acting_as(approver):
            stage.versions[label] = registry.approve_version(
                version_id=drafted.pk, reason="evaluated", actor=approver, at=drafted.created_at
            )


def _threshold(stage, call, bands):
    drafted = call(
        draft_threshold,
        system_id=stage.system.pk,
        kpi_id="accuracy",
        stated=bands,
        valid_from=clock.now() - dt.timedelta(days=30),
        author_id=stage.people["owner"].pk,
    )
    call(approve_threshold, version_id=drafted.pk, approver_id=stage.people["risk"].pk)


READY = {
    "classification": {"roles": ["deployer"], "reason": "as agreed"},
    "controls": {
        "exception_path": "A handler decides.",
        "rollback_procedure": "Make the fallback live.",
        "kill_switch": "The gateway's switch.",
        "manual_fallback": "Handlers decide by hand.",
        "interim_measures": ["route to a handler"],
        "on_call_reach": "The duty telephone.",
    },
    "plan": {
        "dataset": "held-out claims",
        "slices": [
            {"name": name, "kind": kind}
            for name, kind in (("all", "usual"), ("rare", "edge"), ("crafted", "adversarial"))
        ],
        "limits": [
            {
                "slice": name,
                "metric": "accuracy",
                "direction": "at_least",
                "value": 0.9,
                "least_n": 100,
            }
            for name in ("all", "rare", "crafted")
        ],
        "scenarios": [
            {
                "what": "Claims are refused wrongly.",
                "kpi": "accuracy",
                "response": "Fall back.",
                "drilled": 9,
                "note": "It took ten minutes.",
            }
        ],
    },
    "runs": {"2.3": [0.97, 0.95, 0.93]},
    "fallbacks": {"2.2": "Switched on the test gateway."},
}


def _ready(stage):
    """Write down and try what the gates ask for."""
    people, told = stage.people, dict(READY)
    if stage.system.risk_tier == "high":
        use = {"points": {"annex_iii_4": ["III.4.b"]}, "yes": ["profiling"]}
        told["classification"] = READY["classification"] | use
    signers = Signers(people["owner"], people["risk"], people["engineer"], people["verifier"])
    make_ready(Room(stage.system, signers, stage.versions, clock.now()), told)


def _go_live(stage, call):
    _ready(stage)
    for edge in ("assess", "approve", "go_live"):
        if edge == "go_live":
            _make_live(stage, call, "2.2", None)
            _make_live(stage, call, "2.3", "2.2")
        stage.system = call(
            registry.change_lifecycle,
            system_id=stage.system.pk,
            edge=edge,
            expected_version=System.objects.get(pk=stage.system.pk).version,
            reason="set-up",
        )


def _make_live(stage, call, label, fallback):
    call(
        registry.make_live,
        system_id=stage.system.pk,
        version_id=stage.versions[label].pk,
        fallback_id=stage.versions[fallback].pk if fallback else None,
        reason="release",
    )


def _token(stage, call):
    account = call(
        registry.create_user,
        email="telemetry@example.org",
        name="Telemetry",
        kind="service",
        unit_id=stage.unit.pk,
        demo=True,
    )
    _, plaintext = call(
        registry.issue_token,
        user=account,
        name="pipeline",
        scopes=SCOPES,
        systems=[stage.system],
        expires_at=clock.now() + dt.timedelta(days=365),
    )
    return plaintext


def person_actor(user):
    """The actor that somebody is at the set-up."""
    return Actor(kind="person", id=str(user.pk), name=user.name, channel="command")


def reading(value, ends_at, **changes):
    """One measurement of the system's accuracy over the hour that ends at an instant."""
    stamp = ends_at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    row = {
        "system": SLUG,
        "kpi": "accuracy",
        "window": "1h",
        "window_end": stamp,
        "value": value,
        "n": 500,
    }
    return row | changes


def hours_before(instant, count):
    """The last so many full hours before an instant, the earliest first."""
    last = instant.replace(minute=0, second=0, microsecond=0)
    return [last - dt.timedelta(hours=n) for n in reversed(range(count))]
