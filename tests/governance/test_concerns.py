"""INC-1, T01, CLK-21: an officer makes a case of a concern; its owner never learns whose it was."""

import datetime as dt

import pytest
from django.db import connection

from governance.services.concerns import Account, open_concern_case
from incidents.models import Incident, RegulatoryClock
from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Invalid, Missing
from registry.models import Concern
from registry.services.concerns import Said, raise_concern, read_concern
from tests.governance.pages import seen, signed_in, stand_at
from tests.incidents import factory as cases
from tests.incidents.factory import AT, acting, unique

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
XSS = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def clock_stands():
    stand_at(AT)
    yield
    stand_at(None)


def raised(*, by=None, harm="yes", what="It refuses widows.", contact="room 5"):
    """Raise a concern two hours ago."""
    concern, code = raise_concern(
        said=Said(where="the claims thing", what=what, harm=harm, contact=contact),
        form_key=unique("form"),
        raised_by_id=by.pk if by else None,
        at=AT - 2 * HOUR,
    )
    return concern, code


def opened(concern, who, *, at=AT - HOUR):
    """Open it for reading."""
    with acting_as(acting(who)):
        return read_concern(concern_id=concern.pk, actor=acting(who), at=at)


def case(concern, who, system, *, expected_version=2, **changes):
    """Make a case of it."""
    arguments = {"title": "Widows are refused", "seen": "Claims of widows fail."} | changes
    with acting_as(acting(who)):
        return open_concern_case(
            concern_id=concern.pk,
            expected_version=expected_version,
            system_id=system.pk,
            account=Account(**arguments),
            actor=acting(who),
            at=AT,
        )


def test_receipt_is_detected_and_the_first_reader_is_aware():
    house = cases.house()
    concern, _ = raised()
    opened(concern, house.compliance)

    made = case(concern, house.compliance, house.system)

    incident = Incident.objects.get(pk=made.incident_id)
    assert incident.kind == "concern"
    assert (incident.detected_at, incident.aware_at) == (AT - 2 * HOUR, AT - HOUR)
    assert incident.aware_by == house.compliance.name


def test_clocks_of_a_yes_count_from_the_first_reader():
    house = cases.house()
    cases.clock_rule(hours=72)
    concern, _ = raised()
    opened(concern, house.compliance)

    case(concern, house.compliance, house.system, answers={"personal_data": "yes"})

    clock = RegulatoryClock.objects.get()
    assert (clock.aware_at, clock.due_at) == (AT - HOUR, AT + 71 * HOUR)
    assert clock.aware_person == house.compliance.name


def test_the_owner_learns_what_is_the_matter_and_never_who_said_it(client):
    house = cases.house()
    whistle = cases.person(name="Wilma Whistle", unit=house.unit)
    concern, _ = raised(by=whistle)
    opened(concern, house.compliance)
    made = case(concern, house.compliance, house.system)

    page = seen(client, f"/incidents/{made.incident_number}/", house.owner)
    api = client.get(f"/api/v1/incidents/{made.incident_number}/").content.decode()
    tried = client.get(f"/concerns/{concern.number}/")

    assert "Claims of widows fail." in page
    assert "Wilma" not in page + api
    assert str(whistle.pk) not in page + api
    assert "room 5" not in page + api
    assert tried.status_code == 404


def test_no_row_of_the_incident_or_the_ledger_names_who_raised_it():
    house = cases.house()
    whistle = cases.person(name="Wilma Whistle", unit=house.unit)
    concern, _ = raised(by=whistle)
    opened(concern, house.compliance)
    case(concern, house.compliance, house.system)

    with connection.cursor() as cursor:
        found = []
        for table in (
            "incidents_incident",
            "incidents_transition",
            "ledger_entry",
            "outbox_message",
        ):
            cursor.execute(f"SELECT t::text FROM {table} t")
            found += [row[0] for row in cursor.fetchall()]
    bodies = b"".join(bytes(one.body) for one in Entry.objects.filter(object_type="concern"))
    assert str(whistle.pk) not in " ".join(
        line for line in found if concern.number in line or "incident" in line
    )
    assert str(whistle.pk).encode() not in bodies


def test_a_case_is_made_once():
    house = cases.house()
    concern, _ = raised()
    opened(concern, house.compliance)
    case(concern, house.compliance, house.system)

    with pytest.raises(Conflict):
        case(concern, house.risk, house.system, expected_version=3)


def test_a_system_of_another_unit_is_not_there_to_tie_to():
    house, other = cases.house(), cases.house()
    concern, _ = raised()
    opened(concern, house.compliance)

    with pytest.raises(Missing):
        case(concern, house.compliance, other.system)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"title": ""}, "title"), ({"seen": " "}, "seen"), ({"seen_at": AT + HOUR}, "seen_at"),
     ({"answers": {"person_harmed": "perhaps"}}, "person_harmed")],
)  # fmt: skip
def test_what_is_not_right_is_told_at_its_field(changes, field):
    house = cases.house()
    concern, _ = raised()
    opened(concern, house.compliance)

    with pytest.raises(Invalid) as refused:
        case(concern, house.compliance, house.system, **changes)

    assert field in refused.value.fields


# ---------------------------------------------------------------- doors


def test_an_officer_opens_answers_and_makes_a_case_by_the_pages(client):
    house = cases.house()
    concern, code = raised()
    signed_in(client, house.compliance)
    path = f"/concerns/{concern.number}/"

    before = client.get(path).content.decode()
    client.post(f"{path}read/")
    client.post(f"{path}answer/", {"text": "Which branch?"})
    sent = client.post(
        f"{path}case/",
        {
            "system": str(house.system.pk),
            "title": "Widows are refused",
            "seen": "Claims of widows fail.",
            "version": 2,
            "person_harmed": "yes",
            "rights_affected": "yes",
            "personal_data": "no",
            "critical_service": "no",
        },
    )
    follows = client.post("/concerns/receipt/", {"code": code}).content.decode()

    assert "refuses widows" not in before
    assert sent.status_code == 302, sent.content.decode()
    assert "Which branch?" in follows
    assert house.compliance.name not in follows
    assert Concern.objects.get().state == "case"


def test_two_officers_close_it_by_the_pages(client):
    house = cases.house()
    concern, code = raised()
    opened(concern, house.compliance)
    path = f"/concerns/{concern.number}/"

    signed_in(client, house.compliance)
    client.post(f"{path}dismiss/", {"reason": "tested, not so", "version": 2})
    own = client.post(f"{path}second/", {"outcome": "agree", "reason": "x", "version": 3})
    signed_in(client, house.risk)
    client.post(f"{path}second/", {"outcome": "agree", "reason": "tested too", "version": 3})
    follows = client.post("/concerns/receipt/", {"code": code}).content.decode()

    assert own.status_code == 403
    assert Concern.objects.get().state == "dismissed"
    assert "tested, not so" in follows


def test_the_list_tells_nothing_of_what_nobody_opened(client):
    house = cases.house()
    concern, _ = raised()

    listed = seen(client, "/concerns/", house.compliance)
    body = client.get("/api/v1/concerns/").json()
    one = client.get(f"/api/v1/concerns/{concern.number}/").json()

    assert concern.number in listed
    assert "claims thing" not in listed
    assert "claims thing" not in str(body)
    assert one["said"] == {}


@pytest.mark.parametrize("who", ["owner", "deputy", "engineer", "auditor", "executive", "stranger"])
def test_who_is_no_officer_finds_the_way_to_raise_one_and_no_concern(client, who):
    house = cases.house()
    concern, _ = raised()
    reader = getattr(house, who)

    page = seen(client, "/concerns/", reader)
    code = client.get(f"/concerns/{concern.number}/").status_code
    api = client.get("/api/v1/concerns/").json()

    assert "Raise one without my name" in page
    assert concern.number not in page
    assert code == 404
    assert api == []


def test_the_api_carries_one_through(client):
    house = cases.house()
    concern, _ = raised(harm="no")
    signed_in(client, house.compliance)
    path = f"/api/v1/concerns/{concern.number}"

    first = client.post(f"{path}/open")
    line = client.post(f"{path}/lines", {"text": "When?"}, content_type="application/json")
    done = client.post(
        f"{path}/dismiss",
        {"reason": "a wish"},
        content_type="application/json",
        HTTP_IF_MATCH=line["ETag"],
    )

    assert [first.status_code, line.status_code, done.status_code] == [200, 201, 200]
    assert first.json()["said"]["what"] == "It refuses widows."
    assert done.json()["state"] == "dismissed"


def test_the_api_makes_a_case(client):
    house = cases.house()
    concern, _ = raised()
    signed_in(client, house.compliance)
    path = f"/api/v1/concerns/{concern.number}"
    first = client.post(f"{path}/open")

    made = client.post(
        f"{path}/case",
        {"system": house.system.slug, "title": "Widows", "seen": "They are refused."},
        content_type="application/json",
        HTTP_IF_MATCH=first["ETag"],
    )

    assert made.status_code == 201, made.content
    assert Incident.objects.get(number=made.json()["number"]).kind == "concern"


def test_what_is_said_is_shown_and_never_run(client):
    house = cases.house()
    concern, _ = raised(what=XSS, contact=XSS)
    opened(concern, house.compliance)
    signed_in(client, house.compliance)

    page = client.get(f"/concerns/{concern.number}/").content.decode()

    assert XSS not in page
    assert page.count("&lt;script&gt;alert(1)") == 2
