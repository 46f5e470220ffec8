"""GOV-4: nobody reaches another unit by naming its things, and nobody climbs within their own.

The requests that a unit's own people may send are sent by everybody who may not: people of the
same roles from another unit, and in the unit those who only look or only administer. Each is
refused, and afterwards no table holds another row than before.
"""

import uuid
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import transaction

from ledger.context import enter
from registry.models import RoleAssignment
from tests.faults.climbing import changed, doors, mark, operations, quiet, touches, two_units
from tests.faults.climbing_requests import LATER, SOON, Asked, requests_of, send
from tests.incidents.factory import grant
from tests.registry.factories import sign_in
from tests.walks.test_access_matrix import AT, address

pytestmark = pytest.mark.django_db
REFUSED = {400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 428}
# Open to whoever holds the role anywhere, and about nothing of the other unit.
ANYWHERE = {
    "suppliers_register": "the register of suppliers is the organisation's",
    "law_updates_load": "the law as data is the organisation's",
    "ledger_print": "a print of what one may read oneself",
    "my_notices_trial": "a trial message to oneself",
    "desk_calendar_make": "an address of one's own calendar",
    "desk_views_save": "a view of one's own desk",
    "glasses_break": "an emergency knows no units; compliance of the unit is told at once",
}
# The same acts as pages: the organisation's own register and data, a trial message to oneself,
# the profile of the unit that one belongs to, confirmed by those who approve rules there.
SHARED = {"law/updates/", "suppliers/", "me/notices/trial", "first-steps/profile/"}
# Who sees a case may ask those who can act on it; an auditor may not even that.
ASKING = "/ask/"
# Who sees a case may speak on it, and the board approves rules; nothing else is theirs to change.
OF_THE_BOARD = ("/comments/", "/first-steps/profile/")
LOOKING = ("auditor", "board", "employee")
# What an administrator may: people, units, tokens, the register's plain facts. Never a decision.
ADMINISTERED = {
    "systems_register", "systems_change", "people_invite", "people_change", "people_roles_grant",
    "people_leaves_record", "people_delegations_record", "units_create", "units_rename",
    "tokens_issue", "glasses_break", "roles_end", "people_let_go", "suppliers_register",
}  # fmt: skip
# What whoever sees a system may: tell of what went wrong, ask for its evidence.
TELLING = {"incidents_report", "packs_request"}
# What everybody may say of themselves: that they are away, and who acts for them.
OF_ONESELF = {"people_leaves_record", "people_delegations_record"}


@pytest.fixture
def worlds():
    """Our unit and another one."""
    yield from two_units()


class Attempts:
    """Sends what must be refused; each is taken back, and told where it was not refused."""

    def __init__(self):
        self.before = mark()
        self.found = []

    def send(self, who, client, asked):
        """Send a request that must change nothing."""
        self.watch(f"{who}: {asked.operation}", lambda: send(client, asked))

    def watch(self, name, call):
        """Make a call that must be refused and must change nothing."""
        cache.clear()
        kept, counts = transaction.savepoint(), touches()
        answer = call()
        enter(None)
        written = touches()
        tables = changed(self.before) if written != counts else []
        transaction.savepoint_rollback(kept)
        transaction.savepoint_commit(kept)
        if tables:
            self.found.append(f"{name}: {answer.status_code}, changed {tables}")
        elif answer.status_code >= 500:
            self.found.append(f"{name}: {answer.status_code}")
        return answer


def clients(people, names):
    """Return a signed-in client of each: who is not would be refused whatever the rules say."""
    found = {name: sign_in(quiet(), people[name], fresh_at=AT) for name in names}
    for name, client in found.items():
        assert client.get("/api/v1/incidents/").status_code == 200, f"{name} is not signed in"
    return found


def test_people_of_another_unit_change_nothing_by_naming_what_is_ours(worlds):
    ours, theirs = worlds
    requests = [one for one in requests_of(ours) if one.operation not in ANYWHERE]
    strangers = clients(theirs.people, {one.who for one in requests})
    attempts = Attempts()

    answers = {
        one.operation: attempts.send(f"stranger {one.who}", strangers[one.who], one) or 0
        for one in requests
    }

    assert attempts.found == []
    assert len(answers) > 25


@pytest.mark.full
def test_who_only_looks_or_administers_decides_nothing(worlds):
    ours, _ = worlds
    mine = clients(ours.people, [*LOOKING, "administrator"])
    attempts = Attempts()

    for one in requests_of(ours):
        for name, client in mine.items():
            allowed = ADMINISTERED if name == "administrator" else set()
            if name == "employee":
                allowed = OF_ONESELF
            if one.operation in allowed | TELLING:
                continue
            attempts.send(name, client, one)

    assert attempts.found == []


@pytest.mark.full
def test_an_id_of_another_unit_in_the_body_is_refused(worlds):
    ours, theirs = worlds
    foreign = theirs.of.house
    swaps = {
        "unit": str(foreign.unit.pk), "parent": str(foreign.unit.pk),
        "system": foreign.system.slug, "systems": [foreign.system.slug],
    }  # fmt: skip
    mine = clients(ours.people, {one.who for one in requests_of(ours)})
    attempts, tried = Attempts(), set()

    for one in requests_of(ours):
        if one.operation in ANYWHERE:
            continue
        for name in one.body.keys() & swaps.keys():
            body = one.body | {name: swaps[name]}
            client = mine[one.who]
            attempts.watch(
                f"{one.operation} with their {name}",
                lambda c=client, o=one, b=body: send(c, o, b),
            )
            tried.add((one.operation, name))

    assert attempts.found == []
    assert {("tokens_issue", "systems"), ("people_invite", "unit"), ("units_create", "parent"),
            ("systems_register", "unit"),
            ("people_delegations_record", "unit")} <= tried  # fmt: skip


@pytest.mark.full
def test_a_role_or_a_delegation_for_another_unit_is_not_given(worlds):
    ours, theirs = worlds
    foreign = theirs.of.house
    client = clients(ours.people, ["administrator"])["administrator"]
    me, them = ours.people["administrator"].pk, ours.people["employee"].pk
    attempts = Attempts()

    for holder in (me, them, theirs.people["employee"].pk):
        for place in ({"unit": str(foreign.unit.pk)}, {"system": str(foreign.system.pk)}):
            body = {"role": "compliance", "reason": "climbing"} | place
            attempts.send(
                "administrator", client, Asked("grant", "", f"/people/{holder}/roles", body)
            )
            lent = {"delegate": str(them), "from_at": SOON, "until_at": LATER, "reason": "climbing"}
            path = f"/people/{theirs.people['owner'].pk}/delegations"
            attempts.send("administrator", client, Asked("delegation", "", path, lent | place))

    assert attempts.found == []


def on_oneself(world, who):
    """Return what somebody may try to gain by acting on themselves."""
    me = world.people[who].pk
    unit = str(world.of.house.unit.pk)
    top = str(world.top.pk)
    own = RoleAssignment.objects.filter(user=me).first()
    until = LATER
    grant_of = {"reason": "climbing", "unit": unit}
    asked = [
        Asked("grant", "", f"/people/{me}/roles", grant_of | {"role": "executive"}),
        Asked("extend", "", f"/people/{me}/roles",
              grant_of | {"role": own.role if own else "auditor", "until_at": until}),
        Asked("above", "", f"/people/{me}/roles",
              {"reason": "climbing", "unit": top, "role": "administrator"}),
        Asked("move", "", f"/people/{me}/",
              {"name": world.people[who].name, "unit": top, "zone": "UTC"}, "put"),
        Asked("leave", "", f"/people/{me}/leaving", {"reason": "climbing", "successors": {}}),
        Asked("borrow", "", f"/people/{world.people['owner'].pk}/delegations",
              {"delegate": str(me), "unit": unit, "from_at": SOON, "until_at": until,
               "reason": "climbing"}),
    ]  # fmt: skip
    if own:
        asked.append(Asked("end", "", f"/roles/{own.pk}/end", {"reason": "climbing"}))
        asked.append(Asked("confirm", "", f"/roles/{own.pk}/confirm"))
    return asked


@pytest.mark.full
def test_nobody_gains_by_acting_on_themselves(worlds):
    ours, _ = worlds
    attempts = Attempts()

    for who, client in clients(ours.people, ["administrator", "compliance", "auditor", "engineer",
                                             "emergency", "employee"]).items():  # fmt: skip
        for one in on_oneself(ours, who):
            attempts.send(who, client, one)

    assert attempts.found == []


@pytest.mark.full
def test_who_broke_the_glass_neither_reviews_it_nor_acts_by_it(worlds):
    ours, _ = worlds
    house = ours.of.house
    who = ours.people["emergency"]
    grant(who, "compliance", unit=house.unit)
    client = sign_in(quiet(), who, fresh_at=AT)
    body = {"system": str(house.system.pk), "hours": 1, "reason": "nobody of the unit answers"}
    broken = send(client, Asked("glasses_break", "", "/break-glass/", body))
    attempts = Attempts()

    reviewed = {"verdict": "justified", "review": "it was needed, as I know best"}
    attempts.send(
        "who broke it",
        client,
        Asked("review", "", f"/break-glass/{broken.json()['id']}/review", reviewed),
    )
    again = Asked("again", "", "/break-glass/", body | {"hours": 5})
    attempts.send("who broke it", client, again)

    assert broken.status_code == 201, broken.content
    assert attempts.found == []


@pytest.mark.full
def test_what_was_lent_is_not_lent_on(worlds):
    ours, _ = worlds
    house = ours.of.house
    of, borrower, third = house.system, ours.people["employee"], house.stranger
    lent = {"unit": str(house.unit.pk), "reason": "away", "until_at": LATER,
            "from_at": (AT + timedelta(minutes=1)).isoformat()}  # fmt: skip
    owner = sign_in(quiet(), house.owner, fresh_at=AT)
    client = sign_in(quiet(), borrower, fresh_at=AT)

    first = send(owner, Asked("lend", "", f"/people/{house.owner.pk}/delegations",
                              lent | {"delegate": str(borrower.pk)}))  # fmt: skip
    onward = [
        send(client, Asked("on", "", f"/people/{one.pk}/delegations",
                           lent | {"delegate": str(third.pk)}))
        for one in (house.owner, borrower)
    ]  # fmt: skip

    assert (first.status_code, onward[0].status_code) == (201, 404), onward[0].content
    assert client.get(f"/systems/{of.slug}/").status_code == 200
    assert sign_in(quiet(), third).get(f"/systems/{of.slug}/").status_code == 404


def pages():
    """Return the addresses of pages, each once."""
    away = ("api/", "accounts/", "admin/", "theme/", "concerns/new", "concerns/receipt",
            "concerns/named", "ledger/lists/", "exchange/")  # fmt: skip
    routes = dict.fromkeys(route for route, _ in doors())
    return [route for route in routes if not route.startswith(away)]


def form_of(world):
    """Return fields of the names that forms use, with what is another unit's."""
    house = world.of.house
    person = str(world.people["employee"].pk)
    said = {"reason": "climbing up", "name": "Climber", "title": "Climber", "text": "climbing up",
            "version": "1", "key": uuid.uuid4().hex, "role": "administrator", "agreed": "on",
            "confirm": "on", "accepted": "yes", "edge": "suspend", "hours": "1", "vote": "yes",
            "motion_sha256": world.decision.motion_sha256, "from_at": SOON[:16],
            "until_at": LATER[:16], "expires_at": LATER[:16], "email": "climber@example.org",
            "zone": "UTC", "slug": "climber", "kind": "policy", "password": "x"}  # fmt: skip
    said |= dict.fromkeys(("owner", "deputy", "user", "person", "delegate", "reviewer", "keeper",
                           "person_id", "successor", "account"), person)  # fmt: skip
    said |= dict.fromkeys(("unit", "unit_id", "parent"), str(house.unit.pk))
    return said | {"system": house.system.slug, "on_system": house.system.slug}


def commands_of(route):
    """Return a route with the acts that its forms know in its place."""
    if "<slug:command>" in route:
        return [route.replace("<slug:command>", one)
                for one in ("acknowledge", "reassign", "cancel", "close", "assess")]  # fmt: skip
    if "<slug:act>" in route:
        acts = ("convene", "withdraw", "close", "ballot", "recuse", "version", "review", "change")
        return [route.replace("<slug:act>", one) for one in acts]
    return [route]


def tried_on_pages(world, client, name, routes):
    """Send the forms of another unit's pages; return what was not refused."""
    attempts, form = Attempts(), form_of(world)
    for route in routes:
        for one in commands_of(route):
            path = address(one, world)
            if ASKING in path and name in ("board", "employee"):
                continue
            if name == "board" and path.endswith(OF_THE_BOARD):
                continue
            attempts.watch(f"{name} at {path}", lambda p=path: client.post(p, form))
    return attempts.found


@pytest.mark.full
def test_a_stranger_changes_nothing_by_the_forms_of_our_pages(worlds):
    ours, theirs = worlds
    client = sign_in(quiet(), theirs.people["compliance"], fresh_at=AT)

    found = tried_on_pages(ours, client, "compliance", [one for one in pages() if "<" in one])

    assert found == []


@pytest.mark.full
@pytest.mark.parametrize("who", ["owner", "administrator", "risk", "executive", "engineer",
                                 "secretary", "emergency", "employee"])  # fmt: skip
def test_nobody_of_another_unit_changes_anything_by_the_forms_of_our_pages(worlds, who):
    ours, theirs = worlds
    client = sign_in(quiet(), theirs.people[who], fresh_at=AT)

    found = tried_on_pages(ours, client, who, [one for one in pages() if one not in SHARED])

    assert found == []


@pytest.mark.full
@pytest.mark.parametrize("who", ["auditor", "board", "employee"])
def test_who_only_looks_changes_nothing_by_any_form(worlds, who):
    ours, _ = worlds
    client = sign_in(quiet(), ours.people[who], fresh_at=AT)

    found = tried_on_pages(ours, client, who, [one for one in pages() if one != "me/notices/trial"])

    assert found == []


@pytest.mark.full
@pytest.mark.parametrize("who", ["compliance", "administrator", "owner", "auditor"])
def test_nobody_of_another_unit_changes_anything_by_an_empty_request(worlds, who):
    ours, theirs = worlds
    client = sign_in(quiet(), theirs.people[who], fresh_at=AT)
    attempts, values = Attempts(), ours.values() | {"version": 1, "row_id": ours.role.pk}

    for method, path, operation in operations("post", "put", "patch", "delete"):
        if "concerns/" in path or "imports" in path or operation["operationId"] in ANYWHERE:
            continue
        there = path.removeprefix("/api/v1").replace("{number}", number_for(path, ours))
        for name, value in values.items():
            there = there.replace(f"{{{name}}}", str(value))
        asked = Asked(operation["operationId"], who, there, form_of(ours), method, seen=1)
        attempts.send(who, client, asked)

    assert attempts.found == []


def number_for(path, world):
    """Return the number that stands for a case or a motion in an address."""
    return world.decision.number if "/motions/" in path else world.incident.number
