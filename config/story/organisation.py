"""Loads the demo's organisation through the same services that everybody uses."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.contrib.auth.hashers import make_password
from django.db import transaction

from config.story.around import below, go_on_leave, propose_below, raise_the_concern
from config.story.cast import CAST, PASSWORD, Persona
from config.story.papers import write_papers
from config.story.readiness import Room, Signers, as_person, make_ready, readiness
from config.story.surroundings import Cast, surround
from governance.services.committees import SeatPlan, found_committee
from governance.services.policies import load_profile
from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.services.bulk import audited_bulk
from outbox.services.messages import save_endpoint
from registry import services as registry
from registry.models import System, SystemVersion, Unit, User
from registry.services.reference import load_reference
from telemetry.services.catalogue import load_catalogue

LOADER = machine("demo", kind="command", channel="command")
STORY = Path(__file__).resolve().parents[2] / "demo" / "story.yaml"
LEGAL = {"not_high_risk": "minimal"}
AUTHORS = {("claims-approval", "2.3"): "sofia"}
SCOPES = (
    "measurements:write", "decisions:write", "heartbeat:write", "state:read", "actions:confirm",
    "read",
)  # fmt: skip


@dataclass(slots=True)
class Organisation:
    """What was loaded: people by key, systems by slug, the unit, the machine's token."""

    unit: Unit
    people: dict[str, User] = field(default_factory=dict)
    systems: dict[str, System] = field(default_factory=dict)
    versions: dict[tuple[str, str], SystemVersion] = field(default_factory=dict)
    token: str = ""

    def named(self, name: str) -> User:
        """Return a person by printed name."""
        return next(user for user in self.people.values() if user.name == name)


def story() -> dict[str, Any]:
    """Return the story as the data's maker wrote it."""
    data: dict[str, Any] = yaml.safe_load(STORY.read_text(encoding="utf-8"))
    return data


@transaction.atomic
def load_organisation(
    *, at: datetime, gateway_url: str, gateway_secret: str, window_seconds: int
) -> Organisation:
    """Load people, committee, rules and the four systems; return what was made.

    `at` is now; deployments of the story's past are dated by its windows, `window_seconds` each.
    """
    with acting_as(LOADER):
        load_reference(actor=LOADER, at=at)
        load_catalogue(actor=LOADER, at=at)
        organisation = Organisation(_unit(at))
        lower = _unit_below(organisation.unit, at)
        for person in CAST:
            unit = lower if person.below else organisation.unit
            organisation.people[person.key] = _person(person, unit, at)
        _passwords(at)
        load_profile(
            unit_id=organisation.unit.pk, profile="demo",
            author_id=organisation.people["maren"].pk, actor=LOADER, at=at,
            mailbox="governance@nordhaven.example",
        )  # fmt: skip
        _committee(organisation, at)
        for told in story()["systems"]:
            _system(organisation, told, at, window_seconds)
            save_endpoint(
                name=f"gateway:{told['slug']}", url=gateway_url, secret=gateway_secret,
                actor=LOADER, at=at,
            )  # fmt: skip
        cast = Cast(organisation.people, organisation.systems, at)
        surround(cast)
        for slug in organisation.systems:
            _prepare(organisation, slug, at)
        write_papers(cast)
        go_on_leave(cast)
        raise_the_concern(cast)
        propose_below(cast, lower, LOADER)
        organisation.token = _token(organisation, at)
    return organisation


def _unit(at: datetime) -> Unit:
    week = {str(day): [("09:00", "17:00")] for day in range(1, 6)}
    calendar = registry.create_calendar(
        name="Hamburg", zone="Europe/Berlin", hours=week,
        exceptions={"2026-12-24": [], "2026-12-25": [], "2026-12-31": [], "2027-01-01": []},
        actor=LOADER, at=at,
    )  # fmt: skip
    return registry.create_unit(
        name="Nordhaven Insurance (demo)", parent_id=None, calendar_id=calendar.pk,
        actor=LOADER, at=at,
    )  # fmt: skip


def _unit_below(unit: Unit, at: datetime) -> Unit:
    return registry.create_unit(
        name=below()["unit"], parent_id=unit.pk, calendar_id=unit.calendar_id, actor=LOADER, at=at
    )


def _person(person: Persona, unit: Unit, at: datetime) -> User:
    user = registry.create_user(
        email=person.email, name=person.name, title=person.title, unit_id=unit.pk, demo=True,
        actor=LOADER, at=at,
    )  # fmt: skip
    for role in person.roles:
        registry.grant_role(
            user_id=user.pk, role=role, unit_id=unit.pk, reason="demo set-up",
            until_at=at + timedelta(days=90) if role == "auditor" else None,
            actor=LOADER, at=at,
        )  # fmt: skip
    return user


def _passwords(at: datetime) -> None:
    """Give every persona the demo's password, hashed once."""
    reason = "demo set-up: one password for all personas"
    with audited_bulk(reason=reason, actor=LOADER, at=at):
        User.objects.filter(demo=True, kind=User.Kind.PERSON).update(
            password=make_password(PASSWORD)
        )


def _committee(organisation: Organisation, at: datetime) -> None:
    people = organisation.people
    found_committee(
        unit_id=organisation.unit.pk, name="AI governance committee", level="committee",
        seats=[
            SeatPlan("chair", people["ines"].pk, people["karim"].pk, chair=True),
            SeatPlan("data science", people["sofia"].pk, people["henrik"].pk, vice_chair=True),
            SeatPlan("external", people["amara"].pk, people["yuki"].pk),
        ],
        actor=LOADER, at=at,
    )  # fmt: skip


def _system(
    organisation: Organisation, told: dict[str, Any], at: datetime, window_seconds: int
) -> None:
    system = registry.register_system(
        slug=told["slug"], name=told["name"], kind=told["kind"],
        unit_id=organisation.unit.pk,
        owner_id=organisation.named(told["owner"]).pk,
        deputy_id=organisation.named(told["deputy"]).pk,
        purpose=told["purpose"], risk_tier=told["risk_tier"],
        legal_class=LEGAL.get(told["legal_class"], told["legal_class"]),
        data_sources=_sources(told), simulated=told["simulated"],
        actor=LOADER, at=at,
    )  # fmt: skip
    organisation.systems[told["slug"]] = system
    for version in told["versions"]:
        _version(organisation, told, version, at)


def _prepare(organisation: Organisation, slug: str, at: datetime) -> None:
    """Write down what a system needs, then have it assessed and approved."""
    system = organisation.systems[slug]
    _ready(organisation, system, at)
    for step in ("assess", "approve"):
        system = registry.change_lifecycle(
            system_id=system.pk, edge=step,
            expected_version=System.objects.get(pk=system.pk).version,
            reason="demo set-up", actor=LOADER, at=at,
        )  # fmt: skip
    organisation.systems[slug] = system


def _ready(organisation: Organisation, system: System, at: datetime) -> None:
    people, slug = organisation.people, system.slug
    signers = Signers(system.owner, people["tomasz"], people["arjun"], people["lena"])
    own = {label: row for (of, label), row in organisation.versions.items() if of == slug}
    make_ready(Room(system, signers, own, at), readiness()[slug])


def go_live(organisation: Organisation, *, at: datetime, window_seconds: int) -> None:
    """Put the story's systems into production, and each version live when its window began."""
    with transaction.atomic(), acting_as(LOADER):
        for told in story()["systems"]:
            _go_live(organisation, told, at, window_seconds)


def _go_live(
    organisation: Organisation, told: dict[str, Any], at: datetime, window_seconds: int
) -> None:
    system = organisation.systems[told["slug"]]
    windows = told["events"]["before"]["windows"]
    fallbacks = {version["label"]: version["fallback"] for version in told["versions"]}
    for index, live in enumerate(step for step in told["live"] if step["phase"] == "before"):
        since = at - timedelta(seconds=(windows - live["from_window"] + 2) * window_seconds)
        fallback = fallbacks[live["version"]]
        _make_live(organisation, told["slug"], live["version"], fallback, since)
        if index == 0:
            system.refresh_from_db(fields=["version"])
            system = registry.change_lifecycle(
                system_id=system.pk, edge="go_live",
                expected_version=System.objects.get(pk=system.pk).version,
                reason="demo set-up", actor=LOADER, at=since,
            )  # fmt: skip
    organisation.systems[told["slug"]] = system


def _make_live(
    organisation: Organisation, slug: str, label: str, fallback: str | None, at: datetime
) -> None:
    registry.make_live(
        system_id=organisation.systems[slug].pk,
        version_id=organisation.versions[slug, label].pk,
        fallback_id=organisation.versions[slug, fallback].pk if fallback else None,
        reason="demo set-up: the story's past", actor=LOADER, at=at,
    )  # fmt: skip


def _sources(told: dict[str, Any]) -> str:
    data = told.get("data") or {}
    return " · ".join(str(value) for value in data.values())


def _version(
    organisation: Organisation, told: dict[str, Any], version: dict[str, Any], at: datetime
) -> None:
    slug, label = told["slug"], version["label"]
    author = organisation.people[AUTHORS.get((slug, label), "arjun")]
    made = registry.register_version(
        system_id=organisation.systems[slug].pk, label=label, digest=version["sha256"],
        changelog=version["changelog"], author_id=author.pk, actor=LOADER, at=at,
    )  # fmt: skip
    approver = as_person(organisation.people["tomasz"])
    with acting_as(approver):
        organisation.versions[slug, label] = registry.approve_version(
            version_id=made.pk, reason="demo set-up", actor=approver, at=at
        )


def _token(organisation: Organisation, at: datetime) -> str:
    service = registry.create_user(
        email="telemetry@nordhaven.example", name="Telemetry (demo)", kind="service",
        unit_id=organisation.unit.pk, demo=True, actor=LOADER, at=at,
    )  # fmt: skip
    _, token = registry.issue_token(
        user=service, name="demo", scopes=SCOPES, systems=list(organisation.systems.values()),
        expires_at=at + timedelta(days=30), actor=LOADER, at=at,
    )  # fmt: skip
    return token
