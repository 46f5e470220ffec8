"""The record as it was: the whole chain is walked, and at every step somebody keeps what is shown.

Afterwards the record is asked for each of those instants and must say the same, word for word: so
nothing that happened later shows, and nothing that stood then is lost.
"""

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string

from governance.selectors.pages.incident import Case, page_of
from governance.selectors.pages.kpi import kpi_page, series_of_id
from governance.selectors.pages.system import system_page
from governance.selectors.pages.visibility import incident_as_read, system_as_read
from incidents.models import Incident
from ledger.selectors.past import as_it_was
from outbox import clock
from registry import services as registry
from registry.access import Moment
from registry.models import System
from telemetry.models import Series
from tests.walks import steps, visitor
from tests.walks.stage import SETUP, SLUG, acting_as, let_pass, set_up
from tests.walks.visitor import House, Machine

# What the API says of the present only.
OF_NOW = ("as_of", "commands", "who_may_act", "you_may_vote", "you_lead", "why_not")
ADDRESSES = (f"/systems/{SLUG}/", "/thresholds/", "/incidents/")


@dataclass
class Album:
    """What was shown at each instant; `take` adds a picture, `again` asks the record for it."""

    house: House
    pictures: dict[dt.datetime, dict[str, str]] = field(default_factory=dict)

    def take(self):
        """Keep what the API and the pages show now, then let a second pass."""
        at = clock.now()
        self.pictures[at] = {
            **{path: said(self.house, path) for path in self.addresses(at)},
            **pages(self.house, at),
        }
        let_pass(seconds=1)

    def again(self, at):
        """What the record says now of that instant."""
        text = at.isoformat().replace("+00:00", "Z")
        told = {path: said(self.house, f"{path}?as_of={text}") for path in self.addresses(at)}
        with as_it_was(at):
            return told | pages(self.house, at)

    def addresses(self, at):
        """The addresses of the API that have something to show at an instant."""
        cases = Incident.objects.filter(opened_at__lte=at)
        rounds = [f"/motions/{one.number}/" for one in motions(at)]
        return [*ADDRESSES, *rounds, *(f"/incidents/{one.number}/" for one in cases)]


def motions(at):
    """The motions that had been put."""
    return [
        one for case in Incident.objects.all() for one in case.decisions.filter(created_at__lte=at)
    ]


def said(house, path):
    """What the API says of the record to the auditor, without what is of the present only."""
    return str(
        {name: value for name, value in house.auditor.get(path).items() if name not in OF_NOW}
    )


def pages(house, at):
    """The pages of the system, its KPIs and its incidents as they are drawn for the auditor."""
    reader = house.stage.people["auditor"]
    zone = ZoneInfo(reader.zone)
    around = {"moment": Moment(at, at, zone)}
    system = system_as_read(system_id=house.stage.system.pk)
    seen = {"system": system, "visible": Incident.objects.filter(system=system)}
    drawn = {
        "system": render_to_string(
            "governance/system.html", system_page(**seen, zone=zone, at=at) | around
        )
    }
    for row in Series.objects.filter(system=system):
        page = kpi_page(
            series=series_of_id(series_id=row.pk, system=system),
            visible=seen["visible"],
            zone=zone,
            at=at,
        )
        drawn[f"kpi {row.pk}"] = render_to_string("governance/kpi.html", page | around)
    for row in Incident.objects.filter(system=system):
        then = incident_as_read(incident_id=row.pk)
        case = Case(incident=then, reader=reader, at=at, may_act=False)
        page = page_of(case, whole_record=True) | around
        drawn[row.number] = render_to_string("governance/incident.html", page)
    return drawn


@pytest.fixture
def album(monday, gateway, files, monkeypatch):
    """A stage on which a picture is taken after whatever anybody sends."""
    house = House(set_up(gateway_url=gateway.url))
    album = Album(house)
    album.take()
    monkeypatch.setattr(steps, "tick", _seen(steps.tick, album))
    for who in (visitor.Person, visitor.Machine):
        monkeypatch.setattr(who, "send", _seen(who.send, album))
    return album


def _seen(call, album):
    def seen(*args, **kwargs):
        answer = call(*args, **kwargs)
        album.take()
        return answer

    return seen


@pytest.mark.full
def test_every_instant_of_a_whole_chain_is_shown_again_as_it_was(album, gateway):
    house, machine = album.house, Machine(album.house.stage.token)
    number = steps.breach(machine)
    steps.acknowledge(house, number, personal_data="unknown")
    steps.submit_findings(house, number)
    _returned(house, number)
    steps.validate(house, number)
    steps.decide(house, number, steps.ROLL_BACK)
    steps.obey(gateway, house.stage.token)
    steps.prove(machine)
    steps.close(house, number)
    _later(house)

    unlike = {
        at: [name for name, text in album.again(at).items() if text != shown.get(name)]
        for at, shown in album.pictures.items()
    }

    assert len(album.pictures) > 20
    assert {at: names for at, names in unlike.items() if names} == {}


def _returned(house, number):
    """Compliance asks for more, the owner answers: a second revision of the findings."""
    house.compliance.command(number, "return_to_owner", deficiencies="How many?", reason="unclear")
    house.owner.command(
        number, "submit_findings", **steps.findings(house, number) | {"affected": 180}
    )


def _later(house):
    """What changes the system itself: another tier, another owner's name, a version revoked."""
    at, stage = clock.now(), house.stage
    with acting_as(SETUP):
        registry.classify_system(
            system_id=stage.system.pk,
            expected_version=System.objects.get(pk=stage.system.pk).version,
            legal_class="high_risk",
            risk_tier="high",
            reason="looked at again",
            actor=SETUP,
            at=at,
        )
        owner = stage.people["owner"]
        owner.name = "Olivia Married"
        owner.save(at=at)
        registry.revoke_version(
            version_id=stage.versions["2.4"].pk, reason="never evaluated", actor=SETUP, at=at
        )
