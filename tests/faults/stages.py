"""Stages: databases in which an organisation stands already; each example works in a copy of one.

A copy is committed to for real, so that constraints at commit, the net of triggers and the seal
see what they see in an installation, and nothing of one example reaches the next.
"""

import os
from dataclasses import dataclass, field

from django.conf import settings
from django.core.cache import cache
from django.db import connections

from governance.models import Committee, Standing, ThresholdVersion
from governance.selectors import thresholds
from governance.services.committees import SeatPlan
from ledger.context import acting_as
from registry.models import OperatingControls, User
from telemetry.services import series as known_series
from tests.conftest import _clone, _drop, _use
from tests.governance import organisation
from tests.incidents import factory
from tests.incidents.factory import LONG_AGO, SETUP, House, person
from tests.net import told

KINDS = (("small", "medium"), ("small", "low"), ("small", "high"), ("bank", "medium"),
         ("bank", "high"))  # fmt: skip
"""The shipped profile and the risk tier of each stage."""
FUNCTIONS = {
    "small": ("chair", "data science", "external"),
    "bank": ("risk", "compliance", "legal", "business", "security", "data science", "customer"),
}
VICE = {"small": "data science", "bank": "legal"}


@dataclass
class Stage:
    """An organisation in full: everybody whom a profile names, two standings, three bodies."""

    profile: str
    tier: str
    house: House
    committee: Committee
    threshold: ThresholdVersion
    standings: list[Standing]
    people: list[User] = field(default_factory=list)
    seats: list[tuple[User, User]] = field(default_factory=list)

    @property
    def standing(self):
        """The first standing, as the helpers of an organisation read it."""
        return self.standings[0]

    @property
    def chair(self):
        """Who chairs the committee."""
        return self.seats[0][0]

    def named(self, name):
        """Somebody by what they are called."""
        return next(one for one in self.people if one.name.startswith(name))


@told
def build(profile, tier):
    """Set an organisation up."""
    house = factory.house(risk_tier=tier)
    calendar = house.unit.calendar
    calendar.hours = {str(day): [["09:00", "17:00"]] for day in range(1, 6)}
    with acting_as(SETUP):
        calendar.save()
    organisation.policy(house, profile=profile)
    seats = _seats(house, profile)
    body = organisation.committee(house, seats=[plan for plan, _ in seats])
    for level in ("executive", "board"):
        organisation.committee(house, level=level)
    for name, role in (
        ("Second executive", "executive"), ("Board one", "board"), ("Board two", "board"),
        ("Second engineer", "engineer"), ("Second risk", "risk"), ("Emergency", "emergency"),
        ("Administrator", "administrator"),
    ):  # fmt: skip
        person(name=name, unit=house.unit, role=role)
    version = organisation.threshold(house)
    series = (house.series, organisation.another_series(house, segment="region=1"))
    standings = [organisation.standing(house, version, series=one) for one in series]
    _controls(house)
    people = list(User.objects.filter(unit=house.unit).order_by("name"))
    pairs = [pair for _, pair in seats]
    return Stage(profile, tier, house, body, version, standings, people, pairs)


def _seats(house, profile):
    plans = []
    for number, function in enumerate(FUNCTIONS[profile], start=1):
        member = person(name=f"Member {number}", unit=house.unit)
        second = person(name=f"Substitute {number}", unit=house.unit)
        plan = SeatPlan(
            function=function,
            person_id=member.pk,
            substitute_id=second.pk,
            chair=number == 1,
            vice_chair=function == VICE[profile],
        )
        plans.append((plan, (member, second)))
    return plans


def _controls(house):
    with acting_as(SETUP):
        OperatingControls(
            system=house.system, version=1, state="in_force", author=house.owner,
            approved_by=house.compliance, approved_at=LONG_AGO, drafted_at=LONG_AGO,
            reason="First.", interim_measures=["route to human"],
        ).save(force_insert=True, at=LONG_AGO)  # fmt: skip


class Stages:
    """Makes each stage once, and copies of it."""

    def __init__(self, server, template, folder):
        self.server, self.template, self.folder = server, template, folder
        self.shared = connections["default"].settings_dict["NAME"]
        self.made = {}
        self.copies = 0
        self.copy = ""

    def begin(self, profile, tier):
        """Stand on a fresh copy of a stage and return who is there."""
        self.end()
        source, stage = self.made.get((profile, tier)) or self._make(profile, tier)
        self.copies += 1
        self.copy = f"{source}_{self.copies}"
        self._stand_on(self.copy, source)
        settings.LEDGER_DIR = self.folder / self.copy
        return stage

    def end(self):
        """Leave the copy, if one is there."""
        if self.copy:
            self._leave(self.copy)
            self.copy = ""

    def close(self):
        """Leave everything as it was."""
        self.end()
        for source, _ in self.made.values():
            _drop(self.server, source)

    def _make(self, profile, tier):
        source = f"stage_{os.getpid()}_{profile}_{tier}"
        self._stand_on(source, self.template)
        stage = build(profile, tier)
        connections.close_all()
        self.made[profile, tier] = source, stage
        return source, stage

    def _stand_on(self, name, source):
        connections.close_all()
        _clone(self.server, source, name)
        _use(self.server.application, name)
        cache.clear()
        thresholds._Kept.judges = {}
        known_series._known.clear()

    def _leave(self, name):
        connections.close_all()
        _use(self.server.application, self.shared)
        _drop(self.server, name)
