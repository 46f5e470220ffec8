"""People, systems, versions as tests need them; every argument has a default."""

import datetime as dt
import hashlib
import itertools
import uuid
from contextlib import contextmanager

from django.conf import settings

from config.story.readiness import (
    Room,
    Signers,
    agree_on_plan,
    classify,
    run_evaluation,
    try_fallback,
    write_controls,
)
from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from registry import gates, services
from registry.models import System, Unit, User, WorkCalendar
from registry.rules.statements import Controls
from registry.services.statements import approve_statement, draft_controls

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
PASSWORD = "a-long-enough-password"
SETUP = machine("set-up", kind="command")
OFFICE = {day: [["09:00", "17:00"]] for day in ("1", "2", "3", "4", "5")}
_numbers = itertools.count(1)


def unique(word):
    """Return a word that no other test uses."""
    return f"{word}-{next(_numbers)}-{uuid.uuid4().hex[:6]}"


def person_as_actor(user, *, session=""):
    """Return the actor that a signed-in person is."""
    return Actor(kind="person", id=str(user.pk), name=user.name, session=session)


def call(service, /, *, actor=SETUP, at=AT, **arguments):
    """Call a service as its actor."""
    with acting_as(actor):
        return service(**arguments, actor=actor, at=at)


def calendar(**changes):
    """Create a calendar of office hours in Berlin."""
    arguments = {
        "name": unique("office"),
        "zone": "Europe/Berlin",
        "hours": OFFICE,
        "exceptions": {},
    }
    return call(services.create_calendar, **(arguments | changes))


def unit(*, name=None, parent=None, hours=None):
    """Create a unit, at the top unless it has a parent."""
    with_calendar = hours or WorkCalendar.objects.first() or calendar()
    return call(
        services.create_unit,
        name=name or unique("unit"),
        parent_id=parent.pk if parent else None,
        calendar_id=with_calendar.pk,
    )


def any_unit():
    """Return a unit that is there, or a new one."""
    return Unit.objects.order_by("name").first() or unit()


def user(*, name=None, kind="person", of=None, password=None, email=None):
    """Create a person, or a service account."""
    word = unique(kind)
    return call(
        services.create_user,
        email=email or f"{word}@example.org",
        name=name or word,
        kind=kind,
        unit_id=(of or any_unit()).pk,
        password=password,
        demo=True,
    )


def role(holder, name, *, unit=None, system=None, at=AT, until_at=None):
    """Give a role, for a unit or a system."""
    return call(
        services.grant_role,
        user_id=holder.pk,
        role=name,
        unit_id=unit.pk if unit else None,
        system_id=system.pk if system else None,
        until_at=until_at,
        at=at,
    )


def system(*, of=None, owner=None, deputy=None, **changes):
    """Register a system that is not high-risk, with an owner and a deputy."""
    of = of or any_unit()
    arguments = {
        "slug": unique("system"),
        "name": "Claims approval",
        "kind": System.Kind.PREDICTIVE,
        "unit_id": of.pk,
        "owner_id": (owner or user(of=of)).pk,
        "deputy_id": (deputy or user(of=of)).pk,
        "purpose": "Says which claims are paid without a person looking.",
        "risk_tier": "medium",
        "legal_class": "minimal",
    }
    return call(services.register_system, **(arguments | changes))


def version(of, *, label=None, author=None, approved=True, by=None):
    """Register a version, approved by somebody else unless told otherwise."""
    label = label or unique("v")
    made = call(
        services.register_version,
        system_id=of.pk,
        label=label,
        digest="sha256:" + hashlib.sha256(label.encode()).hexdigest(),
        author_id=(author or user()).pk,
    )
    if approved:
        approver = by or User.objects.get(pk=of.deputy_id)
        made = call(services.approve_version, version_id=made.pk, actor=person_as_actor(approver))
    return made


def live(of, *, label=None, fallback=None, environment="production", at=AT):
    """Make a new approved version live."""
    return call(
        services.make_live,
        system_id=of.pk,
        environment=environment,
        version_id=version(of, label=label).pk,
        fallback_id=fallback.pk if fallback else None,
        reason="first release",
        at=at,
    )


# What a system needs by its own rows; a test that is about the whole gate fills it.
PLAIN = {"classified", "permitted", "has_approved_version", "runs_with_fallback"}
PATHS = {
    "proposed": [],
    "assessed": ["assess"],
    "approved": ["assess", "approve"],
    "pilot": ["assess", "approve", "start_pilot"],
    "production": ["assess", "approve", "go_live"],
    "suspended": ["assess", "approve", "go_live", "suspend"],
    "retired": ["retire"],
}


def step(of, edge, *, actor=SETUP, at=AT, expected_version=None, reason="as agreed"):
    """Take one step of a system's life."""
    if expected_version is None:
        expected_version = System.objects.get(pk=of.pk).version
    return call(
        services.change_lifecycle,
        system_id=of.pk,
        edge=edge,
        expected_version=expected_version,
        reason=reason,
        actor=actor,
        at=at,
    )


@contextmanager
def plain_gates():
    """Leave only the checks of a system's own row, so that it is brought to a state cheaply."""
    whole = gates._checks
    gates._checks = {key: one for key, one in whole.items() if one.__name__ in PLAIN}
    try:
        yield
    finally:
        gates._checks = whole


def system_in(state, **changes):
    """Register a system and bring it to a state by its own steps, with a version live."""
    made = system(**changes)
    with plain_gates():
        for edge in PATHS[state]:
            if edge in ("start_pilot", "go_live"):
                live(made)
            step(made, edge)
    return System.objects.get(pk=made.pk)


def token(*, scopes=("read",), systems=(), account=None, expires_at=None, at=AT):
    """Issue a token; return it and its plaintext."""
    return call(
        services.issue_token,
        user=account or user(kind="service"),
        name="pipeline",
        scopes=list(scopes),
        systems=list(systems),
        expires_at=expires_at or at + dt.timedelta(days=30),
        at=at,
    )


def sign_in(client, who, *, fresh_at=None):
    """Sign a person in on a test client; `fresh_at` is when the password was entered."""
    client.force_login(who, backend=settings.AUTHENTICATION_BACKENDS[-1])
    if fresh_at is not None:
        session = client.session
        session["authenticated_at"] = fresh_at.isoformat()
        session.save()
    return client


def controls(**changes):
    """Return operating controls that say everything but who reviews and who is on call."""
    arguments = {
        "exception_path": "The owner decides within a day; compliance is told.",
        "rollback_procedure": "Make the fallback version live, then tell the desk.",
        "kill_switch": "The flag in the gateway stops all answers.",
        "manual_fallback": "Clerks decide by the printed rules.",
        "interim_measures": ("pin the last version",),
        "on_call_reach": "The duty telephone.",
        "may_tune_prompts": ("engineer",),
        "may_retrain": ("engineer",),
        "may_approve_outputs": ("owner",),
        "may_read_logs": ("engineer", "auditor"),
        "may_change_tools": ("nobody",),
    }
    return Controls(**(arguments | changes))


def in_force(of, **changes):
    """Put complete operating controls into force: written by the owner, approved by the deputy."""
    arguments = {"reviewer_id": of.deputy_id, "on_call_id": of.owner_id} | changes
    newest = of.operatingcontrols_versions.count()
    call(
        draft_controls,
        system_id=of.pk,
        given=controls(**arguments),
        newest=newest,
        reason="as agreed",
        actor=person_as_actor(User.objects.get(pk=of.owner_id)),
    )
    return call(
        approve_statement,
        kind="controls",
        system_id=of.pk,
        version=newest + 1,
        reason="read",
        actor=person_as_actor(User.objects.get(pk=of.deputy_id)),
    )


READY = {
    "classification": {"roles": ["deployer"], "reason": "as agreed"},
    "controls": {
        "exception_path": "The owner decides within a day.",
        "rollback_procedure": "Make the fallback live.",
        "kill_switch": "The gateway's switch.",
        "manual_fallback": "Clerks decide by hand.",
        "interim_measures": ["pin the last version"],
        "on_call_reach": "The duty telephone.",
    },
    "plan": {
        "dataset": "held-out claims",
        "slices": [
            {"name": "all", "kind": "usual"},
            {"name": "rare", "kind": "edge"},
            {"name": "crafted", "kind": "adversarial"},
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
}


def room_for(of, *, at=AT, versions=()):
    """Return a system with the people who make it ready: a risk officer, an engineer, compliance.

    The same people for the same system, so that steps can be taken one by one.
    """
    return Room(of, signers_of(of), {one.label: one for one in versions}, at)


def signers_of(of):
    """Return who writes, agrees, tests and reviews for a system; made where they are missing."""
    found = {}
    for name in ("risk", "engineer", "compliance"):
        known = User.objects.filter(roles__role=name, roles__system=of).first()
        found[name] = known or user(of=of.unit)
        if known is None:
            role(found[name], name, system=of)
    return Signers(of.owner, found["risk"], found["engineer"], found["compliance"])


def ready_for_production(of, *, at=AT, without=()):
    """Let a system pass every gate of this floor, but for what is left out, with a version live.

    `without` names steps: classify, write_controls, agree_on_plan, run_evaluation, try_fallback.
    """
    first, second = version(of), version(of)
    room = room_for(of, at=at, versions=(first, second))
    if "classify" not in without:
        classify(room, READY["classification"])
    if "write_controls" not in without:
        write_controls(room, READY["controls"])
    if "agree_on_plan" not in without:
        plan = agree_on_plan(room, READY["plan"])
        if "run_evaluation" not in without:
            run_evaluation(room, plan, second, [0.97, 0.95, 0.93])
    if "try_fallback" not in without:
        try_fallback(room, first, "Switched on the test gateway.")
    return room


def make_newest_live(of, room, *, at=AT):
    """Make the newest version live, with the one before it as its fallback."""
    first, second = room.versions.values()
    return call(
        services.make_live,
        system_id=of.pk,
        version_id=second.pk,
        fallback_id=first.pk,
        reason="first release",
        at=at,
    )
