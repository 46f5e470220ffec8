"""GOV-4: every address as every role, and as a stranger of the same role from another unit.

The table (access_table.py) was written by hand from the specification. The walk fails where an
address is not in it, where an answer differs from it, and where a stranger reads the word that
stands in every name of the first unit.
"""

import itertools
import re

import pytest
from django.test import Client
from django.urls import get_resolver

from ledger.context import acting_as
from outbox import clock
from registry.rules.scopes import SCOPES
from tests.governance import organisation as governing
from tests.incidents import factory as cases
from tests.incidents.factory import AT, SETUP, grant, person
from tests.net import told
from tests.registry.factories import sign_in, token, unit
from tests.walks.access_table import (
    ALSO_STRANGERS,
    BRANCHES,
    EVERY,
    OF_AUDIENCE,
    PERSONS_ONLY,
    TABLE,
    TOKEN,
)
from tests.walks.stage import set_clock

pytestmark = pytest.mark.django_db
WORD = "zanzibar"
ROLES = ("compliance", "risk", "secretary", "executive", "board", "auditor", "engineer",
         "emergency", "administrator")  # fmt: skip
NOBODY = "00000000-0000-4000-8000-000000000000"
REFUSED = (401, 403, 404, 405)
# Where all roles would say the same: who may most, who changes nothing, who holds nothing.
FEW = ("owner", "compliance", "auditor", "administrator", "employee")
# The addresses are dealt out, so that workers share them.
SHARES = 3


class World:
    """An organisation with a case before its committee, its people by role, a token."""

    def __init__(self, word, top):
        self.of, self.top = governing.organised(), top
        house = self.of.house
        self.people = {"owner": house.owner, "deputy": house.deputy}
        for role in ROLES:
            self.people[role] = person(name=f"{role.capitalize()} {word}", unit=house.unit)
            grant(self.people[role], role, unit=house.unit)
        self.people["employee"] = person(name=f"Employee {word}", unit=house.unit)
        self.people["member"] = self.of.chair
        self.people["group"] = person(name="Gerda Group", unit=top)
        grant(self.people["group"], "auditor", unit=top)
        self.incident = governing.decided(self.of)
        self.decision = governing.convened(self.of, self.incident)
        self._name(word)
        # Of somebody who does not walk: who holds a role may look at how it ends.
        self.role = grant(self.of.substitutes[0], "engineer", unit=house.unit)
        _, self.token = token(scopes=sorted(SCOPES), systems=[house.system], at=AT)

    @told
    def _name(self, word):
        """Let every name of this unit hold the word."""
        house = self.of.house
        house.unit.parent = self.top
        renamed = [(house.unit, f"{word} unit"), (house.system, f"{word} approval")]
        renamed += [
            (one, f"{one.name.split()[0]} {word} {place}")
            for place, one in enumerate([*self.people.values(), *self.of.members[1:]])
            if one.unit_id == house.unit.pk
        ]
        with acting_as(SETUP):
            for thing, name in renamed:
                thing.name = name
                thing.save(at=AT)
            for thing in (self.incident, self.decision):
                thing.title = f"{word} accuracy fell"
                thing.save(at=AT)

    def values(self):
        """What stands for the parts of an address."""
        house = self.of.house
        return {
            "slug": house.system.slug,
            "number": self.incident.number,
            "series_id": house.series.pk,
            "label": "2.3",
            "person_id": self.of.substitutes[0].pk,
            "unit_id": house.unit.pk,
            "role_id": self.role.pk,
            "name": house.unit.calendar.name,
            "article": "packs",
        }


@pytest.fixture
def worlds():
    """The unit that is looked at, and the one that strangers come from."""
    set_clock(AT + cases.dt.timedelta(hours=2))
    top = unit(name="Group")
    yield World(WORD, top), World("elsewhere", top)
    clock.shift(cases.dt.timedelta(0))


def routes(resolver=None, before=""):
    """Yield every address that the resolver has, as it is written there."""
    for one in (resolver or get_resolver()).url_patterns:
        path = before + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from routes(one, path)
        else:
            yield path


def audience(route):
    """Return who reads an address by the table, None where it is not in it."""
    branch = next((name for start, name in BRANCHES.items() if route.startswith(start)), None)
    return branch or TABLE.get(route)


def address(route, world):
    """Return an address with the world's own objects in its places."""
    known = world.values()
    if route.startswith(("committee/", "api/v1/motions/")):
        known["number"] = world.decision.number
    if "suppliers/" in route and "<slug" in route:
        known |= {"slug": "nobody", "supplier": "nobody"}
    if TABLE.get(route) == "absent":
        known |= {"number": "1" if "<int:number>" in route else "X-2026-0001", "key": "nothing"}
    samples = {"int": "987654", "uuid": NOBODY, "str": "none", "slug": "none", "path": "none"}

    def part(match):
        kind, name = match[1], match[2]
        return str(known.get(name, samples[kind]))

    filled = re.sub(r"<(\w+):(\w+)>", part, route)
    filled = re.sub(r"\^?\(\?P<number>.*?\}\)", "CON-2026-0001", filled)
    filled = re.sub(r"\(\?P<\w+>[^)]*\)", "open", filled)
    return "/" + filled.replace("^", "").replace("$", "")


def outcome(response):
    """Say what an answer is: 'ok', 'no', or what went wrong."""
    if response.status_code == 302 and "/accounts/login" in response["Location"]:
        return "no"
    if response.status_code in REFUSED:
        return "no"
    told = response.status_code < 400 or response.request["PATH_INFO"] == "/health/"
    return "ok" if told else str(response.status_code)


def words_of(response):
    """Return everything that an answer says, its headers too."""
    parts = response.streaming_content if response.streaming else [response.content]
    body = b"".join(parts)
    return (body.decode("utf-8", "replace") + str(dict(response.headers))).lower()


def quiet(**named):
    """Return a client that shows a defect as a visitor meets it: 500."""
    return Client(raise_request_exception=False, **named)


def clients_of(world):
    """Return one signed-in client for each kind of person."""
    return {name: sign_in(quiet(), world.people[name], fresh_at=AT) for name in EVERY}


class Walk:
    """Visits addresses as somebody and collects where the answer is not the table's."""

    def __init__(self, ours, theirs):
        self.ours = ours
        self.home, self.abroad = clients_of(ours), clients_of(theirs)
        self.anonymous = quiet()
        self.machine = quiet(headers={"authorization": f"Token {ours.token}"})
        self.strange_machine = quiet(headers={"authorization": f"Token {theirs.token}"})
        self.found = []

    def visit(self, route, names, *, strangers=None):
        """Look at one address as these kinds of people, as strangers, nobody, and machines."""
        who, path = audience(route), address(route, self.ours)
        for name in names:
            allowed = OF_AUDIENCE.get(who)
            self._look(route, path, self.home[name], name, allowed and name in allowed, who)
            if name == "group" or (strangers is not None and name not in strangers):
                continue
            expected = allowed and name in allowed and who in ALSO_STRANGERS
            self._look(route, path, self.abroad[name], f"stranger {name}", expected, who, True)
        self._look(route, path, self.anonymous, "anonymous", who == "public", who, True)
        if route.startswith("api/v1/"):
            self._machines(route, path, who)

    def _machines(self, route, path, who):
        if route in TOKEN:
            own = "{slug}" in route or "<" in route
            self._look(route, path, self.machine, "token", True, "token")
            self._look(route, path, self.strange_machine, "strange token", not own, "token", True)
        else:
            wanted = False if route in PERSONS_ONLY else None
            self._look(route, path, self.machine, "token", wanted, "open")
            self._look(route, path, self.strange_machine, "strange token", wanted, "open", True)

    def _look(self, route, path, client, name, expected, who, strange=False):
        response = client.get(path)
        got = outcome(response)
        if got not in ("ok", "no") and not (got == "400" and who in ("absent", "open", "change")):
            self.found.append(f"{name} at {path}: {got}")
        elif who in OF_AUDIENCE and expected is not None and got != ("ok" if expected else "no"):
            self.found.append(f"{name} at {path} ({who}): {response.status_code}")
        elif who == "token" and expected != (got == "ok"):
            self.found.append(f"{name} at {path}: {response.status_code}")
        # The address itself holds our names: what is sent back of it says nothing new.
        if strange and WORD in words_of(response).replace(path.lower(), ""):
            self.found.append(f"{name} at {path}: reads of another unit")


def every_route():
    """Return the addresses once each, in their order."""
    return list(dict.fromkeys(routes()))


def test_every_address_is_in_the_table():
    missing = [route for route in every_route() if audience(route) is None]
    gone = sorted(set(TABLE) - set(every_route()))

    assert not missing, missing
    assert not gone, gone


def test_a_part_of_the_addresses_answers_whom_the_table_says(worlds):
    walk = Walk(*worlds)
    turns = itertools.cycle(EVERY)

    for route in every_route()[::4]:
        allowed = OF_AUDIENCE.get(audience(route), frozenset())
        inside = [name for name in EVERY if name in allowed]
        outside = [name for name in EVERY if name not in allowed]
        turn = EVERY.index(next(turns))
        picked = {names[turn % len(names)] for names in (inside, outside) if names}
        walk.visit(route, sorted(picked))

    assert not walk.found, "\n".join(walk.found)


@pytest.mark.full
@pytest.mark.parametrize("share", range(SHARES))
def test_every_address_answers_every_role_as_the_table_says(worlds, share):
    walk = Walk(*worlds)

    for route in every_route()[share::SHARES]:
        closed = audience(route) in ("change", "absent", "admin site")
        walk.visit(route, FEW if closed else EVERY, strangers=FEW)

    assert not walk.found, "\n".join(walk.found)


@pytest.mark.full
def test_an_empty_change_of_every_role_is_no_error(worlds):
    walk = Walk(*worlds)
    failed = []

    for route in every_route():
        if audience(route) in ("account", "admin site"):
            continue
        path = address(route, walk.ours)
        people = {name: walk.home[name] for name in FEW}
        people |= {"stranger": walk.abroad["compliance"], "nobody": walk.anonymous}
        for name, client in people.items():
            kind = {"content_type": "application/json"} if path.startswith("/api/") else {}
            response = client.post(path, {}, **kind)
            if response.status_code >= 500:
                failed.append(f"{name} at {path}: {response.status_code}")
            if name == "stranger" and WORD in words_of(response).replace(path.lower(), ""):
                failed.append(f"{name} at {path}: reads of another unit")

    assert failed == []
