"""REG-8, GOV-4: pages and API of import and export, for those who may and those who may not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from registry.models import Import, System
from tests.registry.factories import role, sign_in, unit, user
from tests.registry.messy import workbook
from tests.registry.test_exchange_imports import HEAD, csv, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    """A compliance officer of the unit that the files name."""
    claims = unit(name="Claims")
    made = user(of=claims)
    role(made, "compliance", unit=claims)
    user(of=claims, name="Jonas Weber", email="jonas.weber@example.org")
    user(of=claims, name="Mara Lind")
    return made


def sheet(content=None, name="register.xlsx"):
    """Return a file as a browser sends it."""
    return SimpleUploadedFile(name, content if content is not None else workbook())


def upload(client, **more):
    """Upload a file on the page; return the import."""
    answer = client.post("/exchange/", {"file": sheet(**more), "kind": ""})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return Import.objects.get()


def test_a_file_goes_from_the_page_to_the_registry_without_javascript(client, officer):
    sign_in(client, officer)
    found = upload(client)
    page = client.get(f"/exchange/{found.pk}/")
    form = page.context["form"]
    said = {"version": found.version, "date_order": "", "without_bad": "on"}
    said |= {f"column-{n}": one[2] for n, one in enumerate(found.columns)}
    for number, asked in enumerate(form.questions):
        said[f"choice-{number}"] = asked["likely"][0][0] if len(asked["likely"]) == 1 else ""

    client.post(f"/exchange/{found.pk}/settle", said)
    found.refresh_from_db()
    client.post(f"/exchange/{found.pk}/apply", {"version": found.version})

    found.refresh_from_db()
    assert (found.state, found.failure) == ("applied", "")
    assert System.objects.count() == 3
    assert "unsigned" in client.get("/systems/claims-triage/elsewhere/").content.decode()


def test_a_file_is_not_offered_to_be_applied_while_rows_have_problems(client, officer):
    sign_in(client, officer)
    messy = upload(client)
    client.post("/exchange/", {"file": sheet(csv(HEAD, line("alpha")), "good.csv"), "kind": ""})
    good = Import.objects.exclude(pk=messy.pk).get()

    waits, ready = (client.get(f"/exchange/{one.pk}/").content.decode() for one in (messy, good))

    assert "Nothing is applied while rows have problems." in waits
    assert "Apply what is shown" not in waits
    assert "Apply what is shown" in ready


def test_every_problem_stands_on_the_page_with_how_to_mend_it(client, officer):
    found = upload(sign_in(client, officer))

    page = client.get(f"/exchange/{found.pk}/?action=blocked").content.decode()

    assert "is probably Jonas Weber" in page
    assert "Confirm it above." in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    "name", ["../../x.csv", "<img src=x onerror=alert(1)>.csv", "a\u202eb.csv"]
)
def test_the_name_of_a_file_does_no_harm(client, officer, name):
    found = upload(sign_in(client, officer), content=csv(HEAD, line("alpha")), name=name)

    page = client.get(f"/exchange/{found.pk}/").content.decode()
    assert "<img src=x" not in page
    assert "/" not in found.name


def test_a_file_that_cannot_be_read_is_said_beside_the_field(client, officer):
    sign_in(client, officer)

    answer = client.post("/exchange/", {"file": sheet(b"PK\x03\x04x"), "kind": ""})

    assert answer.status_code == 400
    assert "no spreadsheet that can be read" in answer.content.decode()


def test_an_import_of_somebody_else_is_not_there(client, officer):
    found = upload(sign_in(client, officer))
    stranger = user()
    role(stranger, "engineer", unit=unit())

    sign_in(client, stranger)

    for path in (f"/exchange/{found.pk}/", f"/api/v1/imports/{found.pk}"):
        assert client.get(path).status_code == 404
    assert client.post(f"/exchange/{found.pk}/apply", {"version": 1}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/exchange/", "/exchange/registries/", "/exchange/mlbom.cdx.json"]
)
def test_nobody_is_sent_to_sign_in(client, path):
    assert client.get(path).status_code == 302


def test_who_may_not_connect_is_told_who_can(client, officer):
    answer = sign_in(client, officer).get("/exchange/registries/")

    assert answer.status_code == 403
    assert "an administrator" in answer.content.decode()


def test_an_administrator_connects_a_registry_and_the_secret_is_not_shown(client):
    here = unit()
    boss = user(of=here)
    role(boss, "administrator", unit=here)
    sign_in(client, boss)

    client.post(
        "/exchange/registries/",
        {"name": "ML", "url": "https://mlflow.example.org", "sign_in": "token", "secret": "hush"},
    )

    page = client.get("/exchange/registries/").content.decode()
    assert "mlflow.example.org" in page
    assert "hush" not in page
    assert "hush" not in client.get("/api/v1/model-registries").content.decode()


def test_the_api_reads_settles_and_applies(client, officer):
    sign_in(client, officer)
    made = client.post("/api/v1/imports", {"file": sheet(csv(HEAD, line("alpha")), "a.csv")})
    path = f"/api/v1/imports/{made.json()['id']}"
    settled = client.post(
        f"{path}/settle", {"hidden": True}, content_type="application/json",
        headers={"If-Match": made["ETag"]},
    )  # fmt: skip

    done = client.post(f"{path}/apply", headers={"If-Match": settled["ETag"]})

    assert (made.status_code, settled.status_code, done.status_code) == (201, 200, 200)
    assert done.json()["state"] == "applied"
    assert client.get(f"{path}/rows?action=create").json()["results"][0]["target"] == "alpha"
    assert client.get("/api/v1/imports").json()["results"][0]["name"] == "a.csv"


@pytest.mark.parametrize(
    "body",
    [
        {"columns": {"nonsense": {"a": "b"}}},
        {"columns": {"systems": {"Name": "\x00"}}},
        {"choices": {"person": {"x" * 5000: "y"}}},
        {"date_order": "\x00"},
        {"columns": []},
        {"columns": {"systems": {"Name": {}}}},
    ],
)
def test_nonsense_to_the_api_is_a_refusal(client, officer, body):
    sign_in(client, officer)
    made = client.post("/api/v1/imports", {"file": sheet(csv(HEAD, line("alpha")), "a.csv")})

    answer = client.post(
        f"/api/v1/imports/{made.json()['id']}/settle", body, content_type="application/json",
        headers={"If-Match": made["ETag"]},
    )  # fmt: skip

    assert answer.status_code in (200, 400)


def test_nobody_is_made_an_administrator_by_a_column_of_that_name(client, officer):
    content = csv(
        f"{HEAD};is_superuser;lifecycle;approved_by", f"{line('alpha')};true;production;me"
    )

    found = upload(sign_in(client, officer), content=content, name="a.csv")
    client.post(f"/exchange/{found.pk}/apply", {"version": found.version})

    made = System.objects.get()
    assert (made.lifecycle, made.owner.is_superuser) == ("proposed", False)


def test_the_list_of_imports_costs_the_same_with_more_of_them(
    client, officer, django_assert_max_num_queries
):
    sign_in(client, officer)
    for number in range(4):
        content = csv(HEAD, line(f"alpha{number}"))
        client.post("/exchange/", {"file": sheet(content, "a.csv"), "kind": ""})

    with django_assert_max_num_queries(25):
        client.get("/exchange/")
