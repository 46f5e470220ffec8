"""`manage.py pack build` makes a pack without web or worker, on record as whose it is."""

import getpass
import json

import pytest
from django.core.management import CommandError, call_command

from ledger.selectors.lines import lines_of_object
from reports.models import Pack
from tests.reports import forging, story

pytestmark = pytest.mark.django_db
PERIOD = ("--system", "claims-approval", "--since", "2026-09-01", "--until", "2027-01-31")


def test_it_builds_a_pack_that_passes_under_the_key_that_it_prints(tmp_path, capsys, without_pango):
    people = story.base().people

    call_command(
        "pack", "build", *PERIOD, "--for", people.nils.email, "--json",
        "--out", str(tmp_path / "pack.zip"),
    )  # fmt: skip

    told = json.loads(capsys.readouterr().out)
    assert told["file"] == str(tmp_path / "pack.zip")
    assert forging.verdict(told["file"], "--key", told["key"]) == (0, {})


def test_request_and_download_are_on_record_as_the_persons_with_the_shells_account(
    capsys, without_pango
):
    people = story.base().people

    call_command("pack", "build", *PERIOD, "--for", people.nils.email)

    pack = Pack.objects.get()
    lines = lines_of_object(object_type="pack", object_id=str(pack.pk))
    own = [line for line in lines if line.actor == "Nils Bergström"]
    assert [line.verb for line in own] == ["pack.downloaded", "pack.requested"]
    assert {line.body["from"]["auth_method"] for line in own} == {
        f"shell account {getpass.getuser()}"
    }
    assert f"--key '{pack.key}'" in capsys.readouterr().out


def test_who_may_not_have_packs_is_refused_in_words_and_on_record():
    told = story.base()

    with pytest.raises(CommandError, match="You cannot have an evidence pack"):
        call_command("pack", "build", *PERIOD, "--for", told.people.priya.email)

    newest = lines_of_object(object_type="system", object_id=str(told.system.pk))[0]
    assert (newest.verb, newest.actor) == ("request.refused", "Priya Raman")


def test_an_unknown_address_is_refused():
    with pytest.raises(CommandError, match="Nobody has the address"):
        call_command("pack", "build", *PERIOD, "--for", "nobody@nordhaven.example")


def test_a_pack_that_fails_ends_the_command_with_the_reason(settings, without_pango):
    settings.PACK_MAX_BYTES = 1
    people = story.base().people

    with pytest.raises(CommandError, match="was not built: The pack would hold more"):
        call_command("pack", "build", *PERIOD, "--for", people.nils.email)
