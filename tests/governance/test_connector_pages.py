"""TEL-1, TEL-4: pages and API of connectors and uploads, for who may and who may not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from governance.services.polling import poll_due
from outbox import clock
from telemetry.models import Connector, Measurement, Upload
from telemetry.services.connectors import Wanted, change_connector, define_connector
from tests.registry.factories import call, person_as_actor, role, sign_in, token, user
from tests.telemetry.answering import Answering, matrix
from tests.telemetry.factory import measured

pytestmark = pytest.mark.django_db
LINE = {"kpi": "accuracy", "query": "accuracy", "window": "5m"}
WANTED = {"name": "Prom", "every_seconds": 300, "lines": [LINE]}
FILE = b"kpi,date,value,n\naccuracy,2026-09-01,0.95,500\naccuracy,2026-09-02,x,500\n"


@pytest.fixture
def other():
    """A Prometheus on loopback that answers nothing."""
    made = Answering()
    made.says(matrix())
    yield made
    made.close()


@pytest.fixture
def system():
    """A system with a threshold on its accuracy."""
    return measured()


@pytest.fixture
def connector(system, other):
    """A connector of it, with a credential."""
    return call(
        define_connector,
        system_id=system.pk,
        kind="prometheus",
        wanted=Wanted(**WANTED, url=other.url, sign_in="token", secrets=["s3cret-t0ken"]),
        actor=person_as_actor(system.owner),
    )


@pytest.fixture
def owner(client, system):
    """The owner's browser."""
    return sign_in(client, system.owner)


@pytest.fixture
def stranger(system):
    """Somebody who holds a role elsewhere."""
    who = user()
    role(who, "engineer", system=measured())
    return sign_in(Client(), who)


def filled(other, system, **changes):
    """A form as a browser sends it, with one line and one left empty."""
    said = {
        "name": "Prom", "system": system.slug, "url": other.url, "every_seconds": "300",
        "sign_in": "none", "lines": "2", "line0-kpi": "accuracy", "line0-query": "accuracy",
        "line0-window": "5m", "line0-environment": "production", "line0-factor": "1.0",
        "line1-environment": "production", "line1-factor": "1.0",
    }  # fmt: skip
    return said | changes


def test_a_source_is_connected_without_javascript(owner, system, other):
    kinds = owner.get("/connectors/new/").content.decode()

    answer = owner.post("/connectors/new/?kind=prometheus", filled(other, system))

    made = Connector.objects.get()
    assert "?kind=mlflow" in kinds
    assert answer.headers["Location"] == f"/connectors/{made.pk}/"
    assert (made.lines[0]["query"], len(made.lines)) == ("accuracy", 1)


@pytest.mark.parametrize("kind", ["prometheus", "mlflow", "evidently"])
def test_every_kind_has_a_form_with_the_fields_that_it_knows(owner, kind):
    page = owner.get(f"/connectors/new/?kind={kind}")

    assert page.status_code == 200
    assert ("line0-source" in page.content.decode()) == (kind != "prometheus")


def test_what_is_wrong_is_said_at_its_line(owner, system, other):
    page = owner.post(
        "/connectors/new/?kind=prometheus",
        filled(other, system, **{"line0-window": "soon", "url": "ftp://x"}),
    )

    said = page.content.decode()
    assert page.status_code == 400
    assert "A window is a number and s, m, h or d" in said
    assert "An address with http or https" in said
    assert not Connector.objects.exists()


def test_a_form_without_a_question_is_refused_in_words(owner, system, other):
    page = owner.post(
        "/connectors/new/?kind=prometheus",
        filled(other, system, **{"line0-kpi": "", "line0-query": ""}),
    )

    assert "Ask at least one question" in page.content.decode()


def test_the_page_shows_the_last_row_taken_and_the_last_refused_with_why(owner, connector, other):
    now = clock.now()
    end = now.replace(minute=0, second=0, microsecond=0)
    call(_change, connector=connector, other=other)
    other.says(matrix(({"region": "north"}, [(end, "0.95")]), ({}, [(end, "0.9")])))
    poll_due(clock.now())

    page = owner.get(f"/connectors/{connector.pk}/").content.decode()

    assert "region=north" in page
    assert "A series of the answer has no label region." in page
    assert "works" in page


def _change(*, connector, other, actor, at):
    lines = [LINE | {"segment_label": "region"}]
    wanted = Wanted(**WANTED | {"lines": lines}, url=other.url, sign_in="token", secrets=None)
    return change_connector(
        connector_id=connector.pk, expected_version=1, wanted=wanted, actor=actor, at=at
    )


def test_a_failing_connector_is_shown_as_failing_in_words(owner, connector, other):
    other.says({}, code=500)
    poll_due(clock.now())

    one = owner.get(f"/connectors/{connector.pk}/").content.decode()
    all_ = owner.get("/connectors/?fares=failing").content.decode()

    assert "It brings nothing now" in one
    assert "answered 500" in one
    assert "failing" in all_
    assert "answered 500" in all_


def test_no_page_and_no_answer_shows_the_credential(owner, connector):
    pages = ["/connectors/", f"/connectors/{connector.pk}/", f"/connectors/{connector.pk}/change/"]
    pages += ["/api/v1/connectors/", f"/api/v1/connectors/{connector.pk}/"]

    shown = [owner.get(page).content for page in pages]

    assert not any(b"s3cret" in one for one in shown)
    assert all(b"Prom" in one for one in shown)


def test_an_empty_credential_keeps_the_stored_one(owner, connector, other):
    sent = {
        "name": "Prom 2", "url": other.url, "every_seconds": "900", "sign_in": "token",
        "version": "1", "lines": "1", "line0-kpi": "accuracy", "line0-query": "other",
        "line0-window": "5m", "line0-environment": "production", "line0-factor": "1",
    }  # fmt: skip

    owner.post(f"/connectors/{connector.pk}/change/", sent)
    poll_due(clock.now())

    assert Connector.objects.get().name == "Prom 2"
    assert other.seen[-1]["headers"]["Authorization"] == "Bearer s3cret-t0ken"


def test_trying_shows_what_would_come_and_keeps_nothing(owner, connector, other):
    end = clock.now().replace(minute=0, second=0, microsecond=0)
    other.says(matrix(({}, [(end, "0.95")])))

    page = owner.post(f"/connectors/{connector.pk}/try/").content.decode()

    assert "Asked just now, nothing kept" in page
    assert "1 would be taken" in page
    assert not Measurement.objects.exists()


def test_who_may_switches_it_off_and_asks_at_once(owner, connector):
    owner.post(f"/connectors/{connector.pk}/poll/")

    owner.post(f"/connectors/{connector.pk}/switch/", {"version": "1", "active": "0"})

    assert Connector.objects.get().active is False
    assert "Switched off" in owner.get(f"/connectors/{connector.pk}/").content.decode()


def test_a_reader_of_the_system_sees_it_and_changes_nothing(client, system, connector):
    who = user()
    role(who, "auditor", unit=system.unit)
    sign_in(client, who)

    page = client.get(f"/connectors/{connector.pk}/")
    refused = [
        client.get(f"/connectors/{connector.pk}/change/").status_code,
        client.post(f"/connectors/{connector.pk}/try/").status_code,
        client.post(f"/connectors/{connector.pk}/poll/").status_code,
        client.post(f"/connectors/{connector.pk}/switch/", {"version": "1"}).status_code,
        client.get("/connectors/new/").status_code,
    ]

    assert page.status_code == 200
    assert "Try it now" not in page.content.decode()
    assert set(refused) == {403}


def test_a_stranger_does_not_learn_that_it_exists(stranger, connector):
    paths = [f"/connectors/{connector.pk}/", f"/api/v1/connectors/{connector.pk}/"]

    assert [stranger.get(path).status_code for path in paths] == [404, 404]
    assert stranger.post(f"/connectors/{connector.pk}/try/").status_code == 404
    assert b"Prom<" not in stranger.get("/connectors/").content


def test_the_list_takes_the_same_number_of_queries_however_long(
    owner, system, connector, other, django_assert_max_num_queries
):
    for number in range(6):
        call(
            define_connector,
            system_id=system.pk,
            kind="prometheus",
            wanted=Wanted(**WANTED | {"name": f"P{number}"}, url=other.url),
        )

    with django_assert_max_num_queries(25):
        page = owner.get("/connectors/")

    assert page.content.decode().count("/connectors/") > 6


@pytest.mark.parametrize("text", ["\0", "%", "x" * 500, "'; --"])
def test_odd_filters_do_no_harm(owner, connector, text):
    asked = {"search": text, "fares": text, "after": text}

    assert owner.get("/connectors/", asked).status_code == 200


@pytest.mark.parametrize(
    "said",
    [
        {"line0-query": "a\0b"}, {"name": "\0"}, {"url": "http://\0"}, {"lines": "999999999"},
        {"lines": "-1"}, {"system": "nothing"}, {"every_seconds": "1"}, {"line0-factor": "nan"},
        {"line0-factor": "inf"}, {"line0-kpi": "nothing"}, {"line0-segment": "x\0=y"},
    ],
)  # fmt: skip
def test_odd_input_is_refused_and_breaks_nothing(owner, system, other, said):
    answer = owner.post("/connectors/new/?kind=prometheus", filled(other, system) | said)

    assert answer.status_code in (400, 302)


def post(client, path, body, **headers):
    """Send JSON."""
    return client.post(path, body, content_type="application/json", headers=headers)


def test_the_api_does_what_the_pages_do(owner, system, other):
    asked = WANTED | {"system": system.slug, "kind": "prometheus", "url": other.url}
    made = post(owner, "/api/v1/connectors/", asked)
    place = f"/api/v1/connectors/{made.json()['id']}/"
    changed = owner.put(
        place,
        WANTED | {"url": other.url, "every_seconds": 60},
        content_type="application/json",
        headers={"if-match": made.headers["ETag"]},
    )
    tried = post(owner, f"{place}try", {})
    off = post(owner, f"{place}switch", {"active": False}, **{"if-match": '"2"'})

    assert made.status_code == 201
    assert (changed.status_code, changed.json()["every_seconds"]) == (200, 60)
    assert (tried.json()["dry_run"], tried.json()["accepted"]) == (True, 0)
    assert (off.status_code, off.json()["fares"]) == (200, "off")
    assert owner.get(f"{place}runs").json()["results"] == []


def test_a_stale_change_over_the_api_is_refused(owner, connector):
    answer = owner.put(
        f"/api/v1/connectors/{connector.pk}/",
        WANTED | {"url": "https://x.example.org"},
        content_type="application/json",
        headers={"if-match": '"9"'},
    )

    assert answer.status_code == 409


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": [{"kpi": "accuracy"}]}, {"lines": "x"}, {"lines": [LINE | {"factor": 1e400}]},
        {"name": "a\x00b"}, {"secrets": [1]}, {"every_seconds": 10**30}, {"kind": []},
        {"system": {}}, {"url": None}, {"lines": [LINE | {"query": "\x00"}]},
    ],
)  # fmt: skip
def test_odd_json_is_refused_with_a_problem(owner, system, other, changes):
    asked = WANTED | {"system": system.slug, "kind": "prometheus", "url": other.url} | changes

    assert post(owner, "/api/v1/connectors/", asked).status_code == 400


def test_a_token_reads_connectors_of_its_systems_and_defines_none(client, system, connector, other):
    _, plaintext = token(scopes=["read"], systems=[system], at=clock.now())
    headers = {"authorization": f"Token {plaintext}"}

    read = client.get("/api/v1/connectors/", headers=headers)
    refused = post(client, "/api/v1/connectors/", WANTED, **headers)

    assert [one["name"] for one in read.json()["results"]] == ["Prom"]
    assert refused.status_code == 403


def sheet(content=FILE, name="june.csv"):
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content)


def upload(browser, system, **changes):
    """Upload a file on the page, and return it."""
    said = {"file": sheet(), "kind": "measurements", "system": system.slug} | changes
    answer = browser.post("/uploads/", said)
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return Upload.objects.get()


def test_a_file_goes_from_the_page_to_readings_without_javascript(owner, system):
    found = upload(owner, system)
    columns = {f"column-{n}": field for n, (_, field) in enumerate(found.columns)}
    said = columns | {"every-system": system.slug, "every-window": "1d", "decimal": "."}

    owner.post(f"/uploads/{found.pk}/settle/", said | {"zone": "UTC", "version": "1"})
    looked = owner.get(f"/uploads/{found.pk}/").content.decode()
    owner.post(f"/uploads/{found.pk}/import/", {"version": "2", "without_bad": "on"})

    found.refresh_from_db()
    assert "This is no number" in looked
    assert (found.state, found.accepted, found.rejected) == ("imported", 1, 1)
    assert "1 lines taken in" in owner.get(f"/uploads/{found.pk}/").content.decode()


def test_the_first_lines_and_each_fault_stand_on_the_page(owner, system):
    found = upload(owner, system)

    page = owner.get(f"/uploads/{found.pk}/").content.decode()

    assert "2026-09-01" in page
    assert "This field is required." in page


def test_a_file_that_cannot_be_read_is_said_beside_the_field(owner, system):
    said = {"file": sheet(b"PK\x03\x04"), "kind": "measurements", "system": system.slug}

    answer = owner.post("/uploads/", said)

    assert answer.status_code == 400
    assert "save it as CSV" in answer.content.decode()


@pytest.mark.parametrize(
    "name", ["../../x.csv", "<img src=x onerror=alert(1)>.csv", "a\u202eb.csv"]
)
def test_the_name_of_a_file_does_no_harm(owner, system, name):
    found = upload(owner, system, file=sheet(name=name))

    assert "<img src=x" not in owner.get(f"/uploads/{found.pk}/").content.decode()
    assert not {"/", "\u202e"} & set(found.name)


def test_markup_in_a_cell_is_shown_as_text(owner, system):
    found = upload(owner, system, file=sheet(FILE + b"<script>alert(1)</script>,x,1,2\n"))

    assert "<script>alert" not in owner.get(f"/uploads/{found.pk}/").content.decode()


def test_the_api_takes_a_file_in_as_well(owner, system):
    made = owner.post("/api/v1/uploads/", {"file": sheet(), "system": system.slug, "window": "1d"})
    place = f"/api/v1/uploads/{made.json()['id']}/"
    faults = owner.get(f"{place}faults").json()["results"]
    refused = post(owner, f"{place}import", {}, **{"if-match": '"1"'})
    done = post(owner, f"{place}import", {"without_bad": True}, **{"if-match": '"1"'})

    assert (made.status_code, refused.status_code, done.status_code) == (201, 409, 200)
    assert [(one["line"], one["field"]) for one in faults] == [(3, "value")]
    assert (done.json()["accepted"], done.json()["state"]) == (1, "imported")


def test_a_stranger_sees_no_file_of_somebody_else(stranger, client, system):
    found = upload(sign_in(client, system.owner), system)

    assert stranger.get(f"/uploads/{found.pk}/").status_code == 404
    assert stranger.get(f"/api/v1/uploads/{found.pk}/").status_code == 404
    assert stranger.post(f"/uploads/{found.pk}/import/", {"version": "1"}).status_code == 404


def test_who_holds_no_role_is_told_who_uploads(client, system):
    page = sign_in(client, user()).get("/uploads/").content.decode()

    assert "Owner, deputy and engineers" in page
    assert "Look at it" not in page
