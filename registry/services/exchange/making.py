"""A row becomes what it says, through the service that a person's page calls."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict
from ledger.rules.worded import worded
from registry.models import Import, System, Unit, WorkCalendar
from registry.rules.exchange.history import told_beside
from registry.rules.exchange.judging import CHANGEABLE, Judged, identity_of
from registry.rules.exchange.world import NEW
from registry.selectors.systems import system_by_slug
from registry.services.changes import SystemChange, change_system
from registry.services.exchange.elsewhere import record_elsewhere
from registry.services.people import create_unit, create_user
from registry.services.systems import register_system
from registry.services.versions import register_version


class Maker:
    """Makes the rows of one import in one person's name; knows what it made before."""

    def __init__(self, *, found: Import, actor: Actor, at: datetime) -> None:
        self._found, self._actor, self._at = found, actor, at
        self._new: dict[str, UUID] = {}

    def make(self, one: Judged) -> None:
        """Carry one row out. Raises what its service raises."""
        makers = {
            "units": self._unit,
            "people": self._person,
            "systems": self._system,
            "versions": self._version,
            "history": self._past,
        }
        makers[one.kind](one)

    def _key(self, value: str | None) -> UUID | None:
        """Return the id of what a row names: there already, or made by an earlier row."""
        if not value:
            return None
        return self._new[value] if value.startswith(NEW) else UUID(value)

    def _needed(self, value: str) -> UUID:
        key = self._key(value)
        assert key is not None
        return key

    def _unit(self, one: Judged) -> None:
        parent = self._key(one.values.get("parent"))
        made = create_unit(
            name=one.values["name"],
            parent_id=parent,
            calendar_id=_calendar(parent),
            actor=self._actor,
            at=self._at,
        )
        self._new[f"{NEW}{made.name}"] = made.pk

    def _person(self, one: Judged) -> None:
        made = create_user(
            email=one.values["email"],
            name=one.values["name"],
            title=one.values.get("title", ""),
            unit_id=self._key(one.values.get("unit")),
            actor=self._actor,
            at=self._at,
        )
        self._new[f"{NEW}{made.email}"] = made.pk

    def _system(self, one: Judged) -> None:
        system = self._change(one) if one.action == "update" else self._register(one.values)
        for past in told_beside(one.values):
            self._record(system, past, one)

    def _register(self, values: Mapping[str, str]) -> System:
        return register_system(
            slug=values["slug"],
            name=values["name"],
            kind=values["kind"],
            unit_id=self._needed(values["unit"]),
            owner_id=self._needed(values["owner"]),
            deputy_id=self._needed(values["deputy"]),
            purpose=values["purpose"],
            risk_tier=values["risk_tier"],
            users_affected=values.get("users_affected", ""),
            supplier=values.get("supplier", ""),
            data_sources=values.get("data_sources", ""),
            actor=self._actor,
            at=self._at,
        )

    def _change(self, one: Judged) -> System:
        system = system_by_slug(one.values["slug"])
        given = {name: one.values[name] for name in CHANGEABLE if one.values.get(name)}
        if any(getattr(system, name) != value for name, value in given.items()):
            change_system(
                system_id=system.pk,
                change=SystemChange(**given),  # type: ignore[arg-type]  # texts all of them
                expected_version=system.version,
                reason=worded("Import of {name}, row {row}", name=self._found.name, row=one.number),
                actor=self._actor,
                at=self._at,
            )
        return system

    def _version(self, one: Judged) -> None:
        register_version(
            system_id=system_by_slug(one.values["system"]).pk,
            label=one.values["label"],
            identity=identity_of(one.values),
            changelog=one.values.get("changelog", ""),
            author_id=UUID(self._actor.id),
            actor=self._actor,
            at=self._at,
        )

    def _past(self, one: Judged) -> None:
        self._record(system_by_slug(one.values["system"]), one.values, one)

    def _record(self, system: System, values: Mapping[str, str], one: Judged) -> None:
        record_elsewhere(
            system=system,
            values=values,
            source=values.get("source") or self._found.name,
            of=self._found,
            row=one.number,
            actor=self._actor,
            at=self._at,
        )


def _calendar(parent: UUID | None) -> UUID:
    """Return the working hours of a new unit: those above it, else the only ones there are."""
    above = Unit.objects.filter(pk=parent).first() if parent else None
    if above is not None:
        return above.calendar_id
    newest = WorkCalendar.objects.order_by("name", "-version").first()
    if newest is None:
        raise Conflict("no_calendar", "A unit needs working hours: set a calendar up first.")
    pk: UUID = newest.pk
    return pk
