"""The API's description: written for a state of the code, served from there with an ETag."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from config import description

pytestmark = pytest.mark.django_db
ADDRESS = "/api/schema/"
JSON = {"accept": "application/vnd.oai.openapi+json"}


@pytest.fixture
def kept(settings, tmp_path):
    """A folder with a description in it, which stands for the one that takes seconds to make."""
    settings.API_DESCRIPTION_DIR = tmp_path
    for suffix, text in (("json", '{"openapi": "3.1.0"}'), ("yaml", "openapi: 3.1.0\n")):
        (tmp_path / f"openapi-{description.fingerprint()}-en.{suffix}").write_text(text)
    return tmp_path


def test_it_is_served_as_the_caller_accepts_it(client, kept):
    as_yaml, as_json = client.get(ADDRESS), client.get(ADDRESS, headers=JSON)

    assert as_yaml.content == b"openapi: 3.1.0\n"
    assert json.loads(as_json.content) == {"openapi": "3.1.0"}
    assert as_json["Content-Type"].startswith("application/vnd.oai.openapi+json")


def test_who_has_it_already_is_told_so(client, kept):
    tag = client.get(ADDRESS)["ETag"]

    again = client.get(ADDRESS, headers={"if-none-match": tag})
    other = client.get(ADDRESS, headers={"if-none-match": tag} | JSON)

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


@pytest.mark.full
def test_what_was_written_for_other_code_is_made_anew(client, settings, tmp_path):
    settings.API_DESCRIPTION_DIR = tmp_path
    (tmp_path / "openapi-0000000000000000-en.json").write_text("{}")

    call_command("describe_api", "--lang", "en", stdout=StringIO())

    assert "/api/v1/measurements" in json.loads(client.get(ADDRESS, headers=JSON).content)["paths"]
    assert not list(tmp_path.glob("*0000000000000000*"))
