"""The commands of the ledger's operators: exit codes, and words that say what to do."""

import json

import pytest
from django.core.management import CommandError, call_command

from config import checks
from ledger.rules.notes import Verifier
from ledger.selectors.checkpoints import keys
from ledger.services.keys import create_key, key_path
from tests.ledger.sealed import newest, sealed, verbs, write


def run(capsys, *arguments):
    call_command(*arguments)
    return capsys.readouterr().out.strip()


def test_seal_says_what_it_sealed(db, capsys):
    write(3)

    assert run(capsys, "seal") == "sealed 4 entries; the ledger holds 4"


def test_seal_says_it_to_machines(db, capsys):
    write(3)

    report = json.loads(run(capsys, "seal", "--json"))

    assert (report["size"], report["leaves"], report["busy"]) == (4, 4, False)
    assert report["checkpoint"] == newest().note


def test_seal_ends_with_1_and_the_way_out_when_it_is_refused(db, capsys, ledger_folder):
    sealed()
    (ledger_folder / "checkpoints.jsonl").unlink()

    with pytest.raises(CommandError, match="ledger_adopt") as ended:
        call_command("seal", "--json")

    assert ended.value.returncode == 1
    assert json.loads(capsys.readouterr().out)["refused"] == "outside_damaged"


def test_seal_ends_with_3_while_another_sealer_is_at_work(db, ledger_folder):
    import fcntl

    sealed()

    with (ledger_folder / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="another sealer") as ended:
            call_command("seal")

    assert ended.value.returncode == 3


def test_create_prints_the_key_for_auditors_and_again_the_same(db, capsys, settings):
    settings.DEVELOPMENT = False

    first = run(capsys, "ledger_key", "create")

    assert Verifier.parse(first).name == settings.LEDGER_ORIGIN
    assert run(capsys, "ledger_key", "create") == first
    assert "PRIVATE" not in first


def test_show_lists_the_keys_with_their_sizes(db, capsys):
    sealed()
    call_command("ledger_key", "rotate", "--reason", "yearly")
    capsys.readouterr()

    shown = run(capsys, "ledger_key", "show").splitlines()

    old, new = keys()
    assert shown[0] == f"{old.vkey}  from size 2, to size 3"
    assert shown[1] == f"{new.vkey}  from size 3, in force"


def test_show_before_the_first_key_says_how_to_make_one(db):
    with pytest.raises(CommandError, match="ledger_key create"):
        call_command("ledger_key", "show")


def test_rotate_prints_the_new_key(db, capsys):
    sealed()

    assert run(capsys, "ledger_key", "rotate", "--reason", "yearly") == keys()[-1].vkey


def test_rotate_wants_a_reason(db):
    sealed()

    with pytest.raises(CommandError, match="Say why"):
        call_command("ledger_key", "rotate")


def test_a_new_origin_prints_its_key(db, capsys):
    sealed()

    shown = run(capsys, "ledger_origin", "example.org/ledger-2", "--reason", "key lost")

    assert shown == keys()[-1].vkey
    assert shown.startswith("example.org/ledger-2+")


def test_adopt_writes_the_lost_folder_anew(db, capsys, ledger_folder):
    sealed()
    (ledger_folder / "checkpoints.jsonl").unlink()
    (ledger_folder / "checkpoint").unlink()

    assert "the ledger holds 3" in run(capsys, "ledger_adopt", "--reason", "disk died")
    assert verbs()[-1] == "ledger.adopted"


@pytest.mark.parametrize(
    "arguments", [("ledger_origin", "two words", "--reason", "x"), ("ledger_adopt",)]
)
def test_what_is_not_well_asked_is_refused_in_words(db, arguments):
    sealed()

    with pytest.raises(CommandError, match="bad_origin|reason_missing"):
        call_command(*arguments)


def test_a_key_that_others_can_read_fails_the_system_check(db):
    create_key()
    assert checks.ledger_key_is_closed() == []

    key_path().chmod(0o604)

    (error,) = checks.ledger_key_is_closed()
    assert error.id == "countersign.E006"
    assert "chmod 600" in error.msg


@pytest.mark.parametrize("setting", ["MEDIA_ROOT", "STATIC_ROOT"])
def test_a_folder_within_served_files_fails_the_deployment_check(db, settings, tmp_path, setting):
    setattr(settings, setting, tmp_path)
    assert checks.ledger_stands_outside() == []

    settings.LEDGER_DIR = tmp_path / "a" / "ledger"

    assert [error.id for error in checks.ledger_stands_outside()] == ["countersign.E007"]


def test_a_folder_within_the_databases_own_fails_the_deployment_check(
    db, settings, tmp_path, monkeypatch
):
    monkeypatch.setattr(checks, "_data_directory", lambda: tmp_path)
    settings.LEDGER_DIR = tmp_path / "ledger"

    (error,) = checks.ledger_stands_outside()

    assert "the database's data directory" in error.msg


def test_an_account_that_may_not_ask_for_the_data_directory_is_no_error(db):
    assert checks._data_directory() is None
