"""People, systems, versions as tests need them; every argument has a default."""

import datetime as dt
import hashlib
import itertools
import uuid

from django.conf import settings

from ledger.context import acting_as
from ledger.rules.actors import Actor, machine
from registry import services
from registry.models import System, Unit, User, WorkCalendar

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


def system_in(state, **changes):
    """Register a system and bring it to a state by its own steps, with a version live."""
    made = system(**changes)
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
